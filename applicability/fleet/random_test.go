package fleet_test

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/applicability"
	"github.com/fettle-dev/fettle/inventory"
)

// random makes small catalogues and hosts in which everything touches: few names,
// few versions, every oddity often.
type random struct{ *rand.Rand }

func newRandom(seed uint64) random { return random{rand.New(rand.NewPCG(seed, 11))} }

func (g random) pick(words ...string) string { return words[g.IntN(len(words))] }
func (g random) chance(percent int) bool     { return g.IntN(100) < percent }
func (g random) version() string             { return g.pick("1", "2~rc", "2", "2-1", "3", "1:0", "11") }

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
			{Low: g.version(), High: g.version()}, {Low: g.version(), High: g.version(), HighIncluded: true},
		}}
	}
}

func (g random) pkg() applicability.Package {
	c := applicability.Package{Type: "deb", Name: g.pick("a", "b", "c", "d"), Range: g.versions()}
	switch {
	case g.chance(15):
		c.Name, c.Source, c.Range = "linux", true, applicability.Before(g.pick("6.1-1", "6.2-1", "6.3-1"))
	case g.chance(10):
		c.Type = "pypi"
		c.Range.Scheme = applicability.SchemePEP440
		c.Range.Intervals = []applicability.Interval{{High: g.pick("1", "2", "3")}}
	case g.chance(30):
		c.Source, c.Name = true, g.pick("s", "t")
	}
	if g.chance(15) {
		c.Arch = g.pick("amd64", "i386")
	}
	if g.chance(15) {
		c.Module = g.pick("m:1", "m:2")
	}
	c.Which = applicability.Quantifier(g.IntN(4))
	return c
}

func (g random) scalar() applicability.Footprint {
	switch g.IntN(8) {
	case 0:
		return applicability.That(applicability.Fact{Name: g.pick("f", "g"), Is: g.pick("x", "y")})
	case 1:
		return applicability.That(applicability.Label{Name: "role", Is: g.pick("web", "db", "")})
	case 2:
		return applicability.That(applicability.Host{Attribute: applicability.HostID, Is: g.pick("h0", "h1", "nobody")})
	case 3:
		return applicability.That(applicability.Host{Attribute: applicability.HostName, Is: g.pick("ann", "bob")})
	case 4:
		return applicability.That(applicability.Always{})
	case 5:
		return applicability.That(applicability.File{Path: applicability.Path{Path: g.pick("/etc/x", "/etc/y")}})
	default:
		return applicability.That(applicability.OS{Attribute: applicability.OSCodename, Is: g.pick("bookworm", "trixie")})
	}
}

func (g random) footprint(depth int, refs []fettle.PatchID) applicability.Footprint {
	if depth == 0 || g.chance(30) {
		switch {
		case len(refs) > 0 && g.chance(10):
			return applicability.That(applicability.PatchInstalled{Patch: refs[g.IntN(len(refs))]})
		case g.chance(30):
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

// plain fills in footprints as feeds write them, which are judged by sets alone.
func (g random) plain(p *applicability.Patch) {
	var present, clean, open []applicability.Footprint
	for range 1 + g.IntN(3) {
		c := g.pkg()
		c.Which = applicability.Some
		here := c
		here.Range = applicability.Range{}
		present = append(present, applicability.That(here))
		clean = append(clean, applicability.That(applicability.Not{Of: applicability.That(c)}))
		if g.chance(30) {
			c.Range = applicability.Before("2")
			if c.Type == "deb" && c.Name != "linux" {
				open = append(open, applicability.That(c))
			}
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
		p.Released = time.Date(2026, 1, 1+g.IntN(5), 0, 0, 0, 0, time.UTC)
		if g.chance(60) {
			g.plain(p)
		} else {
			p.Target, p.Installed = g.footprint(3, nil), g.footprint(3, refs)
			if g.chance(15) {
				p.Active = g.footprint(2, nil)
			}
		}
		if g.chance(3) {
			p.Target = applicability.Footprint{} // cannot be compiled
		}
		refs = append(refs, p.ID)
	}
	other := func() fettle.PatchID {
		if g.chance(10) {
			return fettle.PatchID(g.pick("GONE", "LOST"))
		}
		return all[g.IntN(n)].ID
	}
	for i := range all {
		if g.chance(40) {
			all[i].Supersedes = append(all[i].Supersedes, other())
		}
		if g.chance(10) {
			all[i].Requires = append(all[i].Requires, []fettle.PatchID{other(), other()})
		}
		if g.chance(5) {
			all[i].Conflicts = append(all[i].Conflicts, other())
		}
	}
	return all
}

func (g random) installed() inventory.Package {
	p := inventory.Package{Type: "deb", Name: g.pick("a", "b", "c", "d", "e"), Version: g.version(), Arch: g.pick("amd64", "i386")}
	p.Source, p.SourceVersion = g.pick("s", "t"), g.version()
	switch {
	case g.chance(5):
		p.Source, p.SourceVersion = "", ""
	case g.chance(5):
		p.Version = "not a version"
	case g.chance(8):
		p.State = inventory.State(g.IntN(7))
	case g.chance(8):
		p.Type, p.Version, p.Source, p.SourceVersion = "pypi", g.pick("1", "2"), "", ""
	case g.chance(25):
		p.Version = g.pick("1", "2", "3") + "-1.module+el8"
		p.Module = g.pick("m:1:20260101:c0", "m:2:20260101:c1", "")
	}
	p.Hold = g.chance(10)
	p.Reinstall = g.chance(3)
	return p
}

func (g random) record(id fettle.HostID) *inventory.Record {
	r := &inventory.Record{Version: inventory.RecordVersion, Host: inventory.Host{ID: id, Name: g.pick("ann", "bob", "cid", "")}}
	if g.chance(60) {
		r.Host.Labels = map[string]string{"role": g.pick("web", "db")}
	}
	s := &r.Snapshot
	s.Taken = time.Date(2026, 1, 1, g.IntN(48), 0, 0, 0, time.UTC)
	s.OS = inventory.OS{Family: "linux", ID: "debian", Codename: g.pick("bookworm", "bookworm", "trixie", "")}
	if g.chance(50) {
		s.Facts = map[string]string{"f": g.pick("x", "y")}
	}
	if g.chance(50) {
		s.Scope.Facts = []string{"f", "g"}
	}
	if g.chance(50) {
		s.Files, s.Scope.Files = []inventory.File{{Path: "/etc/x"}}, []string{"/etc/x", "/etc/y"}
	}
	for range g.IntN(7) {
		s.Packages = append(s.Packages, g.installed())
	}
	g.kernels(s)
	g.scope(s)
	s.Sort()
	return r
}

func (g random) kernels(s *inventory.Snapshot) {
	if g.chance(40) {
		return
	}
	release := g.pick("6.1.0-1-amd64", "6.2.0-1-amd64", "6.3.0-1-amd64")
	s.Kernel.Release = release
	if g.chance(80) {
		s.Kernel.Version = "#1 SMP Debian 6." + release[2:3] + "-1 (2026-01-01)"
	}
	if g.chance(10) {
		s.Kernel.Livepatches = []string{"lp"}
	}
	for _, n := range []string{"1", "2", "3"} {
		if g.chance(60) {
			s.Packages = append(s.Packages, inventory.Package{
				Type: "deb", Name: "linux-image-6." + n + ".0-1-amd64", Version: "6." + n + "-1", Arch: "amd64",
				Source: "linux-signed-amd64", SourceVersion: "6." + n + "+1",
			})
		}
	}
	if g.chance(20) {
		s.Packages = append(s.Packages, inventory.Package{
			Type: "deb", Name: "linux-libc-dev", Version: "6.1-1", Arch: "amd64", Source: "linux", SourceVersion: "6.1-1",
		})
	}
}

func (g random) scope(s *inventory.Snapshot) {
	scope := inventory.PackageScope{Type: "deb", All: g.chance(85)}
	if g.chance(10) {
		scope.Unread = []inventory.UnreadPackage{{Name: "b", Source: "s"}}
	}
	if g.chance(95) {
		s.Scope.Packages = append(s.Scope.Packages, scope)
	}
	if g.chance(70) {
		s.Scope.Packages = append(s.Scope.Packages, inventory.PackageScope{Type: "pypi", All: true})
	}
	if g.chance(30) {
		s.Restart.Required = true
		if g.chance(70) {
			s.Restart.Packages = []string{g.pick("a", "b", "linux-image-6.2.0-1-amd64")}
		}
	}
	if g.chance(20) {
		s.Restart.Mapped = []inventory.MappedFile{{Path: "/lib/x", Package: g.pick("a", "c", "")}}
	}
	if g.chance(70) {
		s.Scope.Evidence = []inventory.Evidence{inventory.EvidenceFlag, inventory.EvidenceMapped}
	}
}

// edit makes a small change to a record, in a copy.
func (g random) edit(old *inventory.Record) *inventory.Record {
	r := *old
	s := &r.Snapshot
	s.Packages = append([]inventory.Package(nil), s.Packages...)
	switch {
	case len(s.Packages) > 0 && g.chance(40):
		s.Packages[g.IntN(len(s.Packages))] = g.installed()
	case len(s.Packages) > 0 && g.chance(40):
		s.Packages = s.Packages[1:]
	default:
		s.Packages = append(s.Packages, g.installed())
	}
	if g.chance(20) {
		s.OS.Codename = g.pick("bookworm", "trixie", "")
	}
	s.Taken = s.Taken.Add(time.Hour)
	s.Sort()
	return &r
}
