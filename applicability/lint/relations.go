package lint

import (
	"fmt"
	"slices"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/applicability"
)

// relations checks what patches say of one another.
func (l *linter) relations() {
	for i := range l.catalog.Len() {
		if l.bad[i] {
			continue
		}
		p := l.catalog.Patch(i)
		for _, id := range p.Supersedes {
			if old, ok := l.catalog.Find(id); ok && !l.bad[old] {
				if old == i {
					l.add(Finding{Code: CodeCycle, Grade: Fault, Patch: p.ID, Field: "supersedes", Detail: "it supersedes itself"})
					continue
				}
				l.covers(i, old)
			}
		}
		for k, any := range p.Requires {
			l.requires(i, fmt.Sprintf("requires[%d]", k), any)
		}
	}
}

// covers asks for a host on which the newer patch is on disk and what the older
// one mends is still open: for want of asking enough, or because it says nothing
// of a package that the older one mends. The latter is common, as where a later
// build has no such package any more, and Assess minds it: the older patch stays
// needed there.
func (l *linter) covers(newer, older int) {
	reads := map[subjectID]bool{}
	l.facts[newer].installed.subjects(reads)
	// An update that is only known by its own mark says nothing of another's mark.
	less := Finding{Grade: Warning, Detail: "on the host shown it is installed, and what it supersedes is still missing"}
	if l.leavesOpen(newer, older, less, func(s *subject) bool { return reads[s.id()] && s.kind != kindHotfix }) {
		return
	}
	silent := Finding{Grade: Note, Detail: "it says nothing of a package that it supersedes the fix of; on the host shown that is still missing"}
	l.leavesOpen(newer, older, silent, func(s *subject) bool { return !reads[s.id()] && s.kind == kindPackage })
}

// leavesOpen reports f with a host on which the newer patch is on disk and the
// older one is missing for one of the subjects of keep.
func (l *linter) leavesOpen(newer, older int, f Finding, keep func(*subject) bool) bool {
	kids := []*formula{l.facts[older].notInstalled.only(keep), l.facts[newer].target, l.facts[newer].installed, l.facts[older].target}
	if u := l.facts[older].notUnfixed; u != nil {
		kids = append(kids, u)
	}
	q, a := l.ask(kids...)
	if a != possible {
		return false
	}
	stays := func(v []applicability.Verdict) bool {
		onDisk := v[0] == applicability.Installed || v[0] == applicability.PendingRestart
		return onDisk && (v[1] == applicability.Needed || v[1] == applicability.Superseded)
	}
	if f.Witness = l.shown(q, newer, stays, older); f.Witness == nil {
		return false
	}
	f.Code, f.Patch, f.Others, f.Field = CodeNotCovered, l.catalog.ID(newer), []fettle.PatchID{l.catalog.ID(older)}, "supersedes"
	l.add(f)
	return true
}

// only returns f with every literal about other subjects taken as not holding.
func (f *formula) only(keep func(*subject) bool) *formula {
	switch f.op {
	case opLit:
		if !keep(&f.lit.subject) {
			return truth(false)
		}
	case opFree:
		return truth(false)
	case opAnd, opOr:
		kids := make([]*formula, len(f.kids))
		for i, kid := range f.kids {
			kids[i] = kid.only(keep)
		}
		return &formula{op: f.op, kids: kids}
	}
	return f
}

// requires checks one list of alternatives.
func (l *linter) requires(i int, field string, any []fettle.PatchID) {
	id := l.catalog.ID(i)
	p := l.catalog.Patch(i)
	known, meets := 0, false
	for _, other := range any {
		providers := l.providers(other)
		known += len(providers)
		for _, k := range providers {
			meets = meets || l.bad[k] || !l.never(l.facts[i].target, l.facts[k].target)
		}
	}
	f := Finding{Grade: Fault, Patch: id, Others: any, Field: field}
	switch {
	case len(any) == 0:
		return
	case known == 0:
		f.Code, f.Detail = CodeRequiresGone, "neither a required patch nor a superseder of one is in the catalogue: it is blocked everywhere"
	case !meets:
		f.Code, f.Detail = CodeRequiresElse, "no host is a target of both: it is blocked wherever it applies"
	case len(any) == 1 && (slices.Contains(p.Conflicts, any[0]) || l.conflicts(any[0], id)):
		f.Code, f.Detail = CodeRequiresClash, "it conflicts with what it requires"
	default:
		return
	}
	l.add(f)
}

func (l *linter) conflicts(id, with fettle.PatchID) bool {
	i, ok := l.catalog.Find(id)
	return ok && slices.Contains(l.catalog.Patch(i).Conflicts, with)
}

// providers returns the patch of that id and all that supersede it, through
// patches that the catalogue has not.
func (l *linter) providers(id fettle.PatchID) []int {
	if l.newer == nil {
		l.newer = map[fettle.PatchID][]int{}
		for i := range l.catalog.Len() {
			for _, old := range l.catalog.Patch(i).Supersedes {
				if k, ok := l.catalog.Find(old); ok {
					old = l.catalog.ID(k)
				}
				l.newer[old] = append(l.newer[old], i)
			}
		}
	}
	var list []int
	if i, ok := l.catalog.Find(id); ok {
		list, id = append(list, i), l.catalog.ID(i)
	}
	seen := map[fettle.PatchID]bool{id: true}
	for todo := []fettle.PatchID{id}; len(todo) > 0; todo = todo[1:] {
		for _, i := range l.newer[todo[0]] {
			if newer := l.catalog.ID(i); !seen[newer] {
				seen[newer] = true
				list, todo = append(list, i), append(todo, newer)
			}
		}
	}
	return list
}
