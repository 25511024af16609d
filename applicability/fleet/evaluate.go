package fleet

import (
	"math/bits"
	"slices"
	"time"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/applicability"
	"github.com/fettle-dev/fettle/internal/program"
)

// evaluator answers questions about patches while the index does not change.
type evaluator struct {
	f     *Fleet
	x     *lexicon
	words int
	at    uint64 // Fleet.changes that the kept planes are of
	free  []plane
	keys  map[slice]*keyPlanes
	lacks plane // scratch, empty between uses
	now   time.Time
	stale plane // hosts whose answers are too old to be good news; nil: none

	own     own
	hard    plane // hosts of the unit that are judged class by class
	dirty   bool  // hard is not empty
	unit    []int32
	single  [1]int32
	classes classes
	bounds  []int // scratch of foresee
	sets    []blocks
	read    byte
}

// own are the planes that a patch's own postings lead to. A nil plane is empty.
// They may be shared with others and are not to be changed.
type own struct {
	present, vulnerable, broken, open plane
	general                           plane   // to be evaluated as a whole
	made                              []plane // those that are not shared
}

func newEvaluator(f *Fleet, x *lexicon, now time.Time) *evaluator {
	words := len(f.live)
	e := &evaluator{
		f: f, x: x, words: words, keys: map[slice]*keyPlanes{}, lacks: make(plane, words),
		now: now,
	}
	e.stale = e.staleHosts()
	return e
}

// ask returns an evaluator, with what it kept from earlier questions where that
// still holds. The caller holds the lock and gives it back to the pool.
func (f *Fleet) ask(now time.Time) *evaluator {
	e, _ := f.askers.Get().(*evaluator)
	if e == nil || e.x != f.lexicon || e.words != len(f.live) {
		e = newEvaluator(f, f.lexicon, now)
		e.at = f.changes
		return e
	}
	if e.at != f.changes {
		e.dropKeys()
	}
	e.at, e.now, e.classes.reads = f.changes, now, nil
	e.stale = e.staleHosts()
	return e
}

// staleHosts holds the catalogue's age limits against all hosts.
func (e *evaluator) staleHosts() plane {
	o := e.x.catalog.Options()
	if o.MaxAge > 0 && e.now.Sub(o.Published) > o.MaxAge {
		return e.f.live
	}
	if o.MaxSnapshotAge <= 0 {
		return nil
	}
	p := make(plane, e.words)
	e.f.live.each(func(at uint32) {
		if e.now.Sub(e.f.hosts[at].taken()) > o.MaxSnapshotAge {
			p.set(at)
		}
	})
	if p.empty() {
		return nil
	}
	return p
}

// take returns an empty plane.
func (e *evaluator) take() plane {
	p := e.raw()
	clear(p)
	return p
}

// raw returns a plane with anything in it.
func (e *evaluator) raw() plane {
	if last := len(e.free) - 1; last >= 0 {
		p := e.free[last]
		e.free = e.free[:last]
		return p
	}
	return make(plane, e.words)
}

func (e *evaluator) put(p plane) {
	if p != nil {
		e.free = append(e.free, p)
	}
}

// gather adds q, within mask where that is not nil, to what into is; the plane
// that is there may be q itself until a second one comes.
func (e *evaluator) gather(into *plane, q, mask plane) {
	if q == nil {
		return
	}
	if *into == nil && mask == nil {
		*into = q
		return
	}
	if *into == nil { // all of p is written
		p := e.raw()
		q, mask := q[:len(p)], mask[:len(p)]
		for i := range p {
			p[i] = q[i] & mask[i]
		}
		*into = p
		e.own.made = append(e.own.made, p)
		return
	}
	owned := false
	for _, p := range e.own.made {
		owned = owned || &p[0] == &(*into)[0]
	}
	if !owned {
		p := e.raw()
		copy(p, *into)
		*into = p
		e.own.made = append(e.own.made, p)
	}
	if mask == nil {
		into.or(q)
	} else {
		into.orWithin(q, mask)
	}
}

// judgeOwn fills e.own for a patch.
func (e *evaluator) judgeOwn(patch int32) {
	for _, p := range e.own.made {
		e.put(p)
	}
	e.own = own{made: e.own.made[:0]}
	if len(e.keys) >= maxKeyed {
		e.dropKeys()
	}
	o := &e.own
	p := e.x.program
	if gate := e.x.free[patch]; gate != program.None {
		yes, maybe := e.gate(gate)
		if yes == nil {
			yes = e.f.live
		}
		e.gather(&o.general, yes, nil)
		e.gather(&o.general, maybe, nil)
	}
	terms := e.x.terms[e.x.termFrom[patch]:e.x.termFrom[patch+1]]
	oneGate := !slices.ContainsFunc(terms, func(t term) bool { return p.Groups[t.group].Gate != p.Groups[terms[0].group].Gate })
	for _, t := range terms {
		g := &p.Groups[t.group]
		key := e.x.groupKey[t.group]
		yes, maybe := e.gate(p.Gates[g.Gate])
		within := yes
		if oneGate { // what lies outside of it is not present, and not looked at
			within = nil
		}
		k := e.keyed(slice{key, g.Arch, g.Module})
		if g.Kind == program.KindGeneral {
			e.gather(&o.general, e.all(k), yes)
			e.gather(&o.general, e.specials(k), yes)
		} else {
			e.gather(&o.general, e.specials(k), yes)
			if g.Kind&program.KindPresent != 0 {
				e.gather(&o.present, e.all(k), yes)
			}
			if g.Kind&program.KindVulnerable != 0 {
				e.gather(&o.vulnerable, e.within(k, t.lo, t.hi), within)
				e.gather(&o.broken, e.brokens(k), within)
			}
			if g.Kind&program.KindOpen != 0 {
				e.gather(&o.open, e.within(k, t.lo, t.hi), within)
			}
		}
		e.unsure(key, yes, maybe)
	}
}

// unsure sends to the full evaluation the hosts of which the postings of a key
// cannot tell: the gate is unknown, or there may be instances that nobody saw.
func (e *evaluator) unsure(key int32, yes, maybe plane) {
	if maybe != nil {
		k := e.keyed(slice{key, program.None, program.None})
		e.gather(&e.own.general, e.all(k), maybe)
		e.gather(&e.own.general, e.specials(k), maybe)
	}
	if unseen := e.unseen(key); unseen != nil {
		e.gather(&e.own.general, unseen, yes)
		if yes != nil {
			e.gather(&e.own.general, unseen, maybe)
		}
	}
}

// Counts are the hosts of a Fleet by what is to be said about one patch.
type Counts struct {
	Verdicts [applicability.Verdicts]int // by applicability.Verdict
	Exposed  [3]int                      // by fettle.Truth
	// Verified are the hosts on which the patch is proven to be on disk and in
	// force. The rest of Verdicts[Installed] is not known to be in force.
	Verified int
}

// add adds n hosts to a verdict.
func (c *Counts) add(v applicability.Verdict, exposed fettle.Truth, n int) {
	c.Verdicts[v] += n
	c.Exposed[exposed] += n
}

// begin prepares the unit that a patch belongs to. Of its members, hosts whose
// verdicts follow from the patch's own postings are kept apart from those that
// are judged class by class.
func (e *evaluator) begin(patch int32) {
	e.unit = e.x.units.of(patch, e.single[:])
	if e.hard == nil {
		e.hard = e.take()
	}
	if e.dirty {
		clear(e.hard)
	}
	any := false
	for _, i := range e.unit {
		e.judgeOwn(i)
		any = e.addHard(i) || any
	}
	if e.dirty = any; !any {
		e.classes.unit = nil
		return
	}
	e.classify()
}

// addHard adds the hosts on which patch i cannot be judged by its own postings:
// those that have to be evaluated, and where other patches have a say, those on
// which it is not installed.
func (e *evaluator) addHard(i int32) (any bool) {
	o := &e.own
	q := &e.x.program.Patches[i]
	switch {
	case q.Bad || e.x.catalog.Patch(int(i)).State == applicability.Withdrawn:
		if o.present != nil {
			e.hard.or(o.present)
		}
	case e.x.units.related[i] && o.present != nil:
		for w := range e.hard {
			e.hard[w] |= o.present[w] & (word(o.vulnerable, w) | word(o.broken, w))
		}
	}
	if o.general != nil {
		e.hard.or(o.general)
	}
	if o.general == nil && !e.x.units.related[i] && !q.Bad {
		return false
	}
	e.hard.and(e.f.live)
	return !e.hard.empty()
}

func word(p plane, w int) uint64 {
	if p == nil {
		return 0
	}
	return p[w]
}

// count counts the hosts of a patch of the unit that begin prepared. e.own has
// to be that patch's.
func (e *evaluator) count(patch int32) (c Counts) {
	o := &e.own
	inForce, _ := e.inForce(patch)
	var present, needed, blocked, verified, lostInstalled, lostNone int
	live, hard, stale := e.f.live, e.hard[:len(e.f.live)], e.stale
	if o.present != nil && stale == nil && o.broken == nil && o.open == nil {
		here, below, inForce := o.present[:len(live)], e.or0(o.vulnerable)[:len(live)], inForce[:len(live)]
		for w := range live {
			p := here[w] & live[w] &^ hard[w]
			if p == 0 {
				continue
			}
			bad := p & below[w]
			present += bits.OnesCount64(p)
			needed += bits.OnesCount64(bad)
			verified += bits.OnesCount64(p &^ bad & inForce[w])
		}
	} else if o.present != nil || stale != nil {
		here, below, broken, open := e.or0(o.present), e.or0(o.vulnerable), e.or0(o.broken), e.or0(o.open)
		old := e.or0(stale)
		for w := range live {
			easy := live[w] &^ hard[w]
			p := here[w] & easy
			bad := p & (below[w] | broken[w])
			held := bad & open[w]
			good := p &^ bad
			present += bits.OnesCount64(p)
			needed += bits.OnesCount64(bad &^ held)
			if held != 0 {
				blocked += bits.OnesCount64(held)
			}
			if old[w] != 0 {
				lostInstalled += bits.OnesCount64(good & old[w])
				lostNone += bits.OnesCount64(easy &^ p & old[w])
			}
			verified += bits.OnesCount64(good & inForce[w])
			if old[w] != 0 {
				verified -= bits.OnesCount64(good & inForce[w] & old[w])
			}
		}
	}
	installed := present - needed - blocked - lostInstalled
	c.add(applicability.Needed, fettle.Yes, needed)
	c.add(applicability.Blocked, fettle.Yes, blocked)
	c.add(applicability.Installed, fettle.No, verified)
	c.add(applicability.Installed, fettle.Unknown, installed-verified)
	c.add(applicability.VerdictUnknown, fettle.Unknown, lostInstalled+lostNone)
	c.Verified = verified
	e.countClasses(patch, &c)
	rest := e.f.byID.table.Len()
	for _, n := range c.Verdicts {
		rest -= n
	}
	c.add(applicability.NotApplicable, fettle.No, rest)
	return c
}

func (e *evaluator) or0(p plane) plane {
	if p == nil {
		return e.zero()
	}
	return p[:e.words]
}
