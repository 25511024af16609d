package sim

import (
	"fmt"
	"slices"
	"time"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/rollout"
)

// granted: a grant goes only to a host whose ring is open, of what is not
// blocked, within the budgets.
func (a *audit) granted(e *rollout.Entry, ev *rollout.GrantsIssued, i int) {
	w, id := a.w, ev.Rows[i].Host
	h := a.host(id)
	op := &opModel{
		op: rollout.Op(fmt.Sprintf("%s/%d-%d", w.plan.config.Region, e.Position, i)), host: id, items: ev.Items, startBy: ev.StartBy,
		preIssued: ev.PreIssued, backout: ev.Backout, run: max(runFor, silence) + margin,
	}
	op.deadline = ev.StartBy.Add(margin)
	if op.preIssued {
		op.deadline = ev.StartBy.Add(runFor + margin)
	}
	if ev.StartBy.After(e.At.Add(grantFor + 2*time.Second)) {
		w.violate(ruleExpire, "%s may start by %s", op.op, ev.StartBy)
	}
	if !h.present || h.quarantined || h.live != nil {
		w.violate(ruleMay, "%s to %s: present %t, quarantined %t, at work %t", op.op, id, h.present, h.quarantined, h.live != nil)
	}
	for _, item := range ev.Items {
		r, m := a.rollouts[item.Rollout], a.member(item.Rollout, id)
		if r.spec.Mode == rollout.Observe {
			w.violate(ruleObserve, "%s to %s for %s", op.op, id, item.Rollout)
		}
		a.putAway(item.Rollout, id, "granted")
		a.permitted(r, m, op)
		a.notBlocked(op, item)
		if m.outcome != rollout.Pending || m.ring == "" || r.opened[m.ring].IsZero() || r.phase != rollout.Running && r.phase != rollout.Done {
			w.violate(ruleOpen, "%s to %s for %s: %s in ring %q opened %s, phase %s", op.op, id, item.Rollout, m.outcome, m.ring, r.opened[m.ring], r.phase)
		}
		m.outcome = rollout.Granted
	}
	h.live, h.unheard = op, false
	a.ops[op.op] = op
	a.charge(h, op)
	w.audit.withinBudgets(op, "granted")
}

// notBlocked: nothing is offered again after its back-out.
func (a *audit) notBlocked(op *opModel, item rollout.GrantedItem) {
	if op.backout {
		return
	}
	for name, b := range a.blocks {
		for _, p := range item.Patches {
			if slices.Contains(b.Patches, p) && (b.Host == "" || b.Host == op.host) && (b.Key == nil || slices.Contains(a.host(op.host).keys, *b.Key)) {
				a.w.violate(ruleBlocked, "%s gives %s to %s in spite of block %s", op.op, p, op.host, name)
			}
		}
	}
	if m := a.member(item.Rollout, op.host); m.rolledBack && a.blocks[string(item.Rollout)] != nil {
		a.w.violate(ruleBlocked, "%s gives %s to %s, where it was rolled back", op.op, item.Rollout, op.host)
	}
}

// charge works out the units of an operation from the region's budgets.
func (a *audit) charge(h *hostModel, op *opModel) {
	for _, b := range a.w.plan.config.Budgets {
		if b.PreIssued != op.preIssued && (!op.preIssued || b.Hold != rollout.UntilHealthy) {
			continue
		}
		key := ""
		if b.Per != "" {
			i := slices.IndexFunc(h.keys, func(k rollout.Key) bool { return k.Dimension == b.Per })
			if i < 0 {
				continue
			}
			key = h.keys[i].Value
		}
		op.charges = append(op.charges, rollout.Charge{Budget: b.Name, Key: key})
		for _, item := range op.items {
			for _, ref := range a.rollouts[item.Rollout].spec.Budgets {
				if ref.Budget == b.Name && ref.Units > 0 {
					op.charges = append(op.charges, rollout.Charge{Budget: b.Name, Key: key, Rollout: item.Rollout})
				}
			}
		}
	}
	op.limits = map[rollout.Charge]int{}
	for _, c := range op.charges {
		if op.limits[c] = a.limit(c); !h.units[c] {
			a.roomBeside(op, c)
			op.taken = append(op.taken, c)
		}
		h.units[c] = true
	}
}

// holders counts who holds a unit.
func (a *audit) holders(c rollout.Charge) int {
	used := 0
	for _, h := range a.hosts {
		if h.units[c] {
			used++
		}
	}
	return used
}

func (a *audit) budget(name string) *rollout.Budget {
	for i := range a.w.plan.config.Budgets {
		if a.w.plan.config.Budgets[i].Name == name {
			return &a.w.plan.config.Budgets[i]
		}
	}
	return nil
}

func (a *audit) limit(c rollout.Charge) int {
	b := a.budget(c.Budget)
	if c.Rollout != "" {
		for _, ref := range a.rollouts[c.Rollout].spec.Budgets {
			if ref.Budget == c.Budget {
				return ref.Units
			}
		}
	}
	if n, ok := b.Keys[c.Key]; ok {
		return n
	}
	if b.Share == 0 {
		return b.Units
	}
	all := 0
	for _, h := range a.hosts {
		if h.present && slices.Contains(h.keys, rollout.Key{Dimension: b.Per, Value: c.Key}) {
			all++
		}
	}
	return max(all*int(b.Share)/int(rollout.Whole), 1)
}

// withinBudgets counts who holds each unit that an operation takes. One that the host
// kept already takes no room, also where its share has become smaller since.
func (a *audit) withinBudgets(op *opModel, when string) {
	for _, c := range op.taken {
		used := a.holders(c)
		if limit := a.limit(c); used > limit {
			a.w.violate(ruleBudgets, "%s %s: %d of %d units of %v", op.op, when, used, limit, c)
		}
	}
}

// unwell: the last that is known of a rollout on the host is a safety failure, or
// nobody knows whether it has started what it was granted ahead.
func (a *audit) unwell(id fettle.HostID) bool {
	if a.host(id).unheard {
		return true
	}
	for _, r := range a.rollouts {
		if m := r.members[id]; m != nil && r.phase != rollout.Retired && !m.forgiven && (m.outcome == rollout.Silent || m.outcome == rollout.Failed && m.class.Safety()) {
			return true
		}
	}
	return false
}

// settle ends an operation of which nothing is under way, and gives units back.
func (a *audit) settle(id fettle.HostID) {
	h := a.host(id)
	if h.live != nil {
		for _, item := range h.live.items {
			if a.member(item.Rollout, id).outcome.InFlight() {
				return
			}
		}
		h.live = nil
	}
	keep := h.present && a.unwell(id)
	for c := range h.units {
		if !keep || a.budget(c.Budget).Hold != rollout.UntilHealthy {
			delete(h.units, c)
		}
	}
}
