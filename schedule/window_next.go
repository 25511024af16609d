package schedule

import (
	"iter"
	"math"
	"slices"
	"time"

	"github.com/fettle-dev/fettle/internal/civil"
)

// Next returns the first occurrence that starts after the instant, or false if
// there is none before the year 10000. An occurrence that starts at the instant
// is not it. An OnEvent window has none. It does not allocate.
func (b *BoundWindow) Next(after time.Time) (Span, bool) {
	if b.window.Repeat == Always {
		return b.always, b.always.Start.After(after)
	}
	if b.window.Repeat == OnEvent {
		return Span{}, false
	}
	unix := after.Unix()
	day, _ := civil.DayOf(b.zone, unix)
	// A gap of a whole day moves what the day before would have started.
	c := b.cursor(day-1, b.until)
	for {
		day, ok := c.next()
		if !ok {
			return Span{}, false
		}
		start := civil.Instant(b.zone, day, b.window.Start)
		if start <= unix {
			continue
		}
		if end := b.end(day, start); end > start {
			return Span{instant(start), instant(end)}, true
		}
	}
}

// At returns the occurrence that holds the instant, or false if none does. Of
// several it is the one that ends last, which is the one that started last. An
// OnEvent window has none. It does not allocate.
func (b *BoundWindow) At(t time.Time) (Span, bool) {
	var last Span
	for s := range b.walk(t, t) {
		if s.Contains(t) {
			last = s
		}
	}
	return last, !last.Empty()
}

// Contains reports whether an occurrence holds the instant.
func (b *BoundWindow) Contains(t time.Time) bool {
	_, ok := b.At(t)
	return ok
}

// Spans yields the occurrences that have an instant in common with [from, to),
// each whole, in the order of their starts. They may overlap; Union joins them.
// An OnEvent window has none.
func (b *BoundWindow) Spans(from, to time.Time) iter.Seq[Span] {
	return func(yield func(Span) bool) {
		if !from.Before(to) {
			return
		}
		for s := range b.walk(from, to) {
			if s.Start.Before(to) && s.End.After(from) && !yield(s) {
				return
			}
		}
	}
}

// walk yields occurrences in order: those that hold an instant of [from, to],
// and a few more.
func (b *BoundWindow) walk(from, to time.Time) iter.Seq[Span] {
	return func(yield func(Span) bool) {
		if b.window.Repeat == Always {
			yield(b.always)
		}
		if b.window.Repeat == Always || b.window.Repeat == OnEvent {
			return
		}
		first, _ := civil.DayOf(b.zone, from.Unix())
		last, _ := civil.DayOf(b.zone, to.Unix())
		// In a fold the clock shows an earlier day again.
		c := b.cursor(first-b.back, last+1)
		before := int64(math.MinInt64)
		for {
			day, ok := c.next()
			if !ok {
				return
			}
			start := civil.Instant(b.zone, day, b.window.Start)
			if start == before {
				continue // two days, one of which the zone skips
			}
			before = start
			if end := b.end(day, start); end > start && !yield(Span{instant(start), instant(end)}) {
				return
			}
		}
	}
}

// end returns when the occurrence of a day ends. It is not after start if
// LatestEnd leaves it no time.
func (b *BoundWindow) end(day int, start int64) int64 {
	end := start + b.length
	latest := b.window.LatestEnd
	if latest == nil {
		return end
	}
	switch {
	case latest.Days > 0:
		day += latest.Days
	case latest.At <= b.window.Start:
		day++
	}
	limit := civil.Reached(b.zone, day, latest.At)
	if b.length == 0 {
		return limit
	}
	return min(end, limit)
}

// cursor walks the days of occurrences in order.
type cursor struct {
	b     *BoundWindow
	base  int // the next base day to look at
	limit int // the last base day to look at
	last  int // the day given last
}

// cursor returns one that gives every occurrence on the days from first to
// last, and perhaps some around them.
func (b *BoundWindow) cursor(first, last int) cursor {
	first -= b.window.OffsetDays
	last -= b.window.OffsetDays
	if b.window.Shift.To == Next {
		first -= b.reach
	}
	if b.window.Shift.To == Previous {
		last += b.reach
	}
	return cursor{b: b, base: first, limit: last, last: b.from - 1}
}

// next returns the day of the next occurrence, or false if there is none.
// Offset and shift keep the order of days, so each day is given once.
func (c *cursor) next() (int, bool) {
	b := c.b
	for {
		base, ok := b.recur.next(c.base, c.limit)
		if !ok {
			return 0, false
		}
		c.base = base + 1
		day := base + b.window.OffsetDays
		if b.business != nil {
			if day, ok = b.business.shift(b.window.Shift.To, day); !ok {
				continue
			}
		}
		if day > b.until {
			return 0, false
		}
		if day <= c.last || b.excepted(day) {
			continue
		}
		c.last = day
		return day, true
	}
}

func (b *BoundWindow) excepted(day int) bool {
	_, found := slices.BinarySearch(b.except, day)
	return found
}
