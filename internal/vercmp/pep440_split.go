package vercmp

import "strings"

// pep440 is a version in the parts that PEP 440 orders by.
type pep440 struct {
	epoch, release string
	pre, post, dev pep440Phase
	local          string // as written
}

// pep440Phase is how a pre-, post- or development release ranks among the
// possible ones, and its number, where none is zero.
type pep440Phase struct {
	rank   byte
	number string
}

// The ranks of the pre-release. Without a pre- and a post-release a
// development release comes before the pre-releases.
const (
	preOfDev byte = iota + 1
	preA
	preB
	preRC
	preFinal
)

// The ranks of the post- and of the development release.
const (
	postNone byte = 1
	postSome byte = 2
	devSome  byte = 1
	devNone  byte = 2
)

// splitPEP440 follows the expression of PEP 440, appendix B, part by part. An
// optional part that does not match takes nothing.
func splitPEP440(v string) (p pep440, err error) {
	s := pep440Scan{v: strings.TrimRight(v, pep440Space)}
	s.pos = len(s.v) - len(strings.TrimLeft(s.v, pep440Space))
	s.skip("v")
	start := s.pos
	s.digits()
	if s.pos > start && s.at(s.pos) == '!' {
		p.epoch = v[start:s.pos]
		s.pos++
		start = s.pos
		s.digits()
	}
	if s.pos == start {
		return p, broken(start, "a number")
	}
	for s.at(s.pos) == '.' && isDigit(s.at(s.pos+1)) {
		s.pos++
		s.digits()
	}
	p.release = v[start:s.pos]
	p.pre, p.post, p.dev = pep440Phase{rank: preFinal}, pep440Phase{rank: postNone}, pep440Phase{rank: devNone}
	if s.pos == len(s.v) {
		return p, nil
	}
	p.pre, p.post, p.dev = s.pre(), s.post(), s.dev()
	if p.pre.rank == preFinal && p.post.rank == postNone && p.dev.rank == devSome {
		p.pre.rank = preOfDev
	}
	if s.at(s.pos) == '+' {
		if p.local, err = s.local(); err != nil {
			return p, err
		}
	}
	if s.pos < len(s.v) {
		return p, broken(s.pos, "[v][epoch!]number{.number}[pre][post][dev][+local]")
	}
	return p, nil
}

const pep440Space = " \t\n\v\f\r"

// pep440Scan reads v from pos on.
type pep440Scan struct {
	v   string
	pos int
}

// at returns the byte at i in lower case, 0 past the end.
func (s *pep440Scan) at(i int) byte {
	if i < len(s.v) {
		return lower(s.v[i])
	}
	return 0
}

// digits reads a run of digits, which may be empty.
func (s *pep440Scan) digits() string {
	start := s.pos
	s.pos = digitsEnd(s.v, start)
	return s.v[start:s.pos]
}

// skip reads word, given in lower case, if it comes next.
func (s *pep440Scan) skip(word string) bool {
	for i := range len(word) {
		if s.at(s.pos+i) != word[i] {
			return false
		}
	}
	s.pos += len(word)
	return true
}

// separator returns the position after an optional separator.
func (s *pep440Scan) separator() int {
	if c := s.at(s.pos); c == '.' || c == '-' || c == '_' {
		return s.pos + 1
	}
	return s.pos
}

// word reads an optional separator and then word, or nothing.
func (s *pep440Scan) word(word string) bool {
	start := s.pos
	s.pos = s.separator()
	if s.skip(word) {
		return true
	}
	s.pos = start
	return false
}

// number reads what may follow a word: a separator, digits, both or nothing.
func (s *pep440Scan) number() string {
	s.pos = s.separator()
	return s.digits()
}

func (s *pep440Scan) pre() pep440Phase {
	rank := preFinal
	switch { // a longer word before those it starts with
	case s.word("alpha"), s.word("a"):
		rank = preA
	case s.word("beta"), s.word("b"):
		rank = preB
	case s.word("c"), s.word("rc"), s.word("preview"), s.word("pre"):
		rank = preRC
	default:
		return pep440Phase{rank: rank}
	}
	return pep440Phase{rank, s.number()}
}

func (s *pep440Scan) post() pep440Phase {
	switch {
	case s.at(s.pos) == '-' && isDigit(s.at(s.pos+1)):
		s.pos++
		return pep440Phase{postSome, s.digits()}
	case s.word("post"), s.word("rev"), s.word("r"):
		return pep440Phase{postSome, s.number()}
	default:
		return pep440Phase{rank: postNone}
	}
}

func (s *pep440Scan) dev() pep440Phase {
	if s.word("dev") {
		return pep440Phase{devSome, s.number()}
	}
	return pep440Phase{rank: devNone}
}

// local reads the plus sign and the local version after it: letters and digits
// in parts that single separators divide.
func (s *pep440Scan) local() (string, error) {
	s.pos++
	start := s.pos
	for {
		part := s.pos
		for isDigit(s.at(s.pos)) || isLetter(s.at(s.pos)) {
			s.pos++
		}
		if s.pos == part {
			return "", broken(part, "a letter or digit in the local version")
		}
		next := s.separator()
		if next == s.pos {
			return s.v[start:s.pos], nil
		}
		s.pos = next
	}
}
