package rollout

import (
	"strconv"
	"time"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/rollout/internal/gatestat"
)

// look is what a ring's gates are asked about: plain values, no state.
type look struct {
	now    time.Time
	opened time.Time
	// members are in the ring now. Of them open may still start, busy have started
	// and have a result to come.
	members, open, busy int
	// ended: no host will start any more that counts here; closes is when time
	// alone ends the ring, zero if it does not.
	ended  bool
	closes time.Time
	// ring and strata are the hosts that started, in that order; earlier are the
	// rings before, late those that started after their ring had closed.
	ring    *cohorts
	strata  []stratumLook
	earlier []ringState
	late    *cohorts
	// granted are hosts that ever had a grant in this ring, reached those of them
	// whose result is about the patch, unreached those that could not be served.
	granted, reached, unreached int
	// lastResult is when the last host had a result that counts. Zero: none.
	lastResult time.Time
	plans      *planCache
	approvals  []approvalGiven
	proposer   string
	approvers  int // the fewest that any approval takes: the lane's
	signal     func(name string) (signalValue, bool)
	permitted  bool // the parent lets the next ring open
	next       string
	observe    bool
	past       bool // the ring has passed
	waived     bool // people went on without this ring's evidence
	resumed    bool // it had halted, and people resumed it: earlier hosts do not count
	latePlans  *planCache
}

type stratumLook struct {
	key   Key
	size  int // members when the first host of the ring started
	hosts *cohorts
}

// signalValue is the last value of a signal and since when it has been that.
type signalValue struct {
	Value string
	Since time.Time
}

// judgement is what one gate says.
type judgement struct {
	gate    string
	outcome gatestat.Outcome
	reason  fettle.Reason
	stratum Key // of a halt in one stratum
	// small: there is no more evidence to come, and what there is proves nothing.
	small bool
}

func (j judgement) status() GateStatus {
	return GateStatus{Gate: j.gate, Verdict: j.outcome.String(), Reasons: []fettle.Reason{j.reason}}
}

// judge asks one gate.
func (l *look) judge(g *Gate) judgement {
	switch {
	case g.Rate != nil:
		return l.evidence("rate", func() judgement { return l.rate(g.Rate) })
	case g.Raw != nil:
		return l.evidence("raw", func() judgement { return l.raw(g.Raw) })
	case g.Reach != nil:
		return l.evidence("reach", func() judgement { return l.reach(g.Reach) })
	case g.Bake != nil:
		return l.bake(g.Bake)
	case g.Approval != nil:
		return l.approval(g.Approval)
	case g.Signal != nil:
		return l.signals(g.Signal)
	case g.Permit != nil:
		return l.permit()
	}
	return judgement{gate: "none", reason: fettle.Reason{Code: ReasonGateUnknown}}
}

// evidence asks a gate that rests on hosts' results, if there are any to come.
func (l *look) evidence(gate string, ask func() judgement) judgement {
	if l.observe {
		return judgement{gate: gate, outcome: gatestat.Passed, reason: fettle.Reason{Code: ReasonObserved}}
	}
	j := ask()
	j.gate = gate
	if j.outcome == gatestat.Inconclusive && l.ended && l.ring.sum.Started == 0 {
		j.small, j.reason = true, l.empty("")
	}
	if j.reason.Code == ReasonGateUnjudged {
		j.small = l.ended && l.busy == 0
	}
	if j.small && l.waived {
		j.outcome, j.small = gatestat.Passed, false
		j.reason = fettle.Reason{Code: ReasonWaived, Args: map[string]string{"lacked": ReasonText(j.reason)}}
	}
	return j
}

// empty says that nobody started and nobody will.
func (l *look) empty(ring string) fettle.Reason {
	r := fettle.Reason{Code: ReasonRingEmpty, Args: map[string]string{"members": strconv.Itoa(l.members)}}
	if ring != "" {
		r.Args["ring"] = ring
	}
	if l.resumed {
		r.Args["since"] = "it was resumed"
	}
	return r
}

// verdict is what all gates of a ring say together: a halt before what is
// inconclusive, that before a pass.
type verdict struct {
	outcome gatestat.Outcome
	gates   []judgement
	halt    *judgement // the first that halts
	small   bool       // inconclusive, and no more evidence will come
	next    time.Time  // when time alone can change it; zero: it cannot
}

// judgeAll asks all gates. A ring without gates passes when it has ended.
func (l *look) judgeAll(gates []Gate) verdict {
	v := verdict{outcome: gatestat.Passed}
	if len(gates) == 0 {
		v.gates = []judgement{l.end()}
	}
	for i := range gates {
		v.gates = append(v.gates, l.judge(&gates[i]))
	}
	for i := range v.gates {
		j := &v.gates[i]
		switch j.outcome {
		case gatestat.Halted:
			if v.halt == nil {
				v.halt = j
			}
		case gatestat.Inconclusive:
			v.outcome = gatestat.Inconclusive
			v.small = v.small || j.small
		case gatestat.Passed:
		}
		v.next = sooner(v.next, j.reason.Until, l.now)
	}
	v.next = sooner(v.next, l.closes, l.now)
	if v.halt != nil {
		v.outcome = gatestat.Halted
	}
	return v
}

// sooner returns the earlier of two instants that are after now; zero counts as
// never.
func sooner(a, b, now time.Time) time.Time {
	if b.IsZero() || !b.After(now) || !a.IsZero() && a.Before(b) {
		return a
	}
	return b
}

// end is the judgement of a ring that has no gates.
func (l *look) end() judgement {
	j := judgement{gate: "end", reason: l.remaining()}
	if l.ended && l.busy == 0 {
		j.outcome, j.reason = gatestat.Passed, fettle.Reason{Code: ReasonRingEnded}
	}
	return j
}

// remaining says how many hosts a ring waits for.
func (l *look) remaining() fettle.Reason {
	return fettle.Reason{
		Code: ReasonRingGoesOn, Until: l.closes,
		Args: map[string]string{"open": strconv.Itoa(l.open + l.busy), "members": strconv.Itoa(l.members)},
	}
}
