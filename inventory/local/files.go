package local

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
	"syscall"
	"time"
	"unicode/utf8"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/inventory"
	"github.com/fettle-dev/fettle/inventory/windows"
)

// maxMatches bounds the files that one pattern may match; with more, the
// pattern is not in scope.
const maxMatches = 10_000

// maxHashed bounds the files whose content is read for a digest, in bytes.
const maxHashed = 4 << 30

// files looks at the files that are wanted. A need whose folder is a known one
// of Windows is met by notHere.
func (t *tree) files(ctx context.Context) {
	for _, need := range t.needs.Files {
		if need.Folder != "" || need.From != nil {
			continue
		}
		if err := inventory.CheckPath(need.Path); err != nil || !strings.HasPrefix(need.Path, "/") {
			t.problem("file %.80q: not an absolute path", need.Path)
			continue
		}
		if ctx.Err() != nil {
			return
		}
		t.file(ctx, need)
	}
}

func (t *tree) file(ctx context.Context, need inventory.FileNeed) {
	clean := path.Clean(need.Path)
	found, err := matches(t.fsys, strings.TrimPrefix(clean, "/"), false)
	if err != nil {
		t.problem("file %s: %w", need.Path, err)
		return
	}
	for _, name := range found {
		info, err := fs.Stat(t.fsys, name)
		if absent(err) { // gone meanwhile, or a dangling link
			continue
		}
		if err != nil {
			t.problem("file /%s: %w", name, err)
			return
		}
		if err := addFile(ctx, &t.Snapshot, fileIn{t.fsys, name, "/" + name, info}, need); err != nil {
			t.problem("file /%s: %w", name, err)
		}
	}
	t.Snapshot.Scope.Files = append(t.Snapshot.Scope.Files, need.Path)
}

// fileIn is a file where it lies and under the path that it is known by.
type fileIn struct {
	fsys  fs.FS
	name  string
	shown string
	info  fs.FileInfo
}

// addFile enters one file with what is wanted of it; two needs for one file add
// up. A file whose content cannot be read keeps what is known of it.
func addFile(ctx context.Context, s *inventory.Snapshot, at fileIn, need inventory.FileNeed) error {
	list := &s.Files
	i := slices.IndexFunc(*list, func(f inventory.File) bool { return f.Path == at.shown })
	if i < 0 {
		f := inventory.File{Path: at.shown, Dir: at.info.IsDir(), Modified: writable(at.info.ModTime())}
		if !f.Dir {
			f.Size = at.info.Size()
		}
		i, *list = len(*list), append(*list, f)
	}
	wanted := need.Digest || need.Text || need.Version
	if !wanted || !at.info.Mode().IsRegular() { // reading a device or a pipe has effects
		return nil
	}
	f, err := at.fsys.Open(at.name)
	if err != nil {
		return err
	}
	defer f.Close()
	return content(ctx, f, need, &(*list)[i])
}

// writable returns t in UTC, or zero where RFC 3339 cannot write it: file
// systems hold years beyond 9999.
func writable(t time.Time) time.Time {
	if year := t.UTC().Year(); year < 0 || year > 9999 {
		return time.Time{}
	}
	return t.UTC()
}

// content reads what is wanted of a file's content.
func content(ctx context.Context, f fs.File, need inventory.FileNeed, file *inventory.File) error {
	if need.Version {
		if at, ok := f.(io.ReaderAt); ok {
			if err := setVersion(file, at); err != nil {
				return err
			}
		}
	}
	if need.Text && file.Size <= inventory.MaxText {
		text, err := io.ReadAll(io.LimitReader(f, inventory.MaxText))
		if err != nil {
			return err
		}
		if !utf8.Valid(text) {
			return fmt.Errorf("%w: its text is not UTF-8", inventory.ErrFormat)
		}
		kept := string(text)
		file.Text = &kept
	}
	if need.Digest {
		return digest(ctx, f, file)
	}
	return nil
}

func digest(ctx context.Context, f fs.File, file *inventory.File) error {
	if file.Size > maxHashed {
		return fmt.Errorf("%w: more than %d bytes to digest", inventory.ErrTooLarge, int64(maxHashed))
	}
	if s, ok := f.(io.Seeker); ok {
		if _, err := s.Seek(0, io.SeekStart); err != nil {
			return err
		}
	}
	sum := sha256.New()
	if _, err := io.Copy(sum, &stoppable{ctx, f}); err != nil {
		return err
	}
	file.Digest = fettle.Digest("sha256:" + hex.EncodeToString(sum.Sum(nil)))
	return nil
}

// stoppable ends reading when ctx ends.
type stoppable struct {
	ctx context.Context //nolint:containedctx // lives for one call of io.Copy
	r   io.Reader
}

func (s *stoppable) Read(p []byte) (int, error) {
	if err := s.ctx.Err(); err != nil {
		return 0, err
	}
	return s.r.Read(p)
}

// setVersion reads the version resource of a Windows image.
func setVersion(file *inventory.File, f io.ReaderAt) error {
	v, err := windows.ReadVersion(f, file.Size)
	if errors.Is(err, windows.ErrNoVersion) {
		file.Versioned = fettle.No
		return nil
	}
	if err != nil {
		return err
	}
	file.Versioned, file.FileVersion, file.ProductVersion = fettle.Yes, v.File, v.Product
	return nil
}

// absent reports whether err says that there is no such path.
func absent(err error) bool { return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) }

// matches lists the paths that pattern matches, reading only folders in which
// an element of it is a pattern. What cannot be looked into is an error, not
// an absence.
func matches(fsys fs.FS, pattern string, fold bool) ([]string, error) {
	if pattern == "" {
		pattern = "."
	}
	found := []string{"."}
	for element := range strings.SplitSeq(pattern, "/") {
		var next []string
		for _, dir := range found {
			if !inventory.IsPattern(element) {
				next = append(next, path.Join(dir, element))
				continue
			}
			entries, err := fs.ReadDir(fsys, dir)
			if absent(err) {
				continue
			}
			if err != nil {
				return nil, err
			}
			for _, e := range entries {
				if inventory.MatchPath(element, e.Name(), fold) {
					next = append(next, path.Join(dir, e.Name()))
				}
			}
		}
		if len(next) > maxMatches {
			return nil, fmt.Errorf("%w: more than %d matches", inventory.ErrTooLarge, maxMatches)
		}
		found = next
	}
	return found, nil
}
