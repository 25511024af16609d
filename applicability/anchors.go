package applicability

import (
	"slices"

	"github.com/fettle-dev/fettle/internal/program"
)

type groupKey struct {
	key, gate    int32
	kind         program.Kind
	arch, module int32
	split        bool
}

type posting struct {
	patch, span int32 // span: None, a presence alone
	lo, hi      int32
}

// file puts patch i where a host's packages lead to it. Target is split into a
// gate, the conjuncts that read no package, and the rest. A plain patch, whose
// rest says that one of some packages is present and whose Installed that none
// of some packages is vulnerable, is judged by postings alone; another is
// evaluated where one of its anchors is present, or, without anchors, always.
func (b *builder) file(i int32) {
	q := &b.program.Patches[i]
	var scalars, rest []int32
	for _, node := range b.conjuncts(q.Target, nil) {
		if b.scalarOnly(node) {
			scalars = append(scalars, node)
		} else {
			rest = append(rest, node)
		}
	}
	gate := b.conjunction(scalars)
	if q.Active == program.None && q.Unfixed == program.None && b.filePlain(i, gate, rest) {
		return
	}
	anchors, ok := b.anchorsOf(rest)
	if !ok {
		b.fileFree(gate, i)
		return
	}
	for _, key := range anchors {
		b.post(groupKey{key: key, gate: gate, kind: program.KindGeneral, arch: program.None, module: program.None}, i, program.None)
	}
}

func (b *builder) post(g groupKey, patch, span int32) {
	b.groups[g] = append(b.groups[g], posting{patch: patch, span: span})
}

func (b *builder) fileFree(gate, i int32) {
	g := b.free[gate]
	if g == nil {
		g = &program.FreeGroup{Gate: gate}
		b.free[gate] = g
	}
	g.Patches = append(g.Patches, i)
}

// conjuncts appends the members of nested conjunctions.
func (b *builder) conjuncts(node int32, out []int32) []int32 {
	n := b.program.Nodes[node]
	if n.Op != program.OpAll {
		return append(out, node)
	}
	for _, kid := range b.program.Kids[n.From:n.To] {
		out = b.conjuncts(kid, out)
	}
	return out
}

func (b *builder) conjunction(nodes []int32) int32 {
	switch len(nodes) {
	case 0:
		return b.node(program.OpTrue, 0, nil)
	case 1:
		return nodes[0]
	}
	slices.Sort(nodes)
	return b.node(program.OpAll, 0, slices.Compact(nodes))
}

// scalarOnly reports whether no package is read below node.
func (b *builder) scalarOnly(node int32) bool {
	n := b.program.Nodes[node]
	switch n.Op {
	case program.OpPackage:
		return false
	case program.OpNot:
		return b.scalarOnly(n.From)
	case program.OpAll, program.OpAny, program.OpAtLeast:
		for _, kid := range b.program.Kids[n.From:n.To] {
			if !b.scalarOnly(kid) {
				return false
			}
		}
	case program.OpTrue, program.OpUnknown, program.OpScalar:
	}
	return true
}

// anchorsOf returns keys of which one has to be present for all of nodes to
// hold: those of the conjunct that has the fewest.
func (b *builder) anchorsOf(nodes []int32) (best []int32, ok bool) {
	for _, node := range nodes {
		if keys, has := b.anchors(node); has && (!ok || len(keys) < len(best)) {
			best, ok = keys, true
		}
	}
	slices.Sort(best)
	return slices.Compact(best), ok
}

// anchors returns keys without any of which, all looked at, node does not hold.
func (b *builder) anchors(node int32) (keys []int32, ok bool) {
	n := b.program.Nodes[node]
	switch n.Op {
	case program.OpPackage:
		return []int32{b.program.Leaves[n.From].Key}, true
	case program.OpAll:
		return b.anchorsOf(b.program.Kids[n.From:n.To])
	case program.OpAny, program.OpAtLeast:
		for _, kid := range b.program.Kids[n.From:n.To] {
			more, has := b.anchors(kid)
			if !has {
				return nil, false
			}
			keys = append(keys, more...)
		}
		return keys, true
	case program.OpTrue, program.OpUnknown, program.OpNot, program.OpScalar:
	}
	return nil, false
}

// filePlain files a plain patch and reports whether it is one.
func (b *builder) filePlain(i, gate int32, rest []int32) bool {
	if len(rest) != 1 {
		return false
	}
	present, ok := b.presences(rest[0])
	if !ok {
		return false
	}
	vulnerable, ok := b.exclusions(b.program.Patches[i].Installed)
	if !ok {
		return false
	}
	for _, leaf := range present {
		b.post(b.groupOf(leaf, gate, program.KindPresent, true), i, program.None)
	}
	for _, leaf := range vulnerable {
		l := &b.program.Leaves[leaf]
		for span := l.From; span < l.To; span++ {
			b.post(b.groupOf(leaf, gate, program.KindVulnerable, b.pending[span].low == program.None), i, span)
		}
	}
	return true
}

func (b *builder) groupOf(leaf, gate int32, kind program.Kind, split bool) groupKey {
	l := &b.program.Leaves[leaf]
	return groupKey{key: l.Key, gate: gate, kind: kind, arch: l.Arch, module: l.Module, split: split}
}

// presences returns the leaves of "one of these packages is present".
func (b *builder) presences(node int32) ([]int32, bool) {
	n := b.program.Nodes[node]
	nodes := []int32{node}
	if n.Op == program.OpAny {
		nodes = b.program.Kids[n.From:n.To]
	}
	var leaves []int32
	for _, k := range nodes {
		kid := b.program.Nodes[k]
		if kid.Op != program.OpPackage || !b.program.Leaves[kid.From].Any() {
			return nil, false
		}
		leaves = append(leaves, kid.From)
	}
	return leaves, len(leaves) > 0
}

// exclusions returns the leaves of "none of these packages has an instance in
// its range".
func (b *builder) exclusions(node int32) ([]int32, bool) {
	var leaves []int32
	for _, k := range b.conjuncts(node, nil) {
		n := b.program.Nodes[k]
		if n.Op != program.OpNot || b.program.Nodes[n.From].Op != program.OpPackage {
			return nil, false
		}
		leaf := b.program.Nodes[n.From].From
		if l := &b.program.Leaves[leaf]; l.Which != program.Some || l.Any() {
			return nil, false
		}
		leaves = append(leaves, leaf)
	}
	return leaves, true
}

// collectRefs notes which leaves and which restart-relevant scalars Installed
// reads.
func (b *builder) collectRefs(q *program.Patch) {
	var leaves, scalars []int32
	b.walk(q.Installed, func(n program.Node) {
		switch n.Op {
		case program.OpPackage:
			leaves = append(leaves, n.From)
		case program.OpScalar:
			switch b.scalars[n.From].(type) {
			case File, Hotfix:
				scalars = append(scalars, n.From)
			}
		case program.OpTrue, program.OpUnknown, program.OpAll, program.OpAny, program.OpAtLeast, program.OpNot:
		}
	})
	q.LeavesFrom, q.LeavesTo = b.refs(leaves)
	q.ScalarsFrom, q.ScalarsTo = b.refs(scalars)
}

func (b *builder) refs(list []int32) (from, to int32) {
	slices.Sort(list)
	list = slices.Compact(list)
	from = int32(len(b.program.Refs))
	b.program.Refs = append(b.program.Refs, list...)
	return from, int32(len(b.program.Refs))
}

func (b *builder) walk(node int32, visit func(program.Node)) {
	n := b.program.Nodes[node]
	visit(n)
	switch n.Op {
	case program.OpNot:
		b.walk(n.From, visit)
	case program.OpAll, program.OpAny, program.OpAtLeast:
		for _, kid := range b.program.Kids[n.From:n.To] {
			b.walk(kid, visit)
		}
	case program.OpTrue, program.OpUnknown, program.OpScalar, program.OpPackage:
	}
}
