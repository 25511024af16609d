package randomtest

import (
	"math/rand/v2"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/applicability"
)

// Random makes patches and hosts.
type Random struct {
	*rand.Rand
	// Wide lets in what the twin of the engine does not judge: packages of a second
	// type, ranges that include their end, criteria about hosts, labels and files,
	// dates, circles of patches, patches that do not compile, kernels and restart
	// evidence that leave room for doubt.
	Wide bool
}

// New returns a Random of two seeds, which is not Wide.
func New(seed, stream uint64) Random { return Random{Rand: rand.New(rand.NewPCG(seed, stream))} }

// Pick returns one of the words.
func (g Random) Pick(words ...string) string { return words[g.IntN(len(words))] }

// Chance reports whether something of so many percent happens.
func (g Random) Chance(percent int) bool { return g.IntN(100) < percent }

func (g Random) version() string { return g.Pick("1", "1~rc", "2", "2-1", "3", "1:0", "10") }

func (g Random) versions() applicability.Range {
	switch g.IntN(5) {
	case 0:
		return applicability.Range{}
	case 1, 2:
		return applicability.Before(g.version())
	case 3:
		return applicability.From(g.version())
	default:
		return applicability.Range{Intervals: []applicability.Interval{
			{Low: g.version(), High: g.version()}, {Low: g.version(), High: g.version(), HighIncluded: g.Wide},
		}}
	}
}

// Package returns a criterion about a package.
func (g Random) Package() applicability.Package {
	c := applicability.Package{Type: "deb", Name: g.Pick("a", "b", "c", "d"), Range: g.versions()}
	c.Which = applicability.Quantifier(g.IntN(4))
	switch {
	case g.Chance(15):
		c.Name, c.Source, c.Range = "linux", true, applicability.Before(g.Pick("6.1-1", "6.2-1", "6.3-1"))
		return c
	case g.Wide && g.Chance(10):
		c.Type = "pypi"
		c.Range = applicability.Range{
			Scheme: applicability.SchemePEP440, Intervals: []applicability.Interval{{High: g.Pick("1", "2", "3")}},
		}
	case g.Chance(30):
		c.Source, c.Name = true, g.Pick("s", "t")
	}
	if g.Chance(15) {
		c.Arch = g.Pick("amd64", "i386")
	}
	if g.Chance(15) {
		c.Module = g.Pick("m:1", "m:2")
	}
	return c
}

// Scalar returns a footprint that asks for no package.
func (g Random) Scalar() applicability.Footprint {
	if g.Wide && g.Chance(50) {
		switch g.IntN(4) {
		case 0:
			return applicability.That(applicability.Label{Name: "role", Is: g.Pick("web", "db", "")})
		case 1:
			return applicability.That(applicability.Host{Attribute: applicability.HostID, Is: g.Pick("h0", "h1", "nobody")})
		case 2:
			return applicability.That(applicability.Host{Attribute: applicability.HostName, Is: g.Pick("ann", "bob")})
		default:
			return applicability.That(applicability.File{Path: applicability.Path{Path: g.Pick("/etc/x", "/etc/y")}})
		}
	}
	switch g.IntN(10) {
	case 0, 1:
		return applicability.That(applicability.Fact{Name: g.Pick("f", "g"), Is: g.Pick("x", "y")})
	case 2:
		return applicability.That(applicability.Opaque{Kind: "weather", JSON: `"fine"`})
	case 3, 4:
		return applicability.That(applicability.Always{})
	default:
		return applicability.That(applicability.OS{Attribute: applicability.OSCodename, Is: g.Pick("bookworm", "trixie")})
	}
}

// Footprint returns a footprint of up to so many levels above its leaves, which may
// ask for the patches refs.
func (g Random) Footprint(depth int, refs []fettle.PatchID) applicability.Footprint {
	if depth == 0 || g.Chance(30) {
		switch {
		case len(refs) > 0 && g.Chance(10):
			return applicability.That(applicability.PatchInstalled{Patch: refs[g.IntN(len(refs))]})
		case g.Chance(25):
			return g.Scalar()
		default:
			return applicability.That(g.Package())
		}
	}
	of := make([]applicability.Footprint, 1+g.IntN(3))
	for i := range of {
		of[i] = g.Footprint(depth-1, refs)
	}
	switch g.IntN(5) {
	case 0, 1:
		return all(of...)
	case 2:
		return applicability.That(applicability.Any{Of: of})
	case 3:
		return applicability.That(applicability.AtLeast{N: 1 + g.IntN(len(of)), Of: of})
	default:
		return not(of[0])
	}
}

func all(of ...applicability.Footprint) applicability.Footprint {
	return applicability.That(applicability.All{Of: of})
}

func not(of applicability.Footprint) applicability.Footprint {
	return applicability.That(applicability.Not{Of: of})
}
