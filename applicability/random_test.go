package applicability_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/applicability"
	"github.com/fettle-dev/fettle/inventory"
)

// random makes small catalogues and hosts in which everything touches: few
// names, few versions, and every oddity often.
type random struct{ *rand.Rand }

func (g random) pick(words ...string) string { return words[g.IntN(len(words))] }
func (g random) chance(percent int) bool     { return g.IntN(100) < percent }

func (g random) version() string { return g.pick("1", "1~rc", "2", "2-1", "3", "1:0", "10") }

func (g random) versions() applicability.Range {
	switch g.IntN(5) {
	case 0:
		return applicability.Range{}
	case 1, 2:
		return applicability.Before(g.version())
	case 3:
		return applicability.From(g.version())
	default:
		return applicability.Range{Intervals: []applicability.Interval{
			{Low: g.version(), High: g.version()}, {Low: g.version(), High: g.version()},
		}}
	}
}

func (g random) pkg() applicability.Package {
	c := applicability.Package{Type: "deb", Name: g.pick("a", "b", "c", "d"), Range: g.versions()}
	if g.chance(15) {
		c.Name, c.Range = "linux", applicability.Before(g.pick("6.1-1", "6.2-1", "6.3-1"))
		c.Source = true
		c.Which = g.quantifier()
		return c
	}
	if g.chance(30) {
		c.Source, c.Name = true, g.pick("s", "t")
	}
	if g.chance(20) {
		c.Arch = g.pick("amd64", "i386")
	}
	if g.chance(15) {
		c.Module = g.pick("m:1", "m:2")
	}
	c.Which = g.quantifier()
	return c
}

func (g random) quantifier() applicability.Quantifier { return applicability.Quantifier(g.IntN(4)) }

func (g random) scalar() applicability.Footprint {
	switch g.IntN(5) {
	case 0:
		return applicability.That(applicability.Fact{Name: g.pick("f", "g"), Is: g.pick("x", "y")})
	case 1:
		return applicability.That(applicability.Opaque{Kind: "weather", JSON: `"fine"`})
	case 2:
		return applicability.That(applicability.Always{})
	default:
		return applicability.That(applicability.OS{Attribute: applicability.OSCodename, Is: g.pick("bookworm", "trixie")})
	}
}

func (g random) footprint(depth int, refs []fettle.PatchID) applicability.Footprint {
	if depth == 0 || g.chance(30) {
		switch {
		case len(refs) > 0 && g.chance(10):
			return applicability.That(applicability.PatchInstalled{Patch: refs[g.IntN(len(refs))]})
		case g.chance(25):
			return g.scalar()
		default:
			return applicability.That(g.pkg())
		}
	}
	of := make([]applicability.Footprint, 1+g.IntN(3))
	for i := range of {
		of[i] = g.footprint(depth-1, refs)
	}
	switch g.IntN(5) {
	case 0, 1:
		return applicability.That(applicability.All{Of: of})
	case 2:
		return applicability.That(applicability.Any{Of: of})
	case 3:
		return applicability.That(applicability.AtLeast{N: 1 + g.IntN(len(of)), Of: of})
	default:
		return applicability.That(applicability.Not{Of: of[0]})
	}
}

// plain makes the footprints that feeds write, which the engine judges by
// postings alone.
func (g random) plain(p *applicability.Patch) {
	var present, clean, open []applicability.Footprint
	for range 1 + g.IntN(3) {
		c := g.pkg()
		c.Which = applicability.Some
		here := c
		here.Range = applicability.Range{}
		gate := func(f applicability.Footprint) applicability.Footprint { return f }
		if g.chance(40) {
			release := g.scalar()
			gate = func(f applicability.Footprint) applicability.Footprint {
				return applicability.That(applicability.All{Of: []applicability.Footprint{release, f}})
			}
		}
		present = append(present, gate(applicability.That(here)))
		clean = append(clean, applicability.That(applicability.Not{Of: gate(applicability.That(c))}))
		if g.chance(30) {
			c.Range = g.versions()
			open = append(open, gate(applicability.That(c)))
		}
	}
	p.Target = applicability.That(applicability.All{Of: []applicability.Footprint{
		g.scalar(), applicability.That(applicability.Any{Of: present}),
	}})
	p.Installed = applicability.That(applicability.All{Of: clean})
	if len(open) > 0 {
		p.Unfixed = applicability.That(applicability.Any{Of: open})
	}
}

func (g random) patches(n int) []applicability.Patch {
	all := make([]applicability.Patch, n)
	var refs []fettle.PatchID
	for i := range all {
		p := &all[i]
		p.ID = fettle.PatchID(fmt.Sprintf("P%d", i))
		p.State = applicability.State(g.IntN(4))
		p.Restart = fettle.Restart(g.IntN(5))
		if g.chance(60) {
			g.plain(p)
		} else {
			p.Target, p.Installed = g.footprint(3, nil), g.footprint(3, refs)
			if g.chance(15) {
				p.Active = g.footprint(2, nil)
			}
		}
		refs = append(refs, p.ID)
	}
	for i := range all { // every relation leads to a later patch, so there are no circles
		other := func() fettle.PatchID {
			if i+1 == n || g.chance(10) {
				return fettle.PatchID(g.pick("GONE", "LOST"))
			}
			return all[i+1+g.IntN(n-i-1)].ID
		}
		if i > 0 && g.chance(50) {
			all[i].Supersedes = append(all[i].Supersedes, all[g.IntN(i)].ID)
		}
		if i == n-1 && g.chance(50) {
			all[i].Supersedes = append(all[i].Supersedes, "GONE")
		}
		if i < n-1 && g.chance(20) {
			all[i].Requires = append(all[i].Requires, []fettle.PatchID{other(), other()})
		}
		if g.chance(10) {
			all[i].Conflicts = append(all[i].Conflicts, other())
		}
	}
	return all
}

func (g random) record() *inventory.Record {
	r := &inventory.Record{Version: inventory.RecordVersion, Host: inventory.Host{ID: "h"}}
	s := &r.Snapshot
	s.OS = inventory.OS{Family: "linux", ID: "debian", Codename: g.pick("bookworm", "bookworm", "trixie", "")}
	s.Facts = map[string]string{}
	if g.chance(50) {
		s.Facts["f"] = g.pick("x", "y")
	}
	if g.chance(50) {
		s.Scope.Facts = []string{"f", "g"}
	}
	for range g.IntN(7) {
		p := inventory.Package{Type: "deb", Name: g.pick("a", "b", "c", "d"), Version: g.version(), Arch: g.pick("amd64", "i386")}
		p.Source, p.SourceVersion = g.pick("s", "t"), g.version()
		if g.chance(6) {
			p.Source, p.SourceVersion = "", ""
		}
		if g.chance(6) {
			p.Version = "not a version"
		}
		if g.chance(10) {
			p.State = inventory.State(g.IntN(7))
		}
		if g.chance(25) {
			p.Version = g.pick("1", "2", "3") + "-1.module+el8"
			if g.chance(70) {
				p.Module = g.pick("m:1:20260101:c0", "m:2:20260101:c1")
			}
		}
		p.Hold = g.chance(15)
		s.Packages = append(s.Packages, p)
	}
	release := g.pick("6.1.0-1-amd64", "6.2.0-1-amd64", "6.3.0-1-amd64")
	s.Kernel.Release = release
	s.Kernel.Version = "#1 SMP Debian 6." + release[2:3] + "-1 (2026-01-01)"
	for _, n := range []string{"1", "2", "3"} {
		if g.chance(60) {
			v := "6." + n + "-1"
			s.Packages = append(s.Packages, inventory.Package{
				Type: "deb", Name: "linux-image-6." + n + ".0-1-amd64", Version: v, Arch: "amd64",
				Source: "linux-signed-amd64", SourceVersion: "6." + n + "+1",
			})
		}
	}
	scope := inventory.PackageScope{Type: "deb", All: g.chance(85)}
	if g.chance(10) {
		scope.Unread = []inventory.UnreadPackage{{Name: "b", Source: "s"}}
	}
	if g.chance(95) {
		s.Scope.Packages = []inventory.PackageScope{scope}
	}
	if g.chance(50) {
		s.Restart.Required, s.Restart.Packages = true, []string{g.pick("a", "b")}
	}
	if g.chance(70) {
		s.Scope.Evidence = []inventory.Evidence{inventory.EvidenceFlag, inventory.EvidenceMapped}
	}
	s.Sort()
	return r
}

// TestAgreesWithTwin lets the engine and the twin judge random catalogues on
// random hosts, the same facts twice with reused memory, with and without
// proofs, all patches allowed and some.
func TestAgreesWithTwin(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	var facts *applicability.Facts
	var reuse *applicability.Assessment
	verdicts := map[applicability.Verdict]int{}
	for seed := range uint64(1200) {
		g := random{rand.New(rand.NewPCG(seed, 7))}
		patches := g.patches(2 + g.IntN(10))
		catalog, problems := applicability.Compile(patches, nil)
		if len(problems) > 0 {
			t.Fatalf("seed %d: %v", seed, problems[0])
		}
		allowed := func(int) bool { return true }
		if seed%2 == 1 {
			bits := g.Uint64()
			allowed = func(i int) bool { return bits>>i&1 == 1 }
			catalog = catalog.Allow(func(id fettle.PatchID) bool { i, _ := catalog.Find(id); return allowed(i) })
		}
		for range 3 {
			r := g.record()
			w := &twin{patches: patches, allowed: allowed, r: r}
			facts = catalog.Intern(r, facts)
			reuse = catalog.AssessFacts(facts, now, reuse)
			for i := range patches {
				got, want := reuse.Of(i), w.finding(i)
				verdicts[got.Verdict]++
				if !same(got, want) {
					t.Fatalf("seed %d, patch %s:\ngot  %+v\nwant %+v\n%s\nhost %s", seed, patches[i].ID, got, want, listing(patches), dump(r))
				}
				if seed%8 < 2 {
					sameProof(t, catalog, r, patches[i].ID, got)
				}
			}
		}
	}
	for v := range applicability.Verdicts {
		if n := verdicts[applicability.Verdict(v)]; n < 25 {
			t.Errorf("the random hosts gave %v %d times: the test shows little", applicability.Verdict(v), n)
		}
	}
	t.Log(verdicts)
}

func same(got applicability.Finding, want twinFinding) bool {
	if got.Verdict != want.Verdict || got.Exposed != want.Exposed || got.Target != want.Target && got.Verdict != applicability.NotApplicable {
		return false
	}
	if got.Verdict == applicability.NotApplicable {
		return true
	}
	return got.Installed == want.Installed && got.Active == want.Active && got.Has(applicability.Held) == want.Held &&
		got.Has(applicability.Broken) == want.Broken && (got.Verdict != applicability.Superseded || int(got.By) == want.By)
}

// sameProof checks that the proofs, which are made from the footprint and the
// record, say what the engine says.
func sameProof(t *testing.T, c *applicability.Catalog, r *inventory.Record, id fettle.PatchID, f applicability.Finding) {
	t.Helper()
	e, err := c.Explain(r, id, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	if e.Finding != f {
		t.Fatalf("%s: with proof %+v, without %+v", id, e.Finding, f)
	}
	if f.Verdict != applicability.NotApplicable && (e.Target.Truth != f.Target || e.Installed.Truth != f.Installed && !f.Has(applicability.Broken)) {
		t.Fatalf("%s: proof says %v %v, finding %+v\n%s", id, e.Target.Truth, e.Installed.Truth, f, e)
	}
}

func listing(patches []applicability.Patch) string {
	var w strings.Builder
	for _, p := range patches {
		fmt.Fprintf(&w, "%s %s restart %s supersedes %v requires %v conflicts %v\n  target: %s\n  installed: %s\n  active: %s\n  unfixed: %s\n",
			p.ID, p.State, p.Restart, p.Supersedes, p.Requires, p.Conflicts, p.Target, p.Installed, p.Active, p.Unfixed)
	}
	return w.String()
}

func dump(v any) string {
	text, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		return err.Error()
	}
	return string(text)
}
