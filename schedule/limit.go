package schedule

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Limit is a length of elapsed time that a policy states, or "never": the
// limit that is never reached. The zero value is a limit of zero length.
//
// Its text is a sum of whole weeks, days, hours, minutes and seconds, larger
// units first, such as 72h, 3d, 1d12h or 90m. A day is 24 elapsed hours.
type Limit struct {
	d     time.Duration
	never bool
}

// LimitOf returns the limit of length d, truncated to whole seconds.
func LimitOf(d time.Duration) Limit { return Limit{d: d.Truncate(time.Second)} }

// Never returns the limit that is never reached.
func Never() Limit { return Limit{never: true} }

// Duration returns the length and true, or zero and false for "never".
func (l Limit) Duration() (time.Duration, bool) { return l.d, !l.never }

// after returns the instant at which the limit that began at t is reached.
// Zero: it is never reached.
func (l Limit) after(t time.Time) time.Time {
	if l.never {
		return time.Time{}
	}
	return t.Add(l.d)
}

func (l Limit) compare(m Limit) int {
	switch {
	case l.never && m.never, !l.never && !m.never && l.d == m.d:
		return 0
	case m.never || !l.never && l.d < m.d:
		return -1
	default:
		return 1
	}
}

// String returns the text form: days, hours, minutes and seconds, or "never".
func (l Limit) String() string {
	if l.never {
		return "never"
	}
	return lengthText(l.d)
}

// MarshalText returns the text form.
func (l Limit) MarshalText() ([]byte, error) { return []byte(l.String()), nil }

// UnmarshalText reads the text form.
func (l *Limit) UnmarshalText(text []byte) error {
	if string(text) == "never" {
		*l = Never()
		return nil
	}
	d, ok := parseDuration(string(text))
	if !ok && string(text) != "0" {
		return errDuration
	}
	if d > maxLimit {
		return errors.New("want at most 100 years")
	}
	*l = LimitOf(d)
	return nil
}

var errDuration = errors.New(`want a length such as "30m", "72h" or "3d", or "never"`)

// maxLimit bounds every stated length, so that sums of a few cannot overflow.
const maxLimit = 100 * 365 * 24 * time.Hour

func lengthText(d time.Duration) string {
	if d <= 0 {
		return "0s"
	}
	var b strings.Builder
	for _, u := range []struct {
		size time.Duration
		name string
	}{{24 * time.Hour, "d"}, {time.Hour, "h"}, {time.Minute, "m"}, {time.Second, "s"}} {
		if n := d / u.size; n > 0 {
			fmt.Fprintf(&b, "%d%s", n, u.name)
			d -= n * u.size
		}
	}
	return b.String()
}

// Count is how often something may be done, or "never" for a budget that is
// never spent. The zero value is none at all.
type Count struct {
	n     int
	never bool
}

// CountOf returns the budget of n times; a negative n counts as none.
func CountOf(n int) Count { return Count{n: max(n, 0)} }

// Endless returns the budget that is never spent.
func Endless() Count { return Count{never: true} }

// Number returns how often and true, or zero and false for a budget that is
// never spent.
func (c Count) Number() (int, bool) { return c.n, !c.never }

// left returns what remains of the budget after used times; false: nothing.
func (c Count) left(used int) (Count, bool) {
	if c.never {
		return c, true
	}
	return CountOf(c.n - used), used < c.n
}

func (c Count) compare(d Count) int {
	switch {
	case c == d:
		return 0
	case d.never || !c.never && c.n < d.n:
		return -1
	default:
		return 1
	}
}

// String returns the number or "never".
func (c Count) String() string {
	if c.never {
		return "never"
	}
	return strconv.Itoa(c.n)
}

// MarshalJSON returns a number, or the word "never".
func (c Count) MarshalJSON() ([]byte, error) {
	if c.never {
		return []byte(`"never"`), nil
	}
	return strconv.AppendInt(nil, int64(c.n), 10), nil
}

// UnmarshalJSON reads a whole number from 0 to 1,000,000, or the word "never".
func (c *Count) UnmarshalJSON(data []byte) error {
	if string(data) == `"never"` {
		*c = Endless()
		return nil
	}
	var n int
	if err := json.Unmarshal(data, &n); err != nil || n < 0 || n > 1_000_000 {
		return errors.New(`want a whole number from 0 to 1000000, or "never" for a budget that is never spent`)
	}
	*c = CountOf(n)
	return nil
}
