// Package enum is the text form of enumerations: a list of words in which the
// word at index i stands for the value i. Stored forms use the words, so a
// value can be renumbered but never renamed.
package enum

import (
	"fmt"
	"slices"
	"strings"
)

// Words are the words of one enumeration, which Kind names in errors.
type Words struct {
	Kind  string // package and type: "inventory: package state"
	Words []string
}

// Word returns the word for v, or a form that shows v where there is none.
func (w Words) Word(v uint8) string {
	if int(v) < len(w.Words) {
		return w.Words[v]
	}
	return fmt.Sprintf("unknown(%d)", v)
}

// Marshal returns the word for v, or an error where there is none.
func (w Words) Marshal(v uint8) ([]byte, error) {
	if int(v) < len(w.Words) {
		return []byte(w.Words[v]), nil
	}
	return nil, fmt.Errorf("%s %d: want a value below %d", w.Kind, v, len(w.Words))
}

// Unmarshal sets v to the value that text stands for; it accepts the words
// and nothing else.
func (w Words) Unmarshal(text []byte, v *uint8) error {
	i := slices.Index(w.Words, string(text))
	if i < 0 {
		return fmt.Errorf("%s %q: want one of %s", w.Kind, text, strings.Join(w.Words, ", "))
	}
	*v = uint8(i)
	return nil
}
