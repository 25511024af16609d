package filejournal

import (
	"context"
	"fmt"
	"slices"

	"github.com/fettle-dev/fettle/rollout"
)

// group is the appends that share one write and one sync.
type group struct {
	buf   []byte
	sizes []sized // its frames
	done  chan struct{}
	err   error // valid once done is closed
}

// sized is a frame of a group: its last entry and how long it is.
type sized struct {
	last rollout.Position
	size int
}

const maxSpare = 1 << 20 // a larger buffer is not kept for the next group

// Append implements rollout.Journal.
func (j *Journal) Append(ctx context.Context, after rollout.Position, batch [][]byte) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := rollout.CheckBatch(batch); err != nil {
		return err
	}
	g, conflict := j.accept(after, batch)
	if g != nil {
		if err := j.settled(ctx, g); err != nil {
			return err
		}
	}
	return conflict
}

// accept puts the batch into the pending group and returns that. If the journal
// does not end at after, it returns the conflict and the group that holds what
// is in the way, if that is not on disk yet.
func (j *Journal) accept(after rollout.Position, batch [][]byte) (*group, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.err != nil {
		return nil, j.err
	}
	if after != j.accepted {
		return j.unsettled(), fmt.Errorf("filejournal: append after %d, the journal ends at %d: %w",
			after, j.accepted, rollout.ErrConflict)
	}
	if len(batch) == 0 {
		return j.unsettled(), nil
	}
	if j.pending == nil {
		j.pending = &group{buf: j.spare[:0], done: make(chan struct{})}
		j.spare = nil
	}
	g := j.pending
	start := len(g.buf)
	g.buf = appendFrame(g.buf, j.accepted+1, j.durable, batch)
	j.accepted += rollout.Position(len(batch))
	g.sizes = append(g.sizes, sized{j.accepted, len(g.buf) - start})
	return g, nil
}

// unsettled returns the last group that is not on disk; nil if all are. The
// caller holds mu.
func (j *Journal) unsettled() *group {
	if j.pending != nil {
		return j.pending
	}
	return j.writing
}

// settled returns once g is on disk or has failed. Whoever gets the turn while
// waiting writes the group that is pending then.
func (j *Journal) settled(ctx context.Context, g *group) error {
	for {
		select {
		case <-g.done:
			return g.err
		default:
		}
		select {
		case <-g.done:
			return g.err
		case <-ctx.Done():
			return fmt.Errorf("filejournal: the append may or may not take effect: %w", ctx.Err())
		case j.turn <- struct{}{}:
			_ = j.flush() // g's own error is what counts
			<-j.turn
		}
	}
}

// flush writes the pending group, if there is one, and wakes those who wait for
// it. The caller has the turn.
func (j *Journal) flush() error {
	j.mu.Lock()
	g := j.pending
	if g == nil {
		j.mu.Unlock()
		return nil
	}
	j.pending, j.writing = nil, g
	err, active := j.err, j.segments[len(j.segments)-1]
	j.mu.Unlock()
	if err == nil {
		if err = j.write(active, g); err != nil {
			err = j.fail(err)
		}
	}
	j.mu.Lock()
	j.writing = nil
	if err == nil {
		j.durable = g.sizes[len(g.sizes)-1].last
		j.wake()
		if cap(g.buf) <= maxSpare {
			j.spare = g.buf
		}
	}
	g.buf, g.err = nil, err
	j.mu.Unlock()
	close(g.done)
	if err == nil && active.end().offset >= j.segmentSize {
		return j.rotate()
	}
	return err
}

// write puts the group on disk at the end of the active segment and notes that
// it is there.
func (j *Journal) write(active *segment, g *group) error {
	if _, err := active.file.WriteAt(g.buf, active.end().offset); err != nil {
		return err
	}
	if err := active.file.Sync(); err != nil {
		return err
	}
	if err := j.mark.write(g.sizes[len(g.sizes)-1].last); err != nil {
		return err
	}
	for _, f := range g.sizes {
		active.add(f.last, f.size)
	}
	return nil
}

// rotate begins a new segment. All before it are on disk. The caller has the
// turn.
func (j *Journal) rotate() error {
	j.mu.Lock()
	first := j.durable + 1
	j.mu.Unlock()
	s, err := createSegment(j.fs, first)
	if err != nil {
		return j.fail(err)
	}
	j.mu.Lock()
	j.segments = append(slices.Clip(j.segments), s)
	j.mu.Unlock()
	return nil
}
