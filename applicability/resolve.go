package applicability

import (
	"slices"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/internal/program"
)

// plainness says whether a patch's finding follows from its mark alone.
type plainness uint8

const (
	plainRestart   plainness = iota // plain; it may need a restart
	plainNoRestart                  // plain; in force at once
	notPlain                        // it is withdrawn, or its verdict depends on other patches
)

func (c *compiled) markPlain() {
	c.plain = make([]plainness, len(c.states))
	for i := range c.plain {
		switch {
		case c.bad[i] || c.states[i] == Withdrawn || c.relation.related[i]:
			c.plain[i] = notPlain
		case c.program.Patches[i].Restart == fettle.RestartNone:
			c.plain[i] = plainNoRestart
		}
	}
}

// ownFinding is the finding that a patch's own truths lead to, as if no other
// patch existed.
func ownFinding(t program.Truths) Finding {
	f := Finding{By: nobody, Target: t.Target, Installed: t.Installed, Active: t.Active}
	switch {
	case t.Target == fettle.No:
		f.Installed, f.Active = fettle.Unknown, fettle.Unknown
		f.Verdict, f.Exposed = NotApplicable, fettle.No
		return f
	case t.Target == fettle.Unknown || t.Installed == fettle.Unknown:
		f.Verdict, f.Code = VerdictUnknown, CodeFactsMissing
	case t.Installed == fettle.Yes && t.Active == fettle.No:
		f.Verdict, f.Exposed, f.Code = PendingRestart, fettle.Yes, CodeRestart
	case t.Installed == fettle.Yes:
		f.Verdict, f.Exposed = Installed, t.Active.Not()
	case t.Unfixed == fettle.Yes:
		f.Verdict, f.Exposed, f.Code = Blocked, fettle.Yes, CodeNoFix
	default:
		f.Verdict, f.Exposed = Needed, fettle.Yes
	}
	if t.Held {
		f.Flags |= Held
	}
	if t.Broken {
		f.Flags |= Broken
	}
	return f
}

// resolver finds the verdicts of patches that depend on one another, each once.
type resolver struct {
	catalog *Catalog
	facts   *Facts
	marks   []program.Mark
	inForce fettle.Truth
	memo    []Finding
	state   []visit
	seen    []int32  // scratch: a stack of sets, one a search under way
	found   []uint32 // by index: the last search that came by
	search  uint32
	heirs   []heirs // by index, tombstones too
	round   uint32  // of the host under way, for heirs
	walk    []int32 // scratch of walkTo
}

func (r *resolver) start(c *Catalog, f *Facts, marks []program.Mark) {
	r.catalog, r.facts, r.marks, r.inForce = c, f, marks, fettle.Unknown
	if f.RestartsKnown {
		r.inForce = fettle.Yes
	}
	if c.relation.any {
		n := len(marks)
		r.memo = slices.Grow(r.memo[:0], n)[:n]
		r.state = slices.Grow(r.state[:0], n)[:n]
		clear(r.state)
		r.found = slices.Grow(r.found[:0], len(c.ids))[:len(c.ids)]
		clear(r.found)
		r.search = 0
		r.heirs = slices.Grow(r.heirs[:0], len(c.ids))[:len(c.ids)]
		if r.round++; r.round == 0 {
			clear(r.heirs)
			r.round = 1
		}
	}
}

// truths returns the raw truths of a patch.
func (r *resolver) truths(i int32) program.Truths {
	p := &r.catalog.program
	switch m := r.marks[i]; {
	case m&program.General != 0:
		return p.Evaluate(&r.facts.Facts, i)
	case m&program.Present == 0:
		return program.Truths{Target: fettle.No}
	case p.Patches[i].Restart == fettle.RestartNone:
		return m.Simple(fettle.Yes)
	default:
		return m.Simple(r.inForce)
	}
}

// finding returns the verdict about patch i, with its index.
func (r *resolver) finding(i int32) Finding {
	c := r.catalog
	if !c.relation.related[i] {
		return r.alone(i)
	}
	switch r.state[i] {
	case visitDone:
		return r.memo[i]
	case visitOpen: // a circle of requirements: nobody can be first
		return Finding{Patch: i, By: nobody, Target: fettle.Yes, Verdict: Blocked, Code: CodeRequires, Exposed: fettle.Yes}
	case visitNew:
	}
	r.state[i] = visitOpen
	f := r.alone(i)
	if f.Verdict == Needed || f.Verdict == Blocked {
		f = r.among(f)
	}
	r.memo[i], r.state[i] = f, visitDone
	return f
}

// alone is the finding of a patch as if no other existed.
func (r *resolver) alone(i int32) Finding {
	c := r.catalog
	f := ownFinding(r.truths(i))
	f.Patch = i
	if c.bad[i] {
		f.Code = CodeUncompiled
	}
	if c.states[i] == Withdrawn {
		switch f.Verdict {
		case Needed, Blocked:
			f.Verdict, f.Exposed, f.Code = NotApplicable, fettle.No, CodeWithdrawn
		case Installed, PendingRestart:
			f.Code = CodeWithdrawn
		case VerdictUnknown, NotApplicable, Superseded:
		}
	}
	return f
}

// among places a patch that is not installed among the others: superseded,
// blocked, or needed after another.
func (r *resolver) among(f Finding) Finding {
	if by, ok := r.supersederOf(f.Patch); ok {
		f.Verdict, f.By, f.Code, f.Exposed = Superseded, by.Patch, CodeSuperseded, by.Exposed
		return f
	}
	if f.Verdict == Blocked {
		return f
	}
	for _, other := range r.catalog.relation.conflicts[f.Patch] {
		if t := r.truths(other); t.Target != fettle.No && t.Installed == fettle.Yes {
			f.Verdict, f.By, f.Code = Blocked, other, CodeConflict
			return f
		}
	}
	for _, alternatives := range r.catalog.relation.requires[f.Patch] {
		by, code := r.requirement(alternatives)
		switch code {
		case CodeNone:
		case CodeAfter:
			if f.By == nobody {
				f.By, f.Code = by, CodeAfter
			}
		default:
			f.Verdict, f.By, f.Code = Blocked, by, code
			return f
		}
	}
	return f
}

// requirement judges one list of alternatives: CodeNone where one is on disk,
// CodeAfter with one that can be installed first, else why the first cannot. A
// superseder provides what it supersedes, also what the catalogue has no more.
func (r *resolver) requirement(alternatives []int32) (by int32, code Code) {
	code, by = CodeRequires, alternatives[0]
	after := nobody
	for k, i := range alternatives {
		f, ok := r.provider(i)
		switch {
		case ok && f.Installed == fettle.Yes:
			return nobody, CodeNone
		case ok && after == nobody:
			after = f.Patch
		case k == 0 && f.Verdict == Needed:
			code = CodeRequiresUnapproved
		case k == 0 && f.Verdict == VerdictUnknown && int(i) < r.catalog.Len():
			code = CodeRequiresUnknown
		}
	}
	if after != nobody {
		return after, CodeAfter
	}
	return by, code
}

// provider returns the patch that is, or can be, on disk where i is required: i
// itself or what supersedes it. Where there is none it returns what is said
// about i.
func (r *resolver) provider(i int32) (best Finding, ok bool) {
	base := len(r.seen)
	r.collect(i, 0)
	for at := len(r.seen) - 1; at >= base; at-- {
		s := r.seen[at]
		if int(s) >= r.catalog.Len() {
			continue
		}
		f := r.finding(s)
		provides := f.Verdict == Installed || f.Verdict == PendingRestart || f.Verdict == Needed && r.catalog.allows(s)
		switch {
		case provides && (!ok || r.better(f, best)):
			best, ok = f, true
		case at == base && !ok:
			best = f
		}
	}
	r.seen = r.seen[:base]
	return best, ok
}

// supersederOf finds, of all that supersede patch i, directly or through others,
// tombstones included, the best that takes its place on this host. One that is
// on disk is taken before one that is needed, then the later released. All are
// looked through only where the best of them does not cover i.
func (r *resolver) supersederOf(i int32) (best Finding, ok bool) {
	if h, known := r.heirsOf(i); known {
		switch {
		case h.onDisk != nobody && !r.fails(i):
			return r.finding(h.onDisk), true
		case h.needed == nobody:
			return best, false
		case r.covers(h.needed, i):
			return r.finding(h.needed), true
		}
	}
	return r.lookThrough(i)
}

// lookThrough is supersederOf without heirs.
func (r *resolver) lookThrough(i int32) (best Finding, ok bool) {
	base := len(r.seen)
	r.collect(i, 0)
	for at := len(r.seen) - 1; at > base; at-- {
		s := r.seen[at]
		if int(s) >= r.catalog.Len() {
			continue
		}
		f := r.finding(s)
		if r.takesPlace(f, i) && (!ok || r.better(f, best)) {
			best, ok = f, true
		}
	}
	r.seen = r.seen[:base]
	return best, ok
}

// collect appends to seen i and all that supersede it, but for those behind one
// whose heirs are known in a round: they are judged. Rounds begin at 1.
func (r *resolver) collect(i int32, known uint32) {
	r.search++
	at := len(r.seen)
	r.seen = append(r.seen, i)
	r.found[i] = r.search
	for ; at < len(r.seen); at++ {
		if known != 0 && r.heirs[r.seen[at]].round == known {
			continue
		}
		for _, s := range r.catalog.relation.supersededBy[r.seen[at]] {
			if r.found[s] != r.search {
				r.found[s] = r.search
				r.seen = append(r.seen, s)
			}
		}
	}
}

// takesPlace reports whether the patch of f takes the place of i.
func (r *resolver) takesPlace(f Finding, i int32) bool {
	switch f.Verdict {
	case Installed, PendingRestart:
		return r.catalog.states[f.Patch] != Withdrawn && !r.fails(i)
	case Needed:
		return r.catalog.allows(f.Patch) && r.covers(f.Patch, i)
	case VerdictUnknown, NotApplicable, Superseded, Blocked:
	}
	return false
}

func (r *resolver) better(f, than Finding) bool {
	onDisk, was := f.Installed == fettle.Yes, than.Installed == fettle.Yes
	if onDisk != was {
		return onDisk
	}
	return r.later(f.Patch, than.Patch)
}

// later reports whether patch a was released after b, or stands before it.
func (r *resolver) later(a, b int32) bool {
	at, than := r.catalog.released[a], r.catalog.released[b]
	if !at.Equal(than) {
		return at.After(than)
	}
	return a < b
}

// fails reports whether a package that is here keeps patch i from being
// installed. Then no superseder that is already on disk has mended it.
func (r *resolver) fails(i int32) bool {
	found := false
	r.failing(i, func(program.Ref, int32) bool {
		found = true
		return false
	})
	return found
}

// failing yields the instances that keep patch i from being installed, each
// with the reference that says so.
func (r *resolver) failing(i int32, yield func(r program.Ref, instance int32) bool) {
	p, f := &r.catalog.program, &r.facts.Facts
	q := &p.Patches[i]
	for _, ref := range p.Refs[q.LeavesFrom:q.LeavesTo] {
		if !p.Matters(f, ref) {
			continue
		}
		l, more := &p.Leaves[ref.Index], true
		p.Asked(f, l, func(at int32) bool {
			in := &f.Instances[at]
			if p.Fails(ref, in) || in.Flags&program.Broken != 0 {
				more = yield(ref, at)
			}
			return more
		})
		if !more {
			return
		}
	}
}

// covers reports whether installing s mends every package that is here and
// keeps i from being installed: s finds fault with the same instance, and where
// both speak of it under one name, asks for no less.
func (r *resolver) covers(s, i int32) bool {
	p, f := &r.catalog.program, &r.facts.Facts
	covered := true
	r.failing(i, func(old program.Ref, at int32) bool {
		found := false
		r.failing(s, func(ref program.Ref, other int32) bool {
			found = f.Instances[other].Package == f.Instances[at].Package && !p.AsksLess(&p.Leaves[ref.Index], &p.Leaves[old.Index], &f.Instances[at])
			return !found
		})
		covered = found
		return covered
	})
	return covered
}
