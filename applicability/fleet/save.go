package fleet

import (
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
)

// The form of a saved index: saveMagic, saveVersion, pieces with their lengths
// before them, of which an empty one is the last, and the CRC-32C (RFC 3720,
// appendix B.4) of all before it, little-endian. The pieces hold columns,
// profiles, templates, hosts and the columns' exceptions; all numbers are uvarints,
// and texts and sets have their lengths before them. A piece ends before a number
// that begins something, so what is loaded keeps pieces, not the whole, in memory.
// Columns, and exceptions, come in the order of byName, in which they are looked up.
const (
	saveMagic   = "fettle-fleet\n"
	saveVersion = 3
)

// Save writes the index, all but its catalogue. Calls that ask go on meanwhile,
// calls that change wait. w gets many small and large pieces and nothing else;
// that a file is replaced as a whole or not at all is up to the caller: write a
// new file, then rename it.
func (f *Fleet) Save(w io.Writer) error {
	f.rlock()
	defer f.mu.RUnlock()
	s := &saver{w: w}
	s.write(binary.AppendUvarint([]byte(saveMagic), saveVersion))
	order := f.byName()
	f.saveColumns(s, order)
	f.saveProfiles(s)
	f.saveTemplates(s)
	f.saveHosts(s)
	f.saveExceptions(s, order)
	s.flush()
	s.flush() // the empty piece
	s.write(binary.LittleEndian.AppendUint32(nil, s.sum))
	if s.err != nil {
		return fmt.Errorf("fleet: save: %w", s.err)
	}
	return nil
}

func (f *Fleet) saveColumns(s *saver, order []uint32) {
	s.number(uint64(len(order)))
	for _, n := range order {
		s.number(uint64(n))
		c := &f.columns[n]
		if c.gone() {
			s.text("") // gone: only its number is taken
		} else {
			s.text(c.text)
		}
	}
}

func (f *Fleet) saveProfiles(s *saver) {
	s.number(uint64(len(f.profiles.list)))
	for _, p := range f.profiles.list {
		if p == nil {
			s.text("")
		} else {
			s.text(p.text)
		}
	}
}

func (f *Fleet) saveTemplates(s *saver) {
	s.number(uint64(len(f.hosts)))
	s.spans(f.spare)
	s.number(uint64(len(f.templates)))
	for i := range f.templates {
		t := &f.templates[i]
		settled := uint64(0)
		if t.settled {
			settled = 1
		}
		s.number(settled)
		s.number(uint64(len(t.columns)))
		next := uint32(0)
		for _, c := range t.columns {
			s.number(uint64(c - next))
			next = c + 1
		}
		s.spans(t.chunks)
	}
}

func (f *Fleet) saveHosts(s *saver) {
	s.number(uint64(f.byID.table.Len()))
	next := uint32(0)
	f.live.each(func(at uint32) {
		e := &f.hosts[at]
		s.number(uint64(at - next))
		next = at + 1
		s.text(string(f.ids[at]))
		s.text(e.name)
		s.number(uint64(e.profile))
		s.number(zigzag(e.seconds))
		s.number(uint64(e.nanos))
		s.text(e.delta)
	})
}

func (f *Fleet) saveExceptions(s *saver, order []uint32) {
	for _, n := range order {
		s.set(&f.columns[n].with)
		s.set(&f.columns[n].without)
	}
}

// saver writes pieces and keeps the first error.
type saver struct {
	w     io.Writer
	piece []byte
	sum   uint32
	err   error
}

// savePiece is how many bytes a piece has, about.
const savePiece = 1 << 18

func (s *saver) write(b []byte) {
	if s.err == nil {
		s.sum = crc32.Update(s.sum, crc32.MakeTable(crc32.Castagnoli), b)
		_, s.err = s.w.Write(b)
	}
}

func (s *saver) flush() {
	s.write(binary.AppendUvarint(nil, uint64(len(s.piece))))
	s.write(s.piece)
	s.piece = s.piece[:0]
}

func (s *saver) number(v uint64) {
	if len(s.piece) > savePiece {
		s.flush()
	}
	s.piece = binary.AppendUvarint(s.piece, v)
}

func (s *saver) text(t string) {
	s.number(uint64(len(t)))
	s.piece = append(s.piece, t...)
}

func (s *saver) spans(list []span) {
	s.number(uint64(len(list)))
	for _, c := range list {
		s.number(uint64(c.from) / smallestChunk)
		s.number(uint64(c.to-c.from) / smallestChunk)
	}
}

// set writes the set in the form that it has: 0 and the packed members, or 1 and
// the compressed ones. An empty set is a single 0.
func (s *saver) set(h *hostSet) {
	if h.many == nil {
		s.number(uint64(len(h.few)) << 1)
		s.piece = append(s.piece, h.few...)
		return
	}
	text, err := h.many.ToBytes()
	if s.err == nil {
		s.err = err
	}
	s.number(uint64(len(text))<<1 | 1)
	s.piece = append(s.piece, text...)
}

// zigzag makes a number of any sign a small one without.
func zigzag(v int64) uint64 { return uint64(v<<1) ^ uint64(v>>63) }

func unzigzag(v uint64) int64 { return int64(v>>1) ^ -int64(v&1) }
