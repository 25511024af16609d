package sequence

import (
	"cmp"
	"container/heap"
	"slices"

	"github.com/fettle-dev/fettle"
)

// arrange orders the items of one stage: what is required first, then by
// severity, where a patch counts as severe as the worst that waits for it; what
// wants the restart at once goes last. done are the items in force before the
// stage.
func (g *graph) arrange(items []int, done []bool) []int {
	within := make(map[int]bool, len(items))
	for _, i := range items {
		within[i] = true
	}
	sorted := g.byUrgency(items, within, done)
	rank := make(map[int]int, len(items))
	left := make(map[int]int, len(items)) // requirements that the stage itself must meet first
	var ready ranks
	for r, i := range sorted {
		rank[i] = r
		for _, group := range g.needs[i].groups {
			if !g.met(group, done) {
				left[i]++
			}
		}
		if left[i] == 0 {
			ready = append(ready, r) // sorted, so a heap
		}
	}
	order := make([]int, 0, len(items))
	fulfilled := make(map[ask]bool)
	for len(ready) > 0 {
		i := sorted[heap.Pop(&ready).(int)]
		order = append(order, i)
		for _, a := range g.users[i] {
			if !within[a.item] || g.needs[i].restart || fulfilled[a] || g.met(g.needs[a.item].groups[a.group], done) {
				continue
			}
			fulfilled[a] = true
			if left[a.item]--; left[a.item] == 0 {
				heap.Push(&ready, rank[a.item])
			}
		}
	}
	return order
}

// byUrgency sorts the items of a stage by what should come first.
func (g *graph) byUrgency(items []int, within map[int]bool, done []bool) []int {
	urgency := make(map[int]fettle.Severity, len(items))
	var raise func(i int, to fettle.Severity)
	raise = func(i int, to fettle.Severity) {
		if old, ok := urgency[i]; ok && old >= to {
			return
		}
		urgency[i] = to
		for _, group := range g.needs[i].groups {
			for _, u := range group {
				if within[u] && !g.met(group, done) {
					raise(u, to)
				}
			}
		}
	}
	for _, i := range items {
		raise(i, g.items[i].Patch.Severity)
	}
	sorted := slices.Clone(items)
	slices.SortFunc(sorted, func(a, b int) int {
		return cmp.Or(
			order(g.needs[a].last, g.needs[b].last),
			cmp.Compare(urgency[b], urgency[a]),
			g.before(a, b),
		)
	})
	return sorted
}

// order puts false before true.
func order(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	default:
		return 1
	}
}

// met reports whether one of the alternatives is done.
func (g *graph) met(group []int, done []bool) bool {
	return slices.ContainsFunc(group, func(u int) bool { return done[u] })
}

// ranks is a heap of numbers.
type ranks []int

func (r *ranks) Len() int           { return len(*r) }
func (r *ranks) Less(i, j int) bool { return (*r)[i] < (*r)[j] }
func (r *ranks) Swap(i, j int)      { (*r)[i], (*r)[j] = (*r)[j], (*r)[i] }
func (r *ranks) Push(x any)         { *r = append(*r, x.(int)) }
func (r *ranks) Pop() any {
	last := (*r)[len(*r)-1]
	*r = (*r)[:len(*r)-1]
	return last
}
