package applicability

import (
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"io"
	"sync"
	"sync/atomic"

	"github.com/fettle-dev/fettle"
)

// OpenSaved opens what Save wrote, of size bytes, and returns the catalogue with
// the problems that Compile reported. What judging reads is read and checked
// now: every length, checksum and index. Patches and criteria, most of the file,
// are read from r when Patch, Packages, Reasons or Explain ask for them, so r has
// to stay readable, and unchanged, as long as the catalogue is used; r.ReadAt
// may be called concurrently. Memory is bounded by a small multiple of size.
//
// The error is ErrNotSaved, ErrNewer, ErrOutdated, a *SavedError, or that of r.
// Checksums tell damage, not forgery: a file that a stranger may have written is
// safe to open and may say anything.
func OpenSaved(r io.ReaderAt, size int64) (*Catalog, []*Problem, error) {
	s := &saved{file: r}
	if err := s.readTable(size); err != nil {
		return nil, nil, err
	}
	c := &compiled{saved: s}
	s.catalog = c
	o := opening{compiled: c}
	for at := range sectionAliases {
		data, err := s.read(at)
		if err != nil {
			return nil, nil, err
		}
		d := &cursor{at: at, data: data}
		o.section(d)
		if d.end(); d.err != nil {
			return nil, nil, d.err
		}
	}
	if err := o.finish(); err != nil {
		return nil, nil, err
	}
	s.patches = make([]atomic.Pointer[Patch], c.size())
	s.criteria = make([]atomic.Pointer[Package], len(c.program.Leaves))
	s.index = sync.OnceValue(func() map[fettle.PatchID]int32 {
		index, err := s.readIndex()
		if err != nil {
			s.failed(err)
		}
		return index
	})
	return &Catalog{compiled: c}, c.problems, nil
}

// readTable reads head and tail and finds the sections.
func (s *saved) readTable(size int64) error {
	broken := func(section, format string, args ...any) error {
		return &SavedError{Section: section, Rule: fmt.Sprintf(format, args...)}
	}
	le := binary.LittleEndian
	head := make([]byte, savedHead)
	if size < savedHead {
		return fmt.Errorf("%w: %d bytes", ErrNotSaved, size)
	}
	if err := readAt(s.file, head, 0); err != nil {
		return fmt.Errorf("applicability: read head of a saved catalogue: %w", err)
	}
	version := le.Uint32(head[8:])
	switch {
	case string(head[:8]) != savedMagic:
		return fmt.Errorf("%w: its first bytes are others", ErrNotSaved)
	case version > SavedVersion:
		return fmt.Errorf("%w: saved form %d, want %d", ErrNewer, version, SavedVersion)
	case version < SavedVersion:
		return fmt.Errorf("%w: saved form %d, want %d", ErrOutdated, version, SavedVersion)
	case le.Uint32(head[12:]) != uint32(sections):
		return broken("head", "%d sections, want %d", le.Uint32(head[12:]), int(sections))
	case size < savedHead+int64(savedTail):
		return broken("table", "the file is cut off")
	}
	tail := make([]byte, savedTail)
	if err := readAt(s.file, tail, size-int64(savedTail)); err != nil {
		return fmt.Errorf("applicability: read table of a saved catalogue: %w", err)
	}
	rows := tail[:int(sections)*savedRow]
	if string(tail[len(tail)-8:]) != savedEnd {
		return broken("table", "its end is missing: the file is cut off")
	}
	if crc32.Update(crc32.Checksum(head, castagnoli()), castagnoli(), rows) != le.Uint32(tail[len(rows):]) {
		return broken("table", "its checksum is another")
	}
	at, end := int64(savedHead), size-int64(savedTail)
	for i := range s.extents {
		row := rows[i*savedRow:]
		length := le.Uint64(row)
		if length > uint64(end-at) {
			return broken("table", "section %s is longer than the file", section(i))
		}
		s.extents[i] = extent{offset: at, length: int64(length), sum: le.Uint32(row[8:])}
		at += int64(length)
	}
	if at != end {
		return broken("table", "%d bytes belong to no section", end-at)
	}
	return nil
}

// names returns the indices of all ids and aliases.
func (c *compiled) names() map[fettle.PatchID]int32 {
	if c.saved != nil {
		return c.saved.index()
	}
	return c.index
}

// readIndex makes the index by id and alias. Where it fails it has the ids.
func (s *saved) readIndex() (map[fettle.PatchID]int32, error) {
	c := s.catalog
	index := make(map[fettle.PatchID]int32, len(c.ids))
	for i, id := range c.ids {
		if _, taken := index[id]; !taken {
			index[id] = int32(i)
		}
	}
	data, err := s.read(sectionAliases)
	if err != nil {
		return index, err
	}
	of, err := s.read(sectionAliasOf)
	if err != nil {
		return index, err
	}
	names := cursor{at: sectionAliases, data: data}
	aliases := texts[fettle.PatchID](&names)
	numbers := cursor{at: sectionAliasOf, data: of}
	for _, alias := range aliases {
		i := numbers.below(len(c.ids))
		if _, taken := index[alias]; !taken && numbers.err == nil {
			index[alias] = i
		}
	}
	numbers.end()
	if names.err != nil {
		return index, names.err
	}
	return index, numbers.err
}

// opening is a catalogue while its sections are read, in their order.
type opening struct {
	*compiled
	groupsOf []int32    // by key: how many groups
	boundsOf []int32    // by key: how many bounds
	weights  []int32    // by node
	counts   [][2]int32 // by patch: references to leaves and to scalars
}

func (o *opening) section(d *cursor) {
	p := &o.program
	switch d.at {
	case sectionMeta:
		o.meta(d)
	case sectionTypes:
		p.Types = texts[string](d)
	case sectionWords:
		o.readWords(d)
	case sectionKeys:
		o.readKeys(d)
	case sectionKeyNames:
		o.readKeyNames(d)
	case sectionBounds:
		o.readBounds(d)
	case sectionSpans:
		o.readSpans(d)
	case sectionLeaves:
		o.readLeaves(d)
	case sectionScalars:
		o.readScalars(d)
	case sectionKids:
		p.Kids = make([]int32, d.rows(4))
		for i := range p.Kids {
			p.Kids[i] = d.below(maxSavedInt)
		}
	case sectionNodes:
		o.readNodes(d)
	case sectionGates:
		p.Gates = make([]int32, d.rows(4))
		for i := range p.Gates {
			p.Gates[i] = o.root(d)
		}
	case sectionProblems:
		o.readProblems(d)
	case sectionNote:
		o.saved.note, d.data = d.data, nil
	default:
		o.patchSection(d)
	}
}

// json reads the whole section.
func (d *cursor) json(into any) bool {
	if d.err != nil {
		return false
	}
	if err := json.Unmarshal(d.data, into); err != nil {
		d.fail("%v", err)
		return false
	}
	d.data = nil
	return true
}

func (o *opening) meta(d *cursor) {
	var m savedMeta
	if !d.json(&m) {
		return
	}
	o.options = Options{Published: m.Published, MaxAge: m.MaxAge, MaxSnapshotAge: m.MaxSnapshotAge}
	if m.KeyForm != keyForm() {
		d.err = fmt.Errorf("%w: its version keys have another form", ErrOutdated)
	}
}

func (o *opening) readProblems(d *cursor) {
	var list []savedProblem
	if !d.json(&list) {
		return
	}
	kinds := sentinels()
	for _, p := range list {
		if p.Index < 0 || p.Index >= o.size() || p.Kind < -1 || p.Kind >= len(kinds) {
			d.fail("a problem of patch %d of %d, of kind %d", p.Index, o.size(), p.Kind)
			return
		}
		err := &savedProblemError{text: p.Text}
		if p.Kind >= 0 {
			err.kind = kinds[p.Kind]
		}
		o.problems = append(o.problems, &Problem{Patch: o.ids[p.Index], Index: p.Index, Field: p.Field, Fatal: p.Fatal, Err: err})
	}
}

// savedProblemError is the cause of a problem that was saved.
type savedProblemError struct {
	text string
	kind error // nil: none of the sentinels
}

func (e *savedProblemError) Error() string { return e.text }
func (e *savedProblemError) Unwrap() error { return e.kind }
