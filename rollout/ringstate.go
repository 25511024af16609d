package rollout

import (
	"time"

	"github.com/fettle-dev/fettle/rollout/internal/gatestat"
)

// mark is what a member carries of the evidence of its ring: its standing in the
// lowest two bits, whether it started as a late-comer in the third, and its place
// in the order of starts in the rest. The zero mark is a host that never started.
type mark uint32

func markOf(s standing, late bool, order startOrder) mark {
	m := mark(s) | mark(order)<<3
	if late {
		m |= 4
	}
	return m
}

func (m mark) standing() standing { return standing(m & 3) }
func (m mark) late() bool         { return m&4 != 0 }
func (m mark) order() startOrder  { return startOrder(m >> 3) }

// numOutcomes is how many outcomes there are.
const numOutcomes = int(Removed) + 1

// ringState is what the state knows of one ring of a rollout: counts, never
// hosts. It is folded from entries.
type ringState struct {
	opened  time.Time // zero: not yet
	passed  time.Time // zero: not yet
	members int
	counts  [numOutcomes]int
	// unreached are members that failed with a class that is not about the patch.
	unreached int
	// unreachedBefore are those of before a halt that people ended.
	unreachedBefore int
	waived          bool // people went on without this ring's evidence
	starts
	// floor is the first host that counts: those before started before a halt.
	floor      startOrder
	lastResult time.Time // of a host that counts
	strata     []stratum // in the order of their first member
	byKey      map[Key]int
	plans      *planCache // worked out when asked; not part of the fold
}

// starts are hosts in the order in which they started.
type starts struct {
	cohorts

	next  startOrder // of the next host that starts
	batch startOrder // of the first host of the entry that is folded in
}

type stratum struct {
	key     Key
	members int
	size    int // members when the first host of the ring started
	cohorts cohorts
}

// newRing returns the state of a ring that has not opened.
func newRing(tables *gatestat.Tables) ringState {
	return ringState{byKey: map[Key]int{}, plans: &planCache{tables: tables}}
}

// join counts a member, Pending, with its values in the dimensions of the spec's
// strata; leave undoes it for one that was never granted.
func (r *ringState) join(outcome Outcome, keys []Key) {
	r.members++
	r.counts[outcome]++
	for _, k := range keys {
		r.strata[r.stratumOf(k)].members++
	}
}

func (r *ringState) leave(outcome Outcome, keys []Key) {
	r.members--
	r.counts[outcome]--
	for _, k := range keys {
		r.strata[r.stratumOf(k)].members--
	}
}

func (r *ringState) stratumOf(k Key) int {
	i, ok := r.byKey[k]
	if !ok {
		i = len(r.strata)
		r.byKey[k] = i
		r.strata = append(r.strata, stratum{key: k})
	}
	return i
}

// beginAnew forgets the evidence: after a halt that people ended, only hosts that
// start from now on count.
func (r *ringState) beginAnew() {
	r.cohorts = cohorts{}
	r.floor = r.next
	r.unreachedBefore = r.unreached
	for i := range r.strata {
		r.strata[i].cohorts = cohorts{}
	}
}

// counted reports whether a host is evidence of the ring.
func (r *ringState) counted(m mark) bool {
	return m.standing() != notStarted && !m.late() && m.order() >= r.floor
}

// relabel moves a member's evidence from its old strata to its new ones.
func (r *ringState) relabel(m mark, old, keys []Key) {
	was := notStarted.change(m.standing())
	for _, k := range old {
		s := &r.strata[r.stratumOf(k)]
		s.members--
		if r.counted(m) {
			s.cohorts.move(m.order(), gatestat.Cohort{Started: -was.Started, Succeeded: -was.Succeeded, Failed: -was.Failed})
		}
	}
	for _, k := range keys {
		s := &r.strata[r.stratumOf(k)]
		s.members++
		if r.counted(m) {
			s.cohorts.insert(m.order(), was)
		}
	}
}

// closed reports whether a host that starts at that instant comes too late to
// count in the ring.
func (r *ringState) closed(spec *Ring, at time.Time) bool {
	return spec.Close != 0 && !r.opened.IsZero() && !at.Before(r.opened.Add(time.Duration(spec.Close)))
}

// ended reports whether no host will start any more that counts in the ring.
func (r *ringState) ended(spec *Ring, at time.Time) bool {
	return r.unstarted() == 0 || r.closed(spec, at)
}

// change is one member's way from one outcome to another.
type change struct {
	mark       mark
	from, to   Outcome
	fromClass  Class // of from, if that is Failed
	class      Class // of to, if that is Failed
	ephemeral  bool
	hushed     bool // what it has shown is a silence, and it has not started since
	told       bool // by the host, of an operation that was over
	at         time.Time
	late       bool    // a start now would be that of a late-comer
	lateStarts *starts // of the rollout
}

// fold takes in a change of a member with those keys, in the dimensions of the
// strata, and returns its mark after it. It is the same for a state and for a look
// at what a command would lead to.
func (r *ringState) fold(c change, keys []Key) mark {
	harmed := c.to == Failed && c.class.Safety()
	never := c.mark.standing() == notStarted && !c.from.Started()
	if c.from == Granted && !c.told && (c.to == Verified || c.to == Silent || harmed) || never && (harmed || c.told && c.to == Verified) {
		begun := c // one report tells of the start and of its result
		begun.to, begun.told = Accepted, false
		c.mark, c.from, c.hushed = r.foldOne(begun, keys), Accepted, false
	}
	return r.foldOne(c, keys)
}

// foldOne takes in one step of a change.
func (r *ringState) foldOne(c change, keys []Key) mark {
	r.counts[c.from]--
	r.counts[c.to]++
	if c.from == Failed && !c.fromClass.Safety() {
		r.unreached--
	}
	if c.to == Failed && !c.class.Safety() {
		r.unreached++
	}
	was := c.mark.standing()
	is := was.after(c)
	if c.to == Removed && c.ephemeral && was == unresolved {
		is = notStarted // it was made to go away
	}
	if was == is {
		return c.mark
	}
	late, order := c.mark.late(), c.mark.order()
	if was == notStarted { // it starts
		late = c.late
		in := &r.starts
		if late {
			in = c.lateStarts
		}
		if !late && r.next == 0 {
			r.fixSizes()
		}
		order = in.next
		in.next++
		in.started(order, in.batch)
		if !late {
			for _, k := range keys {
				r.strata[r.stratumOf(k)].cohorts.started(order, in.batch)
			}
		}
		return markOf(is, late, order)
	}
	d := was.change(is)
	if late {
		c.lateStarts.move(order, d)
		return markOf(is, late, order)
	}
	if !r.counted(c.mark) {
		return markOf(is, late, order)
	}
	r.move(order, d)
	for _, k := range keys {
		r.strata[r.stratumOf(k)].cohorts.move(order, d)
	}
	if is == succeeded || is == failed {
		r.lastResult = c.at
	}
	return markOf(is, late, order)
}

// fixSizes keeps how large the strata are when the first host starts: the shares
// of the halt error must not depend on any outcome.
func (r *ringState) fixSizes() {
	for i := range r.strata {
		r.strata[i].size = r.strata[i].members
	}
}

// unstarted returns how many members may still start, busy how many are at work.
func (r *ringState) unstarted() int {
	return r.counts[Pending] + r.counts[Granted] + r.counts[Deferred]
}

func (r *ringState) busy() int {
	n := 0
	for o := Accepted; o.Started(); o++ {
		n += r.counts[o]
	}
	return n
}

// beginEntry marks where an entry's starts begin, so that they are one cohort.
func (s *starts) beginEntry() { s.batch = s.next }
