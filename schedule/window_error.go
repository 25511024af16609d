package schedule

import (
	"errors"
	"fmt"
	"strings"
)

// Errors of windows. Each comes inside a *FieldError that says which value.
var (
	// ErrZone: Bind cannot tell which zone a name means. Correct the name, or
	// give the host's zone.
	ErrZone = errors.New("schedule: unknown zone")
	// ErrCalendar: Bind cannot tell which business days a name means.
	ErrCalendar = errors.New("schedule: unknown business calendar")
	// ErrNever: the recurrence has no occurrence before the year 10000.
	ErrNever = errors.New("schedule: never occurs")
)

// FieldError says which value is refused and by what rule. Reading a window, a
// policy or a calendar returns it, alone or joined with others.
type FieldError struct {
	File  string // the file or name that the value was read from; "" if none
	Field string // as in the JSON form, outer names first: windows.night.for
	Value string // as written; "" if something is missing
	Rule  string // what would be right
	Err   error  // the sentinel or cause, if any
}

// Error returns everything in one line.
func (e *FieldError) Error() string {
	var b strings.Builder
	b.WriteString("schedule: ")
	if e.File != "" {
		b.WriteString(e.File + ": ")
	}
	if e.Field != "" {
		b.WriteString(e.Field + ": ")
	}
	if e.Value != "" {
		fmt.Fprintf(&b, "%q: ", e.Value)
	}
	return b.String() + e.Rule
}

// Unwrap returns Err.
func (e *FieldError) Unwrap() error { return e.Err }

// SyntaxError says at which character a text form cannot be read. It unwraps
// to the *FieldError of the value there.
type SyntaxError struct {
	Text  string      // the whole text
	At    int         // byte offset in Text of the value that is refused
	Cause *FieldError // what is refused; never nil
}

// Error returns the cause with its column, counted in characters from 1.
func (e *SyntaxError) Error() string {
	return fmt.Sprintf("%v (column %d of %q)", e.Cause, e.column()+1, e.Text)
}

// Unwrap returns Cause.
func (e *SyntaxError) Unwrap() error { return e.Cause }

// Caret returns two lines, the text and a caret below the character that the
// error is about. Tabs and line breaks are shown as spaces.
func (e *SyntaxError) Caret() string {
	text := strings.Map(func(r rune) rune {
		if r < ' ' {
			return ' '
		}
		return r
	}, e.Text)
	return text + "\n" + strings.Repeat(" ", e.column()) + "^"
}

func (e *SyntaxError) column() int { return len([]rune(e.Text[:min(e.At, len(e.Text))])) }
