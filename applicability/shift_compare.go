package applicability

import (
	"cmp"
	"reflect"
	"slices"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/inventory"
)

// Compare returns what happened to the patches of one host between two
// assessments, which different catalogues may have given. granted are the
// patches whose installation was permitted in between; nil says that nobody
// kept count, so that nothing is InstalledWithoutGrant, while an empty list
// says that nothing was granted. A grant counts under each name of the patch,
// and for what its Bundle lists. Compare is pure; both snapshots must be sorted.
func Compare(before, after Past, granted []fettle.PatchID) *Comparison {
	diff := inventory.Diff(&before.Record.Snapshot, &after.Record.Snapshot)
	k := comparer{
		before: before, after: after, diff: &diff, was: newHost(before.Record), is: newHost(after.Record),
		result: &Comparison{Fallen: diff.Fallen, Rebooted: diff.Rebooted},
	}
	taken, was := after.Record.Snapshot.Taken, before.Record.Snapshot.Taken
	k.result.Reversed = !taken.IsZero() && !was.IsZero() && taken.Before(was)
	if granted != nil {
		k.grants(granted)
	}
	for i := range after.Catalog.Len() {
		old, known := before.Catalog.named(after.Catalog.ids[i])
		if known {
			k.patch(old, i)
		} else {
			k.patch(-1, i)
		}
	}
	for i := range before.Catalog.Len() {
		if _, kept := after.Catalog.named(before.Catalog.ids[i]); !kept {
			k.patch(i, -1)
		}
	}
	slices.SortStableFunc(k.result.Shifts, func(a, b Shift) int { return cmp.Compare(a.Kind, b.Kind) })
	return k.result
}

// named returns the index of the patch whose own id it is.
func (c *Catalog) named(id fettle.PatchID) (int, bool) {
	i, ok := c.Find(id)
	return i, ok && c.ids[i] == id
}

// comparer compares two assessments of one host.
type comparer struct {
	before, after Past
	was, is       *host
	diff          *inventory.Changes
	granted       map[fettle.PatchID]bool // nil: nobody kept count
	result        *Comparison
}

// grants notes what was granted, under every name of it, parts of bundles too.
func (k *comparer) grants(list []fettle.PatchID) {
	k.granted = map[fettle.PatchID]bool{}
	c := k.after.Catalog
	for len(list) > 0 {
		id := list[0]
		list = list[1:]
		if k.granted[id] {
			continue
		}
		k.granted[id] = true
		if i, ok := c.Find(id); ok {
			k.granted[c.ids[i]] = true
			list = append(slices.Clip(list), c.patch(int32(i)).Bundle...)
		}
	}
}

// finding returns what p says about patch i; of a patch that it has not, that
// it does not apply.
func (p Past) finding(i int) Finding {
	if i < 0 {
		return Finding{Patch: nobody, By: nobody, Target: fettle.No, Verdict: NotApplicable, Exposed: fettle.No}
	}
	return p.Assessment.Of(i)
}

// provided reports whether the patch, or what supersedes it, was on disk.
func (p Past) provided(f Finding) bool {
	switch f.Verdict {
	case Installed, PendingRestart:
		return true
	case Superseded:
		by := p.finding(int(f.By))
		return by.Verdict == Installed || by.Verdict == PendingRestart
	default:
		return false
	}
}

// patch compares patch old of the earlier catalogue with patch now of the later
// one; -1: that catalogue has it not.
func (k *comparer) patch(old, now int) {
	f, g := k.before.finding(old), k.after.finding(now)
	had, has := k.before.provided(f), k.after.provided(g)
	add := func(kind ShiftKind) { k.add(kind, old, now, f, g) }
	switch {
	case had && !has && g.Exposed == fettle.Yes:
		add(Regressed)
	case g.Verdict == VerdictUnknown && f.Verdict != VerdictUnknown && old >= 0:
		add(LostSight)
	case !has && g.Exposed == fettle.Yes && f.Exposed != fettle.Yes:
		add(NewlyNeeded)
	case has && g.Exposed == fettle.Yes && (!had || f.Exposed != fettle.Yes):
		add(Staged)
	case has && g.Exposed != fettle.Yes && f.Exposed == fettle.Yes:
		add(Fixed)
	case g.Verdict == NotApplicable && f.Exposed == fettle.Yes:
		add(Gone)
	}
	if k.cameByItself(f, g, now) {
		add(InstalledWithoutGrant)
	}
}

// cameByItself reports whether the patch was needed, is on disk, and neither it
// nor what brings it was granted. A patch that was not known to be missing may
// have been there all the time.
func (k *comparer) cameByItself(f, g Finding, now int) bool {
	if k.granted == nil || now < 0 || f.Installed != fettle.No || f.Target != fettle.Yes || g.Installed != fettle.Yes || f.Has(Broken) {
		return false
	}
	c := k.after.Catalog
	for at, chain := 0, []int32{int32(now)}; at < len(chain); at++ {
		if k.granted[c.ids[chain[at]]] {
			return false
		}
		for _, newer := range c.relation.supersededBy[chain[at]] {
			if !slices.Contains(chain, newer) {
				chain = append(chain, newer)
			}
		}
	}
	return true
}

func (k *comparer) add(kind ShiftKind, old, now int, f, g Finding) {
	s := Shift{Kind: kind, Before: f.Verdict, After: g.Verdict}
	var was, is *Patch
	if old >= 0 {
		was = k.before.Catalog.Patch(old)
		s.Patch = was.ID
	}
	if now >= 0 {
		is = k.after.Catalog.Patch(now)
		s.Patch = is.ID
	}
	e := evidence{comparer: k, shift: &s, reads: reading{}}
	e.read(k.before.Catalog, old)
	e.read(k.after.Catalog, now)
	if f.Verdict == Superseded {
		e.read(k.before.Catalog, int(f.By))
	}
	if g.Verdict == Superseded {
		e.read(k.after.Catalog, int(g.By))
	}
	e.collect()
	e.explain(f, g, was, is)
	k.result.Shifts = append(k.result.Shifts, s)
}

// samePatch reports whether two records of a patch judge hosts alike.
func samePatch(a, b *Patch) bool {
	return reflect.DeepEqual(a.Target, b.Target) && reflect.DeepEqual(a.Installed, b.Installed) &&
		reflect.DeepEqual(a.Active, b.Active) && reflect.DeepEqual(a.Unfixed, b.Unfixed) && a.State == b.State
}
