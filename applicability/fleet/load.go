package fleet

import (
	"fmt"
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
	l := &loader{pieces: newPieces(r, opt.MaxBytes), max: opt.MaxHosts, f: empty()}
	l.err = l.pieces.begin()
	l.columns()
	l.profiles()
	l.templates()
	l.hosts()
	l.exceptions()
	if l.err == nil && l.in != "" {
		l.fail("%d bytes after the end", len(l.in))
	}
	if l.err == nil {
		l.err = l.pieces.end()
	}
	if l.err != nil {
		return nil, l.err
	}
	l.f.setCatalog(c, l.order)
	if n := l.f.lexicon.unread; n >= 0 {
		return nil, corrupt("column %d: neither a package nor a list of kernels", n)
	}
	return l.f, nil
}

// loader takes a saved index apart and keeps the first error, after which it
// reads zeros.
type loader struct {
	f      *Fleet
	pieces *pieces
	in     string // what is left of a piece
	max    int
	err    error
	order  []uint32 // of columns, in which they come
	owner  []int32  // by word of a plane: its template, spareOwner, or noOwner
}

const (
	noOwner    = -1
	spareOwner = -2
)

// slack is the share of memory beyond what is loaded: the first new column would
// otherwise move all of them.
const slack = 8

// mostRoom is for how many of something memory is taken before they were read.
const mostRoom = 1 << 18

func (l *loader) fail(format string, args ...any) {
	if l.err == nil {
		l.err = corrupt(format, args...)
	}
}

func corrupt(format string, args ...any) error {
	return fmt.Errorf("%w: %s", ErrCorrupt, fmt.Sprintf(format, args...))
}

// number reads a number of at most most.
func (l *loader) number(what string, most uint64) uint64 {
	if l.in != "" && l.err == nil && l.in[0] < 0x80 && uint64(l.in[0]) <= most { // as most are
		v := uint64(l.in[0])
		l.in = l.in[1:]
		return v
	}
	if l.in == "" && l.err == nil {
		l.in, l.err = l.pieces.next()
	}
	if l.err != nil {
		return 0
	}
	v, i := numberAt(l.in, 0)
	if i < 0 || v > most {
		l.fail("%s: %d, want at most %d", what, v, most)
		return 0
	}
	l.in = l.in[i:]
	return v
}

// text reads a text, which shares memory with the rest of its piece.
func (l *loader) text(what string) string {
	n := l.number(what, math.MaxUint32)
	if n > uint64(len(l.in)) {
		l.fail("%s: %d bytes, there are %d", what, n, len(l.in))
		return ""
	}
	out := l.in[:n]
	l.in = l.in[n:]
	return out
}

// columns reads the texts and numbers of columns; what is in the texts, the lexicon
// reads. There is room for a number only
// when as many columns were read.
func (l *loader) columns() {
	f := l.f
	n := l.number("columns", math.MaxUint32-1)
	texts := make([]string, 0, min(n, mostRoom))
	l.order = make([]uint32, 0, min(n, mostRoom))
	for range n {
		l.order = append(l.order, uint32(l.number("column", n-1)))
		texts = append(texts, l.text("column"))
		if l.err != nil {
			return
		}
	}
	f.columns = make([]column, n, n+n/slack)
	taken := make(plane, n/64+1)
	for i, c := range l.order {
		if taken.has(c) {
			l.fail("two columns are number %d", c)
			return
		}
		taken.set(c)
		f.columns[c].text = texts[i]
	}
	if a, b, twice := f.numbers.enterAll(f.columns, l.order, texts); twice {
		l.fail("columns %d and %d: %q", a, b, f.columns[a].text)
	}
}

func (l *loader) profiles() {
	t := &l.f.profiles
	n := l.number("profiles", math.MaxUint32)
	for i := uint64(0); i < n && l.err == nil; i++ {
		text := l.text("profile")
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
	f.hosts, f.ids = make([]hostEntry, positions), make([]fettle.HostID, positions)
	for i := range f.hosts {
		f.hosts[i].template = -1
	}
	f.live = make(plane, positions/64)
	l.owner = make([]int32, positions/64)
	for i := range l.owner {
		l.owner[i] = noOwner
	}
	f.spare = l.spans(spareOwner)
	n := l.number("templates", positions)
	for i := int32(0); i < int32(n) && l.err == nil; i++ {
		l.template(i)
	}
	for i, owner := range l.owner {
		if owner == noOwner {
			l.fail("positions from %d belong to no template", i*64)
			return
		}
	}
}

func (l *loader) template(n int32) {
	f := l.f
	t := template{settled: l.number("template mark", 1) == 1}
	columns := make([]uint32, l.number("template columns", uint64(len(f.columns))))
	next := uint64(0)
	for k := range columns {
		next += l.number("template column", uint64(len(f.columns))) + 1
		columns[k] = uint32(next - 1)
	}
	if next > uint64(len(f.columns)) {
		l.fail("template %d: column %d of %d", n, next-1, len(f.columns))
		return
	}
	t.chunks = l.spans(n)
	f.templates = append(f.templates, t)
	f.votes = append(f.votes, 0)
	if len(t.chunks) == 0 {
		f.unused = append(f.unused, n)
		return
	}
	f.templates[n].next = t.chunks[len(t.chunks)-1].to
	f.enrol(n, columns)
}

func (l *loader) spans(owner int32) []span {
	list := make([]span, l.number("chunks", uint64(len(l.owner))))
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
	n := l.number("hosts", uint64(l.max))
	f.byID.table.Reserve(int(min(n, mostRoom)))
	next := uint64(0)
	for i := uint64(0); i < n && l.err == nil; i++ {
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
	id := fettle.HostID(l.text("host id"))
	e := hostEntry{name: l.text("host name"), template: l.owner[at/64]}
	e.profile = uint32(l.number("host profile", uint64(len(f.profiles.list))))
	e.seconds = unzigzag(l.number("host instant", math.MaxUint64))
	e.nanos = int32(l.number("host instant", 999_999_999))
	e.delta = l.text("host packages")
	_, hash, twice := f.byID.find(f.ids, id)
	switch {
	case l.err != nil:
		return
	case id == "" || twice:
		l.fail("host %q: empty, or there twice", id)
		return
	case int(e.profile) >= len(f.profiles.list) || f.profiles.list[e.profile] == nil:
		l.fail("host %q: profile %d", id, e.profile)
		return
	case !checkDifference(e.delta, len(f.templates[e.template].columns), len(f.columns)):
		l.fail("host %q: packages", id)
		return
	}
	f.profiles.refs[e.profile]++
	f.hosts[at], f.ids[at] = e, id
	f.byID.table.Enter(hash, at)
	f.live.set(at)
	f.templates[e.template].members++
}

func (l *loader) exceptions() {
	if l.err != nil {
		return
	}
	for _, n := range l.order {
		c := &l.f.columns[n]
		c.with, c.without = l.set(), l.set()
		if l.err != nil {
			l.err = fmt.Errorf("%w (column %d)", l.err, n)
			return
		}
	}
	for i := range l.f.profiles.list {
		if l.f.profiles.list[i] != nil && l.f.profiles.refs[i] == 0 {
			l.fail("profile %d is of no host", i)
		}
	}
}

func (l *loader) set() (h hostSet) {
	size := l.number("set of hosts", math.MaxUint32)
	text := l.in[:min(size>>1, uint64(len(l.in)))]
	l.in = l.in[len(text):]
	if size&1 == 0 {
		h.few = blocks(text)
		if uint64(len(text)) != size>>1 || !h.few.check(uint64(len(l.f.hosts))) {
			l.fail("set of hosts: not %d bytes, or not below %d", size>>1, len(l.f.hosts))
		}
		return h
	}
	b := roaring.New()
	used, err := b.FromBuffer([]byte(text))
	if err == nil {
		err = b.Validate()
	}
	switch {
	case l.err != nil:
	case err != nil || used != int64(size>>1):
		l.fail("set of hosts, %d of %d bytes: %v", used, size>>1, err)
	case b.IsEmpty() || uint64(b.Maximum()) >= uint64(len(l.f.hosts)):
		l.fail("set of hosts: empty, or not below %d", len(l.f.hosts))
	default:
		h.many = b
	}
	return h
}
