package applicability

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle"
)

// relations are who supersedes, requires and excludes whom, by index. Patches
// that are only named have indices beyond those of the catalogue: tombstones,
// through which chains go on.
type relations struct {
	supersededBy [][]int32 // by index, tombstones too
	requires     [][][]int32
	conflicts    [][]int32 // both directions
	related      []bool    // by patch: its verdict depends on others
	any          bool
}

// relate builds the relations and reports what is odd about them. Supersedence
// within a circle is left out: neither takes the other's place.
func (b *builder) relate() {
	n := len(b.patches)
	r := &b.relation
	supersedes := make([][]int32, n)
	for i := range b.patches {
		p := &b.patches[i]
		supersedes[i] = b.indices(p.Supersedes)
		b.indices(p.Bundle)
		for _, any := range p.Requires {
			b.indices(any)
		}
		b.indices(p.Conflicts)
	}
	total := len(b.ids)
	r.supersededBy = make([][]int32, total)
	r.requires, r.conflicts, r.related = make([][][]int32, n), make([][]int32, n), make([]bool, n)
	circle := b.circles(supersedes, "supersedes")
	for i, olds := range supersedes {
		for _, old := range olds {
			if int(old) < n && circle[old] == circle[i] && circle[i] != 0 {
				continue
			}
			r.supersededBy[old] = append(r.supersededBy[old], int32(i))
			if int(old) < n {
				r.related[old] = true
			}
		}
	}
	for i := range b.patches {
		b.relateOthers(int32(i))
	}
	b.reportRequireCircles()
	r.any = slices.Contains(r.related, true)
}

func (b *builder) relateOthers(i int32) {
	p, r := &b.patches[i], &b.relation
	for _, any := range p.Requires {
		if len(any) == 0 {
			continue // CheckPatch refused the patch for it
		}
		r.requires[i] = append(r.requires[i], b.indices(any))
		r.related[i] = true
	}
	for _, other := range b.indices(p.Conflicts) {
		if int(other) >= len(b.patches) {
			continue // what is not in the catalogue cannot be seen here
		}
		r.conflicts[i] = append(r.conflicts[i], other)
		r.conflicts[other] = append(r.conflicts[other], i)
		r.related[i], r.related[other] = true, true
	}
}

// indices returns the indices of ids, making tombstones where they are needed.
func (b *builder) indices(ids []fettle.PatchID) []int32 {
	out := make([]int32, 0, len(ids))
	for _, id := range ids {
		i, ok := b.index[id]
		if !ok {
			i = int32(len(b.ids))
			b.ids = append(b.ids, id)
			b.index[id] = i
		}
		out = append(out, i)
	}
	return out
}

func (b *builder) reportRequireCircles() {
	edges := make([][]int32, len(b.patches))
	for i, all := range b.relation.requires {
		for _, any := range all {
			if len(any) == 1 { // an alternative may lead out of the circle
				edges[i] = append(edges[i], any[0])
			}
		}
	}
	b.circles(edges, "requires")
}

// circles finds the circles of a relation and reports each once, at its first
// patch. It returns the number of the circle that each patch is in, 0: none.
// The search keeps its own stack, because chains are as long as vendors like.
func (b *builder) circles(edges [][]int32, field string) []int32 {
	n := len(edges)
	s := tarjan{edges: edges, index: make([]int32, n), low: make([]int32, n), on: make([]bool, n), circle: make([]int32, n)}
	for i := range n {
		if s.index[i] == 0 {
			s.search(int32(i))
		}
	}
	for _, members := range s.found {
		slices.Sort(members)
		var names []string
		for _, m := range members[:min(len(members), 8)] {
			names = append(names, string(b.ids[m]))
		}
		if len(members) > 8 {
			names = append(names, fmt.Sprintf("and %d more", len(members)-8))
		}
		b.report(members[0], field, false, fmt.Errorf("%w: %s", ErrCycle, strings.Join(names, ", ")))
	}
	return s.circle
}

// tarjan finds strongly connected components (R. Tarjan, Depth-first search and
// linear graph algorithms, 1972).
type tarjan struct {
	edges      [][]int32
	index, low []int32 // from 1; 0: not seen
	on         []bool
	stack      []int32
	next       int32
	circle     []int32
	found      [][]int32
}

func (s *tarjan) search(root int32) {
	type frame struct {
		node int32
		edge int
	}
	frames := []frame{{node: root}}
	s.enter(root)
	for len(frames) > 0 {
		top := &frames[len(frames)-1]
		if top.edge < len(s.edges[top.node]) {
			to := s.edges[top.node][top.edge]
			top.edge++
			switch {
			case int(to) >= len(s.edges):
			case s.index[to] == 0:
				s.enter(to)
				frames = append(frames, frame{node: to})
			case s.on[to]:
				s.low[top.node] = min(s.low[top.node], s.index[to])
			}
			continue
		}
		node := top.node
		frames = frames[:len(frames)-1]
		if len(frames) > 0 {
			parent := frames[len(frames)-1].node
			s.low[parent] = min(s.low[parent], s.low[node])
		}
		if s.low[node] == s.index[node] {
			s.leave(node)
		}
	}
}

func (s *tarjan) enter(node int32) {
	s.next++
	s.index[node], s.low[node], s.on[node] = s.next, s.next, true
	s.stack = append(s.stack, node)
}

func (s *tarjan) leave(root int32) {
	i := len(s.stack) - 1
	for s.stack[i] != root { // from the end: chains are long
		i--
	}
	members := slices.Clone(s.stack[i:])
	s.stack = s.stack[:i]
	for _, m := range members {
		s.on[m] = false
	}
	if len(members) > 1 {
		s.found = append(s.found, members)
		for _, m := range members {
			s.circle[m] = int32(len(s.found))
		}
	}
}
