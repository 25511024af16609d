package schedule_test

import (
	"math/rand/v2"
	"os"
	"slices"
	"testing"
	"time"

	"github.com/fettle-dev/fettle/internal/civil/civiltest"
	"github.com/fettle-dev/fettle/schedule"
)

// The twin of a bound window: it asks every day whether the window's words
// admit it, and a wall clock looked at once a minute when that day's start
// comes. It shares no code with the search.
type twin struct {
	w    schedule.Window
	cal  *schedule.Calendar
	scan *civiltest.Scan
	all  []span // ordered, without two of one start
}

// span is [start, end) in minutes of Unix time.
type span struct{ start, end int }

const (
	minutesOfDay = 24 * 60
	twinReach    = 50 // days that occurrences and their days are looked for around the scan
)

func newTwin(w schedule.Window, cal *schedule.Calendar, scan *civiltest.Scan) *twin {
	tw := &twin{w: w, cal: cal, scan: scan}
	first, last := scan.First/minutesOfDay, (scan.First+len(scan.Shown))/minutesOfDay
	var days []int
	for day := first - twinReach; day <= last+twinReach; day++ {
		if tw.base(day) {
			if d, ok := tw.final(day); ok {
				days = append(days, d)
			}
		}
	}
	slices.Sort(days)
	for _, day := range slices.Compact(days) {
		start, ok := scan.Instant(day*minutesOfDay + int(w.Start)/60)
		if !ok {
			continue
		}
		end := start + int(w.For/time.Minute)
		if e := w.LatestEnd; e != nil {
			endDay := day + e.Days
			if e.Days == 0 && e.At <= w.Start {
				endDay++
			}
			limit, ok := scan.Reached(endDay*minutesOfDay + int(e.At)/60)
			if !ok {
				continue
			}
			if w.For == 0 || limit < end {
				end = limit
			}
		}
		if n := len(tw.all); end > start && (n == 0 || tw.all[n-1].start != start) {
			tw.all = append(tw.all, span{start, end})
		}
	}
	return tw
}

func dayTime(day int) time.Time { return time.Unix(int64(day)*86400, 0).UTC() }

func isoWeekday(t time.Time) int { return (int(t.Weekday()) + 6) % 7 }

// base reports whether a day is a base day.
func (tw *twin) base(day int) bool {
	w, t := &tw.w, dayTime(day)
	if w.Repeat == schedule.Once {
		return slices.Contains(w.Dates, schedule.Date{Year: t.Year(), Month: t.Month(), Day: t.Day()})
	}
	if !tw.counted(t) || !tw.selected(t) {
		return false
	}
	if len(w.Pick) == 0 {
		return true
	}
	var set []time.Time
	for x := range period(w, t) {
		if tw.selected(x) {
			set = append(set, x)
		}
	}
	i := slices.Index(set, t)
	return slices.Contains(w.Pick, i+1) || slices.Contains(w.Pick, i-len(set))
}

// periodStart returns the first day of the period that holds t.
func periodStart(w *schedule.Window, t time.Time) time.Time {
	switch w.Repeat {
	case schedule.Weekly:
		for isoWeekday(t) != int(w.WeekStart) {
			t = t.AddDate(0, 0, -1)
		}
		return t
	case schedule.Monthly:
		return t.AddDate(0, 0, 1-t.Day())
	case schedule.Yearly:
		return t.AddDate(0, 0, 1-t.YearDay())
	default:
		return t
	}
}

func nextPeriod(w *schedule.Window, start time.Time) time.Time {
	switch w.Repeat {
	case schedule.Weekly:
		return start.AddDate(0, 0, 7)
	case schedule.Monthly:
		return start.AddDate(0, 1, 0)
	case schedule.Yearly:
		return start.AddDate(1, 0, 0)
	default:
		return start.AddDate(0, 0, 1)
	}
}

// period yields the days of the period that holds t.
func period(w *schedule.Window, t time.Time) func(func(time.Time) bool) {
	return func(yield func(time.Time) bool) {
		start := periodStart(w, t)
		for x, end := start, nextPeriod(w, start); x.Before(end); x = x.AddDate(0, 0, 1) {
			if !yield(x) {
				return
			}
		}
	}
}

// counted reports whether "every n" counts the period of t: it steps from the
// anchor, one period at a time.
func (tw *twin) counted(t time.Time) bool {
	w := &tw.w
	if w.Every <= 1 {
		return true
	}
	anchor := w.Anchor
	if anchor.IsZero() {
		anchor = w.From
	}
	a := periodStart(w, time.Date(anchor.Year, anchor.Month, anchor.Day, 0, 0, 0, 0, time.UTC))
	at, n := periodStart(w, t), 0
	for x := min(a.Unix(), at.Unix()); x < max(a.Unix(), at.Unix()); n++ {
		x = nextPeriod(w, time.Unix(x, 0).UTC()).Unix()
	}
	return n%w.Every == 0
}

// selected reports whether the selectors admit a day.
func (tw *twin) selected(t time.Time) bool {
	w := &tw.w
	if len(w.Months) > 0 && !slices.Contains(w.Months, t.Month()) {
		return false
	}
	fromEnd := t.Day() - t.AddDate(0, 1, -t.Day()).Day() - 1
	if len(w.MonthDays) > 0 && !slices.Contains(w.MonthDays, t.Day()) && !slices.Contains(w.MonthDays, fromEnd) {
		return false
	}
	return len(w.Weekdays) == 0 || slices.ContainsFunc(w.Weekdays, func(d schedule.Day) bool {
		if isoWeekday(t) != int(d.Weekday) {
			return false
		}
		if d.Nth == 0 {
			return true
		}
		// Count such days before or after t in the month or year.
		same := func(x time.Time) bool {
			return x.Year() == t.Year() && (x.Month() == t.Month() || w.Repeat == schedule.Yearly && len(w.Months) == 0)
		}
		step, n := -7, 1
		if d.Nth < 0 {
			step = 7
		}
		for x := t.AddDate(0, 0, step); same(x); x = x.AddDate(0, 0, step) {
			n++
		}
		return n == max(d.Nth, -d.Nth)
	})
}

// final returns the day of the occurrence of a base day.
func (tw *twin) final(day int) (int, bool) {
	w := &tw.w
	day += w.OffsetDays
	for !tw.business(day) {
		switch w.Shift.To {
		case schedule.Next:
			day++
		case schedule.Previous:
			day--
		default:
			return 0, false
		}
	}
	t := dayTime(day)
	d := schedule.Date{Year: t.Year(), Month: t.Month(), Day: t.Day()}
	in := (w.From.IsZero() || w.From.Compare(d) <= 0) && (w.Until.IsZero() || d.Compare(w.Until) <= 0)
	return day, in && !slices.Contains(w.Except, d)
}

func (tw *twin) business(day int) bool {
	if tw.w.Shift.To == schedule.NoShift {
		return true
	}
	t := dayTime(day)
	return isoWeekday(t) < 5 && !slices.Contains(tw.cal.Holidays, schedule.Date{Year: t.Year(), Month: t.Month(), Day: t.Day()})
}

// compare holds the bound window against the twin at every minute of
// [from, to) that look picks.
func (tw *twin) compare(t *testing.T, b *schedule.BoundWindow, from, to int, look func(minute int) bool) {
	t.Helper()
	next := 0 // the first occurrence that starts after the minute
	for m := from; m < to; m++ {
		for next < len(tw.all) && tw.all[next].start <= m {
			next++
		}
		if !look(m) {
			continue
		}
		at := time.Unix(int64(m)*60, 0)
		if next < len(tw.all) {
			if got, ok := b.Next(at); !ok || minutes(got) != tw.all[next] {
				t.Errorf("%q in %s: Next(%s) = %v, want %v", b.Window(), b.Zone(), at.UTC(), got, tw.all[next].times())
				return
			}
		}
		var want span
		for i := next - 1; i >= 0 && i >= next-400; i-- {
			if tw.all[i].end > m {
				want = tw.all[i]
				break
			}
		}
		got, ok := b.At(at)
		if ok != (want != span{}) || ok && minutes(got) != want || b.Contains(at) != ok {
			t.Errorf("%q in %s: At(%s) = %v %v, want %v", b.Window(), b.Zone(), at.UTC(), got, ok, want.times())
			return
		}
	}
	var got, want []span
	for s := range b.Spans(time.Unix(int64(from)*60, 0), time.Unix(int64(to)*60, 0)) {
		got = append(got, minutes(s))
	}
	for _, s := range tw.all {
		if s.start < to && s.end > from {
			want = append(want, s)
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("%q in %s: Spans gives %d occurrences, want %d\n got %v\nwant %v", b.Window(), b.Zone(), len(got), len(want), got, want)
	}
}

func minutes(s schedule.Span) span {
	if s.Start.Unix()%60 != 0 || s.End.Unix()%60 != 0 {
		return span{-1, -1}
	}
	return span{int(s.Start.Unix() / 60), int(s.End.Unix() / 60)}
}

func (s span) times() schedule.Span {
	return schedule.Span{Start: time.Unix(int64(s.start)*60, 0).UTC(), End: time.Unix(int64(s.end)*60, 0).UTC()}
}

// twinCalendar has runs of days without business around weekends.
func twinCalendar(year int) *schedule.Calendar {
	var c schedule.Calendar
	for y := year - 1; y <= year+3; y++ {
		c.Holidays = append(c.Holidays,
			schedule.Date{Year: y, Month: 1, Day: 1}, schedule.Date{Year: y, Month: 5, Day: 1},
			schedule.Date{Year: y, Month: 12, Day: 24}, schedule.Date{Year: y, Month: 12, Day: 25}, schedule.Date{Year: y, Month: 12, Day: 26})
	}
	return &c
}

// TestTwin compares random windows with the twin: in a sample of odd years, at
// every minute around clock changes and at some between. At night it takes all
// odd years, and three years of every zone.
func TestTwin(t *testing.T) {
	t.Parallel()
	odd, windows, night := civiltest.Odd()[:10], 8, os.Getenv("FETTLE_NIGHTLY") != ""
	if night {
		odd, windows = civiltest.Odd(), 60
	}
	for i, c := range odd {
		t.Run(c.Zone, func(t *testing.T) {
			t.Parallel()
			compareYears(t, c.Zone, c.Year, 1, windows, uint64(i))
		})
	}
	if !night {
		return
	}
	for i, zone := range civiltest.Zones(t) {
		t.Run(zone, func(t *testing.T) {
			t.Parallel()
			compareYears(t, zone, 2026, 3, 6, uint64(i))
		})
	}
}

func compareYears(t *testing.T, name string, year, years, windows int, seed uint64) {
	t.Helper()
	zone, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	from := time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC)
	to := from.AddDate(years, 0, 0)
	scan := civiltest.Look(zone, from.AddDate(0, 0, -twinReach), to.AddDate(0, 0, twinReach))
	near := map[int]bool{} // days around a jump of the clock
	for i, m := range scan.Shown[1:] {
		if m != scan.Shown[i]+1 {
			day := (scan.First + i) / minutesOfDay
			near[day-1], near[day], near[day+1] = true, true, true
		}
	}
	r := rand.New(rand.NewPCG(seed, 2026))
	cal := twinCalendar(year)
	for range windows {
		w := randomWindow(r, year)
		b, err := w.Bind(schedule.Binding{
			Local:    zone,
			Calendar: func(string) (*schedule.Calendar, error) { return cal, nil },
		})
		if err != nil {
			t.Fatalf("%q: %v", w, err)
		}
		newTwin(w, cal, scan).compare(t, b, int(from.Unix()/60), int(to.Unix()/60), func(m int) bool {
			return near[m/minutesOfDay] || m%487 == 0
		})
	}
}
