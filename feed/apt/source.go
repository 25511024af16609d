package apt

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"iter"
	"strings"
	"time"

	"github.com/fettle-dev/fettle/feed"
)

// Archive names the files of one suite and what they must pass.
type Archive struct {
	Release   string // InRelease, or Release with Signature
	Signature string // Release.gpg; empty for InRelease
	Packages  []Packages
	Check     Check
}

// Packages names one Packages file.
type Packages struct {
	File  string
	Entry string // as in ReadOptions
}

// SourceOptions are a nil *SourceOptions or zero where the defaults will do.
type SourceOptions struct {
	Read    ReadOptions // Entry is ignored: each Packages states its own
	Patches PatchOptions
	// KeepGoing uses the other archives where one is refused; what is refused
	// is then in the first batch's Refused, with a *feed.ListError inside.
	// Default: one that is refused refuses all.
	KeepGoing bool
}

// Source is a feed.Source over archives that were fetched before: files on
// disk, as a mirror or apt itself has them. It is safe for concurrent use if
// its functions are.
//
// Its cursor is a digest of what was read. While the Release files stay as they
// are a call behind that cursor yields nothing, after having verified them
// anew; else it yields everything, with Full set.
type Source struct {
	open     func(name string) (io.ReadCloser, error)
	now      func() time.Time
	archives []Archive
	options  SourceOptions
}

var _ feed.Source = (*Source)(nil)

// ErrNoArchive is returned by NewSource where there is nothing to read.
var ErrNoArchive = errors.New("apt: no archive is given")

// NewSource returns a source over archives. open opens a file by the name that
// an Archive gives, now tells the instant at which a Fetch begins.
func NewSource(open func(name string) (io.ReadCloser, error), now func() time.Time, archives []Archive, o *SourceOptions) (*Source, error) {
	if len(archives) == 0 {
		return nil, ErrNoArchive
	}
	for i, a := range archives {
		if a.Release == "" || len(a.Packages) == 0 {
			return nil, fmt.Errorf("%w: archive %d (%s): want a Release and at least one Packages file", ErrNoArchive, i+1, a.Release)
		}
	}
	s := &Source{open: open, now: now, archives: archives}
	if o != nil {
		s.options = *o
	}
	return s, nil
}

// Fetch implements feed.Source.
func (s *Source) Fetch(ctx context.Context, after feed.Cursor) iter.Seq2[feed.Batch, error] {
	return func(yield func(feed.Batch, error) bool) {
		if after != "" && !isCursor(after) {
			yield(feed.Batch{}, fmt.Errorf("apt: %w %.100q", feed.ErrCursor, after))
			return
		}
		var f fetched
		next, err := s.releases(ctx, &f)
		if err == nil && next == after {
			yield(feed.Batch{Next: next}, nil)
			return
		}
		if err == nil {
			next, err = s.packages(ctx, &f, next)
		}
		if err != nil {
			yield(feed.Batch{}, err)
			return
		}
		s.batches(ctx, &f, next, yield)
	}
}

// fetched is what a call of Fetch has read so far.
type fetched struct {
	releases []*Release // by archive; nil: refused
	lists    []*List
	first    feed.Batch // what is refused, skipped and noted
}

// refuse notes that an archive is refused, or returns the error that ends the
// call.
func (s *Source) refuse(f *fetched, err error) error {
	var list *feed.ListError
	if !s.options.KeepGoing || !errors.As(err, &list) {
		return err
	}
	f.first.Read++
	f.first.Refused = append(f.first.Refused, &feed.RecordError{File: list.File, Line: list.Line, Field: list.Field, Err: list})
	return nil
}

// releases opens all Release files and returns the cursor of what they say.
func (s *Source) releases(ctx context.Context, f *fetched) (feed.Cursor, error) {
	at := s.now()
	sum := sha256.New()
	for _, a := range s.archives {
		if ctx.Err() != nil {
			return "", context.Cause(ctx)
		}
		r, err := s.release(a, at, sum)
		if err != nil {
			sum.Write(fmt.Appendf(nil, "refused %q\n", err.Error()))
			if err = s.refuse(f, err); err != nil {
				return "", err
			}
		}
		f.releases = append(f.releases, r)
	}
	return cursor(sum), nil
}

func cursor(sum hash.Hash) feed.Cursor {
	return feed.Cursor(cursorMark + hex.EncodeToString(sum.Sum(nil)))
}

const cursorMark = "apt:"

func isCursor(c feed.Cursor) bool {
	digits, ok := strings.CutPrefix(string(c), cursorMark)
	return ok && len(digits) == 2*sha256.Size && strings.Trim(digits, "0123456789abcdef") == ""
}

func (s *Source) release(a Archive, at time.Time, sum hash.Hash) (*Release, error) {
	message, err := s.whole(a.Release)
	if err != nil {
		return nil, err
	}
	var signature []byte
	if a.Signature != "" && !a.Check.Insecure && !a.Check.Unsigned {
		if signature, err = s.whole(a.Signature); err != nil {
			return nil, err
		}
		if signature == nil {
			signature = []byte{}
		}
	}
	r, err := OpenRelease(a.Release, message, signature, at, &a.Check)
	if err != nil {
		return nil, err
	}
	sum.Write(fmt.Appendf(nil, "%q %d %q\n", a.Release, len(message), message))
	for _, p := range a.Packages {
		sum.Write(fmt.Appendf(nil, "%q %q\n", p.File, p.Entry))
	}
	return r, nil
}

// whole reads a Release file or its signature.
func (s *Source) whole(name string) ([]byte, error) {
	in, err := s.open(name)
	if err != nil {
		return nil, readFault(name, err)
	}
	defer func() { _ = in.Close() }()
	text, err := io.ReadAll(io.LimitReader(in, maxRelease+1))
	switch {
	case err != nil:
		return nil, readFault(name, err)
	case len(text) > maxRelease:
		return nil, readFault(name, fmt.Errorf("%w: %d bytes", ErrTooLarge, maxRelease))
	}
	return text, nil
}

// packages reads all Packages files. Where one of an archive is refused, so are
// the archive's others: half an archive would look like a whole one. The cursor
// is then none that the Release files give, so that the next call tries again.
func (s *Source) packages(ctx context.Context, f *fetched, next feed.Cursor) (feed.Cursor, error) {
	for i, a := range s.archives {
		if f.releases[i] == nil {
			continue
		}
		lists, err := s.archive(ctx, f.releases[i], a)
		if err != nil {
			if err = s.refuse(f, err); err != nil {
				return "", err
			}
			sum := sha256.New()
			sum.Write(fmt.Appendf(nil, "%s without %q", next, a.Release))
			next = cursor(sum)
			continue
		}
		f.lists = append(f.lists, lists...)
	}
	return next, nil
}

func (s *Source) archive(ctx context.Context, r *Release, a Archive) ([]*List, error) {
	var lists []*List
	for _, p := range a.Packages {
		options := s.options.Read
		options.Entry = p.Entry
		l, err := s.list(ctx, r, p.File, &options)
		if err != nil {
			return nil, err
		}
		lists = append(lists, l)
	}
	return lists, nil
}

func (s *Source) list(ctx context.Context, r *Release, file string, o *ReadOptions) (*List, error) {
	in, err := s.open(file)
	if err != nil {
		return nil, readFault(file, err)
	}
	defer func() { _ = in.Close() }()
	l, err := r.ReadPackages(file, stopped{ctx, in}, o)
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	return l, err
}

// stopped ends reading once its context is done.
type stopped struct {
	ctx context.Context //nolint:containedctx // lives as long as one call
	in  io.Reader
}

func (s stopped) Read(p []byte) (int, error) {
	if s.ctx.Err() != nil {
		return 0, context.Cause(s.ctx)
	}
	return s.in.Read(p)
}

// batches yields the patches of what was read.
func (s *Source) batches(ctx context.Context, f *fetched, next feed.Cursor, yield func(feed.Batch, error) bool) {
	b := f.first
	b.Skipped, b.Notes = map[string]int{}, map[string]int{}
	for _, r := range f.releases {
		if r != nil {
			count(b.Notes, r.Notes)
			if id, _ := r.system(); id == "" && !s.options.Patches.AnySystem {
				b.Notes["no criterion on the system: origin "+r.Origin]++
			}
		}
	}
	for _, l := range f.lists {
		b.Refused = append(b.Refused, l.Refused...)
		b.Read += len(l.Refused)
		count(b.Skipped, l.Skipped)
		count(b.Notes, l.Notes)
	}
	patches := weigh(f.lists, &s.options.Patches)
	count(b.Skipped, patches.skipped)
	for _, n := range b.Skipped {
		b.Read += n
	}
	b.Full, b.Next = true, next
	for p, records := range patches.patches() {
		if len(b.Patches) == batchSize {
			if !s.send(ctx, b, yield) {
				return
			}
			b = feed.Batch{Full: true, Next: next}
		}
		b.Patches = append(b.Patches, p)
		b.Used += records
		b.Read += records
	}
	s.send(ctx, b, yield)
}

// batchSize keeps a batch's memory to some megabytes.
const batchSize = min(1024, feed.MaxBatch)

func (s *Source) send(ctx context.Context, b feed.Batch, yield func(feed.Batch, error) bool) bool {
	if ctx.Err() != nil {
		yield(feed.Batch{}, context.Cause(ctx))
		return false
	}
	return yield(b, nil)
}

func count(into, from map[string]int) {
	for k, n := range from {
		into[k] += n
	}
}
