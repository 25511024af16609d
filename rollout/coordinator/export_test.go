package coordinator

import (
	"context"

	"github.com/fettle-dev/fettle/rollout"
)

// Take decides reports that were opened before, for benchmarks that leave the
// seals out.
func (c *Coordinator) Take(ctx context.Context, reports []rollout.HostReport) ([]rollout.Ack, error) {
	x := &call{reports: reports}
	if err := c.do(ctx, x); err != nil {
		return nil, err
	}
	return x.acks, nil
}
