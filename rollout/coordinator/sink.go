package coordinator

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/fettle-dev/fettle/rollout"
)

const (
	// sinkPage is the most records in one Emit.
	sinkPage = 256
	// sinkBytes is the size, in bytes, from which on an Emit takes no more records.
	sinkBytes = 1 << 20
)

// EventSink gets the entries of the journal: an archive, a search index, a chat
// channel, a SIEM.
//
// Resume returns the position of the last entry that the sink has; 0 if it has
// none. Emit hands over the records that follow, in order and without holes, as
// many as fit (at most 256); when it returns nil, the sink has them for good, and
// the journal may forget them. After an error the same records are emitted
// again, perhaps with others, as they are after a crash: a sink gets every entry
// at least once, and tells a repetition by its position. Only entries that are
// durable are emitted.
//
// The two are called by one goroutine at a time, and honour ctx. A sink that is
// slow or fails delays nobody but itself, and keeps the journal from forgetting.
// An error that wraps *RetryError says when to try again; otherwise the wait
// doubles from Options.Backoff to a minute.
type EventSink interface {
	Resume(ctx context.Context) (rollout.Position, error)
	Emit(ctx context.Context, records []rollout.Record) error
}

// Sink is an EventSink under a name of its own, which logs and metrics use.
type Sink struct {
	Name string
	EventSink
}

// SinkStatus is how far a sink is.
type SinkStatus struct {
	Name string           `json:"name"`
	At   rollout.Position `json:"at"`            // the last entry that it has
	Err  string           `json:"err,omitempty"` // of its last try; "" if that went well
	// Stopped: it cannot go on, because entries that it lacks are forgotten or it
	// has more than the journal. People mend it; the next take-over tries again.
	Stopped bool `json:"stopped,omitempty"`
}

// sinkRun is a sink and how far it is.
type sinkRun struct {
	Sink

	mu      sync.Mutex
	resumed bool // at is known
	status  SinkStatus
}

func (s *sinkRun) set(change func(*SinkStatus)) {
	s.mu.Lock()
	change(&s.status)
	s.mu.Unlock()
}

// Sinks returns how far each sink is, in the order of Options.Sinks. On a
// standby it is how far this coordinator has seen it.
func (c *Coordinator) Sinks() []SinkStatus {
	var all []SinkStatus
	for _, s := range c.sinks {
		s.mu.Lock()
		status := s.status
		s.mu.Unlock()
		status.Name = s.Name
		all = append(all, status)
	}
	return all
}

// slowest returns the position up to which every sink has all entries, at most
// at.
func (c *Coordinator) slowest(at rollout.Position) rollout.Position {
	for _, s := range c.sinks {
		s.mu.Lock()
		if !s.resumed {
			at = 0
		}
		at = min(at, s.status.At)
		s.mu.Unlock()
	}
	return at
}

// sink feeds one sink until ctx is done or the sink cannot go on.
func (c *Coordinator) sink(ctx context.Context, s *sinkRun) {
	s.set(func(*SinkStatus) { s.resumed = false }) // another one may have led since
	for failures := 0; ctx.Err() == nil; {
		err := c.feed(ctx, s)
		switch {
		case ctx.Err() != nil:
			return
		case err == nil:
			failures = 0
			s.set(func(st *SinkStatus) { st.Err = "" })
			continue
		}
		stopped := errors.Is(err, rollout.ErrCompacted) || errors.Is(err, rollout.ErrBeyond)
		s.set(func(st *SinkStatus) { st.Err, st.Stopped = err.Error(), stopped })
		failures++
		c.failed("sink "+s.Name, err, "try", failures, "stopped", stopped)
		if stopped {
			return
		}
		pause := backoff(c.o.Backoff, failures)
		if later := (*RetryError)(nil); errors.As(err, &later) {
			pause = min(max(later.Wait, 0), maxBackoff)
		}
		wait(ctx, pause)
	}
}

// feed hands a sink what it lacks, one page; it waits while there is nothing.
func (c *Coordinator) feed(ctx context.Context, s *sinkRun) error {
	if !s.resumed {
		at, err := s.Resume(ctx)
		if err != nil {
			return fmt.Errorf("coordinator: sink %s: resume: %w", s.Name, err)
		}
		s.set(func(st *SinkStatus) { s.resumed, st.At, st.Stopped = true, at, false })
	}
	at := s.status.At // nobody else writes it
	if err := c.grownPast(ctx, at); err != nil {
		return err
	}
	page, err := c.journal.Read(ctx, at, sinkPage)
	if err != nil {
		return fmt.Errorf("coordinator: sink %s: reading after entry %d: %w", s.Name, at, err)
	}
	var records []rollout.Record
	for size := 0; len(records) < len(page) && size < sinkBytes; {
		data := page[len(records)]
		records = append(records, rollout.Record{Position: at + 1 + rollout.Position(len(records)), Data: data})
		size += len(data)
	}
	if len(records) == 0 {
		return nil
	}
	if err := s.Emit(ctx, records); err != nil {
		return fmt.Errorf("coordinator: sink %s: entries %d to %d: %w", s.Name, at+1, at+rollout.Position(len(records)), err)
	}
	at = records[len(records)-1].Position
	s.set(func(st *SinkStatus) { st.At = at })
	c.mu.RLock()
	end := c.durable
	c.mu.RUnlock()
	c.o.Metrics.Sunk(s.Name, at, end)
	return nil
}
