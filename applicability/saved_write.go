package applicability

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"slices"
	"time"
)

// savedMeta is the section of what is not a table.
type savedMeta struct {
	Published      time.Time     `json:"published,omitzero"`
	MaxAge         time.Duration `json:"maxAge,omitempty"`         // nanoseconds
	MaxSnapshotAge time.Duration `json:"maxSnapshotAge,omitempty"` // nanoseconds
	KeyForm        uint32        `json:"keyForm"`
}

// savedProblem is a Problem in a file.
type savedProblem struct {
	Index int    `json:"index"`
	Field string `json:"field"`
	Fatal bool   `json:"fatal,omitempty"`
	Kind  int    `json:"kind"` // index into sentinels; -1: none of them
	Text  string `json:"text"`
}

// sentinels are what the errors of problems may wrap, in the order in which
// files number them.
func sentinels() []error {
	return []error{
		ErrTooDeep, ErrTooWide, ErrNotStated, ErrCriterion, ErrCycle, ErrNoPatch, ErrDuplicate, ErrVersion, ErrScheme,
	}
}

// keyForm is a checksum of the keys of some versions in every order, by which a
// library whose keys have another form tells that it cannot use a file's.
func keyForm() uint32 {
	var keys []byte
	for _, scheme := range Schemes() {
		for _, version := range []string{
			"1", "10.2.3", "1.2~rc1-3+deb12u1", "2:1.0-1", "1.2.3-alpha.1", "1.0_p1-r2", "1!2.0a1.post2.dev3+local.1", "1^git2-1.el9", "0.09.a", "29.40.300.70000",
		} {
			if more, err := scheme.AppendKey(keys, version); err == nil {
				keys = more
			}
			keys = append(keys, 0xff)
		}
	}
	return crc32.Checksum(keys, castagnoli())
}

// Save writes the compiled catalogue, with its patches and problems, in the form
// that OpenSaved opens without compiling anything. note is anything that the
// caller wants kept with it, such as what became of the feeds' records; Note
// returns it. A view that Allow made is saved as the whole catalogue: what is
// approved is said anew after opening. Of a patch with a Fatal problem that has
// no JSON form, what it says of hosts and payloads is left out. The error names
// what cannot be saved, or is that of w. Equal catalogues give equal bytes.
func (c *Catalog) Save(w io.Writer, note []byte) error {
	s := &saver{Catalog: c, out: bufio.NewWriterSize(w, 1<<16), note: note}
	if err := s.save(); err != nil {
		return fmt.Errorf("applicability: save catalogue: %w", err)
	}
	return nil
}

// saver writes one file.
type saver struct {
	*Catalog
	out  *bufio.Writer
	note []byte
	rows []byte // of the blobs that were written last
	sum  uint32 // of the section under way
	size uint64 // of the section under way
}

func (s *saver) save() error {
	le := binary.LittleEndian
	head := le.AppendUint32(le.AppendUint32([]byte(savedMagic), SavedVersion), uint32(sections))
	if _, err := s.out.Write(head); err != nil {
		return err
	}
	var table []byte
	for at := range sections {
		s.sum, s.size = 0, 0
		if err := s.section(at); err != nil {
			return fmt.Errorf("section %s: %w", at, err)
		}
		table = le.AppendUint32(le.AppendUint64(table, s.size), s.sum)
	}
	sum := crc32.Update(crc32.Checksum(head, castagnoli()), castagnoli(), table)
	table = append(le.AppendUint32(table, sum), savedEnd...)
	if _, err := s.out.Write(table); err != nil {
		return err
	}
	return s.out.Flush()
}

// put writes a piece of the section under way.
func (s *saver) put(data []byte) error {
	s.sum = crc32.Update(s.sum, castagnoli(), data)
	s.size += uint64(len(data))
	if s.size > maxSavedSection {
		return errors.New("it is larger than the form allows")
	}
	_, err := s.out.Write(data)
	return err
}

func (s *saver) section(at section) error {
	var data []byte
	var err error
	switch at {
	case sectionMeta:
		data, err = json.Marshal(savedMeta{
			Published: s.options.Published.UTC(), MaxAge: s.options.MaxAge, MaxSnapshotAge: s.options.MaxSnapshotAge, KeyForm: keyForm(),
		})
	case sectionScalars:
		list := make([]Footprint, len(s.scalars))
		for i, c := range s.scalars {
			list[i] = Footprint{c}
		}
		data, err = json.Marshal(list)
	case sectionProblems:
		data, err = json.Marshal(s.savedProblems())
	case sectionNote:
		data = s.note
	case sectionNeeds:
		data, err = json.Marshal(s.Needs())
	case sectionCriteria:
		return s.blobs(len(s.program.Leaves), s.criterionBlob)
	case sectionRecords:
		return s.blobs(s.Len(), s.recordBlob)
	case sectionCriteriaAt, sectionRecordsAt:
		data = s.rows
	default:
		data = s.column(at)
	}
	if err != nil {
		return err
	}
	return s.put(data)
}

// blobs writes n blobs and notes where each lies.
func (s *saver) blobs(n int, blob func(out *bytes.Buffer, i int32) error) error {
	le := binary.LittleEndian
	s.rows = s.rows[:0]
	var out bytes.Buffer
	for i := range n {
		out.Reset()
		if err := blob(&out, int32(i)); err != nil {
			return err
		}
		s.rows = le.AppendUint64(s.rows, s.size)
		s.rows = le.AppendUint32(s.rows, uint32(out.Len()))
		s.rows = le.AppendUint32(s.rows, blobSum(i, out.Bytes()))
		if err := s.put(out.Bytes()); err != nil {
			return err
		}
	}
	return nil
}

func (s *saver) criterionBlob(out *bytes.Buffer, leaf int32) error {
	c := s.criterion(leaf)
	if err := s.Damage(); err != nil {
		return err
	}
	return writeFootprint(out, Footprint{c}, 1)
}

func (s *saver) recordBlob(out *bytes.Buffer, i int32) error {
	p, err := s.readPatch(i)
	if err != nil {
		return err
	}
	err = p.writeJSON(out)
	if s.bad[i] && (err != nil || out.Len() > MaxLine || readLine(new(Patch), out.Bytes()) != nil) {
		rest := *p
		rest.Target, rest.Installed, rest.Active, rest.Unfixed, rest.Payloads = Footprint{}, Footprint{}, Footprint{}, Footprint{}, nil
		out.Reset()
		err = rest.writeJSON(out)
	}
	if err == nil && out.Len() > MaxLine {
		err = fmt.Errorf("%w: more than %d bytes", ErrTooLong, MaxLine)
	}
	if err != nil {
		return fmt.Errorf("patch %q: %w", p.ID, err)
	}
	return nil
}

func (s *saver) savedProblems() []savedProblem {
	list := make([]savedProblem, len(s.problems))
	kinds := sentinels()
	for i, p := range s.problems {
		kind := slices.IndexFunc(kinds, func(sentinel error) bool { return errors.Is(p.Err, sentinel) })
		list[i] = savedProblem{Index: p.Index, Field: p.Field, Fatal: p.Fatal, Kind: kind, Text: p.Err.Error()}
	}
	return list
}

// aliases returns the names beside the ids by which patches are found, sorted.
func (s *saver) aliases() []string {
	var list []string
	for name, i := range s.names() {
		if s.ids[i] != name {
			list = append(list, string(name))
		}
	}
	slices.Sort(list)
	return list
}
