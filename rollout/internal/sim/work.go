package sim

import (
	"maps"
	"time"

	"github.com/fettle-dev/fettle/rollout"
)

// work is one operation on a machine.
type work struct {
	grant   rollout.Grant
	stage   string // asking, started
	seq     uint64 // of the report that says Accepted
	started time.Time
	until   time.Time // as long as it may start, by what has passed since it asked
}

// result reports one outcome for all items of the operation.
func (m *machine) result(o rollout.Outcome, reason string, wait time.Duration) {
	m.results(func(rollout.GrantItem) (rollout.Outcome, rollout.Class, string, time.Duration) {
		return o, 0, reason, wait
	})
}

func (m *machine) results(of func(rollout.GrantItem) (rollout.Outcome, rollout.Class, string, time.Duration)) {
	var r rollout.HostReport
	for _, item := range m.op.grant.Items {
		o, class, reason, wait := of(item)
		res := rollout.Result{Rollout: item.Rollout, Op: m.op.grant.Op, Outcome: o, Class: class, Reason: reason, Patches: m.planes(item.Patches)}
		if wait > 0 {
			res.Until = m.clock().Add(wait)
		}
		r.Results = append(r.Results, res)
	}
	m.tell(r)
}

// start runs the operation: installs, restarts, looks, and says what came of it.
func (m *machine) start() {
	w, op := m.w, m.op
	op.stage, op.started = "started", w.now
	m.done[op.grant.Op] = true
	m.doing = op
	w.stats.Starts++
	w.say("%s starts %s", m.id, op.grant.Op)
	w.audit.startedHere(m, op)
	if !w.calm && w.chance(25) {
		m.stuck = true // silent from here on, until somebody looks after it
		w.in(w.between(time.Hour, 30*time.Hour), func() {
			m.stuck = false
			m.restart()
			if m.op == op && !m.gone {
				m.finish(op)
			}
		})
		return
	}
	w.in(w.between(5*time.Minute, 80*time.Minute), func() {
		if m.op == op && !m.gone {
			m.finish(op)
		}
	})
}

func (m *machine) finish(op *work) {
	w := m.w
	defer func() {
		m.op, m.doing = nil, nil
	}()
	if !w.calm && w.chance(12) {
		class := rollout.Class(int(rollout.ClassDisk) + w.rng.IntN(5))
		m.results(func(rollout.GrantItem) (rollout.Outcome, rollout.Class, string, time.Duration) {
			return rollout.Failed, class, "trouble", 0
		})
		return
	}
	failed := map[rollout.ID]bool{}
	for _, item := range op.grant.Items {
		for _, p := range item.Patches {
			if w.plan.fails(p.ID, m) {
				failed[item.Rollout] = true
				continue
			}
			m.installed[p.ID] = true
			m.active[p.ID] = !w.plan.restarts[p.ID]
			for _, undone := range w.plan.undoes[p.ID] {
				m.installed[undone], m.active[undone] = false, false
			}
		}
	}
	if !w.chance(10) || w.calm { // now and then it claims success before the restart
		m.restart()
		for p, is := range m.installed {
			if is {
				m.active[p] = true
			}
		}
	}
	early := false
	m.results(func(i rollout.GrantItem) (rollout.Outcome, rollout.Class, string, time.Duration) {
		if failed[i.Rollout] {
			return rollout.Failed, rollout.Class(w.rng.IntN(3)), "broken", 0
		}
		for _, p := range i.Patches {
			early = early || !m.active[p.ID]
		}
		return rollout.Verified, 0, "", 0
	})
	if early {
		later := *op
		w.in(w.between(time.Minute, time.Hour), func() {
			if m.gone || m.op != nil {
				return
			}
			m.restart()
			maps.Copy(m.active, m.installed)
			m.op = &later
			m.results(func(i rollout.GrantItem) (rollout.Outcome, rollout.Class, string, time.Duration) {
				if failed[i.Rollout] {
					return rollout.Failed, rollout.ClassPatch, "broken", 0
				}
				return rollout.Verified, 0, "", 0
			})
			m.op = nil
		})
	}
}
