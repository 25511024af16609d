package civil

import (
	"errors"
	"fmt"
	"strings"
)

// ErrClock is returned for a text that is no time of day.
var ErrClock = errors.New("civil: not a time of day")

// Clock is a time of day as a wall clock shows it: seconds since midnight, 0 to
// 86399, in no zone. The zero value is midnight.
type Clock int

// DaySeconds is the number of seconds that a wall clock counts in a day.
const DaySeconds = 24 * 60 * 60

// At returns the time of day at hour and minute. It does not check them; Valid
// does.
func At(hour, minute int) Clock { return Clock(hour*3600 + minute*60) }

// Valid reports whether c lies within a day.
func (c Clock) Valid() bool { return 0 <= c && c < DaySeconds }

// String returns HH:MM, or HH:MM:SS where there are seconds.
func (c Clock) String() string {
	h, m, s := int(c)/3600, int(c)/60%60, int(c)%60
	if s != 0 {
		return fmt.Sprintf("%02d:%02d:%02d", h, m, s)
	}
	return fmt.Sprintf("%02d:%02d", h, m)
}

// ParseClock reads H:MM, HH:MM or HH:MM:SS from 00:00 to 23:59:59, or returns
// ErrClock.
func ParseClock(text string) (Clock, error) {
	parts := strings.Split(text, ":")
	if len(parts) < 2 || len(parts) > 3 || len(parts[0]) > 2 {
		return 0, fmt.Errorf("%w: %q: want HH:MM", ErrClock, text)
	}
	total, limit := 0, 24
	for i, p := range parts {
		n, ok := Digits(p)
		if !ok || (i > 0 && len(p) != 2) {
			return 0, fmt.Errorf("%w: %q: want HH:MM", ErrClock, text)
		}
		if n >= limit {
			return 0, fmt.Errorf("%w: %q: want 00:00 to 23:59", ErrClock, text)
		}
		total, limit = total*60+n, 60
	}
	if len(parts) == 2 {
		total *= 60
	}
	return Clock(total), nil
}

// MarshalText returns the form of String, or ErrClock for a value outside a
// day.
func (c Clock) MarshalText() ([]byte, error) {
	if !c.Valid() {
		return nil, fmt.Errorf("%w: %d seconds", ErrClock, int(c))
	}
	return []byte(c.String()), nil
}

// UnmarshalText reads what ParseClock does.
func (c *Clock) UnmarshalText(text []byte) error {
	parsed, err := ParseClock(string(text))
	if err == nil {
		*c = parsed
	}
	return err
}
