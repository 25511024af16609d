package xmlscan

import (
	"bytes"
	"errors"
	"fmt"
)

// errMore says that a tag reaches beyond what was read.
var errMore = errors.New("xmlscan: more of the tag is wanted")

// endTag reads </name>.
func (s *Scanner) endTag() (Kind, error) {
	open := s.names[s.top():]
	rest := s.buf[s.pos+2:]
	if len(open) > 0 && len(rest) > len(open) && rest[len(open)] == '>' && bytes.Equal(rest[:len(open)], open) {
		s.pos += len(open) + 3
		s.pop()
		return End, nil
	}
	end, err := s.find(2, ">")
	if err != nil {
		return EOF, err
	}
	full := bytes.TrimRight(s.buf[s.pos+2:s.pos+end], " \t\r\n")
	if len(s.ends) == 0 {
		return EOF, s.fail(ErrSyntax, fmt.Sprintf("</%.40s> without a start", full))
	}
	if !bytes.Equal(full, open) {
		return EOF, s.fail(ErrSyntax, fmt.Sprintf("<%.40s> ends with </%.40s>", open, full))
	}
	s.pos += end + 1
	s.pop()
	return End, nil
}

// top returns where the name of the innermost open element begins.
func (s *Scanner) top() int {
	if n := len(s.ends); n > 1 {
		return s.ends[n-2]
	}
	return 0
}

// pop closes the innermost open element and leaves its name in s.name.
func (s *Scanner) pop() {
	at := s.top()
	s.name = s.names[at:]
	s.names = s.names[:at] // the bytes behind it stay until the next start
	s.ends = s.ends[:len(s.ends)-1]
}

// startTag reads <name attribute="value" ...> or the same with "/>".
func (s *Scanner) startTag(keep bool) (Kind, error) {
	for {
		n, err := s.tag(s.buf[s.pos:], keep)
		if err == nil {
			s.pos += n
			return Start, nil
		}
		if !errors.Is(err, errMore) {
			return EOF, err
		}
		if err := s.double(); err != nil {
			return EOF, err
		}
	}
}

// double reads on until as much again lies at pos, or all that there is, so that
// reading a tag from its start once more costs no more than the tag is long,
// whatever pieces the reader gives.
func (s *Scanner) double() error {
	had := len(s.buf) - s.pos
	for len(s.buf)-s.pos < 2*had {
		err := s.fill()
		if s.eof && len(s.buf)-s.pos > had {
			return nil
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// tag reads the start tag at the start of b and returns its length, errMore
// where b ends inside of it.
func (s *Scanner) tag(b []byte, keep bool) (int, error) {
	n, _, isName := nameIn(b[1:])
	end := 1 + n
	switch {
	case end == len(b):
		return 0, errMore
	case !isName:
		return 0, s.fail(ErrSyntax, fmt.Sprintf("%.20q is no element", b[:min(len(b), 40)]))
	case len(s.ends) == 0 && s.root:
		return 0, s.fail(ErrSyntax, "a second root element")
	case len(s.ends) == MaxDepth:
		return 0, s.fail(ErrDepth, fmt.Sprintf("more than %d levels", MaxDepth))
	}
	end, err := s.attributes(b, end, keep)
	if err != nil {
		return 0, err
	}
	empty := b[end] == '/'
	if empty {
		if end++; end == len(b) {
			return 0, errMore
		}
		if b[end] != '>' {
			return 0, s.fail(ErrSyntax, fmt.Sprintf("attribute expected at %.20q", b[end-1:min(len(b), end+40)]))
		}
	}
	s.root, s.empty = true, empty
	s.names = append(s.names, b[1:1+n]...)
	s.ends = append(s.ends, len(s.names))
	s.name = b[1 : 1+n]
	return end + 1, nil
}

// attributes reads those of b from i on and returns where they end: the place
// of '>' or '/'. errMore says that b ends before.
func (s *Scanner) attributes(b []byte, i int, keep bool) (int, error) {
	s.attrs, s.known, s.scratch = s.attrs[:0], s.known[:0], s.scratch[:0]
	for count := 0; ; count++ {
		from := i
		if i = spaces(b, i); i == len(b) {
			return 0, errMore
		}
		if b[i] == '>' || b[i] == '/' {
			return i, nil
		}
		n, prefix, isName := nameIn(b[i:])
		switch {
		case i+n == len(b):
			return 0, errMore
		case !isName || i == from:
			return 0, s.fail(ErrSyntax, fmt.Sprintf("attribute expected at %.20q", b[i:min(len(b), i+40)]))
		case count == maxAttrs:
			return 0, s.fail(ErrTooLarge, "too many attributes")
		}
		name := b[i : i+n]
		if s.repeats(name) {
			return 0, s.fail(ErrSyntax, fmt.Sprintf("attribute %.40q is there twice", name))
		}
		value, end, err := s.value(b, i+n, name, keep)
		if err != nil {
			return 0, err
		}
		if keep {
			s.attrs = append(s.attrs, Attr{name[prefix:], value})
		}
		i = end
	}
}

// repeats reports whether the element had an attribute of that name, and
// remembers it (XML 1.0, section 3.1).
func (s *Scanner) repeats(name []byte) bool {
	for _, before := range s.known {
		if len(before) == len(name) && bytes.Equal(before, name) {
			return true
		}
	}
	s.known = append(s.known, name)
	return false
}

// value reads ="value" of the attribute name from i on, and returns where it
// ends.
func (s *Scanner) value(b []byte, i int, name []byte, keep bool) (value []byte, end int, err error) {
	if i = spaces(b, i); i == len(b) {
		return nil, 0, errMore
	}
	if b[i] != '=' {
		return nil, 0, s.fail(ErrSyntax, fmt.Sprintf("attribute %.40q has no value", name))
	}
	if i = spaces(b, i+1); i == len(b) {
		return nil, 0, errMore
	}
	quote := b[i]
	if quote != '"' && quote != '\'' {
		return nil, 0, s.fail(ErrSyntax, fmt.Sprintf("the value of attribute %.40q is not quoted", name))
	}
	rest := b[i+1:]
	n := plain(rest, quote)
	if n < len(rest) && rest[n] == quote {
		return rest[:n], i + n + 2, nil
	}
	after := bytes.IndexByte(rest[n:], quote)
	if after < 0 {
		return nil, 0, errMore
	}
	value, err = s.resolve(rest[:n+after], inValue, keep)
	return value, i + n + after + 2, err
}

// spaces returns where the white space ends that begins at i.
func spaces(b []byte, i int) int {
	for i < len(b) && (b[i] == ' ' || b[i] == '\n' || b[i] == '\t' || b[i] == '\r') {
		i++
	}
	return i
}

// unspaced returns b without the white space at its start.
func unspaced(b []byte) []byte { return b[spaces(b, 0):] }
