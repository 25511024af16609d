package sim

import (
	"slices"
	"time"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/rollout"
)

// twoPeople: whatever its spec says, two people agree to an emergency.
func (a *audit) twoPeople(r *rolloutModel, ev *rollout.PhaseChanged) {
	if r.phase != rollout.Proposed || r.spec.Lane != rollout.Emergency || r.backoutOf != "" {
		return
	}
	if n := a.approvers(r, "", a.lastAt, &r.spec.Approval); n < 2 {
		a.w.violate(ruleLane, "%s waits with %d people", ev.Rollout, n)
	}
}

// canaries: nothing goes on from the first ring of an emergency before a host of
// it has had it, whatever people waive.
func (a *audit) canaries(r *rolloutModel, i int) {
	if i > 0 || r.spec.Lane != rollout.Emergency || r.spec.Mode != rollout.Act || r.backoutOf != "" {
		return
	}
	for _, m := range r.members {
		if m.ring == r.spec.Rings[0].Name && (!m.started.IsZero() || m.before) {
			return
		}
	}
	a.w.violate(ruleLane, "%s passes ring %s, and nobody has tried it", r.spec.ID, r.spec.Rings[0].Name)
}

// goes: hosts that are made to go away are no proof of anything, others are.
func (a *audit) goes(id rollout.ID, row *rollout.OutcomeRow) {
	switch ephemeral := a.w.ephemeral(row.Host); {
	case ephemeral && row.Outcome == rollout.Silent:
		a.w.violate(ruleGoes, "%s in %s comes and goes, and counts as silent", row.Host, id)
	case !ephemeral && row.Outcome == rollout.Removed:
		a.w.violate(ruleGoes, "%s in %s is there to stay, and counts as removed", row.Host, id)
	}
}

// another: who is skipped because of a newer rollout has that before it.
func (a *audit) another(id rollout.ID, row *rollout.OutcomeRow) {
	if row.Outcome == rollout.Skipped && row.Reason == rollout.ReasonReplaced && !a.replaced(id, row.Host, false, nil) {
		a.w.violate(ruleReplaced, "%s in %s: no other takes its place", row.Host, id)
	}
}

// replaced reports whether a rollout that acts and goes on has the place of
// another for a host, or one has in turn the place of that. With had it is enough
// that the host has come to the other.
func (a *audit) replaced(id rollout.ID, host fettle.HostID, had bool, seen []rollout.ID) bool {
	for _, newer := range a.rollouts {
		m := newer.members[host]
		if m == nil || newer.spec.Mode != rollout.Act || !slices.Contains(newer.spec.Replaces, id) || slices.Contains(seen, newer.spec.ID) {
			continue
		}
		if m.outcome == rollout.Skipped && m.reason == rollout.ReasonReplaced {
			if a.replaced(newer.spec.ID, host, had, append(seen, newer.spec.ID)) {
				return true
			}
			continue
		}
		waits := m.outcome == rollout.Pending || m.outcome == rollout.Deferred || m.outcome == rollout.Skipped
		on := had && !waits || newer.phase != rollout.Proposed && newer.phase != rollout.Halted && newer.phase != rollout.Aborted
		if on && m.ring != "" && m.outcome != rollout.Skipped {
			return true
		}
	}
	return false
}

// permitted: no more hosts of a ring are in flight than the parent region lets be.
func (a *audit) permitted(r *rolloutModel, m *memberModel, op *opModel) {
	units := r.permits[m.ring]
	if units == 0 {
		return
	}
	busy := 1
	for _, other := range r.members {
		if other.ring == m.ring && other.outcome.InFlight() {
			busy++
		}
	}
	if busy > units {
		a.w.violate(rulePermits, "%s is one of %d hosts in ring %s of %s, %d are permitted", op.op, busy, m.ring, r.spec.ID, units)
	}
}

// outage is what people know to be down, and that the state was told.
type outage struct {
	key   rollout.Key
	units int
	until time.Time
}

// roomBeside: a host gets no unit that is taken by what is down.
func (a *audit) roomBeside(op *opModel, c rollout.Charge) {
	if c.Rollout != "" {
		return
	}
	down := 0
	for _, o := range a.outages {
		if o.key == (rollout.Key{Dimension: a.budget(c.Budget).Per, Value: c.Key}) && a.lastAt.Before(o.until) {
			down = max(down, o.units)
		}
	}
	if used := a.holders(c); down > 0 && used+1+down > a.limit(c) {
		a.w.violate(ruleOutages, "%s takes a unit of %v, of which %d are taken and %d down, of %d", op.op, c, used, down, a.limit(c))
	}
}
