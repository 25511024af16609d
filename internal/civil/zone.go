package civil

import (
	"iter"
	"math"
	"time"
)

// maxOffset bounds how far local time runs ahead of UTC, in seconds. The
// largest offset that the tz database records is Manila's -15:56:08 of 1844;
// the largest eastward one is Metlakatla's +15:13:42.
const maxOffset = 16 * 60 * 60

// stretch is a run of Unix seconds over which a zone keeps one offset, from the
// second it was asked for until end. What follows may have the same offset: a
// change of name ends a stretch, and so does a year's end in the years that a
// zone describes by a rule.
type stretch struct {
	offset int64 // seconds east of UTC
	end    int64 // exclusive
}

func stretchAt(zone *time.Location, unix int64) stretch {
	t := time.Unix(unix, 0).In(zone)
	_, offset := t.Zone()
	_, end := t.ZoneBounds()
	switch {
	case end.IsZero():
		return stretch{int64(offset), math.MaxInt64}
	case end.Unix() <= unix:
		// time.Location counts 365 days to every year of a rule, so on the last
		// day of a leap year it names an end that is past already. No rule
		// changes an offset on that day: ask again at its end.
		return stretch{int64(offset), (floorDiv(unix, DaySeconds) + 1) * DaySeconds}
	default:
		return stretch{int64(offset), end.Unix()}
	}
}

// Reading says how often a wall clock shows a civil time.
type Reading uint8

// The three readings of a civil time.
const (
	Exact   Reading = iota // once
	Skipped                // never: it lies in a gap
	Twice                  // it lies in a fold
)

// find walks the stretches in which local may be shown, from the earliest. It
// returns the last stretch before local is reached or skipped: the stretch that
// shows it first, or the one before the gap.
func find(zone *time.Location, local int64) (s stretch, skipped bool) {
	s = stretchAt(zone, local-maxOffset)
	for local-s.offset >= s.end {
		next := stretchAt(zone, s.end)
		if local-next.offset < s.end {
			return s, true
		}
		s = next
	}
	return s, false
}

func localSeconds(day int, c Clock) int64 { return int64(day)*DaySeconds + int64(c) }

// Instant returns the Unix second that a civil day and time of day mean in a
// zone, by the rule of the package comment.
func Instant(zone *time.Location, day int, c Clock) int64 {
	local := localSeconds(day, c)
	if zone == time.UTC {
		return local
	}
	s, _ := find(zone, local)
	return local - s.offset
}

// Reached returns the first Unix second of the zone at which a wall clock shows
// the day and time of day or has passed it. It differs from Instant in a gap
// only, where it is the gap itself: what must end by 02:30 ends when clocks
// jump from 02:00 to 03:00, not at 03:30.
func Reached(zone *time.Location, day int, c Clock) int64 {
	local := localSeconds(day, c)
	if zone == time.UTC {
		return local
	}
	s, skipped := find(zone, local)
	if skipped {
		return s.end
	}
	return local - s.offset
}

// Read returns how often the zone's wall clock shows the day and time of day,
// and for Skipped and Twice the Unix second of the change that makes it so.
func Read(zone *time.Location, day int, c Clock) (r Reading, change int64) {
	local := localSeconds(day, c)
	s, skipped := find(zone, local)
	if skipped {
		return Skipped, s.end
	}
	for s.end <= local+maxOffset {
		next := stretchAt(zone, s.end)
		if at := local - next.offset; s.end <= at && at < next.end {
			return Twice, s.end
		}
		s = next
	}
	return Exact, 0
}

// DayOf returns the day number and the time of day that the zone's wall clock
// shows at a Unix second.
func DayOf(zone *time.Location, unix int64) (day int, c Clock) {
	if zone != time.UTC {
		_, offset := time.Unix(unix, 0).In(zone).Zone()
		unix += int64(offset)
	}
	d := floorDiv(unix, DaySeconds)
	return int(d), Clock(unix - d*DaySeconds)
}

// Transition is one change of a zone's offset from UTC.
type Transition struct {
	At            int64 // Unix second of the first moment with the new offset
	Before, After int   // offsets east of UTC in seconds
}

// Transitions yields the changes of offset with from <= At < to, in order.
// Changes of name alone are left out.
func Transitions(zone *time.Location, from, to int64) iter.Seq[Transition] {
	return func(yield func(Transition) bool) {
		if from >= to {
			return
		}
		for s := stretchAt(zone, from-1); s.end < to; {
			next := stretchAt(zone, s.end)
			changed := next.offset != s.offset
			if changed && !yield(Transition{At: s.end, Before: int(s.offset), After: int(next.offset)}) {
				return
			}
			s = next
		}
	}
}

// Offset returns the zone's offset at a Unix second, in seconds east of UTC.
func Offset(zone *time.Location, unix int64) int {
	_, offset := time.Unix(unix, 0).In(zone).Zone()
	return offset
}
