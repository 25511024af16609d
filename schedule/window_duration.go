package schedule

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// durationRule is what parseDuration wants.
const durationRule = "want a duration such as 4h, 1h30m, 90m or 2d (of 24 hours)"

// units are the parts of a duration's text form, in their order.
func units() []struct {
	letter byte
	size   time.Duration
} {
	return []struct {
		letter byte
		size   time.Duration
	}{{'w', 7 * 24 * time.Hour}, {'d', 24 * time.Hour}, {'h', time.Hour}, {'m', time.Minute}, {'s', time.Second}}
}

// parseDuration reads whole numbers with the units w, d, h, m and s, each at
// most once and in that order. A day is 24 hours of elapsed time.
func parseDuration(text string) (time.Duration, bool) {
	rest, total := text, time.Duration(0)
	for _, u := range units() {
		i := strings.IndexByte(rest, u.letter)
		if i < 0 {
			continue
		}
		n, err := strconv.ParseUint(rest[:i], 10, 32)
		if err != nil || rest[0] == '+' || time.Duration(n) > (math.MaxInt64-total)/u.size {
			return 0, false
		}
		total += time.Duration(n) * u.size
		rest = rest[i+1:]
	}
	return total, rest == "" && text != ""
}

// formatDuration writes whole seconds in hours, minutes and seconds, leaving
// out what is zero: 4h, 1h30m, 0s.
func formatDuration(d time.Duration) string {
	if d == 0 {
		return "0s"
	}
	var b strings.Builder
	if d < 0 {
		b.WriteByte('-')
		d = -d
	}
	for _, u := range units()[2:] {
		if n := d / u.size; n > 0 {
			b.WriteString(strconv.FormatInt(int64(n), 10))
			b.WriteByte(u.letter)
			d %= u.size
		}
	}
	return b.String()
}

// String returns "fit" for the zero value, else Last as a duration.
func (c Cutoff) String() string {
	if !c.Fixed {
		return "fit"
	}
	return formatDuration(c.Last)
}
