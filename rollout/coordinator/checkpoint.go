package coordinator

import (
	"context"
	"time"

	"github.com/fettle-dev/fettle/rollout"
)

// checkpoint saves the state when enough entries have come since the last time.
// The state is written out between two batches; saving goes on beside the next
// ones. A save that fails is logged and tried again with the next entries: it
// costs the next start time, and nothing else.
func (c *Coordinator) checkpoint(ctx context.Context) {
	at := c.durable
	if at < c.saved+rollout.Position(c.o.CheckpointEvery) {
		return
	}
	select {
	case c.saving <- struct{}{}:
	default:
		return // the one before is still being saved
	}
	began := time.Now()
	kept, err := c.state.Checkpoint()
	if err != nil {
		<-c.saving
		c.failed("checkpoint", err)
		c.saved = at // not with every batch again
		return
	}
	c.saved = at
	paused := time.Since(began)
	c.workers.Go(func() {
		defer func() { <-c.saving }()
		release := c.releasable(at)
		if err := rollout.SaveCheckpoint(ctx, c.journal, kept, release); err != nil {
			c.failed("checkpoint", err, "at", uint64(at))
			return
		}
		c.log.Info("checkpoint saved", "at", uint64(at), "bytes", len(kept.State), "paused", paused, "released", uint64(release))
	})
}

// releasable returns the position up to which the journal may forget.
func (c *Coordinator) releasable(at rollout.Position) rollout.Position {
	if !c.o.Release {
		return 0
	}
	return c.slowest(at - min(at, rollout.Position(c.o.Retain)))
}
