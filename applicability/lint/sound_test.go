package lint_test

import (
	"math/rand/v2"
	"strconv"
	"testing"
	"time"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/applicability"
	"github.com/fettle-dev/fettle/applicability/lint"
	"github.com/fettle-dev/fettle/inventory"
)

type random struct{ *rand.Rand }

func (g random) pick(words ...string) string { return words[g.IntN(len(words))] }

func (g random) footprint(depth int) applicability.Footprint {
	if depth == 0 || g.IntN(3) == 0 {
		return g.leaf()
	}
	of := make([]applicability.Footprint, 1+g.IntN(3))
	for i := range of {
		of[i] = g.footprint(depth - 1)
	}
	switch g.IntN(4) {
	case 0:
		return applicability.That(applicability.Any{Of: of})
	case 1:
		return applicability.That(applicability.Not{Of: of[0]})
	case 2:
		return applicability.That(applicability.AtLeast{N: 1 + g.IntN(len(of)), Of: of})
	default:
		return applicability.That(applicability.All{Of: of})
	}
}

func (g random) leaf() applicability.Footprint {
	version := g.pick("1", "2", "3")
	ranges := applicability.Before(version)
	switch g.IntN(4) {
	case 0:
		ranges = applicability.From(version)
	case 1:
		ranges = applicability.Range{}
	case 2:
		ranges = applicability.Exactly(version)
	}
	switch g.IntN(6) {
	case 0:
		return applicability.That(applicability.OS{Attribute: applicability.OSCodename, Is: g.pick("bookworm", "trixie")})
	case 1:
		ranges.Scheme = applicability.SchemePE
		return applicability.That(applicability.File{Path: applicability.Path{Path: g.pick("/a", "/b")}, Version: ranges})
	case 2:
		return applicability.That(applicability.Hotfix{ID: g.pick("KB1", "KB2")})
	default:
		p := applicability.Package{Type: "deb", Name: g.pick("a", "b"), Range: ranges, Which: applicability.Quantifier(g.IntN(4))}
		if g.IntN(4) == 0 {
			p.Arch = g.pick("amd64", "i386")
		}
		return applicability.That(p)
	}
}

// host makes a host of which everything is known.
func (g random) host() *inventory.Record {
	r := &inventory.Record{Version: inventory.RecordVersion, Host: inventory.Host{ID: "h"}}
	s := &r.Snapshot
	s.OS = inventory.OS{Family: "linux", Codename: g.pick("bookworm", "trixie", "sid")}
	for range g.IntN(4) {
		name, version := g.pick("a", "b"), g.pick("0.5", "1", "1.5", "2", "2.5", "3", "4")
		s.Packages = append(s.Packages, inventory.Package{
			Type: "deb", Name: name, Version: version, Source: name, SourceVersion: version, Arch: g.pick("amd64", "i386", "arm64"),
		})
	}
	for _, path := range []string{"/a", "/b"} {
		if g.IntN(2) == 0 {
			s.Files = append(s.Files, inventory.File{Path: path, FileVersion: g.pick("0.5", "1", "1.5", "2", "2.5", "3", "4"), Versioned: fettle.Yes})
		}
	}
	for _, id := range []string{"KB1", "KB2"} {
		if g.IntN(2) == 0 {
			s.Hotfixes = append(s.Hotfixes, inventory.Hotfix{ID: id})
		}
	}
	s.Scope = inventory.Scope{
		Packages: []inventory.PackageScope{{Type: "deb", All: true}}, Files: []string{"/a", "/b"}, Hotfixes: true,
		Evidence: []inventory.Evidence{inventory.EvidenceFlag, inventory.EvidenceMapped},
	}
	s.Sort()
	return r
}

// TestFindingsAreTrue holds every finding about random catalogues against random
// hosts: what is said never to happen does not, and each witness shows what it
// is for.
func TestFindingsAreTrue(t *testing.T) {
	t.Parallel()
	seen := map[string]int{}
	for seed := range uint64(600) {
		g := random{rand.New(rand.NewPCG(seed, 31))}
		patches := make([]applicability.Patch, 4)
		for i := range patches {
			patches[i] = applicability.Patch{
				ID: fettle.PatchID("P" + strconv.Itoa(i)), Target: g.footprint(2), Installed: g.footprint(2), Restart: fettle.RestartNone,
			}
			if i > 0 && g.IntN(2) == 0 {
				patches[i].Supersedes = []fettle.PatchID{patches[i-1].ID}
			}
		}
		catalog, problems := applicability.Compile(patches, nil)
		report := lint.Check(catalog, problems, nil)
		for _, f := range report.Findings {
			seen[f.Code]++
			if f.Witness != nil {
				showsIt(t, seed, patches, f)
			}
		}
		for range 60 {
			r := g.host()
			a := catalog.Assess(r, time.Time{})
			for _, f := range report.Findings {
				i, _ := catalog.Find(f.Patch)
				if at := a.Of(i); contradicts(f, &patches[i], at, r) {
					t.Fatalf("seed %d: %s\nhost says %+v\n%s\ntarget %s\ninstalled %s", seed, f, at, lint.WitnessText(r), patches[i].Target, patches[i].Installed)
				}
			}
		}
	}
	t.Log(seen)
	for _, code := range []string{
		lint.CodeNeverHolds, lint.CodeAlwaysHolds, lint.CodeNeverNeeded, lint.CodeTargetReads, lint.CodeNotCovered, lint.CodeFight, lint.CodePrerequisite,
	} {
		if seen[code] == 0 {
			t.Errorf("no random catalogue has given %s", code)
		}
	}
}

func contradicts(f lint.Finding, p *applicability.Patch, at applicability.Finding, r *inventory.Record) bool {
	switch {
	case f.Code == lint.CodeNeverHolds && f.Field == "target":
		return p.Target.Holds(r) == fettle.Yes && at.Target == fettle.Yes
	case f.Code == lint.CodeNeverHolds && f.Field == "installed":
		return at.Installed == fettle.Yes
	case f.Code == lint.CodeAlwaysHolds && f.Field == "target":
		return at.Verdict == applicability.NotApplicable
	case f.Code == lint.CodeAlwaysHolds, f.Code == lint.CodeNeverNeeded:
		return at.Verdict == applicability.Needed
	default:
		return false
	}
}

func showsIt(t *testing.T, seed uint64, patches []applicability.Patch, f lint.Finding) {
	t.Helper()
	catalog, _ := applicability.Compile(patches, nil)
	a := catalog.Assess(f.Witness, time.Time{})
	verdict := func(id fettle.PatchID) applicability.Verdict {
		i, _ := catalog.Find(id)
		return a.Of(i).Verdict
	}
	own := verdict(f.Patch)
	ok := true
	switch f.Code {
	case lint.CodeTargetReads, lint.CodeNeverVerified:
		ok = own == applicability.Needed || own == applicability.Superseded
	case lint.CodeNotCovered, lint.CodeFight:
		other := verdict(f.Others[0])
		ok = own == applicability.Installed && (other == applicability.Needed || other == applicability.Superseded)
	case lint.CodePrerequisite:
		ok = own == applicability.NotApplicable
	}
	if !ok {
		t.Fatalf("seed %d: %s: the witness says %s\n%s", seed, f, own, lint.WitnessText(f.Witness))
	}
}
