package sim

import (
	"context"
	"errors"
	"fmt"

	"github.com/fettle-dev/fettle/rollout"
)

// errDisk is what a failed write or fsync returns: it is unknown what is kept.
var errDisk = errors.New("sim: the disk failed")

// fault is what happens to one Append.
type fault int

const (
	noFault     fault = iota
	shortWrite        // a part is written, and cut at the next opening
	unknownSync       // all is written, fsync fails, and the next opening finds it
	lostSync          // fsync fails, and the next opening finds nothing
)

// journal keeps entries in memory and fails when it is told to. After a failure
// it refuses everything until it is opened again, as a file would.
type journal struct {
	entries [][]byte
	next    fault
	broken  bool
	drop    bool                         // acknowledges without keeping: a Break
	spoil   func(n int, e []byte) []byte // keeps something else than it was given: a Break
}

var _ rollout.Journal = (*journal)(nil)

func (j *journal) open() { j.broken = false }

// Append implements rollout.Journal.
func (j *journal) Append(_ context.Context, after rollout.Position, batch [][]byte) error {
	if j.broken {
		return errDisk
	}
	if int(after) != len(j.entries) {
		return fmt.Errorf("sim: append after %d of %d: %w", after, len(j.entries), rollout.ErrConflict)
	}
	if err := rollout.CheckBatch(batch); err != nil {
		return err
	}
	f := j.next
	j.next = noFault
	if f != shortWrite && f != lostSync && !j.drop {
		for _, entry := range batch {
			kept := append([]byte(nil), entry...)
			if j.spoil != nil {
				kept = j.spoil(len(j.entries), kept)
			}
			j.entries = append(j.entries, kept)
		}
	}
	if f != noFault {
		j.broken = true
		return errDisk
	}
	return nil
}

// Read implements rollout.JournalReader.
func (j *journal) Read(_ context.Context, after rollout.Position, limit int) ([][]byte, error) {
	switch {
	case int(after) > len(j.entries):
		return nil, rollout.ErrBeyond
	case limit < 1:
		return nil, errors.New("sim: want a limit of at least 1")
	}
	found := j.entries[after:]
	found = found[:min(limit, len(found))]
	page := make([][]byte, len(found))
	for i, entry := range found {
		page[i] = append([]byte(nil), entry...)
	}
	return page, nil
}
