package schedule_test

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/fettle-dev/fettle/schedule"
)

// seconds returns the span [a, b) of Unix seconds.
func seconds(a, b int) schedule.Span {
	return schedule.Span{Start: time.Unix(int64(a), 0).UTC(), End: time.Unix(int64(b), 0).UTC()}
}

// TestSetsAgreeWithSecondBySecond holds the three set operations against a
// bitmap of seconds.
func TestSetsAgreeWithSecondBySecond(t *testing.T) {
	t.Parallel()
	const size = 60
	r := rand.New(rand.NewPCG(1, 2))
	draw := func() []schedule.Span {
		var out []schedule.Span
		for range r.IntN(6) {
			start := r.IntN(size)
			out = append(out, seconds(start, start+r.IntN(12)-1)) // some empty, some reversed
		}
		return out
	}
	in := func(set []schedule.Span, at int) bool {
		return slices.ContainsFunc(set, func(s schedule.Span) bool { return s.Contains(time.Unix(int64(at), 0)) })
	}
	for range 3000 {
		a, b := draw(), draw()
		keepA, keepB := slices.Clone(a), slices.Clone(b)
		union, without, both := schedule.Union(a, b), schedule.Subtract(a, b), schedule.Intersection(a, b)
		for at := -2; at < size+15; at++ {
			if in(union, at) != (in(a, at) || in(b, at)) || in(without, at) != (in(a, at) && !in(b, at)) || in(both, at) != (in(a, at) && in(b, at)) {
				t.Fatalf("at %d of\n%v\n%v\nunion %v\nwithout %v\nboth %v", at, a, b, union, without, both)
			}
		}
		for name, set := range map[string][]schedule.Span{"union": union, "without": without, "both": both} {
			for i, s := range set {
				if s.Empty() || i > 0 && !s.Start.After(set[i-1].End) {
					t.Fatalf("%s of %v and %v is not ordered and apart: %v", name, a, b, set)
				}
			}
		}
		if !slices.Equal(a, keepA) || !slices.Equal(b, keepB) {
			t.Fatal("an argument was changed")
		}
	}
}

func TestSpan(t *testing.T) {
	t.Parallel()
	s := seconds(10, 20)
	for at, want := range map[int]bool{9: false, 10: true, 19: true, 20: false} {
		if s.Contains(time.Unix(int64(at), 0)) != want {
			t.Errorf("contains %d: want %v", at, want)
		}
	}
	if s.Overlaps(seconds(20, 30)) || !s.Overlaps(seconds(19, 30)) || s.Overlaps(seconds(0, 10)) || s.Overlaps(seconds(15, 15)) {
		t.Error("spans overlap if they have an instant in common")
	}
	if s.Length() != 10*time.Second || seconds(20, 10).Length() != 0 || !seconds(20, 10).Empty() || !(schedule.Span{}).Empty() {
		t.Error("an empty span has no length")
	}
	always := schedule.Span{End: schedule.Forever()}
	if !always.Contains(time.Unix(0, 0)) || always.Length() <= 0 || schedule.Forever().Format(time.RFC3339) != "9999-12-31T00:00:00Z" {
		t.Errorf("always is %v", always)
	}
}
