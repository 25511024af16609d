package rollout

import (
	"strconv"
	"time"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/rollout/internal/gatestat"
)

// bake waits after the last result. While a host is at work its result is yet to
// come, so the time has not begun. A ring in which nobody started bakes from its
// opening once it has ended.
func (l *look) bake(g *BakeGate) judgement {
	j := judgement{gate: "bake"}
	args := map[string]string{"for": g.For.String()}
	from := l.lastResult
	if from.IsZero() && (l.ended || l.observe) {
		from = l.opened
	}
	switch {
	case l.busy > 0:
		args["unresolved"] = strconv.Itoa(l.busy)
		j.reason = fettle.Reason{Code: ReasonBakeBusy, Args: args}
	case from.IsZero():
		j.reason = fettle.Reason{Code: ReasonBakeNothing, Args: args}
	default:
		until := from.Add(time.Duration(g.For))
		args["from"] = from.UTC().Format(time.RFC3339)
		if l.now.Before(until) {
			j.reason = fettle.Reason{Code: ReasonBaking, Args: args, Until: until}
		} else {
			j.outcome, j.reason = gatestat.Passed, fettle.Reason{Code: ReasonBaked, Args: args}
		}
	}
	return j
}

// approval counts the words of people for this ring.
func (l *look) approval(a *Approval) judgement {
	need := max(a.Need, l.approvers)
	t := a.count(l.approvals, l.proposer, l.now)
	j := judgement{gate: "approval", reason: t.reason(a, need)}
	if len(t.have) >= need {
		j.outcome = gatestat.Passed
	}
	return j
}

// signals compares a signal's value with what is wanted.
func (l *look) signals(g *SignalGate) judgement {
	j := judgement{gate: "signal"}
	args := map[string]string{"signal": g.Name, "want": g.Want}
	v, known := l.signal(g.Name)
	args["value"] = v.Value
	switch {
	case !known:
		delete(args, "value")
		j.reason = fettle.Reason{Code: ReasonSigUnknown, Args: args}
	case g.Halt != "" && v.Value == g.Halt:
		j.outcome, j.reason = gatestat.Halted, fettle.Reason{Code: ReasonSigHalted, Args: args}
	case v.Value != g.Want:
		j.reason = fettle.Reason{Code: ReasonSigWaiting, Args: args}
	case l.now.Before(v.Since.Add(time.Duration(g.Quiet))):
		args["quiet"] = g.Quiet.String()
		j.reason = fettle.Reason{Code: ReasonSigQuiet, Args: args, Until: v.Since.Add(time.Duration(g.Quiet))}
	default:
		j.outcome, j.reason = gatestat.Passed, fettle.Reason{Code: ReasonSigPassed, Args: args}
	}
	return j
}

// permit asks whether the parent region lets the next ring open.
func (l *look) permit() judgement {
	j := judgement{gate: "permit", reason: fettle.Reason{Code: ReasonNoPermit, Args: map[string]string{"ring": l.next}}}
	switch {
	case l.next == "":
		j.outcome, j.reason = gatestat.Passed, fettle.Reason{Code: ReasonPermitFree}
	case l.permitted:
		j.outcome, j.reason.Code = gatestat.Passed, ReasonPermitted
	}
	return j
}
