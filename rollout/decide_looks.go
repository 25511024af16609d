package rollout

import (
	"slices"

	"github.com/fettle-dev/fettle"
)

// observed says what a snapshot without an operation comes to, and reports
// whether it says anything.
func (b *reporting) observed(t *told) bool {
	if t.m.outcome == RolledBack {
		b.backAgain(t)
		return false
	}
	if len(t.res.Patches) == 0 || t.m.outcome.InFlight() || t.m.outcome == Removed {
		return false
	}
	yes, no, target := 0, 0, 0
	for _, p := range t.patches() {
		i := slices.IndexFunc(t.res.Patches, func(st PatchState) bool { return st.Patch == p.ID })
		if i < 0 {
			continue
		}
		st := t.res.Patches[i]
		switch {
		case st.Target == fettle.No:
			target++
		case st.Installed == fettle.Yes && st.Active == fettle.Yes:
			yes++
		case st.Installed == fettle.No, st.Active == fettle.No:
			no++
		}
	}
	all := len(t.patches())
	switch {
	case target == all:
		t.row.Outcome, t.row.Reason = Skipped, ReasonNotNeeded
		return t.m.outcome != Verified && t.m.outcome != Skipped
	case t.m.outcome == Verified && no > 0:
		t.row.Outcome, t.row.Reason = Pending, ReasonRevoked
		return true
	case yes > 0 && yes+target == all:
		t.row.Outcome = Verified
		return t.m.outcome != Verified
	}
	return false
}

// backAgain has a back-out due again on a host that it was verified on and that
// shows what was taken out: its disk went back, or somebody installed it by hand.
func (b *reporting) backAgain(t *told) {
	if t.r.backout == noRollout {
		return
	}
	back := b.s.rollouts[t.r.backout]
	if m := back.members.at(t.h); m == nil || m.outcome != Verified || !slices.ContainsFunc(t.res.Patches, func(st PatchState) bool {
		return st.Installed == fettle.Yes && slices.ContainsFunc(t.r.spec.Patches, func(p PatchRef) bool { return p.ID == st.Patch })
	}) {
		return
	}
	b.derive(back.index, OutcomeRow{
		Host: t.row.Host, Outcome: Pending, Reason: ReasonRevoked, Seq: t.row.Seq, Loose: true, at: t.h,
	})
}
