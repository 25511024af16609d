// Package deb822 reads files of the form that dpkg and apt share: stanzas of
// "Field: value" lines, separated by empty lines (deb822(5), Debian Policy
// section 5.1). It knows the form only; what the fields mean is its callers'
// business.
package deb822

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
)

// Options bound what a Reader takes. A nil *Options and zero fields ask for the
// defaults.
type Options struct {
	MaxStanza int  // bytes of one stanza; default 4 MiB
	MaxFields int  // fields of one stanza; default 1024
	Comments  bool // lines that begin with # are comments, as in sources files; else they are refused
}

// Error says where and why a stanza does not have the form.
type Error struct {
	Line   int    // of the fault, from 1
	Offset int64  // of the fault's line, in bytes from the start
	Field  string // the field at fault, where one is
	Rule   string // what was expected
}

// Error names line, field and rule.
func (e *Error) Error() string {
	if e.Field != "" {
		return fmt.Sprintf("line %d: field %s: %s", e.Line, e.Field, e.Rule)
	}
	return fmt.Sprintf("line %d: %s", e.Line, e.Rule)
}

// Reader reads stanzas one after another in bounded memory. It is not safe for
// concurrent use.
type Reader struct {
	in      *bufio.Reader
	options Options
	line    int   // of the last line read
	offset  int64 // of the end of the last line read
	stanza  Stanza
	failure error // of the input; sticky
}

// NewReader returns a Reader of in.
func NewReader(in io.Reader, o *Options) *Reader {
	r := &Reader{in: bufio.NewReaderSize(in, 64<<10)}
	if o != nil {
		r.options = *o
	}
	if r.options.MaxStanza <= 0 {
		r.options.MaxStanza = 4 << 20
	}
	if r.options.MaxFields <= 0 {
		r.options.MaxFields = 1024
	}
	return r
}

// Next returns the next stanza, which is valid until the next call.
//
// It returns an *Error for a stanza that does not have the form or passes a
// bound; that stanza is skipped to its end, and the next call goes on behind
// it. A last line without its newline is such a fault: the file was cut.
// Any other error is io.EOF or one of the input, and stays.
func (r *Reader) Next() (*Stanza, error) {
	r.stanza.reset()
	var fault *Error
	for r.failure == nil {
		start := len(r.stanza.text)
		offset := r.offset
		blank, rule := r.readLine(fault != nil)
		switch {
		case blank && fault != nil:
			return nil, fault
		case blank && len(r.stanza.fields) > 0:
			return &r.stanza, nil
		case blank || fault != nil:
			continue
		}
		field := ""
		if rule == "" && len(r.stanza.text) > start {
			field, rule = r.takeLine(start, offset)
		}
		if rule != "" {
			fault = &Error{Line: r.line, Offset: offset, Field: field, Rule: rule}
		}
	}
	switch {
	case fault != nil:
		return nil, fault
	case r.failure == io.EOF && len(r.stanza.fields) > 0: //nolint:errorlint // a wrapped io.EOF is a fault, not the end
		return &r.stanza, nil
	default:
		return nil, r.failure
	}
}

// readLine appends the next line to the stanza's text, without its newline, or
// drops it when skipping. It reports an empty line, and the rule that the line
// breaks.
func (r *Reader) readLine(skip bool) (blank bool, rule string) {
	start := len(r.stanza.text)
	size := 0
	for {
		piece, err := r.in.ReadSlice('\n')
		r.offset += int64(len(piece))
		size += len(piece)
		switch {
		case skip || rule != "":
		case len(r.stanza.text)+len(piece) > r.options.MaxStanza:
			rule = fmt.Sprintf("stanza of more than %d bytes", r.options.MaxStanza)
		default:
			r.stanza.text = append(r.stanza.text, piece...)
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if size > 0 {
			r.line++
		}
		if err != nil {
			r.failure = err
			if err == io.EOF && size > 0 && rule == "" {
				rule = "the last line has no newline: the file is cut"
			}
			return false, rule
		}
		if size == 1 || size == 2 && piece[0] == '\r' {
			r.stanza.text = r.stanza.text[:start]
			return true, rule
		}
		if rule == "" && !skip {
			r.stanza.text = r.stanza.text[:len(r.stanza.text)-1]
		}
		return false, rule
	}
}

// takeLine adds the line text[start:] to the stanza's fields. It returns the
// rule that the line breaks, if one, and the field at fault. The text keeps one
// newline between the lines of a value.
func (r *Reader) takeLine(start int, offset int64) (field, rule string) {
	s := &r.stanza
	line := s.text[start:]
	if line[len(line)-1] == '\r' {
		line = line[:len(line)-1]
		s.text = s.text[:len(s.text)-1]
	}
	if line[0] == ' ' || line[0] == '\t' {
		if len(s.fields) == 0 {
			return "", "a stanza cannot begin with a continuation line"
		}
		s.text = append(s.text, '\n')
		s.fields[len(s.fields)-1].end = len(s.text) - 1
		return "", ""
	}
	if line[0] == '#' && r.options.Comments {
		s.text = s.text[:start]
		return "", ""
	}
	colon := bytes.IndexByte(line, ':')
	if colon <= 0 || !isName(line[:colon]) {
		return "", `want "Field: value"`
	}
	if len(s.fields) == r.options.MaxFields {
		return "", fmt.Sprintf("stanza of more than %d fields", r.options.MaxFields)
	}
	if len(s.fields) == 0 {
		s.Line, s.Offset = r.line, offset
	}
	value := start + colon + 1
	for value < len(s.text) && (s.text[value] == ' ' || s.text[value] == '\t') {
		value++
	}
	f := span{name: start, colon: start + colon, value: value, end: len(s.text), line: r.line}
	duplicate := s.index(s.text[f.name:f.colon]) >= 0
	s.fields = append(s.fields, f)
	s.seen |= bucket(line[:colon])
	s.text = append(s.text, '\n')
	if duplicate {
		return string(line[:colon]), "stated twice in one stanza"
	}
	return "", ""
}

func isName(name []byte) bool {
	if name[0] == '#' || name[0] == '-' {
		return false
	}
	for _, c := range name {
		if c <= ' ' || c > '~' {
			return false
		}
	}
	return true
}

// Stanza is one stanza. Its values may hold any bytes but newlines at places
// where the form has none; nothing here says that they are UTF-8.
type Stanza struct {
	Line   int   // of its first field, from 1
	Offset int64 // of its first field, in bytes from the start

	text   []byte
	fields []span
	seen   uint64 // a bit for each bucket that a field name falls into
}

type span struct{ name, colon, value, end, line int }

func (s *Stanza) reset() {
	s.text, s.fields, s.seen = s.text[:0], s.fields[:0], 0
}

// Get returns the value of the field, "" where there is none. Field names do
// not distinguish case. A value begins behind the blanks that follow the
// colon and ends before the newline of its last line; its continuation lines
// keep the blank that they begin with.
func (s *Stanza) Get(name string) string {
	return string(s.Bytes(name))
}

// Bytes returns what Get returns without copying it: it is valid until the next
// call of Next and must not be changed. nil: there is no such field.
func (s *Stanza) Bytes(name string) []byte {
	if i := s.index([]byte(name)); i >= 0 {
		return s.value(i)
	}
	return nil
}

// Has reports whether the stanza states the field, be it with an empty value.
func (s *Stanza) Has(name string) bool { return s.index([]byte(name)) >= 0 }

// LineOf returns the line of the field, that of the stanza where it has none.
func (s *Stanza) LineOf(name string) int {
	if i := s.index([]byte(name)); i >= 0 {
		return s.fields[i].line
	}
	return s.Line
}

// Fields yields the fields' names, as written, and values in their order.
func (s *Stanza) Fields() iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		for i, f := range s.fields {
			if !yield(string(s.text[f.name:f.colon]), string(s.value(i))) {
				return
			}
		}
	}
}

func (s *Stanza) value(i int) []byte {
	f := s.fields[i]
	return bytes.TrimRight(s.text[f.value:max(f.value, f.end)], " \t\r")
}

func (s *Stanza) index(name []byte) int {
	if len(name) == 0 || s.seen&bucket(name) == 0 {
		return -1
	}
	for i, f := range s.fields {
		if f.colon-f.name == len(name) && bytes.EqualFold(s.text[f.name:f.colon], name) {
			return i
		}
	}
	return -1
}

// bucket maps a field name, its case apart, to one bit.
func bucket(name []byte) uint64 {
	first, last := name[0]|0x20, name[len(name)-1]|0x20
	return 1 << ((uint(first)*7 + uint(last)*3 + uint(len(name))) & 63)
}
