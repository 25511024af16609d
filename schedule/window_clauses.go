package schedule

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/fettle-dev/fettle/internal/civil"
)

// selector reads the words that choose days.
func (p *parser) selector(t token) bool {
	_, isDay := weekday(t.lower)
	_, isNumber := number(t.lower)
	switch {
	case isDay:
		p.once("weekdays", t)
		p.weekdays()
	case isNumber, t.lower == "last":
		p.once("monthDays", t)
		p.monthDays(t)
	case t.lower == "in":
		p.once("months", t)
		p.list(func(t token) {
			i := monthNumber(t.lower)
			if i == 0 {
				p.refuse("months", t, "want jan to dec")
			}
			p.w.Months = append(p.w.Months, time.Month(i))
		})
	case t.lower == "pick":
		p.once("pick", t)
		p.at["pick"] = p.peek().at
		p.list(func(t token) {
			n, ok := number(t.lower)
			if !ok {
				p.refuse("pick", t, "want numbers such as 1 or -1")
			}
			p.w.Pick = append(p.w.Pick, n)
		})
	default:
		return p.move(t)
	}
	return true
}

// list calls read for the next token, and on for as long as commas follow.
func (p *parser) list(read func(token)) {
	for more := true; more && p.err == nil; {
		t := p.take()
		read(t)
		more = t.more
	}
}

func (p *parser) weekdays() {
	p.next--
	p.list(func(t token) {
		days, ok := weekday(t.lower)
		if !ok {
			p.refuse("weekdays", t, "want mon to sun, weekdays or weekends; with #2 or #-1 behind for the second or last of the month")
		}
		p.w.Weekdays = append(p.w.Weekdays, days...)
	})
}

func (p *parser) monthDays(t token) {
	p.next--
	p.list(func(t token) {
		n, ok := number(t.lower)
		if t.lower == "last" {
			n, ok = -1, true
		}
		if !ok {
			p.refuse("monthDays", t, "want days of the month such as 1, 15, -1 or last")
		}
		p.w.MonthDays = append(p.w.MonthDays, n)
	})
	if p.w.Repeat == 0 {
		p.refuse("repeat", t, "a number alone says nothing: want monthly before days of the month")
	}
}

// weekday reads mon, monday, tue#2, weekdays, weekends.
func weekday(lower string) ([]Day, bool) {
	switch lower {
	case "weekdays", "weekday":
		return []Day{{Weekday: Monday}, {Weekday: Tuesday}, {Weekday: Wednesday}, {Weekday: Thursday}, {Weekday: Friday}}, true
	case "weekends", "weekend":
		return []Day{{Weekday: Saturday}, {Weekday: Sunday}}, true
	}
	name, nth, numbered := strings.Cut(lower, "#")
	full := []string{"monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"}
	i := max(slices.Index(weekdayWords.Words, name), slices.Index(full, name))
	if i < 0 {
		return nil, false
	}
	day := Day{Weekday: Weekday(i)}
	if numbered {
		n, ok := number(nth)
		if !ok || n == 0 {
			return nil, false
		}
		day.Nth = n
	}
	return []Day{day}, true
}

func monthNumber(lower string) int {
	for i, w := range monthWords.Words {
		if i > 0 && (lower == w || lower == strings.ToLower(time.Month(i).String())) {
			return i
		}
	}
	return 0
}

// number reads a whole number of up to four digits, with a minus sign or none.
func number(text string) (int, bool) {
	digits, minus := strings.CutPrefix(text, "-")
	n, ok := civil.Digits(digits)
	if minus {
		n = -n
	}
	return n, ok && len(digits) <= 4
}

// move reads +3d and shift.
func (p *parser) move(t token) bool {
	switch n, ok := dayCount(t.lower); {
	case ok:
		p.once("offsetDays", t)
		p.w.OffsetDays = n
	case t.lower == "shift":
		p.once("shift", t)
		to := p.take()
		i := slices.Index(shiftWords.Words[1:], to.lower)
		if i < 0 {
			p.refuse("shift.to", to, "want next, previous or skip")
			return true
		}
		p.w.Shift.To = ShiftTo(i + 1)
		if of := p.take(); of.lower != "of" {
			p.refuse("shift.calendar", of, "want of and the name of a business calendar")
		}
		p.w.Shift.Calendar = p.take().text
	default:
		return false
	}
	return true
}

// dayCount reads +3d or -1d.
func dayCount(lower string) (int, bool) {
	digits, isDays := strings.CutSuffix(lower, "d")
	if !isDays || digits == "" || digits[0] != '+' && digits[0] != '-' {
		return 0, false
	}
	return number(strings.TrimPrefix(digits, "+"))
}

// bounds reads the clauses that hold dates.
func (p *parser) bounds(t token) bool {
	switch t.lower {
	case "from":
		p.w.From = p.date(t)
	case "until":
		p.w.Until = p.date(t)
	case "anchor":
		p.w.Anchor = p.date(t)
	case "except":
		p.once("except", t)
		p.w.Except = p.dates("except")
	case "weekstart":
		p.once("weekStart", t)
		day := p.take()
		days, ok := weekday(day.lower)
		if !ok || len(days) != 1 || days[0].Nth != 0 {
			p.refuse("weekStart", day, "want mon to sun")
			return true
		}
		p.w.WeekStart = days[0].Weekday
	default:
		return false
	}
	return true
}

func (p *parser) date(t token) Date {
	p.once(t.lower, t)
	return p.readDate(t.lower, p.take())
}

func (p *parser) dates(field string) (out []Date) {
	p.list(func(t token) { out = append(out, p.readDate(field, t)) })
	return out
}

func (p *parser) readDate(field string, t token) Date {
	d, err := civil.ParseDate(t.text)
	if err != nil {
		p.refuse(field, t, "want a day of the calendar as YYYY-MM-DD")
	}
	return d
}

// hours reads the clauses that say when an occurrence starts and ends.
func (p *parser) hours(t token) bool {
	switch {
	case strings.Contains(t.text, ":"):
		start, end, isRange := strings.Cut(t.text, "-")
		p.once("start", t)
		p.w.Start = p.clock("start", token{text: start, at: t.at})
		if isRange { // 22:00-06:00
			p.once("latestEnd", t)
			p.to = true
			p.oneLength(t)
			p.end(token{text: end, at: t.at + len(start) + 1})
		}
	case t.lower == "for":
		p.once("for", t)
		p.oneLength(t)
		p.w.For = p.duration("for")
	case t.lower == "to":
		p.once("latestEnd", t)
		p.to = true
		p.oneLength(t)
		p.latestEnd()
	case t.lower == "never":
		p.once("latestEnd", t)
		if past := p.take(); past.lower != "past" {
			p.refuse("latestEnd", past, "want past and a time of day after never")
		}
		p.latestEnd()
	case t.lower == "cutoff":
		p.once("cutoff", t)
		if p.peek().lower == "fit" {
			p.take()
			return true
		}
		p.w.Cutoff = Cutoff{Fixed: true, Last: p.duration("cutoff")}
	case t.lower == "spread":
		p.once("spread", t)
		p.w.Spread = p.duration("spread")
	default:
		return false
	}
	return true
}

// oneLength refuses for beside to.
func (p *parser) oneLength(t token) {
	if _, long := p.at["for"]; long && p.to {
		p.refuse("for", t, "a window has for or to; the limit beside for is never past")
	}
}

func (p *parser) duration(field string) time.Duration {
	t := p.take()
	if t.text == "" || t.text[0] == '-' {
		p.refuse(field, t, durationRule)
	}
	d, ok := parseDuration(t.lower)
	if !ok {
		p.refuse(field, t, durationRule)
	}
	p.at[field] = t.at
	return d
}

func (p *parser) clock(field string, t token) Clock {
	c, err := civil.ParseClock(t.text)
	if err != nil {
		p.refuse(field, t, "want a time of day from 00:00 to 23:59")
	}
	return c
}

func (p *parser) latestEnd() { p.end(p.take()) }

// end reads HH:MM [+Nd]. 24:00 is the midnight that ends a day.
func (p *parser) end(t token) {
	end := &LatestEnd{}
	if t.text != "24:00" {
		end.At = p.clock("latestEnd.at", t)
	}
	if n, ok := dayCount(p.peek().lower); ok && p.peek().text[0] == '+' {
		p.at["latestEnd.days"] = p.take().at
		if end.Days = n; n == 0 {
			p.refuse("latestEnd.days", token{text: strconv.Itoa(n), at: p.at["latestEnd.days"]}, "want +1d or more")
		}
	}
	p.w.LatestEnd = end
}
