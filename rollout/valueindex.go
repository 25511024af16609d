package rollout

import "hash/maphash"

// valueIndex finds the distinct values of a list, by place. It costs some eight
// bytes a value beside the list; a map costs the value once more, and then some.
type valueIndex[T comparable] struct {
	slots []uint32 // place + 1; 0: free. A power of two, at most 3/4 full.
	seed  maphash.Seed
}

// find returns the place of a value in the list.
func (x *valueIndex[T]) find(list []T, value T) (place int, ok bool) {
	if len(x.slots) == 0 {
		return 0, false
	}
	at := x.free(value, func(place int) bool { return list[place] == value })
	return int(x.slots[at]) - 1, x.slots[at] != 0
}

// free returns the slot of a value: where one is that is the same, else a free one.
func (x *valueIndex[T]) free(value T, same func(place int) bool) int {
	mask := len(x.slots) - 1
	at := int(maphash.Comparable(x.seed, value)) & mask
	for x.slots[at] != 0 && !same(int(x.slots[at]-1)) {
		at = (at + 1) & mask
	}
	return at
}

// added takes in the last value of the list, which was appended to it.
func (x *valueIndex[T]) added(list []T) {
	if 4*len(list) > 3*len(x.slots) {
		x.grow(list)
		return
	}
	x.place(list, len(list)-1)
}

func (x *valueIndex[T]) place(list []T, place int) {
	x.slots[x.free(list[place], func(int) bool { return false })] = uint32(place + 1)
}

func (x *valueIndex[T]) grow(list []T) {
	if len(x.slots) == 0 {
		x.seed = maphash.MakeSeed()
	}
	n := max(16, len(x.slots))
	for 4*len(list) > 3*n {
		n *= 2
	}
	x.slots = make([]uint32, n)
	for place := range list {
		x.place(list, place)
	}
}
