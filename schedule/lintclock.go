package schedule

import (
	"maps"
	"slices"
	"time"
)

// clockChanges lists every opening that a change of clocks touches, also of
// windows that no rule uses.
func (l *linter) clockChanges() {
	for _, name := range slices.Sorted(maps.Keys(l.p.windows)) {
		o := l.p.windows[name]
		for c := range o.bound.ClockChanges(l.from, l.to) {
			l.touched(name, o, c)
		}
	}
}

// touched notes what a change of clocks does to one opening.
func (l *linter) touched(name string, o *opening, c ClockChange) {
	zone, start := o.bound.Zone(), o.bound.Window().Start
	field := "windows." + name + ".window"
	wall := func(t time.Time) string { return t.In(zone).Format("2006-01-02 15:04 MST") }
	at := []time.Time{c.Span.Start}
	switch c.Effect {
	case StartMoved:
		l.add(LintClockChange, field, at, "clocks in %s skip %s: this opening starts at %s", zone, start, wall(c.Span.Start))
	case StartTwice:
		l.add(LintClockChange, field, at, "clocks in %s show %s twice: this opening starts at the first, %s", zone, start, wall(c.Span.Start))
	case EndMoved:
		l.add(LintClockChange, field, at, "clocks change inside the opening of %s: it lasts %s and ends at %s, %s by the wall",
			wall(c.Span.Start), lengthText(c.Span.Length()), wall(c.Span.End), earlierOrLater(c.By))
	case LengthMoved:
		l.add(LintClockChange, field, at, "clocks change inside the opening of %s: it lasts %s, not %s",
			wall(c.Span.Start), lengthText(c.Span.Length()), lengthText(c.Span.Length()+c.By))
	case NeverStarted:
		l.add(LintClockChange, field, []time.Time{c.At}, "clocks in %s leave no time for the opening of %s", zone, c.Day)
	}
}

func earlierOrLater(shift time.Duration) string {
	if shift > 0 {
		return lengthText(shift) + " later than usual"
	}
	return lengthText(-shift) + " earlier than usual"
}
