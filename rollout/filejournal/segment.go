package filejournal

import (
	"cmp"
	"errors"
	"io"
	"slices"
	"sync"

	"github.com/fettle-dev/fettle/rollout"
)

const (
	indexStep = 64 << 10  // bytes between two places that are remembered
	chunkSize = 256 << 10 // bytes that a read takes from a segment at once
)

// place is where the frame that starts with entry first begins.
type place struct {
	first  rollout.Position
	offset int64
}

// segment is one log file: frames whose entries follow each other.
type segment struct {
	name  string
	first rollout.Position // of the entry it starts with, also while it has none
	file  file

	mu    sync.Mutex
	next  place   // behind the last frame that is known
	index []place // ascending, about indexStep apart
	hint  place   // where the last read stopped
}

// newSegment describes a segment of which no frame is known yet.
func newSegment(f file, name string, first rollout.Position) *segment {
	start := place{first, segmentHead}
	return &segment{name: name, first: first, file: f, next: start, index: []place{start}, hint: start}
}

// openSegment checks the header of a segment file.
func openSegment(f file, name string, first rollout.Position) (*segment, error) {
	head := make([]byte, segmentHead)
	if n, err := f.ReadAt(head, 0); err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	} else if n < segmentHead {
		return nil, damaged(name, int64(n), "the file ends within its header")
	}
	if !slices.Equal(head, segmentHeader(first)) {
		return nil, damaged(name, 0, "this is not the header of the segment from entry %d on", first)
	}
	return newSegment(f, name, first), nil
}

// add notes a frame at the end of the segment.
func (s *segment) add(last rollout.Position, size int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.next.offset-s.index[len(s.index)-1].offset >= indexStep {
		s.index = append(s.index, s.next)
	}
	s.next = place{last + 1, s.next.offset + int64(size)}
}

// end returns the place behind the last frame that is known.
func (s *segment) end() place {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.next
}

// before returns the last remembered place at or before the entry.
func (s *segment) before(entry rollout.Position) place {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.hint.first == entry {
		return s.hint
	}
	i, exact := slices.BinarySearchFunc(s.index, entry, func(p place, entry rollout.Position) int {
		return cmp.Compare(p.first, entry)
	})
	if !exact {
		i--
	}
	return s.index[i]
}

func (s *segment) remember(p place) {
	s.mu.Lock()
	s.hint = p
	s.mu.Unlock()
}

// read returns entries after position after, which is in the segment and before
// its end: at most limit, and no more than one chunk or one frame holds.
func (s *segment) read(after rollout.Position, limit int) ([][]byte, error) {
	at, end := s.before(after+1), s.end()
	in := scanner{file: s.file, at: at.offset, end: end.offset}
	var page [][]byte
	for len(page) < limit && in.at < end.offset && (len(page) == 0 || in.ready()) {
		f, size, rule, err := in.next()
		if err != nil {
			return nil, err
		}
		if rule == "" && f.first != at.first {
			rule = "the frame does not start with the entry that is next"
		}
		if rule != "" {
			return nil, damaged(s.name, at.offset, "%s", rule)
		}
		if f.last() > after {
			page = f.entries(page, int(max(after+1, f.first)-f.first), limit)
			if after+rollout.Position(len(page)) < f.last() {
				break // the next read starts within this frame
			}
		}
		at = place{f.last() + 1, at.offset + int64(size)}
	}
	s.remember(at)
	return trimmed(page, in.buffered()), nil
}

// trimmed returns page, as copies if the entries are but a small part of the
// memory that they are views into.
func trimmed(page [][]byte, memory int) [][]byte {
	size := 0
	for _, entry := range page {
		size += len(entry)
	}
	if size >= memory/4 {
		return page
	}
	copied := make([]byte, 0, size)
	for i, entry := range page {
		copied = append(copied, entry...)
		page[i] = copied[len(copied)-len(entry) : len(copied) : len(copied)]
	}
	return page
}
