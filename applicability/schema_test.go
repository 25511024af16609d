package applicability_test

import (
	"encoding/json"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/applicability"
	"github.com/fettle-dev/fettle/applicability/internal/randomtest"
	"github.com/fettle-dev/fettle/internal/schemacheck"
	"github.com/fettle-dev/fettle/inventory"
)

func newChecker(t *testing.T) *schemacheck.Checker {
	t.Helper()
	var texts [][]byte
	for _, name := range []string{"footprint", "patch"} {
		text, err := applicability.Schema(name)
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, text)
	}
	c, err := schemacheck.New(texts...)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func generic(t *testing.T, v any) any {
	t.Helper()
	out, err := schemacheck.Generic(v)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestSchemaAcceptsWhatIsWritten validates whatever the random tests make, and
// one criterion of each kind with every field set.
func TestSchemaAcceptsWhatIsWritten(t *testing.T) {
	t.Parallel()
	v := newChecker(t)
	for _, c := range everyKind() {
		if bad := v.Check("footprint.schema.json", generic(t, applicability.That(c))); bad != "" {
			t.Errorf("%T: %s", c, bad)
		}
	}
	g := randomtest.New(3, 3)
	for range 40 {
		for _, p := range g.Patches(8) {
			if bad := v.Check("patch.schema.json", generic(t, p)); bad != "" {
				t.Fatalf("%s: %s", dump(p), bad)
			}
		}
	}
	full := fullPatch()
	if bad := v.Check("patch.schema.json", generic(t, full)); bad != "" {
		t.Errorf("%s: %s", dump(full), bad)
	}
}

func TestSchemaRefusesWhatIsRefused(t *testing.T) {
	t.Parallel()
	v := newChecker(t)
	for _, text := range []string{
		`{}`, `[]`, `"always"`, `{"always":{},"all":[]}`, `{"package":{"type":"deb"}}`, `{"package":{"type":"DEB","name":"a"}}`,
		`{"atLeast":{"n":0,"of":[]}}`, `{"os":{"attribute":"colour","is":"red"}}`, `{"all":[{"not":[]}]}`,
		`{"package":{"type":"deb","name":"a","range":{"scheme":"roman"}}}`, `{"hotfix":{"id":5}}`,
	} {
		var value any
		if err := json.Unmarshal([]byte(text), &value); err != nil {
			t.Fatal(err)
		}
		if v.Check("footprint.schema.json", value) == "" {
			t.Errorf("%s: accepted", text)
		}
	}
}

// TestSchemaNamesEveryField keeps schema and types together.
func TestSchemaNamesEveryField(t *testing.T) {
	t.Parallel()
	v := newChecker(t)
	types := map[string]any{
		"package": applicability.Package{}, "os": applicability.OS{}, "kernel": applicability.Kernel{}, "fact": applicability.Fact{},
		"host": applicability.Host{}, "label": applicability.Label{}, "service": applicability.Service{},
		"patchInstalled": applicability.PatchInstalled{}, "file": applicability.File{}, "registry": applicability.Registry{},
		"product": applicability.Product{}, "productPatch": applicability.ProductPatch{}, "hotfix": applicability.Hotfix{},
		"range": applicability.Range{}, "interval": applicability.Interval{}, "path": applicability.Path{}, "place": applicability.RegistryPlace{},
	}
	for name, value := range types {
		got, _ := schemacheck.Properties(v.Schema("footprint.schema.json", name))
		if want := tags(reflect.TypeOf(value)); !slices.Equal(got, want) {
			t.Errorf("%s: the schema has %v, the type %v", name, got, want)
		}
	}
	got, _ := schemacheck.Properties(v.Schema("patch.schema.json", ""))
	if want := append(tags(reflect.TypeFor[applicability.Patch]()), "estimate"); !slices.Equal(got, sorted(want)) {
		t.Errorf("patch: the schema has %v, the type %v", got, sorted(want))
	}
}

func tags(t reflect.Type) []string {
	var names []string
	for field := range t.Fields() {
		if name, _, _ := strings.Cut(field.Tag.Get("json"), ","); name != "-" {
			names = append(names, name)
		}
	}
	return sorted(names)
}

func sorted(list []string) []string {
	slices.Sort(list)
	return list
}

// everyKind returns one criterion of each kind, with every field that can be
// set together.
func everyKind() []applicability.Criterion {
	of := []applicability.Footprint{applicability.That(applicability.Always{}), applicability.That(applicability.Hotfix{ID: "KB1"})}
	pe := applicability.Range{Scheme: applicability.SchemePE, Intervals: []applicability.Interval{{Low: "1.0", LowExcluded: true, High: "2.0", HighIncluded: true}, {}}}
	key := applicability.RegistryPlace{Key: `HKLM\SOFTWARE\My App`, View: inventory.View32, Value: "Path <1>"}
	return []applicability.Criterion{
		applicability.Always{},
		applicability.All{Of: of},
		applicability.All{Of: []applicability.Footprint{}},
		applicability.All{Of: of[:1]},
		applicability.Any{Of: of},
		applicability.Any{Of: []applicability.Footprint{}},
		applicability.Any{Of: of[1:]},
		applicability.AtLeast{N: 2, Of: of},
		applicability.Not{Of: of[1]},
		applicability.Package{
			Type: "rpm", Name: "nodejs", Source: true, Arch: "x86_64", Module: "nodejs:18", Which: applicability.Newest,
			Range: applicability.Range{Scheme: applicability.SchemeRPM, Intervals: []applicability.Interval{{Low: "1", High: "1", HighIncluded: true}, {High: "0.5"}, {Low: "2"}}},
		},
		applicability.Package{Type: "maven", Name: "org.apache:log4j core"},
		applicability.Package{Type: "npm", Name: "@a/b"},
		applicability.OS{Attribute: applicability.OSID, Is: "debian"},
		applicability.OS{Attribute: applicability.OSVersion, Range: applicability.Exactly("12")},
		applicability.Kernel{Range: applicability.Before("6.1.0-18-amd64")},
		applicability.Kernel{},
		applicability.Fact{Name: "bios version", Is: "and"},
		applicability.Fact{Name: "n", Range: pe},
		applicability.Fact{Name: "known"},
		applicability.Host{Attribute: applicability.HostSite, Is: "New York"},
		applicability.Host{Attribute: applicability.HostID, Is: "1"},
		applicability.Label{Name: "role", Is: `quote " backslash \`},
		applicability.Label{Name: "any"},
		applicability.Service{Name: "sshd.service", State: "running", Start: "auto"},
		applicability.Service{Name: "x"},
		applicability.PatchInstalled{Patch: "bookworm/openssl@3.0"},
		applicability.File{
			Path: applicability.Path{Path: `bin\*.dll`, Key: key}, Which: applicability.Every, Size: applicability.Interval{Low: "10"},
			Digest:  fettle.DigestOf(nil),
			Changed: applicability.Interval{Low: "2026-01-02T03:04:05Z"}, Version: pe, Product: pe,
		},
		applicability.File{Path: applicability.Path{Path: "a.exe", Folder: "ProgramFiles(x86)"}},
		applicability.File{Path: applicability.Path{Path: "/etc/passwd"}, Size: applicability.Interval{Low: "0", High: "0", HighIncluded: true}},
		applicability.Registry{Place: key, Which: applicability.Some, Type: inventory.RegDword, Range: applicability.Range{Scheme: applicability.SchemeDotted, Intervals: []applicability.Interval{{Low: "1", High: "1", HighIncluded: true}}}},
		applicability.Registry{Place: applicability.RegistryPlace{Key: `HKCU\X`, Default: true}, Is: "v"},
		applicability.Registry{Place: applicability.RegistryPlace{Key: `HKLM\SOFTWARE\*\Installed`}},
		applicability.Product{Code: "{90160000-008C-0000-1000-0000000FF1CE}", Range: applicability.From("16.0")},
		applicability.ProductPatch{Code: "{A}", Product: "{B}"},
		applicability.ProductPatch{Code: "{A}"},
		applicability.Hotfix{ID: "KB5034441"},
		applicability.Opaque{Kind: "firmware level", JSON: `{"b":1,"a":[1.50,"<é"]}`},
	}
}

func fullPatch() applicability.Patch {
	return applicability.Patch{
		ID: "P", Revision: 7, Aliases: []fettle.PatchID{"Q"}, Fixes: []string{"CVE-2026-1"}, Title: "a <b> & c",
		Class: fettle.ClassSecurity, Severity: fettle.SeverityHigh, Released: time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC),
		State: applicability.Approved, Target: applicability.That(applicability.Always{}),
		Installed: applicability.MustParse("deb:a >= 2"), Active: applicability.MustParse("kernel >= 6"), Unfixed: applicability.MustParse("deb:b"),
		Supersedes: []fettle.PatchID{"O"}, Conflicts: []fettle.PatchID{"C"}, Requires: [][]fettle.PatchID{{"R", "S"}}, Bundle: []fettle.PatchID{"B"},
		Exclusive: true, Restart: fettle.RestartHost, Estimate: 90 * time.Second,
		Payloads: []applicability.Payload{{
			Name: "p.deb", Size: 5, Digest: fettle.DigestOf(nil), Locations: []string{"pool/p.deb"}, When: applicability.MustParse("os.arch = amd64"), Removes: []string{"x"},
		}},
		Extra: map[string]json.RawMessage{"notBefore": json.RawMessage(`"2027-01-01"`), "zeta": json.RawMessage(`[1.0]`)},
	}
}
