package oval

import (
	"bufio"
	"compress/bzip2"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"

	"github.com/fettle-dev/fettle/applicability"
	"github.com/fettle-dev/fettle/feed"
)

// Options are what Open may be told. The zero value, and nil, mean the
// defaults.
type Options struct {
	// Decompress returns the content of a compressed file, told by its first
	// bytes; what is not compressed it returns as it is. It sets its own bounds,
	// and is closed where it is an io.Closer. nil: gzip and bzip2 are understood.
	Decompress func(r io.Reader) (io.Reader, error)
	// Run calls do for 0 to n-1, at once as far as it likes, and returns when all
	// calls did. Large documents are read by pieces in it: the result is the same,
	// sooner. nil: one after the other.
	Run func(n int, do func(i int))
}

// Open reads the document in the file name of fsys, compressed or not. opt may
// be nil. An error is a feed.ListError.
func Open(fsys fs.FS, name string, opt *Options) (*Document, error) {
	d, err := open(fsys, name, opt)
	if err != nil {
		return nil, &feed.ListError{File: name, Err: err}
	}
	return d, nil
}

func open(fsys fs.FS, name string, opt *Options) (*Document, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // nothing was written
	content, err := opt.decompress(f)
	if errors.Is(err, io.ErrUnexpectedEOF) {
		err = fmt.Errorf("%w: %w", ErrCut, err)
	}
	if err != nil {
		return nil, err
	}
	if c, ok := content.(io.Closer); ok {
		defer func() { _ = c.Close() }() // nothing was written
	}
	if opt == nil {
		return Parse(content)
	}
	return parse(content, runner{run: opt.Run, size: pieceSize})
}

func (o *Options) decompress(r io.Reader) (io.Reader, error) {
	if o != nil && o.Decompress != nil {
		return o.Decompress(r)
	}
	buffered := bufio.NewReaderSize(r, 64<<10)
	head, _ := buffered.Peek(3) // a shorter file is not compressed
	switch {
	case len(head) >= 2 && string(head[:2]) == "\x1f\x8b":
		return gzip.NewReader(buffered)
	case string(head) == "BZh":
		return bzip2.NewReader(buffered), nil
	default:
		return buffered, nil
	}
}

// Source is a document as a feed. It implements feed.Source.
type Source struct {
	d    *Document
	file string
}

var _ feed.Source = (*Source)(nil)

// Source returns the document as a feed; file names it in refusals. It is safe
// for concurrent use.
func (d *Document) Source(file string) *Source { return &Source{d: d, file: file} }

const whole feed.Cursor = "whole"

// Fetch yields the whole document, whatever after is, in its order.
func (s *Source) Fetch(ctx context.Context, after feed.Cursor) iter.Seq2[feed.Batch, error] {
	return func(yield func(feed.Batch, error) bool) {
		if after != "" && after != whole {
			yield(feed.Batch{}, fmt.Errorf("oval: %w %.80q", feed.ErrCursor, after))
			return
		}
		const many = 1024
		t := newTranslator(s.d)
		rest := s.d.Definitions
		for first := true; first || len(rest) > 0; first = false {
			if err := context.Cause(ctx); err != nil {
				yield(feed.Batch{}, fmt.Errorf("oval: %s: %w", s.file, err))
				return
			}
			n := min(many, len(rest))
			batch := feed.Batch{Full: true, Next: whole, Read: n, Patches: make([]applicability.Patch, 0, n)}
			for _, d := range rest[:n] {
				s.add(&batch, d, t)
			}
			if rest = rest[n:]; !yield(batch, nil) {
				return
			}
		}
	}
}

func (s *Source) add(batch *feed.Batch, d *Definition, t *translator) {
	if d.fault != nil {
		batch.Refused = append(batch.Refused, &feed.RecordError{File: s.file, Line: d.Line, Record: d.ID, Err: d.fault})
		return
	}
	if why := d.skip(); why != "" {
		if batch.Skipped == nil {
			batch.Skipped = map[string]int{}
		}
		batch.Skipped[why]++
		return
	}
	t.nodes = 0
	p := t.patch(d)
	if t.nodes > maxNodes {
		batch.Refused = append(batch.Refused, &feed.RecordError{
			File: s.file, Line: d.Line, Record: d.ID, Err: fmt.Errorf("%w: more than %d criteria with those of the definitions that it extends", ErrTooLarge, maxNodes),
		})
		return
	}
	batch.Used++
	batch.Patches = append(batch.Patches, p)
}
