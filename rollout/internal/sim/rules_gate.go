package sim

import (
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/rollout"
)

func (a *audit) approvers(r *rolloutModel, ring string, at time.Time, want *rollout.Approval) int {
	expires := time.Duration(want.Expires)
	if expires == 0 {
		expires = 7 * 24 * time.Hour
	}
	by := map[string]bool{}
	for _, one := range r.approvals {
		if one.ring == ring && one.by != r.proposer && at.Before(one.at.Add(expires)) {
			by[one.by] = true
		}
	}
	return len(by)
}

// ringOpened: rings open one after the other, each after the one before passed.
func (a *audit) ringOpened(ev *rollout.RingOpened, at time.Time) {
	r := a.rollouts[ev.Rollout]
	i := slices.IndexFunc(r.spec.Rings, func(x rollout.Ring) bool { return x.Name == ev.Ring })
	if i < 0 || r.phase != rollout.Running || at.Before(r.spec.Rings[i].NotBefore) {
		a.w.violate(ruleGates, "%s opens ring %q in phase %s", ev.Rollout, ev.Ring, r.phase)
		return
	}
	if i > 0 && r.passed[r.spec.Rings[i-1].Name].IsZero() {
		a.w.violate(ruleGates, "%s opens ring %s before ring %s has passed", ev.Rollout, ev.Ring, r.spec.Rings[i-1].Name)
	}
	r.opened[ev.Ring] = at
}

// ringPassed judges every gate of the ring by the model's own counts. Each is a
// condition without which no correct gate can pass.
func (a *audit) ringPassed(ev *rollout.RingPassed, at time.Time) {
	r := a.rollouts[ev.Rollout]
	i := slices.IndexFunc(r.spec.Rings, func(x rollout.Ring) bool { return x.Name == ev.Ring })
	if i < 0 || r.opened[ev.Ring].IsZero() {
		a.w.violate(ruleGates, "%s passes ring %q, which is not open", ev.Rollout, ev.Ring)
		return
	}
	r.passed[ev.Ring] = at
	a.canaries(r, i)
	for k := range r.spec.Rings[i].Gates {
		if why := a.gate(r, i, &r.spec.Rings[i].Gates[k], at); why != "" {
			a.w.violate(ruleGates, "%s passes ring %s: gate %s: %s", ev.Rollout, ev.Ring, r.spec.Rings[i].Gates[k].Kind(), why)
		}
	}
}

func (a *audit) gate(r *rolloutModel, i int, g *rollout.Gate, at time.Time) string {
	ring := &r.spec.Rings[i]
	switch {
	case g.Approval != nil:
		if n := a.approvers(r, ring.Name, at, g.Approval); n < g.Approval.Need {
			return fmt.Sprintf("%d approvals", n)
		}
	case g.Signal != nil:
		if s := a.signals[g.Signal.Name]; s.value != g.Signal.Want || at.Before(s.since.Add(time.Duration(g.Signal.Quiet))) {
			return fmt.Sprintf("signal is %q since %s", s.value, s.since)
		}
	case g.Permit != nil:
		if i+1 < len(r.spec.Rings) {
			if _, given := r.permits[r.spec.Rings[i+1].Name]; !given {
				return "no permit"
			}
		}
	case g.Bake != nil:
		if last := a.lastResult(r, ring); !last.IsZero() && at.Before(last.Add(time.Duration(g.Bake.For))) {
			return "the last result was at " + last.String()
		}
	case r.waived[ring.Name] || r.spec.Mode == rollout.Observe:
	case g.Raw != nil:
		return a.raw(r, ring, g.Raw, at)
	case g.Rate != nil:
		return a.rate(r, i, g.Rate)
	}
	return ""
}

func (a *audit) late(r *rolloutModel, ring *rollout.Ring, m *memberModel) bool {
	return ring.Close != 0 && !m.started.Before(r.opened[ring.Name].Add(time.Duration(ring.Close)))
}

func (a *audit) lastResult(r *rolloutModel, ring *rollout.Ring) time.Time {
	var last time.Time
	for _, m := range r.members {
		if m.ring == ring.Name && m.result.After(last) && !m.before && !a.late(r, ring, m) {
			last = m.result
		}
	}
	return last
}

// bad: what counts as failed for a pass: failed, silent, or not resolved. What a
// host has shown stays, whatever it tries again.
func (m *memberModel) bad() bool { return m.failed || !m.started.IsZero() && m.result.IsZero() }

func (a *audit) raw(r *rolloutModel, ring *rollout.Ring, g *rollout.RawGate, at time.Time) string {
	started, bad := 0, []fettle.HostID(nil)
	closed := ring.Close != 0 && !at.Before(r.opened[ring.Name].Add(time.Duration(ring.Close)))
	for id, m := range r.members {
		if m.ring != ring.Name {
			continue
		}
		if m.outcome == rollout.Granted && !closed {
			return string(id) + " holds a grant"
		}
		if m.started.IsZero() || m.before || a.late(r, ring, m) {
			continue
		}
		started++
		if m.bad() {
			bad = append(bad, id)
		}
	}
	most := int(uint64(g.Share) * uint64(started) / uint64(rollout.Whole))
	if g.Count != nil {
		most = *g.Count
	}
	if len(bad) > most {
		return fmt.Sprintf("of %d failed or are open %v, %d may", started, bad, most)
	}
	return ""
}

// rate: at some stretch from the first start on, so few failures would be seen at
// the limit with at most the pass error's probability.
func (a *audit) rate(r *rolloutModel, i int, g *rollout.RateGate) string {
	var places []bool
	var open []fettle.HostID
	own := 0
	for k := range i + 1 {
		if k < i && !g.Pool {
			continue
		}
		ring := &r.spec.Rings[k]
		of := make([]*memberModel, 0, len(r.members))
		for id, m := range r.members {
			if m.ring == ring.Name && m.place >= 0 && !m.before && !a.late(r, ring, m) && (m.bad() || !m.result.IsZero()) {
				of = append(of, m)
				if m.bad() {
					open = append(open, id)
				}
			}
		}
		slices.SortFunc(of, func(x, y *memberModel) int { return x.place - y.place })
		own = len(of)
		for _, m := range of {
			places = append(places, m.bad())
		}
	}
	if i == len(r.spec.Rings)-1 && own == 0 {
		return "" // a last ring in which nobody started ends the rollout
	}
	limit, bad := float64(g.Limit)/1e6, 0
	for n, failed := range places {
		if failed {
			bad++
		}
		if atMost(bad, n+1, limit) <= 0.0500001 {
			return ""
		}
	}
	return fmt.Sprintf("of %d failed or are open %v, the limit is %v", len(places), open, g.Limit)
}

// atMost is the chance of at most k failures of n at a rate.
func atMost(k, n int, rate float64) float64 {
	sum := 0.0
	for i := range k + 1 {
		ln, _ := math.Lgamma(float64(n + 1))
		li, _ := math.Lgamma(float64(i + 1))
		lr, _ := math.Lgamma(float64(n - i + 1))
		sum += math.Exp(ln - li - lr + float64(i)*math.Log(rate) + float64(n-i)*math.Log(1-rate))
	}
	return sum
}
