package schedule

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// String returns the text form, which ParseWindow reads back as an equal
// window if w passes Check:
//
//	daily 02:30 for 1h Europe/Berlin
//	tue#2 +3d 02:00 for 4h never past 06:00 America/New_York
//
// ParseWindow lists the words.
func (w Window) String() string {
	w = w.normal()
	var b textBuilder
	if w.Kind != Mandatory {
		b.add(w.Kind.String())
	}
	b.add(w.pattern())
	if len(w.Pick) > 0 {
		b.add("pick", joined(w.Pick, strconv.Itoa))
	}
	if w.OffsetDays != 0 {
		b.add(fmt.Sprintf("%+dd", w.OffsetDays))
	}
	if w.Shift != (Shift{}) {
		b.add("shift", w.Shift.To.String(), "of", w.Shift.Calendar)
	}
	b.date("anchor", w.Anchor)
	if w.WeekStart != Monday {
		b.add("weekstart", w.WeekStart.String())
	}
	b.date("from", w.From)
	b.date("until", w.Until)
	if len(w.Except) > 0 {
		b.add("except", joined(w.Except, Date.String))
	}
	b.hours(&w)
	b.add(w.Zone)
	return strings.Join(b, " ")
}

type textBuilder []string

func (b *textBuilder) add(words ...string) { *b = append(*b, words...) }

func (b *textBuilder) date(word string, d Date) {
	if !d.IsZero() {
		b.add(word, d.String())
	}
}

// hours adds when an occurrence starts and ends.
func (b *textBuilder) hours(w *Window) {
	if w.recurs() || w.Repeat == Once {
		b.add(w.Start.String())
	}
	if w.For > 0 {
		b.add("for", formatDuration(w.For))
	}
	if w.LatestEnd != nil {
		if w.For > 0 {
			b.add("never", "past")
		} else {
			b.add("to")
		}
		b.add(w.LatestEnd.String())
	}
	if w.Cutoff.Fixed {
		b.add("cutoff", formatDuration(w.Cutoff.Last))
	}
	if w.Spread > 0 {
		b.add("spread", formatDuration(w.Spread))
	}
}

// String returns HH:MM, and +Nd where Days is stated.
func (e LatestEnd) String() string {
	if e.Days == 0 {
		return e.At.String()
	}
	return fmt.Sprintf("%s +%dd", e.At, e.Days)
}

// pattern returns the words for Repeat, Every, the days and the months.
func (w Window) pattern() string {
	text := w.period()
	if len(w.Months) > 0 {
		text += " in " + joined(w.Months, func(m time.Month) string { return monthWords.Word(uint8(m)) })
	}
	return text
}

// period returns the words for Repeat, Every and the days.
func (w Window) period() string {
	days := w.dayWords()
	numbered := slices.ContainsFunc(w.Weekdays, func(d Day) bool { return d.Nth != 0 })
	switch {
	case w.Repeat == OnEvent:
		return "at " + w.Event.String()
	case w.Repeat == Once:
		return "once " + joined(w.Dates, Date.String)
	case w.Every > 1:
		unit := map[Repeat]string{Daily: "days", Weekly: "weeks", Monthly: "months", Yearly: "years"}[w.Repeat]
		return strings.TrimSpace("every " + strconv.Itoa(w.Every) + " " + unit + " " + days)
	case len(w.MonthDays) == 0 && (w.Repeat == Weekly || w.Repeat == Monthly && numbered):
		return days
	default:
		return strings.TrimSpace(w.Repeat.String() + " " + days)
	}
}

// dayWords returns Weekdays and MonthDays, separated by a space.
func (w Window) dayWords() string {
	week := joined(w.Weekdays, Day.String)
	if week == "mon,tue,wed,thu,fri" {
		week = "weekdays"
	}
	return strings.TrimSpace(week + " " + joined(w.MonthDays, strconv.Itoa))
}

func joined[T any](list []T, text func(T) string) string {
	words := make([]string, len(list))
	for i, v := range list {
		words[i] = text(v)
	}
	return strings.Join(words, ",")
}

// normal returns the window in the one form that stands for all that mean the
// same in writing: lists sorted and without repeats, zero for defaults.
func (w Window) normal() Window {
	w = w.clone()
	w.Weekdays = sorted(w.Weekdays, func(a, b Day) int {
		return cmp.Or(cmp.Compare(a.Weekday, b.Weekday), cmp.Compare(a.Nth, b.Nth))
	})
	w.MonthDays = sorted(w.MonthDays, fromStart)
	w.Months = sorted(w.Months, cmp.Compare[time.Month])
	w.Pick = sorted(w.Pick, fromStart)
	w.Dates = sorted(w.Dates, Date.Compare)
	w.Except = sorted(w.Except, Date.Compare)
	if w.Every == 1 {
		w.Every = 0
	}
	if w.Zone == "" {
		w.Zone = LocalZone
	}
	return w
}

// fromStart orders positions: those from the start before those from the end.
func fromStart(a, b int) int {
	if (a < 0) != (b < 0) {
		return cmp.Compare(b, a)
	}
	return cmp.Compare(a, b)
}

func sorted[T comparable](list []T, compare func(a, b T) int) []T {
	if len(list) == 0 {
		return nil
	}
	slices.SortFunc(list, compare)
	return slices.Compact(list)
}
