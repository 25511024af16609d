package sequence

import (
	"slices"
	"strings"

	"github.com/fettle-dev/fettle"
)

// leaveOut takes those wanted items out of the graph that cannot be installed
// together with the others, and says why.
func (g *graph) leaveOut(pairs [][]int) map[int]fettle.Reason {
	left := make(map[int]fettle.Reason)
	drop := func(i int, code string, by int) {
		g.out[i] = true
		if g.items[i].State == Wanted {
			left[i] = fettle.Reason{Code: code, Args: map[string]string{"by": string(g.id(by))}}
		}
	}
	for i := range g.items {
		if g.out[i] {
			continue
		}
		for _, j := range pairs[i] {
			if s := g.items[j].State; (s == Installed || s == Pending) && !g.out[i] {
				drop(i, CodeConflict, j)
			}
		}
	}
	reach := g.reach(g.usable)
	for again := true; again; {
		again = g.dropConflicting(reach, pairs, drop) || g.dropBundled(reach, drop)
		if again {
			reach = g.reach(g.usable)
		}
	}
	g.prune(left)
	return left
}

// prune leaves out what cannot be reached.
func (g *graph) prune(left map[int]fettle.Reason) {
	reach := g.reach(g.usable)
	g.explain(reach, left)
	for i := range g.items {
		g.out[i] = g.out[i] || !reach.has(i)
	}
}

func (g *graph) usable(i int) bool { return !g.out[i] }

// dropConflicting drops, of the installable items that conflict, those that
// come behind another, and everything that conflicts with a wanted one and is
// only available.
func (g *graph) dropConflicting(reach reached, pairs [][]int, drop func(i int, code string, by int)) (dropped bool) {
	var wanted []int
	for i := range g.items {
		if g.items[i].State == Wanted && reach.has(i) && len(pairs[i]) > 0 && !g.out[i] {
			wanted = append(wanted, i)
		}
	}
	slices.SortFunc(wanted, g.before)
	for _, i := range wanted {
		if g.out[i] {
			continue
		}
		for _, j := range pairs[i] {
			if !g.out[j] && reach.has(j) {
				drop(j, CodeConflict, i)
				dropped = true
			}
		}
	}
	return dropped
}

// dropBundled drops the parts of what is installed as a whole.
func (g *graph) dropBundled(reach reached, drop func(i int, code string, by int)) (dropped bool) {
	for i, item := range g.items {
		if item.State != Wanted || !reach.has(i) || g.out[i] {
			continue
		}
		for _, id := range item.Patch.Bundle {
			if j, ok := g.byID[id]; ok && j != i && !g.out[j] {
				drop(j, CodeBundled, i)
				dropped = true
			}
		}
	}
	return dropped
}

// explain says of each wanted item that cannot be reached what it lacks.
func (g *graph) explain(reach reached, left map[int]fettle.Reason) {
	circles := g.circles(reach)
	for i, item := range g.items {
		if item.State != Wanted || g.out[i] || reach.has(i) {
			continue
		}
		args := map[string]string{}
		left[i] = fettle.Reason{Code: CodeMissing, Args: args}
		if circle := circles[i]; len(circle) > 1 {
			left[i] = fettle.Reason{Code: CodeCycle, Args: args}
			var others []string
			for _, j := range circle {
				if j != i {
					others = append(others, string(g.id(j)))
				}
			}
			slices.Sort(others)
			args["by"] = strings.Join(others, ", ")
			continue
		}
		for n, group := range g.needs[i].groups {
			if !slices.ContainsFunc(group, func(u int) bool { return reach.has(u) }) {
				args["requires"] = words(item.Patch.Requires[g.needs[i].required[n]])
				break
			}
		}
	}
}

// circles returns for each unreachable item those that it requires and that
// require it in turn, itself among them (Tarjan's strongly connected
// components).
func (g *graph) circles(reach reached) map[int][]int {
	found := make(map[int][]int)
	index, low := make(map[int]int), make(map[int]int)
	onStack := make(map[int]bool)
	var stack []int
	var visit func(v int)
	visit = func(v int) {
		index[v] = len(index)
		low[v] = index[v]
		stack = append(stack, v)
		onStack[v] = true
		for _, group := range g.needs[v].groups {
			for _, u := range group {
				if reach.has(u) || g.out[u] {
					continue
				}
				if _, seen := index[u]; !seen {
					visit(u)
					low[v] = min(low[v], low[u])
				} else if onStack[u] {
					low[v] = min(low[v], index[u])
				}
			}
		}
		if low[v] != index[v] {
			return
		}
		at := slices.Index(stack, v)
		circle := slices.Clone(stack[at:])
		stack = stack[:at]
		for _, u := range circle {
			onStack[u] = false
			found[u] = circle
		}
	}
	for i := range g.items {
		if _, seen := index[i]; !seen && !reach.has(i) && !g.out[i] {
			visit(i)
		}
	}
	return found
}
