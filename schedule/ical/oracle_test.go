package ical_test

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // a machine without a zone database tests the same

	"github.com/fettle-dev/fettle/internal/oracle"
	"github.com/fettle-dev/fettle/schedule"
	"github.com/fettle-dev/fettle/schedule/ical"
)

func zones() *ical.Options { return &ical.Options{Zone: time.LoadLocation} }

// local returns up to n starts of a window as its wall clock shows them, and
// whether there are more.
func local(t *testing.T, w schedule.Window, n int) (out []string, more bool) {
	t.Helper()
	b, err := w.Bind(schedule.Binding{Local: time.UTC, Zone: time.LoadLocation})
	if err != nil {
		t.Fatal(err)
	}
	var at time.Time
	for range n {
		s, ok := b.Next(at)
		if !ok {
			return out, false
		}
		out = append(out, s.Start.In(b.Zone()).Format("2006-01-02T15:04:05"))
		at = s.Start
	}
	_, more = b.Next(at)
	return out, more
}

// TestDateutilOracle holds every rule to one of two answers: the occurrences
// that python-dateutil gives, or a refusal that names a part of the rule.
func TestDateutilOracle(t *testing.T) {
	t.Parallel()
	type line struct {
		Test, Rule string
		Want       []string
	}
	equal, refused := 0, map[string]int{}
	for _, c := range oracle.Lines[line](t, "oracles/schedule/rrule-dateutil.jsonl") {
		w, err := ical.ParseRule(c.Rule, time.Hour, nil)
		var cause *ical.Error
		if errors.As(err, &cause) {
			if !strings.Contains(c.Rule, cause.Part+"=") {
				t.Errorf("%s: %s: refused for %q, which is no part of it", c.Test, c.Rule, cause.Part)
			}
			if !slices.Contains([]string{"FREQ", "BYEASTER", "BYWEEKNO", "BYYEARDAY", "BYHOUR", "BYMINUTE", "BYSECOND"}, cause.Part) {
				t.Errorf("%s: %s: refused for %s, which is in the subset", c.Test, c.Rule, cause.Part)
			}
			refused[cause.Part]++
			continue
		}
		if err != nil {
			t.Errorf("%s: %s: %v", c.Test, c.Rule, err)
			continue
		}
		for i, want := range c.Want {
			c.Want[i] = want[:len("2006-01-02T15:04:05")] // one has the offset of its made-up zone
		}
		got, more := local(t, w, len(c.Want))
		if !slices.Equal(got, c.Want) || more {
			t.Errorf("%s: %s: %q\n got %v, more %v\nwant %v", c.Test, c.Rule, w, got, more, c.Want)
			continue
		}
		equal++
	}
	total := 0
	for _, part := range slices.Sorted(maps.Keys(refused)) {
		t.Logf("refused for %s: %d", part, refused[part])
		total += refused[part]
	}
	t.Logf("equal: %d, refused by part: %d", equal, total)
}
