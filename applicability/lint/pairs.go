package lint

import (
	"slices"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/applicability"
)

// claim is what a patch's Installed demands of one subject, whatever else it
// says.
type claim struct {
	patch int
	above bool // it bounds the versions from above, or names them
}

// pairs compares patches that speak of one thing.
func (l *linter) pairs() {
	claims := map[subjectID][]claim{}
	var order []subjectID
	names := map[subjectID]string{}
	for i := range l.facts {
		if l.bad[i] {
			continue
		}
		mine := map[subjectID]int{}
		l.facts[i].installed.demands(func(lit *literal) {
			id := lit.subject.id()
			if gate(lit.subject.kind) {
				return
			}
			at, seen := mine[id]
			if !seen {
				if len(claims[id]) == 0 {
					order, names[id] = append(order, id), lit.subject.String()
				}
				at = len(claims[id])
				mine[id] = at
				claims[id] = append(claims[id], claim{patch: i})
			}
			claims[id][at].above = claims[id][at].above || lit.boundsAbove()
		})
	}
	for _, id := range order {
		l.fights(names[id], claims[id])
	}
	for i := range l.facts {
		if !l.bad[i] {
			l.prerequisites(i, claims)
		}
	}
}

// gate reports whether a kind says which hosts are meant rather than what is on
// them.
func gate(kind string) bool {
	return kind == kindOS || kind == kindHost || kind == kindLabel || kind == kindKernel
}

// demands yields the literals that have to hold whenever f does.
func (f *formula) demands(yield func(*literal)) {
	switch {
	case f.op == opLit:
		yield(&f.lit)
	case f.op == opAnd, f.op == opOr && len(f.kids) == 1:
		for _, kid := range f.kids {
			kid.demands(yield)
		}
	}
}

// boundsAbove reports whether a literal keeps values from being arbitrarily
// high.
func (l *literal) boundsAbove() bool {
	bounded := false
	for i := range l.tests {
		t := &l.tests[i]
		if t.ranges == nil {
			bounded = bounded || !filterDetail(t.detail) && !l.forbid
			continue
		}
		open := slices.ContainsFunc(t.ranges, func(v applicability.Interval) bool { return v.High == "" })
		bounded = bounded || open == (t.not != l.forbid)
	}
	return bounded
}

// filterDetail reports whether a detail tells instances apart rather than
// changing on them.
func filterDetail(name string) bool { return name == "arch" || name == "module" || name == "product" }

// fights looks for two patches that want one thing in versions that exclude
// each other: installing one takes the other off.
func (l *linter) fights(name string, claims []claim) {
	compared := 0
	for a := range claims {
		for b := range claims {
			if b == a || !claims[a].above || claims[b].above && b < a {
				continue
			}
			i, k := claims[a].patch, claims[b].patch
			if l.bad[i] || l.bad[k] || l.related(i, k) {
				continue
			}
			if compared++; compared > l.maxPairs {
				l.report.Undecided++
				continue
			}
			l.fight(name, i, k)
		}
	}
}

func (l *linter) fight(name string, i, k int) {
	f, g := &l.facts[i], &l.facts[k]
	if !l.never(f.target, g.target, f.installed, g.installed) {
		return
	}
	q, a := l.ask(f.target, g.target, f.installed, g.notInstalled)
	if a != possible {
		return
	}
	one := func(v []applicability.Verdict) bool {
		return v[0] == applicability.Installed && v[1] == applicability.Needed
	}
	// The other way round as well: where there is nothing to install that would
	// take the other off, nothing fights.
	back := []*formula{f.target, g.target, f.notInstalled, g.installed}
	if f.notUnfixed != nil {
		back = append(back, f.notUnfixed)
	}
	other, a := l.ask(back...)
	if a != possible || l.shown(other, k, one, i) == nil {
		return
	}
	if w := l.shown(q, i, one, k); w != nil {
		l.add(Finding{
			Code: CodeFight, Grade: Warning, Patch: l.catalog.ID(i), Others: []fettle.PatchID{l.catalog.ID(k)}, Field: "installed",
			Detail: "both want " + name + ", in versions that exclude each other: whichever is installed last takes the other off", Witness: w,
		})
	}
}

// related reports whether two patches are known to exclude or to follow one
// another.
func (l *linter) related(i, k int) bool {
	a, b := l.catalog.ID(i), l.catalog.ID(k)
	return slices.Contains(l.providers(a), k) || slices.Contains(l.providers(b), i) || l.conflicts(a, b) || l.conflicts(b, a)
}

// prerequisites looks for what the target of patch i demands and only another
// patch makes true.
func (l *linter) prerequisites(i int, claims map[subjectID][]claim) {
	var wanted []subject
	l.facts[i].target.demands(func(lit *literal) {
		state := slices.ContainsFunc(lit.tests, func(t test) bool { return !filterDetail(t.detail) }) ||
			lit.subject.kind == kindHotfix || lit.subject.kind == kindProductPatch
		if state && !lit.forbid && !gate(lit.subject.kind) && !slices.ContainsFunc(wanted, func(s subject) bool { return s.id() == lit.subject.id() }) {
			wanted = append(wanted, lit.subject)
		}
	})
	for _, s := range wanted {
		compared := 0
		for _, c := range claims[s.id()] {
			if c.patch == i || l.bad[c.patch] || l.declared(i, c.patch) || slices.Contains(l.providers(l.catalog.ID(c.patch)), i) {
				continue
			}
			if compared++; compared > l.maxPairs {
				l.report.Undecided++
				continue
			}
			l.prerequisite(i, c.patch, s)
		}
	}
}

// prerequisite reports patch k if the target of i cannot hold without it and a
// host that needs k becomes a target of i by it.
func (l *linter) prerequisite(i, k int, s subject) {
	f, g := &l.facts[i], &l.facts[k]
	if !l.never(f.target, g.notInstalled) || l.never(f.target, g.target) {
		return
	}
	rest := f.target.without(s.id())
	q, a := l.ask(rest, g.target, g.notInstalled)
	if a != possible {
		return
	}
	hidden := func(v []applicability.Verdict) bool {
		return v[0] == applicability.NotApplicable && v[1] == applicability.Needed
	}
	if w := l.shown(q, i, hidden, k); w != nil {
		l.add(Finding{
			Code: CodePrerequisite, Grade: Warning, Patch: l.catalog.ID(i), Others: []fettle.PatchID{l.catalog.ID(k)}, Field: "target",
			Detail:  "it wants " + s.String() + " as only the other patch leaves it, and does not require that patch: the host shown looks as if it were not concerned",
			Witness: w,
		})
	}
}

// without returns f with what it says of one subject left out.
func (f *formula) without(id subjectID) *formula {
	switch f.op {
	case opLit:
		if f.lit.subject.id() == id {
			return truth(true)
		}
	case opAnd, opOr:
		kids := make([]*formula, len(f.kids))
		for i, kid := range f.kids {
			kids[i] = kid.without(id)
		}
		return &formula{op: f.op, kids: kids}
	case opFree:
	}
	return f
}

// declared reports whether patch i requires k, or what supersedes k, directly
// or through others.
func (l *linter) declared(i, k int) bool {
	provides := map[int]bool{}
	for _, p := range l.providers(l.catalog.ID(k)) {
		provides[p] = true
	}
	seen := map[int]bool{i: true}
	for todo := []int{i}; len(todo) > 0; todo = todo[1:] {
		for _, any := range l.catalog.Patch(todo[0]).Requires {
			for _, id := range any {
				next, ok := l.catalog.Find(id)
				if !ok || seen[next] {
					continue
				}
				if provides[next] {
					return true
				}
				seen[next] = true
				todo = append(todo, next)
			}
		}
	}
	return false
}
