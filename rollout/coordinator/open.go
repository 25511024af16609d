package coordinator

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/rollout"
)

// opened is one report after its seal was checked.
type opened struct {
	ok  bool // it can be decided
	row rollout.HostReport
	ack rollout.Ack // without a decision: why not, or what to say beside it
}

// open checks the seals of reports, on as many goroutines as are free. They have
// ended when it returns.
func (c *Coordinator) open(ctx context.Context, reports []fettle.Envelope) ([]opened, error) {
	out := make([]opened, len(reports))
	now := time.Now()
	var next atomic.Int64
	work := func() {
		for ctx.Err() == nil {
			i := int(next.Add(1)) - 1
			if i >= len(reports) {
				return
			}
			out[i] = c.openOne(reports[i], now)
		}
	}
	var helpers sync.WaitGroup
	for range min(cap(c.opening), len(reports)) - 1 {
		select {
		case c.opening <- struct{}{}:
			helpers.Go(func() {
				defer func() { <-c.opening }()
				work()
			})
			continue
		default:
		}
		break // everyone is busy: there is nothing to gain
	}
	select { // the first one waits for its turn
	case c.opening <- struct{}{}:
		work()
		<-c.opening
	case <-ctx.Done():
	}
	helpers.Wait()
	return out, ctx.Err()
}

// farClock is how far a host's clock may be from the coordinator's before the
// Ack says so.
const farClock = 5 * time.Minute

// Reasons of an Ack that this package gives, beside those of rollout.
const (
	// ReasonMisdirected: the report is for another region [host, region].
	ReasonMisdirected = "report-misdirected"
	// ReasonNewer: the report has a form that this version does not know [form].
	ReasonNewer = "report-newer"
	// ReasonClock: the report was taken; its host's clock is this much before or
	// behind (negative) the coordinator's [host, by].
	ReasonClock = "clock-differs"
)

// openOne checks one report's seal and reads it.
func (c *Coordinator) openOne(e fettle.Envelope, now time.Time) opened {
	r, err := rollout.OpenReport(e, c.region.Config.Region, c.region.Hosts)
	if err != nil {
		return opened{ack: refusal(e, err)}
	}
	o := opened{ok: true, row: rollout.HostReport{
		Host: r.Host, Seq: r.Seq, Boot: r.Boot, Ready: r.Ready, Results: r.Results,
	}}
	if off := r.At.Sub(now); off.Abs() > farClock && !r.At.IsZero() {
		o.ack.Reasons = []fettle.Reason{{Code: ReasonClock, Args: map[string]string{
			"host": string(r.Host), "by": off.Round(time.Second).String(),
		}}}
	}
	return o
}

// refusal returns the ack of a report that could not be opened. What it says of
// host and seq is only what the report claims.
func refusal(e fettle.Envelope, err error) rollout.Ack {
	var claims struct {
		Host   fettle.HostID    `json:"host"`
		Seq    uint64           `json:"seq"`
		Region rollout.RegionID `json:"region"`
	}
	const mostClaims = 1 << 20
	if len(e.Payload) > mostClaims || json.Unmarshal(e.Payload, &claims) != nil || len(claims.Host) > 1024 {
		claims.Host, claims.Seq = "", 0
	}
	reason := fettle.Reason{Code: rollout.ReasonUnreadable, Args: map[string]string{
		"host": string(claims.Host), "problem": fmt.Sprintf("%.500v", err),
	}}
	switch {
	case errors.Is(err, fettle.ErrUntrusted):
		reason = fettle.Reason{Code: rollout.ReasonUntrusted, Args: map[string]string{"host": string(claims.Host)}}
	case errors.Is(err, rollout.ErrMisdirected):
		reason = fettle.Reason{Code: ReasonMisdirected, Args: map[string]string{
			"host": string(claims.Host), "region": string(claims.Region),
		}}
	case errors.Is(err, rollout.ErrNewer):
		reason = fettle.Reason{Code: ReasonNewer, Args: map[string]string{"form": fmt.Sprintf("%.100s", e.PayloadType)}}
	}
	return rollout.Ack{Host: claims.Host, Seq: claims.Seq, Reasons: []fettle.Reason{reason}}
}
