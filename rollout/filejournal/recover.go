package filejournal

import (
	"errors"
	"math"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/rollout"
)

// Recovery says what Open found.
type Recovery struct {
	// End is the position of the last entry.
	End rollout.Position
	// Doubtful is how many entries were there without proof that they had been
	// on disk; Open has written them again. They may have been acknowledged.
	Doubtful uint64
	// Cut is how many bytes at the end were cut off: a batch that a crash left
	// unfinished and that was never acknowledged.
	Cut int64
	// MarkLost is true if the file "synced" says nothing: after a loss of power
	// at most. Damage in the batch that was written last then looks like an
	// unfinished one.
	MarkLost bool
}

// contents is what the folder holds, by kind, each ascending.
type contents struct {
	segments, checkpoints []rollout.Position
	synced                bool
	unfinished            []string
}

func look(fs fileSystem) (contents, error) {
	var c contents
	names, err := fs.list()
	if err != nil {
		return c, err
	}
	for _, name := range names {
		if first, ok := position(name, segmentSuffix); ok {
			c.segments = append(c.segments, first)
		} else if at, ok := position(name, checkpointSuffix); ok {
			c.checkpoints = append(c.checkpoints, at)
		} else if name == syncedName {
			c.synced = true
		} else if strings.HasSuffix(name, tmpSuffix) {
			c.unfinished = append(c.unfinished, name)
		}
	}
	slices.Sort(c.segments)
	slices.Sort(c.checkpoints)
	return c, nil
}

// found is a folder that was read.
type found struct {
	segments   []*segment
	checkpoint keptCheckpoint
	mark       *syncedMark
	recovery   Recovery
}

func (f *found) close() error {
	var errs []error
	for _, s := range f.segments {
		errs = append(errs, s.file.Close())
	}
	if f.mark != nil {
		errs = append(errs, f.mark.file.Close())
	}
	return errors.Join(errs...)
}

// recoverFolder reads the folder, puts its end in order and makes sure that
// what it returns is on disk.
func recoverFolder(fs fileSystem) (_ *found, err error) {
	c, err := look(fs)
	if err != nil {
		return nil, err
	}
	// A renamed file is seen, but perhaps not on disk; nothing may be removed on
	// the strength of it before that.
	if err := fs.syncDir(); err != nil {
		return nil, err
	}
	for _, name := range c.unfinished {
		if err := fs.remove(name); err != nil {
			return nil, err
		}
	}
	f := &found{}
	defer func() {
		if err != nil {
			_ = f.close()
		}
	}()
	if f.checkpoint, err = newestCheckpoint(fs, c.checkpoints); err != nil {
		return nil, err
	}
	if f.mark, err = openMark(fs, c); err != nil {
		return nil, err
	}
	synced, whole, err := f.mark.read()
	if err != nil {
		return nil, err
	}
	f.recovery.MarkLost = !whole
	if err := f.openSegments(fs, c.segments); err != nil {
		return nil, err
	}
	if err := f.scan(max(synced, f.checkpoint.at)); err != nil {
		return nil, err
	}
	return f, f.mark.write(f.recovery.End)
}

// openMark opens the mark. It is the first file of a folder, so without it
// there can be no other.
func openMark(fs fileSystem, c contents) (*syncedMark, error) {
	if !c.synced {
		if len(c.segments)+len(c.checkpoints) > 0 {
			return nil, damaged(syncedName, 0, "the file is missing")
		}
		if err := writeFile(fs, syncedName, slot(0, 0)); err != nil {
			return nil, err
		}
	}
	f, err := fs.open(syncedName)
	if err != nil {
		return nil, err
	}
	return &syncedMark{file: f}, nil
}

// openSegments opens what is not released and wants it to be without a hole.
func (f *found) openSegments(fs fileSystem, firsts []rollout.Position) error {
	released := f.checkpoint.release
	if len(firsts) == 0 {
		if f.checkpoint.exists {
			return damaged(segmentName(f.checkpoint.at+1), 0, "the file is missing: there is a checkpoint and no segment")
		}
		s, err := createSegment(fs, 1)
		if err != nil {
			return err
		}
		f.segments = []*segment{s}
		return nil
	}
	for len(firsts) > 1 && firsts[1] <= released+1 {
		_ = fs.remove(segmentName(firsts[0])) // a reader may have it open; it does no harm
		firsts = firsts[1:]
	}
	if firsts[0] > released+1 {
		return damaged(segmentName(released+1), 0, "the file is missing: the first entry that is kept is %d", firsts[0])
	}
	for _, first := range firsts {
		file, err := fs.open(segmentName(first))
		if err != nil {
			return err
		}
		s, err := openSegment(file, segmentName(first), first)
		if err != nil {
			_ = file.Close()
			return err
		}
		f.segments = append(f.segments, s)
	}
	return nil
}

// scan reads every frame. synced is the last position that is known to have
// been on disk.
func (f *found) scan(synced rollout.Position) error {
	buf := []byte(nil)
	for i, s := range f.segments {
		size, err := s.file.size()
		if err != nil {
			return err
		}
		in := scanner{file: s.file, at: segmentHead, end: size, reuse: true, buf: buf}
		known, rule, err := s.scan(&in, synced, math.MaxUint64)
		if err != nil {
			return err
		}
		buf = in.buf[:0]
		end := s.end()
		if i < len(f.segments)-1 {
			if rule != "" {
				return damaged(s.name, end.offset, "%s", rule)
			}
			if next := f.segments[i+1]; next.first != end.first {
				return damaged(s.name, end.offset, "the segment ends before entry %d, the next one starts with %d", end.first, next.first)
			}
			continue
		}
		if end.first <= synced {
			if rule == "" {
				rule = "the file ends"
			}
			return damaged(s.name, end.offset, "%s; entries up to %d were on disk", rule, synced)
		}
		if at, err := laterProof(s.file, end, size); err != nil {
			return err
		} else if at > 0 {
			return damaged(s.name, end.offset, "%s; the frame at byte %d proves that this was on disk", rule, at)
		}
		f.recovery.End = end.first - 1
		f.recovery.Doubtful = uint64(end.first - 1 - max(synced, known.first-1))
		f.recovery.Cut = size - end.offset
		return settle(s.file, known.offset, end.offset, size)
	}
	return nil
}

// scan notes every frame up to entry until, the end of the file or the first
// frame that is not whole; rule says what does not hold there. known is the
// place behind the last entry that is known to have been on disk.
func (s *segment) scan(in *scanner, synced, until rollout.Position) (known place, rule string, err error) {
	known = s.end()
	for in.at < in.end && s.end().first <= until {
		f, size, rule, err := in.next()
		if err != nil {
			return known, "", err
		}
		if rule == "" && f.first != s.end().first {
			rule = "the frame does not start with the entry that is next"
		}
		if rule != "" {
			return known, rule, nil
		}
		s.add(f.last(), size)
		if f.last() <= synced {
			known = s.end()
		}
	}
	return known, "", nil
}

// laterProof looks behind the place where the frames end for a whole frame that
// was made after the entry at that place had been synced; such a frame proves
// that an acknowledged entry is damaged. It returns where that frame is, 0 if
// there is none.
func laterProof(f file, end place, size int64) (int64, error) {
	const overlap = frameHead
	buf := make([]byte, chunkSize)
	for at := end.offset + 1; at+frameHead <= size; at += chunkSize - overlap {
		n, err := f.ReadAt(buf[:min(chunkSize, size-at)], at)
		if int64(n) < min(chunkSize, size-at) {
			return 0, err
		}
		for i := range max(0, n-overlap+1) {
			length, ok := frameSize(buf[i:])
			if !ok || int64(length) > size-at-int64(i) || !provesLater(buf[i:i+frameHead], end.first) {
				continue
			}
			in := scanner{file: f, at: at + int64(i), end: size}
			if _, _, rule, err := in.next(); err != nil {
				return 0, err
			} else if rule == "" {
				return at + int64(i), nil
			}
		}
	}
	return 0, nil
}

// provesLater reports whether head, were it that of a frame, says that entry
// had been synced when the frame was made.
func provesLater(head []byte, entry rollout.Position) bool {
	first, synced := framePositions(head)
	return synced >= entry && first > synced
}

// settle makes the end of the last segment what it is taken for: the part whose
// state on disk is not known is written again, because after a failed sync the
// system may show bytes that are not on disk and take them for written; what is
// behind it is cut off.
func settle(f file, from, to, size int64) error {
	buf := make([]byte, chunkSize)
	for at := from; at < to; {
		part := buf[:min(chunkSize, to-at)]
		if _, err := f.ReadAt(part, at); err != nil {
			return err
		}
		if _, err := f.WriteAt(part, at); err != nil {
			return err
		}
		at += int64(len(part))
	}
	if size > to {
		if err := f.Truncate(to); err != nil {
			return err
		}
	}
	if from == to && size == to {
		return nil
	}
	return f.Sync()
}

// createSegment makes an empty segment that is on disk.
func createSegment(fs fileSystem, first rollout.Position) (*segment, error) {
	name := segmentName(first)
	if err := writeFile(fs, name, segmentHeader(first)); err != nil {
		return nil, err
	}
	f, err := fs.open(name)
	if err != nil {
		return nil, err
	}
	return newSegment(f, name, first), nil
}
