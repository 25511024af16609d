package program

import "github.com/fettle-dev/fettle"

// Truths are the raw answers about one patch on one host.
type Truths struct {
	Target, Installed, Active, Unfixed fettle.Truth
	// Held: an instance that keeps Installed from holding is held.
	// Broken: an instance that Installed reads is incomplete; Installed is No then.
	Held, Broken bool
}

// Simple returns the truths that a mark without General stands for, given that
// of a plain patch, which does not state Active. inForce is whether
// what is on disk and named by no restart evidence is in force.
func (m Mark) Simple(inForce fettle.Truth) Truths {
	t := Truths{
		Target:    fettle.TruthOf(m&Present != 0),
		Installed: fettle.TruthOf(m&(Vulnerable|MarkBroken) == 0),
		Unfixed:   fettle.TruthOf(m&Open != 0),
		Held:      m&MarkHeld != 0,
		Broken:    m&MarkBroken != 0,
	}
	t.Active = t.Installed.And(inForce)
	return t
}

// Evaluate returns the truths of a patch from its nodes.
func (p *Program) Evaluate(f *Facts, patch int32) Truths {
	q := &p.Patches[patch]
	if q.Bad {
		return Truths{}
	}
	t := Truths{Target: p.Eval(f, q.Target), Unfixed: fettle.No}
	if t.Target == fettle.No {
		return t
	}
	t.Installed = p.Eval(f, q.Installed)
	if q.Unfixed != None {
		t.Unfixed = p.Eval(f, q.Unfixed)
	}
	t.Held, t.Broken = p.condition(f, q)
	if t.Broken {
		t.Installed = fettle.No
	}
	t.Held = t.Held && t.Installed == fettle.No
	if q.Active != None {
		t.Active = p.Eval(f, q.Active)
	} else {
		t.Active = t.Installed.And(p.InForce(f, q))
	}
	return t
}

// condition looks at the instances that Installed asks about.
func (p *Program) condition(f *Facts, q *Patch) (held, broken bool) {
	for _, ref := range p.Refs[q.LeavesFrom:q.LeavesTo] {
		if !p.Matters(f, ref) {
			continue
		}
		l := &p.Leaves[ref.Index]
		p.Asked(f, l, func(i int32) bool {
			flags := f.Instances[i].Flags
			broken = broken || flags&Broken != 0
			held = held || flags&Held != 0 && p.Fails(ref, &f.Instances[i])
			return true
		})
	}
	return held, broken
}

// Matters reports whether what a reference reads bears on this host.
func (p *Program) Matters(f *Facts, r Ref) bool { return p.Eval(f, r.Gate) != fettle.No }

// Fails reports whether the instance keeps an Installed footprint that reads it
// through r from holding, as far as one criterion can.
func (p *Program) Fails(r Ref, i *Instance) bool {
	in := p.In(&p.Leaves[r.Index], i.Rank)
	if r.Not {
		return in == fettle.Yes
	}
	return in == fettle.No
}

// InForce derives whether what is on disk is in force, where a patch does not
// state it: no restart evidence names what its Installed footprint reads.
func (p *Program) InForce(f *Facts, q *Patch) fettle.Truth {
	got := fettle.Yes
	kernels, others := false, false
	for _, ref := range p.Refs[q.LeavesFrom:q.LeavesTo] {
		if !p.Matters(f, ref) {
			continue
		}
		truth, kernel, other := p.leafInForce(f, &p.Leaves[ref.Index])
		if truth == fettle.No {
			return fettle.No
		}
		got = got.And(truth)
		kernels, others = kernels || kernel, others || other
	}
	for _, ref := range p.Refs[q.ScalarsFrom:q.ScalarsTo] {
		if f.Waiting[ref.Index] && p.Matters(f, ref) {
			return fettle.No
		}
		others = true
	}
	switch {
	case q.Restart == fettle.RestartNone, kernels && !others, f.RestartsKnown:
		return got
	default:
		return fettle.Unknown
	}
}

// leafInForce says whether what the leaf's instances bring is in force, and
// whether kernels and other packages are among them. Where a newer kernel than
// the running one is on disk, it waits unless the leaf says the same of both.
func (p *Program) leafInForce(f *Facts, l *Leaf) (got fettle.Truth, kernels, others bool) {
	got = fettle.Yes
	ahead, best, running := false, Invalid, Invalid
	all := f.Of(l.Key)
	for i := range all {
		in := &all[i]
		switch {
		case !l.Matches(in):
			continue
		case in.Flags&Pending != 0:
			return fettle.No, kernels, others
		case in.Flags&Image == 0:
			others = true
			continue
		case in.Flags&Adrift != 0:
			got = fettle.Unknown
		}
		kernels = true
		ahead = ahead || in.Flags&Ahead != 0
		best, running = max(best, in.Rank), in.Running
	}
	if ahead && (running == Invalid || p.In(l, running) != p.In(l, best)) {
		got = fettle.No
	}
	return got, kernels, others
}

// Fixed returns the rank from which on an instance no longer fails the leaf,
// given that it does; ok is false where no version above it is better.
func (p *Program) Fixed(l *Leaf, i *Instance) (rank int32, ok bool) {
	if i.Rank == Invalid || l.Any() {
		return 0, false
	}
	spans := p.Spans[l.From:l.To]
	if p.In(l, i.Rank) == fettle.Yes { // leave the ranges that hold it
		rank = i.Rank
		for again := true; again; {
			again = false
			for _, s := range spans {
				if s.Lo <= rank && rank < s.Hi {
					rank, again = s.Hi, true
				}
			}
		}
		return rank, rank != maxRank
	}
	rank = maxRank // enter the next one
	for _, s := range spans {
		if s.Lo > i.Rank && s.Lo < s.Hi {
			rank = min(rank, s.Lo)
		}
	}
	return rank, rank != maxRank
}

// maxRank is the end of a span without an upper bound.
const maxRank = 1<<31 - 1

// AsksLess reports whether leaf l asks for less than old does of an instance
// that fails both. Leaves of different keys cannot be compared by rank.
func (p *Program) AsksLess(l, old *Leaf, i *Instance) bool {
	if l.Key != old.Key {
		return false
	}
	a, ok := p.Fixed(l, i)
	b, okOld := p.Fixed(old, i)
	return ok && okOld && a < b
}
