package vercmp

import (
	"cmp"
	"strings"
)

// CheckPEP440 returns nil if v is a version as Python's packaging library
// takes it (PEP 440, appendix B): every spelling that normalises is accepted,
// in any case, as is white space around it.
func CheckPEP440(v string) error {
	_, err := splitPEP440(v)
	return err
}

// ComparePEP440 compares two Python versions as packaging does: epoch, release
// without its trailing zeros, pre-release, post-release, development release,
// local version.
func ComparePEP440(a, b string) (int, error) {
	x, err := splitPEP440(a)
	if err != nil {
		return 0, err
	}
	y, err := splitPEP440(b)
	if err != nil {
		return 0, err
	}
	if c := compareNumbers(x.epoch, y.epoch); c != 0 {
		return c, nil
	}
	if c := compareRelease(x.release, y.release); c != 0 {
		return c, nil
	}
	for _, phase := range [...]struct{ x, y pep440Phase }{{x.pre, y.pre}, {x.post, y.post}, {x.dev, y.dev}} {
		if c := cmp.Compare(phase.x.rank, phase.y.rank); c != 0 {
			return c, nil
		}
		if c := compareNumbers(phase.x.number, phase.y.number); c != 0 {
			return c, nil
		}
	}
	return comparePEP440Local(x.local, y.local), nil
}

// AppendPEP440Key appends the key of a Python version.
func AppendPEP440Key(dst []byte, v string) ([]byte, error) {
	x, err := splitPEP440(v)
	if err != nil {
		return dst, err
	}
	dst = appendNumber(dst, 0, x.epoch)
	dst = appendRelease(dst, pep440Number, x.release)
	dst = append(dst, pep440End)
	for _, phase := range [...]pep440Phase{x.pre, x.post, x.dev} {
		dst = append(dst, phase.rank)
		dst = appendNumber(dst, 0, phase.number)
	}
	return appendPEP440Local(dst, x.local), nil
}

// The markers of release and local version in the key, in their order. Words
// need no terminator: every marker is below '0'.
const (
	pep440End    = 0x01
	pep440Word   = 0x02
	pep440Number = 0x03 // and the markers of appendNumber after it
)

// cutLocal splits a local version at its first separator: . - or _.
func cutLocal(s string) (first, rest string) {
	if i := strings.IndexAny(s, ".-_"); i >= 0 {
		return s[:i], s[i+1:]
	}
	return s, ""
}

// comparePEP440Local compares two local versions part by part: words before
// numbers, words without regard to case, the shorter list first. None is the
// shortest.
func comparePEP440Local(a, b string) int {
	for a != "" && b != "" {
		var x, y string
		x, a = cutLocal(a)
		y, b = cutLocal(b)
		numX, numY := digitsEnd(x, 0) == len(x), digitsEnd(y, 0) == len(y)
		c := 0
		switch {
		case numX && numY:
			c = compareNumbers(x, y)
		case numX:
			return 1
		case numY:
			return -1
		default:
			c = compareFolded(x, y)
		}
		if c != 0 {
			return c
		}
	}
	return cmp.Compare(len(a), len(b)) // at most one has parts left
}

// compareFolded compares two ASCII words in lower case.
func compareFolded(a, b string) int {
	for i := range min(len(a), len(b)) {
		if c := cmp.Compare(lower(a[i]), lower(b[i])); c != 0 {
			return c
		}
	}
	return cmp.Compare(len(a), len(b))
}

func appendPEP440Local(dst []byte, s string) []byte {
	for s != "" {
		var x string
		x, s = cutLocal(s)
		if digitsEnd(x, 0) == len(x) {
			dst = appendNumber(dst, pep440Number, x)
			continue
		}
		dst = append(dst, pep440Word)
		for i := range len(x) {
			dst = append(dst, lower(x[i]))
		}
	}
	return append(dst, pep440End)
}
