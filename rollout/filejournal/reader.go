package filejournal

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"sync"
	"time"

	"github.com/fettle-dev/fettle/rollout"
)

// ReaderOptions are what OpenReader can be told. Nil and the zero value are the
// defaults.
type ReaderOptions struct {
	// Poll is how often Await looks for new entries. 0 means 50 ms.
	Poll time.Duration
}

const defaultPoll = 50 * time.Millisecond

// Reader reads along in the folder of a journal that another process of the
// same machine has open, or that nobody has. It shows what is acknowledged or
// about to be, takes no lock and changes nothing. Safe for concurrent use.
type Reader struct {
	fs   fileSystem
	poll time.Duration

	mu       sync.Mutex
	mark     file
	segments []*segment // ascending, as the folder was last seen
	closed   bool
}

var (
	_ rollout.JournalReader = (*Reader)(nil)
	_ rollout.Follower      = (*Reader)(nil)
)

// OpenReader opens the journal in dir for reading. It is an error if dir holds
// no journal. Nothing is checked before it is read.
func OpenReader(dir string, o *ReaderOptions) (*Reader, error) {
	if o == nil {
		o = &ReaderOptions{}
	}
	if o.Poll < 0 {
		return nil, fmt.Errorf("filejournal: option Poll %v: want 0 or more", o.Poll)
	}
	r := &Reader{fs: folder(dir), poll: o.Poll}
	if r.poll == 0 {
		r.poll = defaultPoll
	}
	var err error
	if r.mark, err = r.fs.view(syncedName); err != nil {
		return nil, fmt.Errorf("filejournal: no journal to read: %w", err)
	}
	return r, nil
}

// end returns the position up to which entries are known to be on disk. The
// caller holds mu.
func (r *Reader) end() (rollout.Position, error) {
	if r.closed {
		return 0, ErrClosed
	}
	m := syncedMark{file: r.mark}
	at, whole, err := m.read()
	if err == nil && !whole {
		err = damaged(syncedName, 0, "no slot is whole; a writer has to open the folder first")
	}
	return at, err
}

// Read implements rollout.JournalReader.
func (r *Reader) Read(ctx context.Context, after rollout.Position, limit int) ([][]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if limit < 1 {
		return nil, fmt.Errorf("filejournal: read limit %d: want at least 1", limit)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	end, err := r.end()
	if err != nil {
		return nil, err
	}
	if after < end {
		if err := r.reach(after+1, end); err != nil {
			return nil, err
		}
	}
	if len(r.segments) == 0 {
		if err := r.refresh(); err != nil {
			return nil, err
		}
	}
	return readFrom(r.segments, after, end, limit)
}

// reach sees to it that the segment that holds entry is open and its frames are
// known up to there, looking at the folder again if need be.
func (r *Reader) reach(entry, end rollout.Position) error {
	for fresh := false; ; fresh = true {
		if fresh {
			if err := r.refresh(); err != nil {
				return err
			}
		}
		i := len(r.segments) - 1
		for i >= 0 && r.segments[i].first > entry {
			i--
		}
		if i < 0 {
			if fresh {
				return nil // it is compacted
			}
			continue
		}
		s := r.segments[i]
		rule, err := s.extend(end)
		switch {
		case err != nil:
			return err
		case s.end().first > entry:
			return nil
		case rule != "":
			return damaged(s.name, s.end().offset, "%s", rule)
		case fresh:
			return damaged(s.name, s.end().offset, "the file ends; entries up to %d were on disk", end)
		}
	}
}

// extend notes the frames up to entry until, or to the end of the file.
func (s *segment) extend(until rollout.Position) (rule string, err error) {
	if s.end().first > until {
		return "", nil
	}
	size, err := s.file.size()
	if err != nil {
		return "", err
	}
	in := scanner{file: s.file, at: s.end().offset, end: size, reuse: true}
	_, rule, err = s.scan(&in, 0, until)
	return rule, err
}

// refresh opens the segments that are in the folder now.
func (r *Reader) refresh() error {
	c, err := look(r.fs)
	if err != nil {
		return err
	}
	r.drop()
	for _, first := range c.segments {
		f, err := r.fs.view(segmentName(first))
		if errors.Is(err, fs.ErrNotExist) { // compacted since; those before it are too
			r.drop()
			continue
		}
		if err != nil {
			return err
		}
		s, err := openSegment(f, segmentName(first), first)
		if err != nil {
			_ = f.Close()
			return err
		}
		r.segments = append(r.segments, s)
	}
	if len(r.segments) == 0 {
		return damaged(segmentName(1), 0, "there is no segment")
	}
	return nil
}

func (r *Reader) drop() {
	for _, s := range r.segments {
		_ = s.file.Close()
	}
	r.segments = nil
}

// Load returns the checkpoint that is kept; the zero Checkpoint if there is
// none.
func (r *Reader) Load(ctx context.Context) (rollout.Checkpoint, error) {
	for {
		if err := ctx.Err(); err != nil {
			return rollout.Checkpoint{}, err
		}
		r.mu.Lock()
		closed := r.closed
		r.mu.Unlock()
		if closed {
			return rollout.Checkpoint{}, ErrClosed
		}
		c, err := look(r.fs)
		if err != nil || len(c.checkpoints) == 0 {
			return rollout.Checkpoint{}, err
		}
		kept, state, err := readCheckpoint(r.fs, slices.Max(c.checkpoints))
		if errors.Is(err, fs.ErrNotExist) {
			continue // replaced since
		}
		if err != nil {
			return rollout.Checkpoint{}, err
		}
		return rollout.Checkpoint{At: kept.at, State: state}, nil
	}
}

// Await implements rollout.Follower.
func (r *Reader) Await(ctx context.Context, after rollout.Position) error {
	tick := time.NewTicker(r.poll) //nolint:forbidigo // another process cannot wake this one
	defer tick.Stop()
	for {
		r.mu.Lock()
		end, err := r.end()
		r.mu.Unlock()
		switch {
		case err != nil:
			return err
		case end > after:
			return nil
		case end < after:
			return fmt.Errorf("filejournal: await after %d, the journal ends at %d: %w", after, end, rollout.ErrBeyond)
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Close closes the files. Later calls return ErrClosed, except Close.
func (r *Reader) Close() error {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed {
		return nil
	}
	r.closed = true
	r.drop()
	return r.mark.Close()
}
