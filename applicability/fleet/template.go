package fleet

import (
	"encoding/binary"
	"slices"

	"github.com/fettle-dev/fettle"
)

// template is a list of columns that many hosts nearly have. Its hosts lie side
// by side, in chunks of positions, so that a column is a few runs and a few
// exceptions, and a host is a short difference.
type template struct {
	columns []uint32 // sorted; nil: the template is not in use
	chunks  []span
	next    uint32   // first position of the last chunk that was never used
	free    []uint32 // positions of hosts that left
	members int
	sketch  sketch
	changed uint64 // Fleet.changes when a host came or went
	settled bool   // its columns are what most of its hosts have
	late    bool   // none of its hosts' exceptions are entered, nor wait
}

// span is the positions [from, to).
type span struct{ from, to uint32 }

// Chunks are whole words of a plane and grow with the template.
const (
	smallestChunk = 64
	largestChunk  = 4096
)

// settleAt is how many hosts a template has when its columns, until then those
// of its first host, become what most of its hosts have.
const settleAt = 24

// sketch is the least hash of the columns in each of some buckets. The share of
// equal entries of two lists estimates how alike they are (one permutation
// hashing: P. Li, A. Owen, C.-H. Zhang, One Permutation Hashing, 2012).
type sketch [16]uint32

func sketchOf(columns []uint32) (s sketch) {
	for i := range s {
		s[i] = ^uint32(0)
	}
	for _, c := range columns {
		h := c * 0x9E3779B1
		h ^= h >> 15
		h *= 0x85EBCA77
		h ^= h >> 13
		b := h >> 28
		s[b] = min(s[b], h)
	}
	return s
}

// crowded is how many templates may share an entry of their sketches before it
// says too little to be looked at.
const crowded = 512

// nearest returns the template that shares most of the sketch, -1: none.
func (f *Fleet) nearest(s *sketch) int32 {
	votes := f.votes
	clear(votes)
	best := int32(-1)
	for _, h := range s {
		list := f.sketches[h]
		if len(list) > crowded {
			continue
		}
		for _, t := range list {
			votes[t]++
			if best < 0 || votes[t] > votes[best] || votes[t] == votes[best] && t < best {
				best = t
			}
		}
	}
	return best
}

// newTemplate makes a template of a host's columns, which it copies.
func (f *Fleet) newTemplate(columns []uint32) int32 {
	n := int32(len(f.templates))
	if last := len(f.unused) - 1; last >= 0 {
		n, f.unused = f.unused[last], f.unused[:last]
	} else {
		f.templates = append(f.templates, template{})
		f.votes = append(f.votes, 0)
	}
	f.enrol(n, slices.Clone(columns))
	f.templates[n].late = true
	f.late = append(f.late, n)
	return n
}

// enrol gives template n its columns and makes it known to them.
func (f *Fleet) enrol(n int32, columns []uint32) {
	t := &f.templates[n]
	t.columns, t.sketch = columns, sketchOf(columns)
	for _, c := range columns {
		f.columns[c].templates = append(f.columns[c].templates, n)
	}
	for _, h := range t.sketch {
		f.sketches[h] = append(f.sketches[h], n)
	}
}

// withdraw is the opposite of enrol.
func (f *Fleet) withdraw(n int32) {
	t := &f.templates[n]
	drop := func(list []int32) []int32 {
		if i := slices.Index(list, n); i >= 0 {
			return slices.Delete(list, i, i+1)
		}
		return list
	}
	for _, c := range t.columns {
		f.columns[c].templates = drop(f.columns[c].templates)
	}
	for _, h := range t.sketch {
		if list := drop(f.sketches[h]); len(list) > 0 {
			f.sketches[h] = list
		} else {
			delete(f.sketches, h)
		}
	}
	t.columns = nil
}

// seat returns a free position of template n.
func (f *Fleet) seat(n int32) uint32 {
	t := &f.templates[n]
	if last := len(t.free) - 1; last >= 0 {
		at := t.free[last]
		t.free = t.free[:last]
		return at
	}
	if k := len(t.chunks); k == 0 || t.next == t.chunks[k-1].to {
		size := uint32(smallestChunk)
		for size < largestChunk && size < uint32(t.members)/2 {
			size *= 2
		}
		c := f.chunk(size)
		t.chunks, t.next = append(t.chunks, c), c.from
	}
	t.next++
	return t.next - 1
}

// chunk returns size positions: of a template that is gone, or new ones.
func (f *Fleet) chunk(size uint32) span {
	for i, c := range f.spare {
		if c.to-c.from == size {
			f.spare = slices.Delete(f.spare, i, i+1)
			return c
		}
	}
	from := uint32(len(f.hosts))
	f.hosts = append(f.hosts, make([]hostEntry, size)...)
	f.ids = append(f.ids, make([]fettle.HostID, size)...)
	for i := range f.hosts[from:] {
		f.hosts[int(from)+i].template = -1
	}
	f.live = append(f.live, make(plane, size/64)...)
	return span{from, from + size}
}

// difference is how a host departs from its template: columns, sorted.
type difference struct {
	without, with []uint32
	places        []uint32 // scratch
}

// between writes the difference of a list from a template's over d.
func (d *difference) between(base, list []uint32) {
	d.without, d.with = d.without[:0], d.with[:0]
	i, j := 0, 0
	for i < len(base) && j < len(list) {
		a, b := base[i], list[j]
		if a == b {
			i++
			j++
		} else if a < b {
			d.without = append(d.without, a)
			i++
		} else {
			d.with = append(d.with, b)
			j++
		}
	}
	d.without = append(d.without, base[i:]...)
	d.with = append(d.with, list[j:]...)
}

func (d *difference) len() int { return len(d.without) + len(d.with) }

// appendTo packs the difference: as a text, the list of the places in the template
// that are without, and then the list with.
func (d *difference) appendTo(out []byte, base []uint32) []byte {
	places, place := d.places[:0], 0
	for _, c := range d.without {
		for base[place] != c {
			place++
		}
		places = append(places, uint32(place))
	}
	d.places = places
	var buffer [512]byte
	packed := appendList(buffer[:0], places)
	out = binary.AppendUvarint(out, uint64(len(packed)))
	return appendList(append(out, packed...), d.with)
}

// checkDifference reports whether in is a packed difference, from a template with
// so many columns, of all columns.
func checkDifference(in string, base, columns int) bool {
	places, with, ok := cutText(in)
	return ok && checkList(places, uint64(base)) && checkList(with, uint64(columns))
}

// read unpacks what appendTo packed.
func (d *difference) read(in string, base []uint32) {
	places, with, _ := cutText(in)
	d.without = unpackList(d.without[:0], places)
	for i, place := range d.without {
		d.without[i] = base[place]
	}
	d.with = unpackList(d.with[:0], with)
}

// merge writes the columns of a host over out.
func (d *difference) merge(base, out []uint32) []uint32 {
	out = out[:0]
	without, with := d.without, d.with
	for _, c := range base {
		for len(with) > 0 && with[0] < c {
			out, with = append(out, with[0]), with[1:]
		}
		if len(without) > 0 && without[0] == c {
			without = without[1:]
			continue
		}
		out = append(out, c)
	}
	return append(out, with...)
}
