package schedule

import (
	"time"

	"github.com/fettle-dev/fettle"
)

// judgeRestart gives the verdict on a pending restart, if there is one.
func (e *eval) judgeRestart() {
	r, pending := e.restartRule()
	if !pending {
		if e.ledger.Restart != (RestartDebt{}) {
			e.ledger.Restart = RestartDebt{}
		}
		return
	}
	v := &Verdict{Action: Wait, Rule: r.name}
	e.restart = v
	debt := &e.ledger.Restart
	since := seconds(e.s.Restart.Since)
	if since.IsZero() || since.After(e.now) {
		since = e.now
	}
	if debt.Since.IsZero() || since.Before(debt.Since) {
		debt.Since = since
	}
	v.Hard = r.budget.after(debt.Since)
	if r.mode == RestartNever {
		v.Reasons = []fettle.Reason{because(ReasonRestartMode, time.Time{}, "rule", r.name)}
		return
	}
	e.restartGates(v, r)
}

// restartGates looks for what stands in the way of a restart, in the order of
// Decide.
func (e *eval) restartGates(v *Verdict, r *restart) {
	debt := &e.ledger.Restart
	over := e.restartOverride()
	if over == nil {
		if f, span := e.frozenRestart(); f != nil {
			v.Reasons = append(v.Reasons, frozenBy(f, span, restarts))
			return
		}
	}
	w := work{}
	if e.unsafe(&w, r.conditions) {
		v.Reasons = w.reasons
		return
	}
	agreed, overdue := debt.Accepted, e.reached(v.Hard)
	if !overdue && !agreed && !debt.DeferredUntil.IsZero() && !e.reached(debt.DeferredUntil) {
		v.Reasons = append(v.Reasons, because(ReasonDeferred, earlier(debt.DeferredUntil, v.Hard)))
		e.choices = append(e.choices, Choice{Kind: ChooseNow})
		return
	}
	away := e.s.User == fettle.No || agreed
	var permits []fettle.Reason
	if over != nil {
		permits = append(permits, over.permits())
	} else {
		c := counting{mandatory: away || overdue, optional: !overdue}
		seen := e.look(r.windows, c, max(e.restartNeeds(), r.reserve))
		if !seen.open {
			v.Reasons = e.closed(r.windows, c, seen, v.Hard, max(e.restartNeeds(), r.reserve))
			return
		}
		permits = seen.reasons
	}
	if e.restartDiscourteous(v, r, overdue || agreed) {
		return
	}
	v.Reasons = append(permits, because(ReasonInstalled, time.Time{}))
	if overdue {
		v.Reasons = append(v.Reasons, because(ReasonBudget, time.Time{}, "deadline", instantText(v.Hard)))
	}
	switch {
	case away || (overdue && r.forced):
		v.Action = RestartHost
		if e.s.User != fettle.No {
			e.countdown = LimitOf(r.countdown)
		}
	default:
		e.offerRestart(v, r, overdue)
	}
}

func (e *eval) restartDiscourteous(v *Verdict, r *restart, ended bool) bool {
	if ended {
		return false
	}
	w := work{}
	d := debt{Obligation: &Obligation{}, offered: e.ledger.Restart.Since, hard: v.Hard}
	if !e.discourteous(&w, r.conditions, &d) {
		return false
	}
	v.Reasons = w.reasons
	return true
}

// offerRestart asks whoever is signed in.
func (e *eval) offerRestart(v *Verdict, r *restart, overdue bool) {
	v.Action = Offer
	e.choices = append(e.choices, Choice{Kind: ChooseNow})
	if overdue {
		v.Reasons = append(v.Reasons, because(ReasonNotForced, time.Time{}))
		return
	}
	v.Reasons = append(v.Reasons, because(ReasonAsk, v.Hard, "user", e.s.User.String()))
	if left, ok := r.deferrals.left(e.ledger.Restart.Deferrals); ok && (r.deferEach.never || r.deferEach.d > 0) {
		e.choices = append(e.choices, Choice{Kind: ChooseDefer, Longest: r.deferEach, Latest: v.Hard, Left: left})
	}
}

// restartRule returns the restart rule that binds, and whether a restart is
// pending. Of the rules of several items it is the one with the smallest
// budget that restarts at all.
func (e *eval) restartRule() (*restart, bool) {
	fallback := e.p.restarts["default"]
	var best *restart
	consider := func(r *restart) {
		if best == nil || (best.mode == RestartNever && r.mode != RestartNever) ||
			(r.mode != RestartNever && r.budget.compare(best.budget) < 0) {
			best = r
		}
	}
	for i := range e.work {
		it := e.work[i].item
		if it.Stage != StagePendingRestart {
			continue
		}
		if r := e.p.rule(it); r != nil {
			consider(r.restart)
		} else {
			consider(fallback)
		}
	}
	if e.s.Restart.Pending == fettle.Yes && best == nil {
		best = fallback
	}
	if e.s.Restart.Installed && best == nil && fallback.mode == RestartAlways {
		best = fallback
	}
	return best, best != nil
}

// restartNeeds is the longest estimate of the items that wait for the restart.
func (e *eval) restartNeeds() time.Duration {
	var need time.Duration
	for i := range e.work {
		if it := e.work[i].item; it.Stage == StagePendingRestart {
			need = max(need, it.RestartTime)
		}
	}
	return need
}

func (e *eval) restartOverride() *override {
	for i := range e.work {
		if it := e.work[i].item; it.Stage == StagePendingRestart {
			if o := e.override(it, restarts); o != nil {
				return o
			}
		}
	}
	return nil
}

// frozenRestart returns the restart freeze that ends last of those that concern
// an item that waits for the restart. A restart that no item waits for is
// concerned by every freeze.
func (e *eval) frozenRestart() (*freeze, Span) {
	var held *freeze
	var until Span
	asked := false
	for i := range e.work {
		it := e.work[i].item
		if it.Stage != StagePendingRestart {
			continue
		}
		asked = true
		if f, span := e.frozen(it, restarts); f != nil && (held == nil || span.End.After(until.End)) {
			held, until = f, span
		}
	}
	if asked {
		return held, until
	}
	return e.frozen(nil, restarts)
}

// decision puts the verdicts together.
func (e *eval) decision() Decision {
	d := Decision{ZoneRules: e.p.zones, Ledger: e.ledger, Next: e.next, Choices: e.choices, Countdown: e.countdown}
	pending := e.s.Restart.Pending == fettle.Yes
	if len(e.work) > 0 {
		d.Verdicts = make([]Verdict, 0, len(e.work)+1)
	}
	for i := range e.work {
		w := &e.work[i]
		v := Verdict{Patch: w.item.Patch, Action: w.action, Soft: w.soft, Hard: w.hard, Reasons: w.reasons}
		if w.rule != nil {
			v.Rule = w.rule.name
		}
		if e.stop != nil {
			v.Action, v.Reasons = Wait, []fettle.Reason{*e.stop}
		}
		d.Verdicts = append(d.Verdicts, v)
	}
	switch {
	case e.stop != nil && pending:
		d.Verdicts = append(d.Verdicts, Verdict{Action: Wait, Reasons: []fettle.Reason{*e.stop}})
	case e.restart != nil:
		d.Verdicts = append(d.Verdicts, *e.restart)
	}
	for i := range d.Verdicts {
		v := &d.Verdicts[i]
		d.Action = max(d.Action, v.Action)
		for _, r := range v.Reasons {
			d.Reasons = addOnce(d.Reasons, r)
		}
	}
	for _, r := range d.Reasons {
		d.unblock(r)
	}
	return d
}

// unblock notes what besides time would take a reason away.
func (d *Decision) unblock(r fettle.Reason) {
	add := func(code string, args ...string) { d.Unblock = addOnce(d.Unblock, because(code, time.Time{}, args...)) }
	a := r.Args
	switch r.Code {
	case ReasonClock:
		add(UnblockClock)
	case ReasonHostFreeze:
		if a["freeze"] == "" {
			add(UnblockHostFreeze)
			return
		}
		add(UnblockHostFreeze, "freeze", a["freeze"], "owner", a["owner"])
	case ReasonNoRule:
		add(UnblockRule)
	case ReasonHalted:
		add(UnblockHalt)
	case ReasonRing:
		add(UnblockRing)
	case ReasonGrant, ReasonGrantOver:
		add(UnblockGrant)
	case ReasonDelay:
		add(UnblockOverride, "effect", "install")
	case ReasonCycle:
		if a["event"] != "" {
			add(UnblockEvent, "event", a["event"])
		}
		add(UnblockOverride, "effect", "install")
	case ReasonEvent:
		add(UnblockEvent, "event", a["event"])
	case ReasonFreeze:
		add(UnblockFreeze, "freeze", a["freeze"], "owner", a["owner"])
		if a["blocks"] != "download" {
			add(UnblockOverride, "effect", a["blocks"])
		}
	case ReasonRestartFirst:
		add(UnblockRestart)
	case ReasonNoWindow:
		add(UnblockWindow)
	case ReasonOutside, ReasonTooLate, ReasonSpread:
		add(UnblockOverride)
	case ReasonUserPresent:
		add(UnblockUser)
	case ReasonAsk:
		add(UnblockConsent)
		add(UnblockUser)
	case ReasonCourtesy, ReasonSafety:
		add(UnblockCondition, "condition", a["condition"])
	case ReasonNetwork:
		add(UnblockNetwork, "network", a["network"])
	case ReasonNetworkAsk:
		add(UnblockConsent)
		add(UnblockNetwork, "network", a["network"])
	case ReasonDeferred, ReasonRefused, ReasonNotForced:
		add(UnblockConsent)
	}
}
