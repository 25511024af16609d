package applicability

import (
	"cmp"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/internal/program"
)

// sortKeys numbers the keys anew, in the order in which hosts ask: a snapshot lists
// packages by type and name, and names of sources are much like those of what is
// built from them. So what one package asks for lies beside what the next one does.
func (b *builder) sortKeys() {
	order := make([]int32, len(b.keyInfo)) // by number: the number before
	size := 0
	for id := range order {
		order[id] = int32(id)
		size += len(b.keyInfo[id].name)
	}
	slices.SortFunc(order, func(x, y int32) int {
		k, l := &b.keyInfo[x], &b.keyInfo[y]
		return cmp.Or(strings.Compare(k.typ, l.typ), cmp.Compare(b2i(k.source), b2i(l.source)), strings.Compare(k.name, l.name), cmp.Compare(x, y))
	})
	b.sorted = make([]int32, len(order))
	for id, old := range order {
		b.sorted[old] = int32(id)
	}
	var names strings.Builder // one after another, and not all over the memory of the patches
	names.Grow(size)
	for _, old := range order {
		names.WriteString(b.keyInfo[old].name)
	}
	infos, bounds := make([]keyInfo, len(order)), make([]*boundSet, len(order))
	rest := names.String()
	for id, old := range order {
		info := b.keyInfo[old]
		info.name, rest = rest[:len(info.name)], rest[len(info.name):]
		infos[id], bounds[id] = info, b.bounds[old]
	}
	b.keyInfo, b.bounds = infos, bounds
	for i := range b.program.Leaves {
		l := &b.program.Leaves[i]
		l.Key = b.sorted[l.Key]
	}
	for i := range b.pending {
		b.pending[i].key = b.sorted[b.pending[i].key]
	}
}

// finish sorts what was collected into the slices of the program.
func (b *builder) finish() {
	b.sortKeys()
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
	b.gatherBounds()
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
	b.bounds, b.pending, b.keyIDs, b.sorted = nil, nil, nil, nil
}

// gatherBounds puts all bounds one after another.
func (b *builder) gatherBounds() {
	size := 0
	for id := range b.program.Keys {
		for _, bound := range b.program.Keys[id].Bounds {
			size += len(bound)
		}
	}
	all := make([]byte, 0, size)
	for id := range b.program.Keys {
		for i, bound := range b.program.Keys[id].Bounds {
			from := len(all)
			all = append(all, bound...)
			b.program.Keys[id].Bounds[i] = all[from:len(all):len(all)]
		}
	}
}

// finishGroups lays out the postings, by key and then by what a group asks for.
func (b *builder) finishGroups() {
	p := &b.program
	order := slices.SortedFunc(maps.Keys(b.groups), func(x, y groupKey) int {
		return cmp.Or(cmp.Compare(b.sorted[x.key], b.sorted[y.key]), cmp.Compare(x.gate, y.gate), cmp.Compare(x.kind, y.kind),
			cmp.Compare(x.arch, y.arch), cmp.Compare(x.module, y.module), cmp.Compare(b2i(x.split), b2i(y.split)))
	})
	for _, key := range order {
		k := &p.Keys[b.sorted[key.key]]
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
