package osv

import (
	"archive/tar"
	"archive/zip"
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"path"
	"strings"

	"github.com/fettle-dev/fettle/feed"
)

// Source reads advisories out of a file system. It implements feed.Source.
type Source struct {
	fsys fs.FS
	name string
	opt  *Options
}

var _ feed.Source = (*Source)(nil)

// NewSource returns a source of the advisories in the file or folder name of
// fsys: a folder with one advisory or more in each file whose name ends in
// .json, .jsonl, .ndjson, .yaml or .yml, at any depth; a zip or tar archive of
// such files; or one such file. Any of them may be compressed as
// Options.Decompress understands. A zip archive needs a file that can be read
// at any offset. opt may be nil.
//
// A source keeps nothing between calls of Fetch and yields the whole feed each
// time. It is safe for concurrent use where fsys is.
func NewSource(fsys fs.FS, name string, opt *Options) *Source {
	return &Source{fsys: fsys, name: name, opt: opt}
}

// whole is the cursor behind everything; a call with it starts over.
const whole feed.Cursor = "whole"

// Fetch yields the whole feed, whatever after is, in the order of file names
// and of advisories in a file. The errors are feed.ListError and wrap ErrCut,
// ErrNoRecords or what the file system says.
func (s *Source) Fetch(ctx context.Context, after feed.Cursor) iter.Seq2[feed.Batch, error] {
	return func(yield func(feed.Batch, error) bool) {
		if after != "" && after != whole {
			yield(feed.Batch{}, fmt.Errorf("osv: %w %.80q", feed.ErrCursor, after))
			return
		}
		r := newReader(ctx, s.opt, yield)
		err := s.read(r)
		if err == nil && r.read == 0 {
			err = &feed.ListError{File: s.name, Err: ErrNoRecords}
		}
		if err == nil {
			err = r.flush(true)
		}
		if err != nil && !errors.Is(err, errStopped) {
			yield(feed.Batch{}, err)
		}
	}
}

func (s *Source) read(r *reader) error {
	info, err := fs.Stat(s.fsys, s.name)
	if err != nil {
		return &feed.ListError{File: s.name, Err: err}
	}
	if !info.IsDir() {
		return s.file(r, s.name)
	}
	return fs.WalkDir(s.fsys, s.name, func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return &feed.ListError{File: name, Err: err}
		case entry.IsDir():
			return nil
		case formOf(name) == other:
			r.note("file passed over: " + ending(name))
			return nil
		}
		if info, err := fs.Stat(s.fsys, name); err == nil && !info.Mode().IsRegular() {
			r.note("file passed over: not a regular file")
			return nil
		}
		return s.file(r, name)
	})
}

// form is what a file's name says about its content.
type form uint8

const (
	other form = iota
	jsonText
	yamlText
	archived
)

func formOf(name string) form {
	base, _ := unpackedName(name)
	switch path.Ext(base) {
	case ".json", ".jsonl", ".ndjson":
		return jsonText
	case ".yaml", ".yml":
		return yamlText
	case ".zip", ".tar", ".tgz", ".txz":
		return archived
	default:
		return other
	}
}

// unpackedName returns the base of a file's name without the ending that says
// that it is compressed, and whether there was one.
func unpackedName(name string) (base string, packed bool) {
	base = strings.ToLower(path.Base(name))
	for _, ending := range []string{".gz", ".xz", ".zst", ".bz2", ".lz4"} {
		if rest, found := strings.CutSuffix(base, ending); found {
			return rest, true
		}
	}
	return base, false
}

func ending(name string) string {
	if ext := path.Ext(name); ext != "" {
		return clip(ext)
	}
	return "no ending"
}

// file reads one file of the file system, whatever it holds.
func (s *Source) file(r *reader, name string) error {
	f, err := s.fsys.Open(name)
	if err != nil {
		return &feed.ListError{File: name, Err: err}
	}
	defer func() { _ = f.Close() }() // nothing was written
	head, content, err := peek(f, 4)
	if err != nil {
		return &feed.ListError{File: name, Err: err}
	}
	if string(head) == "PK\x03\x04" || string(head) == "PK\x05\x06" {
		return s.zip(r, name, f)
	}
	content, closed, err := s.opt.decompress(content)
	if err != nil {
		return r.unreadable(name, err)
	}
	defer closed()
	const tarMagic = 257
	if head, content, err = peek(content, tarMagic+5); err != nil {
		return r.unreadable(name, err)
	}
	if len(head) == tarMagic+5 && string(head[tarMagic:]) == "ustar" {
		return s.tar(r, name, content)
	}
	if formOf(name) == yamlText {
		return r.yaml(name, content)
	}
	return r.stream(name, content)
}

// zip reads the members of a zip archive. A damaged member is refused, the
// others are used.
func (s *Source) zip(r *reader, name string, f fs.File) error {
	info, err := f.Stat()
	if err != nil {
		return &feed.ListError{File: name, Err: err}
	}
	at, ok := f.(io.ReaderAt)
	if !ok {
		return &feed.ListError{File: name, Rule: "a zip archive is read at any offset", Err: errors.ErrUnsupported}
	}
	z, err := zip.NewReader(at, info.Size())
	if err != nil {
		return &feed.ListError{File: name, Err: err}
	}
	for _, member := range z.File {
		err := r.member(name, member.Name, member.FileInfo(), func() (io.Reader, error) { return member.Open() })
		if err != nil {
			return err
		}
	}
	return nil
}

// tar reads the members of a tar archive. One that ends early is refused as a
// whole: how many advisories are missing is not known.
func (s *Source) tar(r *reader, name string, content io.Reader) error {
	for t := tar.NewReader(content); ; {
		header, err := t.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = r.member(name, header.Name, header.FileInfo(), func() (io.Reader, error) { return t, nil })
			if list := (*feed.ListError)(nil); errors.Is(err, errStopped) || errors.As(err, &list) {
				return err
			}
		}
		if err != nil {
			if errors.Is(err, io.ErrUnexpectedEOF) {
				err = fmt.Errorf("%w: %w", ErrCut, err)
			}
			return &feed.ListError{File: name, Err: err}
		}
	}
}

// peek returns up to n bytes of r and a reader of all of it.
func peek(r io.Reader, n int) ([]byte, io.Reader, error) {
	buffered := bufio.NewReaderSize(r, max(n, 4<<10))
	head, err := buffered.Peek(n)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return head, buffered, err
}
