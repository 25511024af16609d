package applicability

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"sync/atomic"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/inventory"
)

// SavedVersion is the version of the form that Save writes. OpenSaved reads no
// other: a saved catalogue holds what this version of the library compiled, and
// is made anew from the patches where that changes.
const SavedVersion = 1

// The errors of OpenSaved, besides ErrNewer and those of reading.
var (
	// ErrNotSaved: the file does not begin as a saved catalogue does.
	ErrNotSaved = errors.New("applicability: not a saved catalogue")
	// ErrOutdated: the file is of an older version, or holds version keys of
	// another form than this library's. Compile the patches and save again.
	ErrOutdated = errors.New("applicability: saved catalogue of an older version")
	// ErrDamaged: the file begins as a saved catalogue does and breaks its form.
	// The error is a *SavedError.
	ErrDamaged = errors.New("applicability: damaged saved catalogue")
)

// SavedError says where a saved catalogue breaks its form. It wraps ErrDamaged.
type SavedError struct {
	Section string // head, table, nodes, patches, ...
	Rule    string // what does not hold there
}

// Error names section and rule.
func (e *SavedError) Error() string {
	return fmt.Sprintf("%v: section %s: %s", ErrDamaged, e.Section, e.Rule)
}

// Unwrap returns ErrDamaged.
func (e *SavedError) Unwrap() error { return ErrDamaged }

// section numbers the parts of a saved catalogue, in the order of the file.
type section int

const (
	sectionMeta section = iota
	sectionTypes
	sectionWords
	sectionKeys
	sectionKeyNames
	sectionBounds
	sectionSpans
	sectionLeaves
	sectionScalars
	sectionKids
	sectionNodes
	sectionGates
	sectionPatches
	sectionIDs
	sectionRefs
	sectionGroups
	sectionPostings
	sectionFree
	sectionSupersededBy
	sectionRequires
	sectionConflicts
	sectionProblems
	sectionNote
	// Those below are read when they are asked for.
	sectionAliases
	sectionAliasOf
	sectionNeeds
	sectionCriteria
	sectionCriteriaAt
	sectionRecords
	sectionRecordsAt
	sections
)

func (s section) String() string {
	return [...]string{
		"meta", "types", "words", "keys", "key-names", "bounds", "spans", "leaves", "scalars", "kids", "nodes",
		"gates", "patches", "ids", "refs", "groups", "postings", "free", "superseded-by", "requires", "conflicts",
		"problems", "note", "aliases", "alias-of", "needs", "criteria", "criteria-at", "records", "records-at",
	}[s]
}

func (s section) broken(format string, args ...any) error {
	return &SavedError{Section: s.String(), Rule: fmt.Sprintf(format, args...)}
}

// Sizes in bytes of the fixed parts. The head is the magic word, the version and
// the count of sections. The sections follow one another. The tail is a row for
// each, its length and checksum, then the checksum of head and rows, and the
// closing word.
const (
	savedMagic  = "fettleSC"
	savedEnd    = "SCelttef"
	savedHead   = 16
	savedRow    = 12
	savedTail   = int(sections)*savedRow + 12
	savedAt     = 16 // a row of criteria-at and records-at: offset, length, checksum
	maxSavedInt = 1<<31 - 1
)

func castagnoli() *crc32.Table { return crc32.MakeTable(crc32.Castagnoli) }

// blobSum is the checksum of blob i of a section, which tells also blobs that
// changed places.
func blobSum(i int, data []byte) uint32 {
	var number [8]byte
	binary.LittleEndian.PutUint64(number[:], uint64(i))
	return crc32.Update(crc32.Checksum(number[:], castagnoli()), castagnoli(), data)
}

type extent struct {
	offset, length int64
	sum            uint32
}

// saved is the file behind a catalogue: what judging reads was read when it was
// opened, everything else is read when it is asked for.
type saved struct {
	file     io.ReaderAt
	extents  [sections]extent
	catalog  *compiled
	note     []byte
	index    func() map[fettle.PatchID]int32
	patches  []atomic.Pointer[Patch]
	criteria []atomic.Pointer[Package]
	damage   atomic.Pointer[error]
}

// read returns a section whose checksum is right.
func (s *saved) read(at section) ([]byte, error) {
	e := s.extents[at]
	data := make([]byte, e.length)
	if err := readAt(s.file, data, e.offset); err != nil {
		return nil, fmt.Errorf("applicability: read section %s of a saved catalogue: %w", at, err)
	}
	if crc32.Checksum(data, castagnoli()) != e.sum {
		return nil, at.broken("its checksum is another")
	}
	return data, nil
}

// verify compares a section with its checksum, a piece at a time.
func (s *saved) verify(at section) error {
	e := s.extents[at]
	sum, piece := uint32(0), make([]byte, min(e.length, 1<<16))
	for done := int64(0); done < e.length; {
		piece = piece[:min(e.length-done, int64(len(piece)))]
		if err := readAt(s.file, piece, e.offset+done); err != nil {
			return fmt.Errorf("applicability: read section %s of a saved catalogue: %w", at, err)
		}
		sum = crc32.Update(sum, castagnoli(), piece)
		done += int64(len(piece))
	}
	if sum != e.sum {
		return at.broken("its checksum is another")
	}
	return nil
}

// readAt fills data.
func readAt(r io.ReaderAt, data []byte, offset int64) error {
	n, err := r.ReadAt(data, offset)
	if n == len(data) {
		return nil
	}
	if err == nil || errors.Is(err, io.EOF) {
		err = io.ErrUnexpectedEOF
	}
	return err
}

// blob returns blob i of blobs, which the rows of at lead to.
func (s *saved) blob(at, blobs section, i int) ([]byte, error) {
	var row [savedAt]byte
	if err := readAt(s.file, row[:], s.extents[at].offset+int64(i)*savedAt); err != nil {
		return nil, fmt.Errorf("applicability: read section %s of a saved catalogue: %w", at, err)
	}
	offset, length := binary.LittleEndian.Uint64(row[:]), binary.LittleEndian.Uint32(row[8:])
	whole := uint64(s.extents[blobs].length)
	if length > MaxLine || offset > whole || uint64(length) > whole-offset {
		return nil, at.broken("row %d leads out of section %s", i, blobs)
	}
	data := make([]byte, length)
	if err := readAt(s.file, data, s.extents[blobs].offset+int64(offset)); err != nil {
		return nil, fmt.Errorf("applicability: read section %s of a saved catalogue: %w", blobs, err)
	}
	if blobSum(i, data) != binary.LittleEndian.Uint32(row[12:]) {
		return nil, blobs.broken("the checksum of number %d is another", i)
	}
	return data, nil
}

// failed notes the first thing that could not be read.
func (s *saved) failed(err error) { s.damage.CompareAndSwap(nil, &err) }

func (s *saved) readPatch(i int32) (*Patch, error) {
	data, err := s.blob(sectionRecordsAt, sectionRecords, int(i))
	if err != nil {
		return nil, err
	}
	p := new(Patch)
	if err := readLine(p, data); err != nil {
		return nil, sectionRecords.broken("patch %d, %q: %v", i, s.catalog.ids[i], err)
	}
	p.ID, p.State = s.catalog.ids[i], s.catalog.states[i]
	return p, nil
}

func (s *saved) readCriterion(leaf int32) (*Package, error) {
	data, err := s.blob(sectionCriteriaAt, sectionCriteria, int(leaf))
	if err != nil {
		return nil, err
	}
	var f Footprint
	if err := json.Unmarshal(data, &f); err != nil {
		return nil, sectionCriteria.broken("criterion %d: %v", leaf, err)
	}
	c, ok := f.criterion.(Package)
	if err := f.Check(); !ok || err != nil {
		return nil, sectionCriteria.broken("criterion %d is no package that can be judged", leaf)
	}
	return &c, nil
}

func (s *saved) readNeeds() (n inventory.Needs, err error) {
	data, err := s.read(sectionNeeds)
	if err == nil {
		if err = json.Unmarshal(data, &n); err != nil {
			err = sectionNeeds.broken("%v", err)
		}
	}
	return n, err
}

// patch returns patch i, of a saved catalogue read on first use.
func (c *compiled) patch(i int32) *Patch {
	if c.saved == nil {
		return &c.patches[i]
	}
	p, err := c.readPatch(i)
	if err != nil {
		return &Patch{ID: c.ids[i], State: c.states[i], Released: c.released[i], Restart: c.program.Patches[i].Restart}
	}
	return p
}

// readPatch is patch with the error that reading met, which Damage returns from
// then on. A patch that could not be read is read again when it is asked for.
func (c *compiled) readPatch(i int32) (*Patch, error) {
	if c.saved == nil {
		return &c.patches[i], nil
	}
	if p := c.saved.patches[i].Load(); p != nil {
		return p, nil
	}
	p, err := c.saved.readPatch(i)
	if err != nil {
		c.saved.failed(err)
		return nil, err
	}
	c.saved.patches[i].CompareAndSwap(nil, p)
	return c.saved.patches[i].Load(), nil
}

// criterion returns the package criterion of a leaf; where it cannot be read,
// one that names no package and no version.
func (c *compiled) criterion(leaf int32) Package {
	if c.saved == nil {
		p, _ := c.leafCriteria[leaf].(Package)
		return p
	}
	if p := c.saved.criteria[leaf].Load(); p != nil {
		return *p
	}
	p, err := c.saved.readCriterion(leaf)
	if err != nil {
		c.saved.failed(err)
		return Package{}
	}
	c.saved.criteria[leaf].Store(p)
	return *p
}

// Note returns what Save was given beside the catalogue; nil for a catalogue
// that was compiled here. The catalogue owns it.
func (c *Catalog) Note() []byte {
	if c.saved == nil {
		return nil
	}
	return c.saved.note
}

// Damage returns the first error that reading a record of a saved catalogue has
// met so far, nil: none, and always nil for one that was compiled here. Verdicts
// and their counts never depend on records. Explain returns such an error;
// Patch returns what is known apart from the record: id, state, release and
// restart; Packages leaves fixed versions out.
func (c *Catalog) Damage() error {
	if c.saved == nil {
		return nil
	}
	if err := c.saved.damage.Load(); err != nil {
		return *err
	}
	return nil
}

// Verify reads the whole of a saved catalogue, keeping nothing, and returns the
// first thing in it that cannot be read.
func (c *Catalog) Verify() error {
	if c.saved == nil {
		return nil
	}
	for at := range sections {
		if err := c.saved.verify(at); err != nil {
			return err
		}
	}
	for i := range c.Len() {
		if _, err := c.saved.readPatch(int32(i)); err != nil {
			return err
		}
	}
	for leaf := range c.program.Leaves {
		if _, err := c.saved.readCriterion(int32(leaf)); err != nil {
			return err
		}
	}
	if _, err := c.saved.readNeeds(); err != nil {
		return err
	}
	_, err := c.saved.readIndex()
	return err
}
