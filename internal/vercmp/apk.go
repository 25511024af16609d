package vercmp

import (
	"cmp"
	"strings"
)

// CheckAPK returns nil if v is an Alpine version:
// number{.number}[letter]{_suffix[number]}[~hash][-rnumber], where a suffix is
// alpha, beta, pre, rc, cvs, svn, git, hg or p, and the hash is lower-case
// hexadecimal (apk-tools 3, src/version.c, apk_version_validate).
func CheckAPK(v string) error {
	s := apkScan{v: v}
	return s.finish()
}

// CompareAPK compares two Alpine versions as apk-tools 3 does. After the first
// number, one with a leading zero sorts as text before all that have none, so
// 1.05 is less than 1.1. Without a revision comes before -r0.
func CompareAPK(a, b string) (int, error) {
	x, y := apkScan{v: a}, apkScan{v: b}
	for {
		if err := x.next(); err != nil {
			return 0, err
		}
		if err := y.next(); err != nil {
			return 0, err
		}
		c := compareAPKToken(&x, &y)
		if c == 0 && x.rank != apkEnd {
			continue
		}
		if err := x.finish(); err != nil {
			return 0, err
		}
		if err := y.finish(); err != nil {
			return 0, err
		}
		return c, nil
	}
}

func compareAPKToken(x, y *apkScan) int {
	if x.rank != y.rank {
		return cmp.Compare(x.rank, y.rank)
	}
	switch x.rank {
	case apkFirst, apkNumber, apkSuffixNumber, apkRevision:
		return compareNumbers(x.text, y.text)
	default:
		return cmp.Compare(x.text, y.text)
	}
}

// AppendAPKKey appends the key of an Alpine version: rank and content of each
// token. Texts need no terminator: every rank is below '0'.
func AppendAPKKey(dst []byte, v string) ([]byte, error) {
	before := len(dst)
	for s := (apkScan{v: v}); ; {
		if err := s.next(); err != nil {
			return dst[:before], err
		}
		if s.rank == apkNumber {
			dst = appendNumber(dst, apkNumber, s.text)
			continue
		}
		dst = append(dst, s.rank)
		switch s.rank {
		case apkEnd:
			return dst, nil
		case apkFirst, apkSuffixNumber, apkRevision:
			dst = appendNumber(dst, 0, s.text)
		case apkZeroNumber, apkLetter, apkHash:
			dst = append(dst, s.text...)
		}
	}
}

// The ranks of what can stand at one place of two versions that are equal
// before it: pre-release suffixes, the end, and then whatever makes a version
// newer. They follow from the order of the tokens in apk's grammar: of two
// different tokens the one that may come earlier is newer.
const (
	apkStart byte = iota // nothing read yet
	apkFirst             // the first number
	apkAlpha
	apkBeta
	apkPre
	apkRC
	apkEnd
	apkRevision
	apkHash
	apkSuffixNumber
	apkCVS
	apkSVN
	apkGit
	apkHg
	apkP
	apkLetter
	apkZeroNumber // a later number that starts with 0, compared as text
	apkNumber     // another later number, and the markers of appendNumber after it
)

// apkScan reads the tokens of v one by one. The suffix ranks carry no text.
type apkScan struct {
	v    string
	pos  int
	rank byte
	text string
}

func (s *apkScan) next() error {
	if s.rank == apkStart {
		return s.number(apkFirst, "a version that starts with a digit")
	}
	if s.pos == len(s.v) {
		s.rank, s.text = apkEnd, ""
		return nil
	}
	c := s.v[s.pos]
	inNumbers := s.rank == apkFirst || s.rank == apkNumber || s.rank == apkZeroNumber
	switch {
	case isDigit(c) && s.suffixed():
		return s.number(apkSuffixNumber, "")
	case c == '.' && inNumbers:
		s.pos++
		rank := apkNumber
		if s.pos < len(s.v) && s.v[s.pos] == '0' {
			rank = apkZeroNumber
		}
		return s.number(rank, "a number after the dot")
	case c-'a' <= 'z'-'a' && inNumbers:
		s.rank, s.text = apkLetter, s.v[s.pos:s.pos+1]
		s.pos++
		return nil
	case c == '_' && s.rank != apkHash && s.rank != apkRevision:
		return s.suffix()
	case c == '~' && s.rank != apkHash && s.rank != apkRevision:
		return s.hash()
	case c == '-' && s.rank != apkRevision:
		if !strings.HasPrefix(s.v[s.pos:], "-r") {
			return broken(s.pos, "-r and a number after a hyphen")
		}
		s.pos += len("-r")
		return s.number(apkRevision, "a number after -r")
	default:
		return broken(s.pos, "number{.number}[letter]{_suffix[number]}[~hash][-rnumber]")
	}
}

// finish reads to the end.
func (s *apkScan) finish() error {
	for s.rank != apkEnd {
		if err := s.next(); err != nil {
			return err
		}
	}
	return nil
}

// suffixed reports whether the last token is a suffix.
func (s *apkScan) suffixed() bool {
	return s.rank >= apkAlpha && s.rank <= apkRC || s.rank >= apkCVS && s.rank <= apkP
}

func (s *apkScan) number(rank byte, rule string) error {
	end := digitsEnd(s.v, s.pos)
	if end == s.pos {
		return broken(s.pos, rule)
	}
	s.rank, s.text, s.pos = rank, s.v[s.pos:end], end
	return nil
}

func (s *apkScan) suffix() error {
	start := s.pos + 1
	end := start
	for end < len(s.v) && s.v[end]-'a' <= 'z'-'a' {
		end++
	}
	switch s.v[start:end] {
	case "alpha":
		s.rank = apkAlpha
	case "beta":
		s.rank = apkBeta
	case "pre":
		s.rank = apkPre
	case "rc":
		s.rank = apkRC
	case "cvs":
		s.rank = apkCVS
	case "svn":
		s.rank = apkSVN
	case "git":
		s.rank = apkGit
	case "hg":
		s.rank = apkHg
	case "p":
		s.rank = apkP
	default:
		return broken(start, "one of alpha, beta, pre, rc, cvs, svn, git, hg, p after _")
	}
	s.text, s.pos = "", end
	return nil
}

func (s *apkScan) hash() error {
	start := s.pos + 1
	end := start
	for end < len(s.v) && (isDigit(s.v[end]) || s.v[end]-'a' <= 'f'-'a') {
		end++
	}
	if end == start {
		return broken(start, "hexadecimal digits after ~")
	}
	s.rank, s.text, s.pos = apkHash, s.v[start:end], end
	return nil
}
