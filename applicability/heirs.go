package applicability

// heirs are the best, in the order of better, of all that supersede a patch,
// directly or through others. They are found once a patch and host from those
// of its direct superseders, so that a chain costs its length and not the square
// of it.
type heirs struct {
	round  uint32 // of the resolver; another one: not known yet
	open   uint32 // likewise: those of its superseders are being found
	onDisk int32  // not withdrawn; nobody: there is none
	needed int32  // and allowed; nobody: there is none
}

// heirsOf returns the heirs of i. They are not known where one of them is itself
// being judged, by way of what it requires: its verdict is not final.
func (r *resolver) heirsOf(i int32) (h heirs, known bool) {
	if r.heirs[i].round == r.round {
		return r.heirs[i], true
	}
	// The farthest are judged first, so that long chains need no deep recursion.
	base := len(r.seen)
	r.collect(i, r.round)
	for at := len(r.seen) - 1; at > base; at-- {
		if s := r.seen[at]; int(s) < r.catalog.Len() {
			r.finding(s)
		}
	}
	r.seen = r.seen[:base]
	return r.walkTo(i)
}

// walkTo finds the heirs of i where everything that supersedes it is judged. It
// keeps its own stack, and nothing else walks meanwhile.
func (r *resolver) walkTo(i int32) (h heirs, known bool) {
	r.walk = append(r.walk[:0], i)
	for len(r.walk) > 0 {
		top := r.walk[len(r.walk)-1]
		at := &r.heirs[top]
		switch {
		case at.round == r.round:
			r.walk = r.walk[:len(r.walk)-1]
		case at.open != r.round:
			at.open = r.round
			for _, s := range r.catalog.relation.supersededBy[top] {
				if next := &r.heirs[s]; next.round != r.round && next.open != r.round {
					r.walk = append(r.walk, s)
				}
			}
		default:
			joined, final := r.join(top)
			if !final {
				for _, i := range r.walk {
					r.heirs[i].open = 0
				}
				return heirs{}, false
			}
			*at = joined
		}
	}
	return r.heirs[i], true
}

// join makes the heirs of i from its superseders, whose own are known unless the
// catalogue was made by another hand and has a circle.
func (r *resolver) join(i int32) (h heirs, final bool) {
	h = heirs{round: r.round, onDisk: nobody, needed: nobody}
	for _, s := range r.catalog.relation.supersededBy[i] {
		further := r.heirs[s]
		if further.round != r.round {
			return h, false
		}
		h.onDisk, h.needed = r.best(h.onDisk, further.onDisk), r.best(h.needed, further.needed)
		if int(s) >= r.catalog.Len() {
			continue
		}
		if r.catalog.relation.related[s] && r.state[s] != visitDone {
			return h, false
		}
		switch f := r.finding(s); {
		case (f.Verdict == Installed || f.Verdict == PendingRestart) && r.catalog.states[s] != Withdrawn:
			h.onDisk = r.best(h.onDisk, s)
		case f.Verdict == Needed && r.catalog.allows(s):
			h.needed = r.best(h.needed, s)
		}
	}
	return h, true
}

// best returns the better of two patches of one kind, either of which may be
// nobody.
func (r *resolver) best(a, b int32) int32 {
	switch {
	case a == nobody:
		return b
	case b == nobody || a == b || r.later(a, b):
		return a
	default:
		return b
	}
}
