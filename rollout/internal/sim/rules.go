package sim

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
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
		w.violate("no start without a grant", "%s starts %s, which was never granted to it", m.id, op.grant.Op)
		return
	case m.clock().After(known.startBy):
		w.violate("no start without a grant", "%s starts %s at %s, it had to by %s", m.id, op.grant.Op, m.clock(), known.startBy)
	case !known.preIssued && (a.host(m.id).live != known || !known.accepted):
		w.violate("no start without a grant", "%s starts %s, which is not live (accepted %t)", m.id, op.grant.Op, known.accepted)
	}
	if known.ran++; known.ran > 1 {
		w.violate("an operation runs once", "%s runs %s again", m.id, op.grant.Op)
	}
	for _, c := range known.charges {
		used := 0
		for _, other := range w.machines {
			if other.doing == nil || other.twin || other.back > 0 || other.gone || other.left {
				continue
			}
			o := a.ops[other.doing.grant.Op]
			if o != nil && w.now.Before(o.deadline.Add(-10*time.Minute)) && slices.Contains(o.charges, c) {
				used++
			}
		}
		if limit := a.limit(c); used > limit {
			w.violate("budgets", "%s starts %s: %d machines are at work, %d may by %v", m.id, op.grant.Op, used, limit, c)
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
		a.w.violate("acknowledged reports are kept", "report %d of %s (%s of %s) is not in the journal", r.Seq, r.Host, res.Outcome, res.Rollout)
	}
}

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
		a.w.violate("rings open after their gates", "%s opens ring %q in phase %s", ev.Rollout, ev.Ring, r.phase)
		return
	}
	if i > 0 && r.passed[r.spec.Rings[i-1].Name].IsZero() {
		a.w.violate("rings open after their gates", "%s opens ring %s before ring %s has passed", ev.Rollout, ev.Ring, r.spec.Rings[i-1].Name)
	}
	r.opened[ev.Ring] = at
}

// ringPassed judges every gate of the ring by the model's own counts. Each is a
// condition without which no correct gate can pass.
func (a *audit) ringPassed(ev *rollout.RingPassed, at time.Time) {
	r := a.rollouts[ev.Rollout]
	i := slices.IndexFunc(r.spec.Rings, func(x rollout.Ring) bool { return x.Name == ev.Ring })
	if i < 0 || r.opened[ev.Ring].IsZero() {
		a.w.violate("rings open after their gates", "%s passes ring %q, which is not open", ev.Rollout, ev.Ring)
		return
	}
	r.passed[ev.Ring] = at
	for k := range r.spec.Rings[i].Gates {
		if why := a.gate(r, i, &r.spec.Rings[i].Gates[k], at); why != "" {
			a.w.violate("rings open after their gates", "%s passes ring %s: gate %s: %s", ev.Rollout, ev.Ring, r.spec.Rings[i].Gates[k].Kind(), why)
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
		if i+1 < len(r.spec.Rings) && !r.permits[r.spec.Rings[i+1].Name] {
			return "no permit"
		}
	case g.Bake != nil:
		if last := a.lastResult(r, ring); !last.IsZero() && at.Before(last.Add(time.Duration(g.Bake.For))) {
			return "the last result was at " + last.String()
		}
	case r.waived[ring.Name]:
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
		if m.ring == ring.Name && m.result.After(last) && !a.late(r, ring, m) {
			last = m.result
		}
	}
	return last
}

// bad: what counts as failed for a pass: failed, silent, or not resolved.
func (m *memberModel) bad() bool {
	return m.outcome == rollout.Silent || m.outcome == rollout.Failed && m.class.Safety() || m.outcome.Started()
}

func (a *audit) raw(r *rolloutModel, ring *rollout.Ring, g *rollout.RawGate, at time.Time) string {
	started, bad := 0, 0
	closed := ring.Close != 0 && !at.Before(r.opened[ring.Name].Add(time.Duration(ring.Close)))
	for id, m := range r.members {
		if m.ring != ring.Name {
			continue
		}
		if m.outcome == rollout.Granted && !closed {
			return string(id) + " holds a grant"
		}
		if m.started.IsZero() || a.late(r, ring, m) {
			continue
		}
		started++
		if m.bad() {
			bad++
		}
	}
	most := int(uint64(g.Share) * uint64(started) / uint64(rollout.Whole))
	if g.Count != nil {
		most = *g.Count
	}
	if bad > most {
		return fmt.Sprintf("%d of %d failed or are open, %d may", bad, started, most)
	}
	return ""
}

// rate: at some stretch from the first start on, so few failures would be seen at
// the limit with at most the pass error's probability.
func (a *audit) rate(r *rolloutModel, i int, g *rollout.RateGate) string {
	var places []bool
	own := 0
	for k := range i + 1 {
		if k < i && !g.Pool {
			continue
		}
		ring := &r.spec.Rings[k]
		of := make([]*memberModel, 0, len(r.members))
		for _, m := range r.members {
			if m.ring == ring.Name && m.place >= 0 && !a.late(r, ring, m) && (m.bad() || !m.result.IsZero()) {
				of = append(of, m)
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
	return fmt.Sprintf("%d of %d failed or are open, the limit is %v", bad, len(places), g.Limit)
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

// afterStep asks of the state what only it can answer.
func (a *audit) afterStep(n *node) {
	w := a.w
	now := n.clock()
	if a.lastAt.After(now) {
		now = a.lastAt
	}
	for id, h := range a.hosts {
		if h.live == nil {
			continue
		}
		if now.After(h.live.deadline.Add(2 * time.Second)) {
			w.violate("in flight has a deadline", "%s on %s is past %s", h.live.op, id, h.live.deadline)
		}
		if next := n.next(); next.IsZero() {
			w.violate("next while something waits", "%s is in flight on %s", h.live.op, id)
		}
	}
	if a.steps++; a.steps%16 != 0 {
		return
	}
	a.replays(n.state)
	next := n.next()
	for _, r := range n.state.Rollouts(now) {
		if len(r.Reasons) == 0 && r.Phase != rollout.Done && r.Phase != rollout.Running {
			w.violate("everything is explained", "%s is %s without a reason", r.Rollout, r.Phase)
		}
	}
	for _, id := range a.sorted() {
		a.explained(n, id, now, next)
	}
}

func (a *audit) sorted() []fettle.HostID {
	ids := make([]fettle.HostID, 0, len(a.hosts))
	for id := range a.hosts {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	return ids
}

// explained: whoever waits is told why, and is looked at when that can change.
func (a *audit) explained(n *node, id fettle.HostID, now, next time.Time) {
	x := n.state.Explain(id, now)
	if a.w.breaks.Explain != nil {
		x = a.w.breaks.Explain(x)
	}
	for _, r := range x.Rollouts {
		own := a.rollouts[r.Rollout].members[id]
		if own == nil || own.outcome != r.Outcome {
			a.w.violate("outcomes agree", "%s in %s is %s, the journal says %+v", id, r.Rollout, r.Outcome, own)
			return
		}
		if len(r.Reasons) == 0 && r.Outcome != rollout.Verified {
			a.w.violate("everything is explained", "%s in %s is %s without a reason", id, r.Rollout, r.Outcome)
		}
		if r.Outcome.InFlight() && r.Next.IsZero() {
			a.w.violate("in flight has a deadline", "%s in %s is %s, and Explain names no instant", id, r.Rollout, r.Outcome)
		}
		if r.Outcome.InFlight() && (next.IsZero() || next.After(r.Next.Add(margin+time.Second)) && !a.host(id).live.preIssued) {
			a.w.violate("next while something waits", "%s in %s waits until %s, next is %s", id, r.Rollout, r.Next, next)
		}
		if (r.Outcome == rollout.Failed || r.Outcome == rollout.Deferred) && !own.wake.IsZero() && (next.IsZero() || next.After(own.wake.Add(time.Second))) {
			a.w.violate("next while something waits", "%s in %s wakes at %s, next is %s", id, r.Rollout, own.wake, next)
		}
	}
}

// replays: the fold of the durable bytes is the state that lived through them.
func (a *audit) replays(live *rollout.State) {
	if a.replica == nil {
		a.replica = new(rollout.State)
	}
	a.replica = a.w.fold(a.replica)
	if a.w.failed != nil {
		return
	}
	want, err := live.Checkpoint()
	got, err2 := a.replica.Checkpoint()
	if err != nil || err2 != nil || !bytes.Equal(want.State, got.State) || want.At != got.At {
		a.w.violate("replay is the live state", "at %d and %d: %v %v%s", want.At, got.At, err, err2, a.differ(live))
		return
	}
	back, err := rollout.Restore(want)
	if err != nil {
		a.w.violate("replay is the live state", "restore: %v", err)
		return
	}
	if again, err := back.Checkpoint(); err != nil || !bytes.Equal(again.State, want.State) || !back.Next().Equal(live.Next()) {
		a.w.violate("replay is the live state", "restored at %d: %v, next %s and %s", want.At, err, back.Next(), live.Next())
	}
}

// differ names the first answer in which two states differ.
func (a *audit) differ(live *rollout.State) string {
	text := func(s *rollout.State) []string {
		var list []string
		for _, id := range a.sorted() {
			x, _ := json.Marshal(s.Explain(id, a.lastAt))
			o, _ := json.Marshal(s.Offer(rollout.Ask{Host: id}, a.lastAt))
			list = append(list, string(x), string(o))
		}
		p, _ := json.Marshal(s.Rollouts(a.lastAt))
		return append(list, string(p), s.Next().String())
	}
	one, two := text(live), text(a.replica)
	for i := range one {
		if one[i] != two[i] {
			return "\nlive   " + one[i] + "\nreplay " + two[i]
		}
	}
	return ", no answer differs"
}

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
				waits := m.outcome == rollout.Pending && !a.covered(r, host) || m.outcome == rollout.Deferred || m.outcome == rollout.Failed && !m.wake.IsZero()
				if waits || m.outcome.InFlight() {
					return fmt.Sprintf("%s in %s is %s (ring %q, failed %s, wakes %s)", host, id, m.outcome, m.ring, m.class, m.wake)
				}
			}
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
		a.w.violate("everything comes to an end", "%s", why)
	}
}

// final walks the whole chain and folds it all once more.
func (a *audit) final() {
	a.follow()
	for _, n := range a.w.nodes {
		if n.active && !n.down && n.state != nil && int(n.state.Head().Position) == len(a.w.journal.entries) {
			a.replica = nil
			a.replays(n.state)
		}
	}
}
