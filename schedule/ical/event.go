package ical

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/fettle-dev/fettle/internal/civil"
	"github.com/fettle-dev/fettle/schedule"
)

// Event is one VEVENT.
type Event struct {
	UID     string // as in the file; may be empty
	Summary string
	// Cancelled reports STATUS:CANCELLED. Such an event does not take place.
	Cancelled bool
	// Window opens for as long as each occurrence lasts. An event of whole days
	// runs from midnight to midnight of the local zone; its Zone is "local".
	Window schedule.Window
}

// Calendar is what Parse read.
type Calendar struct {
	// Events come in the order of the file, those that change one occurrence of
	// another last.
	Events []Event
	// Refused are the events that could not be read, by cause. A calendar of
	// freezes with a refused event freezes less than was meant: look.
	Refused []*Error
}

// Parse reads the VEVENTs of an iCalendar file. Other components are not its
// business: to-dos, alarms, and zones, which come from Options; nor are the
// properties that say neither what an event is nor when. The error is
// for a file that cannot be read as a whole; single events that cannot be read
// are in Refused.
func Parse(r io.Reader, o *Options) (Calendar, error) {
	f := &file{o: o}
	var open []string // components, outermost first
	var e event
	all := newLines(r)
	for {
		text, n, err := all.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return Calendar{}, err
		}
		p, err := readProperty(text, n)
		if err != nil {
			return Calendar{}, err
		}
		name := strings.ToUpper(strings.TrimSpace(p.value))
		switch inside := len(open) > 0; {
		case p.name == "BEGIN":
			if open = append(open, name); len(open) > maxDepth {
				return Calendar{}, &Error{Line: n, Part: "BEGIN", Value: short(name), Rule: fmt.Sprintf("want at most %d components in each other", maxDepth)}
			}
			if name == "VEVENT" {
				e = event{line: n}
			}
		case p.name == "END":
			if !inside || open[len(open)-1] != name {
				return Calendar{}, &Error{Line: n, Part: "END", Value: short(name), Rule: "want the END of the component that is open"}
			}
			if open = open[:len(open)-1]; name == "VEVENT" {
				if len(f.events) == MaxEvents {
					return Calendar{}, &Error{Line: n, Part: "VEVENT", Rule: fmt.Sprintf("want at most %d events", MaxEvents)}
				}
				f.events = append(f.events, e)
			}
		case !inside:
			return Calendar{}, &Error{Line: n, Part: p.name, Rule: "want BEGIN:VCALENDAR first"}
		case open[len(open)-1] == "VEVENT" && matters(p.name):
			if e.props = append(e.props, p); len(e.props) > maxLines {
				return Calendar{}, &Error{Line: n, Part: "VEVENT", Rule: fmt.Sprintf("want at most %d lines that say what and when", maxLines)}
			}
		}
	}
	if len(open) > 0 {
		return Calendar{}, &Error{Line: all.number, Part: open[len(open)-1], Rule: "the file ends inside of it"}
	}
	return f.read(), nil
}

// matters reports whether a property of an event says what it is or when.
func matters(name string) bool {
	return slices.Contains([]string{"UID", "SUMMARY", "STATUS", "DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE", "RECURRENCE-ID"}, name)
}

// event is a VEVENT as the content lines that matter.
type event struct {
	line  int
	props []property
	start moment // once it is read
}

func (e *event) one(name string) (property, bool) {
	i := slices.IndexFunc(e.props, func(p property) bool { return p.name == name })
	if i < 0 {
		return property{}, false
	}
	return e.props[i], true
}

func (e *event) read(o *Options) (Event, error) {
	var out Event
	uid, _ := e.one("UID")
	summary, _ := e.one("SUMMARY")
	status, _ := e.one("STATUS")
	out.UID, out.Summary = unescape(uid.value), unescape(summary.value)
	out.Cancelled = strings.EqualFold(status.value, "CANCELLED")
	w, start, err := e.recurrence(o)
	if err != nil {
		return out, err
	}
	if err := e.length(&w, start, o); err != nil {
		return out, err
	}
	out.Window, e.start = w, start
	return out, checked(w)
}

func (e *event) count(name string) (n int) {
	for _, p := range e.props {
		if p.name == name {
			n++
		}
	}
	return n
}

// recurrence returns the window of DTSTART, RRULE, RDATE and EXDATE, which has
// no length yet.
func (e *event) recurrence(o *Options) (schedule.Window, moment, error) {
	var w schedule.Window
	for _, name := range []string{"DTSTART", "DTEND", "DURATION", "RRULE"} {
		if e.count(name) > 1 {
			return w, moment{}, refuse(name, "", "stated twice")
		}
	}
	p, ok := e.one("DTSTART")
	if !ok {
		return w, moment{}, refuse("DTSTART", "", "an event states its start")
	}
	start, err := readMoment(p, p.value, o)
	if err != nil {
		return w, start, err
	}
	w.Zone = start.name()
	rule, recurs := e.one("RRULE")
	if recurs {
		if err := readRule(rule.value, start, &w); err != nil {
			return w, start, err
		}
	} else {
		w.Repeat, w.Dates, w.Start = schedule.Once, []schedule.Date{start.date}, start.clock
	}
	for _, p := range e.props {
		switch p.name {
		case "RDATE":
			if recurs {
				return w, start, refuse("RDATE", short(p.value), "no window can say it: dates beside RRULE")
			}
			err = e.dates(p, start, w.Start, &w.Dates, o)
		case "EXDATE":
			err = e.dates(p, start, w.Start, &w.Except, o)
		}
		if err != nil {
			return w, start, err
		}
	}
	return w, start, nil
}

// dates reads days at the time of day of the start.
func (e *event) dates(p property, start moment, clock schedule.Clock, out *[]schedule.Date, o *Options) error {
	for text := range strings.SplitSeq(p.value, ",") {
		m, err := readMoment(p, text, o)
		if err != nil {
			return err
		}
		if m = m.in(start); m.dateTag != start.dateTag || m.clock != clock {
			return refuse(p.name, text, "want the time of day at which occurrences start, "+clock.String())
		}
		if len(*out) == schedule.MaxDates {
			return refuse(p.name, "", fmt.Sprintf("want at most %d dates", schedule.MaxDates))
		}
		*out = append(*out, m.date)
	}
	return nil
}

// length sets how long an occurrence lasts, from DTEND or DURATION. Whole days
// end at a midnight. With DTEND every occurrence lasts as long as the first (RFC
// 5545 section 3.8.5.3); where no zone says how long that is, a single event
// ends at the time of day that it states.
func (e *event) length(w *schedule.Window, start moment, o *Options) error {
	end, ends := e.one("DTEND")
	length, lasts := e.one("DURATION")
	switch {
	case ends && lasts:
		return refuse("DURATION", short(length.value), "want DTEND or DURATION, not both")
	case lasts:
		return duration(w, start, length.value)
	case !ends && start.dateTag:
		w.LatestEnd = &schedule.LatestEnd{Days: 1}
		return nil
	case !ends:
		return refuse("DTEND", "", "an event without length opens nothing")
	}
	m, err := readMoment(end, end.value, o)
	switch {
	case err != nil:
		return err
	case m.dateTag != start.dateTag:
		return refuse("DTEND", end.value, "want the type of DTSTART, DATE or DATE-TIME")
	case (m.zone == nil) != (start.zone == nil):
		return refuse("DTEND", end.value, "want a zone where DTSTART has one, and none where it has none")
	case m.unix() <= start.unix():
		return refuse("DTEND", end.value, "want an end after the start")
	}
	days := m.date.Days() - start.date.Days()
	switch {
	case start.dateTag:
		w.LatestEnd = &schedule.LatestEnd{Days: days}
	case start.zone == nil && w.Repeat == schedule.Once && len(w.Dates) == 1:
		w.LatestEnd = &schedule.LatestEnd{At: m.clock, Days: days}
	default:
		w.For = time.Duration(m.unix()-start.unix()) * time.Second
	}
	return nil
}

// duration sets the length from a DURATION value: its days are calendar days,
// its hours elapsed time (RFC 5545 section 3.3.6).
func duration(w *schedule.Window, start moment, value string) error {
	days, exact, ok := readDuration(value)
	switch {
	case !ok:
		return refuse("DURATION", short(value), "want a duration such as PT4H or P1D")
	case days+int(exact) == 0:
		return refuse("DURATION", value, "an event without length opens nothing")
	case days > 0 && exact > 0:
		return refuse("DURATION", value, "no window can say it: calendar days and hours together")
	case exact > 0 && start.dateTag:
		return refuse("DURATION", value, "an event of whole days lasts whole days")
	case days > 0:
		w.LatestEnd = &schedule.LatestEnd{At: w.Start, Days: days}
	default:
		w.For = exact
	}
	return nil
}

// Holidays returns the days from first to last, both included, that an event
// of the calendar covers or touches, in order. It serves schedule.Calendar.
// Cancelled events do not count, and times are those of the event's own zone.
func (c Calendar) Holidays(first, last schedule.Date, o *Options) ([]schedule.Date, error) {
	days := map[int]bool{}
	for _, e := range c.Events {
		if e.Cancelled {
			continue
		}
		w, err := e.Window.Bind(schedule.Binding{Local: time.UTC, Zone: o.zone})
		if err != nil {
			return nil, &Error{UID: e.UID, Part: "TZID", Value: e.Window.Zone, Rule: "want a zone that is known here", Err: err}
		}
		from := time.Unix(civil.Instant(w.Zone(), first.Days(), 0), 0)
		to := time.Unix(civil.Instant(w.Zone(), last.Days()+1, 0), 0)
		for s := range w.Spans(from, to) {
			day, _ := civil.DayOf(w.Zone(), s.Start.Unix())
			end, _ := civil.DayOf(w.Zone(), s.End.Unix()-1)
			for day = max(day, first.Days()); day <= min(end, last.Days()); day++ {
				days[day] = true
			}
		}
	}
	var out []schedule.Date
	for d := range days {
		out = append(out, civil.DateOf(d))
	}
	slices.SortFunc(out, schedule.Date.Compare)
	return out, nil
}
