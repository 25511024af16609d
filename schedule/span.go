package schedule

import (
	"slices"
	"time"
)

// Span is a half-open stretch of time, [Start, End), in UTC. It is empty unless
// Start lies before End.
//
// A span without a beginning has the zero Start, which is the first instant
// that Go's time knows; one without an end has Forever as its End. Both compare
// as the instants that they are, so nothing needs to treat them apart.
type Span struct {
	Start time.Time `json:"start"`
	End   time.Time `json:"end"`
}

// Forever returns the instant that stands for "no end": 9999-12-31T00:00:00Z,
// the last midnight that RFC 3339 can write.
func Forever() time.Time { return time.Unix(foreverUnix, 0).UTC() }

const foreverUnix = 253402214400

// Contains reports whether t lies in s.
func (s Span) Contains(t time.Time) bool { return !t.Before(s.Start) && t.Before(s.End) }

// Empty reports whether s holds no instant.
func (s Span) Empty() bool { return !s.Start.Before(s.End) }

// Length returns the elapsed time between Start and End, at most what a
// time.Duration holds (about 292 years), and 0 for an empty span.
func (s Span) Length() time.Duration { return max(0, s.End.Sub(s.Start)) }

// Overlaps reports whether s and o have an instant in common. Spans that only
// touch have none.
func (s Span) Overlaps(o Span) bool { return !s.Intersect(o).Empty() }

// Intersect returns the instants that s and o have in common; it may be empty.
func (s Span) Intersect(o Span) Span {
	if o.Start.After(s.Start) {
		s.Start = o.Start
	}
	if o.End.Before(s.End) {
		s.End = o.End
	}
	return s
}

// Union returns the instants that lie in any span of any of the sets, as the
// fewest spans: ordered, apart from each other and not empty. The sets may come
// in any order, overlap and hold empty spans; they are not changed.
func Union(sets ...[]Span) []Span {
	all := slices.Concat(sets...)
	slices.SortFunc(all, func(a, b Span) int { return a.Start.Compare(b.Start) })
	var out []Span
	for _, s := range all {
		switch last := len(out) - 1; {
		case s.Empty():
		case last >= 0 && !s.Start.After(out[last].End):
			if s.End.After(out[last].End) {
				out[last].End = s.End
			}
		default:
			out = append(out, s)
		}
	}
	return out
}

// Subtract returns the instants that lie in a span of from and in none of
// minus, in the form that Union gives. Neither argument is changed.
func Subtract(from, minus []Span) []Span {
	from, minus = Union(from), Union(minus)
	var out []Span
	for _, s := range from {
		for len(minus) > 0 && !minus[0].End.After(s.Start) {
			minus = minus[1:]
		}
		for _, m := range minus {
			if !m.Start.Before(s.End) {
				break
			}
			if s.Start.Before(m.Start) {
				out = append(out, Span{s.Start, m.Start})
			}
			s.Start = m.End
		}
		if !s.Empty() {
			out = append(out, s)
		}
	}
	return out
}

// Intersection returns the instants that lie in a span of a and in one of b, in
// the form that Union gives. Neither argument is changed.
func Intersection(a, b []Span) []Span {
	a, b = Union(a), Union(b)
	var out []Span
	for len(a) > 0 && len(b) > 0 {
		if both := a[0].Intersect(b[0]); !both.Empty() {
			out = append(out, both)
		}
		if a[0].End.Before(b[0].End) {
			a = a[1:]
		} else {
			b = b[1:]
		}
	}
	return out
}
