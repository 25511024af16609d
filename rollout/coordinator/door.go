package coordinator

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/rollout"
)

func refuse(n int, what string) error {
	return fmt.Errorf("coordinator: %d %s in one call: want at most %d: %w", n, what, rollout.MaxAsks, rollout.ErrRefused)
}

// Poll implements rollout.Upstream. A host that has seen everything is answered
// at once; an offer with news waits until the news is durable.
func (c *Coordinator) Poll(ctx context.Context, asks []rollout.Ask) ([]rollout.Offer, error) {
	if len(asks) > rollout.MaxAsks {
		return nil, refuse(len(asks), "asks")
	}
	now := time.Now().UTC()
	offers := make([]rollout.Offer, len(asks))
	unchanged := 0
	err := c.view(ctx, c.unready, func(s *rollout.State) bool {
		unchanged = 0
		for i, ask := range asks {
			offers[i] = s.Offer(ask, now)
			if offers[i].Unchanged {
				unchanged++
			}
		}
		return unchanged == len(asks)
	})
	if err != nil {
		return nil, err
	}
	policy := c.policy.Load()
	for i := range offers {
		if policy != nil {
			offers[i].Policy = *policy
		}
		if err := c.seals.seal(&offers[i]); err != nil {
			c.failed("seal", err)
			return nil, fmt.Errorf("coordinator: %w: %w", rollout.ErrUnavailable, err)
		}
	}
	c.o.Metrics.Polled(len(asks), unchanged)
	return offers, nil
}

// Announce sets what every Offer from now on says of the region's policies:
// their sealed bytes are the Content of the refs' digests. It keeps a copy.
func (c *Coordinator) Announce(policies []rollout.PolicyRef) {
	kept := append([]rollout.PolicyRef(nil), policies...)
	c.policy.Store(&kept)
}

// Report implements rollout.Upstream. Seals are checked beside the one writer,
// Options.Openers at a time.
func (c *Coordinator) Report(ctx context.Context, reports []fettle.Envelope) ([]rollout.Ack, error) {
	if len(reports) > rollout.MaxAsks {
		return nil, refuse(len(reports), "reports")
	}
	if _, err := c.ready(ctx); err != nil { // before any work is done for it
		return nil, err
	}
	opened, err := c.open(ctx, reports)
	if err != nil {
		return nil, err
	}
	acks := make([]rollout.Ack, len(reports))
	x := &call{}
	for i := range opened {
		if acks[i] = opened[i].ack; opened[i].ok {
			x.reports = append(x.reports, opened[i].row)
		}
	}
	c.o.Metrics.Reported(len(reports), len(reports)-len(x.reports))
	if len(x.reports) == 0 {
		return acks, nil
	}
	if err := c.do(ctx, x); err != nil {
		return nil, err
	}
	next := 0
	for i := range opened {
		if opened[i].ok {
			noted := acks[i].Reasons
			acks[i] = x.acks[next]
			acks[i].Reasons = append(acks[i].Reasons, noted...)
			next++
		}
	}
	return acks, nil
}

// Content implements rollout.Upstream, from Options.Content. A standby answers
// it too.
func (c *Coordinator) Content(ctx context.Context, digest fettle.Digest, offset int64) (io.ReadCloser, error) {
	if offset < 0 {
		return nil, fmt.Errorf("coordinator: content %s from offset %d: want 0 or more: %w", digest, offset, rollout.ErrRefused)
	}
	if c.o.Content == nil {
		return nil, fmt.Errorf("coordinator: content %s: none is kept: %w", digest, rollout.ErrNoContent)
	}
	return c.o.Content.Open(ctx, digest, offset)
}

// refuses reports whether a reason says that a row was not taken.
func refuses(r fettle.Reason) bool { return rollout.Refuses(r.Code) }
