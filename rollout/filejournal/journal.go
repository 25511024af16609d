package filejournal

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"sync"

	"github.com/fettle-dev/fettle/rollout"
)

// Options are what Open can be told. Nil and the zero value are the defaults.
type Options struct {
	// SegmentSize is the size, in bytes, from which on a new segment file is
	// begun. Released entries are forgotten a segment at a time. 0 means 64 MiB.
	SegmentSize int64
}

const defaultSegmentSize = 64 << 20

// Journal is a rollout.Journal in a folder, with every optional ability. It is
// the folder's only writer. Safe for concurrent use.
//
// Cancellation of an Append is honoured before the batch is accepted and while
// another caller's sync is in progress; the caller whose turn it is to sync
// waits for the disk.
type Journal struct {
	fs          fileSystem
	segmentSize int64
	lock        io.Closer
	mark        *syncedMark
	recovery    Recovery

	turn    chan struct{} // holds one value while a caller writes and syncs
	saving  sync.Mutex    // held while the checkpoint file is replaced or read
	reading sync.RWMutex  // held for reading while segment files are read

	mu         sync.Mutex
	err        error            // why nothing goes any more
	accepted   rollout.Position // the last entry in pending, or durable
	durable    rollout.Position // the last entry on disk
	pending    *group           // appends that wait for a sync; nil if none do
	writing    *group           // the group that is being written; nil if none is
	spare      []byte           // a buffer for the next group
	segments   []*segment       // ascending; the last one grows
	checkpoint keptCheckpoint
	grown      chan struct{} // closed when durable grows or err is set; nil if nobody waits
}

var (
	_ rollout.Journal      = (*Journal)(nil)
	_ rollout.Checkpointer = (*Journal)(nil)
	_ rollout.Follower     = (*Journal)(nil)
)

// Open opens the journal in dir for writing, and makes dir and an empty journal
// if there is none. It reads and checks everything in the folder. The errors
// are ErrLocked, a *DamageError, and those of the file system.
func Open(dir string, o *Options) (*Journal, error) {
	if o == nil {
		o = &Options{}
	}
	if err := makeFolder(dir); err != nil {
		return nil, fmt.Errorf("filejournal: %w", err)
	}
	return openIn(folder(dir), *o)
}

func openIn(fs fileSystem, o Options) (*Journal, error) {
	if o.SegmentSize < 0 {
		return nil, fmt.Errorf("filejournal: option SegmentSize %d: want 0 or more", o.SegmentSize)
	}
	if o.SegmentSize == 0 {
		o.SegmentSize = defaultSegmentSize
	}
	lock, err := fs.lock()
	if err != nil {
		return nil, fmt.Errorf("filejournal: %w", err)
	}
	f, err := recoverFolder(fs)
	if err != nil {
		_ = lock.Close()
		return nil, fmt.Errorf("filejournal: open: %w", err)
	}
	return &Journal{
		fs:          fs,
		segmentSize: o.SegmentSize,
		lock:        lock,
		mark:        f.mark,
		recovery:    f.recovery,
		turn:        make(chan struct{}, 1),
		accepted:    f.recovery.End,
		durable:     f.recovery.End,
		segments:    f.segments,
		checkpoint:  f.checkpoint,
	}, nil
}

// Recovery returns what Open found.
func (j *Journal) Recovery() Recovery { return j.recovery }

// fail makes the journal refuse everything from now on and returns the error
// that it refuses with.
func (j *Journal) fail(cause error) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.err == nil {
		j.err = fmt.Errorf("%w: %w", ErrFailed, cause)
	}
	j.wake()
	return j.err
}

// wake wakes those who wait in Await. The caller holds mu.
func (j *Journal) wake() {
	if j.grown != nil {
		close(j.grown)
		j.grown = nil
	}
}

// Read implements rollout.JournalReader. Every frame's checksum is checked
// again; a frame that no longer matches is a *DamageError.
func (j *Journal) Read(ctx context.Context, after rollout.Position, limit int) ([][]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if limit < 1 {
		return nil, fmt.Errorf("filejournal: read limit %d: want at least 1", limit)
	}
	j.reading.RLock()
	defer j.reading.RUnlock()
	j.mu.Lock()
	err, end, segments := j.err, j.durable, j.segments
	j.mu.Unlock()
	if err != nil {
		return nil, err
	}
	return readFrom(segments, after, end, limit)
}

// readFrom reads entries after position after from the segment that holds them.
func readFrom(segments []*segment, after, end rollout.Position, limit int) ([][]byte, error) {
	switch first := segments[0].first; {
	case after > end:
		return nil, fmt.Errorf("filejournal: read after %d, the journal ends at %d: %w", after, end, rollout.ErrBeyond)
	case after+1 < first:
		return nil, fmt.Errorf("filejournal: read after %d, kept from %d: %w", after, first, rollout.ErrCompacted)
	case after == end:
		return nil, nil
	}
	i, exact := slices.BinarySearchFunc(segments, after+1, func(s *segment, at rollout.Position) int {
		return cmp.Compare(s.first, at)
	})
	if !exact {
		i--
	}
	return segments[i].read(after, int(min(uint64(limit), uint64(end-after))))
}

// Await implements rollout.Follower.
func (j *Journal) Await(ctx context.Context, after rollout.Position) error {
	for {
		j.mu.Lock()
		if j.grown == nil {
			j.grown = make(chan struct{})
		}
		err, end, grown := j.err, j.durable, j.grown
		j.mu.Unlock()
		switch {
		case err != nil:
			return err
		case end > after:
			return nil
		case end < after:
			return fmt.Errorf("filejournal: await after %d, the journal ends at %d: %w", after, end, rollout.ErrBeyond)
		}
		select {
		case <-grown:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Close ends what waits, closes the files and gives the folder free. Appends
// that were accepted are written first. Later calls return ErrClosed, except
// Close, which then returns nil.
func (j *Journal) Close() error {
	j.saving.Lock()
	defer j.saving.Unlock()
	j.turn <- struct{}{}
	defer func() { <-j.turn }()
	err := j.flush()
	j.mu.Lock()
	if errors.Is(j.err, ErrClosed) {
		j.mu.Unlock()
		return nil
	}
	if j.err == nil {
		err = j.mark.file.Sync() // a clean end is known to be one
	}
	j.err = ErrClosed
	j.wake()
	segments := j.segments
	j.mu.Unlock()
	j.reading.Lock() // until nobody reads
	defer j.reading.Unlock()
	errs := []error{err, j.mark.file.Close()}
	for _, s := range segments {
		errs = append(errs, s.file.Close())
	}
	if err := errors.Join(append(errs, j.lock.Close())...); err != nil {
		return fmt.Errorf("filejournal: close: %w", err)
	}
	return nil
}
