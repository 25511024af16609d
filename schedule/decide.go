package schedule

import (
	"fmt"
	"time"

	"github.com/fettle-dev/fettle"
)

// Decide answers what to do now for these items on the policy's host, why, and
// when that can change. It is pure: the same values give the same decision.
//
// now is cut to the whole second. For every later instant before Next, the same
// state and items with the decision's Ledger give the same decision.
//
// What stands in the way of an item is looked for in a fixed order, and the
// first kind found is the answer: an untrusted clock; a host freeze; no rule;
// no permission (halt, ring, grant); delay and cycle; a freeze, or a restart
// that must come first; safety and the network; the user's deferral or refusal;
// the windows; courtesies; and last the user, if somebody is signed in.
//
// The error, a *FieldError, means that the question could not be answered: an
// item without a name or twice, a negative estimate, a ledger out of order.
func (p *Policy) Decide(s State, items []Item, l Ledger, now time.Time) (Decision, error) {
	if err := checkItems(items); err != nil {
		return Decision{}, err
	}
	if err := l.check(); err != nil {
		return Decision{}, err
	}
	e := eval{p: p, s: &s, ledger: l, instants: instants{now: seconds(now)}}
	e.work, e.seen = make([]work, len(items)), e.few[:0]
	for i := range items {
		e.work[i].item = &items[i]
	}
	if !e.stopped() {
		e.ledger = pruned(l, items)
		for i := range e.work {
			e.takeUp(&e.work[i])
			e.noteReplaced(&e.work[i])
		}
		e.restartFirst = e.restartComesFirst()
		for i := range e.work {
			e.judge(&e.work[i])
		}
		e.judgeRestart()
	}
	return e.decision(), nil
}

func checkItems(items []Item) error {
	refuse := func(i int, field, value, rule string) error {
		return &FieldError{Field: fmt.Sprintf("items[%d].%s", i, field), Value: value, Rule: rule, Err: ErrInvalid}
	}
	for i := range items {
		it := &items[i]
		switch {
		case it.Patch == "":
			return refuse(i, "patch", "", "required")
		case it.InstallTime < 0 || it.InstallTime > maxLimit:
			return refuse(i, "installTime", it.InstallTime.String(), "want 0 to 100 years")
		case it.RestartTime < 0 || it.RestartTime > maxLimit:
			return refuse(i, "restartTime", it.RestartTime.String(), "want 0 to 100 years")
		}
	}
	if len(items) <= 16 {
		for i := range items {
			for j := range i {
				if items[i].Patch == items[j].Patch {
					return refuse(i, "patch", string(items[i].Patch), "stated twice")
				}
			}
		}
		return nil
	}
	seen := make(map[fettle.PatchID]bool, len(items))
	for i := range items {
		if seen[items[i].Patch] {
			return refuse(i, "patch", string(items[i].Patch), "stated twice")
		}
		seen[items[i].Patch] = true
	}
	return nil
}

// pruned returns the ledger without the obligations that are met: those whose
// patch is neither an item nor replaced by one.
func pruned(l Ledger, items []Item) Ledger {
	unmet := 0
	still := make([]bool, len(l.Items))
	mark := func(patch fettle.PatchID) {
		if i, ok := l.index(patch); ok && !still[i] {
			still[i] = true
			unmet++
		}
	}
	for i := range items {
		mark(items[i].Patch)
		for j := range items[i].Replaces {
			mark(items[i].Replaces[j].Patch)
		}
	}
	if unmet == len(l.Items) {
		return l
	}
	kept := make([]Obligation, 0, unmet)
	for i := range l.Items {
		if still[i] {
			kept = append(kept, l.Items[i])
		}
	}
	l.Items = kept
	return l
}

// eval is one run of Decide.
type eval struct {
	instants
	p      *Policy
	s      *State
	work   []work
	ledger Ledger
	owned  bool // ledger.Items may be written
	// committed is the installation time of what is to be installed now, and
	// restartTime the longest restart that it may need.
	committed, restartTime time.Duration
	restartFirst           bool
	seen                   []occurrence
	few                    [6]occurrence
	restart                *Verdict
	replaced               map[fettle.PatchID]fettle.PatchID // by which actionable item
	choices                []Choice
	countdown              Limit
	stop                   *fettle.Reason
}

// work is one item under evaluation.
type work struct {
	item       *Item
	rule       *rule
	override   *override // active and for installing; nil: none
	taken      time.Time // when it is taken up by itself
	actionable bool      // permitted and taken up
	action     Action
	soft, hard time.Time
	reasons    []fettle.Reason
}

func (w *work) blocked(r fettle.Reason) { w.reasons = append(w.reasons, r) }

// stopped reports whether something stops the whole host, and notes it.
func (e *eval) stopped() bool {
	hold := func(r fettle.Reason) bool {
		e.stop = &r
		return true
	}
	if e.s.Clock != fettle.Yes {
		return hold(because(ReasonClock, time.Time{}, "known", e.s.Clock.String()))
	}
	if last := e.ledger.latest(); !last.IsZero() && !e.reached(last) {
		return hold(because(ReasonClock, last, "ledger", instantText(last)))
	}
	if e.s.Frozen != "" {
		return hold(because(ReasonHostFreeze, time.Time{}, "reason", e.s.Frozen))
	}
	for i := range e.p.holds {
		if h := &e.p.holds[i]; e.in(h.span) {
			return hold(because(ReasonHostFreeze, endOf(h.span), "freeze", h.name, "owner", h.owner, "reason", h.reason))
		}
	}
	return false
}

// endOf is the end of a span as reasons tell it: zero if it has none.
func endOf(s Span) time.Time {
	if !s.End.Before(Forever()) {
		return time.Time{}
	}
	return s.End
}

// takeUp finds whether an item is permitted and taken up, and if so offers it.
func (e *eval) takeUp(w *work) {
	it := w.item
	w.action = Wait
	if it.Stage == StagePendingRestart {
		w.blocked(because(ReasonInstalled, time.Time{}))
		return
	}
	if w.rule = e.p.rule(it); w.rule == nil {
		w.blocked(because(ReasonNoRule, time.Time{}))
		return
	}
	if !e.permitted(w) {
		return
	}
	w.override = e.override(it, installs)
	released := it.Released
	if released.IsZero() {
		released = e.obligation(it).Seen
	}
	taken, why := e.takenUp(w.rule, seconds(released), it.Patch)
	w.taken = taken
	if !e.reached(taken) && w.override == nil {
		why.Until = taken
		w.blocked(why)
		return
	}
	w.actionable = true
	if o := e.obligation(it); o.Offered.IsZero() {
		o = e.own(it.Patch)
		o.Offered = e.now
		if w.rule.cycle != nil && w.rule.cycle.window == nil {
			o.TakenUp = taken
		}
	}
}

// permitted reports whether the rollout lets the item start, and notes all that
// does not.
func (e *eval) permitted(w *work) bool {
	it := w.item
	if it.Halted {
		w.blocked(because(ReasonHalted, time.Time{}))
	}
	if it.Ring != fettle.Yes {
		w.blocked(because(ReasonRing, time.Time{}, "known", it.Ring.String()))
	}
	if it.Grant != fettle.Yes {
		w.blocked(because(ReasonGrant, time.Time{}, "known", it.Grant.String()))
	} else if e.reached(seconds(it.StartBy)) {
		w.blocked(because(ReasonGrantOver, time.Time{}, "startBy", instantText(it.StartBy.UTC())))
	}
	return len(w.reasons) == 0
}

// takenUp returns when the rule takes up what was released then; zero: not by
// time alone. The reason is for the case that this lies ahead.
func (e *eval) takenUp(r *rule, released time.Time, patch fettle.PatchID) (time.Time, fettle.Reason) {
	ready := r.delay.after(released)
	if ready.IsZero() || r.cycle == nil {
		return ready, because(ReasonDelay, ready)
	}
	c := r.cycle
	if c.window == nil {
		why := because(ReasonCycle, time.Time{}, "cycle", c.name, "event", c.event)
		if o := e.ledger.find(patch); o != nil && !o.TakenUp.IsZero() {
			return o.TakenUp, why
		}
		raised, ok := e.s.Events[c.event]
		if !ok || raised.Before(ready) {
			return time.Time{}, why
		}
		return seconds(raised), why
	}
	span, ok := c.window.Next(ready.Add(-time.Second))
	if !ok {
		return time.Time{}, because(ReasonCycle, time.Time{}, "cycle", c.name)
	}
	return span.Start, because(ReasonCycle, span.Start, "cycle", c.name)
}

// obligation returns the item's own entry in the ledger, made if need be.
func (e *eval) obligation(it *Item) *Obligation {
	if o := e.ledger.find(it.Patch); o != nil {
		return o
	}
	return e.own(it.Patch, Obligation{Patch: it.Patch, Released: seconds(it.Released), Seen: e.now})
}

// own returns a patch's entry in a ledger that may be written; with fresh, it
// is inserted where there is none.
func (e *eval) own(patch fettle.PatchID, fresh ...Obligation) *Obligation {
	if !e.owned {
		e.ledger, e.owned = e.ledger.clone(), true
	}
	if len(fresh) > 0 {
		e.ledger.insert(fresh[0])
	}
	return e.ledger.find(patch)
}

// override returns the override in force that lets the item through for an
// effect, or nil. Of several it is the first by name.
func (e *eval) override(it *Item, what effect) *override {
	for i := range e.p.over {
		o := &e.p.over[i]
		if (what == installs && !o.install) || (what == restarts && !o.restart) || !o.concerns(it) {
			continue
		}
		if e.in(o.span) {
			return o
		}
	}
	return nil
}

// frozen returns the freeze in force for an item and an effect, or nil. A nil
// item stands for an effect that belongs to none: every freeze concerns it.
func (e *eval) frozen(it *Item, what effect) (*freeze, Span) {
	var held *freeze
	var until Span
	for i := range e.p.freezes {
		f := &e.p.freezes[i]
		if f.blocks&what == 0 || it != nil && !f.concerns(it) {
			continue
		}
		span, ok := f.at(e.now)
		if !ok {
			e.ahead(span.Start)
			continue
		}
		e.ahead(span.End)
		if held == nil || span.End.After(until.End) {
			held, until = f, span
		}
	}
	return held, until
}

// at returns the span of the freeze that holds t, or false and the one that
// comes next; its Start is zero if there is none.
func (f *freeze) at(t time.Time) (Span, bool) {
	if f.window == nil {
		if f.span.Contains(t) {
			return f.span, true
		}
		if t.Before(f.span.Start) {
			return f.span, false
		}
		return Span{}, false
	}
	if s, ok := f.window.At(t); ok {
		return s, true
	}
	s, _ := f.window.Next(t)
	return s, false
}
