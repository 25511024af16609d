package jsonscan

import (
	"bytes"
	"errors"
	"fmt"
	"io"
)

// ErrTooLarge says that a value is larger than the limit.
var ErrTooLarge = errors.New("jsonscan: value too large")

// Splitter cuts a stream into its top-level values without holding more than
// one of them: a single document, documents one after another, one document a
// line, or the items of one array. Which of these a stream is, its first bytes
// tell: '[' opens an array; a first line that ends with the bracket that it
// began with means one value a line.
type Splitter struct {
	r       io.Reader
	buf     []byte
	pos     int   // of the next unread byte in buf
	base    int64 // offset of buf[0] in the stream
	line    int   // of buf[pos], from 1
	max     int
	eof     bool
	mode    mode
	inArray bool
	values  int
}

type mode uint8

const (
	unseen mode = iota
	documents
	lines
	array
	ended
)

// NewSplitter returns a splitter of r's values of at most limit bytes each.
func NewSplitter(r io.Reader, limit int) *Splitter { return &Splitter{r: r, line: 1, max: limit} }

// Reset makes s split r from its beginning, with the memory it has.
func (s *Splitter) Reset(r io.Reader) {
	*s = Splitter{r: r, line: 1, max: s.max, buf: s.buf[:0]}
}

// Value is one value of a stream and where it begins.
type Value struct {
	Data   []byte // valid until the next call of Next
	Offset int64  // bytes from the start of the stream
	Line   int    // from 1
}

// Next returns the next value, or io.EOF after the last. Of a value that
// cannot be used it returns the place and an *Error whose offset counts from
// the value's beginning: ErrTooLarge, after which the stream goes on behind
// that value; ErrSyntax in a stream of lines, which goes on at the next line;
// ErrSyntax elsewhere and ErrTruncated, after which io.EOF follows. Whole
// reports whether everything of the stream was seen. An error of the reader is
// returned as it is.
func (s *Splitter) Next() (Value, error) {
	if s.mode == unseen {
		if err := s.begin(); err != nil {
			return Value{Line: s.line}, err
		}
	}
	switch s.mode {
	case lines:
		return s.nextLine()
	case array:
		return s.nextItem()
	case documents:
		if err := s.skipSpace(); err != nil {
			return Value{}, err
		}
		if s.pos == len(s.buf) {
			return Value{}, io.EOF
		}
		return s.value()
	default:
		return Value{}, io.EOF
	}
}

// Array reports whether the stream is one array, so that a cut in it may have
// taken any number of values.
func (s *Splitter) Array() bool { return s.inArray }

// fill reads more behind buf[:], dropping what lies before keep, and returns
// how far the kept bytes moved. At the end of the stream it sets eof.
func (s *Splitter) fill(keep int) (moved int, err error) {
	if keep > 0 {
		s.base += int64(keep)
		s.buf = s.buf[:copy(s.buf, s.buf[keep:])]
		s.pos -= keep
	}
	if len(s.buf) == cap(s.buf) {
		s.buf = append(s.buf, make([]byte, max(64<<10, cap(s.buf)))...)[:len(s.buf)]
	}
	for range 100 {
		n, err := s.r.Read(s.buf[len(s.buf):cap(s.buf)])
		s.buf = s.buf[:len(s.buf)+n]
		if errors.Is(err, io.EOF) {
			s.eof = true
			return keep, nil
		}
		if err != nil || n > 0 {
			return keep, err
		}
	}
	return keep, io.ErrNoProgress
}

func (s *Splitter) advance(to int) {
	s.line += bytes.Count(s.buf[s.pos:to], []byte{'\n'})
	s.pos = to
}

func (s *Splitter) skipSpace() error {
	for {
		i := s.pos
		for i < len(s.buf) && (s.buf[i] == ' ' || s.buf[i] == '\n' || s.buf[i] == '\t' || s.buf[i] == '\r') {
			i++
		}
		s.advance(i)
		if i < len(s.buf) || s.eof {
			return nil
		}
		if _, err := s.fill(s.pos); err != nil {
			return err
		}
	}
}

// begin finds out what the stream is.
func (s *Splitter) begin() error {
	for len(s.buf) < 3 && !s.eof {
		if _, err := s.fill(0); err != nil {
			return err
		}
	}
	if bytes.HasPrefix(s.buf, []byte("\xef\xbb\xbf")) {
		s.pos = 3
	}
	if err := s.skipSpace(); err != nil {
		return err
	}
	s.mode = documents
	if s.pos == len(s.buf) {
		s.mode = ended
		return io.EOF
	}
	if s.buf[s.pos] == '[' {
		s.mode, s.inArray = array, true
		s.pos++
		return nil
	}
	for {
		// However the stream comes in pieces, no more than one value and its end
		// of line is looked at.
		head := s.buf[s.pos:min(len(s.buf), s.pos+s.max+1)]
		if first, _, ok := bytes.Cut(head, []byte{'\n'}); ok {
			if first = bytes.TrimRight(first, " \t\r"); first[0] == '{' && first[len(first)-1] == '}' {
				s.mode = lines
			}
			return nil
		}
		if s.eof || len(s.buf)-s.pos > s.max {
			return nil
		}
		if _, err := s.fill(0); err != nil {
			return err
		}
	}
}

func (s *Splitter) nextLine() (Value, error) {
	if err := s.skipSpace(); err != nil {
		return Value{}, err
	}
	if s.pos == len(s.buf) {
		return Value{}, io.EOF
	}
	v := Value{Offset: s.base + int64(s.pos), Line: s.line}
	seen := s.pos
	tooLarge := false
	for {
		if n := bytes.IndexByte(s.buf[seen:], '\n'); n >= 0 {
			v.Data = bytes.TrimRight(s.buf[s.pos:seen+n], " \t\r")
			s.pos = seen + n + 1
			s.line++
			break
		}
		if s.eof {
			v.Data = s.buf[s.pos:]
			s.pos = len(s.buf)
			break
		}
		seen = len(s.buf)
		if tooLarge = tooLarge || seen-s.pos > s.max; tooLarge {
			s.pos = seen // forget it, its line is still to pass
		}
		moved, err := s.fill(s.pos)
		if err != nil {
			return v, err
		}
		seen -= moved
	}
	if tooLarge || len(v.Data) > s.max {
		v.Data = nil
		return v, &Error{Err: ErrTooLarge, Detail: fmt.Sprintf("more than %d bytes", s.max)}
	}
	return v, nil
}

func (s *Splitter) nextItem() (Value, error) {
	if err := s.skipSpace(); err != nil {
		return Value{}, err
	}
	here := Value{Offset: s.base + int64(s.pos), Line: s.line}
	switch {
	case s.pos == len(s.buf):
		s.mode = ended
		return here, &Error{Err: ErrTruncated, Detail: "the array does not end"}
	case s.buf[s.pos] == ']':
		s.pos++
		if err := s.skipSpace(); err != nil {
			return Value{}, err
		}
		s.mode = ended
		if s.pos < len(s.buf) {
			return Value{Offset: s.base + int64(s.pos), Line: s.line}, &Error{Err: ErrSyntax, Detail: "more text after the array"}
		}
		return Value{}, io.EOF
	case s.values > 0 && s.buf[s.pos] != ',':
		s.mode = ended
		return here, &Error{Err: ErrSyntax, Detail: fmt.Sprintf("%q where a comma or ']' should be", s.buf[s.pos])}
	case s.values > 0:
		s.pos++
		if err := s.skipSpace(); err != nil {
			return Value{}, err
		}
	}
	s.values++
	return s.value()
}

// value reads the object or array that begins at pos.
func (s *Splitter) value() (Value, error) {
	v := Value{Offset: s.base + int64(s.pos), Line: s.line}
	if s.pos < len(s.buf) && s.buf[s.pos] != '{' && s.buf[s.pos] != '[' {
		s.mode = ended
		return v, &Error{Err: ErrSyntax, Detail: fmt.Sprintf("%q where an object should begin", s.buf[s.pos])}
	}
	var (
		i        = s.pos
		depth    int
		inside   bool // a string
		tooLarge bool
	)
	for {
		for i < len(s.buf) {
			if inside {
				i += plain(s.buf[i:])
				if i >= len(s.buf) {
					break
				}
				switch s.buf[i] {
				case '"':
					inside = false
				case '\\':
					if i+1 >= len(s.buf) && !s.eof {
						goto more
					}
					i++
				}
				i++
				continue
			}
			switch s.buf[i] {
			case '"':
				inside = true
			case '{', '[':
				depth++
			case '}', ']':
				if depth--; depth == 0 {
					return s.cut(v, i+1, tooLarge)
				}
			}
			i++
		}
	more:
		if s.eof {
			s.mode = ended
			return v, &Error{Offset: int(s.base + int64(len(s.buf)) - v.Offset), Err: ErrTruncated}
		}
		if tooLarge = tooLarge || i-s.pos > s.max; tooLarge {
			s.advance(min(i, len(s.buf))) // forget it, its end is still to be found
		}
		moved, err := s.fill(s.pos)
		if err != nil {
			return v, err
		}
		i -= moved
	}
}

func (s *Splitter) cut(v Value, end int, tooLarge bool) (Value, error) {
	if tooLarge || end-s.pos > s.max {
		s.advance(end)
		return v, &Error{Err: ErrTooLarge, Detail: fmt.Sprintf("more than %d bytes", s.max)}
	}
	v.Data = s.buf[s.pos:end]
	s.advance(end)
	return v, nil
}
