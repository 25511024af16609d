package sim

import (
	"bytes"
	"encoding/json"
	"slices"
	"time"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/rollout"
)

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
			w.violate(ruleDeadline, "%s on %s is past %s", h.live.op, id, h.live.deadline)
		}
		if next := n.next(); next.IsZero() {
			w.violate(ruleNext, "%s is in flight on %s", h.live.op, id)
		}
	}
	if a.steps++; a.steps%16 != 0 {
		return
	}
	a.replays(n.state)
	a.summed(n)
	next := n.next()
	for _, r := range n.state.Rollouts(now) {
		if len(r.Reasons) == 0 && r.Phase != rollout.Done && r.Phase != rollout.Running {
			w.violate(ruleExplained, "%s is %s without a reason", r.Rollout, r.Phase)
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
		a.putAway(r.Rollout, id, "explained")
		own := a.rollouts[r.Rollout].members[id]
		if own == nil || own.outcome != r.Outcome {
			a.w.violate(ruleOutcomes, "%s in %s is %s, the journal says %+v", id, r.Rollout, r.Outcome, own)
			return
		}
		if len(r.Reasons) == 0 && r.Outcome != rollout.Verified {
			a.w.violate(ruleExplained, "%s in %s is %s without a reason", id, r.Rollout, r.Outcome)
		}
		if r.Outcome.InFlight() && r.Next.IsZero() {
			a.w.violate(ruleDeadline, "%s in %s is %s, and Explain names no instant", id, r.Rollout, r.Outcome)
		}
		if r.Outcome.InFlight() && (next.IsZero() || next.After(r.Next.Add(margin+time.Second)) && !a.host(id).live.preIssued) {
			a.w.violate(ruleNext, "%s in %s waits until %s, next is %s", id, r.Rollout, r.Next, next)
		}
		if (r.Outcome == rollout.Failed || r.Outcome == rollout.Deferred) && !own.wake.IsZero() && (next.IsZero() || next.After(own.wake.Add(time.Second))) {
			a.w.violate(ruleNext, "%s in %s wakes at %s, next is %s", id, r.Rollout, own.wake, next)
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
		a.w.violate(ruleReplica, "at %d and %d: %v %v%s", want.At, got.At, err, err2, a.stray(live))
		return
	}
	back, err := rollout.Restore(want)
	if err != nil {
		a.w.violate(ruleReplica, "restore: %v", err)
		return
	}
	if again, err := back.Checkpoint(); err != nil || !bytes.Equal(again.State, want.State) || !back.Next().Equal(live.Next()) {
		a.w.violate(ruleReplica, "restored at %d: %v, next %s and %s", want.At, err, back.Next(), live.Next())
	}
}

// stray names the first answer in which two states differ.
func (a *audit) stray(live *rollout.State) string {
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
