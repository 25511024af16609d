package rollout

import "slices"

// listIndex finds short lists of numbers among many distinct ones, by place. It
// costs some eight bytes a list beside the list; a map by content costs ten times
// that.
type listIndex[T ~uint32] struct {
	slots []uint32 // place + 1; 0: free. A power of two, at most 3/4 full.
	room  []T      // where lists are kept, many in one piece of memory
}

// hash mixes the numbers so that small ones, too, reach all bits of a slot: places
// never depend on it.
func (x *listIndex[T]) hash(list []T) int {
	h := uint64(len(list))
	for _, n := range list {
		h = (h ^ uint64(n)) * 0x9e3779b97f4a7c15
		h ^= h >> 32
	}
	return int(h & uint64(len(x.slots)-1))
}

// intern returns the place of a list in lists, where it puts a copy of it if it is
// not there. lists only grows, and only by this.
func (x *listIndex[T]) intern(lists *[][]T, list []T) int {
	if 4*(len(*lists)+1) > 3*len(x.slots) {
		x.grow(*lists)
	}
	at := x.hash(list)
	for ; x.slots[at] != 0; at = (at + 1) & (len(x.slots) - 1) {
		if place := int(x.slots[at] - 1); slices.Equal((*lists)[place], list) {
			return place
		}
	}
	if cap(x.room)-len(x.room) < len(list) {
		x.room = make([]T, 0, max(min(4*len(*lists), 4096), len(list), 8))
	}
	from := len(x.room)
	x.room = append(x.room, list...)
	*lists = append(*lists, x.room[from:len(x.room):len(x.room)])
	x.slots[at] = uint32(len(*lists))
	return len(*lists) - 1
}

func (x *listIndex[T]) grow(lists [][]T) {
	x.slots = make([]uint32, max(16, 2*len(x.slots)))
	for i, list := range lists {
		at := x.hash(list)
		for x.slots[at] != 0 {
			at = (at + 1) & (len(x.slots) - 1)
		}
		x.slots[at] = uint32(i + 1)
	}
}
