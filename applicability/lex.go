package applicability

import (
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// ParseError says where a footprint's text cannot be read and what is wanted
// there.
type ParseError struct {
	Text string
	Pos  int    // byte in Text, from 0
	Want string // what stands there in a footprint
	Err  error  // ErrTooDeep or ErrTooWide, else nil
}

// Error names the character, counted from 1, and what is wanted there.
func (e *ParseError) Error() string {
	at := utf8.RuneCountInString(e.Text[:e.Pos]) + 1
	if e.Err != nil {
		return fmt.Sprintf("%v, at character %d", e.Err, at)
	}
	found := "the end of the text"
	if e.Pos < len(e.Text) {
		found = fmt.Sprintf("%.24q", e.Text[e.Pos:])
	}
	return fmt.Sprintf("applicability: footprint: character %d: want %s, found %s", at, e.Want, found)
}

// Unwrap returns the bound that was passed, if any.
func (e *ParseError) Unwrap() error { return e.Err }

// Show returns the line of the text that the error is on and, below it, a mark
// under the character.
func (e *ParseError) Show() string {
	start := strings.LastIndexByte(e.Text[:e.Pos], '\n') + 1
	line, _, _ := strings.Cut(e.Text[start:], "\n")
	return line + "\n" + strings.Repeat(" ", utf8.RuneCountInString(e.Text[start:e.Pos])) + "^"
}

type tokenKind uint8

const (
	tokenEnd tokenKind = iota
	tokenWord
	tokenString // quoted, on its own
	tokenMark   // ( ) [ ] , | < <= > >= =
	tokenBad
)

// token is one lexical element. A word may end in a quoted part, as in
// deb:"odd name"; text then holds both, unquoted.
type token struct {
	kind   tokenKind
	text   string
	pos    int
	quoted bool // some of it was quoted: it is no keyword
	want   string
}

// next reads the token at or after pos and returns where it ends.
func nextToken(text string, pos int) (token, int) {
	for pos < len(text) && strings.IndexByte(" \t\r\n", text[pos]) >= 0 {
		pos++
	}
	t := token{pos: pos}
	if pos == len(text) {
		return t, pos
	}
	switch c := text[pos]; {
	case c == '"':
		return quotedToken(text, pos, pos, "")
	case c == '<' || c == '>':
		t.kind, t.text = tokenMark, text[pos:pos+1]
		if pos+1 < len(text) && text[pos+1] == '=' {
			t.text = text[pos : pos+2]
		}
		return t, pos + len(t.text)
	case strings.IndexByte("()[],|=", c) >= 0:
		t.kind, t.text = tokenMark, text[pos:pos+1]
		return t, pos + 1
	case !wordByte(c):
		t.kind, t.want = tokenBad, "a word, or text in double quotes"
		return t, pos
	}
	end := pos
	for end < len(text) && wordByte(text[end]) {
		end++
	}
	if end < len(text) && text[end] == '"' && (text[end-1] == ':' || text[end-1] == '.') {
		return quotedToken(text, pos, end, text[pos:end])
	}
	t.kind, t.text = tokenWord, text[pos:end]
	return t, end
}

// quotedToken reads the Go-style quoted string at from; prefix is the bare word
// before it.
func quotedToken(text string, pos, from int, prefix string) (token, int) {
	t := token{kind: tokenString, pos: pos, quoted: true}
	if prefix != "" {
		t.kind = tokenWord
	}
	quoted, err := strconv.QuotedPrefix(text[from:])
	if err != nil {
		return token{kind: tokenBad, pos: from, want: "text in double quotes that ends"}, from
	}
	inside, err := strconv.Unquote(quoted)
	if err != nil {
		return token{kind: tokenBad, pos: from, want: "text in double quotes"}, from
	}
	t.text = prefix + inside
	return t, from + len(quoted)
}
