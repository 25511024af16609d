package fleet

import (
	"math/bits"
	"slices"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/applicability"
	"github.com/fettle-dev/fettle/internal/program"
)

// Most patches speak of one package in one range of versions. Of these the counts
// are how many hosts two sets have in common with a third, and no set is made but
// those that all patches of the package share.

// presence is how many hosts of a gate have an instance of a slice.
type presence struct{ gate, hosts int32 }

// countPlain counts the hosts of a patch that is of the plain kind on hosts that
// are; ok is false where it is not, or some host is to be looked at more closely.
func (e *evaluator) countPlain(patch int32) (c Counts, ok bool) {
	x := e.x
	terms := x.terms[x.termFrom[patch]:x.termFrom[patch+1]]
	if e.stale != nil || len(terms) == 0 || x.units.related[patch] || x.free[patch] != program.None ||
		x.program.Patches[patch].Bad || x.catalog.Patch(int(patch)).State == applicability.Withdrawn {
		return c, false
	}
	of := x.program.Groups[terms[0].group]
	key := x.groupKey[terms[0].group]
	var kinds program.Kind
	var below term
	for _, t := range terms {
		g := &x.program.Groups[t.group]
		if x.groupKey[t.group] != key || g.Arch != of.Arch || g.Module != of.Module || g.Gate != of.Gate ||
			g.Kind&^(program.KindPresent|program.KindVulnerable) != 0 || g.Kind&kinds&program.KindVulnerable != 0 {
			return c, false
		}
		if g.Kind&program.KindVulnerable != 0 {
			below = t
		}
		kinds |= g.Kind
	}
	gate, maybe := e.gate(x.program.Gates[of.Gate])
	if kinds&program.KindPresent == 0 || maybe != nil || e.unseen(key) != nil {
		return c, false
	}
	k := e.keyed(slice{key, of.Arch, of.Module})
	if e.specials(k) != nil || e.brokens(k) != nil {
		return c, false
	}
	if gate == nil {
		gate = e.f.live
	}
	var bad plane
	needed := 0
	if kinds&program.KindVulnerable != 0 {
		bad = e.within(k, below.lo, below.hi)
		needed = bad.countWithin(gate)
	}
	present := e.presentIn(k, of.Gate, gate)
	verified := present - needed
	if inForce, all := e.inForce(patch); !all {
		verified = 0
		here, below := e.or0(e.all(k)), e.or0(bad)
		for w := range here {
			verified += bits.OnesCount64(here[w] & gate[w] & inForce[w] &^ below[w])
		}
	}
	c.add(applicability.Needed, fettle.Yes, needed)
	c.add(applicability.Installed, fettle.No, verified)
	c.add(applicability.Installed, fettle.Unknown, present-needed-verified)
	c.add(applicability.NotApplicable, fettle.No, e.f.byID.table.Len()-present)
	c.Verified = verified
	return c, true
}

// presentIn returns how many hosts of a gate, which are within, have an instance.
func (e *evaluator) presentIn(k *keyPlanes, gate int32, within plane) int {
	for _, p := range k.present {
		if p.gate == gate {
			return int(p.hosts)
		}
	}
	n := e.all(k).countWithin(within)
	k.present = append(k.present, presence{gate, int32(n)})
	return n
}

// foresee makes the planes that patches led to by one key will ask for, each from
// the one before: in the order of the patches, columns would be added again. due
// are indices in patches.
func (e *evaluator) foresee(patches, due []int32) {
	if len(e.keys) >= maxKeyed {
		e.dropKeys()
	}
	var k *keyPlanes
	e.bounds = e.bounds[:0]
	for _, at := range due {
		from, to := e.x.termFrom[patches[at]], e.x.termFrom[patches[at]+1]
		if from == to {
			continue
		}
		t := e.x.terms[from]
		g := &e.x.program.Groups[t.group]
		of := e.keyed(slice{e.x.groupKey[t.group], g.Arch, g.Module})
		if k == nil {
			k = of
		}
		if of == k && g.Kind&program.KindVulnerable != 0 && t.lo <= 0 {
			e.bounds = append(e.bounds, k.at(t.hi))
		}
	}
	if k == nil {
		return
	}
	e.fetch(k.entries)
	slices.Sort(e.bounds)
	for _, n := range e.bounds {
		if n > 0 {
			e.before(k, n)
		}
	}
}

// fetch reads a little of all that addAll is about to read of some columns, which
// lie anywhere in memory: so it is waited for at once and not one after the other.
func (e *evaluator) fetch(entries []entry) {
	sets := e.sets[:0]
	for i := range entries {
		col := &e.f.columns[entries[i].column]
		sets = append(sets, col.with.few, col.without.few)
	}
	read := byte(0)
	for _, b := range sets {
		if len(b) > 0 {
			read ^= b[0] ^ b[len(b)/2]
		}
	}
	e.sets, e.read = sets, read
}
