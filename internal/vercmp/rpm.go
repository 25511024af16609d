package vercmp

import (
	"cmp"
	"strings"
)

// rpmVersion is [epoch:]version[-release].
type rpmVersion struct {
	epoch, version, release string
	released                bool // a release is stated
}

// CheckRPM returns nil if v is an EVR, [epoch:]version[-release].
//
// It is split as rpm does: the epoch is the digits before the first colon, the
// release what follows the last hyphen. Other than printable ASCII is refused,
// as are a version or release without a letter or digit, and an epoch that is
// no number: rpm would read "(none):1.2", which its own query prints, as a
// version.
func CheckRPM(v string) error {
	_, err := splitRPM(v)
	return err
}

// CompareRPM compares two EVRs as rpm 4.18 does, with its ~ (before the end)
// and ^ (after the end, before anything else).
//
// A missing epoch is 0, also where the other one has an epoch. A missing
// release comes before every release, as in dnf, zypper and oscap where they
// order versions (a dependency "= 1.2" without a release matches all of them;
// that is a range, not an order).
func CompareRPM(a, b string) (int, error) {
	x, err := splitRPM(a)
	if err != nil {
		return 0, err
	}
	y, err := splitRPM(b)
	if err != nil {
		return 0, err
	}
	if c := compareNumbers(x.epoch, y.epoch); c != 0 {
		return c, nil
	}
	if c := compareRPMPart(x.version, y.version); c != 0 {
		return c, nil
	}
	switch {
	case x.released && y.released:
		return compareRPMPart(x.release, y.release), nil
	case x.released:
		return 1, nil
	case y.released:
		return -1, nil
	default:
		return 0, nil
	}
}

// AppendRPMKey appends the key of an EVR.
func AppendRPMKey(dst []byte, v string) ([]byte, error) {
	x, err := splitRPM(v)
	if err != nil {
		return dst, err
	}
	dst = appendNumber(dst, 0, x.epoch)
	dst = appendRPMPart(dst, x.version)
	if !x.released {
		return append(dst, rpmNoRelease), nil
	}
	return appendRPMPart(dst, x.release), nil
}

func splitRPM(v string) (r rpmVersion, err error) {
	if i := printableEnd(v, 0); i < len(v) {
		return r, broken(i, "printable ASCII characters only")
	}
	start := 0
	if n := strings.IndexByte(v, ':'); n >= 0 {
		if n == 0 || digitsEnd(v, 0) != n {
			return r, broken(0, "a number as the epoch before the colon")
		}
		r.epoch, start = v[:n], n+1
	}
	r.version = v[start:]
	if n := strings.LastIndexByte(r.version, '-'); n >= 0 {
		r.version, r.release, r.released = r.version[:n], r.version[n+1:], true
		if !hasAlnum(r.release) {
			return r, broken(start+n+1, "a letter or digit in the release")
		}
	}
	if !hasAlnum(r.version) {
		return r, broken(start, "a letter or digit in the version")
	}
	return r, nil
}

func hasAlnum(s string) bool {
	for i := range len(s) {
		if isDigit(s[i]) || isLetter(s[i]) {
			return true
		}
	}
	return false
}

// The kinds of token in a version or release, in their order, which are also
// the markers of the key. All other characters only separate.
const (
	rpmNoRelease = iota // key only: instead of a release
	rpmTilde
	rpmEnd
	rpmCaret
	rpmLetters
	rpmDigits // and the markers of appendNumber after it
)

// rpmToken returns the kind and the end of the next token of s at or after i,
// and where it starts.
func rpmToken(s string, i int) (kind byte, start, end int) {
	for ; i < len(s); i++ {
		switch c := s[i]; {
		case isDigit(c):
			return rpmDigits, i, digitsEnd(s, i)
		case isLetter(c):
			return rpmLetters, i, lettersEnd(s, i)
		case c == '~':
			return rpmTilde, i, i + 1
		case c == '^':
			return rpmCaret, i, i + 1
		}
	}
	return rpmEnd, i, i
}

func compareRPMPart(a, b string) int {
	same := commonPrefix(a, b)
	for same > 0 && (isDigit(a[same-1]) || isLetter(a[same-1])) {
		same-- // the token that the first difference may belong to
	}
	for i, j := same, same; ; {
		kindA, startA, endA := rpmToken(a, i)
		kindB, startB, endB := rpmToken(b, j)
		if kindA != kindB {
			return cmp.Compare(kindA, kindB)
		}
		c := 0
		switch kindA {
		case rpmEnd:
			return 0
		case rpmDigits:
			c = compareNumbers(a[startA:endA], b[startB:endB])
		case rpmLetters:
			c = cmp.Compare(a[startA:endA], b[startB:endB])
		}
		if c != 0 {
			return c
		}
		i, j = endA, endB
	}
}

// appendRPMPart appends marker and content of each token, and the end. Letters
// need no terminator: every marker is below them.
func appendRPMPart(dst []byte, s string) []byte {
	for i := 0; ; {
		kind, start, end := rpmToken(s, i)
		if kind == rpmDigits {
			dst = appendNumber(dst, rpmDigits, s[start:end])
		} else {
			dst = append(dst, kind)
		}
		switch kind {
		case rpmEnd:
			return dst
		case rpmLetters:
			dst = append(dst, s[start:end]...)
		}
		i = end
	}
}
