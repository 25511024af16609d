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
		if errors.Is(err, schedule.ErrNever) && len(c.Want) == 0 {
			equal++
			continue
		}
		if cause, ok := errors.AsType[*ical.Error](err); ok {
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

// TestRulesWrittenOut has rules and their days, worked out by hand from RFC
// 5545 section 3.3.10.
func TestRulesWrittenOut(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		rule string
		want []string
	}{
		// BYMONTHDAY in weeks filters days, as other libraries read it.
		{"DTSTART:19970902T090000\nRRULE:FREQ=WEEKLY;BYMONTHDAY=1,3;COUNT=3", []string{"1997-09-03T09:00:00", "1997-10-01T09:00:00", "1997-10-03T09:00:00"}},
		// The first time of day is before DTSTART on its day; weeks count from it.
		{"DTSTART:20260106T090000\nRRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=TU;BYHOUR=3;COUNT=2", []string{"2026-01-20T03:00:00", "2026-02-03T03:00:00"}},
		{"DTSTART:20260106T090000\nRRULE:FREQ=DAILY;BYHOUR=10;BYMINUTE=15;BYSECOND=30;COUNT=2", []string{"2026-01-06T10:15:30", "2026-01-07T10:15:30"}},
		// RFC 5545's own: two weeks differ by the day that they start on.
		{
			"DTSTART:19970805T090000\nRRULE:FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO",
			[]string{"1997-08-05T09:00:00", "1997-08-10T09:00:00", "1997-08-19T09:00:00", "1997-08-24T09:00:00"},
		},
		{
			"DTSTART:19970805T090000\nRRULE:FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU",
			[]string{"1997-08-05T09:00:00", "1997-08-17T09:00:00", "1997-08-19T09:00:00", "1997-08-31T09:00:00"},
		},
		{"DTSTART:19970929T090000\nRRULE:FREQ=MONTHLY;COUNT=3;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2", []string{"1997-09-29T09:00:00", "1997-10-30T09:00:00", "1997-11-27T09:00:00"}},
		{"DTSTART:19970902T090000\nRRULE:FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13;COUNT=3", []string{"1998-02-13T09:00:00", "1998-03-13T09:00:00", "1998-11-13T09:00:00"}},
		{
			"DTSTART:19961105T090000\nRRULE:FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8;COUNT=3",
			[]string{"1996-11-05T09:00:00", "2000-11-07T09:00:00", "2004-11-02T09:00:00"},
		},
		{
			"DTSTART:20070115T090000\nRRULE:FREQ=MONTHLY;BYMONTHDAY=15,30;COUNT=5",
			[]string{"2007-01-15T09:00:00", "2007-01-30T09:00:00", "2007-02-15T09:00:00", "2007-03-15T09:00:00", "2007-03-30T09:00:00"},
		},
		// UNTIL in UTC beside local times: 09:00 in New York is 13:00 or 14:00.
		{"DTSTART;TZID=America/New_York:19970902T090000\nRRULE:FREQ=DAILY;UNTIL=19970904T130000Z", []string{"1997-09-02T09:00:00", "1997-09-03T09:00:00", "1997-09-04T09:00:00"}},
		{"DTSTART;TZID=America/New_York:19970902T090000\nRRULE:FREQ=DAILY;UNTIL=19970904T125959Z", []string{"1997-09-02T09:00:00", "1997-09-03T09:00:00"}},
		{"DTSTART:19970902T090000Z\nRRULE:FREQ=DAILY;UNTIL=19970903", []string{"1997-09-02T09:00:00", "1997-09-03T09:00:00"}},
		{"DTSTART:20260101T090000\nRRULE:FREQ=DAILY;COUNT=3\nEXDATE:20260102T090000", []string{"2026-01-01T09:00:00", "2026-01-03T09:00:00"}},
		{"DTSTART:20260101T090000\nRDATE:20260301T090000,20260201T090000", []string{"2026-01-01T09:00:00", "2026-02-01T09:00:00", "2026-03-01T09:00:00"}},
	} {
		w, err := ical.ParseRule(c.rule, time.Hour, zones())
		if err != nil {
			t.Errorf("%s: %v", c.rule, err)
			continue
		}
		got, more := local(t, w, len(c.want))
		if !slices.Equal(got, c.want) || more {
			t.Errorf("%s: %q\n got %v, more %v\nwant %v", c.rule, w, got, more, c.want)
		}
	}
}
