package schedule

import (
	"fmt"
	"slices"

	"github.com/fettle-dev/fettle/internal/civil"
)

// MaxHolidays bounds the holidays of one calendar.
const MaxHolidays = 10000

// Calendar says which days are business days. The zero value is Monday to
// Friday without holidays.
type Calendar struct {
	// Workdays are the days of the week on which business is done. Empty: Monday
	// to Friday. All seven: only the holidays are no business days.
	Workdays []Weekday `json:"workdays,omitempty"`
	// Holidays are days without business, in any order.
	Holidays []Date `json:"holidays,omitempty"`
}

// business is a Calendar in the form that the search uses.
type business struct {
	workdays uint8
	holidays []int // ascending
	run      int   // the longest run of days without business
}

func (b Binding) business(name string) (*business, error) {
	fail := func(rule string, err error) error {
		return &FieldError{Field: "shift.calendar", Value: name, Rule: rule, Err: err}
	}
	if b.Calendar == nil {
		return nil, fail("no business calendars are given", ErrCalendar)
	}
	c, err := b.Calendar(name)
	if err != nil {
		return nil, fail(err.Error(), fmt.Errorf("%w: %w", ErrCalendar, err))
	}
	if c == nil {
		return nil, fail("want the name of a business calendar", ErrCalendar)
	}
	out, rule := newBusiness(c)
	if rule != "" {
		return nil, fail(rule, ErrCalendar)
	}
	return out, nil
}

// newBusiness compiles a calendar, or returns the rule that it breaks.
func newBusiness(c *Calendar) (*business, string) {
	b := &business{workdays: 1<<Monday | 1<<Tuesday | 1<<Wednesday | 1<<Thursday | 1<<Friday}
	if len(c.Workdays) > 0 {
		b.workdays = 0
	}
	for _, d := range c.Workdays {
		if d > Sunday {
			return nil, fmt.Sprintf("weekday %d: want 0 (Monday) to 6", d)
		}
		b.workdays |= 1 << d
	}
	if len(c.Holidays) > MaxHolidays {
		return nil, fmt.Sprintf("%d holidays: want at most %d", len(c.Holidays), MaxHolidays)
	}
	for _, d := range c.Holidays {
		if !d.Valid() {
			return nil, fmt.Sprintf("holiday %s: the calendar has no such day", d)
		}
		b.holidays = append(b.holidays, d.Days())
	}
	slices.Sort(b.holidays)
	b.holidays = slices.Compact(b.holidays)
	b.run = b.longest()
	return b, ""
}

// longest returns the length of the longest run of days without business. Such
// a run is a weekend, or holds a holiday.
func (b *business) longest() int {
	longest, end := 6, 0
	for i, h := range b.holidays {
		if i > 0 && h < end {
			continue // in the run of an earlier holiday
		}
		start := h
		for ; !b.open(start - 1); start-- {
		}
		for end = h; !b.open(end); end++ {
		}
		longest = max(longest, end-start)
	}
	return longest
}

// open reports whether a day is a business day.
func (b *business) open(day int) bool {
	if b.workdays>>civil.Weekday(day)&1 == 0 {
		return false
	}
	_, holiday := slices.BinarySearch(b.holidays, day)
	return !holiday
}

// shift returns where a day goes, or false if it is dropped.
func (b *business) shift(to ShiftTo, day int) (int, bool) {
	switch {
	case b.open(day):
		return day, true
	case to == Next:
		for !b.open(day) {
			day++
		}
		return day, true
	case to == Previous:
		for !b.open(day) {
			day--
		}
		return day, true
	default:
		return 0, false
	}
}
