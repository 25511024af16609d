// Package jsonscan reads JSON that comes from outside: in one pass, with
// bounds, and with the place of every fault. It differs from encoding/json in
// what a feed reader needs: values that nobody asked for are skipped without
// being built, an object that names a member twice is refused (which of the
// two holds would be a guess), and every error carries its offset.
package jsonscan

import (
	"errors"
	"fmt"
	"unicode/utf8"
)

// MaxDepth is how deep values may be nested.
const MaxDepth = 128

// The faults of a document; an Error wraps one of them.
var (
	// ErrSyntax: the text is not JSON.
	ErrSyntax = errors.New("jsonscan: not valid JSON")
	// ErrTruncated: the text ends inside a value.
	ErrTruncated = errors.New("jsonscan: the text ends inside a value")
	// ErrDepth: values are nested deeper than MaxDepth.
	ErrDepth = errors.New("jsonscan: nested too deeply")
	// ErrDuplicate: an object names a member twice.
	ErrDuplicate = errors.New("jsonscan: duplicate member")
	// ErrType: a value is not of the type that its place asks for.
	ErrType = errors.New("jsonscan: unexpected type")
	// ErrUTF8: the text is not UTF-8.
	ErrUTF8 = errors.New("jsonscan: not valid UTF-8")
)

// Error is a fault and its place.
type Error struct {
	Offset int // bytes from the start of the scanned text
	Detail string
	Err    error // one of the faults above
}

// Error names fault, detail and offset.
func (e *Error) Error() string {
	if e.Detail == "" {
		return fmt.Sprintf("%v at byte %d", e.Err, e.Offset)
	}
	return fmt.Sprintf("%v at byte %d: %s", e.Err, e.Offset, e.Detail)
}

// Unwrap returns the fault.
func (e *Error) Unwrap() error { return e.Err }

// Kind is the type of a JSON value.
type Kind uint8

// The kinds. End is what follows the last value.
const (
	End Kind = iota
	Object
	Array
	String
	Number
	Bool
	Null
	invalid
)

// String returns the kind's name in JSON's own terms.
func (k Kind) String() string {
	return [...]string{"end of text", "object", "array", "string", "number", "boolean", "null", "something else"}[min(k, invalid)]
}

// Scanner walks the JSON value at the start of a text. Each method reads the
// next value; after an error the scanner is of no further use.
//
// A Scanner is used by one goroutine.
type Scanner struct {
	data  []byte
	pos   int
	depth int
}

// New returns a scanner of data, which it neither copies nor changes. It
// fails with ErrUTF8 where data is not UTF-8.
func New(data []byte) (*Scanner, error) {
	if utf8.Valid(data) {
		return &Scanner{data: data}, nil
	}
	at := 0
	for at < len(data) {
		r, n := utf8.DecodeRune(data[at:])
		if r == utf8.RuneError && n == 1 {
			break
		}
		at += n
	}
	return nil, &Error{Offset: at, Err: ErrUTF8}
}

// Offset returns where the scanner stands.
func (s *Scanner) Offset() int { return s.pos }

// Fail returns an ErrType fault at the scanner's place, for callers that find
// a value wrong beyond its JSON type.
func (s *Scanner) Fail(detail string) error { return s.fail(ErrType, detail) }

func (s *Scanner) fail(err error, detail string) error {
	if s.pos >= len(s.data) && errors.Is(err, ErrSyntax) {
		return &Error{Offset: len(s.data), Err: ErrTruncated}
	}
	return &Error{Offset: s.pos, Err: err, Detail: detail}
}

func (s *Scanner) space() {
	for s.pos < len(s.data) {
		switch s.data[s.pos] {
		case ' ', '\n', '\t', '\r':
			s.pos++
		default:
			return
		}
	}
}

// Kind returns the kind of the next value without reading it.
func (s *Scanner) Kind() Kind {
	s.space()
	if s.pos >= len(s.data) {
		return End
	}
	switch c := s.data[s.pos]; {
	case c == '{':
		return Object
	case c == '[':
		return Array
	case c == '"':
		return String
	case c == 't' || c == 'f':
		return Bool
	case c == 'n':
		return Null
	case c == '-' || '0' <= c && c <= '9':
		return Number
	}
	return invalid
}

// Close returns nil where only white space follows, else ErrSyntax.
func (s *Scanner) Close() error {
	if s.Kind() != End {
		return s.fail(ErrSyntax, "more text after the value")
	}
	return nil
}

func (s *Scanner) expect(k Kind) error {
	got := s.Kind()
	switch got {
	case k:
		return nil
	case End:
		return s.fail(ErrSyntax, "")
	case invalid:
		return s.fail(ErrSyntax, fmt.Sprintf("%q where a value should be", s.data[s.pos]))
	default:
	}
	return s.fail(ErrType, fmt.Sprintf("%v where %v should be", got, k))
}

// Object reads an object and calls member for each of its members, in order.
// member reads the value, or skips it; name is valid only during the call.
// A null is read as an object without members.
func (s *Scanner) Object(member func(name []byte) error) error {
	if s.Kind() == Null {
		return s.literal()
	}
	if err := s.expect(Object); err != nil {
		return err
	}
	if err := s.enter(); err != nil {
		return err
	}
	var seen names
	for first := true; ; first = false {
		done, err := s.next('}', first)
		if done || err != nil {
			return err
		}
		if err := s.expect(String); err != nil {
			return err
		}
		at := s.pos
		name, err := s.Bytes()
		if err != nil {
			return err
		}
		if !seen.add(name) {
			s.pos = at
			return s.fail(ErrDuplicate, fmt.Sprintf("%.80q", name))
		}
		s.space()
		if s.pos >= len(s.data) || s.data[s.pos] != ':' {
			return s.fail(ErrSyntax, "no colon after a member's name")
		}
		s.pos++
		if err := member(name); err != nil {
			return err
		}
	}
}

// Array reads an array and calls item for each of its items, with its index
// from 0. item reads the value, or skips it. A null is read as an empty array.
func (s *Scanner) Array(item func(i int) error) error {
	if s.Kind() == Null {
		return s.literal()
	}
	if err := s.expect(Array); err != nil {
		return err
	}
	if err := s.enter(); err != nil {
		return err
	}
	for i := 0; ; i++ {
		done, err := s.next(']', i == 0)
		if done || err != nil {
			return err
		}
		if err := item(i); err != nil {
			return err
		}
	}
}

func (s *Scanner) enter() error {
	if s.depth++; s.depth > MaxDepth {
		return s.fail(ErrDepth, fmt.Sprintf("more than %d levels", MaxDepth))
	}
	s.pos++
	return nil
}

// next stands before a member or item, or after one, and reports whether the
// object or array ended here.
func (s *Scanner) next(end byte, first bool) (done bool, err error) {
	s.space()
	if s.pos >= len(s.data) {
		return false, s.fail(ErrSyntax, "")
	}
	switch c := s.data[s.pos]; {
	case c == end:
		s.pos++
		s.depth--
		return true, nil
	case first:
		return false, nil
	case c == ',':
		s.pos++
		s.space()
		if s.pos < len(s.data) && s.data[s.pos] == end {
			return false, s.fail(ErrSyntax, "a comma before the end")
		}
		return false, nil
	}
	return false, s.fail(ErrSyntax, fmt.Sprintf("%q where a comma or %q should be", s.data[s.pos], end))
}

// Bytes reads a string and returns its content: a part of the scanned text
// where it holds no escapes, else a fresh slice.
func (s *Scanner) Bytes() ([]byte, error) {
	if err := s.expect(String); err != nil {
		return nil, err
	}
	start := s.pos + 1
	escaped, err := s.skipString()
	if err != nil {
		return nil, err
	}
	body := s.data[start : s.pos-1]
	if !escaped {
		return body, nil
	}
	return unescape(body), nil
}

// Head reads a string as Bytes does and returns its first n bytes or so,
// whatever its length: cut where a character ends, escapes resolved.
func (s *Scanner) Head(n int) ([]byte, error) {
	if err := s.expect(String); err != nil {
		return nil, err
	}
	start := s.pos + 1
	if _, err := s.skipString(); err != nil {
		return nil, err
	}
	body := s.data[start : s.pos-1]
	at := 0
	for at < min(n, len(body)) {
		switch {
		case body[at] != '\\':
			_, size := utf8.DecodeRune(body[at:])
			at += size
		case body[at+1] == 'u':
			at += 6
		default:
			at += 2
		}
	}
	body = body[:at]
	return unescape(body), nil
}
