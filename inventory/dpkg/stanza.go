package dpkg

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/fettle-dev/fettle/inventory"
	"github.com/fettle-dev/fettle/inventory/internal/scan"
)

// maxStanzas bounds the stanzas of one file. Debian has some 60,000 packages.
const maxStanzas = 1 << 20

// stanza is what is read of one paragraph: the fields that an inventory is
// made of. The first thing that is wrong with it is kept.
type stanza struct {
	line                          int
	name, status, version, arch   string
	source, configVersion, vendor string
	seen                          fieldSet
	field                         string
	err                           error
}

// fieldSet is the set of the fields that were read.
type fieldSet uint8

// place gives where the value of a field goes that is read, and the field's
// mark; nil for all others. The case of field names does not count.
func (s *stanza) place(name []byte) (*string, fieldSet) {
	is := func(want string) bool { return strings.EqualFold(string(name), want) }
	switch {
	case len(name) == 7 && is("Package"):
		return &s.name, 1
	case len(name) == 6 && is("Status"):
		return &s.status, 2
	case len(name) == 7 && is("Version"):
		return &s.version, 4
	case len(name) == 12 && is("Architecture"):
		return &s.arch, 8
	case len(name) == 6 && is("Source"):
		return &s.source, 16
	case len(name) == 14 && is("Config-Version"):
		return &s.configVersion, 32
	case len(name) == 6 && is("Origin"):
		return &s.vendor, 64
	default:
		return nil, 0
	}
}

// stanzas calls use for every stanza of r. It returns an error only where the
// file as a whole cannot be read.
func stanzas(r io.Reader, file string, in *scan.Interner, use func(s *stanza) error) (open bool, err error) {
	lines := scan.NewLines(r)
	count := 0
	var current *stanza
	var space stanza
	end := func() error {
		if current == nil {
			return nil
		}
		s := current
		current = nil
		if count++; count > maxStanzas {
			return &inventory.RecordError{File: file, Line: s.line, Err: fmt.Errorf("%w: more than %d stanzas", inventory.ErrTooLarge, maxStanzas)}
		}
		return use(s)
	}
	for lines.Next() {
		line := lines.Bytes()
		switch {
		case len(bytes.TrimSpace(line)) == 0:
			if err := end(); err != nil {
				return false, err
			}
			continue
		case line[0] == '#': // comment, and the padding of files in updates
			continue
		}
		if current == nil {
			space = stanza{line: lines.Number()}
			current = &space
		}
		current.read(lines, in)
		if lines.Open() {
			open = true
			current.fail("", inventory.ErrTruncated)
		}
	}
	if err := lines.Err(); err != nil {
		return open, &inventory.RecordError{File: file, Line: lines.Number(), Err: err}
	}
	return open, end()
}

func (s *stanza) fail(field string, err error) {
	if s.err == nil {
		s.field, s.err = field, err
	}
}

// read takes one line into s.
func (s *stanza) read(lines *scan.Lines, in *scan.Interner) {
	line := lines.Bytes()
	if line[0] == ' ' || line[0] == '\t' { // a further line of the field before
		if lines.Long() {
			s.fail("", fmt.Errorf("%w: line %d is longer than %d bytes", inventory.ErrTooLarge, lines.Number(), scan.MaxLine))
		}
		return
	}
	name, value, ok := bytes.Cut(line, []byte{':'})
	if !ok || len(name) == 0 || bytes.ContainsAny(name, " \t\x00") {
		s.fail("", fmt.Errorf("line %d is not of the form \"Field: value\"", lines.Number()))
		return
	}
	if lines.Long() {
		s.fail(string(clipName(name)), fmt.Errorf("%w: longer than %d bytes", inventory.ErrTooLarge, scan.MaxLine))
		return
	}
	into, mark := s.place(name)
	if into == nil {
		return
	}
	if s.seen&mark != 0 {
		s.fail(string(name), errors.New("the field occurs twice"))
	}
	s.seen |= mark
	*into = in.Bytes(bytes.TrimSpace(value))
}

func clipName(name []byte) []byte { return name[:min(len(name), 80)] }
