package fleet

import (
	"cmp"
	"iter"
	"slices"
	"time"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/applicability"
	"github.com/fettle-dev/fettle/internal/program"
)

// Counts returns how many hosts there are of each verdict about patch i of the
// catalogue, at the instant now, against which the catalogue's age limits are
// held. They add up to Len. An i that the catalogue has not gives zero Counts.
func (f *Fleet) Counts(i int, now time.Time) Counts {
	f.rlock()
	defer f.mu.RUnlock()
	if i < 0 || i >= f.lexicon.catalog.Len() {
		return Counts{}
	}
	e := f.ask(now)
	defer f.askers.Put(e)
	return e.counts([]int32{int32(i)})[0]
}

// All returns the Counts of every patch, in the order of the catalogue. What did
// not change since it was last counted is not counted again.
func (f *Fleet) All(now time.Time) []Counts {
	f.rlock()
	defer f.mu.RUnlock()
	patches := make([]int32, f.lexicon.catalog.Len())
	for i := range patches {
		patches[i] = int32(i)
	}
	e := f.ask(now)
	defer f.askers.Put(e)
	return e.counts(patches)
}

// counts returns the counts of patches, from the cache where they hold.
func (e *evaluator) counts(patches []int32) []Counts {
	out := make([]Counts, len(patches))
	c := e.x.cache
	var due []int32 // indices in patches
	c.mu.Lock()
	for at, i := range patches {
		if e.stale == nil && c.fresh(e.f, e.x, i) {
			out[at] = e.whole(c.counts[i].counts)
		} else {
			due = append(due, int32(at))
		}
	}
	c.mu.Unlock()
	// Patches of one unit, and units of one key, share most of the work.
	slices.SortFunc(due, func(a, b int32) int {
		i, j := patches[a], patches[b]
		u, v := e.x.units.first[i], e.x.units.first[j]
		return cmp.Or(cmp.Compare(e.leading(u), e.leading(v)), cmp.Compare(u, v), cmp.Compare(i, j))
	})
	e.unit = nil // what it was prepared for may have changed
	for to, from := 0, 0; from < len(due); from = to {
		lead := e.leading(patches[due[from]])
		for to = from + 1; to < len(due) && e.leading(patches[due[to]]) == lead; to++ {
		}
		e.foresee(patches, due[from:to])
		for _, at := range due[from:to] {
			out[at] = e.countOne(patches[at])
			e.reading(patches[at]) // what fresh goes by
		}
	}
	if e.stale == nil {
		c.mu.Lock()
		for _, at := range due {
			c.counts[patches[at]] = counted{e.f.changes, out[at]}
		}
		c.mu.Unlock()
	}
	return out
}

// countOne counts the hosts of a patch. Patches of one unit come one after the
// other.
func (e *evaluator) countOne(patch int32) Counts {
	if c, ok := e.countPlain(patch); ok {
		return c
	}
	if len(e.unit) == 0 || e.unit[0] != e.x.units.first[patch] {
		e.begin(patch)
	}
	if len(e.unit) > 1 {
		e.judgeOwn(patch)
	}
	return e.count(patch)
}

// whole puts right the count of hosts that a patch does not concern: those may
// have come and gone without it.
func (e *evaluator) whole(c Counts) Counts {
	n := 0
	for _, k := range c.Verdicts {
		n += k
	}
	c.add(applicability.NotApplicable, fettle.No, e.f.byID.table.Len()-n)
	return c
}

// leading returns the key that first leads to a patch.
func (e *evaluator) leading(patch int32) int32 {
	if at := e.x.termFrom[patch]; at < e.x.termFrom[patch+1] {
		return e.x.groupKey[e.x.terms[at].group]
	}
	return -1
}

// Hosts returns the hosts with verdict v about patch i at the instant now. Their
// order is the index's own: it is the same until the index changes, and alike
// hosts come together. What is yielded is how things were when the iteration
// began; the index may be changed meanwhile, also by the loop itself.
func (f *Fleet) Hosts(i int, v applicability.Verdict, now time.Time) iter.Seq[fettle.HostID] {
	return f.where(i, now, func(c *applicability.Finding) bool { return c.Verdict == v })
}

// Exposed returns the hosts of which it holds, as truth says (yes, no or
// unknown), that they suffer what patch i mends. In all else it is as Hosts.
func (f *Fleet) Exposed(i int, truth fettle.Truth, now time.Time) iter.Seq[fettle.HostID] {
	return f.where(i, now, func(c *applicability.Finding) bool { return c.Exposed == truth })
}

func (f *Fleet) where(i int, now time.Time, wanted func(*applicability.Finding) bool) iter.Seq[fettle.HostID] {
	return func(yield func(fettle.HostID) bool) {
		for _, id := range f.collect(i, now, wanted) {
			if !yield(id) {
				return
			}
		}
	}
}

func (f *Fleet) collect(i int, now time.Time, wanted func(*applicability.Finding) bool) []fettle.HostID {
	f.rlock()
	defer f.mu.RUnlock()
	if i < 0 || i >= f.lexicon.catalog.Len() {
		return nil
	}
	e := f.ask(now)
	defer f.askers.Put(e)
	p := e.hosts(int32(i), wanted)
	defer e.put(p)
	ids := make([]fettle.HostID, 0, p.count())
	p.each(func(at uint32) { ids = append(ids, f.ids[at]) })
	return ids
}

// hosts returns the hosts whose finding about a patch is wanted.
func (e *evaluator) hosts(patch int32, wanted func(*applicability.Finding) bool) plane {
	e.begin(patch)
	if len(e.unit) > 1 {
		e.judgeOwn(patch)
	}
	out := e.take()
	if e.classes.unit != nil {
		member := e.member(patch)
		e.hard.each(func(at uint32) {
			f := e.classes.finding(e.classes.of[at], member, e.stale != nil && e.stale.has(at))
			if wanted(&f) {
				out.set(at)
			}
		})
	}
	e.easyHosts(patch, e.easyWanted(wanted), out)
	return out
}

// easyHosts adds the hosts whose verdict follows from the patch's own postings and is
// wanted.
func (e *evaluator) easyHosts(patch int32, want easyWants, out plane) {
	o := &e.own
	here, below, broken, open := e.or0(o.present), e.or0(o.vulnerable), e.or0(o.broken), e.or0(o.open)
	known, _ := e.inForce(patch)
	live, hard, old := e.f.live[:len(out)], e.hard[:len(out)], e.or0(e.stale)[:len(out)]
	here, below, broken, open, known = here[:len(out)], below[:len(out)], broken[:len(out)], open[:len(out)], known[:len(out)]
	rest := want.none|want.stale != 0
	for w := range out {
		easy := live[w] &^ hard[w]
		p := here[w] & easy
		if p == 0 && !rest { // as most words are
			continue
		}
		bad := p & (below[w] | broken[w])
		good := p &^ bad &^ old[w]
		out[w] |= bad&^open[w]&want.needed | bad&open[w]&want.blocked |
			good&known[w]&want.verified | good&^known[w]&want.installed |
			easy&^p&^old[w]&want.none | easy&^bad&old[w]&want.stale
	}
}

// easyWants are all ones where the finding that plain hosts have is wanted.
type easyWants struct{ needed, blocked, verified, installed, none, stale uint64 }

func (e *evaluator) easyWanted(wanted func(*applicability.Finding) bool) easyWants {
	ask := func(v applicability.Verdict, exposed fettle.Truth) uint64 {
		if wanted(&applicability.Finding{Verdict: v, Exposed: exposed}) {
			return ^uint64(0)
		}
		return 0
	}
	return easyWants{
		needed:    ask(applicability.Needed, fettle.Yes),
		blocked:   ask(applicability.Blocked, fettle.Yes),
		verified:  ask(applicability.Installed, fettle.No),
		installed: ask(applicability.Installed, fettle.Unknown),
		none:      ask(applicability.NotApplicable, fettle.No),
		stale:     ask(applicability.VerdictUnknown, fettle.Unknown),
	}
}

// Assess returns what Catalog.Assess says about a host's record, without it; nil
// where the host is not known.
func (f *Fleet) Assess(id fettle.HostID, now time.Time) *applicability.Assessment {
	f.rlock()
	defer f.mu.RUnlock()
	at, _, ok := f.byID.find(f.ids, id)
	if !ok {
		return nil
	}
	e, x := &f.hosts[at], f.lexicon
	return x.catalog.AssessFacts(x.catalog.Adopt(x.factsOf(f, at), e.taken()), now, nil)
}

// factsOf puts the facts of one host together.
func (x *lexicon) factsOf(f *Fleet, at uint32) *program.Facts {
	e := &f.hosts[at]
	base := f.templates[e.template].columns
	var d difference
	d.read(e.delta, base)
	columns := d.merge(base, nil)
	j := &x.judgements[x.ofHost[at]]
	keys := len(x.program.Keys)
	facts := &program.Facts{
		Start: make([]int32, keys+1), Incomplete: make([]bool, keys), Unsure: j.unsure,
		Scalars: j.scalars, Waiting: j.waiting, RestartsKnown: j.restarts,
	}
	for _, key := range j.unsure {
		facts.Incomplete[key] = true
	}
	for _, c := range columns {
		facts.Instances = append(facts.Instances, x.instancesOf(c)...)
	}
	slices.SortStableFunc(facts.Instances, func(a, b program.Instance) int { return cmp.Compare(a.Key, b.Key) })
	for i := range facts.Instances {
		facts.Start[facts.Instances[i].Key+1]++
	}
	for k := range keys {
		facts.Start[k+1] += facts.Start[k]
		x.order(int32(k), facts.Instances[facts.Start[k]:facts.Start[k+1]])
	}
	x.program.Prepare(facts)
	return facts
}
