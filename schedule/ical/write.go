package ical

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/fettle-dev/fettle/internal/civil"
	"github.com/fettle-dev/fettle/schedule"
)

// Write writes events as an iCalendar file. stamp is the DTSTAMP of each, the
// instant at which the calendar was made.
//
// A window is written if iCalendar can say when it opens, and refused with an
// *Error otherwise: not with an offset, a shift or an event, not always, and
// not with a civil end unless it is a whole number of days or the window opens
// once. Parse reads back a window that opens at the same times. Its kind,
// cutoff and spread are not written, as they do not change when it is open. No
// VTIMEZONE is written: names are those of the IANA database (RFC 7809 section
// 3.1.2 allows it by agreement).
//
// first is the day from which a recurring window without From and Anchor is
// written; zero is refused for such a window.
func Write(out io.Writer, events []Event, stamp time.Time, first schedule.Date, o *Options) error {
	b := &strings.Builder{}
	fold(b, "BEGIN:VCALENDAR")
	fold(b, "VERSION:2.0")
	fold(b, "PRODID:-//fettle//schedule//EN")
	for _, e := range events {
		lines, err := Lines(e.Window, first, o)
		if err != nil {
			if refused, ok := errors.AsType[*Error](err); ok {
				refused.UID = e.UID
			}
			return err
		}
		fold(b, "BEGIN:VEVENT")
		fold(b, "UID:"+escape(e.UID))
		fold(b, "DTSTAMP:"+stamp.UTC().Format("20060102T150405Z"))
		fold(b, "SUMMARY:"+escape(e.Summary))
		if e.Cancelled {
			fold(b, "STATUS:CANCELLED")
		}
		for _, line := range lines {
			fold(b, line)
		}
		fold(b, "END:VEVENT")
	}
	fold(b, "END:VCALENDAR")
	_, err := io.WriteString(out, b.String())
	return err
}

// fold writes a content line in pieces of at most 75 bytes (RFC 5545 section
// 3.1), without cutting a character.
func fold(b *strings.Builder, line string) {
	for limit := 75; len(line) > limit; limit = 74 {
		cut := limit
		for line[cut]&0xc0 == 0x80 && cut > 1 {
			cut--
		}
		b.WriteString(line[:cut] + "\r\n ")
		line = line[cut:]
	}
	b.WriteString(line + "\r\n")
}

// Lines returns the content lines that say when a window opens, not folded:
// DTSTART, RRULE, RDATE, EXDATE, and DTEND or DURATION. first is as for Write.
func Lines(w schedule.Window, first schedule.Date, o *Options) ([]string, error) {
	if err := checked(w); err != nil {
		return nil, err
	}
	if err := sayable(w); err != nil {
		return nil, err
	}
	x := &writer{w: w, o: o, zone: time.UTC, wholeDays: wholeDays(w)}
	if err := x.open(first); err != nil {
		return nil, err
	}
	out := []string{"DTSTART" + x.at(x.start)}
	if w.Repeat == schedule.Once {
		if rest := x.rest(); len(rest) > 0 {
			out = append(out, "RDATE"+x.list(rest))
		}
	} else {
		out = append(out, "RRULE:"+x.rule())
	}
	if len(w.Except) > 0 {
		out = append(out, "EXDATE"+x.list(w.Except))
	}
	return append(out, x.length()), nil
}

// sayable refuses what iCalendar has no words for.
func sayable(w schedule.Window) error {
	e := w.LatestEnd
	switch {
	case w.Repeat == schedule.OnEvent || w.Repeat == schedule.Always:
		return refuse("repeat", w.Repeat.String(), "iCalendar has only windows on days")
	case w.OffsetDays != 0:
		return refuse("offsetDays", strconv.Itoa(w.OffsetDays), "iCalendar cannot move days")
	case w.Shift.To != schedule.NoShift:
		return refuse("shift", w.Shift.To.String(), "iCalendar has no business days")
	case e != nil && w.For > 0:
		return refuse("latestEnd", e.String(), "iCalendar has a length or an end, not both")
	case e != nil && e.At != w.Start && (w.Repeat != schedule.Once || len(w.Dates) > 1):
		return refuse("latestEnd", e.String(), "iCalendar has no civil end for an event that recurs")
	}
	return nil
}

// wholeDays reports whether w is an event of whole local days.
func wholeDays(w schedule.Window) bool {
	local := w.Zone == "" || w.Zone == schedule.LocalZone
	return local && w.Start == 0 && w.LatestEnd != nil && w.LatestEnd.At == 0
}

type writer struct {
	w         schedule.Window
	o         *Options
	zone      *time.Location // UTC stands for local too
	wholeDays bool
	start     schedule.Date // of the first occurrence
}

// open finds the first occurrence.
func (x *writer) open(first schedule.Date) error {
	w := x.w
	switch {
	case w.Repeat == schedule.Once:
		w.Except = nil
	case w.From.IsZero() && first.IsZero():
		return refuse("from", "", "a recurring window needs a first day to be written")
	case w.From.Compare(first) < 0:
		if w.Every > 1 && w.Anchor.IsZero() {
			w.Anchor = w.From
		}
		w.From = first
	}
	b, err := w.Bind(schedule.Binding{Local: time.UTC, Zone: x.o.zone})
	if err != nil {
		return &Error{Part: "TZID", Value: w.Zone, Rule: "want a zone that is known here", Err: err}
	}
	x.zone = b.Zone()
	s, ok := b.Next(time.Time{})
	if !ok {
		return refuse("from", w.From.String(), "no occurrence starts from then on")
	}
	day, _ := civil.DayOf(x.zone, s.Start.Unix())
	if w.Repeat == schedule.Once {
		x.start = slices.MinFunc(w.Dates, schedule.Date.Compare)
		return nil
	}
	x.start = civil.DateOf(day)
	return nil
}

// rest returns the dates of a Once window but the first.
func (x *writer) rest() []schedule.Date {
	return slices.DeleteFunc(slices.Clone(x.w.Dates), func(d schedule.Date) bool { return d == x.start })
}

// at returns parameters and value for the start of a day.
func (x *writer) at(d schedule.Date) string { return x.list([]schedule.Date{d}) }

func (x *writer) list(days []schedule.Date) string {
	return x.values(days, x.w.Start)
}

func (x *writer) values(days []schedule.Date, clock schedule.Clock) string {
	var values []string
	for _, d := range days {
		values = append(values, x.value(d, clock))
	}
	text := ":" + strings.Join(values, ",")
	switch {
	case x.wholeDays:
		return ";VALUE=DATE" + text
	case x.w.Zone == "UTC", x.w.Zone == "", x.w.Zone == schedule.LocalZone:
		return text
	default:
		return ";TZID=" + x.w.Zone + text
	}
}

func (x *writer) value(d schedule.Date, clock schedule.Clock) string {
	text := fmt.Sprintf("%04d%02d%02d", d.Year, int(d.Month), d.Day)
	if x.wholeDays {
		return text
	}
	text += fmt.Sprintf("T%02d%02d%02d", clock/3600, clock/60%60, clock%60)
	if x.w.Zone == "UTC" {
		text += "Z"
	}
	return text
}

// rule returns the RRULE value.
func (x *writer) rule() string {
	w := x.w
	parts := []string{"FREQ=" + strings.ToUpper(w.Repeat.String())}
	add := func(name string, values ...string) {
		if len(values) > 0 {
			parts = append(parts, name+"="+strings.Join(values, ","))
		}
	}
	if w.Every > 1 {
		add("INTERVAL", strconv.Itoa(w.Every))
	}
	add("BYMONTH", each(w.Months, func(m time.Month) string { return strconv.Itoa(int(m)) })...)
	add("BYMONTHDAY", each(w.MonthDays, strconv.Itoa)...)
	add("BYDAY", each(w.Weekdays, func(d schedule.Day) string {
		name := strings.ToUpper(d.Weekday.String()[:2])
		if d.Nth != 0 {
			name = strconv.Itoa(d.Nth) + name
		}
		return name
	})...)
	if len(w.Pick) > 0 && len(w.Weekdays)+len(w.MonthDays)+len(w.Months) == 0 {
		add("BYDAY", "MO", "TU", "WE", "TH", "FR", "SA", "SU") // something to pick from
	}
	add("BYSETPOS", each(w.Pick, strconv.Itoa)...)
	if w.Repeat == schedule.Weekly {
		add("WKST", strings.ToUpper(w.WeekStart.String()[:2]))
	}
	if !w.Until.IsZero() {
		add("UNTIL", x.until())
	}
	return strings.Join(parts, ";")
}

// until returns the last start: in UTC where the zone is known, as RFC 5545
// section 3.3.10 wants it.
func (x *writer) until() string {
	if x.wholeDays || x.w.Zone == "UTC" || x.w.Zone == "" || x.w.Zone == schedule.LocalZone {
		return x.value(x.w.Until, x.w.Start)
	}
	return time.Unix(civil.Instant(x.zone, x.w.Until.Days(), x.w.Start), 0).UTC().Format("20060102T150405Z")
}

func each[T any](list []T, text func(T) string) []string {
	var out []string
	for _, v := range list {
		out = append(out, text(v))
	}
	return out
}

// length returns DTEND or DURATION.
func (x *writer) length() string {
	e := x.w.LatestEnd
	if e == nil {
		return "DURATION:PT" + strings.ToUpper(exact(x.w.For))
	}
	days := e.Days
	if days == 0 && e.At <= x.w.Start {
		days = 1
	}
	if e.At == x.w.Start {
		return fmt.Sprintf("DURATION:P%dD", days)
	}
	return "DTEND" + x.values([]schedule.Date{civil.DateOf(x.start.Days() + days)}, e.At)
}

// exact writes hours, minutes and seconds, with minutes between the two others
// as RFC 5545 section 3.3.6 wants them.
func exact(d time.Duration) string {
	h, m, s := int(d/time.Hour), int(d/time.Minute)%60, int(d/time.Second)%60
	switch {
	case m == 0 && s == 0:
		return fmt.Sprintf("%dH", h)
	case s == 0:
		return fmt.Sprintf("%dH%dM", h, m)
	default:
		return fmt.Sprintf("%dH%dM%dS", h, m, s)
	}
}
