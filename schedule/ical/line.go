package ical

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
)

// Limits of what Parse reads.
const (
	MaxBytes  = 16 << 20 // of a file
	MaxLine   = 64 << 10 // of one content line, unfolded
	MaxEvents = 20000    // of a file
	maxDepth  = 8        // of components in components
	maxLines  = 2000     // of an event, of those that matter
)

// Error says what part of a calendar is refused, and where.
type Error struct {
	Line  int    // of the content line, from 1; 0 if the text is no file
	UID   string // of the event, if it has one
	Part  string // the property or rule part: "DTSTART", "BYWEEKNO"
	Value string // as written
	Rule  string // what would be right
	Err   error  // the cause, if any
}

// Error returns everything in one line.
func (e *Error) Error() string {
	var b strings.Builder
	b.WriteString("ical: ")
	if e.Line > 0 {
		fmt.Fprintf(&b, "line %d: ", e.Line)
	}
	if e.UID != "" {
		fmt.Fprintf(&b, "event %q: ", e.UID)
	}
	if e.Part != "" {
		b.WriteString(e.Part + ": ")
	}
	if e.Value != "" {
		fmt.Fprintf(&b, "%q: ", e.Value)
	}
	return b.String() + e.Rule
}

// Unwrap returns Err.
func (e *Error) Unwrap() error { return e.Err }

func refuse(part, value, rule string) error { return &Error{Part: part, Value: value, Rule: rule} }

// property is one content line: NAME;PARAM=value:value.
type property struct {
	line   int
	name   string // upper case
	params map[string]string
	value  string
}

// lines reads content lines and unfolds them (RFC 5545 section 3.1).
type lines struct {
	scan   *bufio.Scanner
	left   *io.LimitedReader
	number int    // of the physical line in ahead
	ahead  string // a line that was read and not given
	has    bool
}

func newLines(r io.Reader) *lines {
	left := &io.LimitedReader{R: r, N: MaxBytes + 1}
	l := &lines{left: left, scan: bufio.NewScanner(left)}
	l.scan.Buffer(make([]byte, 0, 4096), MaxLine)
	l.advance()
	return l
}

func (l *lines) advance() {
	l.has = l.scan.Scan()
	l.ahead = l.scan.Text()
	l.number++
}

// next returns the next content line that is not empty, or io.EOF.
func (l *lines) next() (text string, line int, err error) {
	for l.has && l.ahead == "" {
		l.advance()
	}
	if !l.has {
		if err := l.scan.Err(); err != nil {
			rule := "the file cannot be read"
			if errors.Is(err, bufio.ErrTooLong) {
				rule = fmt.Sprintf("want lines of at most %d bytes", MaxLine)
			}
			return "", l.number, &Error{Line: l.number, Rule: rule, Err: err}
		}
		if l.left.N <= 0 {
			return "", l.number, &Error{Line: l.number, Rule: fmt.Sprintf("want at most %d bytes", MaxBytes)}
		}
		return "", l.number, io.EOF
	}
	line = l.number
	var b strings.Builder
	b.WriteString(l.ahead)
	for l.advance(); l.has && l.ahead != "" && (l.ahead[0] == ' ' || l.ahead[0] == '\t'); l.advance() {
		if b.Len()+len(l.ahead) > MaxLine {
			return "", line, &Error{Line: line, Rule: fmt.Sprintf("want lines of at most %d bytes", MaxLine)}
		}
		b.WriteString(l.ahead[1:])
	}
	return b.String(), line, nil
}

// readProperty splits a content line. Parameter values may be quoted; names are
// read in any case.
func readProperty(text string, line int) (property, error) {
	p := property{line: line}
	bad := func(rule string) (property, error) {
		return p, &Error{Line: line, Value: short(text), Rule: rule}
	}
	end := strings.IndexAny(text, ":;")
	if end <= 0 {
		return bad("want NAME:value")
	}
	p.name = strings.ToUpper(text[:end])
	for rest := text[end:]; ; {
		if rest[0] == ':' {
			p.value = rest[1:]
			return p, nil
		}
		name, after, ok := strings.Cut(rest[1:], "=")
		if !ok {
			return bad("want a parameter as NAME=value")
		}
		n := paramEnd(after)
		if n == len(after) {
			return bad("want a value after a colon")
		}
		if p.params == nil {
			p.params = map[string]string{}
		}
		p.params[strings.ToUpper(name)] = strings.Trim(after[:n], `"`)
		rest = after[n:]
	}
}

// paramEnd returns where a parameter's value ends: the first ; or : outside
// quotes, or the length of the text.
func paramEnd(text string) int {
	quoted := false
	for i, c := range []byte(text) {
		switch {
		case c == '"':
			quoted = !quoted
		case !quoted && (c == ';' || c == ':'):
			return i
		}
	}
	return len(text)
}

// short cuts a text for an error.
func short(text string) string {
	if len(text) > 60 {
		return strings.ToValidUTF8(text[:60], "") + "…"
	}
	return text
}

// unescape undoes the escapes of text values (RFC 5545 section 3.3.11).
func unescape(text string) string {
	return strings.NewReplacer(`\\`, `\`, `\;`, ";", `\,`, ",", `\n`, "\n", `\N`, "\n").Replace(text)
}

func escape(text string) string {
	return strings.NewReplacer(`\`, `\\`, ";", `\;`, ",", `\,`, "\r\n", `\n`, "\n", `\n`, "\r", `\n`).Replace(text)
}
