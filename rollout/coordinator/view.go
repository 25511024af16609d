package coordinator

import (
	"context"
	"iter"
	"time"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/rollout"
)

// view lets read look at the newest state and returns once what it saw is
// durable. If the state is thrown away before that, read is called again. read
// reports whether what it made of the state can be given away at once because it
// shows nothing new; it only calls methods that read.
func (c *Coordinator) view(ctx context.Context, ready func() error, read func(*rollout.State) (settled bool)) error {
	for {
		c.mu.RLock()
		s, turned, settled, term, err := c.state, c.turned, c.settled, c.term, ready()
		if err != nil {
			c.mu.RUnlock()
			return err
		}
		if s == nil {
			c.mu.RUnlock()
			select {
			case <-turned:
			case <-settled:
			case <-ctx.Done():
				return ctx.Err()
			}
			continue
		}
		head := s.Head().Position
		done := read(s) || c.durable >= head
		c.mu.RUnlock()
		for !done {
			select {
			case <-settled:
			case <-ctx.Done():
				return ctx.Err()
			}
			c.mu.RLock()
			if c.term != term {
				c.mu.RUnlock()
				break
			}
			done, settled = c.durable >= head, c.settled
			c.mu.RUnlock()
		}
		if done {
			return nil
		}
	}
}

// anywhere is the readiness of queries: a standby answers them too, from what it
// has followed.
func (c *Coordinator) anywhere() error {
	if c.phase == following {
		return nil
	}
	return c.unready()
}

func (c *Coordinator) query(ctx context.Context, read func(*rollout.State)) error {
	return c.view(ctx, c.anywhere, func(s *rollout.State) bool {
		read(s)
		return false
	})
}

// Rollouts returns the progress of all rollouts at an instant, in the order of
// their start. This and the other queries show what is durable; a standby answers them from
// what it has followed so far. The error is ErrStopped or that of ctx.
func (c *Coordinator) Rollouts(ctx context.Context, now time.Time) (all []rollout.Progress, err error) {
	err = c.query(ctx, func(s *rollout.State) { all = s.Rollouts(now) })
	return all, err
}

// Progress returns the progress of one rollout at an instant; false if there is
// none.
func (c *Coordinator) Progress(ctx context.Context, id rollout.ID, now time.Time) (p rollout.Progress, ok bool, err error) {
	err = c.query(ctx, func(s *rollout.State) { p, ok = s.Progress(id, now) })
	return p, ok, err
}

// Explain says where a host is with every rollout at an instant, why not
// further, and when that can change.
func (c *Coordinator) Explain(ctx context.Context, host fettle.HostID, now time.Time) (e rollout.Explanation, err error) {
	err = c.query(ctx, func(s *rollout.State) { e = s.Explain(host, now) })
	return e, err
}

// Summary returns the region's counts, for a parent region.
func (c *Coordinator) Summary(ctx context.Context) (sum rollout.Summary, err error) {
	err = c.query(ctx, func(s *rollout.State) { sum = s.Summary() })
	return sum, err
}

// Leader returns who leads as far as this coordinator knows, and whether that is
// this one. The error is ErrStopped or that of ctx.
func (c *Coordinator) Leader(ctx context.Context) (holder string, epoch uint64, here bool, err error) {
	err = c.query(ctx, func(s *rollout.State) {
		holder, epoch = s.Holder()
		here = c.phase == leading
	})
	return holder, epoch, here, err
}

// Watch yields every entry after a position, and goes on yielding entries as
// they are appended, until ctx is done, which is no error. It works on a standby
// too. It yields one error and ends if the journal cannot be read:
// rollout.ErrCompacted if entries after that position are forgotten, and the
// caller then begins again with a query and Leader's position; rollout.ErrNewer
// if an entry was written by a newer version.
func (c *Coordinator) Watch(ctx context.Context, after rollout.Position) iter.Seq2[rollout.Entry, error] {
	return func(yield func(rollout.Entry, error) bool) {
		for {
			for record, err := range rollout.Records(ctx, c.journal, after) {
				var entry rollout.Entry
				if err == nil {
					entry, err = rollout.ParseEntry(record.Position, record.Data)
				}
				if ctx.Err() != nil || !yield(entry, err) || err != nil {
					return
				}
				after = record.Position
			}
			if err := c.grownPast(ctx, after); err != nil {
				if ctx.Err() == nil {
					yield(rollout.Entry{}, err)
				}
				return
			}
		}
	}
}

// grownPast returns once the journal has entries after a position that this
// coordinator knows of.
func (c *Coordinator) grownPast(ctx context.Context, after rollout.Position) error {
	for {
		c.mu.RLock()
		err, durable, settled := c.anywhere(), c.durable, c.settled
		c.mu.RUnlock()
		if err != nil || durable > after {
			return err
		}
		select {
		case <-settled:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
