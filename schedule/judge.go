package schedule

import (
	"time"

	"github.com/fettle-dev/fettle"
)

// debt is what an item owes, by the oldest unmet patch that it answers for.
type debt struct {
	*Obligation
	offered             time.Time // first moment the host could act on any of it
	since               time.Time // from when windows count as missed
	soft, hard          time.Time // zero: never
	due                 bool      // see overdue
	spent, away, agreed bool
	askNetwork          bool // the network wants the user's consent
}

// judge gives the verdict on an item that takeUp let through.
func (e *eval) judge(w *work) {
	if !w.actionable {
		return
	}
	if by := e.replaced[w.item.Patch]; by != "" {
		w.action = Nothing
		w.blocked(because(ReasonReplaced, time.Time{}, "by", string(by)))
		return
	}
	d := e.debt(w)
	w.soft, w.hard = d.soft, d.hard
	if w.item.Stage == StageNeeded {
		e.judgeDownload(w, &d)
		return
	}
	if e.heldBack(w) || e.unsafe(w, w.rule.conditions) || e.networkForbids(w, &d, installs) || e.putOff(w, &d) {
		return
	}
	permits, open := e.installWindow(w, &d)
	if !open || e.discourteous(w, w.rule.conditions, &d) {
		return
	}
	e.whoDecides(w, &d, permits)
}

// noteReplaced notes which patches an actionable item replaces. Of several that
// replace one the first counts.
func (e *eval) noteReplaced(w *work) {
	if !w.actionable {
		return
	}
	for _, r := range w.item.Replaces {
		if _, known := e.replaced[r.Patch]; known || r.Patch == w.item.Patch {
			continue
		}
		if e.replaced == nil {
			e.replaced = map[fettle.PatchID]fettle.PatchID{}
		}
		e.replaced[r.Patch] = w.item.Patch
	}
}

// debt works out deadlines and what is left of the user's say.
func (e *eval) debt(w *work) debt {
	r, it := w.rule, w.item
	o := e.ledger.oldest(it)
	offered := o.Offered
	if offered.IsZero() {
		offered = e.ledger.find(it.Patch).Offered
	}
	base := w.taken
	if oldest := oldestRelease(it, o); oldest.Before(it.Released) {
		if t, _ := e.takenUp(r, seconds(oldest), o.Patch); !t.IsZero() && (base.IsZero() || t.Before(base)) {
			base = t
		}
	}
	if base.IsZero() || base.After(offered) {
		base = offered // an override let it through before its time
	}
	d := debt{Obligation: o, offered: offered}
	d.since = base
	granted := offered
	if g := seconds(it.Granted); !g.IsZero() && g.Before(granted) {
		granted = g
	}
	if granted.After(base) {
		d.since = granted
	}
	lead := r.lead.after(offered)
	d.hard = e.deadline(w, base, r.hard)
	if !d.hard.IsZero() {
		d.hard = latest(d.hard, r.grace.after(offered), lead)
		if r.grace.never || r.lead.never {
			d.hard = time.Time{}
		}
	}
	if w.override != nil && !w.override.enforceFrom.IsZero() && !r.lead.never {
		if t := latest(w.override.enforceFrom, lead); d.hard.IsZero() || t.Before(d.hard) {
			d.hard = t
		}
	}
	d.soft = e.deadline(w, base, r.soft)
	if d.soft.IsZero() || (!d.hard.IsZero() && d.hard.Before(d.soft)) {
		d.soft = d.hard
	}
	d.due = !d.hard.IsZero() && !d.hard.After(e.now)
	d.agreed = o.Accepted == it.Patch
	d.away = e.s.User == fettle.No || d.agreed
	_, left := r.deferrals.left(o.Deferrals)
	total, bounded := r.deferTotal.Duration()
	d.spent = o.Deferrals > 0 && (!left || (bounded && o.Deferred.d >= total))
	return d
}

// overdue reports whether the hard deadline has passed. Who asks depends on it,
// so the deadline is noted then, and only then, as an instant of change.
func (e *eval) overdue(d *debt) bool {
	e.ahead(d.hard)
	return d.due
}

// oldestRelease is the release date of the oldest unmet patch, as far as known.
func oldestRelease(it *Item, o *Obligation) time.Time {
	oldest := it.Released
	older := func(t time.Time) {
		if !t.IsZero() && t.Before(oldest) {
			oldest = t
		}
	}
	older(o.Released)
	for i := range it.Replaces {
		older(it.Replaces[i].Released)
	}
	return oldest
}

func latest(t time.Time, more ...time.Time) time.Time {
	for _, u := range more {
		if u.After(t) {
			t = u
		}
	}
	return t
}

// maxFreezeSpans bounds the freezes that a deadline is carried across.
const maxFreezeSpans = 1000

// deadline returns base plus limit; where the rule says so, the time of install
// freezes that concern the item does not count. Zero: never.
func (e *eval) deadline(w *work, base time.Time, limit Limit) time.Time {
	end := limit.after(base)
	if end.IsZero() || !w.rule.freezeExtends {
		return end
	}
	at := base
	for range maxFreezeSpans {
		var first Span
		for i := range e.p.freezes {
			f := &e.p.freezes[i]
			if f.blocks&installs == 0 || !f.concerns(w.item) {
				continue
			}
			s, _ := f.at(at)
			if !s.Start.IsZero() && s.Start.Before(at) {
				s.Start = at
			}
			if !s.Empty() && s.End.After(at) && (first.Empty() || s.Start.Before(first.Start)) {
				first = Span{latest(at, s.Start), s.End}
			}
		}
		if first.Empty() || !first.Start.Before(end) {
			return end
		}
		if !first.End.Before(Forever()) {
			return time.Time{}
		}
		end = end.Add(first.Length())
		at = first.End
	}
	return end
}

// heldBack notes a restart that must come first, and a freeze.
func (e *eval) heldBack(w *work) bool {
	if e.restartFirst {
		w.blocked(because(ReasonRestartFirst, time.Time{}))
		return true
	}
	return e.freezes(w, installs)
}

func (e *eval) freezes(w *work, what effect) bool {
	if w.override != nil {
		return false
	}
	f, span := e.frozen(w.item, what)
	if f == nil {
		return false
	}
	w.blocked(frozenBy(f, span, what))
	return true
}

// permits is the reason that an override gives.
func (o *override) permits() fettle.Reason {
	return because(ReasonOverride, endOf(o.span), "override", o.name, "approver", o.approver, "reason", o.reason)
}

func frozenBy(f *freeze, span Span, what effect) fettle.Reason {
	return because(ReasonFreeze, endOf(span), "freeze", f.name, "owner", f.owner, "reason", f.reason, "blocks", what.String())
}

// String returns the word that policies use for a single effect.
func (x effect) String() string {
	switch x {
	case downloads:
		return "download"
	case installs:
		return "install"
	case restarts:
		return "restart"
	default:
		return "several"
	}
}

// restartComesFirst reports whether a restart is pending before which nothing
// else may go in.
func (e *eval) restartComesFirst() bool {
	if e.s.Restart.BeforeNext && e.s.Restart.Pending == fettle.Yes {
		return true
	}
	for i := range e.work {
		it := e.work[i].item
		if it.Stage == StagePendingRestart && it.Restart == fettle.RestartHostBeforeNext {
			return true
		}
	}
	return false
}

// unsafe notes the safety conditions that do not hold.
func (e *eval) unsafe(w *work, list []condition) bool {
	before := len(w.reasons)
	for i := range list {
		if known := e.s.Conditions[list[i].name]; list[i].safety && known != fettle.Yes {
			w.blocked(because(ReasonSafety, time.Time{}, "condition", list[i].name, "known", known.String()))
		}
	}
	return len(w.reasons) > before
}

// discourteous notes the courtesies that do not hold and have patience left.
func (e *eval) discourteous(w *work, list []condition, d *debt) bool {
	if d.agreed || e.overdue(d) {
		return false
	}
	before := len(w.reasons)
	for i := range list {
		c := &list[i]
		if c.safety || e.s.Conditions[c.name] == fettle.Yes {
			continue
		}
		end := c.patience.after(d.offered)
		if end.IsZero() || (!d.hard.IsZero() && d.hard.Before(end)) {
			end = d.hard
		}
		if !e.reached(end) {
			w.blocked(because(ReasonCourtesy, end, "condition", c.name, "known", e.s.Conditions[c.name].String()))
		}
	}
	return len(w.reasons) > before
}

// networkForbids notes a network that does not permit an effect.
func (e *eval) networkForbids(w *work, d *debt, what effect) bool {
	if len(e.p.networks) == 0 {
		return false
	}
	n := e.p.network(e.s.Network)
	if n == nil {
		w.blocked(because(ReasonNetwork, time.Time{}, "network", e.s.Network, "effect", what.String()))
		return true
	}
	term := n.Install.value
	if what == downloads {
		term = n.Download.value
	}
	switch {
	case term == TermNever:
		w.blocked(because(ReasonNetwork, time.Time{}, "network", e.s.Network, "effect", what.String()))
		return true
	case term == TermOptional && !e.overdue(d) && !d.agreed:
		if e.s.User == fettle.No {
			w.blocked(because(ReasonNetworkAsk, d.hard, "network", e.s.Network, "effect", what.String()))
			return true
		}
		if what == downloads {
			w.action = Offer
			w.blocked(because(ReasonNetworkAsk, d.hard, "network", e.s.Network, "effect", what.String()))
			e.choices = append(e.choices, Choice{Kind: ChooseNow, Patch: w.item.Patch, Charges: d.Patch})
			return true
		}
		d.askNetwork = true
	}
	return false
}

func (e *eval) judgeDownload(w *work, d *debt) {
	if e.freezes(w, downloads) || e.networkForbids(w, d, downloads) {
		return
	}
	if o := w.override; o != nil {
		w.blocked(o.permits())
		w.action = Download
		return
	}
	v := e.look(w.rule.downloads, counting{mandatory: true, optional: true}, 0)
	w.reasons = append(w.reasons, v.reasons...)
	if v.open {
		w.action = Download
	}
}

// putOff notes the user's deferral or refusal.
func (e *eval) putOff(w *work, d *debt) bool {
	if e.overdue(d) || d.agreed {
		return false
	}
	var why fettle.Reason
	switch {
	case !d.DeferredUntil.IsZero() && !e.reached(d.DeferredUntil):
		why = because(ReasonDeferred, earlier(d.DeferredUntil, d.hard))
	case d.Refused == w.item.Patch:
		end := d.soft
		if w.rule.soft.never {
			end = before(d.hard, w.rule.lead)
		}
		if e.reached(end) {
			return false
		}
		why = because(ReasonRefused, end)
	default:
		return false
	}
	w.blocked(why)
	e.choices = append(e.choices, Choice{Kind: ChooseNow, Patch: w.item.Patch, Charges: d.Patch})
	return true
}

// earlier returns the earlier of two instants; zero is never.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || (!b.IsZero() && b.Before(a)) {
		return b
	}
	return a
}

// before returns the instant a limit ahead of t; zero if t is.
func before(t time.Time, l Limit) time.Time {
	if t.IsZero() {
		return t
	}
	return t.Add(-l.d)
}

// whoDecides ends in an installation or in an offer.
func (e *eval) whoDecides(w *work, d *debt, permits []fettle.Reason) {
	asks := e.asksFirst(d)
	w.reasons = append(w.reasons, permits...)
	if e.overdue(d) {
		w.blocked(because(ReasonOverdue, time.Time{}, "deadline", instantText(d.hard)))
	}
	if !asks {
		switch {
		case d.agreed:
			w.blocked(because(ReasonAccepted, time.Time{}))
		case d.spent && e.s.User != fettle.No && !e.overdue(d):
			w.blocked(because(ReasonSpent, time.Time{}))
		}
		w.action = InstallPatches
		e.committed += w.item.InstallTime
		e.restartTime = max(e.restartTime, w.restartTime())
		return
	}
	w.action = Offer
	w.blocked(because(ReasonAsk, d.hard, "user", e.s.User.String()))
	if e.reached(d.soft) {
		w.blocked(because(ReasonSoft, time.Time{}, "deadline", instantText(d.soft)))
	}
	e.offer(w, d)
}

// asksFirst reports whether the user still has a say.
func (e *eval) asksFirst(d *debt) bool {
	if d.away || e.overdue(d) {
		return false
	}
	return d.askNetwork || !d.spent
}

// offer lists the choices that are left.
func (e *eval) offer(w *work, d *debt) {
	r, patch := w.rule, w.item.Patch
	e.choices = append(e.choices, Choice{Kind: ChooseNow, Patch: patch, Charges: d.Patch})
	last := before(d.hard, r.lead)
	if left, ok := r.deferrals.left(d.Deferrals); ok && !e.reached(last) {
		longest := r.deferEach
		if total, bounded := r.deferTotal.Duration(); bounded {
			if rest := LimitOf(total - d.Deferred.d); rest.compare(longest) < 0 {
				longest = rest
			}
		}
		if longest.never || longest.d > 0 {
			e.choices = append(e.choices, Choice{
				Kind: ChooseDefer, Patch: patch, Charges: d.Patch, Longest: longest, Latest: last, Left: left,
			})
		}
	}
	if left, ok := r.refusals.left(d.Refusals); ok && !e.reached(d.soft) && !e.reached(last) {
		e.choices = append(e.choices, Choice{Kind: ChooseRefuse, Patch: patch, Charges: d.Patch, Left: left})
	}
}
