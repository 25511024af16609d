package oval_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/applicability"
	"github.com/fettle-dev/fettle/feed"
	"github.com/fettle-dev/fettle/feed/feedtest"
	"github.com/fettle-dev/fettle/feed/oval"
	"github.com/fettle-dev/fettle/inventory"
)

// agree holds the engine's answers about a document's patches against the
// evaluation of its definitions.
func agree(t *testing.T, d *oval.Document, r *inventory.Record) map[oval.Result]int {
	t.Helper()
	got, err := feed.Collect(t.Context(), d.Source("oval.xml"), "")
	require.NoError(t, err)
	catalog, problems := applicability.Compile(got.Patches, nil)
	require.Empty(t, problems)
	d.Observe(r, nil)
	assessment := catalog.Assess(r, time.Time{})
	e := d.Evaluate(r, nil)
	counts := map[oval.Result]int{}
	for _, p := range got.Patches {
		i, _ := catalog.Find(p.ID)
		finding := assessment.Of(i)
		want := e.Definition(string(p.ID))
		counts[want]++
		switch want {
		case oval.True:
			require.Equal(t, applicability.Needed, finding.Verdict, "%s: %+v", p.ID, finding)
		case oval.False:
			if finding.Target == fettle.Unknown && len(r.Snapshot.Scope.Packages) == 0 {
				continue // nobody knows whether the package is there at all
			}
			require.Contains(t, []applicability.Verdict{applicability.NotApplicable, applicability.Installed}, finding.Verdict, "%s: %+v", p.ID, finding)
		default:
			require.Equal(t, applicability.VerdictUnknown, finding.Verdict, "%s: %s %+v", p.ID, want, finding)
		}
	}
	return counts
}

func TestEngineAgreesOnPhoton(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"real", "mixed"} {
		d, r := photon(t, name)
		t.Log(name, agree(t, d, r))
	}
}

// random writes a document of package tests with all operators, enumerations
// and comparisons.
func random(rng *rand.Rand) string {
	pick := func(words ...string) string { return words[rng.IntN(len(words))] }
	var tests, objects, states, definitions strings.Builder
	for i := range 12 {
		fmt.Fprintf(&objects, `<rpminfo_object id="o%d"><name>%s</name></rpminfo_object>`, i, pick("a", "b", "kernel", "absent"))
		fmt.Fprintf(&states, `<rpminfo_state id="s%d"><evr datatype="evr_string" operation="%s">%s</evr>%s</rpminfo_state>`, i,
			pick("equals", "not equal", "less than", "less than or equal", "greater than", "greater than or equal"), pick("0:1-1", "0:2-1", "1:1-1"),
			pick("", "", `<arch operation="pattern match">i686|x86_64</arch>`, `<arch>noarch</arch>`, `<version operation="pattern match">^1</version>`))
		fmt.Fprintf(&tests, `<rpminfo_test id="t%d" check="%s" check_existence="%s"><object object_ref="o%d"/>%s</rpminfo_test>`, i,
			pick("all", "at least one", "only one", "none satisfy"), pick("at_least_one_exists", "any_exist", "none_exist", "only_one_exists"), i,
			pick("", fmt.Sprintf(`<state state_ref="s%d"/>`, i), fmt.Sprintf(`<state state_ref="s%d"/>`, i)))
	}
	var criteria func(depth int) string
	criteria = func(depth int) string {
		var out strings.Builder
		fmt.Fprintf(&out, `<criteria operator="%s" negate="%s">`, pick("AND", "OR", "ONE", "XOR"), pick("true", "false", "false"))
		for range 1 + rng.IntN(3) {
			if depth > 0 && rng.IntN(3) == 0 {
				out.WriteString(criteria(depth - 1))
			} else {
				fmt.Fprintf(&out, `<criterion test_ref="t%d" negate="%s"/>`, rng.IntN(12), pick("true", "false", "false"))
			}
		}
		out.WriteString("</criteria>")
		return out.String()
	}
	for i := range 8 {
		body := criteria(3)
		if i > 0 && rng.IntN(4) == 0 {
			body = fmt.Sprintf(`<criteria><extend_definition definition_ref="d%d" negate="%s"/></criteria>`, rng.IntN(i), pick("true", "false"))
		}
		fmt.Fprintf(&definitions, `<definition id="d%d" class="patch">%s</definition>`, i, body)
	}
	return fmt.Sprintf(`<oval_definitions><definitions>%s</definitions><tests>%s</tests><objects>%s</objects><states>%s</states></oval_definitions>`,
		&definitions, &tests, &objects, &states)
}

func TestEngineAgreesOnRandomDocuments(t *testing.T) {
	t.Parallel()
	counts := map[oval.Result]int{}
	for seed := range uint64(400) {
		rng := rand.New(rand.NewPCG(seed, 3))
		d, err := oval.Parse(strings.NewReader(random(rng)))
		require.NoError(t, err)
		r := &inventory.Record{}
		for _, name := range []string{"a", "b", "kernel"} {
			for range rng.IntN(3) {
				arch, version := []string{"x86_64", "i686", "noarch"}[rng.IntN(3)], []string{"1-1", "2-1", "2-2", "1:1-1", "1:2-1"}[rng.IntN(5)]
				r.Snapshot.Packages = append(r.Snapshot.Packages, inventory.Package{Type: "rpm", Name: name, Version: version, Arch: arch})
			}
		}
		if rng.IntN(4) > 0 {
			r.Snapshot.Scope.Packages = []inventory.PackageScope{{Type: "rpm", All: true}}
		}
		r.Snapshot.Sort()
		for result, n := range agree(t, d, r) {
			counts[result] += n
		}
	}
	t.Log(counts)
	require.Positive(t, counts[oval.True])
	require.Positive(t, counts[oval.False])
	require.Positive(t, counts[oval.Unknown])
}

func TestSourceKeepsTheContract(t *testing.T) {
	t.Parallel()
	d, err := oval.Parse(strings.NewReader(debianForm(1100)))
	require.NoError(t, err)
	feedtest.Run(t, func(*testing.T) feed.Source { return d.Source("oval.xml") })
}

// debianForm writes n definitions as Debian's OVAL feed has them.
func debianForm(n int) string {
	var definitions, tests, objects, states strings.Builder
	for i := range n {
		fmt.Fprintf(&definitions, `<definition class="vulnerability" id="oval:org.debian:def:%d" version="1"><metadata><title>CVE-2024-%d p%d</title>
<affected family="unix"><platform>Debian GNU/Linux 12</platform><product>p%d</product></affected><reference ref_id="CVE-2024-%d" source="CVE"/>
<description>%s</description></metadata>
<criteria comment="Release section" operator="AND"><criterion comment="Debian 12 is installed" test_ref="oval:org.debian.oval:tst:1"/>
<criteria comment="Architecture section" operator="OR"><criteria comment="Architecture independent section" operator="AND">
<criterion comment="all architecture" test_ref="oval:org.debian.oval:tst:2"/><criterion comment="p%d DPKG is earlier" test_ref="oval:org.debian.oval:tst:%d"/>
</criteria></criteria></criteria></definition>
`, 20240000+i, 10000+i, i%3000, i%3000, 10000+i, strings.Repeat("Some prose about the fault. ", 12), i%3000, i+10)
		fmt.Fprintf(&tests, `<dpkginfo_test check="all" check_existence="at_least_one_exists" comment="p%d is earlier" id="oval:org.debian.oval:tst:%d" version="1"><object object_ref="oval:org.debian.oval:obj:%d"/><state state_ref="oval:org.debian.oval:ste:%d"/></dpkginfo_test>
`, i%3000, i+10, i%3000+10, i+10)
		if i < 3000 {
			fmt.Fprintf(&objects, `<dpkginfo_object id="oval:org.debian.oval:obj:%d" version="1"><name>p%d</name></dpkginfo_object>
`, i+10, i)
		}
		fmt.Fprintf(&states, `<dpkginfo_state id="oval:org.debian.oval:ste:%d" version="1"><evr datatype="debian_evr_string" operation="less than">0:1.%d-1+deb12u%d</evr></dpkginfo_state>
`, i+10, i%20, 1+i%5)
	}
	return `<?xml version="1.0" encoding="utf-8"?>
<oval_definitions xmlns="http://oval.mitre.org/XMLSchema/oval-definitions-5"><definitions>` + definitions.String() + `</definitions><tests>
<textfilecontent54_test check="all" check_existence="at_least_one_exists" id="oval:org.debian.oval:tst:1" version="1"><object object_ref="oval:org.debian.oval:obj:1"/><state state_ref="oval:org.debian.oval:ste:1"/></textfilecontent54_test>
<uname_test check="all" check_existence="at_least_one_exists" id="oval:org.debian.oval:tst:2" version="1"><object object_ref="oval:org.debian.oval:obj:2"/></uname_test>
` + tests.String() + `</tests><objects>
<textfilecontent54_object id="oval:org.debian.oval:obj:1" version="1"><path>/etc</path><filename>debian_version</filename><pattern operation="pattern match">(\d+)\.\d</pattern><instance datatype="int">1</instance></textfilecontent54_object>
<uname_object id="oval:org.debian.oval:obj:2" version="1"/>
` + objects.String() + `</objects><states>
<textfilecontent54_state id="oval:org.debian.oval:ste:1" version="1"><subexpression operation="equals">12</subexpression></textfilecontent54_state>
` + states.String() + `</states></oval_definitions>`
}

func debianRecord() *inventory.Record {
	r := &inventory.Record{}
	s := &r.Snapshot
	s.OS.Family = "linux"
	text := "12.5\n"
	s.Files = []inventory.File{{Path: "/etc/debian_version", Size: 5, Text: &text}}
	s.Scope.Files = []string{"/etc/debian_version"}
	s.Scope.Packages = []inventory.PackageScope{{Type: "deb", All: true}}
	for i := range 2000 {
		s.Packages = append(s.Packages, inventory.Package{Type: "deb", Name: fmt.Sprintf("p%d", i*3/2), Version: fmt.Sprintf("1.%d-1+deb12u%d", i%20, 1+i%4), Arch: "amd64"})
	}
	s.Sort()
	return r
}

func TestDebianForm(t *testing.T) {
	t.Parallel()
	d, err := oval.Parse(strings.NewReader(debianForm(3000)))
	require.NoError(t, err)
	r := debianRecord()
	counts := agree(t, d, r)
	t.Log(counts)
	require.Positive(t, counts[oval.True])
	require.Zero(t, counts[oval.Unknown])
	// Without the file nothing can be said of packages that are too old.
	r = debianRecord()
	r.Snapshot.Files, r.Snapshot.Scope.Files = nil, nil
	require.Equal(t, counts[oval.True], agree(t, d, r)[oval.Unknown])
}

func TestTruthsAndResults(t *testing.T) {
	t.Parallel()
	for r, want := range map[oval.Result]fettle.Truth{
		oval.True: fettle.Yes, oval.False: fettle.No, oval.Unknown: fettle.Unknown, oval.Error: fettle.Unknown,
		oval.NotEvaluated: fettle.Unknown, oval.NotApplicable: fettle.Unknown,
	} {
		require.Equal(t, want, r.Truth(), r.String())
	}
	for _, truth := range []fettle.Truth{fettle.Yes, fettle.No, fettle.Unknown} {
		require.Equal(t, truth, oval.Of(truth).Truth())
	}
}

// BenchmarkOneHost measures 50,000 definitions against one host: reading them
// and evaluating each, and the evaluation alone.
func BenchmarkOneHost(b *testing.B) {
	const n = 50_000
	text := debianForm(n)
	r := debianRecord()
	evaluate := func(d *oval.Document) (exposed int) {
		e := d.Evaluate(r, nil)
		for _, def := range d.Definitions {
			if e.Definition(def.ID) == oval.True {
				exposed++
			}
		}
		return exposed
	}
	b.Run("read and evaluate", func(b *testing.B) {
		b.SetBytes(int64(len(text)))
		b.ReportAllocs()
		for b.Loop() {
			d, err := oval.Parse(strings.NewReader(text))
			if err != nil {
				b.Fatal(err)
			}
			b.ReportMetric(float64(evaluate(d)), "exposed")
		}
	})
	d, err := oval.Parse(strings.NewReader(text))
	require.NoError(b, err)
	b.Run("evaluate", func(b *testing.B) {
		b.ReportAllocs()
		for b.Loop() {
			evaluate(d)
		}
	})
}
