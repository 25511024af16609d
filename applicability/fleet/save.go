package fleet

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"
)

// The form of a saved index: saveMagic, saveVersion, then columns, profiles,
// templates, hosts and the columns' exceptions, all numbers as uvarints, strings
// and sets with their lengths before them; at the end the CRC-32C (RFC 3720,
// appendix B.4) of all before it, little-endian.
const (
	saveMagic   = "fettle-fleet\n"
	saveVersion = 1
)

// The marks of a column.
const (
	markBroken = 1 << iota
	markHeld
	markPending
	markGone // no host has it any more: only its number is taken
)

// Save writes the index, all but its catalogue. Calls that ask go on meanwhile,
// calls that change wait. w gets many small and large pieces and nothing else;
// that a file is replaced as a whole or not at all is up to the caller: write a
// new file, then rename it.
func (f *Fleet) Save(w io.Writer) error {
	f.rlock()
	defer f.mu.RUnlock()
	s := &saver{w: w}
	s.buffer = append(s.buffer, saveMagic...)
	s.number(saveVersion)
	var columns bytes.Buffer // read as one piece, so that their names are
	inner := &saver{w: &columns}
	f.saveColumns(inner)
	inner.flush()
	s.text(columns.String())
	s.number(uint64(len(f.profiles.list)))
	for _, p := range f.profiles.list {
		if p == nil {
			s.text("")
		} else {
			s.text(p.text)
		}
	}
	f.saveTemplates(s)
	f.saveHosts(s)
	for i := range f.columns {
		s.set(&f.columns[i].with)
		s.set(&f.columns[i].without)
	}
	s.flush()
	s.buffer = binary.LittleEndian.AppendUint32(s.buffer, s.sum)
	s.flush()
	if s.err != nil {
		return fmt.Errorf("fleet: save: %w", s.err)
	}
	return nil
}

func (f *Fleet) saveColumns(s *saver) {
	s.number(uint64(len(f.columns)))
	for i := range f.columns {
		c := &f.columns[i]
		if len(c.templates) == 0 && c.with.empty() {
			s.number(markGone)
			continue
		}
		mark := uint64(0)
		for bit, on := range map[uint64]bool{markBroken: c.broken, markHeld: c.held, markPending: c.pending} {
			if on {
				mark |= bit
			}
		}
		s.number(mark)
		for _, text := range []string{c.typ, c.name, c.version, c.arch, c.source, c.sourceVersion, c.module} {
			s.text(text)
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
	s.number(uint64(len(f.byID)))
	next := uint32(0)
	f.live.each(func(at uint32) {
		e := &f.hosts[at]
		s.number(uint64(at - next))
		next = at + 1
		s.text(string(e.id))
		s.text(e.name)
		s.number(uint64(e.profile))
		s.buffer = binary.AppendVarint(s.buffer, e.seconds)
		s.number(uint64(e.nanos))
		s.number(uint64(len(e.delta)))
		s.buffer = append(s.buffer, e.delta...)
	})
}

// saver writes in large pieces and keeps the first error.
type saver struct {
	w      io.Writer
	buffer []byte
	sum    uint32
	err    error
}

// savePiece is how many bytes are written at a time, about.
const savePiece = 1 << 18

func (s *saver) flush() {
	if s.err == nil {
		s.sum = crc32.Update(s.sum, crc32.MakeTable(crc32.Castagnoli), s.buffer)
		_, s.err = s.w.Write(s.buffer)
	}
	s.buffer = s.buffer[:0]
}

func (s *saver) number(v uint64) {
	if len(s.buffer) > savePiece {
		s.flush()
	}
	s.buffer = binary.AppendUvarint(s.buffer, v)
}

func (s *saver) text(t string) {
	s.number(uint64(len(t)))
	s.buffer = append(s.buffer, t...)
}

func (s *saver) spans(list []span) {
	s.number(uint64(len(list)))
	for _, c := range list {
		s.number(uint64(c.from) / smallestChunk)
		s.number(uint64(c.to-c.from) / smallestChunk)
	}
}

// set writes the count of members, then gaps where it is small and the
// compressed form, with its length, where it is not.
func (s *saver) set(h *hostSet) {
	few := h.few
	if h.many != nil && h.many.GetCardinality() <= mostFew {
		few = h.many.ToArray()
	}
	if h.many == nil || few != nil {
		s.number(uint64(len(few)))
		next := uint32(0)
		for _, at := range few {
			s.number(uint64(at - next))
			next = at + 1
		}
		return
	}
	text, err := h.many.ToBytes()
	if s.err == nil {
		s.err = err
	}
	s.number(h.many.GetCardinality())
	s.number(uint64(len(text)))
	s.buffer = append(s.buffer, text...)
}
