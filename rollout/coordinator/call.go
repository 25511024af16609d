package coordinator

import (
	"context"
	"fmt"
	"slices"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/rollout"
)

// call is something that waits for its place in a batch: reports or a command.
// Decide fills in what is answered; a batch that is decided anew fills it in
// anew.
type call struct {
	done    <-chan struct{} // of the caller's context; nil if there is none
	reply   chan struct{}   // holds a value once what follows is final; nil: nobody asks
	reports []rollout.HostReport
	command rollout.Command // nil: reports

	acks    []rollout.Ack // of reports
	receipt Receipt       // of a command
	err     error
}

// dropped reports whether nobody waits for the call any more, which then has no
// effect.
func (x *call) dropped() bool {
	select {
	case <-x.done:
		x.answer(context.Canceled)
		return true
	default:
		return false
	}
}

// answer releases the call: with what was decided, or with err if it is not nil.
func (x *call) answer(err error) {
	if err != nil {
		x.acks, x.receipt, x.err = nil, Receipt{}, err
	}
	if x.reply != nil {
		x.reply <- struct{}{}
	}
}

// binds reports whether somebody acts on the answer: a host that is told that it was
// taken at its word starts, one that is refused gives up.
func (x *call) binds() bool {
	return x.refused() || slices.ContainsFunc(x.reports, func(r rollout.HostReport) bool { return len(r.Results) > 0 })
}

// refused reports whether what is answered says that something was not taken.
func (x *call) refused() bool {
	return x.err != nil || slices.ContainsFunc(x.receipt.Reasons, refuses) ||
		slices.ContainsFunc(x.acks, func(a rollout.Ack) bool { return !a.Taken })
}

// Receipt is the answer to a command that was taken: it is durable.
type Receipt struct {
	// First and Last are the positions of the entries that the command led to, both
	// inclusive; both are zero if it led to none.
	First, Last rollout.Position
	// Reasons are what was refused of it, row by row.
	Reasons []fettle.Reason
}

// do hands the call to the one that leads and waits until it is answered. If ctx
// ends first, it is unknown whether the call has taken effect; only with nil may
// the caller look at what it was answered.
func (c *Coordinator) do(ctx context.Context, x *call) error {
	x.done, x.reply = ctx.Done(), make(chan struct{}, 1)
	for handed := false; !handed; {
		turned, err := c.ready(ctx)
		if err != nil {
			return err
		}
		select {
		case c.calls <- x:
			handed = true
		case <-turned:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	select {
	case <-x.reply:
		return x.err
	case <-ctx.Done():
		return fmt.Errorf("coordinator: the call may or may not take effect: %w", ctx.Err())
	}
}

// ready returns once the coordinator leads, with the channel that is closed when
// that changes. It waits for Run, and while a state is being loaded; where
// another one leads, or Run has ended, it says so at once.
func (c *Coordinator) ready(ctx context.Context) (<-chan struct{}, error) {
	for {
		c.mu.RLock()
		p, turned, err := c.phase, c.turned, c.unready()
		c.mu.RUnlock()
		if err != nil || p == leading {
			return turned, err
		}
		select {
		case <-turned:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// unready returns why no call can be taken at present and waiting is of no use.
// The caller holds mu.
func (c *Coordinator) unready() error {
	switch c.phase {
	case stopped:
		if c.fault != nil {
			return fmt.Errorf("%w: %w", ErrStopped, c.fault)
		}
		return ErrStopped
	case following:
		holder, epoch := c.state.Holder()
		return &FollowerError{Holder: holder, Epoch: epoch}
	default:
		return nil
	}
}
