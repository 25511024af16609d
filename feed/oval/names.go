package oval

import (
	"hash/maphash"
	"iter"
	"strings"

	"github.com/fettle-dev/fettle/internal/numtable"
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

// names numbers ids. The seed changes nothing but where in the table they are.
type names struct {
	seed  maphash.Seed
	table numtable.Table
	texts []string
	next  uint32 // the number after the last one asked for
}

func newNames() names { return names{seed: maphash.MakeSeed()} }

// find returns the number of an id.
func find[T string | []byte](n *names, id T, hash uint32) (number uint32, known bool) {
	for number := range n.table.At(hash) {
		if n.texts[number] == string(id) {
			return number, true
		}
	}
	return 0, false
}

// of returns the number of an id that is known.
func (n *names) of(id string) (number uint32, known bool) {
	return find(n, id, uint32(maphash.String(n.seed, id)))
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
	if number, known := find(n, id, hash); known {
		n.next = number + 1
		return number, false
	}
	return n.enter(t.keep(id), hash), true
}

// addText is add for an id that is kept already.
func (n *names) addText(id string) (number uint32, isNew bool) {
	if number = n.next; int(number) < len(n.texts) && n.texts[number] == id {
		n.next++
		return number, false
	}
	hash := uint32(maphash.String(n.seed, id))
	if number, known := find(n, id, hash); known {
		n.next = number + 1
		return number, false
	}
	return n.enter(id, hash), true
}

func (n *names) enter(id string, hash uint32) (number uint32) {
	number = uint32(len(n.texts))
	n.next = number + 1
	n.texts = append(n.texts, id)
	n.table.Enter(hash, number)
	return number
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

// absorb numbers the ids of other parts, and returns their new numbers by the
// old ones.
func (p *parts[T]) absorb(other *parts[T]) []uint32 {
	numbers := make([]uint32, other.len())
	for n, id := range other.ids.texts {
		numbers[n] = p.numbered(p.ids.addText(id))
	}
	return numbers
}

// number returns that of an id, which is added where it is new.
func (p *parts[T]) number(id []byte, t *texts) uint32 {
	return p.numbered(p.ids.add(id, t))
}

// numbered makes room for the part of a new number.
func (p *parts[T]) numbered(n uint32, isNew bool) uint32 {
	if isNew && int(n/chunk) == len(p.chunks) {
		p.chunks = append(p.chunks, new([chunk]T))
	}
	return n
}

// reset takes everything out.
func (p *parts[T]) reset() {
	for _, c := range p.chunks {
		*c = [chunk]T{}
	}
	p.ids.table, p.ids.texts, p.ids.next = numtable.Table{}, p.ids.texts[:0], 0
}
