package sim

import (
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/rollout"
)

// quarantined returns whom people release: once faults are over those, too, that
// failed and keep their clusters' units.
func (a *audit) quarantined() []fettle.HostID {
	var list []fettle.HostID
	for _, id := range a.sorted() {
		if a.hosts[id].present && (a.hosts[id].quarantined || a.w.calm && a.unwell(id)) {
			list = append(list, id)
		}
	}
	return list
}

// settled returns what has not come to an end, "" if everything has.
func (a *audit) settled() string {
	for _, spec := range a.w.plan.specs {
		if a.rollouts[spec.ID] == nil {
			return string(spec.ID) + " has not started"
		}
	}
	for _, id := range a.order {
		r := a.rollouts[id]
		switch r.phase {
		case rollout.Done:
			for _, host := range a.sorted() {
				m, h := r.members[host], a.hosts[host]
				if m == nil || !h.present || h.quarantined {
					continue
				}
				waits := m.outcome == rollout.Pending && r.spec.Mode == rollout.Act && !a.covered(r, host) || m.outcome == rollout.Deferred || m.outcome == rollout.Failed && !m.wake.IsZero()
				if waits || m.outcome.InFlight() {
					return fmt.Sprintf("%s in %s is %s (ring %q, failed %s, wakes %s)", host, id, m.outcome, m.ring, m.class, m.wake)
				}
			}
		case rollout.Retired:
		case rollout.Halted, rollout.Aborted:
			for _, host := range a.sorted() {
				if m := r.members[host]; m != nil && m.outcome.InFlight() {
					return fmt.Sprintf("%s in %s is %s", host, id, m.outcome)
				}
			}
		default:
			return fmt.Sprintf("%s is %s", id, r.phase)
		}
	}
	return ""
}

// covered: a block keeps the host from one of the patches.
func (a *audit) covered(r *rolloutModel, host fettle.HostID) bool {
	for _, b := range a.blocks {
		for _, p := range r.spec.Patches {
			if slices.Contains(b.Patches, p.ID) && (b.Host == "" || b.Host == host) && (b.Key == nil || slices.Contains(a.hosts[host].keys, *b.Key)) {
				return true
			}
		}
	}
	return false
}

// liveness: when faults are over, everything comes to an end.
func (a *audit) liveness() {
	if why := a.settled(); why != "" {
		for _, n := range a.w.nodes {
			if n.active && n.state != nil {
				p, _ := json.Marshal(n.state.Rollouts(n.clock()))
				a.w.say("%s", p)
				for _, id := range a.sorted() {
					x, _ := json.Marshal(n.state.Explain(id, n.clock()))
					a.w.say("%s", x)
				}
			}
		}
		a.w.violate(ruleEnds, "%s", why)
	}
}

// truth: when all has come to an end, what the region knows is so, and whoever
// speaks is not silent.
func (a *audit) truth() {
	for _, m := range a.w.machines {
		if m.twin || m.gone || m.left || a.w.now.Before(m.looks.Add(time.Hour)) || m.op != nil || len(m.outbox) > 0 || a.hosts[m.id] == nil || a.hosts[m.id].quarantined {
			continue
		}
		for _, id := range a.order {
			r := a.rollouts[id]
			one := r.members[m.id]
			switch {
			case one == nil || r.phase == rollout.Retired:
			case one.outcome == rollout.Silent && m.back == 0:
				a.w.violate(ruleTruth, "%s in %s is silent, and has nothing more to say", m.id, id)
			case one.outcome == rollout.Skipped && one.reason == rollout.ReasonReplaced && r.phase == rollout.Done && !a.replaced(id, m.id, true, nil):
				a.w.violate(ruleGets, "%s in %s: no other takes its place in the end", m.id, id)
			case one.outcome != rollout.Verified:
			default:
				a.inForce(m, id, r)
			}
		}
	}
}

// inForce: a patch of which a host is verified is in force there, and what a
// back-out was to take out is not there.
func (a *audit) inForce(m *machine, id rollout.ID, r *rolloutModel) {
	for _, p := range r.spec.Patches {
		undone := a.w.plan.undoes[p.ID]
		if undone == nil && (!m.installed[p.ID] || !m.active[p.ID]) {
			a.w.violate(ruleTruth, "%s in %s is verified, and %s is not in force", m.id, id, p.ID)
		}
		for _, p := range undone {
			if m.installed[p] {
				a.w.violate(ruleTruth, "%s in %s is verified, and %s is there", m.id, id, p)
			}
		}
	}
}

// final walks the whole chain and folds it all once more.
func (a *audit) final() {
	a.follow()
	if a.w.calm && a.settled() == "" {
		a.truth()
	}
	for _, n := range a.w.nodes {
		if n.active && !n.down && n.state != nil && int(n.state.Head().Position) == len(a.w.journal.entries) {
			a.replica = nil
			a.replays(n.state)
		}
	}
}
