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

// MaxCount bounds COUNT.
const MaxCount = 10000

// ParseRule reads a recurrence as content lines, DTSTART and RRULE and perhaps
// EXDATE or RDATE, separated by line breaks, and returns the window that opens
// at each occurrence for the given length. What is outside the subset is
// refused with an *Error that names the part. A rule without any occurrence is
// one too, with ErrNever as its cause.
func ParseRule(text string, length time.Duration, o *Options) (schedule.Window, error) {
	var e event
	all := newLines(strings.NewReader(text))
	line, n, err := all.next()
	for ; err == nil; line, n, err = all.next() {
		p, err := readProperty(line, n)
		if err != nil {
			return schedule.Window{}, err
		}
		switch p.name {
		case "DTSTART", "RRULE", "EXDATE", "RDATE":
			e.props = append(e.props, p)
		default:
			return schedule.Window{}, &Error{Line: n, Part: p.name, Rule: "want DTSTART, RRULE, EXDATE or RDATE"}
		}
	}
	if !errors.Is(err, io.EOF) {
		return schedule.Window{}, err
	}
	w, _, err := e.recurrence(o)
	if err != nil {
		return schedule.Window{}, err
	}
	w.For = length
	return w, checked(w)
}

// checked returns what a window's own check refuses as an *Error.
func checked(w schedule.Window) error {
	err := w.Check()
	if err == nil {
		return nil
	}
	var field *schedule.FieldError
	if !errors.As(err, &field) {
		return err
	}
	part := map[string]string{
		"weekdays": "BYDAY", "monthDays": "BYMONTHDAY", "months": "BYMONTH", "pick": "BYSETPOS", "every": "INTERVAL",
		"until": "UNTIL", "for": "DURATION", "latestEnd": "DTEND", "dates": "RDATE", "except": "EXDATE", "zone": "TZID",
	}[field.Field]
	if part == "" {
		part = "RRULE"
	}
	return &Error{Part: part, Value: field.Value, Rule: field.Rule, Err: err}
}

// rule is an RRULE value by part.
type rule struct {
	parts map[string]string
	start moment
	w     *schedule.Window
}

// part is one part of a rule and what reads its value.
type part struct {
	name string
	read func(*rule, string) error
}

// supported are the parts of the subset, in the order in which they are read.
func supported() []part {
	return []part{
		{"FREQ", (*rule).freq},
		{"INTERVAL", (*rule).interval},
		{"BYHOUR", (*rule).hour},
		{"BYMINUTE", (*rule).minute},
		{"BYSECOND", (*rule).second},
		{"BYMONTH", (*rule).months},
		{"BYMONTHDAY", (*rule).monthDays},
		{"BYDAY", (*rule).days},
		{"BYSETPOS", (*rule).positions},
		{"WKST", (*rule).weekStart},
		{"UNTIL", (*rule).until},
		{"COUNT", (*rule).count},
	}
}

// readRule fills in the recurrence of w, which has no other.
func readRule(value string, start moment, w *schedule.Window) error {
	r := &rule{parts: map[string]string{}, start: start, w: w}
	known := supported()
	for text := range strings.SplitSeq(value, ";") {
		name, v, ok := strings.Cut(strings.ToUpper(text), "=")
		switch _, again := r.parts[name]; {
		case !ok || v == "":
			return refuse("RRULE", short(text), "want NAME=value")
		case again:
			return refuse(name, short(v), "stated twice")
		case !slices.ContainsFunc(known, func(p part) bool { return p.name == name }):
			return refuse(name, short(v), "no window can say it")
		}
		r.parts[name] = v
	}
	w.Start, w.From = start.clock, start.date
	for _, k := range known {
		v, stated := r.parts[k.name]
		if !stated && k.name != "FREQ" {
			continue
		}
		if k.name == "COUNT" || k.name == "UNTIL" {
			r.fill()
		}
		if err := k.read(r, v); err != nil {
			return err
		}
	}
	r.fill()
	return nil
}

func (r *rule) freq(v string) error {
	repeat, ok := map[string]schedule.Repeat{
		"DAILY": schedule.Daily, "WEEKLY": schedule.Weekly, "MONTHLY": schedule.Monthly, "YEARLY": schedule.Yearly,
	}[v]
	if !ok {
		return refuse("FREQ", v, "want DAILY, WEEKLY, MONTHLY or YEARLY")
	}
	r.w.Repeat = repeat
	return nil
}

// fill adds what a rule takes from DTSTART (RFC 5545 section 3.3.10, the table
// and what follows it).
func (r *rule) fill() {
	w, d := r.w, r.start.date
	none := len(w.Weekdays)+len(w.MonthDays) == 0
	switch w.Repeat {
	case schedule.Weekly:
		for day := range schedule.Sunday + 1 {
			// With BYMONTHDAY alone any day of the week will do.
			if len(w.MonthDays) > 0 && r.parts["BYDAY"] == "" || none && int(day) == civil.Weekday(d.Days()) {
				w.Weekdays = append(w.Weekdays, schedule.Day{Weekday: day})
			}
		}
	case schedule.Yearly:
		if none && len(w.Months) == 0 {
			w.Months = []time.Month{d.Month}
		}
		if none {
			w.MonthDays = []int{d.Day}
		}
	case schedule.Monthly:
		if none {
			w.MonthDays = []int{d.Day}
		}
	default: // a rule of days takes nothing
	}
	if w.Start < r.start.clock && w.From == d { // that day's occurrence is before DTSTART
		w.From = civil.DateOf(d.Days() + 1)
		if w.Every > 1 {
			w.Anchor = d
		}
	}
}

func (r *rule) interval(v string) error {
	n, err := whole("INTERVAL", v, 1, schedule.MaxEvery)
	r.w.Every = n
	return err
}

func whole(part, v string, low, high int) (int, error) {
	n, ok := civil.Digits(v)
	if !ok || n < low || n > high {
		return 0, refuse(part, v, fmt.Sprintf("want %d to %d", low, high))
	}
	return n, nil
}

// list reads numbers, each within limit of 0 and not 0, with a sign or none.
func list(part, v string, limit int, signed bool) ([]int, error) {
	var out []int
	for text := range strings.SplitSeq(v, ",") {
		digits := strings.TrimPrefix(text, "+")
		n, err := strconv.Atoi(digits)
		if err != nil || n == 0 || n > limit || n < -limit || n < 0 && !signed || len(digits) > 4 {
			return nil, refuse(part, short(text), fmt.Sprintf("want numbers up to %d", limit))
		}
		out = append(out, n)
	}
	return out, nil
}

// one reads the single value of a part that would give several times a day.
func (r *rule) one(part, v string, high int, unit schedule.Clock) error {
	if r.start.dateTag {
		return refuse(part, v, "an event of whole days has no time of day")
	}
	n, ok := civil.Digits(v)
	if !ok || n >= high {
		return refuse(part, short(v), fmt.Sprintf("want one number below %d; a window starts once a day", high))
	}
	r.w.Start += (schedule.Clock(n) - r.w.Start/unit%schedule.Clock(high)) * unit
	return nil
}

func (r *rule) hour(v string) error   { return r.one("BYHOUR", v, 24, 3600) }
func (r *rule) minute(v string) error { return r.one("BYMINUTE", v, 60, 60) }
func (r *rule) second(v string) error { return r.one("BYSECOND", v, 60, 1) }

func (r *rule) months(v string) error {
	months, err := list("BYMONTH", v, 12, false)
	for _, m := range months {
		r.w.Months = append(r.w.Months, time.Month(m))
	}
	return err
}

func (r *rule) monthDays(v string) (err error) {
	r.w.MonthDays, err = list("BYMONTHDAY", v, 31, true)
	return err
}

func weekday(text string) (schedule.Weekday, bool) {
	i := slices.Index([]string{"MO", "TU", "WE", "TH", "FR", "SA", "SU"}, text)
	return schedule.Weekday(max(i, 0)), i >= 0
}

func (r *rule) days(v string) error {
	for text := range strings.SplitSeq(v, ",") {
		at := max(0, len(text)-2)
		day, ok := weekday(text[at:])
		if !ok {
			return refuse("BYDAY", short(text), "want MO to SU, with a number before it or none")
		}
		d := schedule.Day{Weekday: day}
		if at > 0 {
			n, err := list("BYDAY", text[:at], 53, true)
			if err != nil {
				return err
			}
			d.Nth = n[0]
		}
		r.w.Weekdays = append(r.w.Weekdays, d)
	}
	return nil
}

func (r *rule) positions(v string) (err error) {
	if r.parts["BYMONTH"]+r.parts["BYMONTHDAY"]+r.parts["BYDAY"]+r.parts["BYHOUR"]+r.parts["BYMINUTE"]+r.parts["BYSECOND"] == "" {
		return refuse("BYSETPOS", v, "want another part that it picks from")
	}
	r.w.Pick, err = list("BYSETPOS", v, 366, true)
	return err
}

func (r *rule) weekStart(v string) error {
	day, ok := weekday(v)
	if !ok {
		return refuse("WKST", v, "want MO to SU")
	}
	if r.w.Repeat == schedule.Weekly && (r.w.Every > 1 || len(r.w.Pick) > 0) {
		r.w.WeekStart = day
	}
	return nil
}

// until reads the last instant at which an occurrence may start and keeps its
// day.
func (r *rule) until(v string) error {
	if _, both := r.parts["COUNT"]; both {
		return refuse("UNTIL", v, "want UNTIL or COUNT, not both")
	}
	m, broken := readPlain(v)
	if broken != "" {
		return refuse("UNTIL", short(v), broken)
	}
	m = m.in(r.start)
	last := m.date.Days()
	if !m.dateTag && m.clock < r.w.Start {
		last--
	}
	if last < r.w.From.Days() {
		return &Error{Part: "UNTIL", Value: v, Rule: "no occurrence starts by then", Err: schedule.ErrNever}
	}
	r.w.Until = civil.DateOf(last)
	return nil
}

// count keeps the day of the last of so many occurrences.
func (r *rule) count(v string) error {
	n, err := whole("COUNT", v, 1, MaxCount)
	if err != nil {
		return err
	}
	probe := *r.w
	probe.For, probe.Zone = time.Second, "UTC"
	if err := checked(probe); err != nil {
		return err
	}
	b, err := probe.Bind(schedule.Binding{})
	if err != nil {
		return err
	}
	var at time.Time
	for range n {
		s, ok := b.Next(at)
		if !ok {
			return nil // the calendar ends first
		}
		at = s.Start
	}
	r.w.Until = civil.DateOf(int(at.Unix() / civil.DaySeconds))
	return nil
}
