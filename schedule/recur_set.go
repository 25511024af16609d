package schedule

import "math/bits"

// daySet is a set of days of one period by their index, 0 to 365.
type daySet [6]uint64

func (s *daySet) add(i int)      { s[i>>6] |= 1 << (i & 63) }
func (s *daySet) has(i int) bool { return s[i>>6]>>(i&63)&1 == 1 }

// addMask adds the days of a mask whose bit 0 is the day at.
func (s *daySet) addMask(mask uint32, at int) {
	word, shift := at>>6, at&63
	s[word] |= uint64(mask) << shift
	if shift > 32 {
		s[word+1] |= uint64(mask) >> (64 - shift)
	}
}

// next returns the first day of the set at index from or later.
func (s *daySet) next(from int) (int, bool) {
	from = max(from, 0)
	for word := from >> 6; word < len(s); word++ {
		rest := s[word]
		if word == from>>6 {
			rest &= ^uint64(0) << (from & 63)
		}
		if rest != 0 {
			return word<<6 + bits.TrailingZeros64(rest), true
		}
	}
	return 0, false
}

// pick returns the days at the given positions, from 1, or from the end if
// negative.
func (s *daySet) pick(positions []int) daySet {
	size := 0
	for _, w := range s {
		size += bits.OnesCount64(w)
	}
	var out daySet
	for i, at := 0, 0; i < size; i++ {
		at, _ = s.next(at)
		for _, p := range positions {
			if p == i+1 || p == i-size {
				out.add(at)
			}
		}
		at++
	}
	return out
}
