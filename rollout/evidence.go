package rollout

import (
	"sort"

	"github.com/fettle-dev/fettle/rollout/internal/gatestat"
)

// maxCohorts bounds the cohorts that a look goes through. Neighbours are merged
// when there are more: a stretch that ends between them is then not looked at
// any more, which loses some speed and no safety.
const maxCohorts = 256

// startOrder is a host's place among those that started in its ring, from 0.
type startOrder uint32

// cohorts are hosts in the order in which they started. The zero value is empty.
type cohorts struct {
	from   []startOrder // the first of each cohort; ascending
	counts []gatestat.Cohort
	sum    gatestat.Cohort
}

// started counts a host that starts after all that were counted. Those of one
// batch, which began with first, are one cohort.
func (c *cohorts) started(order, first startOrder) {
	if last := len(c.from) - 1; last < 0 || c.from[last] < first {
		c.from = append(c.from, first)
		c.counts = append(c.counts, gatestat.Cohort{})
	}
	c.move(order, gatestat.Cohort{Started: 1})
	if len(c.from) > maxCohorts {
		c.merge()
	}
}

// insert counts a host that may have started before others that were counted.
func (c *cohorts) insert(order startOrder, d gatestat.Cohort) {
	switch {
	case len(c.from) == 0:
		c.from, c.counts = append(c.from, order), append(c.counts, gatestat.Cohort{})
	case c.from[0] > order:
		c.from[0] = order
	}
	c.move(order, d)
}

// move adds to the counts of the cohort of a host that is counted.
func (c *cohorts) move(order startOrder, d gatestat.Cohort) {
	i := c.find(order)
	if i < 0 {
		return
	}
	for _, to := range []*gatestat.Cohort{&c.counts[i], &c.sum} {
		to.Started += d.Started
		to.Succeeded += d.Succeeded
		to.Failed += d.Failed
	}
}

// find returns the cohort that order falls into; -1 if it is before all.
func (c *cohorts) find(order startOrder) int {
	return sort.Search(len(c.from), func(i int) bool { return c.from[i] > order }) - 1
}

// merge joins each two neighbours.
func (c *cohorts) merge() {
	n := 0
	for i := 0; i < len(c.from); i += 2 {
		c.from[n], c.counts[n] = c.from[i], c.counts[i]
		if i+1 < len(c.from) {
			with := c.counts[i+1]
			c.counts[n].Started += with.Started
			c.counts[n].Succeeded += with.Succeeded
			c.counts[n].Failed += with.Failed
		}
		n++
	}
	c.from, c.counts = c.from[:n], c.counts[:n]
}

// upTo returns the cohorts of the first hosts, at most that many: a look at a
// prefix is as good as one at all.
func (c *cohorts) upTo(hosts int) []gatestat.Cohort {
	if c.sum.Started <= hosts {
		return c.counts
	}
	n := 0
	for i, in := range c.counts {
		if n += in.Started; n > hosts {
			return c.counts[:i]
		}
	}
	return c.counts
}

// standing is what a host is as evidence of one ring. A host counts once: what
// it showed first stays, whatever is tried again.
type standing uint8

const (
	notStarted standing = iota // in no denominator
	unresolved
	succeeded
	failed
)

// after returns what a host is once its outcome went from one to another. A silence
// that is broken counts as what the host then says, also if it was to be tried again
// meanwhile.
func (s standing) after(c change) standing {
	broken := s == failed && c.hushed && (c.told || c.from == Silent)
	switch {
	case s == notStarted:
		if c.to.Started() {
			return unresolved
		}
		return notStarted
	case c.to == Verified && (s == unresolved || broken):
		return succeeded
	case c.to == Failed && c.class.Safety(), c.to == Silent:
		return failed
	case s == unresolved && (c.to == Failed || c.to == Deferred || c.to == Refused || c.to == Skipped):
		return notStarted // it did not come to the patch
	case broken && c.told && c.to != RolledBack:
		return notStarted // as it says
	}
	return s
}

// change returns what a cohort gains when a host of it goes from one standing
// to another.
func (s standing) change(to standing) gatestat.Cohort {
	var d gatestat.Cohort
	count := func(of standing, by int) {
		switch of {
		case notStarted:
			d.Started -= by
		case succeeded:
			d.Succeeded += by
		case failed:
			d.Failed += by
		case unresolved:
		}
	}
	count(s, -1)
	count(to, 1)
	return d
}
