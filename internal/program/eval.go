package program

import "github.com/fettle-dev/fettle"

// Eval returns the truth of a node; that of None is Yes.
func (p *Program) Eval(f *Facts, node int32) fettle.Truth {
	if node == None {
		return fettle.Yes
	}
	switch n := &p.Nodes[node]; n.Op {
	case OpTrue:
		return fettle.Yes
	case OpAll:
		return p.all(f, p.Kids[n.From:n.To])
	case OpAny:
		return p.any(f, p.Kids[n.From:n.To])
	case OpAtLeast:
		return p.atLeast(f, int(n.N), p.Kids[n.From:n.To])
	case OpNot:
		return p.Eval(f, n.From).Not()
	case OpScalar:
		return f.Scalars[n.From]
	case OpPackage:
		return p.Leaf(f, &p.Leaves[n.From])
	case OpUnknown:
		return fettle.Unknown
	default:
		return fettle.Unknown
	}
}

func (p *Program) all(f *Facts, kids []int32) fettle.Truth {
	got := fettle.Yes
	for _, kid := range kids {
		switch p.Eval(f, kid) {
		case fettle.No:
			return fettle.No
		case fettle.Unknown:
			got = fettle.Unknown
		case fettle.Yes:
		}
	}
	return got
}

func (p *Program) any(f *Facts, kids []int32) fettle.Truth {
	got := fettle.No
	for _, kid := range kids {
		switch p.Eval(f, kid) {
		case fettle.Yes:
			return fettle.Yes
		case fettle.Unknown:
			got = fettle.Unknown
		case fettle.No:
		}
	}
	return got
}

func (p *Program) atLeast(f *Facts, n int, kids []int32) fettle.Truth {
	yes, unknown := 0, 0
	for _, kid := range kids {
		switch p.Eval(f, kid) {
		case fettle.Yes:
			yes++
		case fettle.Unknown:
			unknown++
		case fettle.No:
		}
	}
	return Threshold(n, yes, unknown)
}

// Threshold is the truth of "n or more" where yes members hold and unknown ones
// might.
func Threshold(n, yes, unknown int) fettle.Truth {
	switch {
	case yes >= n:
		return fettle.Yes
	case yes+unknown >= n:
		return fettle.Unknown
	default:
		return fettle.No
	}
}

// Leaf returns the truth of a package criterion.
func (p *Program) Leaf(f *Facts, l *Leaf) fettle.Truth {
	all := f.Of(l.Key)
	complete := !f.Incomplete[l.Key] && !l.doubtful(all)
	switch l.Which {
	case Every:
		return p.every(l, all, complete)
	case Newest:
		return p.newest(l, all, complete)
	case Some:
	}
	return p.some(l, all, complete)
}

// doubtful reports whether the leaf asks for a module stream and one of the
// instances may be of it or not.
func (l *Leaf) doubtful(all []Instance) bool {
	if l.Module == None {
		return false
	}
	for i := range all {
		if all[i].Module == Untold && (l.Arch == None || l.Arch == all[i].Arch) {
			return true
		}
	}
	return false
}

// Matches reports whether the leaf speaks of the instance at all.
func (l *Leaf) Matches(i *Instance) bool {
	return (l.Arch == None || l.Arch == i.Arch) && (l.Module == None || l.Module == i.Module)
}

// In returns whether a rank lies in the leaf's range.
func (p *Program) In(l *Leaf, rank int32) fettle.Truth {
	switch {
	case l.Any():
		return fettle.Yes
	case rank == Invalid:
		return fettle.Unknown
	}
	for _, s := range p.Spans[l.From:l.To] {
		if s.Lo <= rank && rank < s.Hi {
			return fettle.Yes
		}
	}
	return fettle.No
}

func (p *Program) some(l *Leaf, all []Instance, complete bool) fettle.Truth {
	got := fettle.No
	if !complete {
		got = fettle.Unknown
	}
	for i := range all {
		if !l.Matches(&all[i]) {
			continue
		}
		switch p.In(l, all[i].Rank) {
		case fettle.Yes:
			return fettle.Yes
		case fettle.Unknown:
			got = fettle.Unknown
		case fettle.No:
		}
	}
	return got
}

func (p *Program) every(l *Leaf, all []Instance, complete bool) fettle.Truth {
	got, seen := fettle.Yes, false
	for i := range all {
		if !l.Matches(&all[i]) {
			continue
		}
		seen = true
		switch p.In(l, all[i].Rank) {
		case fettle.No:
			return fettle.No
		case fettle.Unknown:
			got = fettle.Unknown
		case fettle.Yes:
		}
	}
	switch {
	case !complete && (!seen || !l.Any()):
		return fettle.Unknown
	case !seen:
		return fettle.No
	default:
		return got
	}
}

// newest asks an instance of the highest order.
func (p *Program) newest(l *Leaf, all []Instance, complete bool) fettle.Truth {
	images := hasImage(l, all)
	var best *Instance
	for i := range all {
		in := &all[i]
		switch {
		case !l.Matches(in) || images && in.Flags&Image == 0:
			continue
		case in.Rank == Invalid:
			return fettle.Unknown
		case best == nil || in.Order > best.Order:
			best = in
		}
	}
	switch {
	case best == nil && complete:
		return fettle.No
	case best == nil || !complete:
		return fettle.Unknown
	default:
		return p.In(l, best.Rank)
	}
}

// hasImage reports whether a bootable kernel is among the leaf's instances.
// Where one is, Newest speaks of kernels alone: their source packages build
// headers and libraries too, which are upgraded in place.
func hasImage(l *Leaf, all []Instance) bool {
	for i := range all {
		if all[i].Flags&Image != 0 && l.Matches(&all[i]) {
			return true
		}
	}
	return false
}

// Asked yields the indices in Facts.Instances that decide the leaf: those it
// matches, for Newest the newest of them.
func (p *Program) Asked(f *Facts, l *Leaf, yield func(i int32) bool) {
	from, to := f.Start[l.Key], f.Start[l.Key+1]
	all := f.Instances[from:to]
	images := l.Which == Newest && hasImage(l, all)
	best := Invalid
	if l.Which == Newest {
		for i := range all {
			if l.Matches(&all[i]) && (!images || all[i].Flags&Image != 0) {
				best = max(best, all[i].Order)
			}
		}
	}
	for i := range all {
		if !l.Matches(&all[i]) || images && all[i].Flags&Image == 0 || l.Which == Newest && all[i].Order != best {
			continue
		}
		if !yield(from + int32(i)) {
			return
		}
	}
}
