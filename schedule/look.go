package schedule

import (
	"time"

	"github.com/fettle-dev/fettle"
)

// counting says which kinds of window count.
type counting struct {
	mandatory, optional bool
}

func (c counting) counts(k Kind) bool {
	return k == Mandatory && c.mandatory || k == Optional && c.optional
}

// view is what a look at some windows finds.
type view struct {
	open    bool
	reasons []fettle.Reason
}

// look finds whether one of the windows that count admits a start now, of work
// that takes need. Of several it is the one that does so longest. If none does,
// the reasons say what was found instead.
func (e *eval) look(list []*opening, c counting, need time.Duration) view {
	var best, soonest candidate
	var held fettle.Reason // of a window that is open, but not to this
	var misfit *opening    // counts, but is always too short
	var event *opening     // counts, and waits for its event
	var few [8]candidate
	coming := few[:0]
	for _, o := range list {
		switch {
		case !c.counts(o.kind):
			continue
		case o.tooShort(need):
			misfit = o
			continue
		}
		seen := e.occurrence(o)
		span, ok := seen.span, seen.open
		starts := o.starts(span, need)
		switch {
		case ok && starts.Contains(e.now):
			if best.o == nil || starts.End.After(best.End) {
				best = candidate{starts, o}
			}
			continue
		case ok && e.now.Before(starts.Start) && !starts.Empty():
			held = because(ReasonSpread, starts.Start, "window", o.name)
			coming = append(coming, candidate{starts, o})
			continue
		case ok:
			held = because(ReasonTooLate, time.Time{}, "window", o.name, "needs", lengthText(o.wants(need)))
			e.ahead(span.End)
		case o.repeat == OnEvent:
			e.ahead(seconds(e.s.Events[o.event.String()]))
			event = o
			continue
		}
		if next := seen.following(e.now); !next.Empty() {
			n := candidate{o.starts(next, need), o}
			coming = append(coming, candidate{Span{next.Start, n.End}, o}, n)
			if soonest.o == nil || n.Start.Before(soonest.Start) {
				soonest = n
			}
		}
	}
	for _, n := range coming {
		// What opens beside an open window changes nothing unless it outlasts it.
		if best.o == nil || n.End.After(best.End) {
			e.ahead(n.Start)
		}
	}
	if best.o != nil {
		e.ahead(best.End)
		return view{open: true, reasons: []fettle.Reason{
			because(ReasonWindow, endOf(best.Span), "window", best.o.name, "kind", best.o.kind.String()),
		}}
	}
	reasons := notOpen(held, soonest, misfit, need)
	if event != nil {
		reasons = append(reasons, because(ReasonEvent, time.Time{}, "window", event.name, "event", event.event.String()))
	}
	return view{reasons: reasons}
}

// occurrence is where a window stands now: items of one rule share it.
type occurrence struct {
	o           *opening
	span        Span // that holds now
	open, asked bool
	next        Span
}

// occurrence finds where a window stands, once in a decision.
func (e *eval) occurrence(o *opening) *occurrence {
	for i := range e.seen {
		if e.seen[i].o == o {
			return &e.seen[i]
		}
	}
	span, open := o.at(e.now, e.s.Events)
	e.seen = append(e.seen, occurrence{o: o, span: span, open: open})
	return &e.seen[len(e.seen)-1]
}

// following returns the next occurrence after now, empty if there is none.
func (w *occurrence) following(now time.Time) Span {
	if !w.asked {
		w.next, _ = w.o.bound.Next(now)
		w.asked = true
	}
	return w.next
}

// candidate is a window and when it admits, or will admit, a start.
type candidate struct {
	Span
	o *opening
}

// notOpen is the reason that remains where no window admits a start: the first
// of what was found.
func notOpen(held fettle.Reason, soonest candidate, misfit *opening, need time.Duration) []fettle.Reason {
	switch {
	case held.Code == ReasonTooLate:
		held.Until = soonest.Start
		return []fettle.Reason{held}
	case held.Code != "":
		return []fettle.Reason{held}
	case soonest.o != nil:
		return []fettle.Reason{because(ReasonOutside, soonest.Start, "opens", soonest.o.name)}
	case misfit != nil:
		return []fettle.Reason{because(ReasonTooLate, time.Time{}, "window", misfit.name, "needs", lengthText(need))}
	default:
		return nil
	}
}

// wants is what a start needs to remain of an occurrence.
func (o *opening) wants(need time.Duration) time.Duration {
	if o.cutoff.Fixed {
		return o.cutoff.Last
	}
	return need
}

// tooShort reports whether no occurrence can ever hold the work.
func (o *opening) tooShort(need time.Duration) bool {
	return !o.cutoff.Fixed && o.length > 0 && need > o.length
}

// installWindow finds whether the item may be installed now as far as windows
// go, and what permits or prevents it; the latter is noted.
func (e *eval) installWindow(w *work, d *debt) ([]fettle.Reason, bool) {
	if w.override != nil {
		return []fettle.Reason{w.override.permits()}, true
	}
	c := counting{mandatory: d.away || d.spent || e.overdue(d), optional: !e.overdue(d)}
	need := max(e.committed+w.item.InstallTime+max(e.restartTime, w.restartTime()), w.rule.reserve)
	v := e.look(w.rule.windows, c, need)
	if v.open {
		return v.reasons, true
	}
	if why, ok := e.catchUp(w, d, c); ok {
		return []fettle.Reason{why}, true
	}
	w.reasons = append(w.reasons, e.closed(w.rule.windows, c, v, d.hard, need)...)
	return nil, false
}

// closed completes the reasons of a look that found nothing open: a mandatory
// window that a user's presence closes, or no window at all.
func (e *eval) closed(list []*opening, c counting, v view, due time.Time, need time.Duration) []fettle.Reason {
	if !c.mandatory {
		other := e.look(list, counting{mandatory: true}, need)
		if other.open {
			window := other.reasons[0].Args["window"]
			return append([]fettle.Reason{because(ReasonUserPresent, due, "window", window, "known", e.s.User.String())},
				v.reasons...)
		}
		if len(v.reasons) == 0 {
			v.reasons = other.reasons
		}
	}
	if len(v.reasons) == 0 {
		v.reasons = []fettle.Reason{because(ReasonNoWindow, time.Time{})}
	}
	return v.reasons
}

// restartTime is the time to allow for the restart that an item may need.
func (w *work) restartTime() time.Duration {
	switch w.item.Restart {
	case fettle.RestartNone, fettle.RestartService:
		return 0
	case fettle.RestartUnknown, fettle.RestartHost, fettle.RestartHostBeforeNext:
	}
	if w.rule.restart.mode == RestartNever {
		return 0
	}
	return max(w.item.RestartTime, w.rule.restart.reserve)
}

// catchUp finds whether a window was missed whose kind counts, and may be made
// up for now.
func (e *eval) catchUp(w *work, d *debt, c counting) (fettle.Reason, bool) {
	for _, o := range w.rule.windows {
		if !c.counts(o.kind) || o.repeat == OnEvent || o.repeat == Always {
			continue
		}
		mode := w.rule.catchUp
		if mode == CatchUpByKind {
			mode = CatchUpNone
			if o.kind == Optional {
				mode = CatchUpNextIdle
			}
		}
		if mode == CatchUpNone {
			continue
		}
		missed, ok := o.bound.Next(d.since.Add(-time.Second))
		if !ok || !e.reached(missed.End) || !e.mayMakeUp(w, mode, missed) {
			continue
		}
		return because(ReasonCatchUp, time.Time{}, "window", o.name, "mode", mode.String()), true
	}
	return fettle.Reason{}, false
}

func (e *eval) mayMakeUp(w *work, mode CatchUp, missed Span) bool {
	if mode == CatchUpNextIdle {
		return e.s.Conditions[ConditionIdle] == fettle.Yes || e.s.User == fettle.No
	}
	back := seconds(e.s.Online)
	return back.After(missed.Start) && e.reached(back.Add(w.rule.catchUpAfter))
}
