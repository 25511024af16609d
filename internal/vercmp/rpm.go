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

func splitRPM(v string) (rpmVersion, error) {
	colon, hyphen := -1, -1
	for i := range len(v) {
		switch c := v[i]; {
		case c == ':' && colon < 0:
			colon = i
		case c == '-':
			hyphen = i
		case !isPrintable(c):
			return rpmVersion{}, broken(i, "only printable ASCII characters")
		}
	}
	r := rpmVersion{version: v}
	start := 0
	if colon >= 0 {
		if colon == 0 || digitsEnd(v, 0) != colon {
			return rpmVersion{}, broken(0, "a number as the epoch before the colon")
		}
		start = colon + 1
		r.epoch, r.version = v[:colon], v[start:]
	}
	if hyphen >= start {
		r.version, r.release, r.released = v[start:hyphen], v[hyphen+1:], true
		if !hasAlnum(r.release) {
			return rpmVersion{}, broken(hyphen+1, "a letter or digit in the release")
		}
	}
	if !hasAlnum(r.version) {
		return rpmVersion{}, broken(start, "a letter or digit in the version")
	}
	return r, nil
}

func hasAlnum(s string) bool {
	return strings.ContainsFunc(s, func(r rune) bool { return r < 0x80 && (isDigit(byte(r)) || isLetter(byte(r))) })
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
	for i, j := 0, 0; ; {
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
