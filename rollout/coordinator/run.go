package coordinator

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"sync"
	"time"

	"github.com/fettle-dev/fettle/rollout"
)

// quiet is how long no Tick is decided after one that led to nothing although
// State.Next said that it could: time that passes in vain must not turn into a
// loop.
const quiet = time.Second

// Run loads the journal and leads, or follows, until ctx is done; then it returns
// nil. Calls that are in a batch by then get their answer; those that are not get
// ErrStopped. It returns an error if the journal cannot be read or written any
// more (after Options.Attempts tries), if it holds what this version does not
// know (rollout.ErrNewer) or what does not follow (rollout.ErrEntry), or ErrLost:
// the caller mends the journal and makes a new Coordinator. No goroutine that it
// started outlives it. Run is called once.
func (c *Coordinator) Run(ctx context.Context) error {
	c.mu.Lock()
	if c.phase != idle {
		c.mu.Unlock()
		return ErrRan
	}
	c.turn(loading)
	c.mu.Unlock()
	ctx, cancel := context.WithCancel(ctx)
	err := c.work(ctx)
	if ctx.Err() != nil {
		err = nil // it was told to end
	}
	cancel()
	c.mu.Lock()
	c.fault = err
	c.turn(stopped)
	c.settle()
	c.mu.Unlock()
	c.workers.Wait()
	if err != nil {
		c.log.Error("stopped", "err", err)
	} else {
		c.log.Info("stopped")
	}
	return err
}

func (c *Coordinator) work(ctx context.Context) error {
	if err := c.reload(ctx); err != nil {
		return err
	}
	standby := c.o.Standby
	for {
		var asked chan error
		if standby {
			var err error
			if asked, err = c.follow(ctx); err != nil {
				return err
			}
		}
		err := c.lead(ctx, asked)
		if !errors.Is(err, errSuperseded) {
			return err
		}
		c.o.Metrics.Failed("superseded")
		standby = true
	}
}

// TakeOver makes this coordinator the one that leads, and returns nil once that
// is durable, at once if it leads already. What the one before still says is
// void from then on. Who may call it is the embedder's to decide.
func (c *Coordinator) TakeOver(ctx context.Context) error {
	asked := make(chan error, 1)
	for {
		c.mu.RLock()
		p, turned, err := c.phase, c.turned, c.unready()
		c.mu.RUnlock()
		if p == stopped {
			return err
		}
		select {
		case c.takeovers <- asked:
			select {
			case err := <-asked:
				return err
			case <-ctx.Done():
				return ctx.Err()
			}
		case <-turned:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// lead takes over and works until ctx is done, somebody else takes over
// (errSuperseded), or the journal fails.
func (c *Coordinator) lead(ctx context.Context, asked chan error) error {
	appending, release := c.patient(ctx)
	defer release()
	err := c.takeOver(appending)
	if asked != nil {
		asked <- err
	}
	if err != nil {
		return err
	}
	c.mu.Lock()
	c.turn(leading)
	c.mu.Unlock()
	c.log.Info("leading", "epoch", c.epoch, "entries", uint64(c.durable))
	inner, cancel := context.WithCancel(ctx)
	stopped := c.startWorkers(inner)
	err = c.turns(ctx, appending)
	cancel()
	stopped()
	return err
}

// takeOver appends the event that makes this coordinator the one that leads.
func (c *Coordinator) takeOver(ctx context.Context) error {
	for attempt := 1; ; attempt++ {
		_, epoch := c.state.Holder()
		c.epoch = epoch + 1
		x := &call{command: rollout.TakeOver{Epoch: c.epoch, Holder: c.region.Holder}}
		calls := []*call{x}
		if c.durable == 0 {
			calls = []*call{{command: rollout.Configure{Config: c.region.Config, By: c.region.Holder}}, x}
		}
		b, _, err := c.decide(calls)
		if err == nil {
			err = c.append(ctx, b)
		}
		if err == nil {
			if x.err == nil {
				c.release(b)
			}
			return x.err
		}
		c.failed("append", err, "event", "take-over", "try", attempt)
		if err := c.reload(ctx); err != nil {
			return err
		}
		if c.superseded() == nil { // it was written, and then something failed
			return nil
		}
		if attempt == c.o.Attempts {
			return fmt.Errorf("coordinator: taking over as epoch %d: %w", c.epoch, err)
		}
	}
}

// superseded returns errSuperseded if the state says that somebody else leads.
func (c *Coordinator) superseded() error {
	if holder, epoch := c.state.Holder(); holder != c.region.Holder || epoch != c.epoch {
		return errSuperseded
	}
	return nil
}

// turns is the work of the one that leads: one batch after the other.
func (c *Coordinator) turns(ctx, appending context.Context) (err error) {
	timer := time.NewTimer(0)
	defer timer.Stop()
	var calls []*call
	defer func() { // every call that was taken gets an answer
		for _, x := range calls {
			x.answer(c.farewell(err))
		}
	}()
	for {
		calls = calls[:0]
		c.arm(timer)
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-timer.C:
		case x := <-c.calls:
			calls = append(calls, x)
		case asked := <-c.takeovers:
			asked <- nil
			continue
		case after := <-c.grown:
			if err := c.look(ctx, after); err != nil {
				return err
			}
			continue
		}
		for calls = c.gather(calls); ; {
			tick := c.tick()
			if tick != nil {
				calls = slices.Insert(calls, 0, tick)
			}
			if len(calls) == 0 {
				break
			}
			if calls, err = c.commit(appending, calls); err != nil {
				return err
			}
			if tick != nil && tick.receipt.Last > 0 {
				c.tickAfter = time.Time{} // it did something, and more may be due
			}
		}
		c.checkpoint(appending)
	}
}

// farewell returns what a call is told that has no answer when the lead ends.
func (c *Coordinator) farewell(err error) error {
	if errors.Is(err, errSuperseded) {
		holder, epoch := c.state.Holder()
		return &FollowerError{Holder: holder, Epoch: epoch}
	}
	return fmt.Errorf("%w: %w", ErrStopped, err)
}

// gather takes what waits, and lets others run until no more comes: callers that
// were just answered have their next calls ready in no time, and a sync for a
// few of them costs as much as one for all.
func (c *Coordinator) gather(calls []*call) []*call {
	for idle := 0; idle < 2 && len(calls) < c.o.MaxCalls; {
		select {
		case x := <-c.calls:
			if !x.dropped() {
				calls = append(calls, x)
			}
			idle = 0
		default:
			idle++
			runtime.Gosched()
		}
	}
	return calls
}

// arm sets the timer to the instant of the next tick.
func (c *Coordinator) arm(timer *time.Timer) {
	next := c.state.Next()
	if next.IsZero() {
		timer.Stop()
		return
	}
	if next.Before(c.tickAfter) {
		next = c.tickAfter
	}
	timer.Reset(time.Until(next))
}

// tick returns a call that ticks if it is time, else nil.
func (c *Coordinator) tick() *call {
	now, next := time.Now(), c.state.Next()
	if next.IsZero() || next.After(now) || now.Before(c.tickAfter) {
		return nil
	}
	c.tickAfter = now.Add(quiet)
	return &call{command: rollout.Tick{}}
}

// look loads again if there is an entry after a position that this coordinator
// has not appended.
func (c *Coordinator) look(ctx context.Context, after rollout.Position) error {
	if c.durable > after {
		return nil // its own
	}
	found, err := c.journal.Read(ctx, c.durable, 1)
	if err == nil && len(found) == 0 || err != nil && !final(err) {
		return nil // the next Append finds out
	}
	if err := c.reload(ctx); err != nil {
		return err
	}
	return c.superseded()
}

// startWorkers starts what runs beside the turns, and returns what waits for
// its end.
func (c *Coordinator) startWorkers(ctx context.Context) (wait func()) {
	var group sync.WaitGroup
	group.Go(func() { c.watchGrowth(ctx) })
	group.Go(func() { c.hint(ctx) })
	for _, s := range c.sinks {
		group.Go(func() { c.sink(ctx, s) })
	}
	return group.Wait
}

// watchGrowth tells the turns when the journal grows: it may be by another's
// hand.
func (c *Coordinator) watchGrowth(ctx context.Context) {
	for ctx.Err() == nil {
		c.mu.RLock()
		after := c.durable
		c.mu.RUnlock()
		if err := c.await(ctx, after); err != nil {
			wait(ctx, c.o.FollowEvery)
			continue
		}
		select {
		case c.grown <- after:
		case <-ctx.Done():
		}
	}
}

// patient returns a context that outlives ctx by Options.EndWithin, for what is
// under way when ctx ends, and what releases it.
func (c *Coordinator) patient(ctx context.Context) (context.Context, func()) {
	out, cancel := context.WithCancel(context.WithoutCancel(ctx))
	c.workers.Go(func() {
		select {
		case <-ctx.Done():
			wait(out, c.o.EndWithin)
			cancel()
		case <-out.Done():
		}
	})
	return out, cancel
}

// failed counts and tells of something that did not go as it should.
func (c *Coordinator) failed(what string, err error, args ...any) {
	c.o.Metrics.Failed(what)
	c.log.Warn(what+" failed", append(args, "err", err)...)
}
