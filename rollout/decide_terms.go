package rollout

import (
	"maps"
	"slices"
	"strconv"
	"time"
)

// add puts one host's grant into an entry with those of the same terms.
func (b *granting) add(h hostIndex, boot string, due []dueItem, ahead bool) {
	row := &b.s.hosts.rows[h]
	e := b.entryFor(due, ahead)
	one := GrantedRow{Host: row.id, at: h}
	if bootHash(boot) != row.boots[0] {
		one.Boot = boot
	}
	if len(b.taken) > 0 {
		one.Charges = make([]int, len(b.taken))
	}
	for i, t := range b.taken {
		l := &b.limits.all[t]
		l.used++
		if l.entry != e {
			l.entry = e
			if l.place = slices.Index(e.Charges, l.charge); l.place < 0 {
				l.place = len(e.Charges)
				e.Charges = append(e.Charges, l.charge)
			}
		}
		one.Charges[i] = l.place
	}
	e.Rows = append(e.Rows, one)
}

// entryFor returns an entry with room for another grant of what is due, and
// counts it in the rings whose permit bounds their hosts.
func (b *granting) entryFor(due []dueItem, ahead bool) *GrantsIssued {
	what := b.what[:0]
	for i := range due {
		item := &due[i]
		what = strconv.AppendInt(what, int64(item.r.index), 10)
		for _, p := range item.patches {
			what = append(append(what, 0), p...)
		}
		what = append(what, 1)
		if item.r.permitUnits(int(item.m.ring)) > 0 {
			if b.inRing == nil {
				b.inRing = map[ringKey]int{}
			}
			b.inRing[ringKey{item.r.index, item.m.ring}]++
		}
	}
	if ahead {
		what = append(what, 2)
	}
	b.what = what
	e := b.byWhat[string(what)]
	if e == nil || len(e.Rows) == MaxRows {
		e = b.terms(due, ahead)
		if b.byWhat == nil {
			b.byWhat = map[string]*GrantsIssued{}
		}
		b.byWhat[string(what)] = e
		b.events = append(b.events, e)
	}
	return e
}

// terms returns an entry without rows: the shortest time to start that one of
// the rollouts allows, the longest that one of them may take.
func (b *granting) terms(due []dueItem, ahead bool) *GrantsIssued {
	issued := b.now.Truncate(time.Second)
	e := &GrantsIssued{Epoch: b.s.epoch, Issued: issued, PreIssued: ahead}
	var wait, run, silence Duration
	for i, item := range due {
		spec := item.r.spec
		if i == 0 || spec.Grant < wait {
			wait = spec.Grant
		}
		run, silence = max(run, spec.Run), max(silence, spec.Silence)
		if !spec.NotAfter.IsZero() && spec.NotAfter.Before(issued.Add(time.Duration(wait))) {
			wait = max(Duration(spec.NotAfter.Sub(issued)), 0)
		}
		e.Backout = e.Backout || item.r.backoutOf != noRollout
		e.Items = append(e.Items, GrantedItem{Rollout: spec.ID, Patches: item.patches})
	}
	margin := b.s.config.ClockMargin
	e.StartBy = issued.Add(time.Duration(wait)).Truncate(time.Second)
	e.EndBy = e.StartBy.Add(time.Duration(run) + time.Second - 1).Truncate(time.Second)
	e.Run = max(run, silence, Duration(time.Second)) + margin
	return e
}

// finish appends what was gathered.
func (b *granting) finish(d *decided) {
	slices.Sort(b.clones)
	for part := range slices.Chunk(slices.Compact(b.clones), MaxRows) {
		d.add(&HostsQuarantined{Reason: ReasonClone, Hosts: part})
	}
	for _, i := range slices.Sorted(maps.Keys(b.heard)) {
		addOutcomes(d, b.s.rollouts[i].spec.ID, b.heard[i])
	}
	for _, e := range b.events {
		d.add(e)
	}
}
