package program

import (
	"math/bits"
	"slices"
)

// Set is a set of patches, a bit each.
type Set []uint64

// Empty returns an empty set of up to n patches, in the memory of s where it is
// large enough.
func (s Set) Empty(n int) Set {
	words := (n + 63) / 64
	s = slices.Grow(s[:0], words)[:words]
	clear(s)
	return s
}

// Fill adds the first n patches.
func (s Set) Fill(n int) {
	for i := range s {
		s[i] = ^uint64(0) >> max(0, 64*(i+1)-n)
	}
}

// Len returns the count of members.
func (s Set) Len() (n int) {
	for _, word := range s {
		n += bits.OnesCount64(word)
	}
	return n
}

// All yields the members in ascending order.
func (s Set) All(yield func(patch int32) bool) {
	for i, word := range s {
		for ; word != 0; word &= word - 1 {
			if !yield(int32(i<<6 + bits.TrailingZeros64(word))) {
				return
			}
		}
	}
}
