package rollout

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/rollout/internal/gatestat"
)

var gateNow = time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)

// ringOf is a ring in which these hosts started, one batch each.
func ringOf(batches ...gatestat.Cohort) *cohorts {
	c := &cohorts{}
	order := startOrder(0)
	for _, b := range batches {
		first := order
		for range b.Started {
			c.started(order, first)
			order++
		}
		c.move(first, gatestat.Cohort{Succeeded: b.Succeeded, Failed: b.Failed})
	}
	return c
}

func lookAt(members int, ring *cohorts) *look {
	return &look{
		now: gateNow, opened: gateNow.Add(-48 * time.Hour), members: members, ring: ring, plans: &planCache{}, latePlans: &planCache{},
		open: members - ring.sum.Started, busy: ring.sum.Unresolved(), ended: members == ring.sum.Started,
		signal:   func(string) (signalValue, bool) { return signalValue{}, false },
		proposer: "paula", next: "two",
	}
}

func TestGateSays(t *testing.T) {
	t.Parallel()
	none, rate5 := 0, Gate{Rate: &RateGate{Limit: Percent(5)}}
	raw0 := Gate{Raw: &RawGate{Count: &none}}
	bake := Gate{Bake: &BakeGate{For: Duration(24 * time.Hour)}}
	two := Gate{Approval: &Approval{Need: 2}}
	quiet := Gate{Signal: &SignalGate{Name: "ticket", Want: "green", Halt: "red", Quiet: Duration(24 * time.Hour)}}
	ticket := func(value string, since time.Duration) func(*look) {
		return func(l *look) {
			l.signal = func(name string) (signalValue, bool) {
				return signalValue{Value: value, Since: gateNow.Add(-since)}, name == "ticket"
			}
		}
	}
	words := func(given ...approvalGiven) func(*look) { return func(l *look) { l.approvals = given } }
	said := func(by string, ago time.Duration) approvalGiven {
		return approvalGiven{By: by, At: gateNow.Add(-ago)}
	}
	for name, c := range map[string]struct {
		gate    Gate
		look    *look
		change  func(*look)
		verdict string
		text    string
	}{
		"rate: 20 prove nothing": {
			rate5, lookAt(20, ringOf(gatestat.Cohort{Started: 20, Succeeded: 20})), nil, "inconclusive",
			"needs 59 hosts to show less than 5%, has only 20: of 20 that started 20 are well, 0 failed",
		},
		"rate: 59 without a failure": {
			rate5, lookAt(59, ringOf(gatestat.Cohort{Started: 59, Succeeded: 59})), nil, "passed",
			"0 of 59 hosts failed, at most 0 may to show less than 5%",
		},
		"rate: 20 and 39 pooled": {
			Gate{Rate: &RateGate{Limit: Percent(5), Pool: true}},
			lookAt(20, ringOf(gatestat.Cohort{Started: 20, Succeeded: 20})),
			func(l *look) {
				l.earlier = []ringState{{starts: starts{cohorts: *ringOf(gatestat.Cohort{Started: 39, Succeeded: 39})}}}
			}, "passed",
			"0 of 59 hosts failed, at most 0 may to show less than 5%",
		},
		"rate: results are missing": {
			rate5, lookAt(200, ringOf(gatestat.Cohort{Started: 70, Succeeded: 50})), nil, "inconclusive",
			"needs 98 hosts to show less than 5%, has 200: of 70 that started 50 are well, 0 failed, 20 are at work",
		},
		"rate: the ring halts": {
			rate5, lookAt(59, ringOf(gatestat.Cohort{Started: 20, Succeeded: 10, Failed: 9})), nil, "halted",
			"9 of 20 hosts failed, 5 are enough to show more than 5%",
		},
		"rate: one model halts": {
			rate5, lookAt(200, ringOf(gatestat.Cohort{Started: 100, Succeeded: 90, Failed: 6})),
			func(l *look) {
				l.strata = []stratumLook{{Key{"model", "T14"}, 10, ringOf(gatestat.Cohort{Started: 6, Failed: 6})}}
			}, "halted",
			"6 of 6 hosts with model T14 failed, 4 are enough to show more than 5%",
		},
		"rate: late-comers halt": {
			rate5, lookAt(59, ringOf(gatestat.Cohort{Started: 59, Succeeded: 59})),
			func(l *look) { l.late = ringOf(gatestat.Cohort{Started: 6, Failed: 6}) }, "halted",
			"6 of 6 late hosts failed, 3 are enough to show more than 5%",
		},
		"rate: nobody started, nobody will": {
			rate5, lookAt(0, ringOf()), nil, "inconclusive",
			"none of the 0 hosts of the ring started and none will: it shows nothing",
		},
		"rate: people went on": {
			rate5, lookAt(20, ringOf(gatestat.Cohort{Started: 20, Succeeded: 20})), func(l *look) { l.waived = true }, "passed",
			"people went on without it: needs 59 hosts to show less than 5%, has only 20: of 20 that started 20 are well, 0 failed",
		},
		"rate: people going on does not hide a halt": {
			rate5, lookAt(20, ringOf(gatestat.Cohort{Started: 20, Failed: 9})), func(l *look) { l.waived = true }, "halted",
			"9 of 20 hosts failed, 5 are enough to show more than 5%",
		},
		"rate: observed": {
			rate5, lookAt(20, ringOf()), func(l *look) { l.observe = true }, "passed",
			"observed only: nothing is installed that could fail",
		},
		"raw: waits for the end": {
			raw0, lookAt(20, ringOf(gatestat.Cohort{Started: 5, Succeeded: 5})), nil, "inconclusive",
			"waits for the ring's end: 0 of 5 hosts failed so far, the limit is 0; 15 hosts may still start",
		},
		"raw: one is too many": {
			raw0, lookAt(20, ringOf(gatestat.Cohort{Started: 5, Succeeded: 4, Failed: 1})), nil, "halted",
			"1 of 5 hosts failed, the limit is 0",
		},
		"raw: ended well": {
			raw0, lookAt(20, ringOf(gatestat.Cohort{Started: 20, Succeeded: 20})), nil, "passed",
			"0 of 20 hosts failed, the limit is 0",
		},
		"reach: too many without room": {
			Gate{Reach: &RawGate{Share: Percent(10), Min: 10}},
			lookAt(20, ringOf()),
			func(l *look) { l.granted, l.unreached = 10, 2 }, "halted",
			"2 of 10 granted hosts could not be served, the limit is 10%",
		},
		"bake: hosts are at work": {
			bake, lookAt(20, ringOf(gatestat.Cohort{Started: 5, Succeeded: 4})),
			func(l *look) { l.lastResult = gateNow.Add(-25 * time.Hour) }, "inconclusive",
			"the bake time of 1d begins when the 1 host at work has a result",
		},
		"bake: not yet": {
			bake, lookAt(20, ringOf(gatestat.Cohort{Started: 5, Succeeded: 5})),
			func(l *look) { l.lastResult = gateNow.Add(-23 * time.Hour) }, "inconclusive",
			"bakes for 1d from 2026-03-09T13:00:00Z to 2026-03-10T13:00:00Z",
		},
		"bake: over to the instant": {
			bake, lookAt(20, ringOf(gatestat.Cohort{Started: 5, Succeeded: 5})),
			func(l *look) { l.lastResult = gateNow.Add(-24 * time.Hour) }, "passed",
			"baked for 1d from 2026-03-09T12:00:00Z",
		},
		"bake: nothing to bake yet": {
			bake, lookAt(20, ringOf()), nil, "inconclusive", "the bake time of 1d begins with the first result",
		},
		"approval: the proposer does not count": {
			two, lookAt(20, ringOf()), words(said("paula", 0), said("ann", time.Hour)), "inconclusive",
			"approvals: 1 of 2, by ann",
		},
		"approval: twice is once": {
			two, lookAt(20, ringOf()), words(said("ann", 0), said("ann", time.Hour)), "inconclusive",
			"approvals: 1 of 2, by ann",
		},
		"approval: expired": {
			two, lookAt(20, ringOf()), words(said("ann", 7*24*time.Hour), said("bob", time.Hour)), "inconclusive",
			"approvals: 1 of 2, by bob; expired: ann",
		},
		"approval: enough": {
			two, lookAt(20, ringOf()), words(said("bob", 0), said("ann", time.Hour)), "passed",
			"approved by ann, bob (2 of 2), until 2026-03-17T11:00:00Z",
		},
		"approval: only from those listed, with a second factor": {
			Gate{Approval: &Approval{Need: 1, From: []string{"ann", "bob"}, StepUp: true}},
			lookAt(20, ringOf()),
			words(said("ann", 0), approvalGiven{By: "eve", StepUp: "totp", At: gateNow}), "inconclusive",
			"approvals: 0 of 1; may approve: ann, bob",
		},
		"signal: never seen":      {quiet, lookAt(1, ringOf()), nil, "inconclusive", "the signal ticket was never seen, wanted: green"},
		"signal: another value":   {quiet, lookAt(1, ringOf()), ticket("amber", 0), "inconclusive", "the signal ticket is amber, wanted: green"},
		"signal: halts":           {quiet, lookAt(1, ringOf()), ticket("red", 0), "halted", "the signal ticket is red, which halts"},
		"signal: not long":        {quiet, lookAt(1, ringOf()), ticket("green", 23*time.Hour), "inconclusive", "the signal ticket is green, and must stay so for 1d, to 2026-03-10T13:00:00Z"},
		"signal: as wanted":       {quiet, lookAt(1, ringOf()), ticket("green", 24*time.Hour), "passed", "the signal ticket is green"},
		"permit: missing":         {Gate{Permit: &PermitGate{}}, lookAt(1, ringOf()), nil, "inconclusive", "the parent region has not permitted the ring two"},
		"permit: there":           {Gate{Permit: &PermitGate{}}, lookAt(1, ringOf()), func(l *look) { l.permitted = true }, "passed", "the parent region permits the ring two"},
		"permit: nothing follows": {Gate{Permit: &PermitGate{}}, lookAt(1, ringOf()), func(l *look) { l.next = "" }, "passed", "no ring follows that would need a permit"},
		"nothing":                 {Gate{}, lookAt(1, ringOf()), nil, "inconclusive", "the gate asks for nothing that is known, so it never passes"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if c.change != nil {
				c.change(c.look)
			}
			j := c.look.judge(&c.gate)
			require.Equal(t, c.verdict, j.outcome.String())
			require.Equal(t, c.text, ReasonText(j.reason))
		})
	}
}

// A halt comes before what is inconclusive, that before a pass, and the next
// instant is the first at which time alone changes something.
func TestGatesCompose(t *testing.T) {
	t.Parallel()
	none := 0
	raw, bake := Gate{Raw: &RawGate{Count: &none}}, Gate{Bake: &BakeGate{For: Duration(time.Hour)}}
	ann := Gate{Approval: &Approval{Need: 1}}
	l := lookAt(2, ringOf(gatestat.Cohort{Started: 2, Succeeded: 2}))
	l.lastResult = gateNow.Add(-time.Minute)
	v := l.judgeAll([]Gate{raw, bake, ann})
	require.Equal(t, gatestat.Inconclusive, v.outcome)
	require.False(t, v.small, "a bake time and an approval are still to come")
	require.Equal(t, gateNow.Add(59*time.Minute), v.next)

	l.now = gateNow.Add(59 * time.Minute)
	l.approvals = []approvalGiven{{By: "ann", At: gateNow}}
	v = l.judgeAll([]Gate{raw, bake, ann})
	require.Equal(t, gatestat.Passed, v.outcome)

	l.ring.move(0, gatestat.Cohort{Succeeded: -1, Failed: 1})
	v = l.judgeAll([]Gate{bake, ann, raw})
	require.Equal(t, gatestat.Halted, v.outcome)
	require.Equal(t, "raw", v.halt.gate)

	require.Equal(t, gatestat.Passed, lookAt(2, ringOf(gatestat.Cohort{Started: 2, Succeeded: 2})).judgeAll(nil).outcome)
	require.Equal(t, gatestat.Inconclusive, lookAt(3, ringOf(gatestat.Cohort{Started: 2, Succeeded: 2})).judgeAll(nil).outcome)
}

// What a host showed first stays; what has nothing to do with the patch is no
// evidence; a silence that is broken is.
func TestStandings(t *testing.T) {
	t.Parallel()
	type step struct {
		to    Outcome
		class Class
	}
	for name, c := range map[string]struct {
		steps []step
		want  standing
	}{
		"granted only":          {[]step{{Granted, 0}, {Pending, 0}}, notStarted},
		"at work":               {[]step{{Granted, 0}, {Accepted, 0}, {Installed, 0}, {RestartPending, 0}}, unresolved},
		"well":                  {[]step{{Granted, 0}, {Accepted, 0}, {Verified, 0}}, succeeded},
		"seen without a grant":  {[]step{{Verified, 0}}, notStarted},
		"no room":               {[]step{{Granted, 0}, {Accepted, 0}, {Failed, ClassDisk}}, notStarted},
		"broken":                {[]step{{Granted, 0}, {Accepted, 0}, {Failed, ClassPatch}}, failed},
		"well the second time":  {[]step{{Accepted, 0}, {Failed, ClassPatch}, {Granted, 0}, {Accepted, 0}, {Verified, 0}}, failed},
		"silent":                {[]step{{Accepted, 0}, {Silent, 0}}, failed},
		"silent, then well":     {[]step{{Accepted, 0}, {Silent, 0}, {Verified, 0}}, succeeded},
		"silent, then broken":   {[]step{{Accepted, 0}, {Silent, 0}, {Failed, ClassHealth}}, failed},
		"well, then worse":      {[]step{{Accepted, 0}, {Verified, 0}, {Failed, ClassHealth}}, failed},
		"verification revoked":  {[]step{{Accepted, 0}, {Verified, 0}, {Pending, 0}}, succeeded},
		"put off after a start": {[]step{{Accepted, 0}, {Deferred, 0}}, notStarted},
		"gone while at work":    {[]step{{Accepted, 0}, {Removed, 0}}, unresolved},
	} {
		s, from := notStarted, Pending
		for _, step := range c.steps {
			s, from = s.after(change{from: from, to: step.to, class: step.class, hushed: from == Silent}), step.to
		}
		require.Equal(t, c.want, s, name)
	}
}

func TestCohortsAreBounded(t *testing.T) {
	t.Parallel()
	c := &cohorts{}
	for i := range startOrder(5000) {
		c.started(i, i)
		if i%10 == 0 {
			c.move(i/2, gatestat.Cohort{Succeeded: 1})
		}
	}
	require.LessOrEqual(t, len(c.from), maxCohorts)
	var sum gatestat.Cohort
	for _, in := range c.counts {
		sum.Started, sum.Succeeded = sum.Started+in.Started, sum.Succeeded+in.Succeeded
	}
	require.Equal(t, c.sum, sum)
	require.Equal(t, gatestat.Cohort{Started: 5000, Succeeded: 500}, sum)
	require.Less(t, len(c.upTo(2500)), len(c.counts))
}

func TestReasonTextIsFilledOnce(t *testing.T) {
	t.Parallel()
	require.Equal(t, "the signal {want} is [x], wanted: ok", ReasonText(fettle.Reason{
		Code: ReasonSigWaiting, Args: map[string]string{"signal": "{want}", "value": "[x]", "want": "ok"},
	}))
	require.Equal(t, "never-heard-of a=1 b=2", ReasonText(fettle.Reason{
		Code: "never-heard-of", Args: map[string]string{"b": "2", "a": "1"},
	}))
}
