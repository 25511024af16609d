package windows

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/fettle-dev/fettle/inventory"
)

// ErrNoVersion is returned by ReadVersion for a file that is no Windows image
// (PE) or has no version resource.
var ErrNoVersion = errors.New("windows: the file has no version resource")

// Version is what the fixed part of a version resource says, each as four
// numbers parted by dots.
type Version struct {
	File    string
	Product string
}

// The bounds of an image's tables. Windows loads at most 96 sections.
const (
	maxSections  = 96
	maxResources = 4096
)

// ReadVersion reads the version resource of a file of size bytes: the fixed
// file information, which installers compare, not the text for people. Of
// several languages the first counts; the numbers do not depend on it. It reads
// a few hundred bytes, whatever the file says of its sizes.
//
// The formats are those of "PE Format" and VS_FIXEDFILEINFO in Microsoft's
// documentation. An image that contradicts itself or is cut short is an error
// that wraps inventory.ErrFormat.
func ReadVersion(r io.ReaderAt, size int64) (Version, error) {
	f := image{r: r, size: size}
	if err := f.open(); err != nil {
		return Version{}, err
	}
	root, err := f.offset(f.resources)
	if err != nil {
		return Version{}, err
	}
	const versionType = 16 // RT_VERSION
	at, err := f.entry(root, 0, func(id uint32) bool { return id == versionType })
	for range 2 { // the name, then the language: whichever is first
		if err != nil {
			return Version{}, err
		}
		if at&subdirectory == 0 {
			return Version{}, f.wrong("its version resource is not three levels deep")
		}
		at, err = f.entry(root, at&^subdirectory, func(uint32) bool { return true })
	}
	if err != nil {
		return Version{}, err
	}
	if at&subdirectory != 0 {
		return Version{}, f.wrong("its version resource is more than three levels deep")
	}
	return f.version(root + int64(at))
}

// subdirectory marks the offset of a further directory.
const subdirectory = 1 << 31

// image is a PE file, as far as it takes to find its resources.
type image struct {
	r         io.ReaderAt
	size      int64
	resources uint32 // virtual address
	sections  []section
}

type section struct{ address, length, offset uint32 }

func (f *image) wrong(why string) error { return fmt.Errorf("%w: %s", inventory.ErrFormat, why) }

// read reads n bytes at offset at.
func (f *image) read(at int64, n int) ([]byte, error) {
	if at < 0 || at > f.size-int64(n) {
		return nil, f.wrong("the image ends before what it points to")
	}
	b := make([]byte, n)
	if read, err := f.r.ReadAt(b, at); read < n {
		return nil, fmt.Errorf("%w: the image cannot be read to its end: %w", inventory.ErrFormat, err)
	}
	return b, nil
}

// open reads the headers up to the table of sections.
func (f *image) open() error {
	const dosHeader = 64
	if f.size < dosHeader {
		return ErrNoVersion
	}
	dos, err := f.read(0, dosHeader)
	if err != nil {
		return err
	}
	if string(dos[:2]) != "MZ" {
		return ErrNoVersion
	}
	pe := int64(binary.LittleEndian.Uint32(dos[60:]))
	const coffHeader = 24 // with the signature
	if pe > f.size-coffHeader {
		return ErrNoVersion // a DOS program
	}
	coff, err := f.read(pe, coffHeader)
	if err != nil {
		return err
	}
	if string(coff[:4]) != "PE\x00\x00" {
		return ErrNoVersion
	}
	count, optional := int(binary.LittleEndian.Uint16(coff[6:])), int(binary.LittleEndian.Uint16(coff[20:]))
	if count > maxSections {
		return f.wrong(fmt.Sprintf("%d sections, want at most %d", count, maxSections))
	}
	header, err := f.read(pe+coffHeader, optional)
	if err != nil {
		return err
	}
	if err := f.directories(header); err != nil {
		return err
	}
	return f.readSections(pe+coffHeader+int64(optional), count)
}

// directories finds the resources in the optional header.
func (f *image) directories(header []byte) error {
	if len(header) < 2 {
		return ErrNoVersion // an object file
	}
	const resource = 2 // index in the table of data directories
	table := 0
	switch binary.LittleEndian.Uint16(header) {
	case 0x10b: // PE32
		table = 96
	case 0x20b: // PE32+
		table = 112
	default:
		return f.wrong("unknown kind of optional header")
	}
	if len(header) < table {
		return f.wrong("the optional header is too short")
	}
	at := table + 8*resource
	if binary.LittleEndian.Uint32(header[table-4:]) <= resource || len(header) < at+8 {
		return ErrNoVersion
	}
	if f.resources = binary.LittleEndian.Uint32(header[at:]); f.resources == 0 {
		return ErrNoVersion
	}
	return nil
}

func (f *image) readSections(at int64, count int) error {
	const length = 40
	table, err := f.read(at, count*length)
	if err != nil {
		return err
	}
	for ; len(table) > 0; table = table[length:] {
		f.sections = append(f.sections, section{
			address: binary.LittleEndian.Uint32(table[12:]),
			length:  max(binary.LittleEndian.Uint32(table[8:]), binary.LittleEndian.Uint32(table[16:])),
			offset:  binary.LittleEndian.Uint32(table[20:]),
		})
	}
	return nil
}

// offset turns a virtual address into an offset in the file.
func (f *image) offset(address uint32) (int64, error) {
	for _, s := range f.sections {
		if address >= s.address && address-s.address < s.length {
			return int64(s.offset) + int64(address-s.address), nil
		}
	}
	return 0, f.wrong("an address lies in no section")
}

// entry returns where the first wanted entry of a resource directory points;
// directory is relative to root, as is the answer.
func (f *image) entry(root int64, directory uint32, wanted func(id uint32) bool) (uint32, error) {
	const header, length = 16, 8
	head, err := f.read(root+int64(directory), header)
	if err != nil {
		return 0, err
	}
	named, ids := int(binary.LittleEndian.Uint16(head[12:])), int(binary.LittleEndian.Uint16(head[14:]))
	if named+ids > maxResources {
		return 0, f.wrong(fmt.Sprintf("a resource directory of more than %d entries", maxResources))
	}
	table, err := f.read(root+int64(directory)+header, (named+ids)*length)
	if err != nil {
		return 0, err
	}
	for ; len(table) > 0; table = table[length:] {
		if wanted(binary.LittleEndian.Uint32(table)) {
			return binary.LittleEndian.Uint32(table[4:]), nil
		}
	}
	return 0, ErrNoVersion
}

// version reads the fixed information that a resource's data entry points to.
func (f *image) version(entry int64) (Version, error) {
	data, err := f.read(entry, 8)
	if err != nil {
		return Version{}, err
	}
	at, err := f.offset(binary.LittleEndian.Uint32(data))
	if err != nil {
		return Version{}, err
	}
	// Length, value length and type; "VS_VERSION_INFO" with its zero, in UTF-16;
	// two bytes up to a multiple of four.
	const before, fixed = 40, 24
	if binary.LittleEndian.Uint32(data[4:]) < before+fixed {
		return Version{}, f.wrong("the version resource is too short")
	}
	info, err := f.read(at, before+fixed)
	if err != nil {
		return Version{}, err
	}
	const signature = 0xfeef04bd
	if binary.LittleEndian.Uint16(info[2:]) == 0 {
		return Version{}, ErrNoVersion // only text for people
	}
	info = info[before:]
	if binary.LittleEndian.Uint32(info) != signature {
		return Version{}, f.wrong("the version resource has no fixed information")
	}
	return Version{File: quad(info[8:]), Product: quad(info[16:])}, nil
}

// quad writes the two halves of a version, each high word first.
func quad(b []byte) string {
	high, low := binary.LittleEndian.Uint32(b), binary.LittleEndian.Uint32(b[4:])
	return fmt.Sprintf("%d.%d.%d.%d", high>>16, high&0xffff, low>>16, low&0xffff)
}
