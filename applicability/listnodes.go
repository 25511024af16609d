package applicability

import (
	"encoding/binary"
	"hash/maphash"
	"slices"

	"github.com/fettle-dev/fettle/internal/numtable"
	"github.com/fettle-dev/fettle/internal/program"
)

// listNodes finds the nodes that hold others by what they hold, which is in
// program.Program. The seed changes nothing but where in the table they are.
type listNodes struct {
	seed   maphash.Seed
	table  numtable.Table
	packed []byte // scratch
}

func newListNodes() listNodes { return listNodes{seed: maphash.MakeSeed()} }

// find returns the node of an operation over these kids, or None, and the hash to
// enter it under.
func (t *listNodes) find(p *program.Program, op program.Op, n int32, kids []int32) (id int32, hash uint32) {
	t.packed = binary.LittleEndian.AppendUint32(append(t.packed[:0], byte(op)), uint32(n))
	for _, kid := range kids {
		t.packed = binary.LittleEndian.AppendUint32(t.packed, uint32(kid))
	}
	hash = uint32(maphash.Bytes(t.seed, t.packed))
	for id := range t.table.At(hash) {
		if node := &p.Nodes[id]; node.Op == op && node.N == n && slices.Equal(p.Kids[node.From:node.To], kids) {
			return int32(id), hash
		}
	}
	return program.None, hash
}
