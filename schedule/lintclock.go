package schedule

import (
	"maps"
	"slices"
	"time"

	"github.com/fettle-dev/fettle/internal/civil"
)

// clockChanges lists every opening that a change of clocks touches: its start
// is skipped or comes twice, or the change lies inside it.
func (l *linter) clockChanges() {
	for _, name := range slices.Sorted(maps.Keys(l.p.windows)) {
		o := l.p.windows[name]
		if o.repeat == Always || o.repeat == OnEvent {
			continue
		}
		for t := range civil.Transitions(o.bound.Zone(), l.from.Unix(), l.to.Unix()) {
			at := time.Unix(t.At, 0).UTC()
			// A start that is moved or ambiguous lies within the change itself.
			reach := time.Duration(max(t.After-t.Before, t.Before-t.After)) * time.Second
			for s := range o.bound.Spans(at.Add(-reach), at.Add(reach+time.Second)) {
				l.touched(name, o, s, at)
			}
		}
	}
}

// touched notes how a change of clocks changes one opening, if it does.
func (l *linter) touched(name string, o *opening, s Span, change time.Time) {
	zone := o.bound.Zone()
	field := "windows." + name + ".window"
	wall := func(t time.Time) string { return t.In(zone).Format("2006-01-02 15:04 MST") }
	day, clock := civil.DayOf(zone, s.Start.Unix())
	meant := o.bound.Window().Start
	reading, _ := civil.Read(zone, day, meant)
	at := []time.Time{s.Start}
	switch {
	case clock != meant:
		l.add(LintClockChange, field, at, "clocks in %s skip %s: this opening starts at %s", zone, meant, wall(s.Start))
	case reading == civil.Twice:
		l.add(LintClockChange, field, at, "clocks in %s show %s twice: this opening starts at the first, %s", zone, meant, wall(s.Start))
	case s.Start.Before(change) && s.End.After(change):
		_, before := s.Start.In(zone).Zone()
		_, after := s.End.In(zone).Zone()
		usual := time.Duration(after-before) * time.Second
		if o.length > 0 && s.Length() != o.length {
			l.add(LintClockChange, field, at, "clocks change inside the opening of %s: it lasts %s, not %s",
				wall(s.Start), lengthText(s.Length()), lengthText(o.length))
			return
		}
		if usual == 0 {
			return
		}
		l.add(LintClockChange, field, at, "clocks change inside the opening of %s: it lasts %s and ends at %s, %s by the wall",
			wall(s.Start), lengthText(s.Length()), wall(s.End), earlierOrLater(usual))
	}
}

func earlierOrLater(shift time.Duration) string {
	if shift > 0 {
		return lengthText(shift) + " later than usual"
	}
	return lengthText(-shift) + " earlier than usual"
}
