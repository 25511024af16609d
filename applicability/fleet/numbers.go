package fleet

import (
	"hash/maphash"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/internal/numtable"
)

// columnNumbers finds columns by their texts, which are theirs. The seed changes
// nothing but where in the table they are.
type columnNumbers struct {
	seed  maphash.Seed
	table numtable.Table
}

func newColumnNumbers() columnNumbers { return columnNumbers{seed: maphash.MakeSeed()} }

// find returns the number of the column with this text, or the hash to enter it
// under.
func (t *columnNumbers) find(columns []column, text []byte) (n, hash uint32, ok bool) {
	hash = uint32(maphash.Bytes(t.seed, text))
	for n := range t.table.At(hash) {
		if columns[n].text == string(text) {
			return n, hash, true
		}
	}
	return 0, hash, false
}

// hostNumbers finds the positions of hosts by their ids, which are Fleet.ids.
type hostNumbers struct {
	seed  maphash.Seed
	table numtable.Table
}

func newHostNumbers() hostNumbers { return hostNumbers{seed: maphash.MakeSeed()} }

// find returns the position of the host with this id, and the hash that it is, or is
// to be, entered under.
func (t *hostNumbers) find(ids []fettle.HostID, id fettle.HostID) (at, hash uint32, ok bool) {
	hash = uint32(maphash.String(t.seed, string(id)))
	for at := range t.table.At(hash) {
		if ids[at] == id {
			return at, hash, true
		}
	}
	return 0, hash, false
}

// enterAll enters all columns that have a text, into a table that is empty. It
// returns two of equal texts where there are such. order are all columns, in any
// order, and texts their texts. The table is filled from one end to the other, since
// it is larger than what a processor has at hand.
func (t *columnNumbers) enterAll(columns []column, order []uint32, texts []string) (a, b uint32, twice bool) {
	list := make([]uint64, 0, len(order))
	for i, text := range texts {
		if text != "" {
			list = append(list, uint64(uint32(maphash.String(t.seed, text)))<<32|uint64(order[i]))
		}
	}
	bits := t.table.Reserve(len(list))
	list, _ = sortNumbers(list, nil, 32, uint64(bits)<<32)
	for _, one := range list {
		hash, n := uint32(one>>32), uint32(one)
		for other := range t.table.At(hash) {
			if columns[other].text == columns[n].text {
				return other, n, true
			}
		}
		t.table.Enter(hash, n)
	}
	return 0, 0, false
}
