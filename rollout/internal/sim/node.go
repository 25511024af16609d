package sim

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/rollout"
)

// letter is one thing that a coordinator is asked to take in.
type letter struct {
	command rollout.Command     // of people; nil for a report
	report  *rollout.HostReport // of a host
	reply   func(reasons []fettle.Reason, err error)
}

// node is a coordinator with its own clock. It follows the shell's duty.
type node struct {
	w           *world
	name        string
	state       *rollout.State
	active      bool // it thinks that it is the coordinator
	down        bool
	partitioned bool
	offset      time.Duration // its clock against the true one
	lastAt      time.Time     // of the last entry that it has decided or read
	inbox       []letter
	woken       bool
	wakeAt      time.Time
}

func (n *node) clock() time.Time { return n.w.now.Add(n.offset) }

// crash forgets all that is not in the journal, and comes back after a while.
func (n *node) crash(where string) {
	n.w.stats.Crashes++
	n.w.say("%s crashes %s", n.name, where)
	n.state, n.inbox, n.down, n.active = nil, nil, true, false
	wait := n.w.between(time.Second, 40*time.Minute)
	n.w.in(wait, func() {
		if n.down {
			n.recover()
			if other := n.other(); other == nil || !other.active || n.w.chance(2) {
				n.takeOver()
			}
		}
	})
}

func (n *node) other() *node {
	for _, o := range n.w.nodes {
		if o != n {
			return o
		}
	}
	return nil
}

// recover opens the journal and folds it anew, from a checkpoint at times.
func (n *node) recover() {
	n.w.journal.open()
	n.down = false
	n.w.audit.follow()
	n.state, n.lastAt = n.w.fold(nil), n.w.audit.lastAt
	n.active = false
}

// fold returns the state of the whole journal.
func (w *world) fold(from *rollout.State) *rollout.State {
	s := from
	if s == nil {
		s = new(rollout.State)
	}
	page, err := w.journal.Read(context.Background(), s.Head().Position, 1<<30)
	if err != nil {
		w.violate(ruleReplays, "reading: %v", err)
	}
	half := len(page) / 2
	for i, data := range page {
		if from == nil && i == half && w.rng.IntN(2) == 0 { // half of the way by a checkpoint
			c, err := s.Checkpoint()
			if err == nil {
				s, err = rollout.Restore(c)
			}
			if err != nil {
				w.violate(ruleReplays, "checkpoint at %d: %v", i, err)
				return s
			}
		}
		e, err := rollout.ParseEntry(s.Head().Position+1, data)
		if err != nil {
			w.violate(ruleReplays, "entry %d: %v: %s", s.Head().Position+1, err, data)
			return s
		}
		if w.breaks.Replay != nil && from == w.audit.replica && from != nil && !w.breaks.Replay(e) {
			return s
		}
		if err := s.Apply(e); err != nil {
			w.violate(ruleReplays, "applying entry %d: %v: %s", e.Position, err, data)
			return s
		}
	}
	return s
}

// takeOver makes the node the coordinator, by the next epoch.
func (n *node) takeOver() {
	if n.down || n.state == nil {
		return
	}
	n.w.fold(n.state)
	_, epoch := n.state.Holder()
	n.active = true
	n.w.stats.TakeOvers++
	n.w.say("%s takes over with epoch %d", n.name, epoch+1)
	n.inbox = append([]letter{{command: rollout.TakeOver{Epoch: epoch + 1, Holder: n.name}}}, n.inbox...)
	n.step()
}

func (n *node) take(l letter) {
	if n.down || n.partitioned || !n.active {
		return
	}
	n.inbox = append(n.inbox, l)
	n.wake(n.w.between(0, 50*time.Millisecond))
}

// wake sees to it that a step comes.
func (n *node) wake(d time.Duration) {
	at := n.w.now.Add(max(d, 0))
	if n.woken && !n.wakeAt.After(at) {
		return
	}
	n.woken, n.wakeAt = true, at
	n.w.in(d, func() {
		if n.woken && n.wakeAt.Equal(at) {
			n.woken = false
			n.step()
		}
	})
}

// batch is what one step has decided and not yet made durable.
type batch struct {
	after   rollout.Position
	entries []rollout.Entry
	replies []func()
	binds   bool // somebody acts on an answer
}

// step decides what is in the inbox, appends it, then releases the replies.
func (n *node) step() {
	if n.down || !n.active || n.w.failed != nil {
		return
	}
	b := &batch{after: n.state.Head().Position}
	for len(n.inbox) > 0 {
		l := n.inbox[0]
		n.inbox = n.inbox[1:]
		if l.command != nil {
			reasons, err := n.decide(b, l.command)
			if l.reply != nil {
				b.replies = append(b.replies, func() { l.reply(reasons, err) })
			}
			continue
		}
		n.reports(b, l)
	}
	n.ticks(b)
	n.commit(b)
	if n.active && !n.down {
		if next := n.next(); !next.IsZero() {
			n.wake(next.Sub(n.clock()))
		}
	}
}

func (n *node) next() time.Time {
	next := n.state.Next()
	if n.w.breaks.Next != nil {
		next = n.w.breaks.Next(next)
	}
	return next
}

// reports gathers the reports that follow, a row a host, into one command.
func (n *node) reports(b *batch, first letter) {
	letters := []letter{first}
	seen := map[fettle.HostID]bool{first.report.Host: true}
	for len(n.inbox) > 0 && n.inbox[0].report != nil && !seen[n.inbox[0].report.Host] && len(letters) < 20 {
		seen[n.inbox[0].report.Host] = true
		letters = append(letters, n.inbox[0])
		n.inbox = n.inbox[1:]
	}
	var c rollout.Reports
	for _, l := range letters {
		c.Hosts = append(c.Hosts, *l.report)
	}
	reasons, err := n.decide(b, c)
	for _, l := range letters {
		var own []fettle.Reason
		for _, r := range reasons {
			if r.Args["host"] == string(l.report.Host) {
				own = append(own, r)
			}
		}
		b.replies = append(b.replies, func() { l.reply(own, err) })
	}
}

// decide takes one command in, in memory.
func (n *node) decide(b *batch, c rollout.Command) ([]fettle.Reason, error) {
	if n.w.breaks.Command != nil {
		c = n.w.breaks.Command(c)
	}
	now := n.clock()
	events, reasons, err := n.state.Decide(c, now)
	if n.w.breaks.Decide != nil {
		events = n.w.breaks.Decide(n.state, now, events)
	}
	if n.w.breaks.Error != nil && err != nil {
		err = n.w.breaks.Error(err)
	}
	for _, e := range events {
		entry := n.state.Entry(e, now)
		if err := n.state.Apply(entry); err != nil {
			n.w.violate(ruleApplies, "%T: %v: %s", c, err, entry.Data)
			return nil, err
		}
		b.entries = append(b.entries, entry)
		n.lastAt = entry.At
	}
	var illegal *rollout.CommandError
	if err != nil && !errors.As(err, &illegal) {
		n.w.violate(ruleTyped, "%T: %v", c, err)
	}
	said, _ := c.(rollout.Reports)
	b.binds = b.binds || err != nil || slices.ContainsFunc(said.Hosts, func(r rollout.HostReport) bool { return len(r.Results) > 0 }) ||
		slices.ContainsFunc(reasons, func(r fettle.Reason) bool { return rollout.Refuses(r.Code) })
	return reasons, err
}

// ticks takes in what time has brought.
func (n *node) ticks(b *batch) {
	for range 500 {
		next := n.next()
		if next.IsZero() || next.After(n.clock()) && next.After(n.lastAt) {
			return
		}
		before := len(b.entries)
		if _, err := n.decide(b, rollout.Tick{}); err != nil {
			return
		}
		if again := n.next(); len(b.entries) == before && again.Equal(next) {
			n.w.violate(ruleMoves, "Next stays at %s after a Tick at %s", next, n.clock())
			return
		}
		if n.w.failed != nil {
			return
		}
	}
	n.w.violate(ruleMoves, "500 ticks at %s did not end", n.clock())
}

// commit appends the batch and releases the replies, if nothing comes between.
func (n *node) commit(b *batch) {
	w := n.w
	if !w.calm && w.chance(300) {
		n.crash("before an append")
		return
	}
	if len(b.entries) == 0 && b.binds && int(b.after) != len(w.journal.entries) {
		n.reload(rollout.ErrConflict) // it may not lead any more: it answers nothing
		return
	}
	if len(b.entries) > 0 {
		if !w.calm && w.chance(150) {
			w.journal.next = fault(1 + w.rng.IntN(3))
			w.stats.Faults++
		}
		data := make([][]byte, len(b.entries))
		for i := range b.entries {
			data[i] = b.entries[i].Data
		}
		w.journal.drop = w.breaks.Drop && len(w.journal.entries) > 30 && w.chance(10)
		err := w.journal.Append(context.Background(), b.after, data)
		if err != nil {
			w.say("%s: append: %v", n.name, err)
			n.reload(err)
			w.audit.follow()
			return
		}
		w.audit.follow()
		if w.failed == nil {
			w.audit.afterStep(n)
		}
	}
	if !w.calm && w.chance(300) {
		n.crash("after an append")
		return
	}
	for _, reply := range b.replies {
		if !w.calm && w.chance(2000) {
			n.crash("between two replies")
			return
		}
		reply()
	}
}

// reload throws the state away. After a conflict it follows whoever was first.
func (n *node) reload(err error) {
	n.w.journal.open()
	n.w.audit.follow()
	n.state, n.lastAt = n.w.fold(nil), n.w.audit.lastAt
	n.inbox = nil
	holder, _ := n.state.Holder()
	n.active = holder == n.name || holder == "" || !errors.Is(err, rollout.ErrConflict)
	if n.active {
		n.wake(time.Second)
	}
}

// offer answers a poll from durable state.
func (n *node) offer(a rollout.Ask) (rollout.Offer, bool) {
	if n.down || !n.active || n.partitioned || n.state == nil {
		return rollout.Offer{}, false
	}
	o := n.state.Offer(a, n.clock())
	if n.w.breaks.Offer != nil {
		o = n.w.breaks.Offer(o)
	}
	return o, true
}
