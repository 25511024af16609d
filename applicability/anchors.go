package applicability

import (
	"cmp"
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

// file puts patch i where a host's packages lead to it. A plain patch is judged
// by postings alone; another is evaluated where one of its anchors is present
// or, without anchors, wherever its gate, the part of Target that reads no
// package, is not No.
func (b *builder) file(i int32) {
	q := &b.program.Patches[i]
	gate, rest := b.split(q.Target)
	if q.Active == program.None && b.filePlain(i, gate) {
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

// split parts a conjunction into a gate, what reads no package, and the rest.
func (b *builder) split(node int32) (gate int32, rest []int32) {
	var scalars []int32
	for _, n := range b.conjuncts(node, nil) {
		if b.scalarOnly(n) {
			scalars = append(scalars, n)
		} else {
			rest = append(rest, n)
		}
	}
	return b.conjunction(scalars), rest
}

func (b *builder) post(g groupKey, patch, span int32) {
	g.gate = b.gate(g.gate)
	b.groups[g] = append(b.groups[g], posting{patch: patch, span: span})
}

// gate returns the number of a gate.
func (b *builder) gate(node int32) int32 {
	id, ok := b.gates[node]
	if !ok {
		id = int32(len(b.program.Gates))
		b.program.Gates = append(b.program.Gates, node)
		b.gates[node] = id
	}
	return id
}

func (b *builder) fileFree(gate, i int32) {
	gate = b.gate(gate)
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

// term is a package criterion and the gate under which it counts.
type term struct{ leaf, gate int32 }

// filePlain files a plain patch and reports whether it is one: its Target says
// that one of some packages is present, its Installed that none of some has an
// instance in a range, its Unfixed that one has, each perhaps under a gate of
// its own. gate is what Target asks of the host in any case.
func (b *builder) filePlain(i, gate int32) bool {
	q := &b.program.Patches[i]
	present, ok := b.terms(q.Target, b.node(program.OpTrue, 0, nil), nil)
	if !ok || len(present) == 0 {
		return false
	}
	for _, t := range present {
		if !b.program.Leaves[t.leaf].Any() {
			return false
		}
	}
	vulnerable, ok := b.exclusions(q.Installed, gate)
	if !ok {
		return false
	}
	var open []term
	if q.Unfixed != program.None {
		if open, ok = b.terms(q.Unfixed, gate, nil); !ok {
			return false
		}
	}
	b.filePresent(i, present, vulnerable)
	for _, t := range open {
		b.postTerm(i, t, program.KindOpen)
	}
	return true
}

// filePresent posts presences and exclusions, those of one package together.
func (b *builder) filePresent(i int32, present, vulnerable []term) {
	alone := b.alone[:0]
	for _, t := range present {
		if at := b.groupOf(t, program.KindPresent); !slices.Contains(alone, at) {
			alone = append(alone, at)
		}
	}
	for _, t := range vulnerable {
		kind := program.KindVulnerable
		if at := slices.Index(alone, b.groupOf(t, program.KindPresent)); at >= 0 {
			kind |= program.KindPresent
			alone = slices.Delete(alone, at, at+1)
		}
		b.postTerm(i, t, kind)
	}
	for _, at := range alone {
		b.post(at, i, program.None)
	}
	b.alone = alone[:0]
}

// postTerm posts one term: once for each span of its range.
func (b *builder) postTerm(i int32, t term, kind program.Kind) {
	l := &b.program.Leaves[t.leaf]
	group := b.groupOf(t, kind)
	if l.Any() {
		b.post(group, i, program.None)
		return
	}
	for span := l.From; span < l.To; span++ {
		g := group
		g.split = b.pending[span].low == program.None
		b.post(g, i, span)
	}
}

func (b *builder) groupOf(t term, kind program.Kind) groupKey {
	l := &b.program.Leaves[t.leaf]
	return groupKey{key: l.Key, gate: t.gate, kind: kind, arch: l.Arch, module: l.Module, split: true}
}

// terms appends the terms of "one of these packages has an instance so": ok is
// false where node says anything else.
func (b *builder) terms(node, gate int32, out []term) (_ []term, ok bool) {
	n := b.program.Nodes[node]
	switch n.Op {
	case program.OpPackage:
		l := &b.program.Leaves[n.From]
		return append(out, term{n.From, gate}), l.Any() || l.Which == program.Some
	case program.OpAny:
		for _, kid := range b.program.Kids[n.From:n.To] {
			if out, ok = b.terms(kid, gate, out); !ok {
				return out, false
			}
		}
		return out, true
	case program.OpAll:
		inner, rest := b.split(node)
		if len(rest) != 1 {
			return out, false
		}
		return b.terms(rest[0], b.both(gate, inner), out)
	case program.OpTrue, program.OpUnknown, program.OpAtLeast, program.OpNot, program.OpScalar:
	}
	return out, false
}

// both returns the gate that holds where two gates do.
func (b *builder) both(x, y int32) int32 {
	var all []int32
	for _, node := range b.conjuncts(y, b.conjuncts(x, nil)) {
		if b.program.Nodes[node].Op != program.OpTrue {
			all = append(all, node)
		}
	}
	return b.conjunction(all)
}

// exclusions returns the terms of "none of these packages has an instance so".
func (b *builder) exclusions(node, gate int32) (out []term, ok bool) {
	for _, k := range b.conjuncts(node, nil) {
		n := b.program.Nodes[k]
		if n.Op == program.OpTrue {
			continue
		}
		if n.Op != program.OpNot {
			return nil, false
		}
		if out, ok = b.terms(n.From, gate, out); !ok {
			return nil, false
		}
	}
	return out, true
}

// collectRefs notes which leaves and which restart-relevant scalars Installed
// reads, each with the gate under which it stands.
func (b *builder) collectRefs(q *program.Patch) {
	var leaves, scalars []program.Ref
	b.walk(q.Installed, program.Ref{Gate: program.None}, func(n program.Node, at program.Ref) {
		at.Index = n.From
		switch n.Op {
		case program.OpPackage:
			leaves = append(leaves, at)
		case program.OpScalar:
			switch b.scalars[n.From].(type) {
			case File, Hotfix:
				scalars = append(scalars, at)
			}
		case program.OpTrue, program.OpUnknown, program.OpAll, program.OpAny, program.OpAtLeast, program.OpNot:
		}
	})
	q.LeavesFrom, q.LeavesTo = b.refs(leaves)
	q.ScalarsFrom, q.ScalarsTo = b.refs(scalars)
}

func (b *builder) refs(list []program.Ref) (from, to int32) {
	slices.SortFunc(list, func(x, y program.Ref) int {
		return cmp.Or(cmp.Compare(x.Index, y.Index), cmp.Compare(x.Gate, y.Gate), cmp.Compare(b2i(x.Not), b2i(y.Not)))
	})
	from = int32(len(b.program.Refs))
	b.program.Refs = append(b.program.Refs, slices.Compact(list)...)
	return from, int32(len(b.program.Refs))
}

// walk visits every node below node with the gate that conjunctions put it
// under and whether negations turn it round.
func (b *builder) walk(node int32, at program.Ref, visit func(n program.Node, at program.Ref)) {
	n := b.program.Nodes[node]
	visit(n, at)
	switch n.Op {
	case program.OpNot:
		at.Not = !at.Not
		b.walk(n.From, at, visit)
	case program.OpAll:
		scalars, rest := b.split(node)
		switch {
		case len(rest) == 0 || b.program.Nodes[scalars].Op == program.OpTrue:
		case at.Gate == program.None:
			at.Gate = scalars
		default:
			at.Gate = b.both(at.Gate, scalars)
		}
		for _, kid := range b.program.Kids[n.From:n.To] {
			b.walk(kid, at, visit)
		}
	case program.OpAny, program.OpAtLeast:
		for _, kid := range b.program.Kids[n.From:n.To] {
			b.walk(kid, at, visit)
		}
	case program.OpTrue, program.OpUnknown, program.OpScalar, program.OpPackage:
	}
}
