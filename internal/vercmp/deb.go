package vercmp

import (
	"cmp"
	"strings"
)

// debVersion is [epoch:]upstream[-revision]. Without a revision it is empty,
// which compares as 0 does.
type debVersion struct{ epoch, upstream, revision string }

// CheckDeb returns nil if dpkg can compare v.
//
// The rules are those of dpkg 1.21 (lib/dpkg/parsehelp.c), which are wider than
// deb-version(7): blanks around the version are ignored, the epoch may carry a
// sign, and what dpkg only warns about is accepted, because hosts have such
// packages: a version that does not start with a digit, unusual punctuation.
// An epoch past 2147483647, an empty epoch, upstream version or revision, and
// blanks inside are refused, as there. Narrower than dpkg in two points. Bytes
// outside printable ASCII are refused, since dpkg's order of them depends on
// the signedness of the processor's characters. So is an upstream version
// without a digit, about which dpkg warns: "(none)" and "<unknown>" are what
// tools print where there is no version, and would be newer than any.
func CheckDeb(v string) error {
	_, err := splitDeb(v)
	return err
}

// CompareDeb compares two Debian versions as dpkg --compare-versions does.
func CompareDeb(a, b string) (int, error) {
	x, err := splitDeb(a)
	if err != nil {
		return 0, err
	}
	y, err := splitDeb(b)
	if err != nil {
		return 0, err
	}
	if c := compareNumbers(x.epoch, y.epoch); c != 0 {
		return c, nil
	}
	if c := compareDebPart(x.upstream, y.upstream); c != 0 {
		return c, nil
	}
	return compareDebPart(x.revision, y.revision), nil
}

// AppendDebKey appends the key of a Debian version.
func AppendDebKey(dst []byte, v string) ([]byte, error) {
	x, err := splitDeb(v)
	if err != nil {
		return dst, err
	}
	dst = appendNumber(dst, 0, x.epoch)
	dst = appendDebPart(dst, x.upstream)
	return appendDebPart(dst, x.revision), nil
}

func splitDeb(v string) (d debVersion, err error) {
	start, end := 0, len(v)
	for start < end && isBlank(v[start]) {
		start++
	}
	for end > start && isBlank(v[end-1]) {
		end--
	}
	if i := printableEnd(v[:end], start); i < end {
		return d, broken(i, "printable ASCII characters and no blanks inside")
	}
	if n := strings.IndexByte(v[start:end], ':'); n >= 0 {
		if d.epoch, err = debEpoch(v[start:start+n], start); err != nil {
			return d, err
		}
		start += n + 1
	}
	d.upstream = v[start:end]
	if n := strings.LastIndexByte(d.upstream, '-'); n >= 0 {
		d.upstream, d.revision = d.upstream[:n], d.upstream[n+1:]
		if d.revision == "" {
			return d, broken(end, "a revision after the last hyphen")
		}
	}
	if !hasDigit(d.upstream) {
		return d, broken(start, "a digit in the upstream version")
	}
	return d, nil
}

func hasDigit(s string) bool {
	for i := range len(s) {
		if isDigit(s[i]) {
			return true
		}
	}
	return false
}

// debEpoch returns the digits of what stands before the colon.
func debEpoch(s string, pos int) (string, error) {
	digits := s
	if s != "" && (s[0] == '+' || s[0] == '-') {
		digits = s[1:]
	}
	if digits == "" || digitsEnd(digits, 0) != len(digits) {
		return "", broken(pos, "a number as the epoch before the colon")
	}
	if s[0] == '-' && trimZeros(digits) != "" {
		return "", broken(pos, "an epoch that is not negative")
	}
	if compareNumbers(digits, "2147483647") > 0 {
		return "", broken(pos, "an epoch up to 2147483647")
	}
	return digits, nil
}

// debRank is the weight of the character of s at i outside numbers: a tilde
// before the end, the end before letters, letters before the rest. A digit
// ends such a run and weighs as the end does.
func debRank(s string, i int) int {
	if i >= len(s) {
		return 0
	}
	switch c := s[i]; {
	case isDigit(c):
		return 0
	case isLetter(c):
		return int(c)
	case c == '~':
		return -1
	default:
		return int(c) + 256
	}
}

// compareDebPart compares two upstream versions or two revisions: runs of
// other characters and numbers in turn, where what is missing is empty or zero.
func compareDebPart(a, b string) int {
	same := commonPrefix(a, b)
	for same > 0 && isDigit(a[same-1]) {
		same-- // the number that the first difference may belong to
	}
	for i, j := same, same; i < len(a) || j < len(b); {
		for i < len(a) && !isDigit(a[i]) || j < len(b) && !isDigit(b[j]) {
			if x, y := debRank(a, i), debRank(b, j); x != y {
				return cmp.Compare(x, y)
			}
			i++
			j++
		}
		endA, endB := digitsEnd(a, i), digitsEnd(b, j)
		if c := compareNumbers(a[i:endA], b[j:endB]); c != 0 {
			return c
		}
		i, j = endA, endB
	}
	return 0
}

// The bytes of a deb key in their order: debTilde, then debNumber and what
// appendNumber makes of it (also for the end: a number that is not there is
// zero), then letters as they are, then other characters moved up past them.
const (
	debTilde  = 0x01
	debNumber = 0x02
	debOther  = 0x60
)

// appendDebPart appends each run of other characters followed by the number
// after it, and an end that sorts where a missing character does.
func appendDebPart(dst []byte, s string) []byte {
	for i := 0; ; {
		for ; i < len(s) && !isDigit(s[i]); i++ {
			switch c := s[i]; {
			case c == '~':
				dst = append(dst, debTilde)
			case isLetter(c):
				dst = append(dst, c)
			default:
				dst = append(dst, c+debOther)
			}
		}
		if dst, i = appendNumberAt(dst, debNumber, s, i); i == len(s) {
			return append(dst, debNumber)
		}
	}
}
