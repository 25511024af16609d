package civil_test

import (
	"os"
	"testing"
	"time"
	_ "time/tzdata" // a machine without a zone database tests the same

	"github.com/fettle-dev/fettle/internal/civil"
	"github.com/fettle-dev/fettle/internal/civil/civiltest"
)

func load(tb testing.TB, name string) *time.Location {
	tb.Helper()
	zone, err := time.LoadLocation(name)
	if err != nil {
		tb.Fatal(err)
	}
	return zone
}

// agree compares every civil minute of a span with what looking at the clock
// once a minute finds.
func agree(t *testing.T, zone *time.Location, from, to time.Time) {
	t.Helper()
	// Two days around, so that folds and gaps of a day are seen whole.
	scan := civiltest.Look(zone, from.AddDate(0, 0, -2), to.AddDate(0, 0, 2))
	shown := map[int]int{}
	for _, m := range scan.Shown {
		shown[scan.First+int(m)]++
	}
	faults := 0
	for m := int(from.Unix() / 60); m < int(to.Unix()/60) && faults < 5; m++ {
		day, clock := m/1440, civil.Clock(m%1440*60)
		instant, ok1 := scan.Instant(m)
		reached, ok2 := scan.Reached(m)
		if !ok1 || !ok2 {
			t.Fatalf("%s: the scan does not reach %s %s", zone, civil.DateOf(day), clock)
		}
		want := civil.Exact
		switch shown[m] {
		case 0:
			want = civil.Skipped
		case 2:
			want = civil.Twice
		}
		reading, _ := civil.Read(zone, day, clock)
		if got := civil.Instant(zone, day, clock); got != int64(instant)*60 || civil.Reached(zone, day, clock) != int64(reached)*60 || reading != want {
			faults++
			t.Errorf("%s %s %s: instant %d reached %d reading %d, want %d %d %d", zone, civil.DateOf(day), clock,
				got, civil.Reached(zone, day, clock), reading, instant*60, reached*60, want)
		}
	}
	for i, m := range scan.Shown {
		if i%17 != 0 {
			continue
		}
		day, clock := civil.DayOf(zone, int64(scan.First+i)*60)
		if got := day*1440 + int(clock)/60; got != scan.First+int(m) {
			t.Fatalf("%s at %d: shows %s %s, want %d", zone, (scan.First+i)*60, civil.DateOf(day), clock, m)
		}
	}
}

func utc(year int, month time.Month, day int) time.Time {
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}

func TestEveryMinuteOfOddYears(t *testing.T) {
	t.Parallel()
	for _, c := range civiltest.Odd() {
		zone := load(t, c.Zone)
		// Around each change, and at both ends of the year.
		from, to := utc(c.Year, 1, 1), utc(c.Year+1, 1, 1)
		changes := 0
		for x := range civil.Transitions(zone, from.Unix(), to.Unix()) {
			at := time.Unix(x.At, 0).UTC().Truncate(24 * time.Hour)
			agree(t, zone, at.AddDate(0, 0, -1), at.AddDate(0, 0, 2))
			changes++
		}
		agree(t, zone, from.AddDate(0, 0, -1), from.AddDate(0, 0, 1))
		agree(t, zone, to.AddDate(0, 0, -2), to.AddDate(0, 0, 1))
		t.Logf("%s %d: %d changes; %s", c.Zone, c.Year, changes, c.Why)
	}
}

// TestEveryMinuteOfEveryZone takes minutes, so it runs at night only.
func TestEveryMinuteOfEveryZone(t *testing.T) {
	t.Parallel()
	if os.Getenv("FETTLE_NIGHTLY") == "" {
		t.Skip("set FETTLE_NIGHTLY to compare three years of every zone")
	}
	for _, name := range civiltest.Zones(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			agree(t, load(t, name), utc(2025, 12, 1), utc(2029, 1, 10))
		})
	}
	for _, c := range civiltest.Odd() {
		t.Run(c.Zone, func(t *testing.T) {
			t.Parallel()
			agree(t, load(t, c.Zone), utc(c.Year-1, 12, 1), utc(c.Year+1, 2, 1))
		})
	}
}

func TestReadingsOfKnownNights(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		zone, day, clock string
		instant, reached string
		reading          civil.Reading
	}{
		{"America/New_York", "2026-03-08", "02:30", "2026-03-08T07:30:00Z", "2026-03-08T07:00:00Z", civil.Skipped},
		{"America/New_York", "2026-11-01", "01:30", "2026-11-01T05:30:00Z", "2026-11-01T05:30:00Z", civil.Twice},
		{"America/New_York", "2026-11-01", "02:00", "2026-11-01T07:00:00Z", "2026-11-01T07:00:00Z", civil.Exact},
		{"Pacific/Apia", "2011-12-30", "02:00", "2011-12-30T12:00:00Z", "2011-12-30T10:00:00Z", civil.Skipped},
		{"Pacific/Apia", "2011-12-31", "02:00", "2011-12-30T12:00:00Z", "2011-12-30T12:00:00Z", civil.Exact},
		{"Australia/Lord_Howe", "2026-10-04", "02:15", "2026-10-03T15:45:00Z", "2026-10-03T15:30:00Z", civil.Skipped},
		{"Antarctica/Troll", "2026-03-29", "02:30", "2026-03-29T02:30:00Z", "2026-03-29T01:00:00Z", civil.Skipped},
		{"America/Sao_Paulo", "2018-11-04", "00:00", "2018-11-04T03:00:00Z", "2018-11-04T03:00:00Z", civil.Skipped},
		{"Asia/Beirut", "2026-10-24", "23:30", "2026-10-24T20:30:00Z", "2026-10-24T20:30:00Z", civil.Twice},
		// Local mean time: the offset before standard time, with its seconds.
		{"America/New_York", "1800-01-01", "00:00", "1800-01-01T04:56:02Z", "1800-01-01T04:56:02Z", civil.Exact},
		{"America/New_York", "2999-07-01", "12:00", "2999-07-01T16:00:00Z", "2999-07-01T16:00:00Z", civil.Exact},
		// The last day of a leap year that a rule describes.
		{"America/New_York", "2028-12-31", "12:00", "2028-12-31T17:00:00Z", "2028-12-31T17:00:00Z", civil.Exact},
	} {
		d, err := civil.ParseDate(c.day)
		if err != nil {
			t.Fatal(err)
		}
		clock, err := civil.ParseClock(c.clock)
		if err != nil {
			t.Fatal(err)
		}
		zone := load(t, c.zone)
		text := func(unix int64) string { return time.Unix(unix, 0).UTC().Format(time.RFC3339) }
		instant, reached := text(civil.Instant(zone, d.Days(), clock)), text(civil.Reached(zone, d.Days(), clock))
		reading, _ := civil.Read(zone, d.Days(), clock)
		if instant != c.instant || reached != c.reached || reading != c.reading {
			t.Errorf("%s %s %s: got %s %s %d, want %s %s %d", c.zone, c.day, c.clock, instant, reached, reading, c.instant, c.reached, c.reading)
		}
	}
}

func TestTransitions(t *testing.T) {
	t.Parallel()
	count := func(zone string, from, to time.Time) (n, moved int) {
		for x := range civil.Transitions(load(t, zone), from.Unix(), to.Unix()) {
			n++
			moved += x.After - x.Before
		}
		return n, moved
	}
	for _, c := range []struct {
		zone     string
		from, to time.Time
		n, moved int
	}{
		{"UTC", utc(2000, 1, 1), utc(2100, 1, 1), 0, 0},
		{"America/New_York", utc(2026, 1, 1), utc(2027, 1, 1), 2, 0},
		{"America/New_York", utc(2027, 1, 1), utc(2127, 1, 1), 200, 0}, // 25 leap years less one
		{"Pacific/Apia", utc(2011, 12, 1), utc(2012, 1, 1), 1, 86400},
		{"Africa/Cairo", utc(2014, 1, 1), utc(2015, 1, 1), 4, 0},
		{"Asia/Kolkata", utc(2000, 1, 1), utc(2100, 1, 1), 0, 0},
		// A change at the start of the span belongs to it, one at its end does not.
		{"America/New_York", time.Unix(1772953200, 0), time.Unix(1793512800, 0), 1, 3600},
		{"America/New_York", utc(2027, 1, 1), utc(2026, 1, 1), 0, 0},
	} {
		if n, moved := count(c.zone, c.from, c.to); n != c.n || moved != c.moved {
			t.Errorf("%s from %s to %s: %d changes by %d s, want %d by %d", c.zone, c.from, c.to, n, moved, c.n, c.moved)
		}
	}
}
