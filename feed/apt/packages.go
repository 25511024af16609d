package apt

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/applicability"
	"github.com/fettle-dev/fettle/feed"
	"github.com/fettle-dev/fettle/internal/deb822"
)

// List is one Packages file that belongs to its Release. It is immutable.
type List struct {
	Release   *Release
	File      string // as the caller named it
	Entry     string // what the Release calls it: main/binary-amd64/Packages
	Component string // main, updates/main; empty in a flat archive
	Arch      string // amd64; empty in a flat archive
	Read      int    // stanzas
	Refused   []*feed.RecordError
	Skipped   map[string]int
	Notes     map[string]int

	binaries []binary
}

// binary is a used stanza.
type binary struct {
	name, version, arch   string
	source, sourceVersion string
	file, sha256          string // of the .deb
	size                  int64
}

// ReadOptions bound and shape what ReadPackages takes. A nil *ReadOptions and
// zero fields ask for the defaults.
type ReadOptions struct {
	// Decompress opens a compressed stream by its content, as the Reader of
	// module feed/decompress does, and must give plain streams out as they are.
	// Default: none, files are plain.
	Decompress func(io.Reader) (io.ReadCloser, error)
	MaxSize    int64 // bytes of a Packages file, compressed or not; default 1 GiB
	MaxRefused int   // stanzas at fault before the list is refused; default 10,000
	// Entry is the file's name in the Release, without the ending of its
	// compression: main/binary-amd64/Packages. Empty: whichever has its sum.
	Entry string
}

// ReadPackages reads a Packages file and checks that r lists it: the sum and
// size of the file as it is, or of what it decompresses to, are those of an
// entry (so that a file that was compressed anew is still the archive's).
//
// An error is a *feed.ListError that wraps one of the conditions above; stanzas
// that cannot be used are in the list's Refused. Nothing of a file is to be
// used before this returns it.
func (r *Release) ReadPackages(file string, in io.Reader, o *ReadOptions) (*List, error) {
	options := ReadOptions{MaxSize: 1 << 30, MaxRefused: 10_000}
	if o != nil {
		options.Decompress, options.Entry = o.Decompress, o.Entry
		if o.MaxSize > 0 {
			options.MaxSize = o.MaxSize
		}
		if o.MaxRefused > 0 {
			options.MaxRefused = o.MaxRefused
		}
	}
	raw := &summed{in: in, sum: sha256.New(), left: options.MaxSize}
	text := raw
	if options.Decompress != nil {
		opened, err := options.Decompress(raw)
		if err != nil {
			return nil, readFault(file, err)
		}
		defer func() { _ = opened.Close() }()
		text = &summed{in: opened, sum: sha256.New(), left: options.MaxSize}
	}
	l := &List{Release: r, File: file, Skipped: map[string]int{}, Notes: map[string]int{}}
	if err := l.stanzas(text, options.MaxRefused); err != nil {
		return nil, err
	}
	if _, err := io.Copy(io.Discard, raw); err != nil { // what a decoder left behind its stream
		return nil, readFault(file, err)
	}
	if err := l.match(options.Entry, raw, text); err != nil {
		return nil, err
	}
	return l, l.place()
}

func readFault(file string, err error) error {
	var known *feed.ListError
	switch {
	case errors.As(err, &known):
		return err
	case errors.Is(err, ErrTooLarge):
		return &feed.ListError{File: file, Err: err}
	}
	return &feed.ListError{File: file, Err: fmt.Errorf("%w: %w", ErrRead, err)}
}

// summed counts and sums what is read, and refuses to read on beyond a limit.
type summed struct {
	in   io.Reader
	sum  hash.Hash
	size int64
	left int64
}

func (s *summed) Read(p []byte) (int, error) {
	n, err := s.in.Read(p)
	s.sum.Write(p[:n])
	s.size += int64(n)
	if s.left -= int64(n); s.left < 0 {
		return 0, fmt.Errorf("%w: %d bytes", ErrTooLarge, s.size+s.left)
	}
	return n, err
}

func (s *summed) entry() entry {
	return entry{size: s.size, sha256: hex.EncodeToString(s.sum.Sum(nil))}
}

// stanzas reads all stanzas into l.
func (l *List) stanzas(in io.Reader, maxRefused int) error {
	seen := make(map[[3]string]string)
	for r := deb822.NewReader(in, nil); ; l.Read++ {
		if len(l.Refused) > maxRefused {
			return &feed.ListError{
				File: l.File, Rule: fmt.Sprintf("more than %d stanzas are at fault, the first: %v", maxRefused, l.Refused[0]),
				Err: ErrMalformed,
			}
		}
		s, err := r.Next()
		var form *deb822.Error
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case errors.As(err, &form):
			l.Refused = append(l.Refused, &feed.RecordError{
				File: l.File, Line: form.Line, Offset: form.Offset, Field: form.Field,
				Err: fmt.Errorf("%w: %s", ErrMalformed, form.Rule),
			})
			continue
		case err != nil:
			return readFault(l.File, err)
		}
		b, fault := l.binary(s)
		if fault == nil {
			fault = l.repeated(seen, s, b)
		}
		if fault != nil {
			l.Refused = append(l.Refused, fault)
		}
	}
}

// repeated adds b unless it was there before; two stanzas of one package,
// version and architecture must speak of the same file.
func (l *List) repeated(seen map[[3]string]string, s *deb822.Stanza, b binary) *feed.RecordError {
	key := [3]string{b.name, b.version, b.arch}
	sum, ok := seen[key]
	switch {
	case !ok:
		seen[key] = b.sha256
		l.binaries = append(l.binaries, b)
		if s.Has("Phased-Update-Percentage") {
			l.Notes["phased updates, taken as available"]++
		}
		return nil
	case sum == b.sha256:
		l.Skipped["repeated"]++
		return nil
	default:
		return l.fault(s, "SHA256", "another file was stated for this package, version and architecture")
	}
}

func (l *List) fault(s *deb822.Stanza, field, rule string) *feed.RecordError {
	return &feed.RecordError{
		File: l.File, Line: s.LineOf(field), Offset: s.Offset, Record: s.Get("Package"), Field: field,
		Err: fmt.Errorf("%w: %s", ErrMalformed, rule),
	}
}

// binary reads what a patch is made of.
func (l *List) binary(s *deb822.Stanza) (binary, *feed.RecordError) {
	b := binary{name: s.Get("Package"), version: s.Get("Version"), arch: s.Get("Architecture"), sha256: s.Get("SHA256")}
	if n := len(l.binaries); n > 0 { // neighbours share their words; keep one copy
		b.arch = shared(b.arch, l.binaries[n-1].arch)
		b.version = shared(b.version, l.binaries[n-1].version)
	}
	b.source, b.sourceVersion = b.name, b.version
	if source := s.Get("Source"); source != "" {
		name, version, stated := strings.Cut(source, " ")
		b.source = name
		if stated {
			b.sourceVersion = strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(version), "("), ")")
		}
	}
	switch {
	case !isPackage(b.name):
		return b, l.fault(s, "Package", "want a package name")
	case !isPackage(b.source):
		return b, l.fault(s, "Source", "want a package name, and perhaps a version in brackets")
	case !isArch(b.arch):
		return b, l.fault(s, "Architecture", "want an architecture")
	}
	if err := applicability.SchemeDeb.Check(b.version); err != nil {
		return b, l.fault(s, "Version", err.Error())
	}
	if err := applicability.SchemeDeb.Check(b.sourceVersion); err != nil {
		return b, l.fault(s, "Source", err.Error())
	}
	b.file, b.size = s.Get("Filename"), number(s.Get("Size"))
	if strings.ContainsFunc(b.file, func(c rune) bool { return c <= ' ' || c > '~' }) || slices.Contains(strings.Split(b.file, "/"), "..") {
		return b, l.fault(s, "Filename", "want a path below the archive")
	}
	return b, nil
}

func shared(s, other string) string {
	if s == other {
		return other
	}
	return s
}

// number returns the digits' value, 0 where they are none or too many.
func number(s string) int64 {
	n := int64(0)
	for _, c := range []byte(s) {
		if c < '0' || c > '9' || n > 1<<50 {
			return 0
		}
		n = n*10 + int64(c-'0')
	}
	return n
}

// isPackage is wider than Debian Policy section 5.6.1: third parties use upper
// case and underscores, and dpkg takes them.
func isPackage(s string) bool {
	return len(s) >= 1 && len(s) <= 200 && strings.Contains(lettersAndDigits, s[:1]) &&
		strings.Trim(s, lettersAndDigits+"+-._~") == ""
}

func isArch(s string) bool {
	return len(s) >= 1 && len(s) <= 50 && strings.Trim(s, lettersAndDigits+"-") == ""
}
