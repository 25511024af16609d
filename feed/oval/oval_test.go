package oval_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/stretchr/testify/require"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/applicability"
	"github.com/fettle-dev/fettle/feed"
	"github.com/fettle-dev/fettle/feed/oval"
	"github.com/fettle-dev/fettle/internal/oracle"
	"github.com/fettle-dev/fettle/inventory"
)

const openssl = `<oval_definitions><definitions>
<definition class="patch" id="oval:org.example:def:1" version="2"><metadata><title>EXSA-2024:1: openssl security update (Important)</title>
<reference source="EXSA" ref_id="EXSA-2024:1"/><reference source="CVE" ref_id="CVE-2024-1"/>
<advisory><severity>Important</severity><issued date="2024-05-03"/><cve>CVE-2024-2</cve></advisory></metadata>
<criteria operator="OR"><criterion test_ref="oval:org.example:tst:1"/></criteria></definition></definitions>
<tests><rpminfo_test id="oval:org.example:tst:1" check="at least one"><object object_ref="oval:org.example:obj:1"/><state state_ref="oval:org.example:ste:1"/></rpminfo_test></tests>
<objects><rpminfo_object id="oval:org.example:obj:1"><name>openssl</name></rpminfo_object></objects>
<states><rpminfo_state id="oval:org.example:ste:1"><arch operation="pattern match">aarch64|x86_64</arch><evr datatype="evr_string" operation="less than">1:1.1.1k-6.el8</evr></rpminfo_state></states>
</oval_definitions>`

func collect(t *testing.T, text string) feed.Collected {
	t.Helper()
	d, err := oval.Parse(strings.NewReader(text))
	require.NoError(t, err)
	got, err := feed.Collect(t.Context(), d.Source("oval.xml"), "")
	require.NoError(t, err)
	return got
}

func TestDefinitionAsPatch(t *testing.T) {
	t.Parallel()
	got := collect(t, openssl)
	require.Len(t, got.Patches, 1)
	p := got.Patches[0]
	require.Equal(t, fettle.PatchID("oval:org.example:def:1"), p.ID)
	require.Equal(t, []fettle.PatchID{"EXSA-2024:1"}, p.Aliases)
	require.Equal(t, []string{"CVE-2024-1", "CVE-2024-2"}, p.Fixes)
	require.Equal(t, fettle.SeverityHigh, p.Severity)
	require.Equal(t, applicability.That(applicability.Package{Type: "rpm", Name: "openssl"}), p.Target)
	below := func(arch string) applicability.Footprint {
		r := applicability.Before("1:1.1.1k-6.el8")
		r.Scheme = applicability.SchemeRPM
		return applicability.That(applicability.Package{Type: "rpm", Name: "openssl", Arch: arch, Which: applicability.Some, Range: r})
	}
	require.Equal(t, applicability.That(applicability.Not{Of: applicability.That(applicability.Any{Of: []applicability.Footprint{
		below("x86_64"), below("aarch64"), below("x86_64_v2"),
	}})}), p.Installed)
}

// A fault costs the definitions that rest on it, each by name.
func TestRefusals(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		old, new string
		want     error
		text     string
	}{
		"unknown test":      {"rpminfo_test", "sql_test", oval.ErrUnsupported, "sql_test"},
		"missing test":      {`test_ref="oval:org.example:tst:1"`, `test_ref="x"`, oval.ErrReference, `test "x"`},
		"missing object":    {`object_ref="oval:org.example:obj:1"`, `object_ref="x"`, oval.ErrReference, `object "x"`},
		"missing state":     {`state_ref="oval:org.example:ste:1"`, `state_ref="x"`, oval.ErrReference, `state "x"`},
		"another kind":      {"rpminfo_object", "dpkginfo_object", oval.ErrReference, "dpkginfo_object"},
		"operator":          {`operator="OR"`, `operator="NAND"`, oval.ErrUnsupported, `operator "NAND"`},
		"check":             {`check="at least one"`, `check="most"`, oval.ErrUnsupported, `check "most"`},
		"operation":         {"less than", "subset of", oval.ErrUnsupported, `evr: oval: not supported: operation "subset of"`},
		"datatype":          {`datatype="evr_string"`, `datatype="ios_version"`, oval.ErrUnsupported, "ios_version"},
		"pattern":           {"aarch64|x86_64", "(?=x)", oval.ErrUnsupported, "(?=x)"},
		"unknown entity":    {"<name>openssl</name>", "<name>openssl</name><shape>round</shape>", oval.ErrUnsupported, `entity "shape"`},
		"no name":           {"<name>openssl</name>", "", oval.ErrReference, "no entity name"},
		"variable":          {"<name>openssl</name>", `<name var_ref="v"/>`, oval.ErrReference, `variable "v"`},
		"extends itself":    {`<criterion test_ref="oval:org.example:tst:1"/>`, `<extend_definition definition_ref="oval:org.example:def:1"/>`, oval.ErrReference, "rests on itself"},
		"extends nothing":   {`<criterion test_ref="oval:org.example:tst:1"/>`, `<extend_definition definition_ref="y"/>`, oval.ErrReference, `definition "y"`},
		"test used twice":   {"</tests>", `<dpkginfo_test id="oval:org.example:tst:1"/></tests>`, oval.ErrDuplicate, `test "oval:org.example:tst:1": oval: id used twice`},
		"object used twice": {"</objects>", `<rpminfo_object id="oval:org.example:obj:1"><name>x</name></rpminfo_object></objects>`, oval.ErrDuplicate, `object "oval:org.example:obj:1"`},
		"state used twice":  {"</states>", `<rpminfo_state id="oval:org.example:ste:1"/></states>`, oval.ErrDuplicate, `state "oval:org.example:ste:1"`},
		"variable used twice": {"<name>openssl</name></rpminfo_object></objects>", `<name var_ref="v"/></rpminfo_object></objects><variables>` +
			strings.Repeat(`<constant_variable id="v"><value>a</value></constant_variable>`, 2) + "</variables>", oval.ErrDuplicate, `variable "v"`},
		"variable of nothing": {"<name>openssl</name></rpminfo_object></objects>", `<name var_ref="v"/></rpminfo_object></objects><variables><constant_variable id="v"/></variables>`, oval.ErrFormat, `variable "v"`},
		"state of another":    {"rpminfo_state", "dpkginfo_state", oval.ErrReference, "a dpkginfo_state"},
		"criterion of none":   {` test_ref="oval:org.example:tst:1"`, "", oval.ErrReference, "criterion without a test_ref"},
		"criteria of none":    {`<criterion test_ref="oval:org.example:tst:1"/>`, "<criteria/>", oval.ErrFormat, "criteria of nothing"},
		"test without object": {`<object object_ref="oval:org.example:obj:1"/>`, "", oval.ErrReference, `object ""`},
		"object without id":   {` id="oval:org.example:obj:1"`, "", oval.ErrReference, `object "oval:org.example:obj:1"`},
		"nil name":            {"<name>", `<name nil="true">`, oval.ErrUnsupported, "nil entity name"},
		"nested too deeply":   {`<criterion test_ref="oval:org.example:tst:1"/>`, strings.Repeat("<criteria>", 100) + strings.Repeat("</criteria>", 100), oval.ErrTooLarge, "nested"},
	} {
		text := strings.Replace(openssl, c.old, c.new, 1)
		if c.old == "rpminfo_test" {
			text = strings.ReplaceAll(openssl, c.old, c.new)
		}
		if c.old == "rpminfo_object" || c.old == "rpminfo_state" {
			text = strings.ReplaceAll(openssl, c.old, c.new)
		}
		got := collect(t, text)
		require.Len(t, got.Tally.Refused, 1, name)
		require.ErrorIs(t, got.Tally.Refused[0], c.want, name)
		require.ErrorContains(t, got.Tally.Refused[0], c.text, name)
		require.ErrorContains(t, got.Tally.Refused[0], "oval.xml:", name)
	}
	got := collect(t, strings.Replace(openssl, "</definitions>", `<definition class="patch" id="oval:org.example:def:1"/></definitions>`, 1))
	require.Len(t, got.Tally.Refused, 2, "two definitions of one id")
	require.ErrorIs(t, got.Tally.Refused[0], oval.ErrDuplicate)
	require.ErrorIs(t, got.Tally.Refused[1], oval.ErrDuplicate)
	got = collect(t, strings.Replace(openssl, `class="patch"`, `class="inventory"`, 1))
	require.Equal(t, map[string]int{"class inventory": 1}, got.Tally.Skipped)
}

// Definitions that extend one another twice double with each.
func TestDefinitionsThatGrow(t *testing.T) {
	t.Parallel()
	var more strings.Builder
	for i := 2; i < 60; i++ {
		fmt.Fprintf(&more, `<definition class="patch" id="oval:org.example:def:%d"><criteria><extend_definition definition_ref="oval:org.example:def:%d"/><extend_definition definition_ref="oval:org.example:def:%d"/></criteria></definition>`, i, i-1, i-1)
	}
	text := strings.Replace(openssl, "</definitions>", more.String()+"</definitions>", 1)
	got := collect(t, text)
	require.Equal(t, 59, got.Tally.Read)
	require.NotEmpty(t, got.Tally.Refused)
	require.ErrorIs(t, got.Tally.Refused[0], oval.ErrTooLarge)
	d, err := oval.Parse(strings.NewReader(text))
	require.NoError(t, err)
	require.Equal(t, oval.Unknown, d.Evaluate(&inventory.Record{}, nil).Definition("oval:org.example:def:59"))
}

func TestDocumentsThatAreNoGood(t *testing.T) {
	t.Parallel()
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, err := w.Write([]byte(openssl))
	require.NoError(t, err)
	require.NoError(t, w.Close())
	for name, c := range map[string]struct {
		text string
		want error
	}{
		"empty":       {"", oval.ErrCut},
		"cut":         {openssl[:700], oval.ErrCut},
		"cut in gzip": {packed.String()[:300], oval.ErrCut},
		"another":     {"<updates/>", oval.ErrFormat},
		"rubbish":     {"<oval_definitions></x>", oval.ErrXML},
		"entities":    {`<!DOCTYPE o [<!ENTITY a "b">]><oval_definitions/>`, oval.ErrXML},
	} {
		_, err := oval.Open(fstest.MapFS{"o.xml": &fstest.MapFile{Data: []byte(c.text)}}, "o.xml", nil)
		require.ErrorIs(t, err, c.want, name)
		require.ErrorContains(t, err, "o.xml", name)
	}
	d, err := oval.Open(fstest.MapFS{"o.xml.gz": &fstest.MapFile{Data: packed.Bytes()}}, "o.xml.gz", nil)
	require.NoError(t, err)
	require.Len(t, d.Definitions, 1)
}

func TestSignaturesAreUnknownUnlessAssumed(t *testing.T) {
	t.Parallel()
	d, err := oval.Parse(strings.NewReader(strings.Replace(openssl, "<arch operation=\"pattern match\">aarch64|x86_64</arch>", "<signature_keyid>199e2f91fd431d51</signature_keyid>", 1)))
	require.NoError(t, err)
	var r inventory.Record
	r.Snapshot.Packages = []inventory.Package{{Type: "rpm", Name: "openssl", Version: "1:1.1.1k-5.el8", Arch: "x86_64"}}
	require.Equal(t, oval.Unknown, d.Evaluate(&r, nil).Definition("oval:org.example:def:1"))
	require.Equal(t, oval.True, d.Evaluate(&r, &oval.EvaluateOptions{AssumeSigned: true}).Definition("oval:org.example:def:1"))
}

func TestRegistryAndUnknown(t *testing.T) {
	t.Parallel()
	text := `<oval_definitions><definitions><definition id="d" class="patch"><criteria><criterion test_ref="t"/></criteria></definition>
<definition id="u" class="patch"><criteria><criterion test_ref="tu"/></criteria></definition></definitions>
<tests><registry_test id="t" check="all"><object object_ref="o"/><state state_ref="s"/></registry_test><unknown_test id="tu" check="all"/></tests>
<objects><registry_object id="o"><hive>HKEY_LOCAL_MACHINE</hive><key>SOFTWARE\Mozilla</key><name>CurrentVersion</name></registry_object></objects>
<states><registry_state id="s"><value datatype="version" operation="less than">115.6</value></registry_state></states></oval_definitions>`
	d, err := oval.Parse(strings.NewReader(text))
	require.NoError(t, err)
	var r inventory.Record
	s := &r.Snapshot
	s.OS = inventory.OS{Family: "windows", Arch: "amd64"}
	require.Equal(t, oval.Unknown, d.Evaluate(&r, nil).Definition("d"))
	s.Scope.Registry = []inventory.KeyScope{{Key: `HKLM\SOFTWARE\Mozilla`}}
	require.Equal(t, oval.False, d.Evaluate(&r, nil).Definition("d"))
	s.Registry = []inventory.RegistryKey{{Key: `HKLM\SOFTWARE\Mozilla`, Values: []inventory.RegistryValue{{Name: "CurrentVersion", Type: inventory.RegString, Data: []string{"115.5.0"}}}}}
	require.Equal(t, oval.True, d.Evaluate(&r, nil).Definition("d"))
	require.Equal(t, oval.Unknown, d.Evaluate(&r, nil).Definition("u"))
}

// What vendors publish is used, or refused by what it rests on.
func TestVendorExtracts(t *testing.T) {
	t.Parallel()
	use := func(name string, text []byte) {
		d, err := oval.Open(fstest.MapFS{"o": &fstest.MapFile{Data: text}}, "o", nil)
		require.NoError(t, err, name)
		got, err := feed.Collect(t.Context(), d.Source(name), "")
		require.NoError(t, err)
		t.Logf("%s: %s", name, got.Tally.String())
		for _, e := range got.Tally.Refused[:min(2, len(got.Tally.Refused))] {
			t.Logf("  %v", e)
		}
		_, problems := applicability.Compile(got.Patches, nil)
		require.Empty(t, problems, name)
	}
	for name, text := range oracle.Tar(t, "oval/oval-vendor-extracts.tar.xz") {
		if strings.HasSuffix(name, ".bz2") {
			use(name, text)
		}
	}
	for _, name := range []string{"vulnerablecode--debian_oval_data", "vulnerablecode--suse_oval_data", "vulnerablecode--ubuntu_oval_data", "vunnel--mariner-truncated-2.0-oval"} {
		use(name, oracle.Read(t, "oval/small/"+name+".xml"))
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(openssl))
	f.Add([]byte(debianForm(2)))
	for _, text := range []string{
		`<oval_definitions><definitions><definition id="d" class="patch"><criteria><criterion test_ref="t"/></criteria></definition></definitions><tests><file_test id="t" check="all"><object object_ref="o"/><state state_ref="s"/></file_test></tests><objects><file_object id="o"><set set_operator="COMPLEMENT"><object_reference>p</object_reference><object_reference>p</object_reference><filter>s</filter></set></file_object><file_object id="p"><behaviors max_depth="-1" recurse_direction="down"/><path operation="pattern match">^/</path><filename nil="true"/></file_object></objects><states><file_state id="s"><path var_ref="v" var_check="only one"/></file_state></states><variables><constant_variable id="v"><value>/a</value><value>/b</value></constant_variable></variables></oval_definitions>`,
		`<oval_definitions><definitions><definition id="d" class="patch"><criteria operator="XOR"><criterion test_ref="t"/></criteria></definition></definitions><tests><variable_test id="t" check="all"><object object_ref="o"/><state state_ref="s"/></variable_test></tests><objects><variable_object id="o"><var_ref>v</var_ref></variable_object></objects><states><variable_state id="s"><value datatype="int" operation="bitwise and" entity_check="at least one">1</value></variable_state></states><variables><constant_variable id="v"><value>3</value><value>x</value></constant_variable></variables></oval_definitions>`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		d, err := oval.Parse(bytes.NewReader(text))
		if err != nil {
			return
		}
		r := debianRecord()
		e := d.Evaluate(r, nil)
		for _, def := range d.Definitions {
			e.Definition(def.ID)
		}
		got, err := feed.Collect(t.Context(), d.Source("o"), "")
		if err != nil || got.Tally.Read != len(d.Definitions) {
			t.Fatalf("%q: %s %v", text, got.Tally.String(), err)
		}
		d.Observe(r, nil)
	})
}

func Example() {
	d, err := oval.Parse(strings.NewReader(openssl))
	if err != nil {
		fmt.Println(err)
		return
	}
	host := inventory.Record{Host: inventory.Host{ID: "web-01"}}
	host.Snapshot.Packages = []inventory.Package{{Type: "rpm", Name: "openssl", Version: "1:1.1.1k-5.el8", Arch: "x86_64"}}
	evaluation := d.Evaluate(&host, nil)
	for _, def := range d.Definitions {
		fmt.Println(def.ID, evaluation.Definition(def.ID))
	}
	got, err := feed.Collect(context.Background(), d.Source("oval.xml"), "")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(got.Tally.String())
	// Output:
	// oval:org.example:def:1 true
	// read 1, used 1 in 1 patch, refused 0
}
