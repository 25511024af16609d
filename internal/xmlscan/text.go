package xmlscan

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/bits"
	"unicode/utf8"
)

const (
	ones  = 0x0101010101010101
	highs = 0x8080808080808080
)

// zeros marks the bytes of x that are 0 by their highest bit; behind the first
// one it may mark others, too.
func zeros(x uint64) uint64 { return (x - ones) &^ x & highs }

// plain returns how many bytes at the start of b are printable ASCII, tabs and
// line feeds, but none of '<', '&' and stop: text that stands for itself.
func plain(b []byte, stop byte) int {
	i, also := 0, ones*uint64(stop)
	for len(b)-i >= 8 {
		x := binary.LittleEndian.Uint64(b[i:])
		special := (x | (x - ones*' ')) & highs
		special |= zeros(x^ones*'<') | zeros(x^ones*'&') | zeros(x^also)
		if special == 0 {
			i += 8
			continue
		}
		i += bits.TrailingZeros64(special) / 8
		if b[i] != '\n' && b[i] != '\t' {
			return i
		}
		i++
	}
	for ; i < len(b); i++ {
		c := b[i]
		if (c < ' ' && c != '\n' && c != '\t') || c >= 0x80 || c == '<' || c == '&' || c == stop {
			break
		}
	}
	return i
}

// readText reads what lies before the next tag and reports whether it is more
// than white space.
func (s *Scanner) readText(keep bool) (bool, error) {
	if len(s.ends) == 0 {
		return false, s.fail(ErrSyntax, "text outside the root element")
	}
	n, isPlain, err := s.untilTag()
	if err != nil {
		return false, err
	}
	raw := s.buf[s.pos : s.pos+n]
	s.pos += n
	if s.text = raw; !isPlain {
		s.scratch = s.scratch[:0]
		s.text, err = s.resolve(raw, inText, keep)
	}
	return len(unspaced(raw)) > 0, err
}

// untilTag returns how many bytes lie before the next '<', reading more as
// needed, and whether they are plain.
func (s *Scanner) untilTag() (n int, isPlain bool, err error) {
	isPlain = true
	for {
		rest := s.buf[s.pos:]
		if isPlain {
			n += plain(rest[n:], ']')
			isPlain = n == len(rest) || rest[n] == '<'
		}
		if i := bytes.IndexByte(rest[n:], '<'); i >= 0 {
			n += i
			break
		}
		n = len(rest)
		if err := s.fill(); err != nil {
			return 0, false, err
		}
	}
	if n > MaxToken {
		return 0, false, s.fail(ErrTooLarge, fmt.Sprintf("more than %d bytes", MaxToken))
	}
	return n, isPlain, nil
}

// place is where characters stand, which says what they mean.
type place uint8

const (
	inText place = iota
	inValue
	inCDATA // or a comment, or the like
)

// resolve checks raw and returns it with its entities replaced and line feeds
// for its line ends (XML 1.0, section 2.11): raw itself where that is the same,
// else a part of s.scratch. Where the caller does not keep it, it is only
// checked.
func (s *Scanner) resolve(raw []byte, in place, keep bool) ([]byte, error) {
	from, done := len(s.scratch), 0
	replace := func(at, n int, by rune) {
		if keep {
			s.scratch = utf8.AppendRune(append(s.scratch, raw[done:at]...), by)
			done = at + n
		}
	}
	for i := 0; ; {
		if i += plain(raw[i:], ']'); i == len(raw) {
			break
		}
		r, n := utf8.DecodeRune(raw[i:])
		switch {
		case r == '&' && in != inCDATA:
			by, length := entity(raw[i:])
			if length == 0 {
				return nil, s.fail(ErrSyntax, fmt.Sprintf("entity %.16q", raw[i:]))
			}
			replace(i, length, by)
			n = length
		case r == '\r':
			if n = 1; i+1 < len(raw) && raw[i+1] == '\n' {
				n = 2
			}
			replace(i, n, '\n')
		case r == utf8.RuneError && n == 1:
			return nil, s.fail(ErrEncoding, "")
		case !allowed(r):
			return nil, s.fail(ErrSyntax, fmt.Sprintf("the character %U", r))
		case r == '<' && in == inValue:
			return nil, s.fail(ErrSyntax, "< in the value of an attribute")
		case r == ']' && in == inText && bytes.HasPrefix(raw[i:], []byte("]]>")):
			return nil, s.fail(ErrSyntax, "]]> in a text")
		}
		i += n
	}
	if done == 0 {
		return raw, nil
	}
	s.scratch = append(s.scratch, raw[done:]...)
	return s.scratch[from:], nil
}

// allowed reports whether a document may have the character (XML 1.0, section
// 2.2).
func allowed(r rune) bool {
	return r == '\t' || r == '\n' || r == '\r' || r >= ' ' && r != 0xFFFE && r != 0xFFFF
}

// entity returns what the entity at the start of b stands for, and its length:
// 0 where it is none that every document has.
func entity(b []byte) (r rune, length int) {
	const longest = 16 // with leading zeros
	semicolon := bytes.IndexByte(b[:min(len(b), longest)], ';')
	if semicolon < 0 {
		return 0, 0
	}
	length = semicolon + 1
	switch name := b[1:semicolon]; string(name) {
	case "lt":
		return '<', length
	case "gt":
		return '>', length
	case "amp":
		return '&', length
	case "quot":
		return '"', length
	case "apos":
		return '\'', length
	default:
		r, isNumber := numbered(name)
		if !isNumber || !utf8.ValidRune(r) || !allowed(r) {
			return 0, 0
		}
		return r, length
	}
}

// numbered reads a character reference: #65 or #x41.
func numbered(name []byte) (r rune, ok bool) {
	if len(name) < 2 || name[0] != '#' {
		return 0, false
	}
	digits, base := name[1:], rune(10)
	if digits[0] == 'x' {
		digits, base = digits[1:], 16
	}
	for _, c := range digits {
		lower := c | 0x20
		switch {
		case c >= '0' && c <= '9':
			r = r*base + rune(c-'0')
		case base == 16 && lower >= 'a' && lower <= 'f':
			r = r*base + rune(lower-'a') + 10
		default:
			return 0, false
		}
		if r > utf8.MaxRune {
			return 0, false
		}
	}
	return r, len(digits) > 0
}
