package applicability

import "github.com/fettle-dev/fettle/internal/enum"

var quantifierWords = enum.Words{Kind: "applicability: quantifier", Words: []string{"by-use", "some", "every", "newest"}}

// String returns by-use, some, every or newest.
func (q Quantifier) String() string { return quantifierWords.Word(uint8(q)) }

// MarshalText returns the word that String returns.
func (q Quantifier) MarshalText() ([]byte, error) { return quantifierWords.Marshal(uint8(q)) }

// UnmarshalText accepts exactly the words that String returns.
func (q *Quantifier) UnmarshalText(text []byte) error {
	return quantifierWords.Unmarshal(text, (*uint8)(q))
}

var stateWords = enum.Words{Kind: "applicability: state", Words: []string{"obtained", "tested", "approved", "withdrawn"}}

// String returns obtained, tested, approved or withdrawn.
func (s State) String() string { return stateWords.Word(uint8(s)) }

// MarshalText returns the word that String returns.
func (s State) MarshalText() ([]byte, error) { return stateWords.Marshal(uint8(s)) }

// UnmarshalText accepts exactly the words that String returns.
func (s *State) UnmarshalText(text []byte) error { return stateWords.Unmarshal(text, (*uint8)(s)) }
