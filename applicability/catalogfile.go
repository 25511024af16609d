package applicability

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"time"
)

// CatalogVersion is the version of the catalogue's file form that this package
// writes.
const CatalogVersion = 1

// CatalogHeader is the first line of a catalogue file.
type CatalogHeader struct {
	Version   int       `json:"fettleCatalog"` // CatalogVersion
	Revision  uint64    `json:"revision,omitempty"`
	Published time.Time `json:"published,omitzero"` // UTC
}

// The errors of ReadCatalog.
var (
	// ErrNotCatalog: the first line is no catalogue header.
	ErrNotCatalog = errors.New("applicability: not a catalogue")
	// ErrNewer: the file is of a newer version than this package reads.
	ErrNewer = errors.New("applicability: catalogue of a newer version")
	// ErrTooLong: a line is longer than MaxLine.
	ErrTooLong = errors.New("applicability: catalogue line is too long")
)

// MaxLine bounds one line of a catalogue file, one patch, in bytes.
const MaxLine = 16 << 20

// WriteCatalog writes header and patches as JSON lines: the header first, then
// one patch a line, in the order given. It sets the header's version.
func WriteCatalog(w io.Writer, header CatalogHeader, patches iter.Seq[*Patch]) error {
	header.Version = CatalogVersion
	header.Published = header.Published.UTC()
	var line bytes.Buffer
	if err := writeValue(&line, header); err != nil {
		return fmt.Errorf("applicability: catalogue header: %w", err)
	}
	line.WriteByte('\n')
	out := bufio.NewWriter(w)
	if _, err := out.Write(line.Bytes()); err != nil {
		return fmt.Errorf("applicability: write catalogue: %w", err)
	}
	for p := range patches {
		line.Reset()
		if err := p.writeJSON(&line); err != nil {
			return fmt.Errorf("applicability: patch %q: %w", p.ID, err)
		}
		line.WriteByte('\n')
		if _, err := out.Write(line.Bytes()); err != nil {
			return fmt.Errorf("applicability: write catalogue: %w", err)
		}
	}
	if err := out.Flush(); err != nil {
		return fmt.Errorf("applicability: write catalogue: %w", err)
	}
	return nil
}

// ReadCatalog reads the header of a catalogue file and returns the patches to
// range over, once. A line that is no patch is yielded as an error that names
// it, and reading goes on after it; a read error or a line longer than MaxLine
// ends the sequence. Empty lines are skipped. One line is held at a time.
func ReadCatalog(r io.Reader) (CatalogHeader, iter.Seq2[*Patch, error], error) {
	scan := bufio.NewScanner(r)
	scan.Buffer(nil, MaxLine)
	header, err := readHeader(scan)
	if err != nil {
		return header, nil, err
	}
	return header, func(yield func(*Patch, error) bool) {
		line := 1
		for scan.Scan() {
			line++
			if len(bytes.TrimSpace(scan.Bytes())) == 0 {
				continue
			}
			p := new(Patch)
			if err := readLine(p, scan.Bytes()); err != nil {
				if !yield(nil, fmt.Errorf("line %d: %w", line, err)) {
					return
				}
				continue
			}
			if !yield(p, nil) {
				return
			}
		}
		if err := scanError(scan); err != nil {
			yield(nil, fmt.Errorf("line %d: %w", line+1, err))
		}
	}, nil
}

// readLine reads one patch; it keeps nothing of line.
func readLine(p *Patch, line []byte) error {
	if !json.Valid(line) {
		return json.Unmarshal(line, p) // says what is wrong
	}
	return p.UnmarshalJSON(line)
}

func readHeader(scan *bufio.Scanner) (h CatalogHeader, err error) {
	if !scan.Scan() {
		if err := scanError(scan); err != nil {
			return h, err
		}
		return h, fmt.Errorf("%w: it is empty", ErrNotCatalog)
	}
	if err := json.Unmarshal(scan.Bytes(), &h); err != nil {
		return h, fmt.Errorf("%w: line 1: %w", ErrNotCatalog, err)
	}
	switch {
	case h.Version > CatalogVersion:
		return h, fmt.Errorf("%w: %d, want at most %d", ErrNewer, h.Version, CatalogVersion)
	case h.Version < 1:
		return h, fmt.Errorf("%w: line 1 has no fettleCatalog version", ErrNotCatalog)
	}
	return h, nil
}

func scanError(scan *bufio.Scanner) error {
	err := scan.Err()
	if errors.Is(err, bufio.ErrTooLong) {
		return fmt.Errorf("%w: more than %d bytes", ErrTooLong, MaxLine)
	}
	if err != nil {
		return fmt.Errorf("applicability: read catalogue: %w", err)
	}
	return nil
}
