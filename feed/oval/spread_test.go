package oval

import (
	"bytes"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fettle-dev/fettle/internal/oracle"
	"github.com/fettle-dev/fettle/inventory"
)

func together(n int, do func(i int)) {
	var group sync.WaitGroup
	for i := range n {
		group.Go(func() { do(i) })
	}
	group.Wait()
}

// written is everything that a document says, and how it evaluates.
func written(d *Document, err error) string {
	if err != nil {
		return err.Error()
	}
	var b strings.Builder
	e := d.Evaluate(&inventory.Record{}, nil)
	t := newTranslator(d)
	for _, def := range d.Definitions {
		fmt.Fprintf(&b, "%d %s %s %s %v %v %s\n", def.Line, def.ID, def.Class, def.Title, def.References, def.Err(), e.Definition(def.ID))
		if def.Err() == nil {
			t.nodes = 0
			fmt.Fprintf(&b, "%+v\n", t.patch(def))
		}
	}
	for n := range uint32(d.tests.len()) {
		fmt.Fprintf(&b, "%s %v %s\n", d.tests.id(n), d.tests.at(n).fault, e.Test(d.tests.id(n)))
	}
	fmt.Fprintf(&b, "%+v", d.Needs())
	return b.String()
}

func inOneGo(text []byte) string { return written(Parse(bytes.NewReader(text))) }

func inPieces(text []byte, size int) string {
	return written(parse(bytes.NewReader(text), runner{run: together, size: size}))
}

// A document that is read by pieces is the one that is read in one go, however
// it is cut, and whatever is wrong with it.
func TestPieces(t *testing.T) {
	t.Parallel()
	texts := map[string][]byte{
		"photon": oracle.Read(t, "oracles/oval-photon3/photon3.oval.xml.xz"),
		"debian": oracle.Read(t, "oval/small/vulnerablecode--debian_oval_data.xml"),
		"suse":   oracle.Read(t, "oval/small/vulnerablecode--suse_oval_data.xml"),
		"odd": []byte(`<p:oval_definitions xmlns:p="q"><definitions/><p:definitions><!-- <p:definition id="no"></p:definition> --><p:definition id="a"><criteria><extend_definition definition_ref="b"></extend_definition>
</criteria></p:definition> <p:definition id="b"><metadata><title><![CDATA[</p:definition>]]></title></metadata><criteria><criterion test_ref="t"/><criterion test_ref="u"/></criteria></p:definition>
<p:definition id="a"><criteria operator="OR"><criterion test_ref="u"/><criteria><criterion test_ref="t"/></criteria></criteria></p:definition><p:definition id="c"/></p:definitions>
<tests><x_test id="t"></x_test><family_test id="u"><object object_ref="o"/></family_test><family_test id="t"><object object_ref="o"/><state state_ref="s"/></family_test></tests>
<objects><family_object id="o"/></objects><states><family_state id="s"><family>unix</family></family_state><!--_state>--><family_state id="s"></family_state></states></p:oval_definitions>`),
	}
	for name, text := range texts {
		want := inOneGo(text)
		for size := 60; size < 5000; size += 53 + size/3 {
			require.Equal(t, want, inPieces(text, size), "%s by %d", name, size)
		}
		for _, at := range []int{len(text) / 2, len(text) - 40} {
			damaged := append(append([]byte(nil), text[:at]...), text[at+1:]...)
			require.Equal(t, inOneGo(damaged), inPieces(damaged, 500), name)
			require.Equal(t, inOneGo(text[:at]), inPieces(text[:at], 500), name)
		}
	}
}

func FuzzPieces(f *testing.F) {
	f.Add([]byte(`<oval_definitions><definitions><definition id="a"><criteria><criterion test_ref="t"/></criteria></definition><definition id="b"/></definitions><tests><family_test id="t"><object object_ref="o"/></family_test></tests></oval_definitions>`), 60)
	f.Add([]byte(`<oval_definitions><definitions><!-- <definition id="a"></definition> --><definition id="a"></definition></definitions><states><x_state id="t"></x_state><x_state id="t"></x_state></states></oval_definitions>`), 30)
	f.Fuzz(func(t *testing.T, text []byte, size int) {
		size = min(max(size, 10), 10_000)
		if want, got := inOneGo(text), inPieces(text, size); want != got {
			t.Fatalf("%q by %d:\n%s\n%s", text, size, want, got)
		}
	})
}
