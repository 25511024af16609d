package updateinfo

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"path"

	"github.com/fettle-dev/fettle/feed"
)

// Options are what a source may be told. The zero value, and nil, mean the
// defaults.
type Options struct {
	// Decompress returns the content of a compressed file, told by its first
	// bytes; what is not compressed it returns as it is. It sets its own bounds,
	// and is closed where it is an io.Closer. nil: gzip is understood.
	Decompress func(r io.Reader) (io.Reader, error)
}

// Source reads the advisories of rpm repositories. It implements feed.Source.
type Source struct {
	fsys  fs.FS
	names []string
	opt   Options
}

var _ feed.Source = (*Source)(nil)

// NewSource returns a source of the advisories in the files names of fsys,
// taken together: each is an updateinfo.xml, compressed or not, a repomd.xml,
// or the folder of a repository or its repodata. What repomd.xml lists is
// verified against its checksums. opt may be nil.
//
// A source keeps nothing between calls of Fetch and yields the whole feed each
// time. It is safe for concurrent use where fsys is.
func NewSource(fsys fs.FS, names []string, opt *Options) *Source {
	s := &Source{fsys: fsys, names: names}
	if opt != nil {
		s.opt = *opt
	}
	return s
}

const whole feed.Cursor = "whole"

// errStopped ends a run whose receiver wants no more.
var errStopped = errors.New("updateinfo: stopped")

// Fetch yields the whole feed, whatever after is, in the order of the files and
// of the advisories in them. The errors are feed.ListError and wrap one of the
// package's sentinels or what the file system says.
func (s *Source) Fetch(ctx context.Context, after feed.Cursor) iter.Seq2[feed.Batch, error] {
	return func(yield func(feed.Batch, error) bool) {
		if after != "" && after != whole {
			yield(feed.Batch{}, fmt.Errorf("updateinfo: %w %.80q", feed.ErrCursor, after))
			return
		}
		c := collection{ctx: ctx, byID: map[string]*patch{}}
		for _, name := range s.names {
			if err := s.read(&c, name); err != nil {
				yield(feed.Batch{}, err)
				return
			}
		}
		supersede(c.patches)
		if err := c.yield(yield); err != nil && !errors.Is(err, errStopped) {
			yield(feed.Batch{}, err)
		}
	}
}

// read reads one of the files.
func (s *Source) read(c *collection, name string) error {
	info, err := fs.Stat(s.fsys, name)
	if err != nil {
		return &feed.ListError{File: name, Err: err}
	}
	if info.IsDir() {
		for _, inside := range []string{"repodata/repomd.xml", "repomd.xml"} {
			file := path.Join(name, inside)
			if _, err := fs.Stat(s.fsys, file); err == nil {
				return s.repository(c, file)
			}
		}
		return &feed.ListError{File: name, Rule: "want repodata/repomd.xml or repomd.xml in this folder", Err: fs.ErrNotExist}
	}
	if path.Base(name) == "repomd.xml" {
		return s.repository(c, name)
	}
	f, err := s.fsys.Open(name)
	if err != nil {
		return &feed.ListError{File: name, Err: err}
	}
	defer func() { _ = f.Close() }() // nothing was written
	content, closed, err := s.opt.decompress(f)
	if err != nil {
		return &feed.ListError{File: name, Err: cut(err)}
	}
	defer closed()
	return c.document(name, content)
}

// maxMetadata bounds a file whose checksum is verified, which is held in memory
// to be hashed before a byte of it is believed.
const maxMetadata = 512 << 20

// repository finds updateinfo by repomd.xml and verifies it.
func (s *Source) repository(c *collection, repomd string) error {
	text, err := s.bounded(repomd, 16<<20)
	if err != nil {
		return &feed.ListError{File: repomd, Err: err}
	}
	all, err := ParseRepomd(bytes.NewReader(text))
	if err != nil {
		return &feed.ListError{File: repomd, Err: err}
	}
	found := false
	for _, m := range all {
		if m.Type != "updateinfo" {
			continue
		}
		found = true
		// Locations are relative to the repository, above repodata.
		file := path.Join(path.Dir(path.Dir(repomd)), m.Location)
		if _, err := fs.Stat(s.fsys, file); err != nil {
			file = path.Join(path.Dir(repomd), path.Base(m.Location))
		}
		if err := s.verified(c, m, file); err != nil {
			return err
		}
	}
	if !found {
		return &feed.ListError{File: repomd, Err: ErrNoUpdateinfo}
	}
	return nil
}

func (s *Source) verified(c *collection, m Metadata, file string) error {
	content, err := s.bounded(file, maxMetadata)
	if err != nil {
		return &feed.ListError{File: file, Err: err}
	}
	if m.Checksum.Value == "" && m.Open.Value == "" {
		return &feed.ListError{File: file, Field: "checksum", Rule: "repomd.xml states one", Err: ErrChecksum}
	}
	if err := c.verify(m.Checksum, content); err != nil {
		return &feed.ListError{File: file, Field: "checksum", Err: err}
	}
	var open []byte
	r, closed, err := s.opt.decompress(bytes.NewReader(content))
	if err == nil {
		defer closed()
		open, err = readBounded(r, maxMetadata)
	}
	if err != nil {
		return &feed.ListError{File: file, Err: cut(err)}
	}
	if err := c.verify(m.Open, open); err != nil {
		return &feed.ListError{File: file, Field: "open-checksum", Err: err}
	}
	return c.document(file, bytes.NewReader(open))
}

func (s *Source) bounded(name string, limit int64) ([]byte, error) {
	f, err := s.fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }() // nothing was written
	return readBounded(f, limit)
}

func readBounded(r io.Reader, limit int64) ([]byte, error) {
	content, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err == nil && int64(len(content)) > limit {
		err = fmt.Errorf("%w: more than %d bytes", ErrTooLarge, limit)
	}
	return content, err
}

func cut(err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("%w: %w", ErrCut, err)
	}
	return err
}

// decompress returns the content of r and what frees it.
func (o *Options) decompress(r io.Reader) (content io.Reader, closed func(), err error) {
	if o.Decompress != nil {
		content, err = o.Decompress(r)
		return content, func() {
			if c, ok := content.(io.Closer); ok {
				_ = c.Close() // nothing was written
			}
		}, err
	}
	buffered := bufio.NewReaderSize(r, 64<<10)
	head, _ := buffered.Peek(2) // a shorter file is no gzip
	if string(head) == "\x1f\x8b" {
		content, err = gzip.NewReader(buffered)
		return content, func() {}, err
	}
	return buffered, func() {}, nil
}
