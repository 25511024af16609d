package vercmp

import (
	"cmp"
	"encoding/binary"
	"math/bits"
	"strings"
)

func isDigit(c byte) bool  { return c-'0' <= 9 }
func isLetter(c byte) bool { return c|0x20-'a' <= 'z'-'a' }

// isBlank reports whether c is a space or a tab.
func isBlank(c byte) bool { return c == ' ' || c == '\t' }

// printableEnd returns the end of the run of visible ASCII characters of s that
// starts at i.
func printableEnd(s string, i int) int {
	for i < len(s) && s[i]-0x21 <= 0x7e-0x21 {
		i++
	}
	return i
}

// digitsEnd returns the end of the run of digits of s that starts at i.
func digitsEnd(s string, i int) int {
	for i < len(s) && isDigit(s[i]) {
		i++
	}
	return i
}

// lettersEnd returns the end of the run of ASCII letters of s that starts at i.
func lettersEnd(s string, i int) int {
	for i < len(s) && isLetter(s[i]) {
		i++
	}
	return i
}

// commonPrefix returns the length of the longest common prefix of a and b.
func commonPrefix(a, b string) int {
	n := min(len(a), len(b))
	for i := range n {
		if a[i] != b[i] {
			return i
		}
	}
	return n
}

// trimZeros returns digits without leading zeros; nothing is left of zero.
func trimZeros(digits string) string {
	for digits != "" && digits[0] == '0' {
		digits = digits[1:]
	}
	return digits
}

// compareNumbers compares two runs of digits by value. No digits are zero.
func compareNumbers(a, b string) int {
	a, b = trimZeros(a), trimZeros(b)
	if len(a) != len(b) {
		return cmp.Compare(len(a), len(b))
	}
	return cmp.Compare(a, b)
}

// Markers of the key of a number, counted from its base: one for each number below
// smallNumbers, as most are, one for each count of bytes, one for more. The orders
// leave room for numberMarks.
const (
	smallNumbers = 30
	numberMarks  = smallNumbers + 9
)

// appendNumber appends the key of a run of digits: of a small number n the marker
// base+n; else a marker for each count of bytes, and the bytes, big-endian; past 18
// digits the last marker, the count of digits and the digits. So shorter is smaller,
// up to base+numberMarks-1.
func appendNumber(dst []byte, base byte, digits string) []byte {
	dst, _ = appendNumberAt(dst, base, digits, 0)
	return dst
}

// appendNumberAt is appendNumber of the run of digits of s that starts at i. It
// returns the end of the run too.
func appendNumberAt(dst []byte, base byte, s string, i int) (key []byte, end int) {
	n := uint64(0)
	for end = i; end < len(s) && isDigit(s[end]); end++ {
		n = n*10 + uint64(s[end]-'0')
	}
	if end-i > 18 { // 18 nines still fit eight bytes
		if digits := trimZeros(s[i:end]); len(digits) > 18 {
			dst = append(dst, base+numberMarks-1)
			dst = binary.BigEndian.AppendUint64(dst, uint64(len(digits)))
			return append(dst, digits...), end
		}
	}
	switch {
	case n < smallNumbers:
		return append(dst, base+byte(n)), end
	case n < 1<<8:
		return append(dst, base+smallNumbers, byte(n)), end
	case n < 1<<16:
		return append(dst, base+smallNumbers+1, byte(n>>8), byte(n)), end
	}
	size := (bits.Len64(n) + 7) / 8
	dst = append(dst, base+smallNumbers+byte(size)-1)
	for i := size - 1; i >= 0; i-- {
		dst = append(dst, byte(n>>(8*i)))
	}
	return dst, end
}

// lower returns c, an ASCII letter in lower case.
func lower(c byte) byte {
	if c-'A' <= 'Z'-'A' {
		return c | 0x20
	}
	return c
}

// compareRelease compares two dotted lists of numbers; missing ones are 0.
func compareRelease(a, b string) int {
	for a != "" || b != "" {
		var x, y string
		x, a, _ = strings.Cut(a, ".")
		y, b, _ = strings.Cut(b, ".")
		if c := compareNumbers(x, y); c != 0 {
			return c
		}
	}
	return 0
}

// appendRelease appends the numbers of a dotted list up to the last that is
// not zero, so lists that differ only in trailing zeros have one key.
func appendRelease(dst []byte, base byte, numbers string) []byte {
	last := strings.LastIndexFunc(numbers, func(r rune) bool { return r != '0' && r != '.' })
	if last < 0 {
		return dst
	}
	for numbers = numbers[:digitsEnd(numbers, last)]; numbers != ""; {
		var n string
		n, numbers, _ = strings.Cut(numbers, ".")
		dst = appendNumber(dst, base, n)
	}
	return dst
}
