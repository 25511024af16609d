package sim

import (
	"slices"
	"time"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/rollout"
)

// startedHere: nothing starts without a live grant, and no more than the budgets
// say is at work in truth.
func (a *audit) startedHere(m *machine, op *work) {
	w := a.w
	if m.twin || m.back > 0 {
		return // what a machine does that exists twice, or again, nobody can know
	}
	known := a.ops[op.grant.Op]
	switch {
	case known == nil || known.host != m.id:
		w.violate(ruleStart, "%s starts %s, which was never granted to it", m.id, op.grant.Op)
		return
	case m.clock().After(known.startBy):
		w.violate(ruleStart, "%s starts %s at %s, it had to by %s", m.id, op.grant.Op, m.clock(), known.startBy)
	case !known.preIssued && (!known.gone && !known.cut || !known.accepted) && (a.host(m.id).live != known || !known.accepted):
		w.violate(ruleStart, "%s starts %s, which is not live (accepted %t)", m.id, op.grant.Op, known.accepted)
	}
	for _, item := range known.items {
		if a.rollouts[item.Rollout].spec.Mode == rollout.Observe {
			w.violate(ruleObserve, "%s starts %s", m.id, op.grant.Op)
		}
	}
	if known.ran++; known.ran > 1 {
		w.violate(ruleOnce, "%s runs %s again", m.id, op.grant.Op)
	}
	for _, c := range known.charges {
		used, limit := 0, a.limit(c)
		for _, other := range w.machines {
			if other.doing == nil || other.twin || other.back > 0 || other.gone || other.left {
				continue
			}
			o := a.ops[other.doing.grant.Op]
			if o != nil && !o.cut && !o.gone && w.now.Before(o.deadline.Add(-10*time.Minute)) && slices.Contains(o.charges, c) {
				used++
				limit = max(limit, o.limits[c]) // hosts that a share is of may have left since
			}
		}
		if used > limit {
			w.violate(ruleBudgets, "%s starts %s: %d machines are at work, %d may by %v", m.id, op.grant.Op, used, limit, c)
		}
	}
}

// acknowledged: what was taken is in the journal when that is said.
func (a *audit) acknowledged(r *rollout.HostReport, reasons []fettle.Reason, err error) {
	if err != nil || len(reasons) > 0 {
		return
	}
	for _, res := range r.Results {
		if res.Op == "" || res.Outcome != rollout.Verified && res.Outcome != rollout.Failed && res.Outcome != rollout.Refused {
			continue
		}
		ro := a.rollouts[res.Rollout]
		if a.taken[said{r.Host, r.Seq, res.Rollout}] || ro != nil && a.member(res.Rollout, r.Host).outcome == res.Outcome {
			continue
		}
		a.w.violate(ruleKept, "report %d of %s (%s of %s) is not in the journal", r.Seq, r.Host, res.Outcome, res.Rollout)
	}
}
