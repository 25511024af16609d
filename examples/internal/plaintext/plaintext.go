// Package plaintext writes text for people so that it cannot steer their terminal.
package plaintext

import (
	"io"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Writer writes text for people. What a file may have put into a name to steer
// the terminal (escape sequences, turned writing directions, bytes that are no
// text) is written as Go writes it in a string. A rune must not be parted by two
// writes.
type Writer struct{ io.Writer }

// Write writes p and reports its own length.
func (w Writer) Write(p []byte) (int, error) {
	if _, err := io.WriteString(w.Writer, Visible(string(p))); err != nil {
		return 0, err
	}
	return len(p), nil
}

// Count returns a number of things with their name: 1 patch, 2 patches, 2 policies.
func Count(n int, noun string) string {
	switch {
	case n == 1:
		return "1 " + noun
	case strings.HasSuffix(noun, "ch"):
		return strconv.Itoa(n) + " " + noun + "es"
	case strings.HasSuffix(noun, "cy"):
		return strconv.Itoa(n) + " " + noun[:len(noun)-1] + "ies"
	}
	return strconv.Itoa(n) + " " + noun + "s"
}

// Visible returns s as a Writer writes it.
func Visible(s string) string {
	plain := func(r rune) bool { return r == '\n' || r == '\t' || unicode.IsPrint(r) }
	if utf8.ValidString(s) && strings.IndexFunc(s, func(r rune) bool { return !plain(r) }) < 0 {
		return s
	}
	var out strings.Builder
	for len(s) > 0 {
		r, n := utf8.DecodeRuneInString(s)
		if plain(r) && (r != utf8.RuneError || n > 1) {
			out.WriteString(s[:n])
		} else {
			quoted := strconv.Quote(s[:n])
			out.WriteString(quoted[1 : len(quoted)-1])
		}
		s = s[n:]
	}
	return out.String()
}
