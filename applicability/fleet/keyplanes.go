package fleet

import (
	"sort"

	"github.com/fettle-dev/fettle/internal/program"
)

// slice is what a posting looks at: the instances of a key, of one architecture
// or module stream where these are stated.
type slice struct{ key, arch, module int32 }

// keyPlanes are the hosts of one slice by version. Planes are made when they are
// asked for.
type keyPlanes struct {
	entries []entry // plain ones, by rank
	special []entry
	upTo    []plane // by i: hosts with one of entries[:i]; nil: not made
	between map[[2]int]plane
	odd     plane // hosts with a special instance
	broken  plane // hosts with a plain instance that is incomplete
	present []presence
}

// at returns the index of the first entry whose rank is not below rank.
func (k *keyPlanes) at(rank int32) int {
	return sort.Search(len(k.entries), func(i int) bool { return k.entries[i].rank >= rank })
}

// keyed returns the planes of a slice.
func (e *evaluator) keyed(s slice) *keyPlanes {
	if k, ok := e.keys[s]; ok {
		return k
	}
	k := &keyPlanes{}
	for _, in := range e.x.byKey[s.key] {
		untold := s.module != program.None && in.module == program.Untold // it may be of the slice or not
		switch {
		case s.arch != program.None && s.arch != in.arch:
		case s.module != program.None && s.module != in.module && !untold:
		case untold || in.special():
			k.special = append(k.special, in)
		default:
			k.entries = append(k.entries, in)
		}
	}
	k.upTo = make([]plane, len(k.entries)+1)
	e.keys[s] = k
	return k
}

// maxKeyed bounds the slices whose planes are kept from one patch to the next.
const maxKeyed = 64

// dropKeys takes the planes back. No patch may be using them.
func (e *evaluator) dropKeys() {
	for s, k := range e.keys {
		for _, p := range k.upTo {
			e.put(p)
		}
		for _, p := range k.between {
			e.put(p)
		}
		e.put(k.odd)
		e.put(k.broken)
		delete(e.keys, s)
	}
}

// before returns the hosts with one of the first n entries.
func (e *evaluator) before(k *keyPlanes, n int) plane {
	if p := k.upTo[n]; p != nil {
		return p
	}
	from := n - 1
	for from > 0 && k.upTo[from] == nil {
		from--
	}
	p := e.raw()
	if base := k.upTo[from]; base != nil {
		copy(p, base)
	} else {
		clear(p)
	}
	e.addAll(p, k.entries[from:n])
	k.upTo[n] = p
	return p
}

// within returns the hosts with an instance in the ranks [lo, hi).
func (e *evaluator) within(k *keyPlanes, lo, hi int32) plane {
	from, to := 0, k.at(hi)
	if lo > 0 {
		from = k.at(lo)
	}
	switch {
	case from >= to:
		return nil
	case from == 0:
		return e.before(k, to)
	}
	p, ok := k.between[[2]int{from, to}]
	if !ok {
		p = e.take()
		e.addAll(p, k.entries[from:to])
		if k.between == nil {
			k.between = map[[2]int]plane{}
		}
		k.between[[2]int{from, to}] = p
	}
	return p
}

// all returns the hosts with a plain instance, nil where there is no entry.
func (e *evaluator) all(k *keyPlanes) plane {
	if len(k.entries) == 0 {
		return nil
	}
	return e.before(k, len(k.entries))
}

// specials returns the hosts with a special instance, nil where there is none.
func (e *evaluator) specials(k *keyPlanes) plane {
	if len(k.special) > 0 && k.odd == nil {
		k.odd = e.take()
		e.addAll(k.odd, k.special)
	}
	return k.odd
}

// brokens returns the hosts with a plain instance that is incomplete.
func (e *evaluator) brokens(k *keyPlanes) plane {
	if k.broken != nil {
		return k.broken
	}
	for i := range k.entries {
		if k.entries[i].flags&program.Broken != 0 {
			if k.broken == nil {
				k.broken = e.take()
			}
			e.add(k.broken, k.entries[i].column)
		}
	}
	return k.broken
}

func (e *evaluator) addAll(p plane, entries []entry) {
	last := ^uint32(0)
	for i := range entries {
		if c := entries[i].column; c != last {
			e.add(p, c)
			last = c
		}
	}
}

// add adds the hosts of a column to p. Positions of its templates that hold no
// host may be among them.
func (e *evaluator) add(p plane, c uint32) {
	col := &e.f.columns[c]
	if col.without.empty() {
		for _, t := range col.templates {
			for _, s := range e.f.templates[t].chunks {
				p.fill(s.from, s.to)
			}
		}
	} else if len(col.templates) > 0 {
		e.addExcept(p, col)
	}
	col.with.addTo(p, e.lacks)
}

// addExcept adds a column that hosts of its templates lack. It works on the
// templates' own words, so as not to take away what other columns gave.
func (e *evaluator) addExcept(p plane, col *column) {
	lacks := e.lacks
	col.without.writeTo(lacks)
	for _, t := range col.templates {
		for _, s := range e.f.templates[t].chunks {
			into, less := p[s.from>>6:s.to>>6], lacks[s.from>>6:s.to>>6]
			less = less[:len(into)]
			for i := range into {
				into[i] |= ^less[i]
				less[i] = 0
			}
		}
	}
}
