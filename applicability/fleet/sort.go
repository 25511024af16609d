package fleet

import "slices"

// sortNumbers sorts list, all below most, by the bits from first on, digits of
// eleven bits at a time; what these bits do not tell apart has to be in order. The
// result may lie in scratch, and rest is then the list.
func sortNumbers[N ~uint64](list, scratch []N, first int, most uint64) (sorted, rest []N) {
	const digit = 11
	if len(list) < 1<<(digit+1) {
		slices.Sort(list)
		return list, scratch
	}
	scratch = slices.Grow(scratch[:0], len(list))[:len(list)]
	for shift := first; most>>shift > 0; shift += digit {
		var next [1 << digit]int
		for _, e := range list {
			next[e>>shift&(1<<digit-1)]++
		}
		if next[list[0]>>shift&(1<<digit-1)] == len(list) {
			continue
		}
		sum := 0
		for i, n := range next {
			next[i], sum = sum, sum+n
		}
		for _, e := range list {
			at := &next[e>>shift&(1<<digit-1)]
			scratch[*at] = e
			*at++
		}
		list, scratch = scratch, list
	}
	return list, scratch
}
