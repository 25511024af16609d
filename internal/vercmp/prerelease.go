package vercmp

import (
	"cmp"
	"strings"
)

// The markers of the key of a pre-release, in their order.
const (
	preSome    = 0x01 // first in the key: whether there is one
	preNone    = 0x02
	preEnd     = 0x01
	preNumber  = 0x02 // and the markers of appendNumber after it
	preLetters = preNumber + numberMarks
)

// comparePrerelease compares two pre-releases, dotted lists of identifiers, as
// semver 2.0 section 11 does: numbers by value and before words, words by their
// bytes, the shorter list first where it is a prefix of the other. None, the
// empty one, is newest.
func comparePrerelease(a, b string) int {
	switch {
	case a == b:
		return 0
	case a == "":
		return 1
	case b == "":
		return -1
	}
	for {
		x, restA, moreA := strings.Cut(a, ".")
		y, restB, moreB := strings.Cut(b, ".")
		if c := compareIdentifiers(x, y); c != 0 {
			return c
		}
		switch {
		case !moreA && !moreB:
			return 0
		case !moreA:
			return -1
		case !moreB:
			return 1
		}
		a, b = restA, restB
	}
}

func compareIdentifiers(a, b string) int {
	numberA, numberB := digitsEnd(a, 0) == len(a), digitsEnd(b, 0) == len(b)
	switch {
	case numberA && numberB:
		return compareNumbers(a, b)
	case numberA:
		return -1
	case numberB:
		return 1
	default:
		return cmp.Compare(a, b)
	}
}

// appendPrerelease appends whether there is a pre-release, marker and content
// of each identifier, and the end. Words need no terminator: every marker is
// below '-'.
func appendPrerelease(dst []byte, s string) []byte {
	if s == "" {
		return append(dst, preNone)
	}
	dst = append(dst, preSome)
	for more := true; more; {
		var x string
		x, s, more = strings.Cut(s, ".")
		if digitsEnd(x, 0) == len(x) {
			dst = appendNumber(dst, preNumber, x)
			continue
		}
		dst = append(dst, preLetters)
		dst = append(dst, x...)
	}
	return append(dst, preEnd)
}
