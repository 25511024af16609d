package vercmp

import (
	"cmp"
	"strings"
)

// The markers of the key of a pre-release, in their order.
const (
	preEnd     = 0x01
	preNumber  = 0x02 // and the markers of appendNumber after it
	preLetters = preNumber + numberMarks
)

// comparePrerelease compares two dotted lists of identifiers as semver 2.0
// section 11 does: numbers by value and before words, words by their bytes,
// the shorter list first where it is a prefix of the other.
func comparePrerelease(a, b string) int {
	for {
		x, restA, moreA := strings.Cut(a, ".")
		y, restB, moreB := strings.Cut(b, ".")
		numA, numB := digitsEnd(x, 0) == len(x), digitsEnd(y, 0) == len(y)
		c := 0
		switch {
		case numA && numB:
			c = compareNumbers(x, y)
		case numA:
			return -1
		case numB:
			return 1
		default:
			c = cmp.Compare(x, y)
		}
		switch {
		case c != 0:
			return c
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

// appendPrerelease appends marker and content of each identifier, and the end.
// Words need no terminator: every marker is below '-'.
func appendPrerelease(dst []byte, s string) []byte {
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
