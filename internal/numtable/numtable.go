// Package numtable finds numbers by what they stand for, which stays with the
// caller: what is named, interned or compiled lies in a list, and the table keeps
// hashes and places in the list alone.
package numtable

import "iter"

// Table is a hash table with linear probing. The zero Table is empty. It may be read
// by several at once.
type Table struct {
	slots []uint64 // hash, and in the lower half the number plus one; 0: free. Their count is a power of two
	used  int
}

const leastSlots = 64

// At yields the numbers that were entered under a hash, which the caller compares.
func (t *Table) At(hash uint32) iter.Seq[uint32] {
	return func(yield func(uint32) bool) {
		if t.used == 0 {
			return
		}
		mask := uint32(len(t.slots) - 1)
		for at := hash & mask; t.slots[at] != 0; at = (at + 1) & mask {
			if uint32(t.slots[at]>>32) == hash && !yield(uint32(t.slots[at])-1) {
				return
			}
		}
	}
}

// Enter adds a number, of at most 2^32-2, that is not there.
func (t *Table) Enter(hash, n uint32) {
	t.Reserve(t.used + 1)
	t.used++
	t.place(uint64(hash)<<32 | uint64(n+1))
}

// Len returns how many numbers there are.
func (t *Table) Len() int { return t.used }

// Delete takes out a number that was entered under a hash; of others nothing changes.
// What lies behind it, as far as it has not found a place of its own, moves up.
func (t *Table) Delete(hash, n uint32) {
	if t.used == 0 {
		return
	}
	mask := uint32(len(t.slots) - 1)
	free := hash & mask
	for t.slots[free] != uint64(hash)<<32|uint64(n+1) {
		if t.slots[free] == 0 {
			return
		}
		free = (free + 1) & mask
	}
	t.used--
	for at := (free + 1) & mask; t.slots[at] != 0; at = (at + 1) & mask {
		wanted := uint32(t.slots[at]>>32) & mask
		if (at-wanted)&mask >= (at-free)&mask {
			t.slots[free] = t.slots[at]
			free = at
		}
	}
	t.slots[free] = 0
}

// Reserve makes room for n numbers in all, so that a third of the slots is free, and
// returns by which bits of a hash slots are chosen: who enters many does so in the
// order of these, from one end of a table to the other.
func (t *Table) Reserve(n int) (bits uint32) {
	size := max(len(t.slots), leastSlots)
	for 2*size < 3*n {
		size *= 2
	}
	if size > len(t.slots) {
		old := t.slots
		t.slots = make([]uint64, size)
		for _, slot := range old {
			if slot != 0 {
				t.place(slot)
			}
		}
	}
	return uint32(size - 1)
}

func (t *Table) place(slot uint64) {
	mask := uint32(len(t.slots) - 1)
	at := uint32(slot>>32) & mask
	for t.slots[at] != 0 {
		at = (at + 1) & mask
	}
	t.slots[at] = slot
}
