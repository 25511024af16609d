package schedule

import (
	"math/bits"
	"slices"
	"time"

	"github.com/fettle-dev/fettle/internal/civil"
)

// recurrence is a window's set of base days in the form that the search uses:
// masks and day numbers. It is immutable after newRecurrence.
//
// A period (a day, week, month or year, by repeat) has a number, so that "every
// n" is arithmetic; the days of one period are a daySet.
type recurrence struct {
	repeat      Repeat
	every       int
	anchor      int // a counted period
	weekStart   int
	weekdays    uint8 // bit i: weekday i, each one of the period
	nth         []Day // the n-th of the month, or of the year if nthOfYear
	nthOfYear   bool
	monthDays   uint32 // bit d: day d of the month; 0 with fromEnd 0: every day
	fromEnd     uint32 // bit d: day d counted from the end
	months      uint16 // bit m: month m
	pick        []int
	dates       []int // of Once, ascending
	first, last int   // base days outside [first, last] do not count
}

const allMonths = 1<<13 - 2

// newRecurrence compiles the selectors of a window that check has accepted.
func newRecurrence(w *Window) recurrence {
	r := recurrence{
		repeat:    w.Repeat,
		every:     max(1, w.Every),
		weekStart: int(w.WeekStart),
		nthOfYear: w.Repeat == Yearly && len(w.Months) == 0,
		pick:      w.Pick,
		first:     Date{Year: civil.MinYear, Month: 1, Day: 1}.Days(),
		last:      Date{Year: civil.MaxYear, Month: 12, Day: 30}.Days(),
	}
	if r.every == 1 && len(w.Pick) == 0 && len(w.MonthDays)+len(w.Months) > 0 && (w.Repeat == Daily || w.Repeat == Weekly) {
		r.repeat = Monthly // the same days, found a month at a time
	}
	for _, d := range w.Weekdays {
		if d.Nth == 0 {
			r.weekdays |= 1 << d.Weekday
		} else {
			r.nth = append(r.nth, d)
		}
	}
	for _, d := range w.MonthDays {
		if d > 0 {
			r.monthDays |= 1 << d
		} else {
			r.fromEnd |= 1 << -d
		}
	}
	for _, m := range w.Months {
		r.months |= 1 << m
	}
	if r.months == 0 {
		r.months = allMonths
	}
	for _, d := range w.Dates {
		r.dates = append(r.dates, d.Days())
	}
	slices.Sort(r.dates)
	switch {
	case !w.Anchor.IsZero():
		r.anchor = r.period(w.Anchor.Days())
	case !w.From.IsZero():
		r.anchor = r.period(w.From.Days())
	}
	return r
}

// next returns the first base day on or after day, or false if there is none
// up to limit.
func (r *recurrence) next(day, limit int) (int, bool) {
	day, limit = max(day, r.first), min(limit, r.last)
	if r.repeat == Once {
		i, _ := slices.BinarySearch(r.dates, day)
		if i == len(r.dates) || r.dates[i] > limit {
			return 0, false
		}
		return r.dates[i], true
	}
	p := r.counted(r.period(day))
	for {
		start := r.start(p)
		if start > limit {
			return 0, false
		}
		if next := r.skip(start); next > start {
			p = r.counted(next)
			continue
		}
		set := r.days(p, start)
		if i, ok := set.next(day - start); ok {
			return start + i, start+i <= limit
		}
		p += r.every
	}
}

// counted returns the first period from p on that "every n" counts.
func (r *recurrence) counted(p int) int { return p + civil.Mod(r.anchor-p, r.every) }

// skip returns the first day of the next month that Months admits, if daily
// periods are in one that it does not; otherwise day.
func (r *recurrence) skip(day int) int {
	if r.repeat != Daily || r.months == allMonths {
		return day
	}
	d := civil.DateOf(day)
	if r.months>>d.Month&1 == 1 {
		return day
	}
	year, month := d.Year, int(d.Month)
	for r.months>>month&1 == 0 {
		if month++; month > 12 {
			year, month = year+1, 1
		}
	}
	return civil.FirstOf(year, month)
}

// cycle returns the number of days after which the base days repeat: the
// calendar does after 400 years, every n-th period of it after up to n times
// that.
func (r *recurrence) cycle() int {
	periods := map[Repeat]int{Daily: civil.CycleDays, Weekly: civil.CycleDays / 7, Monthly: 12 * civil.CycleYears, Yearly: civil.CycleYears}[r.repeat]
	a, b := r.every, periods
	for b != 0 {
		a, b = b, a%b
	}
	return r.every / a * civil.CycleDays
}

// period returns the number of the period that holds a day.
func (r *recurrence) period(day int) int {
	switch r.repeat {
	case Weekly:
		return (day - civil.Mod(civil.Weekday(day)-r.weekStart, 7) - r.weekZero()) / 7
	case Monthly:
		d := civil.DateOf(day)
		return d.Year*12 + int(d.Month) - 1
	case Yearly:
		return civil.DateOf(day).Year
	default:
		return day
	}
}

// weekZero is the first day of week 0: a day before every date, on weekStart.
func (r *recurrence) weekZero() int {
	const before = -1000 * civil.CycleDays
	return before + civil.Mod(r.weekStart-civil.Weekday(before), 7)
}

// start returns the first day of a period.
func (r *recurrence) start(p int) int {
	switch r.repeat {
	case Weekly:
		return r.weekZero() + p*7
	case Monthly:
		return civil.FirstOf(p/12, p%12+1)
	case Yearly:
		return civil.FirstOf(p, 1)
	default:
		return p
	}
}

// days returns the base days of the period p that begins on the day start.
func (r *recurrence) days(p, start int) daySet {
	var set daySet
	switch r.repeat {
	case Weekly:
		for i := range 7 {
			if r.weekdays>>civil.Weekday(start+i)&1 == 1 && r.admits(start+i) {
				set.add(i)
			}
		}
	case Monthly:
		set[0] = uint64(r.month(p/12, p%12+1, start))
	case Yearly:
		r.year(p, start, &set)
	default:
		if (r.weekdays == 0 || r.weekdays>>civil.Weekday(start)&1 == 1) && r.admits(start) {
			set.add(0)
		}
	}
	if len(r.pick) > 0 {
		set = set.pick(r.pick)
	}
	return set
}

// admits reports whether a day passes Months and MonthDays.
func (r *recurrence) admits(day int) bool {
	if r.months == allMonths && r.monthDays|r.fromEnd == 0 {
		return true
	}
	d := civil.DateOf(day)
	if r.months>>d.Month&1 == 0 {
		return false
	}
	return r.monthMask(civil.MonthDays(d.Year, d.Month))>>(d.Day-1)&1 == 1
}

// monthMask returns the days that MonthDays admits in a month of length n, bit
// 0 for the first.
func (r *recurrence) monthMask(n int) uint32 {
	all := uint32(1)<<n - 1
	if r.monthDays|r.fromEnd == 0 {
		return all
	}
	// Bit d of fromEnd is the day n-d counted from 0.
	end := bits.Reverse32(r.fromEnd) >> (31 - n)
	return (r.monthDays>>1 | end) & all
}

// month returns the base days of a month that starts on the day start.
func (r *recurrence) month(year, month, start int) uint32 {
	if r.months>>month&1 == 0 {
		return 0
	}
	n := civil.MonthDays(year, time.Month(month))
	set := r.monthMask(n)
	if r.weekdays == 0 && len(r.nth) == 0 {
		return set
	}
	first := civil.Weekday(start)
	on := weekMask(r.weekdays, first)
	if !r.nthOfYear {
		for _, d := range r.nth {
			if i, ok := nthDay(d, first, n); ok {
				on |= 1 << i
			}
		}
	}
	return set & on
}

// weekMask spreads a mask of weekdays over 32 days, the first of which is the
// weekday first.
func weekMask(weekdays uint8, first int) uint32 {
	week := uint32(weekdays)>>first | uint32(weekdays)<<(7-first)&0x7f
	return week | week<<7 | week<<14 | week<<21 | week<<28
}

// nthDay returns the index of the n-th such weekday among n days that begin on
// the weekday first, or false if there is none.
func nthDay(d Day, first, n int) (int, bool) {
	if d.Nth > 0 {
		i := civil.Mod(int(d.Weekday)-first, 7) + (d.Nth-1)*7
		return i, i < n
	}
	last := first + n - 1
	i := n - 1 - civil.Mod(last-int(d.Weekday), 7) + (d.Nth+1)*7
	return i, i >= 0
}

// year adds the base days of a year that starts on the day start.
func (r *recurrence) year(year, start int, set *daySet) {
	var numbered daySet // what Nth selects in the whole year
	if r.nthOfYear {
		for _, d := range r.nth {
			if i, ok := nthDay(d, civil.Weekday(start), civil.YearDays(year)); ok {
				numbered.add(i)
			}
		}
	}
	onlyNumbered := len(r.nth) > 0 && r.nthOfYear && r.weekdays == 0
	for m, at := 1, 0; m <= 12; m++ {
		n := civil.MonthDays(year, time.Month(m))
		if !onlyNumbered {
			set.addMask(r.month(year, m, start+at), at)
		}
		for mask := r.monthMask(n); mask != 0; mask &= mask - 1 {
			if i := at + bits.TrailingZeros32(mask); numbered.has(i) {
				set.add(i)
			}
		}
		at += n
	}
}
