package schedule

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/fettle-dev/fettle/internal/civil"
)

// Check returns a *FieldError for each value that breaks a rule, joined, and
// nil if the window can be bound wherever its names are known. A window that
// never occurs gives ErrNever.
func (w Window) Check() error {
	c := checker{w: &w}
	c.words()
	if len(c.errs) == 0 {
		c.pattern()
		c.numbers()
		c.days()
		c.length()
	}
	if len(c.errs) == 0 {
		c.occurs()
	}
	return errors.Join(c.errs...)
}

type checker struct {
	w    *Window
	errs []error
}

func (c *checker) want(ok bool, field string, value any, rule string) {
	if !ok {
		c.errs = append(c.errs, refuse(field, fmt.Sprint(value), rule))
	}
}

func (c *checker) words() {
	w := c.w
	c.want(w.Repeat > 0 && int(w.Repeat) < len(repeatWords.Words), "repeat", w.Repeat, "want once, daily, weekly, monthly, yearly, always or event")
	c.want(int(w.Kind) < len(kindWords.Words), "kind", w.Kind, "want mandatory or optional")
	c.want((w.Event > 0) == (w.Repeat == OnEvent) && int(w.Event) < len(eventWords.Words), "event", w.Event,
		"a window of repeat event names one of logon, shutdown, boot, network-change, and no other does")
	c.want(int(w.Shift.To) < len(shiftWords.Words), "shift.to", w.Shift.To, "want next, previous or skip")
	c.want((w.Shift.To == NoShift) == (w.Shift.Calendar == ""), "shift.calendar", w.Shift.Calendar, "a shift has a direction and names a business calendar")
	c.want(w.Shift.Calendar == "" || calendarName(w.Shift.Calendar), "shift.calendar", w.Shift.Calendar, "want up to 64 letters, digits, dots, hyphens and underscores")
	c.want(w.WeekStart <= Sunday, "weekStart", w.WeekStart, "want mon to sun")
	c.want(w.Zone == "" || zoneName(w.Zone), "zone", w.Zone, "want UTC, local or an IANA zone name")
}

// pattern checks that the selectors fit the repeat.
func (c *checker) pattern() {
	w := c.w
	recurs := w.recurs()
	c.want(recurs || w.Every <= 1, "every", w.Every, "only daily, weekly, monthly and yearly windows repeat")
	c.want(recurs || len(w.Weekdays) == 0, "weekdays", w.Weekdays, "only daily, weekly, monthly and yearly windows select days")
	c.want(recurs || len(w.MonthDays) == 0, "monthDays", w.MonthDays, "only daily, weekly, monthly and yearly windows select days")
	c.want(recurs || len(w.Months) == 0, "months", w.Months, "only daily, weekly, monthly and yearly windows select months")
	c.want(recurs || len(w.Pick) == 0, "pick", w.Pick, "only daily, weekly, monthly and yearly windows pick days")
	c.want(recurs || w.Anchor.IsZero(), "anchor", w.Anchor, "only daily, weekly, monthly and yearly windows have an anchor")
	c.want(w.Repeat == Weekly || w.WeekStart == Monday, "weekStart", w.WeekStart, "only weekly windows have weeks")
	c.want((w.Repeat == Once) == (len(w.Dates) > 0), "dates", len(w.Dates), "a window of repeat once has dates, and no other does")
	timed := recurs || w.Repeat == Once
	c.want(timed || w.OffsetDays == 0, "offsetDays", w.OffsetDays, "only windows on days are moved")
	c.want(timed || w.Shift.To == NoShift, "shift.to", w.Shift.To, "only windows on days are moved")
	c.want(timed || w.Start == 0, "start", w.Start, "an always or event window has no time of day")
	c.want(timed || w.LatestEnd == nil, "latestEnd", w.LatestEnd, "an always or event window has no civil end")
	c.want(w.Repeat != Always || len(w.Except) == 0, "except", w.Except, "an always window has no days to leave out")
	c.want(w.Repeat != Weekly || len(w.Weekdays) > 0, "weekdays", "", "a weekly window names its days of the week")
	c.want(w.Repeat != Monthly && w.Repeat != Yearly || len(w.Weekdays)+len(w.MonthDays) > 0, "monthDays", "", "a monthly or yearly window names its days")
	c.want(w.Every <= 1 || !w.Anchor.IsZero() || !w.From.IsZero(), "anchor", "",
		fmt.Sprintf("every %d periods is counted from a stated day: give anchor or from", w.Every))
}

func (w Window) recurs() bool { return Daily <= w.Repeat && w.Repeat <= Yearly }

func (c *checker) numbers() {
	w := c.w
	c.want(0 <= w.Every && w.Every <= MaxEvery, "every", w.Every, "want 1 to "+strconv.Itoa(MaxEvery))
	c.want(-MaxOffsetDays <= w.OffsetDays && w.OffsetDays <= MaxOffsetDays, "offsetDays", w.OffsetDays, "want -31 to 31 days")
	nth := 0
	switch {
	case w.Repeat == Monthly, w.Repeat == Yearly && len(w.Months) > 0:
		nth = 5
	case w.Repeat == Yearly:
		nth = 53
	}
	for _, d := range w.Weekdays {
		c.want(d.Weekday <= Sunday, "weekdays", d, "want mon to sun")
		c.want(nth > 0 || d.Nth == 0, "weekdays", d, "only monthly and yearly windows number their days of the week")
		c.want(nth == 0 || -nth <= d.Nth && d.Nth <= nth, "weekdays", d, fmt.Sprintf("want a number from -%d to %d", nth, nth))
	}
	for _, d := range w.MonthDays {
		c.want(d != 0 && -31 <= d && d <= 31, "monthDays", d, "want 1 to 31, or -1 to -31 from the end")
	}
	for _, m := range w.Months {
		c.want(time.January <= m && m <= time.December, "months", int(m), "want 1 to 12")
	}
	most := map[Repeat]int{Daily: 1, Weekly: 7, Monthly: 31, Yearly: 366}[w.Repeat]
	for _, p := range w.Pick {
		c.want(p != 0 && -most <= p && p <= most, "pick", p, fmt.Sprintf("want a number from -%d to %d, other than 0", most, most))
	}
	c.few("weekdays", len(w.Weekdays), 366)
	c.few("monthDays", len(w.MonthDays), 366)
	c.few("months", len(w.Months), 366)
	c.few("pick", len(w.Pick), 366)
}

func (c *checker) few(field string, n, limit int) {
	c.want(n <= limit, field, n, fmt.Sprintf("want at most %d entries", limit))
}

func (c *checker) days() {
	w := c.w
	date := func(field string, d Date) {
		c.want(d.IsZero() || d.Valid(), field, d, "the calendar has no such day")
	}
	date("anchor", w.Anchor)
	date("from", w.From)
	date("until", w.Until)
	c.few("dates", len(w.Dates), MaxDates)
	c.few("except", len(w.Except), MaxDates)
	for _, d := range w.Dates {
		c.want(d.Valid(), "dates", d, "the calendar has no such day")
	}
	for _, d := range w.Except {
		c.want(d.Valid(), "except", d, "the calendar has no such day")
	}
	c.want(w.From.IsZero() || w.Until.IsZero() || w.From.Compare(w.Until) <= 0, "until", w.Until, "want a day on or after from")
}

func (c *checker) length() {
	w := c.w
	whole := func(field string, d time.Duration) {
		c.want(d%time.Second == 0, field, d, "want whole seconds")
	}
	whole("for", w.For)
	whole("spread", w.Spread)
	whole("cutoff", w.Cutoff.Last)
	c.want(w.Start.Valid(), "start", int(w.Start), "want a time of day from 00:00 to 23:59:59")
	if w.Repeat == Always {
		c.want(w.For == 0, "for", w.For, "an always window lasts")
		c.want(w.Spread == 0, "spread", w.Spread, "an always window has no beginning to spread over")
		c.want(w.Cutoff == Cutoff{}, "cutoff", w.Cutoff, "an always window has no end to stop before")
		return
	}
	c.want(w.For > 0 || w.For == 0 && w.LatestEnd != nil, "for", w.For, "a window lasts longer than nothing")
	c.want(w.For <= MaxLength, "for", w.For, "want at most 366 days")
	if w.LatestEnd != nil {
		c.want(w.LatestEnd.At.Valid(), "latestEnd.at", int(w.LatestEnd.At), "want a time of day from 00:00 to 23:59:59")
		c.want(0 <= w.LatestEnd.Days && w.LatestEnd.Days <= 366, "latestEnd.days", w.LatestEnd.Days, "want 0 to 366 days")
	}
	c.want(w.Cutoff.Last >= 0 && (w.Cutoff.Fixed || w.Cutoff.Last == 0), "cutoff", w.Cutoff, "want 0 or more")
	c.want(w.Spread >= 0, "spread", w.Spread, "want 0 or more")
	if limit := w.longest(); w.Cutoff.Last >= 0 && w.Spread >= 0 && limit > 0 {
		c.want(w.Cutoff.Last < limit, "cutoff", w.Cutoff, "a window longer than its cutoff; else nothing ever starts")
		c.want(w.Spread < limit, "spread", w.Spread, "a spread shorter than the window")
		c.want(w.Spread+w.Cutoff.Last <= limit, "spread", w.Spread, "spread and cutoff fit into the window together")
	}
}

// longest returns how long an occurrence lasts when no clock changes.
func (w Window) longest() time.Duration {
	if w.LatestEnd == nil {
		return w.For
	}
	days := w.LatestEnd.Days
	if days == 0 && w.LatestEnd.At <= w.Start {
		days = 1
	}
	civilLength := time.Duration(days*civil.DaySeconds+int(w.LatestEnd.At-w.Start)) * time.Second
	if w.For == 0 {
		return civilLength
	}
	return min(w.For, civilLength)
}

// occurs checks that there is an occurrence. Where a Shift may move days in
// and out of From, Until and Except, it looks at the base days alone.
func (c *checker) occurs() {
	w := c.w.clone()
	if w.Repeat == Always || w.Repeat == OnEvent {
		return
	}
	if w.Shift.To != NoShift {
		if w.Anchor.IsZero() {
			w.Anchor = w.From
		}
		w.Shift, w.From, w.Until, w.Except = Shift{}, Date{}, Date{}, nil
	}
	b := newBound(w, time.UTC, nil)
	until := b.until
	if w.recurs() {
		until = min(until, b.from+b.recur.cycle())
	}
	walk := b.cursor(b.from, until)
	if _, ok := walk.next(); !ok {
		c.errs = append(c.errs, &FieldError{Field: "repeat", Value: w.pattern(), Rule: "the recurrence never occurs", Err: ErrNever})
	}
}

// zoneName reports whether a text has the shape of a zone name. It keeps a name
// from naming anything but a zone to a lookup that reads files.
func zoneName(name string) bool {
	return name != "Local" && len(name) <= 64 && plain(name, "_+-/") && !strings.Contains(name, "//") &&
		name[0] != '/' && name[len(name)-1] != '/' && letter(name[0])
}

func calendarName(name string) bool { return len(name) <= 64 && plain(name, "_-.") }

// plain reports whether a text is ASCII letters, digits and those others, and
// not empty.
func plain(text, others string) bool {
	for _, c := range []byte(text) {
		if !letter(c) && (c < '0' || c > '9') && strings.IndexByte(others, c) < 0 {
			return false
		}
	}
	return text != ""
}

func letter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

// clone returns a copy that shares nothing with w.
func (w Window) clone() Window {
	w.Weekdays = slices.Clone(w.Weekdays)
	w.MonthDays = slices.Clone(w.MonthDays)
	w.Months = slices.Clone(w.Months)
	w.Pick = slices.Clone(w.Pick)
	w.Dates = slices.Clone(w.Dates)
	w.Except = slices.Clone(w.Except)
	if w.LatestEnd != nil {
		latest := *w.LatestEnd
		w.LatestEnd = &latest
	}
	return w
}
