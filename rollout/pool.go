package rollout

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
)

// Bounds of a Summary that a parent takes in.
const (
	maxSummaryRollouts = 10_000
	maxChildren        = 10_000
)

func (s *State) decidePool(d *decided, c Pool) error {
	wrong := func(field, value, rule string) error {
		return &CommandError{Command: "summary", Field: field, Value: value, Rule: rule}
	}
	last, known := s.pools[c.From]
	switch {
	case c.From == "" || c.From != c.Summary.Region:
		return wrong("from", string(c.From), "want the region that the summary is of, "+strconv.Quote(string(c.Summary.Region)))
	case c.From == s.config.Region:
		return wrong("from", string(c.From), "a region is not its own child")
	case len(c.Summary.Rollouts) > maxSummaryRollouts:
		return wrong("summary.rollouts", strconv.Itoa(len(c.Summary.Rollouts)), "want at most "+strconv.Itoa(maxSummaryRollouts))
	case !known && len(s.pools) >= maxChildren:
		return wrong("from", string(c.From), "want at most "+strconv.Itoa(maxChildren)+" child regions")
	case known && !c.Summary.newerThan(last):
		d.refuse(ReasonSummaryOld, "region", string(c.From),
			"epoch", strconv.FormatUint(c.Summary.Epoch, 10), "at", strconv.FormatUint(uint64(c.Summary.At), 10))
		return nil
	}
	d.add(&SummaryReceived{From: c.From, Summary: c.Summary})
	return nil
}

// newerThan reports whether a summary of the same region sums up more of its
// journal.
func (m Summary) newerThan(other Summary) bool {
	return cmp.Or(cmp.Compare(m.At, other.At), cmp.Compare(m.Epoch, other.Epoch)) > 0
}

func (e *SummaryReceived) check(s *State, _ *Entry) error {
	if last, known := s.pools[e.From]; known && !e.Summary.newerThan(last) {
		return refused("the summary of region %q is not newer than the last", e.From)
	}
	return nil
}

func (e *SummaryReceived) apply(s *State, _ *Entry) { s.pools[e.From] = e.Summary }

// Pooled returns the counts of all child regions together, each by its newest
// Summary, in the order of the rollouts' names. Because of each region only the
// newest counts, it does not matter in which order or how often summaries come.
func (s *State) Pooled() []RolloutSummary {
	list := make([]Summary, 0, len(s.pools))
	for _, region := range slices.Sorted(maps.Keys(s.pools)) {
		list = append(list, s.pools[region])
	}
	return PoolSummaries(list)
}

// Regions returns the newest Summary of each child region, by region.
func (s *State) Regions() []Summary {
	list := make([]Summary, 0, len(s.pools))
	for _, region := range slices.Sorted(maps.Keys(s.pools)) {
		list = append(list, s.pools[region])
	}
	return list
}

// PoolSummaries adds up the counts of regions, of each by the newest of its
// summaries: rollouts of one name and digest are one. The phase is that of the
// region that is least far, a halt before all; a ring is open or has passed when
// it is so everywhere. The result is in the order of names and digests, and is
// the same for any order and repetition of the summaries.
func PoolSummaries(summaries []Summary) []RolloutSummary {
	newest := map[RegionID]Summary{}
	for _, m := range summaries {
		if last, known := newest[m.Region]; !known || m.newerThan(last) {
			newest[m.Region] = m
		}
	}
	pooled := map[rolloutKey]*RolloutSummary{}
	for _, region := range slices.Sorted(maps.Keys(newest)) {
		for _, r := range newest[region].Rollouts {
			key := rolloutKey{r.Rollout, string(r.Spec)}
			if sum, known := pooled[key]; known {
				sum.add(r)
			} else {
				sum := r.copied()
				pooled[key] = &sum
			}
		}
	}
	keys := slices.SortedFunc(maps.Keys(pooled), func(a, b rolloutKey) int {
		return cmp.Or(cmp.Compare(a.id, b.id), cmp.Compare(a.digest, b.digest))
	})
	list := make([]RolloutSummary, len(keys))
	for i, key := range keys {
		list[i] = *pooled[key]
	}
	return list
}

type rolloutKey struct {
	id     ID
	digest string
}

// copied returns a copy with memory of its own.
func (m *RolloutSummary) copied() RolloutSummary {
	c := *m
	c.Rings = slices.Clone(m.Rings)
	for i := range c.Rings {
		c.Rings[i].Counts = maps.Clone(c.Rings[i].Counts)
	}
	return c
}

func (m *RolloutSummary) add(other RolloutSummary) {
	if phaseOrder(other.Phase) < phaseOrder(m.Phase) {
		m.Phase = other.Phase
	}
	for _, ring := range other.Rings {
		i := slices.IndexFunc(m.Rings, func(r RingSummary) bool { return r.Ring == ring.Ring })
		if i < 0 { // one digest has one list of rings; a region that says otherwise is still counted
			ring.Counts = maps.Clone(ring.Counts)
			m.Rings = append(m.Rings, ring)
			continue
		}
		to := &m.Rings[i]
		to.Hosts += ring.Hosts
		to.Open, to.Passed = to.Open && ring.Open, to.Passed && ring.Passed
		for outcome, n := range ring.Counts {
			if to.Counts == nil {
				to.Counts = map[string]int{}
			}
			to.Counts[outcome] += n
		}
	}
}

// phaseOrder puts first what a parent has to see first, then what is least far.
func phaseOrder(p Phase) int {
	return slices.Index([]Phase{Halted, Held, Paused, Aborted, Proposed, Waiting, Running, Done, Retired}, p)
}
