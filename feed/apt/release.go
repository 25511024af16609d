package apt

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/feed"
	"github.com/fettle-dev/fettle/internal/deb822"
)

// Why a list is refused as a whole. Each is wrapped by a *feed.ListError, which
// names file, field, value and rule.
var (
	ErrUnverified = errors.New("apt: no verifier is given and insecure is not asked for")
	ErrSignature  = errors.New("apt: the signature is not good")
	ErrExpired    = errors.New("apt: the list has expired")
	ErrFuture     = errors.New("apt: the list is dated in the future")
	ErrSuite      = errors.New("apt: the list is of another suite")
	ErrNotListed  = errors.New("apt: the Release does not list this file")
	ErrMismatch   = errors.New("apt: the file is not the one that the Release lists")
	ErrMalformed  = errors.New("apt: not in the form of an archive's file")
	ErrTooLarge   = errors.New("apt: the file is larger than allowed")
	ErrRead       = errors.New("apt: the file cannot be read")
)

// Release is what the Release file of an archive says about one suite. It is
// immutable and safe for concurrent use.
type Release struct {
	File     string // as the caller named it
	Origin   string
	Label    string
	Suite    string
	Codename string
	Version  string
	Date     time.Time // UTC
	// ValidUntil is the last instant at which the file may be used, UTC. Zero:
	// the archive states none.
	ValidUntil time.Time
	// NotAutomatic says that nothing is to be installed or upgraded from this
	// suite unless asked for; ButAutomaticUpgrades, that what was once installed
	// from it is upgraded from it.
	NotAutomatic, ButAutomaticUpgrades bool
	Architectures, Components          []string
	// SignedBy are the good signatures; none: nobody checked.
	SignedBy []feed.Signature
	// Notes counts what was let pass that would be refused without Insecure.
	Notes map[string]int

	index map[string]entry // by path below the Release file
}

// entry is one file that a Release vouches for.
type entry struct {
	size   int64
	sha256 string // lower-case hexadecimal
}

// maxRelease bounds the bytes of a Release file; Debian's largest are near 2 MB.
const maxRelease = 32 << 20

// ParseRelease reads the text of a Release file, without any signature around
// it. The file needs a Date, a Suite or Codename, and SHA256 sums: MD5 and SHA-1
// prove nothing. Its errors are *feed.ListError that wrap ErrMalformed.
//
// The format: Debian repository format, "Release" files.
func ParseRelease(file string, text []byte) (*Release, error) {
	malformed := func(line int, field, value, rule string) error {
		return &feed.ListError{File: file, Line: line, Field: field, Value: value, Rule: rule, Err: ErrMalformed}
	}
	in := deb822.NewReader(bytes.NewReader(text), &deb822.Options{MaxStanza: maxRelease})
	s, err := in.Next()
	if err != nil {
		return nil, malformed(0, "", "", formFault(err))
	}
	r := &Release{
		File: file, Origin: s.Get("Origin"), Label: s.Get("Label"), Suite: s.Get("Suite"),
		Codename: s.Get("Codename"), Version: s.Get("Version"),
		NotAutomatic: s.Get("NotAutomatic") == "yes", ButAutomaticUpgrades: s.Get("ButAutomaticUpgrades") == "yes",
		Architectures: strings.Fields(s.Get("Architectures")), Components: strings.Fields(s.Get("Components")),
	}
	for field, at := range map[string]*time.Time{"Date": &r.Date, "Valid-Until": &r.ValidUntil} {
		if value := s.Get(field); s.Has(field) {
			if *at, err = parseDate(value); err != nil {
				return nil, malformed(s.LineOf(field), field, value, err.Error())
			}
		}
	}
	switch {
	case r.Date.IsZero():
		return nil, malformed(0, "Date", "", "required")
	case r.Suite == "" && r.Codename == "":
		return nil, malformed(0, "Suite", "", "Suite or Codename is required")
	case !s.Has("SHA256"):
		return nil, malformed(0, "SHA256", "", "required: weaker sums prove nothing")
	}
	for field, value := range map[string]string{"Suite": r.Suite, "Codename": r.Codename} {
		if value != "" && !isSuite(value) {
			return nil, malformed(s.LineOf(field), field, value, "want letters, digits and . _ + ~ / -")
		}
	}
	if line, value, rule := r.parseIndex(s.Get("SHA256")); rule != "" {
		return nil, malformed(s.LineOf("SHA256")+line, "SHA256", value, rule)
	}
	if _, err := in.Next(); !errors.Is(err, io.EOF) {
		return nil, malformed(0, "", "", "want a single stanza")
	}
	return r, nil
}

// formFault says what is wrong with a stanza that could not be read.
func formFault(err error) string {
	if errors.Is(err, io.EOF) {
		return "the file is empty"
	}
	return err.Error()
}

// parseDate reads a date of RFC 5322 form in UTC, as archives write it.
func parseDate(s string) (time.Time, error) {
	for _, zone := range []string{"UTC", "GMT", "Z", "+0000"} {
		date, ok := strings.CutSuffix(s, " "+zone)
		if !ok {
			continue
		}
		if at, err := time.Parse("Mon, _2 Jan 2006 15:04:05", date); err == nil {
			return at, nil
		}
	}
	return time.Time{}, errors.New(`want "Mon, 02 Jan 2006 15:04:05 UTC"`)
}

// isSuite reports whether s can stand in a patch's ID.
func isSuite(s string) bool {
	return len(s) <= 100 && strings.Trim(s, lettersAndDigits+"._+~/-") == ""
}

const lettersAndDigits = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

// parseIndex reads the lines of "sum size path". Where one breaks a rule it
// returns the line, counted from 0, with value and rule.
func (r *Release) parseIndex(lines string) (line int, value, rule string) {
	r.index = make(map[string]entry, strings.Count(lines, "\n"))
	for text := range strings.SplitSeq(lines, "\n") {
		words := strings.Fields(text)
		switch {
		case len(words) == 0:
		case len(words) != 3:
			return line, text, "want sum, size and path"
		default:
			sum, err := hex.DecodeString(words[0])
			if err != nil || len(sum) != 32 {
				return line, words[0], "want 64 hexadecimal digits"
			}
			size, err := strconv.ParseInt(words[1], 10, 64)
			if err != nil || size < 0 {
				return line, words[1], "want a size in bytes"
			}
			e := entry{size: size, sha256: strings.ToLower(words[0])}
			name := path.Clean(words[2])
			if old, ok := r.index[name]; ok && old != e {
				return line, words[2], "stated twice, differently"
			}
			r.index[name] = e
		}
		line++
	}
	return 0, "", ""
}

// Name is how the suite is called in the IDs of its patches: its codename where
// that tells the pocket (bookworm-security), else the suite where it extends
// the codename (jammy-security), else the codename, else the suite. Archives
// that are no distribution's own put their origin in front (docker:bookworm),
// so that names cannot clash.
func (r *Release) Name() string {
	name := r.Codename
	if name == "" || strings.HasPrefix(r.Suite, r.Codename+"-") {
		name = r.Suite
	}
	if r.class() == fettle.ClassSecurity && !strings.Contains(name, "security") {
		name += "-security" // Debian up to 10 calls both suites buster
	}
	origin := slug(r.Origin)
	if id, _ := r.system(); id != "" || origin == "" {
		return name
	}
	return origin + ":" + name
}

// slug returns s in lower case with everything but letters and digits made one
// hyphen.
func slug(s string) string {
	words := strings.FieldsFunc(strings.ToLower(s), func(c rune) bool {
		return (c < 'a' || c > 'z') && (c < '0' || c > '9')
	})
	return strings.Join(words, "-")
}

// String names file and suite.
func (r *Release) String() string { return fmt.Sprintf("%s (%s)", r.File, r.Name()) }
