package osv

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"

	"github.com/fettle-dev/fettle/feed"
	"github.com/fettle-dev/fettle/internal/jsonscan"
)

// errStopped ends a run whose receiver wants no more.
var errStopped = errors.New("osv: stopped")

// reader makes batches of advisories.
type reader struct {
	ctx      context.Context //nolint:containedctx // lives for one call of Fetch
	opt      *Options
	yield    func(feed.Batch, error) bool
	decoder  decoder
	splitter *jsonscan.Splitter
	seen     map[string]seen
	places   map[string]place
	batch    feed.Batch
	read     int // in all batches
}

// seen is where an id was used first, and enough of its record to tell the same
// one from another.
type seen struct {
	file string
	line int
	size int
	sum  uint32
}

func newReader(ctx context.Context, opt *Options, yield func(feed.Batch, error) bool) *reader {
	return &reader{
		ctx: ctx, opt: opt, yield: yield, seen: map[string]seen{}, places: map[string]place{},
		splitter: jsonscan.NewSplitter(nil, opt.maxRecord()),
	}
}

// note counts an oddity in the batch.
func (r *reader) note(kind string) {
	r.decoder.note(kind)
}

// flush yields the batch if it is full, or whatever it holds.
func (r *reader) flush(always bool) error {
	const many = 1024
	if !always && r.batch.Read < many {
		return nil
	}
	if err := context.Cause(r.ctx); err != nil {
		return fmt.Errorf("osv: %w", err)
	}
	r.batch.Notes, r.decoder.notes = r.decoder.notes, nil
	r.batch.Full, r.batch.Next = true, whole
	batch := r.batch
	r.batch = feed.Batch{}
	if !r.yield(batch, nil) {
		return errStopped
	}
	return nil
}

// member reads one file of an archive.
func (r *reader) member(archive, name string, info fs.FileInfo, open func() (io.Reader, error)) error {
	file := archive + "!" + name
	switch form := formOf(name); {
	case info.IsDir():
		return nil
	case !info.Mode().IsRegular():
		r.note("file passed over: not a regular file")
		return nil
	case form == other || form == archived:
		r.note("file passed over: " + ending(name))
		return nil
	default:
		content, err := open()
		if err != nil {
			return r.unreadable(file, err)
		}
		defer closeReader(content)
		if _, packed := unpackedName(name); packed {
			unpacked, closed, err := r.opt.decompress(content)
			if err != nil {
				return r.unreadable(file, err)
			}
			defer closed()
			content = unpacked
		}
		if form == yamlText {
			return r.yaml(file, content)
		}
		return r.stream(file, content)
	}
}

// unreadable refuses a file whose content could not be had.
func (r *reader) unreadable(file string, err error) error {
	return r.refuse(&feed.RecordError{File: file, Offset: -1, Err: err})
}

func (r *reader) refuse(e *feed.RecordError) error {
	r.count()
	r.batch.Refused = append(r.batch.Refused, e)
	return r.flush(false)
}

func (r *reader) count() {
	r.read++
	r.batch.Read++
}

// yaml reads one advisory in YAML.
func (r *reader) yaml(file string, content io.Reader) error {
	limit := r.opt.maxRecord()
	text, err := io.ReadAll(io.LimitReader(content, int64(limit)+1))
	switch {
	case err != nil:
		return r.broken(file, err)
	case len(text) > limit:
		err = fmt.Errorf("%w: more than %d bytes", ErrTooLarge, limit)
	case len(bytes.TrimSpace(text)) == 0:
		err = ErrEmpty
	default:
		text, err = r.opt.yaml(text)
	}
	if err != nil {
		return r.refuse(&feed.RecordError{File: file, Offset: -1, Err: err})
	}
	return r.record(file, jsonscan.Value{Data: text, Offset: -1})
}

// broken tells an archive that ends early, which is a fault of the whole, from
// a file that cannot be read to its end.
func (r *reader) broken(file string, err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return &feed.ListError{File: file, Err: fmt.Errorf("%w: %w", ErrCut, err)}
	}
	return r.unreadable(file, err)
}

// stream reads the advisories of one text.
func (r *reader) stream(file string, content io.Reader) error {
	r.splitter.Reset(content)
	for n := 0; ; n++ {
		v, err := r.splitter.Next()
		fault := (*jsonscan.Error)(nil)
		switch {
		case err == nil:
			err = r.record(file, v)
		case errors.Is(err, io.EOF):
			if n == 0 && !r.splitter.Array() {
				return r.refuse(&feed.RecordError{File: file, Err: ErrEmpty})
			}
			return nil
		case errors.Is(err, jsonscan.ErrTooLarge):
			err = r.refuse(&feed.RecordError{File: file, Line: v.Line, Offset: v.Offset, Err: fmt.Errorf("%w: %w", ErrTooLarge, err)})
		case !errors.As(err, &fault):
			return r.broken(file, err)
		case r.splitter.Array():
			return &feed.ListError{File: file, Line: v.Line, Err: fmt.Errorf("%w: %w", ErrCut, err)}
		default:
			err = r.refuse(&feed.RecordError{File: file, Line: v.Line, Offset: v.Offset + int64(fault.Offset), Err: err})
		}
		if err != nil {
			return err
		}
	}
}

// maxRecords bounds a feed, whose ids are held to find those used twice. OSV as a
// whole has less than a million.
const maxRecords = 20_000_000

// record takes in one advisory.
func (r *reader) record(file string, v jsonscan.Value) error {
	if err := context.Cause(r.ctx); err != nil {
		return fmt.Errorf("osv: %s: %w", file, err)
	}
	if len(r.seen) == maxRecords {
		return &feed.ListError{File: file, Line: v.Line, Err: fmt.Errorf("%w: more than %d advisories", ErrTooLarge, maxRecords)}
	}
	record, err := r.decoder.decode(v.Data)
	if err != nil {
		return r.refuse(refusal(file, v, record.ID, err))
	}
	here := seen{file, v.Line, len(v.Data), crc32.ChecksumIEEE(v.Data)}
	if first, again := r.seen[record.ID]; again {
		if first.size == here.size && first.sum == here.sum {
			return r.skip("same advisory again")
		}
		return r.refuse(refusal(file, v, record.ID, &FieldError{Field: "id", Err: fmt.Errorf("%w: first in %s:%d", ErrDuplicate, first.file, first.line)}))
	}
	r.seen[record.ID] = here
	b := builder{record: &record, places: r.places}
	meaning, err := b.meaning()
	for kind, n := range meaning.Notes {
		r.decoder.note(kind)
		r.decoder.notes[kind] += n - 1
	}
	switch {
	case err != nil:
		return r.refuse(refusal(file, v, record.ID, err))
	case meaning.Skip != "":
		return r.skip(meaning.Skip)
	}
	r.count()
	r.batch.Used++
	r.batch.Patches = append(r.batch.Patches, meaning.Patch)
	return r.flush(false)
}

func (r *reader) skip(why string) error {
	r.count()
	if r.batch.Skipped == nil {
		r.batch.Skipped = map[string]int{}
	}
	r.batch.Skipped[why]++
	return r.flush(false)
}

// refusal places an error in its file.
func refusal(file string, v jsonscan.Value, id string, err error) *feed.RecordError {
	e := &feed.RecordError{File: file, Line: v.Line, Offset: v.Offset, Record: id, Err: err}
	if field := (*FieldError)(nil); errors.As(err, &field) {
		e.Field, e.Err = field.Field, field.Err
	}
	if fault := (*jsonscan.Error)(nil); errors.As(err, &fault) && v.Line > 0 {
		at := min(fault.Offset, len(v.Data))
		e.Line += bytes.Count(v.Data[:at], []byte{'\n'})
		e.Offset += int64(at)
	}
	return e
}
