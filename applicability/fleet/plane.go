package fleet

import "math/bits"

// plane is a set of host positions, one bit each. All planes of one evaluation
// have the same length.
type plane []uint64

func (p plane) has(at uint32) bool { return p[at>>6]>>(at&63)&1 != 0 }
func (p plane) set(at uint32)      { p[at>>6] |= 1 << (at & 63) }
func (p plane) clear(at uint32)    { p[at>>6] &^= 1 << (at & 63) }

// fill sets the positions [from, to).
func (p plane) fill(from, to uint32) {
	if from >= to {
		return
	}
	first, last := from>>6, (to-1)>>6
	head, tail := ^uint64(0)<<(from&63), ^uint64(0)>>(63-(to-1)&63)
	if first == last {
		p[first] |= head & tail
		return
	}
	p[first] |= head
	middle := p[first+1 : last]
	for i := range middle {
		middle[i] = ^uint64(0)
	}
	p[last] |= tail
}

// or adds q to p.
func (p plane) or(q plane) {
	q = q[:len(p)]
	for i := range p {
		p[i] |= q[i]
	}
}

// orWithin adds what of q lies in mask.
func (p plane) orWithin(q, mask plane) {
	q, mask = q[:len(p)], mask[:len(p)]
	for i := range p {
		p[i] |= q[i] & mask[i]
	}
}

// and keeps what of p lies in q.
func (p plane) and(q plane) {
	q = q[:len(p)]
	for i := range p {
		p[i] &= q[i]
	}
}

func (p plane) count() (n int) {
	for _, w := range p {
		n += bits.OnesCount64(w)
	}
	return n
}

// countWithin counts what p has in common with q. A nil p is empty.
func (p plane) countWithin(q plane) (n int) {
	q = q[:len(p)]
	for i := range p {
		n += bits.OnesCount64(p[i] & q[i])
	}
	return n
}

func (p plane) empty() bool {
	for _, w := range p {
		if w != 0 {
			return false
		}
	}
	return true
}

// each yields the positions in ascending order.
func (p plane) each(yield func(at uint32)) {
	for i, w := range p {
		for ; w != 0; w &= w - 1 {
			yield(uint32(i<<6 + bits.TrailingZeros64(w)))
		}
	}
}
