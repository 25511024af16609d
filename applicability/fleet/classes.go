package fleet

import (
	"cmp"
	"slices"
	"time"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/applicability"
	"github.com/fettle-dev/fettle/internal/program"
)

// classes are the hard hosts of a unit, parted into sets that differ in nothing
// that the unit reads. One evaluation speaks for a class.
type classes struct {
	unit  []int32 // what findings are about, in order; nil: there are no hard hosts
	reads *reading
	hard  plane   // the hosts that were parted
	of    []int32 // by position
	list  []class

	findings   []applicability.Finding // by class, then by member of unit
	facts      program.Facts
	assessment applicability.Assessment
	own        []applicability.Finding
}

// class is reached from its parent by having one column more.
type class struct {
	parent, judgement int32 // parent -1: without columns
	column            uint32
	size, stale       int
}

// classify parts e.hard and judges the unit on every class. Many units read the
// same, so the parting before is used again where it fits.
func (e *evaluator) classify() {
	c := &e.classes
	reads := e.reading(e.unit[0])
	if c.reads == nil || !c.reads.same(reads) || !slices.Equal(c.hard, e.hard) {
		c.reads = reads
		c.hard = append(c.hard[:0], e.hard...)
		e.part()
	}
	c.unit = append(c.unit[:0], e.unit...)
	c.findings = c.findings[:0]
	c.own = slices.Grow(c.own[:0], len(e.unit))[:len(e.unit)]
	for i := range c.list {
		if c.list[i].size > 0 {
			e.judgeClass(int32(i))
		}
		c.findings = append(c.findings, c.own...)
	}
}

// part finds the classes of e.hard.
func (e *evaluator) part() {
	c := &e.classes
	c.list = c.list[:0]
	if len(c.of) < 64*e.words {
		c.of = make([]int32, 64*e.words)
	}
	root := e.roots()
	e.hard.each(func(at uint32) { c.of[at] = root[e.x.ofHost[at]] })
	members := e.take()
	var columns []uint32
	for _, key := range c.reads.keys {
		for _, in := range e.x.byKey[key] {
			columns = append(columns, in.column)
		}
	}
	slices.Sort(columns)
	for _, column := range slices.Compact(columns) {
		clear(members)
		e.add(members, column)
		members.and(e.hard)
		next := map[int32]int32{}
		members.each(func(at uint32) {
			old := c.of[at]
			now, ok := next[old]
			if !ok {
				now = int32(len(c.list))
				c.list = append(c.list, class{parent: old, judgement: c.list[old].judgement, column: column})
				next[old] = now
			}
			c.of[at] = now
		})
	}
	e.put(members)
	e.hard.each(func(at uint32) {
		k := &c.list[c.of[at]]
		k.size++
		if e.stale != nil && e.stale.has(at) {
			k.stale++
		}
	})
}

// roots makes a class for each way in which judgements differ as far as the unit
// reads them, and returns it by judgement.
func (e *evaluator) roots() []int32 {
	c := &e.classes
	root := make([]int32, len(e.x.judgements))
	seen := map[string]int32{}
	var text []byte
	for n := range e.x.judgements {
		j := &e.x.judgements[n]
		text = text[:0]
		for _, s := range c.reads.scalars {
			b := byte(j.scalars[s])
			if j.waiting[s] {
				b |= 4
			}
			text = append(text, b)
		}
		for _, key := range c.reads.keys {
			if len(j.unsure) > 0 && isUnsure(j, key) {
				text = append(text, 'u')
			} else {
				text = append(text, '.')
			}
		}
		if j.restarts {
			text = append(text, 'r')
		}
		at, ok := seen[string(text)]
		if !ok {
			at = int32(len(c.list))
			c.list = append(c.list, class{parent: -1, judgement: int32(n)})
			seen[string(text)] = at
		}
		root[n] = at
	}
	return root
}

func isUnsure(j *judgement, key int32) bool {
	_, found := slices.BinarySearch(j.unsure, key)
	return found
}

// judgeClass judges the unit on class n; the findings are in c.own.
func (e *evaluator) judgeClass(n int32) {
	c := &e.classes
	f := &c.facts
	if len(f.Start) == 0 {
		f.Start = make([]int32, len(e.x.program.Keys)+1)
		f.Incomplete = make([]bool, len(e.x.program.Keys))
	}
	j := &e.x.judgements[c.list[n].judgement]
	f.Scalars, f.Waiting, f.RestartsKnown = j.scalars, j.waiting, j.restarts
	f.Instances = f.Instances[:0]
	for k := n; c.list[k].parent >= 0; k = c.list[k].parent {
		column := c.list[k].column
		for _, in := range e.x.instancesOf(column) {
			if _, ok := slices.BinarySearch(c.reads.keys, in.Key); ok {
				f.Instances = append(f.Instances, in)
			}
		}
	}
	slices.SortFunc(f.Instances, func(a, b program.Instance) int {
		return cmp.Or(cmp.Compare(a.Key, b.Key), cmp.Compare(a.Package, b.Package))
	})
	at := 0
	for _, key := range c.reads.keys { // ascending, so that neighbours agree
		f.Start[key] = int32(at)
		for at < len(f.Instances) && f.Instances[at].Key == key {
			at++
		}
		f.Start[key+1] = int32(at)
		e.x.order(key, f.Instances[f.Start[key]:at])
		f.Incomplete[key] = len(j.unsure) > 0 && isUnsure(j, key)
	}
	facts := e.x.catalog.Adopt(f, time.Time{})
	c.own = e.x.catalog.AssessSome(facts, e.unit, c.own, &c.assessment)
}

// finding returns what is to be said about a member of the unit on class n, old
// where the age limits take it back.
func (c *classes) finding(n int32, member int, old bool) applicability.Finding {
	f := c.findings[int(n)*len(c.unit)+member]
	if old && (f.Verdict == applicability.Installed || f.Verdict == applicability.NotApplicable) {
		f.Verdict, f.Exposed = applicability.VerdictUnknown, fettle.Unknown
	}
	return f
}

func (e *evaluator) member(patch int32) int {
	at, _ := slices.BinarySearch(e.classes.unit, patch)
	return at
}

// countClasses adds the hosts that were judged class by class.
func (e *evaluator) countClasses(patch int32, counts *Counts) {
	c := &e.classes
	if c.unit == nil {
		return
	}
	member := e.member(patch)
	for n := range c.list {
		k := &c.list[n]
		if k.size == 0 {
			continue
		}
		counts.addFinding(c.finding(int32(n), member, false), k.size-k.stale)
		if k.stale > 0 {
			counts.addFinding(c.finding(int32(n), member, true), k.stale)
		}
	}
}

func (c *Counts) addFinding(f applicability.Finding, n int) {
	c.add(f.Verdict, f.Exposed, n)
	if f.Verdict == applicability.Installed && f.Verified() {
		c.Verified += n
	}
}
