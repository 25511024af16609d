package coordinator

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/rollout"
)

const (
	// softBatch is the size, in bytes, from which on a batch takes no more calls.
	softBatch = 8 << 20
	// mostRows is the most reports in one command.
	mostRows = 10 * rollout.MaxRows
)

// batch is calls that have been decided and applied, and the entries that they
// led to, which are not in the journal yet.
type batch struct {
	after   rollout.Position // where the entries go
	entries [][]byte
	size    int
	calls   []*call // what the batch answers
	began   time.Time
}

// rows gathers reports of many calls into one command, so that they share
// events. A host is in it once, since the reasons of a command name hosts.
type rows struct {
	reports []rollout.HostReport
	from    []place
	hosts   map[fettle.HostID]int
}

// place is where the answer to a row goes.
type place struct {
	call  *call
	index int
}

func (r *rows) clear() {
	r.reports, r.from = nil, r.from[:0]
	clear(r.hosts)
}

// decide decides and applies calls, in their order, until the batch is large
// enough, and returns the batch and the calls that are left. An error means that
// the state is no longer what the journal says: it must be thrown away.
func (c *Coordinator) decide(calls []*call) (*batch, []*call, error) {
	b := &batch{after: c.state.Head().Position, began: time.Now()}
	together := rows{hosts: map[fettle.HostID]int{}}
	for i, x := range calls {
		if b.size >= softBatch {
			return b, calls[i:], c.flush(b, &together)
		}
		b.calls = append(b.calls, x)
		x.err = nil
		if x.command == nil {
			if err := c.gatherRows(b, &together, x); err != nil {
				return b, calls[i+1:], err
			}
			continue
		}
		if err := c.flush(b, &together); err != nil {
			return b, calls[i+1:], err
		}
		if err := c.decideCommand(b, x); err != nil {
			return b, calls[i+1:], err
		}
	}
	return b, nil, c.flush(b, &together)
}

func (c *Coordinator) gatherRows(b *batch, r *rows, x *call) error {
	x.acks = make([]rollout.Ack, len(x.reports))
	for i, report := range x.reports {
		if _, there := r.hosts[report.Host]; there || len(r.reports) == mostRows {
			if err := c.flush(b, r); err != nil {
				return err
			}
		}
		r.hosts[report.Host] = len(r.reports)
		r.reports = append(r.reports, report)
		r.from = append(r.from, place{x, i})
	}
	return nil
}

// flush decides the reports that were gathered and fills in their acks.
func (c *Coordinator) flush(b *batch, r *rows) error {
	if len(r.reports) == 0 {
		return nil
	}
	defer r.clear()
	reasons, err := c.take(b, rollout.Reports{Hosts: r.reports})
	if illegal := (*rollout.CommandError)(nil); errors.As(err, &illegal) {
		for _, at := range r.from {
			at.call.err = err
		}
		return nil
	}
	if err != nil {
		return err
	}
	for i, report := range r.reports {
		at := r.from[i]
		at.call.acks[at.index] = rollout.Ack{Host: report.Host, Seq: report.Seq, Taken: true}
	}
	for _, reason := range reasons {
		i, ok := r.hosts[fettle.HostID(reason.Args["host"])]
		if !ok {
			continue
		}
		ack := &r.from[i].call.acks[r.from[i].index]
		ack.Reasons = append(ack.Reasons, reason)
		ack.Taken = ack.Taken && !refuses(reason)
	}
	return nil
}

func (c *Coordinator) decideCommand(b *batch, x *call) error {
	first := c.state.Head().Position + 1
	reasons, err := c.take(b, x.command)
	if illegal := (*rollout.CommandError)(nil); errors.As(err, &illegal) {
		x.err = err
		return nil
	}
	if err != nil {
		return err
	}
	x.receipt = Receipt{Reasons: reasons}
	if last := c.state.Head().Position; last >= first {
		x.receipt.First, x.receipt.Last = first, last
	}
	return nil
}

// take decides one command and applies what it leads to, and what time makes of
// that. The error is a *rollout.CommandError, with which nothing was applied, or
// one that says that the state cannot be used any more.
func (c *Coordinator) take(b *batch, command rollout.Command) ([]fettle.Reason, error) {
	now := time.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	entries, reasons, err := c.state.Take(command, now)
	for _, e := range entries {
		b.entries = append(b.entries, e.Data)
		b.size += len(e.Data) + rollout.EntryOverhead
	}
	if err != nil && len(entries) > 0 {
		err = fmt.Errorf("%w: after %d of its entries: %v", errBroken, len(entries), err) //nolint:errorlint // not a refusal any more
	}
	return reasons, err
}

// errBroken says that a command was applied in part: the state must be thrown
// away.
var errBroken = errors.New("coordinator: a command was decided and could not be applied")

// commit decides the calls, appends what they lead to and answers them, and
// returns those that did not fit. With an error nothing can be answered by this
// coordinator any more; the calls that are returned with it have no answer yet.
func (c *Coordinator) commit(ctx context.Context, calls []*call) ([]*call, error) {
	for attempt := 1; ; attempt++ {
		b, rest, failed := c.decide(calls)
		if failed == nil {
			failed = c.append(ctx, b)
		}
		if failed == nil {
			c.release(b)
			return rest, nil
		}
		c.failed("append", failed, "entries", len(b.entries), "calls", len(b.calls), "try", attempt)
		if err := c.reload(ctx); err != nil {
			return calls, err
		}
		there, err := c.find(ctx, b)
		if err != nil {
			return calls, err
		}
		if there { // the failure came after the batch was written
			c.release(b)
			return rest, c.superseded()
		}
		if err := c.superseded(); err != nil {
			return calls, err
		}
		switch {
		case hopeless(failed) && len(b.calls) > 1:
			return c.commitEach(ctx, b.calls, rest)
		case hopeless(failed) || attempt == c.o.Attempts:
			for _, x := range b.calls {
				x.answer(failed)
			}
			return rest, nil
		}
		calls = slices.DeleteFunc(calls, (*call).dropped)
	}
}

// commitEach commits calls one by one, so that one that cannot be does no harm
// to the others.
func (c *Coordinator) commitEach(ctx context.Context, calls, rest []*call) ([]*call, error) {
	for i, x := range calls {
		if undone, err := c.commit(ctx, []*call{x}); err != nil {
			return slices.Concat(undone, calls[i+1:], rest), err
		}
	}
	return rest, nil
}

// hopeless reports whether deciding the same calls again leads to the same
// error.
func hopeless(err error) bool {
	return errors.Is(err, rollout.ErrTooLarge) || errors.Is(err, rollout.ErrEntry) || errors.Is(err, errBroken)
}

// append makes the batch durable. A batch without entries is not told to the
// journal, so nothing would show that somebody else leads by now: before it
// refuses something, or lets a host go on with what it says, the journal is asked
// whether it has grown.
func (c *Coordinator) append(ctx context.Context, b *batch) error {
	if len(b.entries) > 0 {
		return c.journal.Append(ctx, b.after, b.entries)
	}
	if !slices.ContainsFunc(b.calls, (*call).binds) {
		return nil
	}
	found, err := c.journal.Read(ctx, b.after, 1)
	switch {
	case errors.Is(err, rollout.ErrCompacted), err == nil && len(found) > 0:
		return fmt.Errorf("coordinator: an answer after entry %d: %w", b.after, rollout.ErrConflict)
	case err != nil:
		return fmt.Errorf("coordinator: looking for entries after %d, before an answer: %w", b.after, err)
	}
	return nil
}

// release gives away what the batch led to: replies, then grants (the polls that
// wait for durable), then hints.
func (c *Coordinator) release(b *batch) {
	for _, x := range b.calls {
		x.answer(nil)
	}
	if len(b.entries) == 0 {
		return
	}
	c.mu.Lock()
	c.durable = c.state.Head().Position
	c.settle()
	c.mu.Unlock()
	c.o.Metrics.Appended(len(b.calls), len(b.entries), time.Since(b.began))
	c.hub.stir()
}

// find reports whether the batch is in the journal, in its place. Its last entry
// speaks for the others: it holds the hash of the one before.
func (c *Coordinator) find(ctx context.Context, b *batch) (bool, error) {
	last := b.after + rollout.Position(len(b.entries))
	if len(b.entries) == 0 || c.durable < last {
		return false, nil
	}
	found, err := c.journal.Read(ctx, last-1, 1)
	if errors.Is(err, rollout.ErrCompacted) {
		return false, nil // somebody else has led since, and has come far
	}
	if err != nil {
		return false, fmt.Errorf("coordinator: looking for the entry %d that was not acknowledged: %w", last, err)
	}
	return len(found) == 1 && bytes.Equal(found[0], b.entries[len(b.entries)-1]), nil
}
