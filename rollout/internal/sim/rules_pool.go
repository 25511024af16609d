package sim

import (
	"cmp"
	"fmt"
	"maps"
	"slices"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/rollout"
)

// counts are one ring's, as the model has them.
type counts struct {
	rollout rollout.ID
	spec    fettle.Digest
	ring    string
}

type tally struct {
	open, passed bool
	hosts        int
	by           map[string]int // by outcome's word
}

// sum counts every ring of the model.
func (a *audit) sum(digest func(rollout.ID) fettle.Digest) map[counts]tally {
	all := map[counts]tally{}
	for id, r := range a.rollouts {
		for i := range r.spec.Rings {
			name := r.spec.Rings[i].Name
			t := tally{open: !r.opened[name].IsZero(), passed: !r.passed[name].IsZero(), by: map[string]int{}}
			for _, m := range r.members {
				if m.ring == name {
					t.hosts++
					t.by[m.outcome.String()]++
				}
			}
			all[counts{id, digest(id), name}] = t
		}
	}
	return all
}

// told turns summaries into the form of the model.
func told(list []rollout.RolloutSummary) map[counts]tally {
	all := map[counts]tally{}
	for _, r := range list {
		for _, ring := range r.Rings {
			by := maps.Clone(ring.Counts)
			if by == nil {
				by = map[string]int{}
			}
			all[counts{r.Rollout, r.Spec, ring.Ring}] = tally{ring.Open, ring.Passed, ring.Hosts, by}
		}
	}
	return all
}

// differ names the first ring that is counted in two ways.
func differ(want, got map[counts]tally) string {
	all := maps.Clone(want)
	maps.Copy(all, got)
	for _, at := range slices.SortedFunc(maps.Keys(all), func(a, b counts) int {
		return cmp.Or(cmp.Compare(a.rollout, b.rollout), cmp.Compare(a.ring, b.ring))
	}) {
		one, two := want[at], got[at]
		if one.open != two.open || one.passed != two.passed || one.hosts != two.hosts || !maps.Equal(one.by, two.by) {
			return fmt.Sprintf("ring %s of %s: want %+v, found %+v", at.ring, at.rollout, one, two)
		}
	}
	return ""
}

// summed: a region tells its parent what the model counts.
func (a *audit) summed(n *node) {
	s := n.summary()
	digest := func(id rollout.ID) fettle.Digest { _, d, _ := n.state.Spec(id); return d }
	if diff := differ(a.sum(digest), told(s.Rollouts)); diff != "" {
		a.w.violate(ruleSummary, "at %d %s", s.At, diff)
	}
}

func (n *node) summary() rollout.Summary {
	s := n.state.Summary()
	if n.w.breaks.Summary != nil {
		s = n.w.breaks.Summary(s)
	}
	return s
}

// parent is a region above this one and another, to which summaries come late,
// twice or not at all.
type parent struct {
	w      *world
	state  rollout.State
	newest map[rollout.RegionID]rollout.Summary // that were taken in
	beside rollout.Summary                      // of the other region
}

func newParent(w *world) *parent {
	p := &parent{w: w, newest: map[rollout.RegionID]rollout.Summary{}, beside: rollout.Summary{Region: "q", Epoch: 1}}
	_, _, _ = p.state.Take(rollout.Configure{Config: rollout.Config{Region: "top"}, By: "ann"}, w.now)
	return p
}

// hear sends what the regions have to tell.
func (p *parent) hear(n *node) {
	p.send(n.state.Summary())
	p.beside.Rollouts = nil
	for _, r := range p.w.plan.specs {
		one := rollout.RolloutSummary{Rollout: r.ID, Spec: p.w.plan.digest(r.ID), Phase: rollout.Running}
		for i := range r.Rings {
			hosts := p.w.rng.IntN(20)
			one.Rings = append(one.Rings, rollout.RingSummary{
				Ring: r.Rings[i].Name, Hosts: hosts, Open: true, Passed: p.w.chance(2), Counts: map[string]int{"verified": hosts},
			})
		}
		p.beside.Rollouts = append(p.beside.Rollouts, one)
	}
	p.beside.At++
	p.send(p.beside)
}

func (p *parent) send(s rollout.Summary) {
	p.w.send(func() {
		var c rollout.Command = rollout.Pool{From: s.Region, Summary: s}
		if p.w.breaks.Command != nil {
			c = p.w.breaks.Command(c)
		}
		_, reasons, err := p.state.Take(c, p.w.now)
		if err != nil {
			p.w.violate(rulePooled, "%v", err)
		}
		if last := p.newest[s.Region]; len(reasons) > 0 && s.At > last.At {
			p.w.violate(rulePooled, "the summary of %s at %d is refused: %v", s.Region, s.At, reasons)
		} else if s.At > last.At {
			p.newest[s.Region] = s
		}
		p.check()
	})
}

// check adds the newest summaries up for itself.
func (p *parent) check() {
	want := map[counts]tally{}
	for _, s := range p.newest {
		for at, one := range told(s.Rollouts) {
			sum, known := want[at]
			if !known {
				want[at] = one
				continue
			}
			sum.hosts += one.hosts
			sum.open, sum.passed = sum.open && one.open, sum.passed && one.passed
			for word, n := range one.by {
				sum.by[word] += n
			}
			want[at] = sum
		}
	}
	if diff := differ(want, told(p.state.Pooled())); diff != "" {
		p.w.violate(rulePooled, "%s", diff)
	}
}
