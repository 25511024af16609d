package applicability_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/applicability"
	"github.com/fettle-dev/fettle/inventory"
)

func patch(id, target, installed string) applicability.Patch {
	return applicability.Patch{
		ID: fettle.PatchID(id), Target: applicability.MustParse(target), Installed: applicability.MustParse(installed),
	}
}

// TestProblemsAreNamed compiles patches that are wrong in one way each. None
// keeps the good one from working, and what cannot be compiled is Unknown.
func TestProblemsAreNamed(t *testing.T) {
	t.Parallel()
	deep := applicability.That(applicability.Always{})
	for range 80 {
		deep = applicability.That(applicability.Not{Of: deep})
	}
	wide := make([]applicability.Footprint, applicability.MaxCriteria+1)
	for i := range wide {
		wide[i] = applicability.That(applicability.Always{})
	}
	good := patch("GOOD", "always", "always")
	for _, c := range []struct {
		name  string
		spoil func(p *applicability.Patch)
		field string
		err   error
		fatal bool
	}{
		{"no target", func(p *applicability.Patch) { p.Target = applicability.Footprint{} }, "target", applicability.ErrNotStated, true},
		{"no installed", func(p *applicability.Patch) { p.Installed = applicability.Footprint{} }, "installed", applicability.ErrNotStated, true},
		{"hole", func(p *applicability.Patch) { p.Target = applicability.That(applicability.Not{}) }, "target.not", applicability.ErrNotStated, true},
		{"deep", func(p *applicability.Patch) { p.Active = deep }, "active", applicability.ErrTooDeep, true},
		{"wide", func(p *applicability.Patch) { p.Unfixed = applicability.That(applicability.Any{Of: wide}) }, "unfixed", applicability.ErrTooWide, true},
		{"version", func(p *applicability.Patch) { p.Installed = applicability.MustParse("always and deb:a < x:1") }, "installed.all[1].package.range.intervals[0]", applicability.ErrVersion, true},
		{"path with NUL", func(p *applicability.Patch) {
			p.Target = applicability.That(applicability.File{Path: applicability.Path{Path: "a\x00"}})
		}, "target.file.path", applicability.ErrCriterion, true},
		{"key of no hive", func(p *applicability.Patch) {
			p.Target = applicability.That(applicability.Registry{Place: applicability.RegistryPlace{Key: "SOFTWARE"}})
		}, "target.registry.place.key", inventory.ErrPath, true},
		{"view", func(p *applicability.Patch) {
			p.Target = applicability.That(applicability.Registry{Place: applicability.RegistryPlace{Key: "HKLM\\X", View: 9}})
		}, "target.registry.place.view", applicability.ErrCriterion, true},
		{"itself", func(p *applicability.Patch) { p.Supersedes = []fettle.PatchID{"BAD"} }, "id", applicability.ErrCycle, true},
		{"asks itself", func(p *applicability.Patch) { p.Installed = applicability.MustParse("patch BAD") }, "installed", applicability.ErrCycle, true},
		{"duplicate", func(p *applicability.Patch) { p.ID = "GOOD" }, "id", applicability.ErrDuplicate, true},
		{"requires nothing", func(p *applicability.Patch) { p.Requires = [][]fettle.PatchID{{}} }, "requires[0]", applicability.ErrCriterion, true},
		{"supersedes in a circle", func(p *applicability.Patch) { p.Supersedes = []fettle.PatchID{"OTHER"} }, "supersedes", applicability.ErrCycle, false},
		{"requires in a circle", func(p *applicability.Patch) { p.Requires = [][]fettle.PatchID{{"OTHER"}} }, "requires", applicability.ErrCycle, false},
		{"payload", func(p *applicability.Patch) {
			p.Payloads = []applicability.Payload{{When: applicability.That(applicability.Hotfix{})}}
		}, "payloads[0].when.hotfix.id", applicability.ErrCriterion, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			bad, other := patch("BAD", "always", "not always"), patch("OTHER", "always", "not always")
			other.Supersedes, other.Requires = []fettle.PatchID{"BAD"}, [][]fettle.PatchID{{"BAD"}}
			if c.fatal {
				other.Supersedes, other.Requires = nil, nil
			}
			c.spoil(&bad)
			switch c.field {
			case "supersedes":
				other.Requires = nil
			case "requires":
				other.Supersedes = nil
			}
			catalog, problems := applicability.Compile([]applicability.Patch{good, bad, other}, nil)
			if len(problems) != 1 || problems[0].Field != c.field || !errors.Is(problems[0], c.err) || problems[0].Fatal != c.fatal {
				t.Fatalf("got %v, want one problem with %s: %v", problems, c.field, c.err)
			}
			a := catalog.Assess(&inventory.Record{}, time.Time{})
			if got := a.Of(0).Verdict; got != applicability.Installed {
				t.Errorf("the good patch is %v", got)
			}
			if f := a.Of(1); c.fatal && (f.Verdict != applicability.VerdictUnknown || f.Code != applicability.CodeUncompiled || f.Exposed != fettle.Unknown) {
				t.Errorf("the bad patch is %+v", f)
			}
			if !strings.Contains(problems[0].Error(), c.field) {
				t.Errorf("%v does not name %s", problems[0], c.field)
			}
		})
	}
}

// TestReferencesCannotExplode builds patches that each ask twice for the one
// before: written small, 2^n criteria when followed.
func TestReferencesCannotExplode(t *testing.T) {
	t.Parallel()
	patches := []applicability.Patch{patch("P0", "deb:a", "deb:a >= 2")}
	for i := range 200 {
		text := fmt.Sprintf("at-least 1 of (patch P%d, not patch P%d)", i, i)
		patches = append(patches, patch(fmt.Sprintf("P%d", i+1), "deb:a", text))
	}
	catalog, problems := applicability.Compile(patches, nil)
	if len(problems) < 10 || !errors.Is(problems[0], applicability.ErrTooWide) {
		t.Fatalf("%d problems", len(problems))
	}
	r := &inventory.Record{Snapshot: inventory.Snapshot{Packages: []inventory.Package{{Type: "deb", Name: "a", Version: "3"}}}}
	a := catalog.Assess(r, time.Time{})
	for _, p := range problems { // what refers to one of these starts anew, from unknown
		if f := a.Of(p.Index); f.Verdict != applicability.VerdictUnknown {
			t.Errorf("%v: %+v", p, f)
		}
	}
}

// TestLongChains assesses a chain of supersedence and one of requirements that
// are far longer than any vendor's.
func TestLongChains(t *testing.T) {
	t.Parallel()
	const n = 3000
	patches := make([]applicability.Patch, 2*n)
	for i := range n {
		patches[i] = patch(fmt.Sprintf("S%d", i), "deb:a", fmt.Sprintf("not some deb:a < %d", i+1))
		patches[n+i] = patch(fmt.Sprintf("R%d", i), "deb:a", "not some deb:a < 9")
		if i > 0 {
			patches[i].Supersedes = []fettle.PatchID{patches[i-1].ID}
			patches[n+i-1].Requires = [][]fettle.PatchID{{patches[n+i].ID}}
		}
	}
	catalog, problems := applicability.Compile(patches, nil)
	if len(problems) > 0 {
		t.Fatal(problems[0])
	}
	r := &inventory.Record{}
	r.Snapshot.Packages = []inventory.Package{{Type: "deb", Name: "a", Version: "0", Source: "a", SourceVersion: "0"}}
	r.Snapshot.Scope.Packages = []inventory.PackageScope{{Type: "deb", All: true}}
	a := catalog.Assess(r, time.Time{})
	if a.Counts[applicability.Superseded] != n-1 || a.Counts[applicability.Needed] != n+1 || a.Of(0).By != n-1 {
		t.Errorf("counts %v, the oldest is superseded by %d", a.Counts, a.Of(0).By)
	}
}

func TestNeedsAreWhatIsRead(t *testing.T) {
	t.Parallel()
	p := patch("P", `deb:a and (source deb:s or rpm:b) and not fact.f = x and service sshd`,
		`file "/etc/x" version >= 1 and file in folder ProgramFiles "a.exe" and file in registry "HKLM\\App" value Dir "b.exe" digest sha256:`+strings.Repeat("0", 64))
	p.Active = applicability.MustParse(`registry "HKLM\\App" view 32 default = on and product {A} and hotfix KB1 and deb:a`)
	catalog, problems := applicability.Compile([]applicability.Patch{p}, nil)
	if len(problems) > 0 {
		t.Fatal(problems[0])
	}
	app := inventory.RegistryNeed{Key: `HKLM\App`, Values: []string{"Dir"}}
	want := inventory.Needs{
		Packages: []inventory.PackageNeed{{Type: "deb", Names: []string{"a"}, Sources: []string{"s"}}, {Type: "rpm", Names: []string{"b"}}},
		Files: []inventory.FileNeed{
			{Path: "/etc/x", Version: true}, {Path: "b.exe", From: &app, Digest: true}, {Path: "a.exe", Folder: "ProgramFiles"},
		},
		Registry: []inventory.RegistryNeed{{Key: `HKLM\App`, View: inventory.View32, Values: []string{""}}, app},
		Products: true, Hotfixes: true, Services: []string{"sshd"}, Folders: []string{"ProgramFiles"}, Facts: []string{"f"},
	}
	byPath := cmpopts.SortSlices(func(a, b inventory.FileNeed) bool { return a.Path < b.Path })
	byView := cmpopts.SortSlices(func(a, b inventory.RegistryNeed) bool { return a.View > b.View })
	if diff := cmp.Diff(want, catalog.Needs(), byPath, byView); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	first := catalog.Needs()
	for range 20 {
		if diff := cmp.Diff(first, catalog.Needs()); diff != "" {
			t.Fatalf("not always in one order:\n%s", diff)
		}
	}
}

func TestPayloadVariants(t *testing.T) {
	t.Parallel()
	p := patch("P", "always", "deb:a")
	p.Payloads = []applicability.Payload{
		{Name: "common"},
		{Name: "amd64", When: applicability.MustParse("os.arch = amd64")},
		{Name: "arm64", When: applicability.MustParse("os.arch = arm64")},
		{Name: "addon", When: applicability.MustParse("deb:addon")},
	}
	names := func(list []applicability.Payload) (out []string) {
		for _, payload := range list {
			out = append(out, payload.Name)
		}
		return out
	}
	r := &inventory.Record{Snapshot: inventory.Snapshot{OS: inventory.OS{Arch: "amd64"}}}
	take, unknown := p.PayloadsFor(r)
	if !slices.Equal(names(take), []string{"common", "amd64"}) || !slices.Equal(names(unknown), []string{"addon"}) {
		t.Errorf("take %v, unknown %v", names(take), names(unknown))
	}
}

func TestForeignFactsAreUnknown(t *testing.T) {
	t.Parallel()
	one, _ := applicability.Compile([]applicability.Patch{patch("A", "always", "always")}, nil)
	two, _ := applicability.Compile([]applicability.Patch{patch("B", "always", "always")}, nil)
	a := two.AssessFacts(one.Intern(&inventory.Record{}, nil), time.Time{}, nil)
	if a.Counts[applicability.VerdictUnknown] != 1 {
		t.Errorf("counts %v", a.Counts)
	}
	if _, err := two.Explain(&inventory.Record{}, "A", time.Time{}); !errors.Is(err, applicability.ErrNoPatch) {
		t.Errorf("explain: %v", err)
	}
}

func TestEmptyCatalogue(t *testing.T) {
	t.Parallel()
	catalog, problems := applicability.Compile(nil, nil)
	a := catalog.Assess(&inventory.Record{}, time.Time{})
	if len(problems) != 0 || len(a.Findings) != 0 || a.Counts != [applicability.Verdicts]int{} {
		t.Errorf("problems %v, findings %v, counts %v", problems, a.Findings, a.Counts)
	}
}

func TestAliasesFind(t *testing.T) {
	t.Parallel()
	p := patch("A", "always", "always")
	p.Aliases = []fettle.PatchID{"GHSA-1", "B"}
	catalog, _ := applicability.Compile([]applicability.Patch{p, patch("B", "always", "always")}, nil)
	for id, want := range map[fettle.PatchID]int{"A": 0, "GHSA-1": 0, "B": 1} {
		if got, ok := catalog.Find(id); !ok || got != want {
			t.Errorf("%s is %d, want %d", id, got, want)
		}
	}
	if _, ok := catalog.Find("C"); ok {
		t.Error("C is found")
	}
}
