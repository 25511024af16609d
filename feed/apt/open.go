package apt

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/fettle-dev/fettle/feed"
)

// MaxFuture is how far a Release's Date may lie after the given instant: the
// default of apt's Acquire::Max-FutureTime is as short (apt.conf(5)), and five
// minutes allow for the clocks of a fleet.
const MaxFuture = 5 * time.Minute

// Check says what a Release must pass.
type Check struct {
	// Verifier holds the keys that may sign. Required unless Unsigned or
	// Insecure.
	Verifier feed.Verifier
	// Unsigned goes without a signature, as "Trusted: yes" of a sources file
	// has it; it is noted.
	Unsigned bool
	// Insecure goes without: the signature is not looked at, and dates are only
	// noted. What is left is that the Packages files are those of the Release.
	Insecure bool
	// Suite is the suite that was asked for, as a sources file names it. The
	// Release's Suite or Codename must be it, so that nobody passes off one
	// suite's list as another's. Empty: whatever it is.
	Suite string
	// MaxAge refuses a Release whose Date is older, also where it states no
	// Valid-Until. Zero: as the Release says.
	MaxAge time.Duration
}

// OpenRelease verifies and reads a Release file: InRelease with a nil
// signature, or Release with its Release.gpg. at is the instant of the check.
// Its errors are *feed.ListError and wrap one of the conditions above.
func OpenRelease(file string, message, signature []byte, at time.Time, c *Check) (*Release, error) {
	if c == nil {
		c = &Check{}
	}
	text, by, err := c.text(file, message, signature, at)
	if err != nil {
		return nil, err
	}
	r, err := ParseRelease(file, text)
	if err != nil {
		return nil, err
	}
	r.SignedBy = by
	r.Notes = map[string]int{}
	if c.Insecure || c.Unsigned {
		r.Notes["the signature is not checked"]++
	}
	if err := r.checkSuite(c.Suite); err != nil {
		return nil, err
	}
	if err := r.checkDates(at, c.MaxAge); err != nil {
		if !c.Insecure {
			return nil, err
		}
		r.Notes["let pass: "+err.Error()]++
	}
	return r, nil
}

// text returns what is signed, or with Insecure what would be.
func (c *Check) text(file string, message, signature []byte, at time.Time) ([]byte, []feed.Signature, error) {
	switch {
	case c.Insecure || c.Unsigned:
		text, rule := clearText(message)
		if rule != "" {
			return nil, nil, &feed.ListError{File: file, Rule: rule, Err: ErrMalformed}
		}
		return text, nil, nil
	case c.Verifier == nil:
		return nil, nil, &feed.ListError{File: file, Err: ErrUnverified}
	}
	text, by, err := c.Verifier.Verify(message, signature, at)
	if err != nil {
		return nil, nil, &feed.ListError{File: file, Field: "signature", Err: fmt.Errorf("%w: %w", ErrSignature, err)}
	}
	return text, by, nil
}

func (r *Release) checkSuite(want string) error {
	// The security suites of old releases are asked for as "buster/updates".
	want = strings.TrimSuffix(want, "/")
	if base, ok := strings.CutSuffix(want, "/updates"); ok && (base == r.Suite || base == r.Codename) {
		return nil
	}
	if want == "" || want == r.Suite || want == r.Codename {
		return nil
	}
	got := strings.Join(slices.DeleteFunc([]string{r.Suite, r.Codename}, func(s string) bool { return s == "" }), " / ")
	return &feed.ListError{File: r.File, Field: "Suite / Codename", Value: got, Rule: "want " + want, Err: ErrSuite}
}

func (r *Release) checkDates(at time.Time, maxAge time.Duration) error {
	refuse := func(field string, value time.Time, rule string, err error) error {
		return &feed.ListError{File: r.File, Field: field, Value: value.UTC().Format(time.RFC3339), Rule: rule, Err: err}
	}
	now := at.UTC().Format(time.RFC3339)
	switch {
	case r.Date.After(at.Add(MaxFuture)):
		return refuse("Date", r.Date, "it is "+now, ErrFuture)
	case !r.ValidUntil.IsZero() && at.After(r.ValidUntil):
		return refuse("Valid-Until", r.ValidUntil, "it is "+now, ErrExpired)
	case maxAge > 0 && at.After(r.Date.Add(maxAge)):
		return refuse("Date", r.Date, fmt.Sprintf("it is %s, older than %s", now, maxAge), ErrExpired)
	}
	return nil
}

// clearText takes the text out of a clear-signed message without looking at the
// signature (RFC 9580 section 7); other text is returned as it is.
func clearText(message []byte) (text []byte, rule string) {
	const (
		begin = "-----BEGIN PGP SIGNED MESSAGE-----"
		end   = "-----BEGIN PGP SIGNATURE-----"
	)
	if !bytes.HasPrefix(message, []byte(begin)) {
		return message, ""
	}
	headers := true
	for line := range bytes.Lines(message) {
		bare := bytes.TrimRight(line, " \t\r\n")
		switch {
		case headers:
			headers = len(bare) > 0
		case string(bare) == end:
			return text, ""
		default:
			text = append(append(text, bytes.TrimPrefix(bare, []byte("- "))...), '\n')
		}
	}
	return nil, "a signed message without its signature: the file is cut"
}
