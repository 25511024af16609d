package jsonscan

import (
	"unicode/utf16"
	"unicode/utf8"
)

// unescape resolves the escapes of a string body that skipString accepted. A
// surrogate without its partner becomes U+FFFD, as in encoding/json.
func unescape(body []byte) []byte {
	out := make([]byte, 0, len(body))
	for i := 0; i < len(body); {
		if body[i] != '\\' {
			n := plain(body[i:])
			out = append(out, body[i:i+n]...)
			i += n
			continue
		}
		switch c := body[i+1]; c {
		case 'b':
			out = append(out, '\b')
		case 'f':
			out = append(out, '\f')
		case 'n':
			out = append(out, '\n')
		case 'r':
			out = append(out, '\r')
		case 't':
			out = append(out, '\t')
		case 'u':
			r := hex4(body[i+2:])
			i += 4
			if utf16.IsSurrogate(r) {
				var low rune = -1
				if len(body) >= i+8 && body[i+2] == '\\' && body[i+3] == 'u' {
					low = hex4(body[i+4:])
				}
				if pair := utf16.DecodeRune(r, low); pair != utf8.RuneError {
					r = pair
					i += 6
				}
			}
			out = utf8.AppendRune(out, r)
		default:
			out = append(out, c)
		}
		i += 2
	}
	return out
}

// hex4 returns the value of four hexadecimal digits, -1 where they are not.
func hex4(b []byte) rune {
	var r rune
	for _, c := range b[:4] {
		switch {
		case '0' <= c && c <= '9':
			c -= '0'
		case 'a' <= c && c <= 'f':
			c -= 'a' - 10
		case 'A' <= c && c <= 'F':
			c -= 'A' - 10
		default:
			return -1
		}
		r = r<<4 | rune(c)
	}
	return r
}

// names is the set of member names that an object used. Objects are small, so
// the first ones are compared one by one.
type names struct {
	few  [16][]byte
	n    int
	many map[string]bool
}

// add reports whether name is new. It keeps name, a part of the scanned text
// or a slice of its own.
func (s *names) add(name []byte) bool {
	for _, other := range s.few[:s.n] {
		if len(other) == len(name) && string(other) == string(name) {
			return false
		}
	}
	if s.n < len(s.few) {
		s.few[s.n] = name
		s.n++
		return true
	}
	if s.many == nil {
		s.many = map[string]bool{}
	}
	if s.many[string(name)] {
		return false
	}
	s.many[string(name)] = true
	return true
}
