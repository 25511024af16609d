// Package vercmp holds the version orders: deb, rpm, apk, PEP 440, the four
// parts of Windows files, semantic and dotted versions, and plain text, one file
// each.
//
// Every order has the same three functions, and they agree:
//
//   - CheckX says whether a string is a version of the order; where not, the
//     error is an *Error with the byte and the rule.
//   - CompareX returns -1, 0 or +1, or the error of the first invalid operand.
//     It does not allocate when both are valid.
//   - AppendXKey appends a byte key such that bytes.Compare of two keys of one
//     order equals CompareX of the versions, equality included. An invalid
//     version leaves dst as it was. Nothing but dst is allocated.
//
// On the valid strings each CompareX is a total preorder (reflexive,
// transitive, every pair comparable). Numbers may have any length. All work is
// linear in the input, and a key is never longer than 2*len(v)+16 bytes.
//
// Everything here is pure and safe for concurrent use.
package vercmp

import "fmt"

// Error is why a string is not a version of an order.
type Error struct {
	Pos  int    // the byte, counted from 0, where the rule is broken
	Rule string // what is wanted there
}

// Error returns "byte 3: want rule".
func (e *Error) Error() string { return fmt.Sprintf("byte %d: want %s", e.Pos, e.Rule) }

func broken(pos int, rule string) error { return &Error{Pos: pos, Rule: rule} }
