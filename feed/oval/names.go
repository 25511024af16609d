package oval

import (
	"hash/maphash"
	"iter"
	"strings"
)

// texts keeps short strings many to a piece of memory.
type texts struct{ piece strings.Builder }

// keep returns a copy of b.
func (t *texts) keep(b []byte) string {
	const piece = 32 << 10
	if len(b) > piece/8 {
		return string(b)
	}
	if t.piece.Cap()-t.piece.Len() < len(b) {
		t.piece.Reset()
		t.piece.Grow(piece)
	}
	from := t.piece.Len()
	t.piece.Write(b)
	return t.piece.String()[from:]
}

// names numbers ids: a hash table with linear probing. The seed changes nothing
// but where in the table they are.
type names struct {
	seed  maphash.Seed
	slots []uint64 // hash, and in the lower half the number plus one; 0: free. Their count is a power of two
	texts []string
	next  uint32 // the number after the last one asked for
}

func newNames() names { return names{seed: maphash.MakeSeed(), slots: make([]uint64, 64)} }

// find returns the number of an id, or the slot for it.
func find[T string | []byte](n *names, id T, hash uint32) (number uint32, at int, there bool) {
	mask := len(n.slots) - 1
	for at = int(hash) & mask; n.slots[at] != 0; at = (at + 1) & mask {
		number = uint32(n.slots[at]) - 1
		if uint32(n.slots[at]>>32) == hash && n.texts[number] == string(id) {
			return number, at, true
		}
	}
	return 0, at, false
}

// of returns the number of an id that is known.
func (n *names) of(id string) (number uint32, known bool) {
	number, _, known = find(n, id, uint32(maphash.String(n.seed, id)))
	return number, known
}

// add returns the number of an id, a new one where it is not known yet. Parts
// mostly come in the order in which others referred to them, so that the next
// number is tried first.
func (n *names) add(id []byte, t *texts) (number uint32, isNew bool) {
	if number = n.next; int(number) < len(n.texts) && n.texts[number] == string(id) {
		n.next++
		return number, false
	}
	hash := uint32(maphash.Bytes(n.seed, id))
	number, at, there := find(n, id, hash)
	if there {
		n.next = number + 1
		return number, false
	}
	number = uint32(len(n.texts))
	n.next = number + 1
	n.texts = append(n.texts, t.keep(id))
	n.slots[at] = uint64(hash)<<32 | uint64(number+1)
	if 3*len(n.texts) > 2*len(n.slots) {
		n.grow()
	}
	return number, true
}

func (n *names) grow() {
	old := n.slots
	n.slots = make([]uint64, 2*len(old))
	mask := uint32(len(n.slots) - 1)
	for _, slot := range old {
		if slot == 0 {
			continue
		}
		at := uint32(slot>>32) & mask
		for n.slots[at] != 0 {
			at = (at + 1) & mask
		}
		n.slots[at] = slot
	}
}

// parts are the parts of one kind, by the numbers of their ids. One to which
// the document only refers is there with its zero value.
type parts[T any] struct {
	ids    names
	chunks []*[chunk]T // so that parts stay where they are while more come
}

const chunk = 64

func newParts[T any]() parts[T] { return parts[T]{ids: newNames()} }

func (p *parts[T]) len() int { return len(p.ids.texts) }

func (p *parts[T]) id(number uint32) string { return p.ids.texts[number] }

func (p *parts[T]) at(number uint32) *T { return &p.chunks[number/chunk][number%chunk] }

// all yields the parts, those that are not there included.
func (p *parts[T]) all() iter.Seq[*T] {
	return func(yield func(*T) bool) {
		for n := range p.ids.texts {
			if !yield(p.at(uint32(n))) {
				return
			}
		}
	}
}

// number returns that of an id, which is added where it is new.
func (p *parts[T]) number(id []byte, t *texts) uint32 {
	n, isNew := p.ids.add(id, t)
	if isNew && n%chunk == 0 {
		p.chunks = append(p.chunks, new([chunk]T))
	}
	return n
}
