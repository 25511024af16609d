package civil

import (
	"errors"
	"fmt"
	"time"
)

// ErrDate is returned for a text that is no day of the calendar.
var ErrDate = errors.New("civil: not a date")

// The years that dates and instants are given for. Go's time package and RFC
// 3339 write no others.
const (
	MinYear = 1
	MaxYear = 9999
)

// Date is one day of the proleptic Gregorian calendar, in no zone. The zero
// value is no day; IsZero reports it.
type Date struct {
	Year  int        // 1 to 9999
	Month time.Month // 1 to 12
	Day   int        // 1 to the length of the month
}

// IsZero reports whether d is the zero value, "not stated".
func (d Date) IsZero() bool { return d == Date{} }

// Valid reports whether d is a day of the calendar between MinYear and MaxYear.
func (d Date) Valid() bool {
	return MinYear <= d.Year && d.Year <= MaxYear &&
		time.January <= d.Month && d.Month <= time.December &&
		1 <= d.Day && d.Day <= MonthDays(d.Year, d.Month)
}

// String returns the date as YYYY-MM-DD.
func (d Date) String() string {
	return fmt.Sprintf("%04d-%02d-%02d", d.Year, int(d.Month), d.Day)
}

// ParseDate reads YYYY-MM-DD, or returns ErrDate with what is wrong.
func ParseDate(text string) (Date, error) {
	d, ok := readDate(text)
	if !ok {
		return Date{}, fmt.Errorf("%w: %q: want YYYY-MM-DD", ErrDate, text)
	}
	if !d.Valid() {
		return Date{}, fmt.Errorf("%w: %q: the calendar has no such day", ErrDate, text)
	}
	return d, nil
}

func readDate(text string) (Date, bool) {
	if len(text) != len("2006-01-02") || text[4] != '-' || text[7] != '-' {
		return Date{}, false
	}
	y, okY := Digits(text[:4])
	m, okM := Digits(text[5:7])
	d, okD := Digits(text[8:])
	return Date{y, time.Month(m), d}, okY && okM && okD
}

// Digits reads one to nine decimal digits and nothing else.
func Digits(text string) (int, bool) {
	if len(text) == 0 || len(text) > 9 {
		return 0, false
	}
	n := 0
	for _, c := range []byte(text) {
		if c < '0' || c > '9' {
			return 0, false
		}
		n = n*10 + int(c-'0')
	}
	return n, true
}

// MarshalText returns the form of String, the empty text for the zero value, or
// ErrDate for any other value that is no day.
func (d Date) MarshalText() ([]byte, error) {
	if d.IsZero() {
		return nil, nil
	}
	if !d.Valid() {
		return nil, fmt.Errorf("%w: %s", ErrDate, d)
	}
	return []byte(d.String()), nil
}

// UnmarshalText reads what MarshalText writes.
func (d *Date) UnmarshalText(text []byte) error {
	if len(text) == 0 {
		*d = Date{}
		return nil
	}
	parsed, err := ParseDate(string(text))
	if err == nil {
		*d = parsed
	}
	return err
}

// Compare returns -1, 0 or 1 as d lies before, on or after e.
func (d Date) Compare(e Date) int {
	switch a, b := d.key(), e.key(); {
	case a < b:
		return -1
	case a > b:
		return 1
	default:
		return 0
	}
}

func (d Date) key() int { return (d.Year*16+int(d.Month))*32 + d.Day }

// The Gregorian calendar repeats after 400 years, which are a whole number of
// weeks.
const (
	CycleYears = 400
	CycleDays  = 146097
	// epochShift is the day number of 0000-03-01, negated: eras that begin in
	// March put the leap day last.
	epochShift = 719468
)

// Days returns the day number of d: days since 1970-01-01, negative before.
// A day past the end of its month counts on into the next.
func (d Date) Days() int {
	y, m := d.Year, int(d.Month)
	if m <= 2 {
		y--
		m += 12
	}
	era := floorDiv(y, CycleYears)
	yearOfEra := y - era*CycleYears
	dayOfYear := (153*(m-3)+2)/5 + d.Day - 1
	return era*CycleDays + yearOfEra*365 + yearOfEra/4 - yearOfEra/100 + dayOfYear - epochShift
}

// DateOf returns the date with the given day number; it undoes Date.Days.
func DateOf(days int) Date {
	z := days + epochShift
	era := floorDiv(z, CycleDays)
	dayOfEra := z - era*CycleDays
	yearOfEra := (dayOfEra - dayOfEra/1460 + dayOfEra/36524 - dayOfEra/(CycleDays-1)) / 365
	dayOfYear := dayOfEra - (365*yearOfEra + yearOfEra/4 - yearOfEra/100)
	m := (5*dayOfYear + 2) / 153
	day := dayOfYear - (153*m+2)/5 + 1
	y := era*CycleYears + yearOfEra
	if m += 3; m > 12 {
		m -= 12
		y++
	}
	return Date{y, time.Month(m), day}
}

// Weekday returns the day of the week of a day number, 0 for Monday to 6 for
// Sunday, as ISO 8601 counts them.
func Weekday(days int) int {
	const thursday = 3 // 1970-01-01
	return Mod(days+thursday, 7)
}

// MonthDays returns the length of a month in days.
func MonthDays(year int, month time.Month) int {
	switch month {
	case time.April, time.June, time.September, time.November:
		return 30
	case time.February:
		if YearDays(year) == 366 {
			return 29
		}
		return 28
	default:
		return 31
	}
}

// FirstOf returns the day number of the first day of a month, 1 to 12.
func FirstOf(year, month int) int { return Date{year, time.Month(month), 1}.Days() }

// YearDays returns the length of a year in days.
func YearDays(year int) int {
	if year%4 == 0 && (year%100 != 0 || year%CycleYears == 0) {
		return 366
	}
	return 365
}

// Mod returns a modulo n in [0, n), for negative a too.
func Mod(a, n int) int { return a - floorDiv(a, n)*n }

func floorDiv[T int | int64](a, b T) T {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}
