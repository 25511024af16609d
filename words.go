package fettle

import (
	"fmt"
	"slices"
	"strings"
)

// words is the text form of an enumeration: the word at index i stands for the
// value i. Stored forms use the words, so a value can be renumbered but never
// renamed.
type words []string

func (w words) word(kind string, v uint8) string {
	if int(v) < len(w) {
		return w[v]
	}
	return fmt.Sprintf("%s(%d)", kind, v)
}

func (w words) marshal(kind string, v uint8) ([]byte, error) {
	if int(v) < len(w) {
		return []byte(w[v]), nil
	}
	return nil, fmt.Errorf("fettle: %s %d: want a value below %d", kind, v, len(w))
}

func (w words) unmarshal(kind string, text []byte, v *uint8) error {
	i := slices.Index(w, string(text))
	if i < 0 {
		return fmt.Errorf("fettle: %s %q: want one of %s", kind, text, strings.Join(w, ", "))
	}
	*v = uint8(i)
	return nil
}
