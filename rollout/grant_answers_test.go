package rollout_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/rollout"
)

// oneHost is a state with one host that may be granted what specs give it.
type oneHost struct {
	t   *testing.T
	s   rollout.State
	now time.Time
}

func newOneHost(t *testing.T) *oneHost {
	t.Helper()
	r := &oneHost{t: t, now: time.Unix(1_772_442_000, 0).UTC()}
	r.take(rollout.Configure{Config: rollout.Config{
		Region: "r", ClockMargin: rollout.Duration(15 * time.Minute), PollEvery: rollout.Duration(10 * time.Minute),
	}, By: "ann"})
	return r
}

func (r *oneHost) take(c rollout.Command) []fettle.Reason {
	r.t.Helper()
	_, reasons, err := r.s.Take(c, r.now)
	require.NoError(r.t, err)
	return reasons
}

// start begins a rollout of one ring with one patch, for that host.
func (r *oneHost) start(id, more string) {
	r.t.Helper()
	r.begin(r.spec(id, more))
}

// spec returns one of one ring for everybody, with more fields.
func (r *oneHost) spec(id, more string) *rollout.Spec {
	r.t.Helper()
	spec, err := rollout.ParseSpec("test", fmt.Appendf(nil, `{"id":%q,"patches":[{"id":"P","payloads":[%q]}],
		"catalog":{"revision":1,"digest":%q},"target":"always","rings":[{"name":"all","rest":true}],"approval":{"need":1},
		"lane":"ordinary","mode":"act","silence":"4h","grant":"3h","run":"2h","salt":"s"%s}`,
		id, fettle.DigestOf(nil), fettle.DigestOf(nil), more))
	require.NoError(r.t, err)
	return spec
}

// begin proposes and approves a rollout, with that host in it.
func (r *oneHost) begin(spec *rollout.Spec) {
	r.t.Helper()
	r.take(rollout.Start{Spec: spec, Digest: fettle.DigestOf(nil), By: "paula", Present: []fettle.Digest{fettle.DigestOf(nil)}})
	r.take(rollout.Join{Hosts: []rollout.Member{{Host: "h", Rollouts: []rollout.Candidate{{Rollout: spec.ID, Eligible: ^uint64(0)}}}}})
	r.take(rollout.Approve{Rollout: spec.ID, Digest: fettle.DigestOf(nil), By: "ann"})
}

func (r *oneHost) grant() rollout.Op {
	r.t.Helper()
	r.take(rollout.Ready{Hosts: []rollout.ReadyHost{{Host: "h", Readiness: rollout.Readiness{Needs: []fettle.PatchID{"P"}}}}})
	grants := r.s.Offer(rollout.Ask{Host: "h"}, r.now).Grants
	require.Len(r.t, grants, 1)
	return grants[0].Op
}

// The answer that refuses a start may be lost. Said again, it is refused again: a
// repetition alone would look as if the start had been taken.
func TestARefusedStartStaysRefused(t *testing.T) {
	t.Parallel()
	r := newOneHost(t)
	r.start("R", "")
	op := r.grant()
	r.take(rollout.Pause{Rollout: "R", By: "ann"})
	accepted := rollout.Reports{Hosts: []rollout.HostReport{{Host: "h", Seq: 1, Results: []rollout.Result{
		{Rollout: "R", Op: op, Outcome: rollout.Accepted},
	}}}}
	refuses := func(reason fettle.Reason) bool { return rollout.Refuses(reason.Code) }
	for range 2 {
		require.True(t, slices.ContainsFunc(r.take(accepted), refuses))
	}
	r.take(rollout.Resume{Rollout: "R", By: "ann"})
	accepted.Hosts[0].Seq, accepted.Hosts[0].Results[0].Op = 2, r.grant()
	for range 2 {
		require.False(t, slices.ContainsFunc(r.take(accepted), refuses), "a start that was taken stays taken")
	}
}

// A grant that may not be started any more is waited for until it lapses.
func TestAGrantThatIsPastIsExplained(t *testing.T) {
	t.Parallel()
	r := newOneHost(t)
	r.start("R", "")
	r.grant()
	for _, after := range []time.Duration{0, 3*time.Hour + time.Minute} {
		x := r.s.Explain("h", r.now.Add(after))
		require.Equal(t, rollout.Granted, x.Rollouts[0].Outcome)
		require.True(t, x.Rollouts[0].Next.After(r.now.Add(after)), "%v later: %+v", after, x)
	}
}

// A host that waits again in a rollout that another has overtaken waits for
// nothing: it is skipped there, and the older rollout comes to its end.
func TestWhoIsOvertakenLaterIsSkipped(t *testing.T) {
	t.Parallel()
	r := newOneHost(t)
	r.start("R", "")
	r.grant()
	r.start("S", `,"replaces":["R"]`)
	r.now = r.now.Add(4 * time.Hour) // the grant lapses
	r.take(rollout.Tick{})
	x := r.s.Explain("h", r.now)
	require.Equal(t, rollout.Skipped, x.Rollouts[0].Outcome)
	older, _ := r.s.Progress("R", r.now)
	require.Equal(t, 1, older.Rings[0].Counts["skipped"])
	require.Equal(t, rollout.Held, older.Phase, "its ring has ended, and nobody has tried it")

	r.take(rollout.Leave{Hosts: []fettle.HostID{"h"}})
	r.take(rollout.Join{Hosts: []rollout.Member{{Host: "h", Rollouts: []rollout.Candidate{{Rollout: "R", Eligible: 1}, {Rollout: "S", Eligible: 1}}}}})
	x = r.s.Explain("h", r.now)
	require.Equal(t, rollout.Skipped, x.Rollouts[0].Outcome, "it came back")
	require.Equal(t, rollout.Pending, x.Rollouts[1].Outcome)
}

// What a host never accepted of an operation is over with it: the host can ask
// anew at once, and its units are free.
func TestWhatWasNotAcceptedEndsWithItsOperation(t *testing.T) {
	t.Parallel()
	r := newOneHost(t)
	r.start("R", "")
	r.start("S", "")
	op := r.grant()
	r.take(rollout.Pause{Rollout: "R", By: "ann"})
	say := func(seq uint64, id rollout.ID, outcome rollout.Outcome) {
		r.take(rollout.Reports{Hosts: []rollout.HostReport{{Host: "h", Seq: seq, Results: []rollout.Result{{
			Rollout: id, Op: op, Outcome: outcome,
			Patches: []rollout.PatchState{{Patch: "P", Target: fettle.Yes, Installed: fettle.Yes, Active: fettle.Yes}},
		}}}}})
	}
	say(1, "S", rollout.Accepted)
	require.Equal(t, rollout.Granted, r.s.Explain("h", r.now).Rollouts[0].Outcome, "it is under way")
	say(2, "S", rollout.Verified)
	x := r.s.Explain("h", r.now)
	require.Equal(t, rollout.Pending, x.Rollouts[0].Outcome)
	require.Equal(t, rollout.Verified, x.Rollouts[1].Outcome)
	r.take(rollout.Resume{Rollout: "R", By: "ann"})
	require.NotEqual(t, op, r.grant())
}

// A rollout that opens takes hosts out of the one that it replaces, which chooses
// its own at the same instant: it chooses of those that are left.
func TestBothOpenAtOneInstant(t *testing.T) {
	t.Parallel()
	r := newOneHost(t)
	at := r.now.Add(time.Hour)
	for _, id := range []string{"S", "R"} {
		replaces := ""
		if id == "S" {
			replaces = `,"replaces":["R"]`
		}
		spec := r.spec(id, replaces)
		spec.Rings = []rollout.Ring{{Name: "one", Count: 1, NotBefore: at}, {Name: "all", Rest: true}}
		r.begin(spec)
	}
	r.now = at
	r.take(rollout.Tick{})
	x := r.s.Explain("h", r.now)
	require.Equal(t, []rollout.Outcome{rollout.Pending, rollout.Skipped}, []rollout.Outcome{x.Rollouts[0].Outcome, x.Rollouts[1].Outcome})
}

// A failure of the patch counts whenever it is reported: a host that is off the
// network tells of it when its grant is long over.
func TestALateFailureCounts(t *testing.T) {
	t.Parallel()
	r := newOneHost(t)
	spec := r.spec("R", `,"strata":["model"]`)
	spec.Rings[0].Gates = []rollout.Gate{{Raw: &rollout.RawGate{Count: new(int)}}}
	r.begin(spec)
	op := r.grant()
	r.now = r.now.Add(20 * time.Hour)
	r.take(rollout.Tick{})
	require.Equal(t, rollout.Pending, r.s.Explain("h", r.now).Rollouts[0].Outcome)
	reasons := r.take(rollout.Reports{Hosts: []rollout.HostReport{{Host: "h", Seq: 1, Results: []rollout.Result{
		{Rollout: "R", Op: op, Outcome: rollout.Failed, Class: rollout.ClassHealth},
	}}}})
	require.Equal(t, rollout.ReasonLate, reasons[0].Code)
	p, _ := r.s.Progress("R", r.now)
	require.Equal(t, rollout.Halted, p.Phase)
	require.Equal(t, 1, p.Rings[0].Failed)
}

// A host that has left needs no back-out: its ring would wait for ever. One that
// comes back with the patch on it gets it then.
func TestWhoHasLeftIsNotWaitedForByABackOut(t *testing.T) {
	t.Parallel()
	r := newOneHost(t)
	r.start("R", fmt.Sprintf(`,"backout":{"patches":[{"id":"out","payloads":[%q],"undoes":["P"]}]}`, fettle.DigestOf(nil)))
	op := r.grant()
	r.take(rollout.Reports{Hosts: []rollout.HostReport{{Host: "h", Seq: 1, Results: []rollout.Result{{
		Rollout: "R", Op: op, Outcome: rollout.Verified,
		Patches: []rollout.PatchState{{Patch: "P", Target: fettle.Yes, Installed: fettle.Yes, Active: fettle.Yes}},
	}}}}})
	r.take(rollout.Leave{Hosts: []fettle.HostID{"h"}})
	r.take(rollout.Abort{Rollout: "R", By: "bob", Backout: true})
	p, _ := r.s.Progress("R~backout", r.now)
	require.Zero(t, p.Hosts)
	r.take(rollout.Join{Hosts: []rollout.Member{{Host: "h"}}})
	p, _ = r.s.Progress("R~backout", r.now)
	require.Equal(t, 1, p.Hosts)
	require.Equal(t, rollout.Running, p.Phase)
}

// Nobody waives that an emergency has been tried on nobody.
func TestAnEmergencyIsNotResumedWithoutCanaries(t *testing.T) {
	t.Parallel()
	r := newOneHost(t)
	spec := r.spec("R", "")
	spec.Lane, spec.Approval.Need = rollout.Emergency, 2
	spec.Rings = []rollout.Ring{
		{Name: "first", Count: 1, Close: rollout.Duration(3 * time.Hour), Gates: []rollout.Gate{{Raw: &rollout.RawGate{Count: new(int)}}}},
		{Name: "all", Rest: true},
	}
	r.begin(spec)
	r.take(rollout.Approve{Rollout: "R", Digest: fettle.DigestOf(nil), By: "bob"})
	r.now = r.now.Add(4 * time.Hour)
	r.take(rollout.Tick{})
	for _, by := range []string{"ann", "bob"} {
		r.take(rollout.Approve{Rollout: "R", Digest: fettle.DigestOf(nil), By: by})
	}
	_, _, err := r.s.Take(rollout.Resume{Rollout: "R", By: "ann"}, r.now)
	require.ErrorContains(t, err, "canaries")
	p, _ := r.s.Progress("R", r.now)
	require.Equal(t, rollout.ReasonNoCanaries, p.Reasons[len(p.Reasons)-1].Code)
}

// A host may say itself what another of its results leads to: that its patch is out,
// beside the back-out that took it out.
func TestOneReportOfBothRollouts(t *testing.T) {
	t.Parallel()
	out := rollout.PatchState{Patch: "P", Target: fettle.Yes, Installed: fettle.No, Active: fettle.No}
	done := rollout.PatchState{Patch: "out", Target: fettle.Yes, Installed: fettle.Yes, Active: fettle.Yes}
	for _, last := range []string{"R", "R~backout"} {
		r := newOneHost(t)
		spec := r.spec("R", fmt.Sprintf(`,"backout":{"patches":[{"id":"out","payloads":[%q],"undoes":["P"]}],"auto":true}`, fettle.DigestOf(nil)))
		spec.Rings[0].Gates = []rollout.Gate{{Raw: &rollout.RawGate{Count: new(int)}}}
		r.begin(spec)
		op := r.grant()
		r.take(rollout.Reports{Hosts: []rollout.HostReport{{Host: "h", Seq: 1, Results: []rollout.Result{
			{Rollout: "R", Op: op, Outcome: rollout.Failed, Class: rollout.ClassHealth},
		}}}})
		r.take(rollout.Tick{})
		r.take(rollout.Ready{Hosts: []rollout.ReadyHost{{Host: "h", Readiness: rollout.Readiness{Needs: []fettle.PatchID{"out"}}}}})
		op = r.s.Offer(rollout.Ask{Host: "h"}, r.now).Grants[0].Op
		both := []rollout.Result{
			{Rollout: "R", Outcome: rollout.RolledBack, Patches: []rollout.PatchState{out}},
			{Rollout: "R~backout", Op: op, Outcome: rollout.Verified, Patches: []rollout.PatchState{done}},
		}
		if last == "R" {
			slices.Reverse(both)
		}
		r.take(rollout.Reports{Hosts: []rollout.HostReport{{Host: "h", Seq: 2, Results: both}}})
		x := r.s.Explain("h", r.now)
		for _, one := range x.Rollouts {
			require.Equal(t, map[rollout.ID]rollout.Outcome{"R": rollout.RolledBack, "R~backout": rollout.Verified}[one.Rollout], one.Outcome)
		}
	}
}
