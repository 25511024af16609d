package fleet

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"hash/maphash"
	"io"
	"math"

	"github.com/RoaringBitmap/roaring/v2"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/applicability"
)

// LoadOptions bound what Load reads.
type LoadOptions struct {
	MaxBytes int64 // of the saved index; 0: DefaultMaxBytes
	MaxHosts int   // 0: DefaultMaxHosts
}

// The bounds of Load where its options do not say otherwise.
const (
	DefaultMaxBytes = 4 << 30
	DefaultMaxHosts = 4 << 20
)

// Load reads an index that Save wrote and makes it answer from the catalogue,
// which need not be the one it had. It reads to the end of r. The error wraps
// ErrCorrupt or ErrNewer where the content is at fault, and names the place; an
// index past the bounds is refused as corrupt too.
//
// The checksum finds damage, not malice: whoever can write the file can make it
// say anything. No content makes Load panic.
func Load(r io.Reader, c *applicability.Catalog, o *LoadOptions) (*Fleet, error) {
	opt := LoadOptions{MaxBytes: DefaultMaxBytes, MaxHosts: DefaultMaxHosts}
	if o != nil && o.MaxBytes > 0 {
		opt.MaxBytes = o.MaxBytes
	}
	if o != nil && o.MaxHosts > 0 {
		opt.MaxHosts = o.MaxHosts
	}
	content, err := readBounded(r, opt.MaxBytes)
	if err != nil {
		return nil, err
	}
	rest, ok := bytes.CutPrefix(content, []byte(saveMagic))
	if !ok {
		return nil, fmt.Errorf("%w: it does not begin as a saved index does", ErrCorrupt)
	}
	version, rest, ok := uvarint(rest)
	switch {
	case !ok || version == 0:
		return nil, fmt.Errorf("%w: no version", ErrCorrupt)
	case version > saveVersion:
		return nil, fmt.Errorf("%w: %d, this program reads up to %d", ErrNewer, version, saveVersion)
	case len(rest) < 4:
		return nil, fmt.Errorf("%w: cut short", ErrCorrupt)
	}
	end := len(content) - 4
	if got, want := crc32.Checksum(content[:end], crc32.MakeTable(crc32.Castagnoli)), binary.LittleEndian.Uint32(content[end:]); got != want {
		return nil, fmt.Errorf("%w: checksum %08x, want %08x", ErrCorrupt, got, want)
	}
	l := &loader{in: rest[:len(rest)-4], max: opt.MaxHosts, f: &Fleet{
		seed: maphash.MakeSeed(), numbers: map[uint64]uint32{}, sketches: map[uint32][]int32{}, words: map[string]string{},
		byID: map[fettle.HostID]uint32{}, profiles: profileTable{byText: map[string]uint32{}},
	}}
	l.columns()
	l.profiles()
	l.templates()
	l.hosts()
	l.exceptions()
	if l.err == nil && len(l.in) > 0 {
		l.fail("%d bytes after the end", len(l.in))
	}
	if l.err != nil {
		return nil, l.err
	}
	l.f.setCatalog(c)
	return l.f, nil
}

func readBounded(r io.Reader, most int64) ([]byte, error) {
	var buffer bytes.Buffer
	if sized, ok := r.(interface{ Len() int }); ok {
		buffer.Grow(int(min(int64(sized.Len()), most)) + bytes.MinRead)
	}
	n, err := buffer.ReadFrom(io.LimitReader(r, most+1))
	if err != nil {
		return nil, fmt.Errorf("fleet: load: %w", err)
	}
	if n > most {
		return nil, fmt.Errorf("%w: more than %d bytes", ErrCorrupt, most)
	}
	return buffer.Bytes(), nil
}

// loader takes a saved index apart and keeps the first error, after which it
// reads zeros.
type loader struct {
	f     *Fleet
	in    []byte
	max   int
	err   error
	owner []int32 // by word of a plane: its template, spareOwner, or noOwner
	with  []uint32
	room  []uint32 // for list
	less  []uint32 // how many hosts' differences have, and lack, a column
}

const (
	noOwner    = -1
	spareOwner = -2
)

func (l *loader) fail(format string, args ...any) {
	if l.err == nil {
		l.err = fmt.Errorf("%w: %s", ErrCorrupt, fmt.Sprintf(format, args...))
	}
}

// number reads a number of at most most.
func (l *loader) number(what string, most uint64) uint64 {
	if l.err != nil {
		return 0
	}
	v, rest, ok := uvarint(l.in)
	if !ok || v > most {
		l.fail("%s: %d, want at most %d", what, v, most)
		return 0
	}
	l.in = rest
	return v
}

// count reads how many entries follow, each of at least size bytes.
func (l *loader) count(what string, size int) int {
	n := l.number(what, uint64(len(l.in)))
	if left := len(l.in) / size; n > uint64(left) {
		l.fail("%s: %d, want at most %d", what, n, left)
		return 0
	}
	return int(n)
}

func (l *loader) bytes(what string) []byte {
	n := l.count(what, 1)
	out := l.in[:n]
	l.in = l.in[n:]
	return out
}

func (l *loader) columns() {
	f := l.f
	section := l.bytes("columns")
	names, outer := string(section), l.in
	l.in = section
	defer func() {
		if l.err == nil && len(l.in) > 0 {
			l.fail("%d bytes after the last column", len(l.in))
		}
		l.in = outer
	}()
	n := l.count("columns", 1)
	f.columns = make([]column, 0, n)
	f.numbers = make(map[uint64]uint32, n)
	for i := 0; i < n && l.err == nil; i++ {
		mark := l.number("column marks", markGone)
		if mark == markGone {
			f.columns = append(f.columns, column{})
			continue
		}
		id := identity{broken: mark&markBroken != 0, held: mark&markHeld != 0, pending: mark&markPending != 0}
		for _, text := range []*string{&id.typ, &id.name, &id.version, &id.arch, &id.source, &id.sourceVersion, &id.module} {
			part := l.bytes("column")
			end := len(section) - len(l.in)
			*text = names[end-len(part) : end]
		}
		c := column{identity: id}
		if id.typ == kernelType {
			if c.kernel = kernelsOf(id.name); c.kernel == nil {
				l.fail("column %d: not a list of kernels", i)
			}
		}
		if _, twice := f.find(&id); twice {
			l.fail("column %d: %s %s occurs twice", i, id.name, id.version)
		}
		f.columns = append(f.columns, c)
		f.enter(&c.identity, uint32(i))
	}
}

func (l *loader) profiles() {
	t := &l.f.profiles
	n := l.count("profiles", 1)
	for i := 0; i < n && l.err == nil; i++ {
		text := string(l.bytes("profile"))
		t.refs = append(t.refs, 0)
		if text == "" {
			t.list = append(t.list, nil)
			t.free = append(t.free, uint32(i))
			continue
		}
		p, err := profileOf(text)
		if err != nil {
			l.fail("profile %d: %v", i, err)
		}
		if _, twice := t.byText[text]; twice {
			l.fail("profile %d occurs twice", i)
		}
		t.list = append(t.list, p)
		t.byText[text] = uint32(i)
	}
}

func (l *loader) templates() {
	f := l.f
	positions := l.number("positions", uint64(l.max)*2+largestChunk)
	if positions%smallestChunk != 0 {
		l.fail("positions: %d, want whole words", positions)
		return
	}
	f.hosts = make([]hostEntry, positions)
	for i := range f.hosts {
		f.hosts[i].template = -1
	}
	f.live = make(plane, positions/64)
	l.owner = make([]int32, positions/64)
	for i := range l.owner {
		l.owner[i] = noOwner
	}
	f.spare = l.spans(spareOwner)
	n := l.count("templates", 3)
	f.votes = make([]uint16, n)
	for i := 0; i < n && l.err == nil; i++ {
		t := template{settled: l.number("template mark", 1) == 1}
		columns := make([]uint32, l.count("template columns", 1))
		next := uint64(0)
		for k := range columns {
			next += l.number("template column", uint64(len(f.columns))) + 1
			columns[k] = uint32(next - 1)
		}
		if next > uint64(len(f.columns)) {
			l.fail("template %d: column %d of %d", i, next-1, len(f.columns))
			return
		}
		t.chunks = l.spans(int32(i))
		f.templates = append(f.templates, t)
		if len(t.chunks) == 0 {
			f.unused = append(f.unused, int32(i))
			continue
		}
		f.templates[i].next = t.chunks[len(t.chunks)-1].to
		f.enrol(int32(i), columns)
	}
	for i, owner := range l.owner {
		if owner == noOwner {
			l.fail("positions from %d belong to no template", i*64)
			return
		}
	}
}

func (l *loader) spans(owner int32) []span {
	list := make([]span, l.count("chunks", 2))
	for i := range list {
		from := l.number("chunk", uint64(len(l.owner)))
		size := l.number("chunk size", largestChunk/smallestChunk)
		if size == 0 || from+size > uint64(len(l.owner)) {
			l.fail("chunk of %d words at %d, of %d", size, from, len(l.owner))
			return nil
		}
		for w := from; w < from+size; w++ {
			if l.owner[w] != noOwner {
				l.fail("two templates have position %d", w*64)
				return nil
			}
			l.owner[w] = owner
		}
		list[i] = span{uint32(from * smallestChunk), uint32((from + size) * smallestChunk)}
	}
	return list
}

func (l *loader) hosts() {
	f := l.f
	l.with, l.less = make([]uint32, len(f.columns)), make([]uint32, len(f.columns))
	n := l.count("hosts", 7)
	if n > l.max {
		l.fail("hosts: %d, want at most %d", n, l.max)
		return
	}
	f.byID = make(map[fettle.HostID]uint32, n)
	next := uint64(0)
	for i := 0; i < n && l.err == nil; i++ {
		at := next + l.number("host position", uint64(len(f.hosts)))
		if at >= uint64(len(f.hosts)) || l.owner[at/64] < 0 {
			l.fail("host %d: position %d", i, at)
			return
		}
		l.host(uint32(at))
		next = at + 1
	}
	for i := range f.templates {
		t := &f.templates[i]
		for _, c := range t.chunks {
			for at := c.from; at < c.to; at++ {
				if !f.live.has(at) {
					t.free = append(t.free, at)
				}
			}
		}
		if len(t.chunks) > 0 && t.members == 0 {
			l.fail("template %d has no host", i)
		}
	}
}

func (l *loader) host(at uint32) {
	f := l.f
	e := hostEntry{id: fettle.HostID(l.bytes("host id")), name: string(l.bytes("host name")), template: l.owner[at/64]}
	profile := l.number("host profile", uint64(len(f.profiles.list)))
	seconds, n := binary.Varint(l.in)
	if n <= 0 {
		l.fail("host %q: instant", e.id)
		return
	}
	l.in = l.in[n:]
	e.seconds, e.nanos = seconds, int32(l.number("host instant", 999_999_999))
	e.delta = bytes.Clone(l.bytes("host packages"))
	_, twice := f.byID[e.id]
	switch {
	case l.err != nil:
		return
	case e.id == "" || twice:
		l.fail("host %q: empty, or there twice", e.id)
		return
	case profile >= uint64(len(f.profiles.list)) || f.profiles.list[profile] == nil:
		l.fail("host %q: profile %d", e.id, profile)
		return
	case !f.diff.read(e.delta, f.templates[e.template].columns, len(f.columns)):
		l.fail("host %q: packages", e.id)
		return
	}
	for _, c := range f.diff.without {
		l.less[c]++
	}
	for _, c := range f.diff.with {
		l.with[c]++
	}
	e.profile = uint32(profile)
	f.profiles.refs[profile]++
	f.hosts[at] = e
	f.live.set(at)
	f.byID[e.id] = at
	f.templates[e.template].members++
}

func (l *loader) exceptions() {
	for i := range l.f.columns {
		c := &l.f.columns[i]
		c.with, c.without = l.set(l.with[i]), l.set(l.less[i])
		if l.err != nil {
			l.err = fmt.Errorf("%w (column %d)", l.err, i)
			return
		}
	}
	for i := range l.f.profiles.list {
		if l.f.profiles.list[i] != nil && l.f.profiles.refs[i] == 0 {
			l.fail("profile %d is of no host", i)
		}
	}
}

// set reads a set of n hosts.
func (l *loader) set(n uint32) (h hostSet) {
	if got := l.number("set of hosts", math.MaxUint32); got != uint64(n) {
		l.fail("set of %d hosts, want %d", got, n)
	}
	if l.err != nil {
		return h
	}
	if n <= mostFew {
		return l.fewHosts(int(n))
	}
	text := bytes.Clone(l.bytes("set of hosts"))
	b := roaring.New()
	used, err := b.FromBuffer(text)
	if err == nil {
		err = b.Validate()
	}
	switch {
	case l.err != nil:
	case err != nil || used != int64(len(text)):
		l.fail("set of hosts, %d of %d bytes: %v", used, len(text), err)
	case b.GetCardinality() != uint64(n) || b.Maximum() >= uint32(len(l.f.hosts)):
		l.fail("set of %d hosts up to %d, want %d", b.GetCardinality(), b.Maximum(), n)
	default:
		h.many = b
	}
	return h
}

// list returns room for n positions, out of one piece of memory for many.
func (l *loader) list(n int) []uint32 {
	if len(l.room) < n {
		l.room = make([]uint32, 1<<14)
	}
	out := l.room[:n:n]
	l.room = l.room[n:]
	return out
}

func (l *loader) fewHosts(n int) (h hostSet) {
	if n == 0 {
		return h
	}
	h.few = l.list(n)
	next := uint64(0)
	for i := range h.few {
		at := next + l.number("set of hosts", uint64(len(l.f.hosts)))
		if at >= uint64(len(l.f.hosts)) {
			l.fail("set of hosts: position %d of %d", at, len(l.f.hosts))
			return hostSet{}
		}
		h.few[i] = uint32(at)
		next = at + 1
	}
	return h
}
