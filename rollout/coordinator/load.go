package coordinator

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/fettle-dev/fettle/rollout"
)

// errSuperseded ends the lead: somebody else took over.
var errSuperseded = errors.New("coordinator: somebody else took over")

const maxBackoff = time.Minute

// reload throws the state away and folds the journal anew. It tries as often as
// Options.Attempts says; an error that trying again does not mend ends it at
// once. What it returns ends Run.
func (c *Coordinator) reload(ctx context.Context) error {
	c.mu.Lock()
	acknowledged := c.durable
	before := c.phase
	c.turn(loading)
	c.state, c.term = nil, c.term+1
	c.settle()
	c.mu.Unlock()
	s, err := c.loaded(ctx)
	if err != nil {
		return err
	}
	head := s.Head().Position
	if head < acknowledged {
		return fmt.Errorf("%w: %d were, it ends at %d", ErrLost, acknowledged, head)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.state, c.durable = s, head
	if before == leading && c.superseded() != nil {
		before = following
	}
	if before == leading || before == following {
		c.turn(before)
	}
	return nil
}

// loaded folds the journal, however often it takes.
func (c *Coordinator) loaded(ctx context.Context) (*rollout.State, error) {
	for attempt := 1; ; attempt++ {
		s, err := c.load(ctx)
		if err == nil || ctx.Err() != nil || attempt == c.o.Attempts || final(err) {
			return s, err
		}
		c.failed("load", err, "try", attempt)
		c.rest(ctx, attempt)
	}
}

// final reports whether the journal cannot be read by this code, however often
// it tries.
func final(err error) bool {
	return errors.Is(err, rollout.ErrNewer) || errors.Is(err, rollout.ErrEntry) || errors.Is(err, rollout.ErrBeyond)
}

// rest waits before another try: Backoff, doubled with each try, or until ctx is
// done.
func (c *Coordinator) rest(ctx context.Context, attempt int) {
	wait(ctx, backoff(c.o.Backoff, attempt))
}

func backoff(first time.Duration, attempt int) time.Duration {
	for ; attempt > 1 && first < maxBackoff; attempt-- {
		first *= 2
	}
	return min(first, maxBackoff)
}

func wait(ctx context.Context, d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-ctx.Done():
	}
}

// load folds the journal: its checkpoint, and what follows it.
func (c *Coordinator) load(ctx context.Context) (*rollout.State, error) {
	kept, err := rollout.LoadCheckpoint(ctx, c.journal)
	if err != nil {
		return nil, fmt.Errorf("coordinator: loading the checkpoint: %w", err)
	}
	s, err := rollout.Restore(kept)
	if err != nil {
		return nil, fmt.Errorf("coordinator: checkpoint at %d: %w", kept.At, err)
	}
	if err := rollout.Replay(ctx, c.journal, s); err != nil {
		return nil, fmt.Errorf("coordinator: %w", err)
	}
	if found := s.Config().Region; s.Head().Position > 0 && found != c.region.Config.Region {
		return nil, fmt.Errorf("coordinator: the journal is that of region %q, want %q: %w", found, c.region.Config.Region, rollout.ErrEntry)
	}
	c.saved = kept.At
	return s, nil
}

func fold(s *rollout.State, record rollout.Record) error {
	entry, err := rollout.ParseEntry(record.Position, record.Data)
	if err == nil {
		err = s.Apply(entry)
	}
	if err != nil {
		return fmt.Errorf("coordinator: entry %d: %w", record.Position, err)
	}
	return nil
}

// follow folds what others append until it is asked to take over, and returns
// where the answer to that goes.
func (c *Coordinator) follow(ctx context.Context) (chan error, error) {
	c.mu.Lock()
	c.turn(following)
	holder, epoch := c.state.Holder()
	c.mu.Unlock()
	c.log.Info("following", "leads", holder, "epoch", epoch)
	waiting, cancel := context.WithCancel(ctx)
	defer cancel()
	for failures := 0; ; {
		grown := make(chan error, 1)
		after := c.durable
		c.workers.Go(func() { grown <- c.await(waiting, after) })
		select {
		case asked := <-c.takeovers:
			return asked, nil
		case err := <-grown:
			if err == nil {
				err = c.catchUp(ctx)
			}
			if err == nil {
				failures = 0
				continue
			}
			if errors.Is(err, rollout.ErrBeyond) {
				err = fmt.Errorf("%w: %w", ErrLost, err)
			}
			if failures++; ctx.Err() != nil || final(err) || failures == c.o.Attempts {
				return nil, err
			}
			c.failed("load", err, "try", failures)
			c.rest(ctx, failures)
			if errors.Is(err, rollout.ErrCompacted) {
				if err := c.reload(ctx); err != nil {
					return nil, err
				}
			}
		}
	}
}

// await waits until the journal has entries after a position.
func (c *Coordinator) await(ctx context.Context, after rollout.Position) error {
	for {
		err := rollout.Await(ctx, c.journal, after)
		if !errors.Is(err, errors.ErrUnsupported) {
			return err
		}
		wait(ctx, c.o.FollowEvery)
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
}

// catchUp folds the entries that others have appended.
func (c *Coordinator) catchUp(ctx context.Context) error {
	const page = 1024
	for {
		entries, err := c.journal.Read(ctx, c.durable, page)
		if err != nil {
			return fmt.Errorf("coordinator: following after entry %d: %w", c.durable, err)
		}
		if len(entries) == 0 {
			return nil
		}
		if err := c.takeIn(entries); err != nil {
			return err
		}
	}
}

func (c *Coordinator) takeIn(entries [][]byte) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, data := range entries {
		if err := fold(c.state, rollout.Record{Position: c.durable + 1, Data: data}); err != nil {
			return err
		}
		c.durable++
	}
	c.settle()
	return nil
}
