package schedule_test

import (
	"math/rand/v2"
	"time"

	"github.com/fettle-dev/fettle/schedule"
)

// randomWindow returns a window that passes its checks, in local time, with
// whole minutes, and with days around the given year where it states any.
func randomWindow(r *rand.Rand, year int) schedule.Window {
	for {
		w := draw(r, year)
		if w.Check() == nil {
			return w
		}
	}
}

func draw(r *rand.Rand, year int) schedule.Window {
	chance := func(percent int) bool { return r.IntN(100) < percent }
	date := func() schedule.Date {
		t := time.Date(year, 1, 1+r.IntN(366), 0, 0, 0, 0, time.UTC)
		return schedule.Date{Year: t.Year(), Month: t.Month(), Day: t.Day()}
	}
	w := schedule.Window{
		Repeat: schedule.Repeat(1 + r.IntN(5)),
		// Half of the starts lie where clocks change.
		Start: schedule.Clock(r.IntN(24*60) * 60),
		For:   time.Duration(1+r.IntN(600)) * time.Minute,
	}
	if chance(50) {
		w.Start = schedule.Clock(r.IntN(4*4) * 15 * 60)
	}
	if chance(10) {
		w.For = time.Duration(1+r.IntN(80)) * time.Hour
	}
	if chance(20) {
		w.Kind = schedule.Optional
	}
	selectors(r, &w)
	if w.Repeat == schedule.Once {
		for range 1 + r.IntN(20) {
			w.Dates = append(w.Dates, date())
		}
	} else if chance(30) {
		w.Every = 1 + r.IntN(5)
		w.Anchor = date()
	}
	if chance(40) {
		w.OffsetDays = r.IntN(63) - 31
	}
	if chance(25) {
		w.Shift = schedule.Shift{To: schedule.ShiftTo(1 + r.IntN(3)), Calendar: "days"}
	}
	if chance(15) {
		w.From = date()
	}
	if chance(15) {
		w.Until = date()
	}
	for chance(20) {
		w.Except = append(w.Except, date())
	}
	if chance(30) {
		w.LatestEnd = &schedule.LatestEnd{At: schedule.Clock(r.IntN(24*4) * 15 * 60), Days: r.IntN(3)}
		if chance(40) {
			w.For = 0
		}
	}
	if chance(20) {
		w.Cutoff = schedule.Cutoff{Fixed: true, Last: time.Duration(r.IntN(60)) * time.Minute}
	}
	if chance(20) {
		w.Spread = time.Duration(r.IntN(60)) * time.Minute
	}
	return w
}

// selectors draws what the repeat of w selects its days by.
func selectors(r *rand.Rand, w *schedule.Window) {
	nth := 0
	if w.Repeat == schedule.Monthly {
		nth = 5
	}
	if w.Repeat == schedule.Yearly {
		nth = 53
	}
	if w.Repeat == schedule.Yearly || r.IntN(3) == 0 {
		for range r.IntN(3) {
			w.Months = append(w.Months, time.Month(1+r.IntN(12)))
		}
	}
	if len(w.Months) > 0 {
		nth = min(nth, 5)
	}
	for range r.IntN(4) {
		d := schedule.Day{Weekday: schedule.Weekday(r.IntN(7))}
		if nth > 0 && r.IntN(3) > 0 {
			d.Nth = r.IntN(2*nth+1) - nth
		}
		w.Weekdays = append(w.Weekdays, d)
	}
	if r.IntN(2) == 0 {
		for range r.IntN(4) {
			w.MonthDays = append(w.MonthDays, r.IntN(63)-31)
		}
	}
	if r.IntN(5) == 0 {
		for range 1 + r.IntN(2) {
			w.Pick = append(w.Pick, r.IntN(9)-4)
		}
	}
	if w.Repeat == schedule.Weekly {
		w.WeekStart = schedule.Weekday(r.IntN(7))
	}
}
