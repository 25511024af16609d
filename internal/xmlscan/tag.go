package xmlscan

import (
	"bytes"
	"fmt"
	"strconv"
	"unicode/utf8"
)

// endTag reads </name>.
func (s *Scanner) endTag() (Kind, error) {
	end, err := s.find(2, ">")
	if err != nil {
		return EOF, err
	}
	full := bytes.TrimRight(s.buf[s.pos+2:s.pos+end], " \t\r\n")
	if len(s.ends) == 0 {
		return EOF, s.fail(ErrSyntax, fmt.Sprintf("</%.40s> without a start", full))
	}
	open := s.names[s.top():]
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
	s.name = local(s.names[at:])
	s.names = s.names[:at] // the bytes behind it stay until the next start
	s.ends = s.ends[:len(s.ends)-1]
}

func local(name []byte) []byte {
	if _, after, found := bytes.Cut(name, []byte{':'}); found {
		return after
	}
	return name
}

// startTag reads <name attribute="value" ...> or the same with "/>".
func (s *Scanner) startTag() (Kind, error) {
	end, err := s.tagEnd()
	if err != nil {
		return EOF, err
	}
	tag := s.buf[s.pos+1 : s.pos+end]
	if !utf8.Valid(tag) {
		return EOF, s.fail(ErrEncoding, "")
	}
	if s.empty = len(tag) > 0 && tag[len(tag)-1] == '/'; s.empty {
		tag = tag[:len(tag)-1]
	}
	n := nameLength(tag)
	if n == 0 {
		return EOF, s.fail(ErrSyntax, fmt.Sprintf("%.20q is no element", s.buf[s.pos:s.pos+end]))
	}
	if len(s.ends) == 0 && s.root {
		return EOF, s.fail(ErrSyntax, "a second root element")
	}
	if len(s.ends) == MaxDepth {
		return EOF, s.fail(ErrDepth, fmt.Sprintf("more than %d levels", MaxDepth))
	}
	if err := s.attributes(tag[n:]); err != nil {
		return EOF, err
	}
	s.root = true
	s.names = append(s.names, tag[:n]...)
	s.ends = append(s.ends, len(s.names))
	s.name = local(tag[:n])
	s.pos += end + 1
	return Start, nil
}

// tagEnd returns the offset from pos of the '>' that ends a tag: not one inside
// an attribute's value.
func (s *Scanner) tagEnd() (int, error) {
	var quote byte
	at := 1
	for {
		for rest := s.buf[s.pos:]; at < len(rest); {
			if quote != 0 {
				i := bytes.IndexByte(rest[at:], quote)
				if i < 0 {
					at = len(rest)
					break
				}
				at += i + 1
				quote = 0
				continue
			}
			switch c := rest[at]; c {
			case '>':
				return at, nil
			case '"', '\'':
				quote = c
			case '<':
				return 0, s.fail(ErrSyntax, "< in a tag")
			}
			at++
		}
		if err := s.fill(); err != nil {
			return 0, err
		}
	}
}

// unspaced returns b without the white space at its start.
func unspaced(b []byte) []byte {
	for i, c := range b {
		if c != ' ' && c != '\n' && c != '\t' && c != '\r' {
			return b[i:]
		}
	}
	return nil
}

// nameLength returns how many bytes at the start of b form a name. Which
// letters a name may have is not checked.
func nameLength(b []byte) int {
	for i, c := range b {
		switch c {
		case ' ', '\t', '\r', '\n', '=', '/', '"', '\'', '<', '&':
			return i
		}
	}
	return len(b)
}

func (s *Scanner) attributes(rest []byte) error {
	s.attrs, s.scratch = s.attrs[:0], s.scratch[:0]
	for {
		trimmed := unspaced(rest)
		if len(trimmed) == 0 {
			return nil
		}
		n := nameLength(trimmed)
		if n == 0 || len(trimmed) == len(rest) {
			return s.fail(ErrSyntax, fmt.Sprintf("attribute expected at %.20q", trimmed))
		}
		name := local(trimmed[:n])
		rest = unspaced(trimmed[n:])
		if len(rest) == 0 || rest[0] != '=' {
			return s.fail(ErrSyntax, fmt.Sprintf("attribute %.40q has no value", name))
		}
		rest = unspaced(rest[1:])
		if len(rest) == 0 || rest[0] != '"' && rest[0] != '\'' {
			return s.fail(ErrSyntax, fmt.Sprintf("the value of attribute %.40q is not quoted", name))
		}
		value, after, ok := bytes.Cut(rest[1:], rest[:1])
		if !ok {
			return s.fail(ErrSyntax, fmt.Sprintf("the value of attribute %.40q has no end", name))
		}
		if rest = after; len(s.attrs) == maxAttrs {
			return s.fail(ErrTooLarge, "too many attributes")
		}
		value, err := s.resolve(value)
		if err != nil {
			return err
		}
		s.attrs = append(s.attrs, Attr{name, value})
	}
}

// resolve replaces the entities of raw, which is UTF-8. Without any it returns raw, else a part
// of s.scratch.
func (s *Scanner) resolve(raw []byte) ([]byte, error) {
	if bytes.IndexByte(raw, '&') < 0 {
		return raw, nil
	}
	from := len(s.scratch)
	for {
		i := bytes.IndexByte(raw, '&')
		if i < 0 {
			s.scratch = append(s.scratch, raw...)
			return s.scratch[from:], nil
		}
		s.scratch = append(s.scratch, raw[:i]...)
		entity, _, ok := bytes.Cut(raw[i+1:min(len(raw), i+16)], []byte{';'})
		r, known := entityRune(string(entity))
		if !ok || !known {
			return nil, s.fail(ErrSyntax, fmt.Sprintf("entity %.16q", raw[i:]))
		}
		s.scratch = utf8.AppendRune(s.scratch, r)
		raw = raw[i+1+len(entity)+1:]
	}
}

func entityRune(name string) (rune, bool) {
	switch name {
	case "lt":
		return '<', true
	case "gt":
		return '>', true
	case "amp":
		return '&', true
	case "quot":
		return '"', true
	case "apos":
		return '\'', true
	}
	if len(name) < 2 || name[0] != '#' {
		return 0, false
	}
	digits, base := name[1:], 10
	if digits[0] == 'x' {
		digits, base = digits[1:], 16
	}
	n, err := strconv.ParseUint(digits, base, 32)
	if err != nil || n == 0 || !utf8.ValidRune(rune(n)) {
		return 0, false
	}
	return rune(n), true
}
