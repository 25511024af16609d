package applicability

import (
	"encoding/binary"
	"hash/maphash"
	"slices"

	"github.com/fettle-dev/fettle/internal/program"
)

// listNodes finds the nodes that hold others by what they hold: a hash table
// with linear probing that keeps numbers alone, since program.Program has the
// rest. The seed changes nothing but where in the table they are.
type listNodes struct {
	seed   maphash.Seed
	slots  []uint64 // hash, and in the lower half the number plus one; 0: free. Their count is a power of two
	used   int
	packed []byte // scratch
}

// freeSlot is where a node that was not found is to be entered.
type freeSlot struct {
	at   uint32
	hash uint32
}

func newListNodes() listNodes {
	return listNodes{seed: maphash.MakeSeed(), slots: make([]uint64, 64)}
}

// find returns the node of an operation over these kids, or None and where it
// is to be entered.
func (t *listNodes) find(p *program.Program, op program.Op, n int32, kids []int32) (int32, freeSlot) {
	t.packed = binary.LittleEndian.AppendUint32(append(t.packed[:0], byte(op)), uint32(n))
	for _, kid := range kids {
		t.packed = binary.LittleEndian.AppendUint32(t.packed, uint32(kid))
	}
	hash := uint32(maphash.Bytes(t.seed, t.packed))
	mask := uint32(len(t.slots) - 1)
	at := hash & mask
	for ; t.slots[at] != 0; at = (at + 1) & mask {
		if uint32(t.slots[at]>>32) != hash {
			continue
		}
		id := int32(uint32(t.slots[at]) - 1)
		if node := &p.Nodes[id]; node.Op == op && node.N == n && slices.Equal(p.Kids[node.From:node.To], kids) {
			return id, freeSlot{}
		}
	}
	return program.None, freeSlot{at, hash}
}

// enter adds a node that find did not find.
func (t *listNodes) enter(slot freeSlot, id int32) {
	t.slots[slot.at] = uint64(slot.hash)<<32 | uint64(uint32(id)+1)
	if t.used++; 3*t.used <= 2*len(t.slots) {
		return
	}
	old := t.slots
	t.slots = make([]uint64, 2*len(old))
	mask := uint32(len(t.slots) - 1)
	for _, entry := range old {
		if entry == 0 {
			continue
		}
		at := uint32(entry>>32) & mask
		for t.slots[at] != 0 {
			at = (at + 1) & mask
		}
		t.slots[at] = entry
	}
}
