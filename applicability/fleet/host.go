package fleet

import (
	"slices"
	"strings"

	"github.com/fettle-dev/fettle"
)

// put stores facts. A host that is still like its template keeps its position.
func (f *Fleet) put(facts *Facts) {
	f.changes++
	f.lexicon.learn(f)
	profile, isNew := f.profiles.take(facts.profile)
	if isNew {
		f.lexicon.judge(f, profile)
	}
	at, hash, known := f.byID.find(f.ids, facts.id)
	if known && f.update(at, facts.columns) {
		f.profiles.release(f.hosts[at].profile)
	} else {
		id := fettle.HostID(strings.Clone(string(facts.id)))
		if known {
			f.leave(at)
			f.byID.table.Delete(hash, at)
		}
		known = false
		at = f.place(facts.columns)
		f.ids[at] = id
		f.byID.table.Enter(hash, at)
	}
	e := &f.hosts[at]
	if e.name != facts.name {
		e.name = strings.Clone(facts.name)
	}
	e.seconds, e.nanos, e.profile = facts.taken.Unix(), int32(facts.taken.Nanosecond()), profile
	f.lexicon.place(f, at, known)
}

// place gives a new host a position beside hosts that are like it.
func (f *Fleet) place(columns []uint32) uint32 {
	s := sketchOf(columns)
	t := f.nearest(&s)
	if t >= 0 {
		f.diff.between(f.templates[t].columns, columns)
		if f.diff.len() > len(columns)+2 {
			t = -1
		}
	}
	if t < 0 {
		t = f.newTemplate(columns)
		f.diff.between(columns, columns)
	}
	at := f.seat(t)
	f.templates[t].members++
	f.templates[t].changed = f.changes
	f.live.set(at)
	if !f.templates[t].late {
		f.wait(&f.diff, at)
	}
	f.hosts[at] = hostEntry{template: t, delta: f.pack(&f.diff, t)}
	if f.templates[t].members >= settleAt && !f.templates[t].settled {
		f.settle(t)
	}
	return at
}

func (f *Fleet) pack(d *difference, t int32) string {
	var buffer [1024]byte
	return string(d.appendTo(buffer[:0], f.templates[t].columns))
}

// update stores new columns of a host at its old position and reports whether it
// did: not where the host has become unlike its template.
func (f *Fleet) update(at uint32, columns []uint32) bool {
	e := &f.hosts[at]
	base := f.templates[e.template].columns
	f.diff.between(base, columns)
	if f.diff.len() > len(columns)+2 && (f.templates[e.template].members > 1 || !slices.Equal(base, columns)) {
		return false
	}
	f.enterPending()
	f.was.read(e.delta, base)
	changed := f.list[:0]
	apart(f.was.without, f.diff.without, func(c uint32, isNew bool) {
		f.columns[c].without.put(at, isNew)
		changed = append(changed, c)
	})
	apart(f.was.with, f.diff.with, func(c uint32, isNew bool) {
		f.columns[c].with.put(at, isNew)
		changed = append(changed, c)
	})
	if f.list = changed; len(changed) > 0 {
		e.delta = f.pack(&f.diff, e.template)
		f.lexicon.touch(f, changed)
	}
	return true
}

// apart yields what is in one of two sorted lists only.
func apart(old, now []uint32, yield func(c uint32, isNew bool)) {
	i, j := 0, 0
	for i < len(old) || j < len(now) {
		switch {
		case j == len(now) || i < len(old) && old[i] < now[j]:
			yield(old[i], false)
			i++
		case i == len(old) || now[j] < old[i]:
			yield(now[j], true)
			j++
		default:
			i++
			j++
		}
	}
}

// leave takes the host at a position out of everything but byID.
func (f *Fleet) leave(at uint32) {
	f.enterPending()
	e := &f.hosts[at]
	f.was.read(e.delta, f.templates[e.template].columns)
	f.lexicon.gone(f, at, &f.was)
	f.except(&f.was, at, false)
	f.profiles.release(e.profile)
	f.live.clear(at)
	n := e.template
	*e, f.ids[at] = hostEntry{template: -1}, ""
	t := &f.templates[n]
	t.free, t.changed = append(t.free, at), f.changes
	if t.members--; t.members == 0 {
		f.lexicon.touch(f, t.columns)
		f.withdraw(n)
		f.spare = append(f.spare, t.chunks...)
		*t = template{}
		f.unused = append(f.unused, n)
	}
}

// columnsAt writes the columns of the host at a position over out; its
// difference is left in f.was.
func (f *Fleet) columnsAt(at uint32, out []uint32) []uint32 {
	e := &f.hosts[at]
	base := f.templates[e.template].columns
	f.was.read(e.delta, base)
	return f.was.merge(base, out)
}

// except enters a host's difference into the columns, or takes it out.
func (f *Fleet) except(d *difference, at uint32, on bool) {
	for _, c := range d.without {
		f.columns[c].without.put(at, on)
	}
	for _, c := range d.with {
		f.columns[c].with.put(at, on)
	}
}

// settle makes the columns of template n those that most of its hosts have. The
// first host's own peculiarities would otherwise be exceptions of all others.
func (f *Fleet) settle(n int32) {
	t := &f.templates[n]
	t.settled = true
	if !t.late {
		f.enterPending()
	}
	var members []uint32
	var lists [][]uint32
	count := map[uint32]int{}
	f.eachMember(t, func(at uint32) {
		members = append(members, at)
		list := f.columnsAt(at, nil)
		lists = append(lists, list)
		if !t.late {
			f.except(&f.was, at, false)
		}
		for _, col := range list {
			count[col]++
		}
	})
	t.late = false
	var columns []uint32
	for col, k := range count {
		if 2*k > len(members) {
			columns = append(columns, col)
		}
	}
	slices.Sort(columns)
	f.lexicon.touch(f, t.columns)
	f.withdraw(n)
	f.enrol(n, columns)
	for i, at := range members {
		f.diff.between(columns, lists[i])
		f.wait(&f.diff, at)
		f.hosts[at].delta = f.pack(&f.diff, n)
	}
}

// eachMember yields the positions of a template's hosts.
func (f *Fleet) eachMember(t *template, yield func(at uint32)) {
	for _, c := range t.chunks {
		for at := c.from; at < c.to; at++ {
			if f.live.has(at) {
				yield(at)
			}
		}
	}
}
