package fleet

import "hash/maphash"

// columnNumbers finds columns by their texts: a hash table with linear probing
// that holds hashes and numbers, but no text. The seed changes nothing but where
// in the table they are.
type columnNumbers struct {
	seed  maphash.Seed
	slots []uint64 // hash, and in the lower half the number plus one; 0: free. Their count is a power of two
	used  int
}

const leastSlots = 64

func newColumnNumbers() columnNumbers {
	return columnNumbers{seed: maphash.MakeSeed(), slots: make([]uint64, leastSlots)}
}

// find returns the number of the column with this text, or the hash to enter it
// with.
func (t *columnNumbers) find(columns []column, text []byte) (n, hash uint32, ok bool) {
	hash = uint32(maphash.Bytes(t.seed, text))
	mask := uint32(len(t.slots) - 1)
	for at := hash & mask; t.slots[at] != 0; at = (at + 1) & mask {
		n = uint32(t.slots[at]) - 1
		if uint32(t.slots[at]>>32) == hash && columns[n].text == string(text) {
			return n, hash, true
		}
	}
	return 0, hash, false
}

// enter adds a column that find did not find.
func (t *columnNumbers) enter(hash, n uint32) {
	t.used++
	t.grow(t.used)
	t.place(uint64(hash)<<32 | uint64(n+1))
}

// enterAll enters all columns that have a text, into a table that is empty. It
// returns two of equal texts where there are such. order are all columns, in any
// order, and texts their texts. The table is filled from one end to the other, since it is larger than
// what a processor has at hand.
func (t *columnNumbers) enterAll(columns []column, order []uint32, texts []string) (a, b uint32, twice bool) {
	list := make([]uint64, 0, len(order))
	for i, text := range texts {
		if text != "" {
			list = append(list, uint64(uint32(maphash.String(t.seed, text)))<<32|uint64(order[i]+1))
		}
	}
	t.used = len(list)
	t.grow(t.used)
	mask := uint32(len(t.slots) - 1)
	list, _ = sortNumbers(list, nil, 32, uint64(mask)<<32)
	for _, slot := range list {
		n := uint32(slot) - 1
		for at := uint32(slot>>32) & mask; ; at = (at + 1) & mask {
			old := t.slots[at]
			if old == 0 {
				t.slots[at] = slot
				break
			}
			if other := uint32(old) - 1; old>>32 == slot>>32 && columns[other].text == columns[n].text {
				return other, n, true
			}
		}
	}
	return 0, 0, false
}

// grow makes room for n columns, so that a third of all slots is free.
func (t *columnNumbers) grow(n int) {
	size := len(t.slots)
	for 2*size < 3*n {
		size *= 2
	}
	if size == len(t.slots) {
		return
	}
	old := t.slots
	t.slots = make([]uint64, size)
	for _, slot := range old {
		if slot != 0 {
			t.place(slot)
		}
	}
}

func (t *columnNumbers) place(slot uint64) {
	mask := uint32(len(t.slots) - 1)
	at := uint32(slot>>32) & mask
	for t.slots[at] != 0 {
		at = (at + 1) & mask
	}
	t.slots[at] = slot
}
