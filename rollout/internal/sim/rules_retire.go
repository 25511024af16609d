package sim

import (
	"slices"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/rollout"
)

// retires: only what is over is put away: nobody works for it or keeps units for
// it, and by it no host falls back to what it replaced.
func (a *audit) retires(id rollout.ID, r *rolloutModel) {
	a.w.stats.Retired++
	if r.phase != rollout.Done && r.phase != rollout.Aborted {
		a.w.violate(ruleRetired, "%s is put away, and is %s", id, r.phase)
	}
	if back := a.rollouts[id+rollout.BackoutSuffix]; back != nil && back.phase != rollout.Retired {
		a.w.violate(ruleRetired, "%s is put away before its back-out", id)
	}
	for _, older := range r.spec.Replaces {
		if o := a.rollouts[older]; o != nil && o.phase != rollout.Aborted && o.phase != rollout.Retired {
			a.w.violate(ruleRetired, "%s is put away, and hosts fall back to %s, which is %s", id, older, o.phase)
		}
	}
	for _, host := range a.sorted() {
		h, m := a.hosts[host], r.members[host]
		switch {
		case h.live != nil && slices.ContainsFunc(h.live.items, func(i rollout.GrantedItem) bool { return i.Rollout == id }):
			a.w.violate(ruleRetired, "%s is put away, and %s has %s", id, host, h.live.op)
		case m != nil && len(h.units) > 0 && !m.forgiven && (m.outcome == rollout.Silent || m.outcome == rollout.Failed && m.class.Safety()):
			a.w.violate(ruleRetired, "%s is put away, and %s, which is %s, keeps units", id, host, m.outcome)
		}
	}
}

// putAway: nothing is heard of what was put away, and nothing done for it.
func (a *audit) putAway(id rollout.ID, host fettle.HostID, what string) {
	if a.rollouts[id].phase == rollout.Retired {
		a.w.violate(ruleRetired, "%s in %s is %s, long after", host, id, what)
	}
}
