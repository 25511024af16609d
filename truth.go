package fettle

import "github.com/fettle-dev/fettle/internal/enum"

// Truth is a three-valued answer: unknown, no or yes. The zero value is
// Unknown, so a fact that nobody collected can never pass for "no".
//
// And, Or and Not follow Kleene's strong logic: the result is known whenever
// the known operands alone decide it.
type Truth uint8

// The three truths. Their order is part of the stored form.
const (
	Unknown Truth = iota // nobody looked, or what was seen cannot be judged
	No                   // looked at, and it does not hold
	Yes                  // looked at, and it holds
)

var truthWords = enum.Words{Kind: "fettle: truth", Words: []string{"unknown", "no", "yes"}}

// TruthOf returns Yes or No for a condition that is known.
func TruthOf(holds bool) Truth {
	if holds {
		return Yes
	}
	return No
}

// Not returns the negation of t; that of Unknown is Unknown.
func (t Truth) Not() Truth {
	switch t {
	case Yes:
		return No
	case No:
		return Yes
	default:
		return Unknown
	}
}

// And returns No if either operand is No, Yes if both are Yes, else Unknown.
func (t Truth) And(u Truth) Truth {
	switch {
	case t == No || u == No:
		return No
	case t == Yes && u == Yes:
		return Yes
	default:
		return Unknown
	}
}

// Or returns Yes if either operand is Yes, No if both are No, else Unknown.
func (t Truth) Or(u Truth) Truth { return t.Not().And(u.Not()).Not() }

// String returns "unknown", "no" or "yes".
func (t Truth) String() string { return truthWords.Word(uint8(t)) }

// MarshalText returns the word that String returns, or an error for a value
// outside the three.
func (t Truth) MarshalText() ([]byte, error) { return truthWords.Marshal(uint8(t)) }

// UnmarshalText accepts exactly the words that String returns.
func (t *Truth) UnmarshalText(text []byte) error {
	return truthWords.Unmarshal(text, (*uint8)(t))
}
