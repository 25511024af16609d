package applicability

import (
	"cmp"
	"encoding/binary"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/internal/program"
)

// keyTable leads from a package's type and name to the keys of a program.
type keyTable struct {
	types map[string]*typeKeys
}

// typeKeys are the keys of one package type: by binary name and by source.
// Nearly all names have one key; others, used under several version orders, are
// chained through next.
type typeKeys struct {
	names, sources map[string]int32
	all            []int32
}

type keyInfo struct {
	typ, name string
	source    bool
	scheme    Scheme
	next      int32 // another key of the same name, None: no more
	newest    bool  // a leaf asks for the newest instance, so that they have to be ordered
	ranged    bool  // a leaf asks for a range, so that versions have to be valid
}

// askedKey is what every package of a host asks of a key, apart from the rest: a
// host asks thousands of keys once each, and waits for the memory of most.
type askedKey struct {
	from, to int32 // compiled.prefixes[from:to]
	next     int32
	scheme   Scheme
	ranged   bool
}

// layOut fills what Intern goes by, once the keys have their bounds.
func (c *compiled) layOut() {
	c.asked, c.prefixes = make([]askedKey, len(c.keyInfo)), nil
	for id := range c.asked {
		info := &c.keyInfo[id]
		from := int32(len(c.prefixes))
		for _, bound := range c.program.Keys[id].Bounds {
			c.prefixes = append(c.prefixes, prefix(bound))
		}
		c.asked[id] = askedKey{from, int32(len(c.prefixes)), info.next, info.scheme, info.ranged}
	}
}

func (t *keyTable) of(typ string) *typeKeys {
	if t.types == nil {
		t.types = map[string]*typeKeys{}
	}
	k := t.types[typ]
	if k == nil {
		k = &typeKeys{names: map[string]int32{}, sources: map[string]int32{}}
		t.types[typ] = k
	}
	return k
}

// key returns the number of a key, making it where it is new.
func (b *builder) key(typ, name string, source bool, scheme Scheme) int32 {
	t := b.keys.of(typ)
	table := t.names
	if source {
		table = t.sources
	}
	head, ok := table[name]
	if !ok {
		head = program.None
	}
	for id := head; id != program.None; id = b.keyInfo[id].next {
		if b.keyInfo[id].scheme == scheme {
			return id
		}
	}
	id := int32(len(b.keyInfo))
	name = strings.Clone(name) // beside the other names, and not all over the memory of the patches
	b.keyInfo = append(b.keyInfo, keyInfo{typ: typ, name: name, source: source, scheme: scheme, next: head})
	b.bounds = append(b.bounds, &boundSet{})
	table[name] = id
	t.all = append(t.all, id)
	return id
}

// ranks are what rank needs for a host.
type ranks struct {
	buffer []byte    // scratch
	last   [8]ranked // by the last bits of keys: packages of one source have one version
}

// ranked is a rank that was found.
type ranked struct {
	key     int32 // plus one
	rank    int32
	version string
}

// rank places a version among the bounds of a key; see program.Key.
func (c *compiled) rank(key int32, version string, r *ranks) int32 {
	k := &c.asked[key]
	if !k.ranged {
		return 0
	}
	last := &r.last[key%int32(len(r.last))]
	if last.key == key+1 && last.version == version {
		return last.rank
	}
	*last = ranked{key: key + 1, version: version, rank: program.Invalid}
	buffer, err := k.scheme.AppendKey(r.buffer[:0], version)
	if err == nil {
		last.rank = c.program.Keys[key].Rank(c.prefixes[k.from:k.to], prefix(buffer), buffer)
	}
	r.buffer = buffer[:0]
	return last.rank
}

// prefix returns the first eight bytes of a key, zeroes after its end, so that
// prefixes order as keys do where they differ.
func prefix(key []byte) (p uint64) {
	if len(key) >= 8 {
		return binary.BigEndian.Uint64(key)
	}
	for i := range 8 {
		p <<= 8
		if i < len(key) {
			p |= uint64(key[i])
		}
	}
	return p
}

// finish sorts what was collected into the slices of the program.
func (b *builder) finish() {
	p := &b.program
	types := map[string]int32{}
	p.Keys = make([]program.Key, len(b.keyInfo))
	for id, info := range b.keyInfo {
		typ, ok := types[info.typ]
		if !ok {
			typ = int32(len(p.Types))
			p.Types = append(p.Types, info.typ)
			types[info.typ] = typ
		}
		p.Keys[id] = program.Key{Type: typ, Source: info.source, Bounds: b.bounds[id].sorted()}
	}
	b.layOut()
	p.Spans = make([]program.Span, len(b.pending))
	for i := range b.pending {
		p.Spans[i] = b.pending[i].span(b.bounds[b.pending[i].key])
	}
	b.finishGroups()
	for _, gate := range slices.Sorted(maps.Keys(b.free)) {
		p.Free = append(p.Free, *b.free[gate])
	}
	for id := range b.keyInfo {
		if b.keyInfo[id].newest {
			b.newest = append(b.newest, int32(id))
		}
	}
	b.bounds, b.pending = nil, nil
}

// finishGroups lays out the postings, by key and then by what a group asks for.
func (b *builder) finishGroups() {
	p := &b.program
	order := slices.SortedFunc(maps.Keys(b.groups), func(x, y groupKey) int {
		return cmp.Or(cmp.Compare(x.key, y.key), cmp.Compare(x.gate, y.gate), cmp.Compare(x.kind, y.kind),
			cmp.Compare(x.arch, y.arch), cmp.Compare(x.module, y.module), cmp.Compare(b2i(x.split), b2i(y.split)))
	})
	for _, key := range order {
		k := &p.Keys[key.key]
		if k.From == k.To {
			k.From = int32(len(p.Groups))
		}
		list := b.groups[key]
		for i := range list {
			list[i].lo, list[i].hi = 0, math.MaxInt32
			if list[i].span != program.None {
				s := p.Spans[list[i].span]
				list[i].lo, list[i].hi = s.Lo, s.Hi
			}
		}
		slices.SortFunc(list, func(x, y posting) int {
			return cmp.Or(cmp.Compare(x.hi, y.hi), cmp.Compare(x.patch, y.patch))
		})
		g := program.Group{
			Kind: key.kind, Gate: key.gate, Arch: key.arch, Module: key.module,
			From: int32(len(p.Posting.Patches)), Split: key.split,
		}
		for _, e := range list {
			p.Posting.Patches = append(p.Posting.Patches, e.patch)
			p.Posting.Los = append(p.Posting.Los, e.lo)
			p.Posting.His = append(p.Posting.His, e.hi)
		}
		g.To = int32(len(p.Posting.Patches))
		p.Groups = append(p.Groups, g)
		k.To = int32(len(p.Groups))
	}
}

func b2i(b bool) int {
	if b {
		return 1
	}
	return 0
}
