// Package memjournal is the reference implementation of rollout.Journal: plain
// slices behind one lock. It is for tests, simulations and forecasts; what it
// holds lasts as long as the value.
package memjournal

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/fettle-dev/fettle/rollout"
)

// Journal is a journal in memory, with every optional ability. The zero value
// is an empty journal that is ready to use. Safe for concurrent use; a Journal
// must not be copied.
type Journal struct {
	mu         sync.Mutex
	released   rollout.Position // entries up to and including it are forgotten
	entries    [][]byte         // entries[i] is at position released+1+i
	checkpoint rollout.Checkpoint
	grown      chan struct{} // closed by the next Append; nil if nobody waits
}

var (
	_ rollout.Journal      = (*Journal)(nil)
	_ rollout.Checkpointer = (*Journal)(nil)
	_ rollout.Follower     = (*Journal)(nil)
)

func (j *Journal) end() rollout.Position {
	return j.released + rollout.Position(len(j.entries))
}

// Append implements rollout.Journal.
func (j *Journal) Append(ctx context.Context, after rollout.Position, batch [][]byte) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := rollout.CheckBatch(batch); err != nil {
		return err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	if end := j.end(); after != end {
		return fmt.Errorf("memjournal: append after %d, the journal ends at %d: %w", after, end, rollout.ErrConflict)
	}
	for _, entry := range batch {
		j.entries = append(j.entries, slices.Clone(entry))
	}
	if len(batch) > 0 && j.grown != nil {
		close(j.grown)
		j.grown = nil
	}
	return nil
}

// Read implements rollout.JournalReader. It returns limit entries if there are
// as many.
func (j *Journal) Read(ctx context.Context, after rollout.Position, limit int) ([][]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if limit < 1 {
		return nil, fmt.Errorf("memjournal: read limit %d: want at least 1", limit)
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	switch {
	case after < j.released:
		return nil, fmt.Errorf("memjournal: read after %d, kept from %d: %w", after, j.released+1, rollout.ErrCompacted)
	case after > j.end():
		return nil, fmt.Errorf("memjournal: read after %d, the journal ends at %d: %w", after, j.end(), rollout.ErrBeyond)
	}
	found := j.entries[after-j.released:]
	found = found[:min(limit, len(found))]
	page := make([][]byte, len(found))
	for i, entry := range found {
		page[i] = slices.Clone(entry)
	}
	return page, nil
}

// Save implements rollout.Checkpointer. Released entries are forgotten at once.
func (j *Journal) Save(ctx context.Context, c rollout.Checkpoint, release rollout.Position) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	switch {
	case release > c.At:
		return fmt.Errorf("memjournal: checkpoint at %d cannot release up to %d", c.At, release)
	case c.At > j.end():
		return fmt.Errorf("memjournal: checkpoint at %d, the journal ends at %d: %w", c.At, j.end(), rollout.ErrBeyond)
	case c.At < j.checkpoint.At:
		return fmt.Errorf("memjournal: checkpoint at %d, kept is %d: %w", c.At, j.checkpoint.At, rollout.ErrConflict)
	}
	j.checkpoint = rollout.Checkpoint{At: c.At, State: slices.Clone(c.State)}
	if release > j.released {
		j.entries = slices.Clone(j.entries[release-j.released:])
		j.released = release
	}
	return nil
}

// Load implements rollout.Checkpointer.
func (j *Journal) Load(ctx context.Context) (rollout.Checkpoint, error) {
	if err := ctx.Err(); err != nil {
		return rollout.Checkpoint{}, err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	return rollout.Checkpoint{At: j.checkpoint.At, State: slices.Clone(j.checkpoint.State)}, nil
}

// Await implements rollout.Follower.
func (j *Journal) Await(ctx context.Context, after rollout.Position) error {
	for {
		j.mu.Lock()
		end := j.end()
		if j.grown == nil {
			j.grown = make(chan struct{})
		}
		grown := j.grown
		j.mu.Unlock()
		switch {
		case end > after:
			return nil
		case end < after:
			return fmt.Errorf("memjournal: await after %d, the journal ends at %d: %w", after, end, rollout.ErrBeyond)
		}
		select {
		case <-grown:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
