// Package apk reads the database of what Alpine's package manager installed,
// lib/apk/db/installed.
//
// The format is that of apk-tools (apk-package(5) and its database.c): stanzas
// of lines with a one-letter field, a colon and a value, parted by blank lines.
package apk

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/inventory"
	"github.com/fettle-dev/fettle/inventory/internal/scan"
)

// File is where Alpine keeps the database, relative to the root. From apk-tools
// 3 on it may lie in FileUsr.
const (
	File    = "lib/apk/db/installed"
	FileUsr = "usr/lib/apk/db/installed"
)

// maxStanzas bounds the packages of one file.
const maxStanzas = 1 << 20

// Parse reads an installed database, which errors name as file.
//
// A stanza that cannot be used is refused, reported and named in Scope.Unread,
// or, where it does not even name its package, makes the listing incomplete;
// the rest is used. A file that ends within a line is taken for truncated. apk's
// marks of damage become states: broken files HalfInstalled, a broken script
// HalfConfigured, broken attributes Reinstall. Parse returns an error where the
// file cannot be read at all, or where nothing was in it (inventory.ErrEmpty).
func Parse(r io.Reader, file string) (inventory.Listing, error) {
	p := parser{
		file: file, known: make(map[string]bool),
		listing: inventory.Listing{Scope: inventory.PackageScope{Type: inventory.TypeAPK, All: true}},
	}
	lines := scan.NewLines(r)
	var s stanza
	for lines.Next() {
		line := lines.Bytes()
		if len(bytes.TrimSpace(line)) == 0 {
			if err := p.end(&s); err != nil {
				return inventory.Listing{}, err
			}
			continue
		}
		if s.line == 0 {
			s.line = lines.Number()
		}
		s.read(lines, &p.strings)
		if lines.Open() {
			p.listing.Scope.All = false
			s.fail("", inventory.ErrTruncated)
		}
	}
	if err := lines.Err(); err != nil {
		return inventory.Listing{}, &inventory.RecordError{File: file, Line: lines.Number(), Err: err}
	}
	if err := p.end(&s); err != nil {
		return inventory.Listing{}, err
	}
	l := p.listing
	if l.Report.Read == 0 {
		return inventory.Listing{}, &inventory.RecordError{File: file, Err: inventory.ErrEmpty}
	}
	l.Report.Used = len(l.Packages)
	slices.SortFunc(l.Packages, inventory.Package.Compare)
	return l, nil
}

// stanza is what is read of one package. The first thing that is wrong with it
// is kept.
type stanza struct {
	line                                int
	name, version, arch, origin, broken string
	field                               string
	err                                 error
}

func (s *stanza) fail(field string, err error) {
	if s.err == nil {
		s.field, s.err = field, err
	}
}

func (s *stanza) read(lines *scan.Lines, in *scan.Interner) {
	line := lines.Bytes()
	if len(line) < 2 || line[1] != ':' {
		s.fail("", fmt.Errorf("line %d is not of the form \"letter:value\"", lines.Number()))
		return
	}
	var into *string
	switch line[0] {
	case 'P':
		into = &s.name
	case 'V':
		into = &s.version
	case 'A':
		into = &s.arch
	case 'o':
		into = &s.origin
	case 'f':
		into = &s.broken
	default: // checksums, files, dependencies
		return
	}
	switch {
	case lines.Long():
		s.fail(string(line[:1]), fmt.Errorf("%w: longer than %d bytes", inventory.ErrTooLarge, scan.MaxLine))
	case *into != "":
		s.fail(string(line[:1]), errors.New("the field occurs twice"))
	default:
		*into = in.Bytes(line[2:])
	}
}

type parser struct {
	file    string
	strings scan.Interner
	known   map[string]bool
	listing inventory.Listing
}

// end takes a stanza into the listing and clears it.
func (p *parser) end(s *stanza) error {
	if s.line == 0 {
		return nil
	}
	defer func() { *s = stanza{} }()
	r := &p.listing.Report
	if r.Read++; r.Read > maxStanzas {
		return &inventory.RecordError{File: p.file, Line: s.line, Err: fmt.Errorf("%w: more than %d packages", inventory.ErrTooLarge, maxStanzas)}
	}
	if s.err == nil && p.known[s.name] {
		s.fail("P", errors.New("another stanza speaks of the same package"))
		p.drop(s.name)
	}
	pkg := s.toPackage()
	if s.err == nil {
		p.known[s.name] = true
		p.listing.Packages = append(p.listing.Packages, pkg)
		return nil
	}
	r.Refuse(&inventory.RecordError{File: p.file, Line: s.line, Record: s.name, Field: s.field, Err: s.err})
	if scan.CheckWord(s.name) != nil {
		p.listing.Scope.All = false
		return nil
	}
	p.listing.Scope.Unread = append(p.listing.Scope.Unread, inventory.UnreadPackage{Name: s.name, Source: s.origin})
	return nil
}

// drop takes back the package of that name: of two stanzas that speak of it
// neither is believed.
func (p *parser) drop(name string) {
	before := len(p.listing.Packages)
	p.listing.Packages = slices.DeleteFunc(p.listing.Packages, func(pkg inventory.Package) bool { return pkg.Name == name })
	if len(p.listing.Packages) < before {
		p.listing.Report.Refused++
		p.listing.Report.Note("refused, because a later stanza speaks of the same package")
	}
}

// toPackage gives the package that s describes, or marks s as failed.
func (s *stanza) toPackage() inventory.Package {
	for _, c := range []struct{ field, value string }{{"P", s.name}, {"V", s.version}, {"A", s.arch}} {
		if err := scan.CheckWord(c.value); err != nil {
			s.fail(c.field, err)
		}
	}
	pkg := inventory.Package{Type: inventory.TypeAPK, Name: s.name, Version: s.version, Arch: s.arch}
	if s.origin != "" {
		if err := scan.CheckWord(s.origin); err != nil {
			s.fail("o", err)
		}
		pkg.Source, pkg.SourceVersion = s.origin, s.version // a source and its sub-packages share one version
	}
	switch {
	case strings.Contains(s.broken, "f"):
		pkg.State = inventory.HalfInstalled
	case strings.Contains(s.broken, "s"):
		pkg.State = inventory.HalfConfigured
	}
	pkg.Reinstall = strings.Contains(s.broken, "x")
	return pkg
}
