package fleet

import (
	"slices"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/applicability"
	"github.com/fettle-dev/fettle/internal/program"
)

// units are the sets of patches whose verdicts depend on one another, which are
// judged together.
type units struct {
	first   []int32           // by patch: the first patch of its unit
	members map[int32][]int32 // by first patch, ascending; only where there are several
	related []bool            // by patch: its verdict may depend on more than its own truths
}

// unitsOf joins the patches that name one another, directly or through patches
// that the catalogue has not. It may join more than the verdicts need.
func unitsOf(c *applicability.Catalog) units {
	n := c.Len()
	u := units{first: make([]int32, n), members: map[int32][]int32{}, related: make([]bool, n)}
	parent := make([]int32, n)
	for i := range parent {
		parent[i] = int32(i)
	}
	find := func(i int32) int32 {
		for parent[i] != i {
			parent[i] = parent[parent[i]]
			i = parent[i]
		}
		return i
	}
	gone := map[fettle.PatchID]int32{} // of what the catalogue has not: who named it first
	join := func(i int32, ids []fettle.PatchID) {
		for _, id := range ids {
			u.related[i] = true
			other, ok := c.Find(id)
			if !ok {
				if first, named := gone[id]; named {
					other = int(first)
				} else {
					gone[id], other = i, int(i)
				}
			}
			u.related[other] = true
			a, b := find(i), find(int32(other))
			parent[max(a, b)] = min(a, b)
		}
	}
	for i := range n {
		p := c.Patch(i)
		join(int32(i), p.Supersedes)
		join(int32(i), p.Conflicts)
		for _, alternatives := range p.Requires {
			join(int32(i), alternatives)
		}
		u.related[i] = u.related[i] || p.State == applicability.Withdrawn
	}
	for i := range n {
		first := find(int32(i))
		u.first[i] = first
		if int(first) != i {
			if len(u.members[first]) == 0 {
				u.members[first] = []int32{first}
			}
			u.members[first] = append(u.members[first], int32(i))
		}
	}
	return u
}

// of returns the members of a patch's unit. buffer is scratch space.
func (u *units) of(patch int32, buffer []int32) []int32 {
	if list := u.members[u.first[patch]]; list != nil {
		return list
	}
	return append(buffer[:0], patch)
}

// reading is what a unit's footprints read.
type reading struct {
	keys    []int32 // ascending
	scalars []int32 // ascending
	free    bool    // some member is led to by no key
}

func (r *reading) same(o *reading) bool {
	return slices.Equal(r.keys, o.keys) && slices.Equal(r.scalars, o.scalars)
}

// read collects what patches read.
func (x *lexicon) read(patches []int32) *reading {
	r := &reading{}
	seen := map[int32]bool{}
	for _, i := range patches {
		q := &x.program.Patches[i]
		for _, node := range []int32{q.Target, q.Installed, q.Active, q.Unfixed} {
			x.readNode(node, seen, r)
		}
		for at := x.termFrom[i]; at < x.termFrom[i+1]; at++ {
			r.keys = append(r.keys, x.groupKey[x.terms[at].group])
			x.readNode(x.program.Gates[x.program.Groups[x.terms[at].group].Gate], seen, r)
		}
		for _, ref := range x.program.Refs[q.LeavesFrom:q.LeavesTo] {
			x.readNode(ref.Gate, seen, r)
		}
		r.free = r.free || x.free[i] != program.None
	}
	slices.Sort(r.keys)
	slices.Sort(r.scalars)
	r.keys, r.scalars = slices.Compact(r.keys), slices.Compact(r.scalars)
	return r
}

func (x *lexicon) readNode(node int32, seen map[int32]bool, r *reading) {
	if node == program.None || seen[node] {
		return
	}
	seen[node] = true
	n := x.program.Nodes[node]
	switch n.Op {
	case program.OpPackage:
		r.keys = append(r.keys, x.program.Leaves[n.From].Key)
	case program.OpScalar:
		r.scalars = append(r.scalars, n.From)
	case program.OpNot:
		x.readNode(n.From, seen, r)
	case program.OpAll, program.OpAny, program.OpAtLeast:
		for _, kid := range x.program.Kids[n.From:n.To] {
			x.readNode(kid, seen, r)
		}
	case program.OpTrue, program.OpUnknown:
	}
}
