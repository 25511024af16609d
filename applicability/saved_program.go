package applicability

import (
	"time"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/internal/program"
)

// maxSavedWeight is what a footprint, or a gate joined of two, may weigh; see
// builder.weigh.
const maxSavedWeight = 2*MaxCriteria + 2

func (o *opening) readWords(d *cursor) {
	list := texts[string](d)
	o.words = make(map[string]int32, len(list))
	for i, word := range list {
		o.words[word] = int32(i)
	}
}

func (o *opening) readKeys(d *cursor) {
	n := d.rows(16)
	p := &o.program
	p.Keys, o.keyInfo = make([]program.Key, n), make([]keyInfo, n)
	o.groupsOf, o.boundsOf = make([]int32, n), make([]int32, n)
	seen := int32(0) // types are numbered as keys use them, each is used
	for i := range n {
		typ, flags := d.below(len(p.Types)), d.upTo(1<<11-1)
		if typ > seen || flags&0xff > int32(SchemeText) {
			d.fail("key %d: type %d, flags %x", i, typ, flags)
		}
		if d.err != nil {
			return
		}
		seen = max(seen, typ+1)
		source := flags>>8&1 != 0
		o.keyInfo[i] = keyInfo{
			keyName: keyName{typ: p.Types[typ], source: source, scheme: Scheme(flags & 0xff)},
			newest:  flags>>9&1 != 0, ranged: flags>>10&1 != 0,
		}
		if o.keyInfo[i].newest {
			o.newest = append(o.newest, int32(i))
		}
		o.groupsOf[i] = d.upTo(maxSavedInt)
		o.boundsOf[i] = d.upTo(maxSavedInt)
		p.Keys[i] = program.Key{Type: typ, Source: source}
	}
	if int(seen) != len(p.Types) {
		d.fail("%d of %d types have keys", seen, len(p.Types))
	}
}

func (o *opening) readKeyNames(d *cursor) {
	names := texts[string](d)
	if len(names) != len(o.keyInfo) {
		d.fail("%d names of %d keys", len(names), len(o.keyInfo))
		return
	}
	for i, name := range names {
		o.keyInfo[i].name = name
	}
}

func (o *opening) readBounds(d *cursor) {
	bounds := d.parts()
	for i := range o.program.Keys {
		k := &o.program.Keys[i]
		n := int(o.boundsOf[i])
		if n > len(bounds) {
			d.fail("key %d has %d bounds, %d are left", i, n, len(bounds))
			return
		}
		k.Bounds, bounds = bounds[:n:n], bounds[n:]
	}
	if len(bounds) > 0 {
		d.fail("%d bounds belong to no key", len(bounds))
	}
	if twice := o.layOut(); twice != program.None {
		d.fail("two keys are the same: %q", o.keyInfo[twice].name)
	}
}

func (o *opening) readSpans(d *cursor) {
	o.program.Spans = make([]program.Span, d.rows(8))
	for i := range o.program.Spans {
		o.program.Spans[i] = program.Span{Lo: d.int(), Hi: d.int()}
	}
}

func (o *opening) readLeaves(d *cursor) {
	p := &o.program
	p.Leaves = make([]program.Leaf, d.rows(24))
	for i := range p.Leaves {
		l := program.Leaf{
			Key: d.below(len(p.Keys)), Arch: d.orNone(len(o.words)), Module: d.orNone(len(o.words)),
			From: d.upTo(len(p.Spans)), To: d.upTo(len(p.Spans)), Which: program.Which(d.upTo(int(program.Newest))),
		}
		if l.From > l.To {
			d.fail("leaf %d: its spans end before they begin", i)
		}
		p.Leaves[i] = l
	}
}

func (o *opening) readScalars(d *cursor) {
	var list []Footprint
	if !d.json(&list) {
		return
	}
	for i, f := range list {
		switch f.criterion.(type) {
		case nil, Always, All, Any, AtLeast, Not, Package, PatchInstalled, Opaque:
			d.fail("criterion %d is none of a host", i)
			return
		}
		if err := f.Check(); err != nil {
			d.fail("criterion %d: %v", i, err)
			return
		}
		o.scalars = append(o.scalars, f.criterion)
	}
	o.program.Scalars = len(list)
}

// readNodes reads the nodes, each of which has its kids before it, so that
// there is no circle, and weighs them.
func (o *opening) readNodes(d *cursor) {
	p := &o.program
	p.Nodes = make([]program.Node, d.rows(12))
	o.weights = make([]int32, len(p.Nodes))
	kids := int32(0)
	for i := range p.Nodes {
		n := program.Node{Op: program.Op(d.upTo(int(program.OpPackage)))}
		weight := int32(1)
		switch n.Op {
		case program.OpAll, program.OpAny, program.OpAtLeast:
			n.N, n.From = d.int(), kids
			n.To = n.From + d.upTo(len(p.Kids)-int(kids))
			kids = n.To
			for _, kid := range p.Kids[n.From:n.To] {
				if int(kid) >= i {
					d.fail("node %d has a kid after it", i)
					return
				}
				weight = min(weight+o.weights[kid], maxSavedWeight+1)
			}
		case program.OpNot:
			n.From = d.below(i)
			if d.err == nil {
				weight = min(weight+o.weights[n.From], maxSavedWeight+1)
			}
			d.int()
		case program.OpScalar:
			n.From = d.below(p.Scalars)
			d.int()
		case program.OpPackage:
			n.From = d.below(len(p.Leaves))
			d.int()
		case program.OpTrue, program.OpUnknown:
			d.int()
			d.int()
		}
		if d.err != nil {
			return
		}
		p.Nodes[i], o.weights[i] = n, weight
	}
	if int(kids) != len(p.Kids) {
		d.fail("%d kids belong to no node", len(p.Kids)-int(kids))
	}
}

// root reads the index of a node that is evaluated on its own; see orNone.
func (o *opening) root(d *cursor) int32 {
	node := d.orNone(len(o.program.Nodes))
	if node != program.None && d.err == nil && o.weights[node] > maxSavedWeight {
		d.fail("node %d has too many criteria below it", node)
	}
	return node
}

func (o *opening) patchSection(d *cursor) {
	p := &o.program
	switch d.at {
	case sectionPatches:
		o.readPatches(d)
	case sectionIDs:
		if o.ids = texts[fettle.PatchID](d); len(o.ids) < o.size() {
			d.fail("%d ids of %d patches", len(o.ids), o.size())
		}
	case sectionRefs:
		o.readRefs(d)
	case sectionGroups:
		o.readGroups(d)
	case sectionPostings:
		o.readPostings(d)
	case sectionFree:
		for len(d.data) > 0 {
			p.Free = append(p.Free, program.FreeGroup{Gate: d.below(len(p.Gates)), Patches: d.list(o.size())})
		}
	case sectionSupersededBy:
		o.relation.supersededBy = make([][]int32, len(o.ids))
		for i := range o.relation.supersededBy {
			o.relation.supersededBy[i] = d.list(o.size())
		}
	case sectionRequires:
		o.relation.requires = make([][][]int32, o.size())
		for i := range o.relation.requires {
			for range d.upTo(len(d.data) / 4) {
				any := d.list(len(o.ids))
				if len(any) == 0 {
					d.fail("patch %d requires one of nothing", i)
					return
				}
				o.relation.requires[i] = append(o.relation.requires[i], any)
			}
		}
	case sectionConflicts:
		o.relation.conflicts = make([][]int32, o.size())
		for i := range o.relation.conflicts {
			o.relation.conflicts[i] = d.list(o.size())
		}
	default: // the others are read elsewhere
	}
}

func (o *opening) readPatches(d *cursor) {
	n := d.rows(40)
	p := &o.program
	p.Patches, o.counts = make([]program.Patch, n), make([][2]int32, n)
	o.states, o.released, o.bad = make([]State, n), make([]time.Time, n), make([]bool, n)
	for i := range n {
		q := program.Patch{Target: o.root(d), Installed: o.root(d), Active: o.root(d), Unfixed: o.root(d)}
		o.counts[i] = [2]int32{d.upTo(maxSavedInt), d.upTo(maxSavedInt)}
		flags := d.upTo(1<<17 - 1)
		nanos, low, high := d.int(), d.int(), d.int()
		q.Restart, o.states[i], o.bad[i] = fettle.Restart(flags), State(flags>>8), flags>>16 != 0
		if q.Restart > fettle.RestartHostBeforeNext || o.states[i] > Withdrawn {
			d.fail("patch %d: restart %d, state %d", i, q.Restart, o.states[i])
		}
		if d.err != nil {
			return
		}
		q.Bad = o.bad[i]
		p.Patches[i] = q
		o.released[i] = time.Unix(int64(high)<<32|int64(uint32(low)), int64(nanos)).UTC()
	}
}

// readRefs reads the references of all patches, one after another.
func (o *opening) readRefs(d *cursor) {
	p := &o.program
	p.Refs = make([]program.Ref, d.rows(12))
	at := int32(0)
	read := func(count int32, table int) (from, to int32) {
		if int(count) > len(p.Refs)-int(at) {
			d.fail("%d references, %d are left", count, len(p.Refs)-int(at))
			return 0, 0
		}
		for range count {
			p.Refs[at] = program.Ref{Index: d.below(table), Gate: o.root(d), Not: d.upTo(1) != 0}
			at++
		}
		return at - count, at
	}
	for i := range p.Patches {
		q := &p.Patches[i]
		q.LeavesFrom, q.LeavesTo = read(o.counts[i][0], len(p.Leaves))
		q.ScalarsFrom, q.ScalarsTo = read(o.counts[i][1], p.Scalars)
	}
}

// readGroups reads the groups of all keys, one after another.
func (o *opening) readGroups(d *cursor) {
	p := &o.program
	p.Groups = make([]program.Group, d.rows(20))
	posting := int64(0)
	for i := range p.Groups {
		kind := d.upTo(1<<9 - 1)
		g := program.Group{
			Kind: program.Kind(kind), Split: kind>>8 != 0,
			Gate: d.below(len(p.Gates)), Arch: d.orNone(len(o.words)), Module: d.orNone(len(o.words)),
		}
		count := int64(d.upTo(maxSavedInt))
		if posting+count > o.saved.extents[sectionPostings].length/12 {
			d.fail("group %d has more postings than there are", i)
		}
		if d.err != nil {
			return
		}
		g.From, g.To = int32(posting), int32(posting+count)
		posting += count
		p.Groups[i] = g
	}
	at := int32(0)
	for i := range p.Keys {
		count := o.groupsOf[i]
		if int(count) > len(p.Groups)-int(at) {
			d.fail("key %d has %d groups, %d are left", i, count, len(p.Groups)-int(at))
			return
		}
		if count > 0 {
			p.Keys[i].From, p.Keys[i].To = at, at+count
			at += count
		}
	}
	if int(at) != len(p.Groups) {
		d.fail("%d groups belong to no key", len(p.Groups)-int(at))
	}
}

func (o *opening) readPostings(d *cursor) {
	n := d.rows(12)
	to := &o.program.Posting
	to.Patches, to.Los, to.His = make([]int32, n), make([]int32, n), make([]int32, n)
	for i := range n {
		to.Patches[i], to.Los[i], to.His[i] = d.below(o.size()), d.int(), d.int()
	}
}

// finish works out what follows from what was read.
func (o *opening) finish() error {
	n := o.size()
	r := &o.relation
	r.related = make([]bool, n)
	for i := range n {
		r.related[i] = len(r.supersededBy[i]) > 0 || len(r.requires[i]) > 0 || len(r.conflicts[i]) > 0
		r.any = r.any || r.related[i]
	}
	for _, table := range []struct {
		at section
		n  int
	}{{sectionRecordsAt, n}, {sectionCriteriaAt, len(o.program.Leaves)}} {
		if o.saved.extents[table.at].length != int64(table.n)*savedAt {
			return table.at.broken("%d bytes, want %d rows", o.saved.extents[table.at].length, table.n)
		}
	}
	o.markPlain()
	return nil
}
