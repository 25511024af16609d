package jsonscan

import (
	"encoding/binary"
	"fmt"
	"math/bits"
)

// Skip reads a value of any kind and forgets it.
func (s *Scanner) Skip() error {
	switch k := s.Kind(); k {
	case String:
		_, err := s.skipString()
		return err
	case Object, Array:
		return s.skipNested()
	case Number:
		return s.number()
	case Bool, Null:
		return s.literal()
	default:
		return s.expect(Null)
	}
}

// skipNested skips an object or array. Members named twice are no fault here:
// nobody reads them.
func (s *Scanner) skipNested() error {
	var stack [MaxDepth]byte
	base := s.depth
	for {
		s.space()
		if s.pos >= len(s.data) {
			return s.fail(ErrSyntax, "")
		}
		// A value, or the end of an empty object or array.
		switch c := s.data[s.pos]; c {
		case '{', '[':
			if err := s.enter(); err != nil {
				return err
			}
			stack[s.depth-1] = c + 2 // '{'+2 is '}', '['+2 is ']'
			if s.Kind() != End && s.data[s.pos] == c+2 {
				s.pos++
				s.depth--
				break
			}
			if c == '{' {
				if err := s.memberName(); err != nil {
					return err
				}
			}
			continue
		default:
			if err := s.Skip(); err != nil {
				return err
			}
		}
		// After a value.
		for {
			if s.depth == base {
				return nil
			}
			end := stack[s.depth-1]
			done, err := s.next(end, false)
			if err != nil {
				return err
			}
			if done {
				continue
			}
			if end == '}' {
				if err := s.memberName(); err != nil {
					return err
				}
			}
			break
		}
	}
}

func (s *Scanner) memberName() error {
	if err := s.expect(String); err != nil {
		return err
	}
	if _, err := s.skipString(); err != nil {
		return err
	}
	s.space()
	if s.pos >= len(s.data) || s.data[s.pos] != ':' {
		return s.fail(ErrSyntax, "no colon after a member's name")
	}
	s.pos++
	return nil
}

// skipString stands on the opening quote and passes the closing one.
func (s *Scanner) skipString() (escaped bool, err error) {
	s.pos++
	for {
		s.pos += plain(s.data[s.pos:])
		if s.pos >= len(s.data) {
			return false, s.fail(ErrSyntax, "")
		}
		switch c := s.data[s.pos]; c {
		case '"':
			s.pos++
			return escaped, nil
		case '\\':
			escaped = true
			if err := s.escape(); err != nil {
				return false, err
			}
		default:
			return false, s.fail(ErrSyntax, fmt.Sprintf("control character %#02x in a string", c))
		}
	}
}

// plain returns how many bytes at the start of data a string can hold as they
// are: up to a quote, a backslash or a control character. It looks at eight
// bytes at a time, since most of a feed is prose that nobody reads.
func plain(data []byte) int {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	n := 0
	for ; n+8 <= len(data); n += 8 {
		w := binary.LittleEndian.Uint64(data[n:])
		quote, slash := w^(ones*'"'), w^(ones*'\\')
		// A byte of each term has its high bit set where the byte of w is
		// below 0x20, a quote or a backslash; bytes above the lowest such one
		// may be set in error, which does no harm: only the lowest is used.
		hit := ((w - ones*0x20) &^ w) | ((quote - ones) &^ quote) | ((slash - ones) &^ slash)
		if hit &= highs; hit != 0 {
			return n + bits.TrailingZeros64(hit)/8
		}
	}
	for ; n < len(data); n++ {
		if c := data[n]; c < 0x20 || c == '"' || c == '\\' {
			break
		}
	}
	return n
}

// escape passes one escape sequence.
func (s *Scanner) escape() error {
	rest := s.data[s.pos:]
	if len(rest) < 2 {
		s.pos = len(s.data)
		return s.fail(ErrSyntax, "")
	}
	switch rest[1] {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		s.pos += 2
		return nil
	case 'u':
		if len(rest) < 6 {
			s.pos = len(s.data)
			return s.fail(ErrSyntax, "")
		}
		if hex4(rest[2:]) < 0 {
			return s.fail(ErrSyntax, fmt.Sprintf("escape %q", rest[:6]))
		}
		s.pos += 6
		return nil
	}
	return s.fail(ErrSyntax, fmt.Sprintf("escape %q", rest[:2]))
}

func (s *Scanner) number() error {
	d, start := s.data, s.pos
	digits := func() bool {
		from := s.pos
		for s.pos < len(d) && '0' <= d[s.pos] && d[s.pos] <= '9' {
			s.pos++
		}
		return s.pos > from
	}
	at := func(c byte) bool { return s.pos < len(d) && d[s.pos] == c }
	if at('-') {
		s.pos++
	}
	whole := s.pos
	ok := digits() && (d[whole] != '0' || s.pos == whole+1)
	if ok && at('.') {
		s.pos++
		ok = digits()
	}
	if ok && (at('e') || at('E')) {
		s.pos++
		if at('+') || at('-') {
			s.pos++
		}
		ok = digits()
	}
	if !ok {
		if s.pos < len(d) {
			s.pos = start
		}
		return s.fail(ErrSyntax, "a number is malformed")
	}
	return nil
}

func (s *Scanner) literal() error {
	for _, word := range [...]string{"null", "true", "false"} {
		rest := s.data[s.pos:]
		if rest[0] != word[0] {
			continue
		}
		if len(rest) >= len(word) && string(rest[:len(word)]) == word {
			s.pos += len(word)
			return nil
		}
		if len(rest) < len(word) && string(rest) == word[:len(rest)] {
			s.pos = len(s.data)
		}
		break
	}
	return s.fail(ErrSyntax, "not null, true or false")
}
