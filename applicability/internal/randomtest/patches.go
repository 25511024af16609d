package randomtest

import (
	"fmt"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/applicability"
)

// Patches returns n patches, P0, P1 and so on. Unless g is Wide all compile, and no
// two lead to one another.
func (g Random) Patches(n int) []applicability.Patch {
	list := make([]applicability.Patch, n)
	var refs []fettle.PatchID
	for i := range list {
		p := &list[i]
		p.ID = fettle.PatchID(fmt.Sprintf("P%d", i))
		p.State = applicability.State(g.IntN(4))
		p.Restart = fettle.Restart(g.IntN(5))
		if g.Wide {
			p.Released = newYear().AddDate(0, 0, g.IntN(5))
		}
		switch {
		case i > 0 && g.Chance(25):
			g.newer(p, &list[g.IntN(i)])
		case g.Chance(60):
			g.plain(p)
		default:
			p.Target, p.Installed = g.Footprint(3, nil), g.Footprint(3, refs)
			if g.Chance(15) {
				p.Active = g.Footprint(2, nil)
			}
		}
		if g.Wide && g.Chance(3) {
			p.Target = applicability.Footprint{} // cannot be compiled
		}
		refs = append(refs, p.ID)
	}
	for i := range list {
		g.relate(list, i)
	}
	return list
}

// plain fills in footprints as feeds write them, which are judged by postings alone.
func (g Random) plain(p *applicability.Patch) {
	var present, clean, open []applicability.Footprint
	for range 1 + g.IntN(3) {
		c := g.Package()
		c.Which = applicability.Some
		here := c
		here.Range = applicability.Range{}
		gate := func(f applicability.Footprint) applicability.Footprint { return f }
		if g.Chance(30) {
			release := g.Scalar()
			gate = func(f applicability.Footprint) applicability.Footprint { return all(release, f) }
		}
		present = append(present, gate(applicability.That(here)))
		clean = append(clean, not(gate(applicability.That(c))))
		if c.Type == "deb" && g.Chance(30) {
			c.Range = g.versions()
			open = append(open, gate(applicability.That(c)))
		}
	}
	p.Target = all(g.Scalar(), applicability.That(applicability.Any{Of: present}))
	p.Installed = all(clean...)
	if len(open) > 0 {
		p.Unfixed = applicability.That(applicability.Any{Of: open})
	}
}

// newer makes p take the place of an older patch: it asks for what that asks for,
// and sometimes for more.
func (g Random) newer(p, old *applicability.Patch) {
	p.Target, p.Installed = old.Target, old.Installed
	p.Supersedes = []fettle.PatchID{old.ID}
	if g.Chance(70) { // or else it takes no place
		p.State = applicability.Approved
	}
	if g.Chance(50) {
		c := g.Package()
		c.Which = applicability.Some
		p.Installed = all(old.Installed, not(applicability.That(c)))
	}
}

// relate lets patch i name others.
func (g Random) relate(list []applicability.Patch, i int) {
	p, n := &list[i], len(list)
	other := func() fettle.PatchID { // a later one, so that nothing leads back
		switch {
		case g.Wide && g.Chance(90):
			return list[g.IntN(n)].ID
		case g.Wide || i+1 == n || g.Chance(10):
			return fettle.PatchID(g.Pick("GONE", "LOST"))
		default:
			return list[i+1+g.IntN(n-i-1)].ID
		}
	}
	switch {
	case g.Wide && g.Chance(20):
		p.Supersedes = append(p.Supersedes, other())
	case !g.Wide && i > 0 && g.Chance(40):
		p.Supersedes = append(p.Supersedes, list[g.IntN(i)].ID)
	}
	if i == n-1 && g.Chance(50) {
		p.Supersedes = append(p.Supersedes, "GONE")
	}
	if (g.Wide || i < n-1) && g.Chance(15) {
		p.Requires = append(p.Requires, []fettle.PatchID{other(), other()})
	}
	if g.Chance(8) {
		p.Conflicts = append(p.Conflicts, other())
	}
}
