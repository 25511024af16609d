package randomtest

import (
	"time"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/inventory"
)

// newYear is the first instant of 2026.
func newYear() time.Time { return time.Unix(1767225600, 0).UTC() }

// Record returns a host, which was looked at within the first two days of 2026.
func (g Random) Record(id fettle.HostID) *inventory.Record {
	r := &inventory.Record{Version: inventory.RecordVersion, Host: inventory.Host{ID: id, Name: g.Pick("ann", "bob", "cid", "")}}
	if g.Chance(60) {
		r.Host.Labels = map[string]string{"role": g.Pick("web", "db")}
	}
	s := &r.Snapshot
	s.Taken = newYear().Add(time.Duration(g.IntN(48)) * time.Hour)
	s.OS = inventory.OS{Family: "linux", ID: "debian", Codename: g.Pick("bookworm", "bookworm", "trixie", "")}
	if g.Chance(50) {
		s.Facts = map[string]string{"f": g.Pick("x", "y")}
	}
	if g.Chance(50) {
		s.Scope.Facts = []string{"f", "g"}
	}
	if g.Chance(50) {
		s.Files, s.Scope.Files = []inventory.File{{Path: "/etc/x"}}, []string{"/etc/x", "/etc/y"}
	}
	for range g.IntN(7) {
		s.Packages = append(s.Packages, g.installed())
	}
	if !g.Wide || g.Chance(60) {
		g.kernels(s)
	}
	g.evidence(s)
	s.Sort()
	return r
}

func (g Random) installed() inventory.Package {
	p := inventory.Package{Type: "deb", Name: g.Pick("a", "b", "c", "d"), Version: g.version(), Arch: g.Pick("amd64", "i386")}
	p.Source, p.SourceVersion = g.Pick("s", "t"), g.version()
	switch {
	case g.Chance(4):
		p.Source, p.SourceVersion = "", ""
	case g.Chance(4):
		p.Version = "not a version"
	case g.Chance(8):
		p.State = inventory.State(g.IntN(7))
	case g.Wide && g.Chance(8):
		p.Type, p.Version, p.Source, p.SourceVersion = "pypi", g.Pick("1", "2"), "", ""
	case g.Chance(20):
		p.Version = g.Pick("1", "2", "3") + "-1.module+el8"
		p.Module = g.Pick("m:1:20260101:c0", "m:2:20260101:c1", "")
	}
	p.Hold = g.Chance(10)
	p.Reinstall = g.Chance(3)
	return p
}

func (g Random) kernels(s *inventory.Snapshot) {
	release := g.Pick("6.1.0-1-amd64", "6.2.0-1-amd64", "6.3.0-1-amd64")
	s.Kernel.Release = release
	if !g.Wide || g.Chance(80) {
		s.Kernel.Version = "#1 SMP Debian 6." + release[2:3] + "-1 (2026-01-01)"
	}
	if g.Wide && g.Chance(10) {
		s.Kernel.Livepatches = []string{"lp"}
	}
	for _, n := range []string{"1", "2", "3"} {
		if g.Chance(60) {
			s.Packages = append(s.Packages, inventory.Package{
				Type: "deb", Name: "linux-image-6." + n + ".0-1-amd64", Version: "6." + n + "-1", Arch: "amd64",
				Source: "linux-signed-amd64", SourceVersion: "6." + n + "+1",
			})
		}
	}
	if g.Chance(20) {
		s.Packages = append(s.Packages, inventory.Package{
			Type: "deb", Name: "linux-libc-dev", Version: "6.1-1", Arch: "amd64", Source: "linux", SourceVersion: "6.1-1",
		})
	}
}

// evidence says what was looked at, and what waits for a restart.
func (g Random) evidence(s *inventory.Snapshot) {
	scope := inventory.PackageScope{Type: "deb", All: g.Chance(90)}
	if g.Chance(10) {
		scope.Unread = []inventory.UnreadPackage{{Name: "b", Source: "s"}}
	}
	if g.Chance(95) {
		s.Scope.Packages = append(s.Scope.Packages, scope)
	}
	if g.Wide && g.Chance(70) {
		s.Scope.Packages = append(s.Scope.Packages, inventory.PackageScope{Type: "pypi", All: true})
	}
	if g.Chance(40) {
		s.Restart.Required = true
		if !g.Wide || g.Chance(70) {
			s.Restart.Packages = []string{g.Pick("a", "b", "linux-image-6.2.0-1-amd64")}
		}
	}
	if g.Chance(20) {
		s.Restart.Mapped = []inventory.MappedFile{{Path: "/lib/x", Package: g.Pick("a", "c", "")}}
	}
	if g.Chance(70) {
		s.Scope.Evidence = []inventory.Evidence{inventory.EvidenceFlag, inventory.EvidenceMapped}
	}
}

// Edit makes a small change to a record, in a copy.
func (g Random) Edit(old *inventory.Record) *inventory.Record {
	r := *old
	s := &r.Snapshot
	s.Packages = append([]inventory.Package(nil), s.Packages...)
	switch {
	case len(s.Packages) > 0 && g.Chance(40):
		s.Packages[g.IntN(len(s.Packages))] = g.installed()
	case len(s.Packages) > 0 && g.Chance(40):
		s.Packages = s.Packages[1:]
	default:
		s.Packages = append(s.Packages, g.installed())
	}
	if g.Chance(20) {
		s.OS.Codename = g.Pick("bookworm", "trixie", "")
	}
	s.Taken = s.Taken.Add(time.Hour)
	s.Sort()
	return &r
}
