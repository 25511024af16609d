package fettle

import (
	"fmt"
	"strings"
)

// words is the text form of an enumeration: its words in the order of their
// values, separated by spaces. Stored forms use the words, so a value can be
// renumbered but never renamed.
type words string

// find returns the word of value v.
func (w words) find(v uint8) (string, bool) {
	i := uint8(0)
	for word := range strings.SplitSeq(string(w), " ") {
		if i == v {
			return word, true
		}
		i++
	}
	return "", false
}

func (w words) word(kind string, v uint8) string {
	if word, ok := w.find(v); ok {
		return word
	}
	return fmt.Sprintf("%s(%d)", kind, v)
}

func (w words) marshal(kind string, v uint8) ([]byte, error) {
	if word, ok := w.find(v); ok {
		return []byte(word), nil
	}
	return nil, fmt.Errorf("fettle: %s %d: want a value that has a word: %s", kind, v, w)
}

func (w words) unmarshal(kind string, text []byte, v *uint8) error {
	i := uint8(0)
	for word := range strings.SplitSeq(string(w), " ") {
		if word == string(text) {
			*v = i
			return nil
		}
		i++
	}
	return fmt.Errorf("fettle: %s %q: want one of %s", kind, text, w)
}
