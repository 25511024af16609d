package sequence

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle"
)

// graph is the items with what they require of each other, by index.
type graph struct {
	items []Item
	byID  map[fettle.PatchID]int
	needs []need  // by item
	out   []bool  // by item: not to be installed
	users [][]ask // by item: whose requirements it can meet
	asks  int     // how many requirements there are
}

// need is what decides where an item can stand.
type need struct {
	groups    [][]int // requirements that are not met from the start: each the items that meet it
	required  []int   // by group, which of the patch's Requires it is
	restart   bool    // in force only after a restart of the host
	assumed   bool    // restart, because nothing is said
	last      bool    // the restart comes before anything else
	exclusive bool
}

// ask is one requirement: group of item, numbered through all of them.
type ask struct{ item, group, number int }

func newGraph(items []Item, o *Options) (*graph, error) {
	g := &graph{
		items: items, byID: make(map[fettle.PatchID]int, len(items)),
		needs: make([]need, len(items)), out: make([]bool, len(items)), users: make([][]ask, len(items)),
	}
	if len(items) > MaxItems {
		return nil, fmt.Errorf("%w: %d items, at most %d", ErrItems, len(items), MaxItems)
	}
	for i, item := range items {
		if item.Patch == nil || item.Patch.ID == "" || item.State > Pending {
			return nil, fmt.Errorf("%w: item %d: want a patch with an ID and one of the states", ErrItems, i)
		}
		if old, ok := g.byID[item.Patch.ID]; ok {
			return nil, fmt.Errorf("%w: items %d and %d are both %s", ErrItems, old, i, item.Patch.ID)
		}
		g.byID[item.Patch.ID] = i
	}
	g.sort()
	holders := g.holders()
	for i := range items {
		g.needs[i] = g.need(i, holders, o)
		g.out[i] = g.items[i].State != Wanted && g.items[i].State != Available
	}
	for i := range items {
		for n, group := range g.needs[i].groups {
			for _, u := range group {
				g.users[u] = append(g.users[u], ask{i, n, g.asks})
			}
			g.asks++
		}
	}
	return g, nil
}

// sort brings the items into the order of their IDs, so that the order in which
// they were given does not matter.
func (g *graph) sort() {
	g.items = slices.Clone(g.items)
	slices.SortFunc(g.items, func(a, b Item) int { return cmp.Compare(a.Patch.ID, b.Patch.ID) })
	for i := range g.items {
		g.byID[g.id(i)] = i
	}
}

func (g *graph) id(i int) fettle.PatchID { return g.items[i].Patch.ID }

// holders maps a patch to the patches that replace or contain it, one step up.
func (g *graph) holders() map[fettle.PatchID][]int {
	up := make(map[fettle.PatchID][]int)
	for i, item := range g.items {
		for _, ids := range [][]fettle.PatchID{item.Patch.Aliases, item.Patch.Supersedes, item.Patch.Bundle} {
			for _, id := range ids {
				up[id] = append(up[id], i)
			}
		}
	}
	return up
}

// standIns returns the items that have id on the host once they are
// installed: the patch itself, what replaces it and what contains it.
func (g *graph) standIns(id fettle.PatchID, holders map[fettle.PatchID][]int) []int {
	var found []int
	if i, ok := g.byID[id]; ok {
		found = append(found, i)
	}
	seen := map[fettle.PatchID]bool{id: true}
	for queue := []fettle.PatchID{id}; len(queue) > 0; queue = queue[1:] {
		for _, i := range holders[queue[0]] {
			if !seen[g.id(i)] {
				seen[g.id(i)] = true
				found = append(found, i)
				queue = append(queue, g.id(i))
			}
		}
	}
	return found
}

func (g *graph) need(i int, holders map[fettle.PatchID][]int, o *Options) need {
	p := g.items[i].Patch
	restart := p.Restart
	if restart == fettle.RestartUnknown {
		restart = o.Unknown
	}
	n := need{
		restart: restart >= fettle.RestartHost, assumed: p.Restart == fettle.RestartUnknown,
		last: restart == fettle.RestartHostBeforeNext, exclusive: p.Exclusive,
	}
	if g.items[i].State == Pending {
		n.restart, n.assumed = true, false
		return n // what it requires was met when it went in
	}
	for k, alternatives := range p.Requires {
		var group []int
		met := false
		for _, id := range alternatives {
			met = met || slices.Contains(p.Bundle, id) // it brings it along
			for _, u := range g.standIns(id, holders) {
				met = met || g.items[u].State == Installed
				if u != i && !slices.Contains(group, u) && g.items[u].State != Unavailable {
					group = append(group, u)
				}
			}
		}
		if !met {
			n.groups = append(n.groups, group)
			n.required = append(n.required, k)
		}
	}
	return n
}

// before orders items by what should come first: severity, then ID.
func (g *graph) before(a, b int) int {
	return cmp.Or(
		cmp.Compare(g.items[b].Patch.Severity, g.items[a].Patch.Severity),
		cmp.Compare(g.id(a), g.id(b)),
	)
}

// reached says of each item how many restarts come, at the least, before it is
// in force (-1: it cannot be installed), and when in turn it was found.
type reached struct{ restarts, rank []int }

func (r reached) has(i int) bool { return r.restarts[i] >= 0 }

// reach looks what can be installed, were nothing exclusive and every usable
// item free to be drawn in. It is the least solution of
//
//	reach(v) = max over requirements of (min over alternatives of reach(u)) + [v needs a restart]
//
// found in growing order, so in linear time.
func (g *graph) reach(usable func(i int) bool) reached {
	r := reached{restarts: make([]int, len(g.items)), rank: make([]int, len(g.items))}
	left := make([]int, len(g.items))
	met := make([]bool, g.asks)
	before := make([]int, len(g.items)) // restarts before it can be installed
	var buckets [][]int                 // by restarts before it is in force
	settle := func(i int) {
		at := before[i]
		if g.needs[i].restart {
			at++
		}
		for len(buckets) <= at {
			buckets = append(buckets, nil)
		}
		buckets[at] = append(buckets[at], i)
	}
	for i := range g.items {
		r.restarts[i] = -1
		left[i] = len(g.needs[i].groups)
		if left[i] == 0 && (g.items[i].State == Pending || usable(i)) {
			settle(i)
		}
	}
	rank := 0
	for at := 0; at < len(buckets); at++ {
		for n := 0; n < len(buckets[at]); n++ { // both grow while they are walked
			u := buckets[at][n]
			rank++
			r.restarts[u], r.rank[u] = at, rank
			for _, a := range g.users[u] {
				if met[a.number] {
					continue
				}
				met[a.number] = true
				before[a.item] = max(before[a.item], at)
				if left[a.item]--; left[a.item] == 0 && usable(a.item) {
					settle(a.item)
				}
			}
		}
	}
	return r
}

// conflicts returns the pairs of items that exclude each other, by item.
func (g *graph) conflicts() [][]int {
	pairs := make([][]int, len(g.items))
	for i, item := range g.items {
		for _, id := range item.Patch.Conflicts {
			if j, ok := g.byID[id]; ok && j != i {
				pairs[i] = append(pairs[i], j)
				pairs[j] = append(pairs[j], i)
			}
		}
	}
	return pairs
}

func words(p []fettle.PatchID) string {
	s := make([]string, len(p))
	for i, id := range p {
		s[i] = string(id)
	}
	return strings.Join(s, " or ")
}
