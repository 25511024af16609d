package sequence

import (
	"cmp"
	"fmt"
	"math/bits"
	"slices"
)

// draw settles which available items are drawn in, and orders what is to be
// installed. Few candidates are all tried; of many, each requirement takes the
// alternative that can be had after the fewest restarts. Where they conflict
// among each other so that no choice will do, clash are some to do without.
func (g *graph) draw(pairs [][]int, effort int) (best found, clash []int, err error) {
	const few = 8
	reach := g.reach(g.usable)
	pool := g.candidates(reach)
	least := g.floor(reach)
	choices := [][]bool{g.cheapest(reach)}
	if len(pool) <= few {
		choices = g.choices(pool)
	}
	tried, proven := false, len(pool) <= few
	for _, chosen := range choices {
		if conflicting(chosen, pairs) || !g.complete(chosen) {
			continue
		}
		f := g.search(chosen, &effort)
		proven = proven && f.proven
		if !tried || f.restarts < best.restarts {
			best = f
		}
		tried = true
	}
	best.proven = proven || best.restarts == least
	best.atLeast = best.restarts
	if !best.proven {
		best.atLeast = least
	}
	if tried {
		return best, nil, nil
	}
	if clash = clashing(pool, pairs, len(pool) <= few); len(clash) == 0 {
		return best, nil, fmt.Errorf("sequence: impossible: %d items can be installed and have no order", len(g.items))
	}
	return best, clash, nil
}

// clashing returns those of the pool that conflict with one before them: all,
// or only the last where there is time to look again.
func clashing(pool []int, pairs [][]int, one bool) []int {
	kept := make(map[int]bool)
	var out []int
	for _, i := range pool {
		if slices.ContainsFunc(pairs[i], func(j int) bool { return kept[j] }) {
			out = append(out, i)
			continue
		}
		kept[i] = true
	}
	if one && len(out) > 0 {
		return out[len(out)-1:]
	}
	return out
}

// choices returns the wanted items with each subset of the pool, small subsets
// first.
func (g *graph) choices(pool []int) [][]bool {
	subsets := make([]int, 1<<len(pool))
	for i := range subsets {
		subsets[i] = i
	}
	slices.SortStableFunc(subsets, func(a, b int) int {
		return cmp.Compare(bits.OnesCount(uint(a)), bits.OnesCount(uint(b)))
	})
	choices := make([][]bool, len(subsets))
	for n, subset := range subsets {
		chosen := make([]bool, len(g.items))
		for i := range g.items {
			chosen[i] = g.wanted(i)
		}
		for k, i := range pool {
			chosen[i] = subset>>k&1 == 1
		}
		choices[n] = chosen
	}
	return choices
}

// wanted reports whether item i is to be installed in any case.
func (g *graph) wanted(i int) bool { return g.items[i].State == Wanted && !g.out[i] }

// candidates are the available items that a wanted one can come to require.
func (g *graph) candidates(reach reached) []int {
	seen := make([]bool, len(g.items))
	var pool, queue []int
	for i := range g.items {
		if g.wanted(i) {
			seen[i] = true
			queue = append(queue, i)
		}
	}
	for ; len(queue) > 0; queue = queue[1:] {
		for _, group := range g.needs[queue[0]].groups {
			for _, u := range group {
				if seen[u] || !reach.has(u) || g.items[u].State == Pending {
					continue
				}
				seen[u] = true
				queue = append(queue, u)
				if g.items[u].State == Available {
					pool = append(pool, u)
				}
			}
		}
	}
	slices.SortFunc(pool, g.before)
	return pool
}

// cheapest closes the wanted items under their requirements. Only what can be
// had before an item counts as its requirement, so nothing goes in a circle.
func (g *graph) cheapest(reach reached) []bool {
	chosen := make([]bool, len(g.items))
	var queue []int
	add := func(i int) {
		if !chosen[i] && g.items[i].State != Pending {
			chosen[i] = true
			queue = append(queue, i)
		}
	}
	for i := range g.items {
		if g.wanted(i) {
			add(i)
		}
	}
	for ; len(queue) > 0; queue = queue[1:] {
		for _, group := range g.needs[queue[0]].groups {
			before := slices.DeleteFunc(slices.Clone(group), func(u int) bool {
				return !reach.has(u) || reach.rank[u] > reach.rank[queue[0]]
			})
			add(slices.MinFunc(before, func(a, b int) int {
				return cmp.Or(cmp.Compare(reach.restarts[a], reach.restarts[b]), order(!chosen[a], !chosen[b]), g.before(a, b))
			}))
		}
	}
	return chosen
}

// complete reports whether the chosen items can be installed with nothing else.
func (g *graph) complete(chosen []bool) bool {
	reach := g.reach(func(i int) bool { return chosen[i] })
	return all(chosen, reach.has)
}

func all(chosen []bool, holds func(i int) bool) bool {
	for i, c := range chosen {
		if c && !holds(i) {
			return false
		}
	}
	return true
}

func conflicting(chosen []bool, pairs [][]int) bool {
	return !all(chosen, func(i int) bool {
		return !slices.ContainsFunc(pairs[i], func(j int) bool { return chosen[j] })
	})
}

// floor is a number of restarts that no order of the wanted items goes below:
// the longest chain, and a stage for each item that shares none.
func (g *graph) floor(reach reached) int {
	least, alone, last, some := 0, 0, 0, 0
	for i, item := range g.items {
		if item.State != Pending && !g.wanted(i) {
			continue
		}
		least = max(least, reach.restarts[i])
		n := g.needs[i]
		switch {
		case !n.restart:
		case item.State == Pending:
			some = 1
		case n.exclusive:
			alone++
		case n.last:
			last++
		default:
			some = 1
		}
	}
	return max(least, alone+max(last, some))
}
