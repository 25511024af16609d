package applicability_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
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

// TestPackagesOfFindings lists the packages behind a finding with the version
// that mends them.
func TestPackagesOfFindings(t *testing.T) {
	t.Parallel()
	r := &inventory.Record{}
	r.Snapshot.Scope.Packages = []inventory.PackageScope{{Type: "deb", All: true}}
	for _, p := range []inventory.Package{
		{Type: "deb", Name: "a", Version: "1.0", Arch: "amd64"},
		{Type: "deb", Name: "a", Version: "1.5", Arch: "i386"},
		{Type: "deb", Name: "b", Version: "3", Arch: "amd64"},
	} {
		p.Source, p.SourceVersion = "s", p.Version
		r.Snapshot.Packages = append(r.Snapshot.Packages, p)
	}
	r.Snapshot.Sort()
	for installed, want := range map[string]string{
		"not some deb:a < 1.2":                                       "a[amd64] 1.0 to 1.2",
		"deb:a >= 1.2":                                               "a[amd64] 1.0 to 1.2",
		"every deb:a >= 1.2 < 2 | >= 2.5":                            "a[amd64] 1.0 to 1.2",
		"not some deb:a < 1.2 | >= 1.4 < 1.6":                        "a[amd64] 1.0 to 1.2; a[i386] 1.5 to 1.6",
		"not some deb:a[arch=amd64] < 1.2 | >= 1.1 < 1.3":            "a[amd64] 1.0 to 1.3",
		"not some deb:a < 1.2 and not some deb:a[arch=amd64] <= 1.1": "a[amd64] 1.0 to 1.2",
		"not some deb:b":                                             "b[amd64] 3 to ",
		"not some deb:b >= 2":                                        "b[amd64] 3 to ",
		"not some deb:b <= 3":                                        "b[amd64] 3 to ",
		"not some deb:a < 1.2 and not some deb:a < 1.1":              "a[amd64] 1.0 to 1.2",
		"not some source deb:s < 2":                                  "a[amd64] 1.0 to 2; a[i386] 1.5 to 2",
		"not (os.id = other and some deb:b < 9) and not some deb:a[arch=i386] < 2":                                 "a[i386] 1.5 to 2",
		"not (fact.x = 1 and some deb:a < 9) and not (not fact.x = 1 and some deb:a[arch=i386] < 2) and not deb:b": "a[i386] 1.5 to 2; b[amd64] 3 to ",
		"deb:a": "a[amd64] 1.0 to ; a[i386] 1.5 to ",
	} {
		r.Snapshot.OS.ID, r.Snapshot.Facts = "debian", map[string]string{"x": "2"}
		catalog, problems := applicability.Compile([]applicability.Patch{patch("P", "always", installed)}, nil)
		if len(problems) > 0 {
			t.Fatal(problems[0])
		}
		facts := catalog.Intern(r, nil)
		var got []string
		for _, p := range catalog.Packages(facts, catalog.AssessFacts(facts, time.Time{}, nil).Of(0)) {
			got = append(got, fmt.Sprintf("%s[%s] %s to %s", p.Name, p.Arch, p.Installed, p.Fixed))
		}
		if strings.Join(got, "; ") != want {
			t.Errorf("%s: %s, want %s", installed, strings.Join(got, "; "), want)
		}
	}
}

// TestCatalogueIsShared assesses one catalogue, and one host's facts, from
// several goroutines. It means something under the race detector.
func TestCatalogueIsShared(t *testing.T) {
	t.Parallel()
	patches, r := debianLike(500, 200)
	catalog, _ := applicability.Compile(patches, nil)
	facts := catalog.Intern(r, nil)
	want := catalog.AssessFacts(facts, time.Time{}, nil)
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			view := catalog.Allow(func(fettle.PatchID) bool { return true })
			for range 10 {
				if got := view.AssessFacts(facts, time.Time{}, nil); !slices.Equal(got.Findings, want.Findings) || got.Counts != want.Counts {
					t.Error("findings differ")
				}
				catalog.Intern(r, nil)
				catalog.Needs()
			}
		})
	}
	group.Wait()
}
