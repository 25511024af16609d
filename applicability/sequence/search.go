package sequence

import (
	"cmp"
	"crypto/sha256"
	"slices"
)

// stage is a run of items between two restarts.
type stage struct {
	items   []int
	restart bool // the host restarts behind it
	pending bool // the restart was due before
}

// found is the outcome of a search.
type found struct {
	stages   []stage
	restarts int
	proven   bool // no order of these items needs fewer
	atLeast  int
}

// search orders the chosen items. Everything that shares its stage with others
// goes in as early as it can, which never costs a restart; what is left to try
// out is which of the items that claim a stage's end, or a whole stage, comes
// first.
func (g *graph) search(chosen []bool, effort *int) found {
	s := &searcher{graph: g, chosen: chosen, effort: effort, seen: make(map[[sha256.Size]byte]int), tail: g.tails(chosen)}
	start := s.start()
	s.least = s.bound(start)
	s.walk(start)
	s.best.proven = !s.cut || s.best.restarts == s.least
	return s.best
}

type searcher struct {
	*graph

	chosen []bool
	tail   []int // by item: restarts from it on, along what must wait for it
	least  int   // no order has fewer restarts
	effort *int  // stages that may still be tried
	cut    bool  // the effort did not do
	any    bool  // best is set
	best   found
	seen   map[[sha256.Size]byte]int // restarts spent, by what is installed
}

// progress is how far an order has come; it always stands behind a restart or
// at the beginning.
type progress struct {
	installed []bool
	done      []bool // and in force
	left      []int  // by item: requirements that are not met
	met       []bool // by ask
	ready     []int  // chosen, not installed, all requirements met
	stages    []stage
	restarts  int
	due       bool // a restart was pending at the beginning and has not come yet
	locked    bool // and nothing may be installed before it
}

func (s *searcher) start() *progress {
	n := len(s.items)
	p := &progress{installed: make([]bool, n), done: make([]bool, n), left: make([]int, n), met: make([]bool, s.asks)}
	for i, item := range s.items {
		p.left[i] = len(s.needs[i].groups)
		if item.State == Pending {
			p.installed[i], p.due = true, true
			p.locked = p.locked || s.needs[i].last || s.needs[i].exclusive
		}
		if s.chosen[i] && p.left[i] == 0 {
			p.ready = append(p.ready, i)
		}
	}
	return p
}

func (p *progress) clone() *progress {
	q := *p
	q.installed, q.done, q.left = slices.Clone(p.installed), slices.Clone(p.done), slices.Clone(p.left)
	q.met, q.ready, q.stages = slices.Clone(p.met), slices.Clone(p.ready), slices.Clone(p.stages)
	return &q
}

// finish marks an item as in force, and what it was required for.
func (s *searcher) finish(p *progress, i int) {
	p.done[i] = true
	for _, a := range s.users[i] {
		if p.met[a.number] {
			continue
		}
		p.met[a.number] = true
		if p.left[a.item]--; p.left[a.item] == 0 && s.chosen[a.item] {
			p.ready = append(p.ready, a.item)
		}
	}
}

// take removes the ready items that are wanted now and marks them installed;
// those that need no restart are in force.
func (s *searcher) take(p *progress, wanted func(i int) bool) []int {
	var taken []int
	p.ready = slices.DeleteFunc(p.ready, func(i int) bool {
		if wanted(i) {
			taken = append(taken, i)
		}
		return wanted(i)
	})
	for _, i := range taken {
		p.installed[i] = true
		if !s.needs[i].restart {
			s.finish(p, i)
		}
	}
	return taken
}

// free installs all that costs no restart and returns what is in the stage that
// is still open: it can share it with others.
func (s *searcher) free(p *progress) (open []int) {
	if p.locked {
		return nil
	}
	for {
		more := s.take(p, func(i int) bool { return !s.needs[i].restart && !s.needs[i].exclusive })
		open = append(open, more...)
		if len(more) > 0 {
			continue
		}
		alone := s.first(p.ready, func(i int) bool { return !s.needs[i].restart })
		if alone < 0 || p.due {
			return open
		}
		s.close(p, open)
		open = nil
		s.close(p, s.take(p, func(i int) bool { return i == alone }))
	}
}

// close ends a stage without a restart.
func (s *searcher) close(p *progress, open []int) {
	if len(open) > 0 {
		p.stages = append(p.stages, stage{items: open})
	}
}

// first returns the item that comes first of those for which keep holds, -1
// where there is none.
func (s *searcher) first(items []int, keep func(i int) bool) int {
	best := -1
	for _, i := range items {
		if keep(i) && (best < 0 || s.prefer(i, best) < 0) {
			best = i
		}
	}
	return best
}

// prefer puts first what most restarts have to wait for.
func (s *searcher) prefer(a, b int) int {
	return cmp.Or(cmp.Compare(s.tail[b], s.tail[a]), s.before(a, b))
}

// move is what the next stage with a restart is given to.
type move struct {
	item  int  // the one that ends it or has it alone; -1: none
	alone bool // it has it alone
}

// moves returns what can be tried next, the most promising first; none: all is
// installed and in force.
func (s *searcher) moves(p *progress) []move {
	var all []move
	shared := p.due
	for _, i := range p.ready {
		switch n := s.needs[i]; {
		case p.locked, n.exclusive && p.due, !n.restart:
		case n.exclusive:
			all = append(all, move{i, true})
		case n.last:
			all = append(all, move{i, false})
		default:
			shared = true
		}
	}
	ends := slices.ContainsFunc(all, func(m move) bool { return !m.alone })
	slices.SortFunc(all, func(a, b move) int { return s.prefer(a.item, b.item) })
	if shared && !ends {
		all = append([]move{{-1, false}}, all...)
	}
	return all
}

// make installs a stage that ends with a restart.
func (s *searcher) make(p *progress, open []int, m move) {
	if m.alone {
		s.close(p, open)
		open = nil
	}
	open = append(open, s.take(p, func(i int) bool {
		n := s.needs[i]
		return i == m.item || !m.alone && !p.locked && n.restart && !n.exclusive && !n.last
	})...)
	p.stages = append(p.stages, stage{items: open, restart: true, pending: p.due})
	p.restarts++
	if p.due {
		for i, item := range s.items {
			if item.State == Pending {
				s.finish(p, i)
			}
		}
	}
	p.due, p.locked = false, false
	for _, i := range open {
		if s.needs[i].restart {
			s.finish(p, i)
		}
	}
}

// walk tries the orders that begin with p, which it changes.
func (s *searcher) walk(p *progress) {
	for {
		if s.any && (s.best.restarts == s.least || p.restarts+s.rest(p) >= s.best.restarts) {
			return
		}
		*s.effort--
		if s.any && *s.effort < 0 {
			s.cut = true
			return
		}
		open := s.free(p)
		all := s.moves(p)
		switch len(all) {
		case 0:
			s.close(p, open)
			if !s.any || p.restarts < s.best.restarts {
				s.any, s.best = true, found{stages: p.stages, restarts: p.restarts}
			}
			return
		case 1:
			s.make(p, open, all[0])
			continue
		}
		if s.known(p) {
			return
		}
		for _, m := range all {
			if s.any && (*s.effort <= 0 || s.best.restarts == s.least) {
				s.cut = s.best.restarts != s.least
				return
			}
			q := p.clone()
			s.make(q, slices.Clone(open), m)
			s.walk(q)
		}
		return
	}
}

// known reports whether this was reached before with no more restarts.
func (s *searcher) known(p *progress) bool {
	bits := make([]byte, len(p.installed))
	for i, b := range p.installed {
		if b {
			bits[i] = 1
		}
	}
	key := sha256.Sum256(bits)
	spent, ok := s.seen[key]
	if ok && spent <= p.restarts {
		return true
	}
	s.seen[key] = p.restarts
	return false
}

// bound is a number of restarts that no order beginning with p goes below.
func (s *searcher) bound(p *progress) int { return p.restarts + s.rest(p) }

// rest is a number of restarts that are still to come at least: along the
// longest chain, and one for each item that shares its stage's end with none.
func (s *searcher) rest(p *progress) int {
	chain, alone, last, some := 0, 0, 0, 0
	if p.due {
		some = 1
	}
	for i, n := range s.needs {
		if !s.chosen[i] || p.installed[i] {
			continue
		}
		chain = max(chain, s.tail[i])
		switch {
		case !n.restart:
		case n.exclusive:
			alone++
		case n.last:
			last++
		default:
			some = 1
		}
	}
	return max(chain, alone+max(last, some))
}

// tails returns for each chosen item the restarts from it on along the longest
// chain of items each of which is the only one chosen that the next can use.
func (g *graph) tails(chosen []bool) []int {
	tail := make([]int, len(g.items))
	state := make([]uint8, len(g.items)) // 0 unvisited, 1 open, 2 settled
	var visit func(i int) int
	visit = func(i int) int {
		if state[i] != 0 {
			return tail[i]
		}
		state[i] = 1
		longest := 0
		for _, a := range g.users[i] {
			only := chosen[a.item] && !slices.ContainsFunc(g.needs[a.item].groups[a.group], func(u int) bool {
				return u != i && (chosen[u] || g.items[u].State == Pending)
			})
			if only {
				longest = max(longest, visit(a.item))
			}
		}
		if g.needs[i].restart {
			longest++
		}
		tail[i], state[i] = longest, 2
		return longest
	}
	for i := range g.items {
		if chosen[i] {
			visit(i)
		}
	}
	return tail
}
