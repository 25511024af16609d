package feed

import (
	"errors"
	"fmt"
	"strings"
)

// ErrCursor is wrapped by the error of Source.Fetch for a cursor that the
// source did not make or no longer knows. Ask again with the empty cursor.
var ErrCursor = errors.New("feed: unknown cursor")

// RecordError says why one record of a feed cannot be used.
type RecordError struct {
	File   string // as the caller named it; for an archive, archive!member
	Line   int    // from 1; 0 where the format has no lines
	Offset int64  // bytes from the start of the file; -1 or 0 where unknown
	Record string // the record's own id, as far as it could be read
	Field  string // the field at fault, if one is
	Err    error
}

// Error names file, place, record, field and cause, as far as they are known.
func (e *RecordError) Error() string {
	s := e.File
	switch {
	case e.Line > 0:
		s += fmt.Sprintf(":%d", e.Line)
	case e.Offset > 0:
		s += fmt.Sprintf("@%d", e.Offset)
	}
	return s + ": " + joined(clip(e.Record), e.Field) + e.Err.Error()
}

// Unwrap returns the cause.
func (e *RecordError) Unwrap() error { return e.Err }

// ListError says why a feed as a whole must not be used: not one of its patches
// is to be believed.
type ListError struct {
	File  string // as the caller named it
	Line  int    // from 1; 0 where it concerns no line
	Field string // what in it is at fault, if anything is: Valid-Until, SHA256
	Value string // what stands there
	Rule  string // what would have to
	Err   error  // the condition, a sentinel of the reader's package, or the cause
}

// Error names file, field, value, rule and cause, as far as they are known.
func (e *ListError) Error() string {
	s := e.File
	if e.Line > 0 {
		s += fmt.Sprintf(":%d", e.Line)
	}
	field := e.Field
	if e.Value != "" {
		field = strings.TrimSpace(fmt.Sprintf("%s %q", field, clip(e.Value)))
	}
	s += ": " + joined(field, e.Rule)
	if e.Err != nil {
		return s + e.Err.Error()
	}
	return strings.TrimSuffix(s, ": ")
}

// Unwrap returns the condition or cause.
func (e *ListError) Unwrap() error { return e.Err }

// joined returns the parts that are not empty, each followed by ": ".
func joined(parts ...string) string {
	var s strings.Builder
	for _, p := range parts {
		if p != "" {
			s.WriteString(p + ": ")
		}
	}
	return s.String()
}

// clip shortens what a hostile file may have made long.
func clip(s string) string {
	const longest = 200
	if len(s) > longest {
		return s[:longest] + "..."
	}
	return s
}
