package apt_test

import (
	"bytes"
	"maps"
	"testing"

	"github.com/fettle-dev/fettle/applicability"
	"github.com/fettle-dev/fettle/feed/apt"
	"github.com/fettle-dev/fettle/internal/oracle"
	"github.com/fettle-dev/fettle/inventory"
	"github.com/fettle-dev/fettle/inventory/dpkg"
	"github.com/fettle-dev/fettle/inventory/osrelease"
)

// TestAssess takes real lists through the engine: what it calls Needed or
// Superseded has the packages that apt lists, with the versions it would take.
func TestAssess(t *testing.T) {
	t.Parallel()
	patches := apt.Patches([]*apt.List{readSuite(t, "bookworm"), readSuite(t, "bookworm-security")}, nil)
	catalog, problems := applicability.Compile(patches, nil)
	if len(problems) > 0 {
		t.Fatalf("%d problems, the first: %v", len(problems), problems[0])
	}
	type line struct{ Package, Arch, Candidate string }
	for _, folder := range []string{"", "with-holds/"} {
		base := "oracles/apt-upgradable/" + folder + "bookworm"
		r := record(t, base)
		want := map[string]string{}
		for _, l := range oracle.Lines[line](t, base+".upgradable.jsonl") {
			want[l.Package+":"+l.Arch] = l.Candidate
		}
		got := map[string]string{}
		facts := catalog.Intern(r, nil)
		assessed := catalog.Assess(r, november)
		needed := 0
		for _, f := range assessed.Findings {
			if f.Verdict != applicability.Needed {
				continue
			}
			needed++
			for _, p := range catalog.Packages(facts, f) {
				if key := p.Name + ":" + p.Arch; got[key] == "" || order(got[key], p.Fixed) < 0 {
					got[key] = p.Fixed
				}
			}
		}
		t.Logf("%s: %d patches needed, %v by verdict", base, needed, assessed.Counts)
		if written(got) != written(want) {
			t.Errorf("%s: got\n%s\nwant\n%s", base, written(got), written(want))
		}
	}
}

// TestOnly asks for the packages of one host: the patches that are left say the
// same of it.
func TestOnly(t *testing.T) {
	t.Parallel()
	lists := []*apt.List{readSuite(t, "bookworm"), readSuite(t, "bookworm-security")}
	r := record(t, "oracles/apt-upgradable/bookworm")
	here := map[string]bool{}
	for _, p := range r.Snapshot.Packages {
		here[p.Name] = true
	}
	some := apt.Patches(lists, &apt.PatchOptions{Only: func(name string) bool { return here[name] }})
	all := apt.Patches(lists, nil)
	if len(some) == 0 || len(some)*10 > len(all) {
		t.Fatalf("%d of %d patches", len(some), len(all))
	}
	of := func(patches []applicability.Patch) map[string]applicability.Verdict {
		catalog, _ := applicability.Compile(patches, nil)
		verdicts := map[string]applicability.Verdict{}
		for _, f := range catalog.Assess(r, november).Findings {
			verdicts[string(catalog.ID(int(f.Patch)))] = f.Verdict
		}
		return verdicts
	}
	if !maps.Equal(of(some), of(all)) {
		t.Error("the verdicts differ")
	}
}

func record(t *testing.T, base string) *inventory.Record {
	t.Helper()
	listing, err := dpkg.Parse(bytes.NewReader(oracle.Read(t, base+".status.xz")), "status", nil)
	if err != nil {
		t.Fatal(err)
	}
	os, err := osrelease.Parse(bytes.NewReader(oracle.Read(t, base+".os-release")), "os-release")
	if err != nil {
		t.Fatal(err)
	}
	os.Arch = "amd64"
	return &inventory.Record{Version: inventory.RecordVersion, Snapshot: inventory.Snapshot{
		Taken: november, OS: os, Packages: listing.Packages, Scope: inventory.Scope{Packages: []inventory.PackageScope{listing.Scope}},
	}}
}

func BenchmarkCompile(b *testing.B) {
	patches := apt.Patches([]*apt.List{readSuite(b, "bookworm"), readSuite(b, "bookworm-security")}, nil)
	b.ReportAllocs()
	for b.Loop() {
		applicability.Compile(patches, nil)
	}
}
