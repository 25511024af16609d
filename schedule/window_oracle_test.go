package schedule_test

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // a machine without a zone database tests the same

	"github.com/fettle-dev/fettle/internal/oracle"
	"github.com/fettle-dev/fettle/schedule"
)

// bind parses a window and binds it with the zone database.
func bind(tb testing.TB, text string) *schedule.BoundWindow {
	tb.Helper()
	w, err := schedule.ParseWindow(text)
	if err != nil {
		tb.Fatal(err)
	}
	b, err := w.Bind(schedule.Binding{Zone: time.LoadLocation})
	if err != nil {
		tb.Fatal(err)
	}
	return b
}

// starts returns the starts with from <= start < to, in UTC as RFC 3339.
func starts(b *schedule.BoundWindow, from, to time.Time) []string {
	var out []string
	for at := from.Add(-1); ; {
		s, ok := b.Next(at)
		if !ok || !s.Start.Before(to) {
			return out
		}
		out = append(out, s.Start.Format(time.RFC3339))
		at = s.Start
	}
}

func TestDSTDailyOracle(t *testing.T) {
	t.Parallel()
	type line struct {
		Name, Zone string
		HH, MM, N  int
		From       time.Time
		Want       []string
	}
	lines := oracle.Lines[line](t, "oracles/schedule/dst-daily.jsonl")
	for _, c := range lines {
		b := bind(t, fmt.Sprintf("daily %02d:%02d for 1h %s", c.HH, c.MM, c.Zone))
		var got []string
		for at := c.From; len(got) < c.N; {
			s, _ := b.Next(at)
			got = append(got, s.Start.Format(time.RFC3339))
			at = s.Start
		}
		if strings.Join(got, " ") != strings.Join(c.Want, " ") {
			t.Errorf("%s %s %02d:%02d from %s\n got %v\nwant %v", c.Name, c.Zone, c.HH, c.MM, c.From, got, c.Want)
		}
	}
	t.Logf("dst-daily: %d lines", len(lines))
}

func year(n int) time.Time { return time.Date(n, 1, 1, 0, 0, 0, 0, time.UTC) }

func TestNthWeekdayOffsetOracle(t *testing.T) {
	t.Parallel()
	type line struct {
		Zone, Weekday, Start string
		Nth, OffsetDays      int
		Year                 int
		Want                 []string
	}
	lines := oracle.Lines[line](t, "oracles/schedule/nth-weekday-offset.jsonl")
	for _, c := range lines {
		day := map[string]string{"MO": "mon", "TU": "tue", "WE": "wed", "TH": "thu", "FR": "fri", "SA": "sat", "SU": "sun"}[c.Weekday]
		b := bind(t, fmt.Sprintf("%s#%d %+dd %s for 4h %s", day, c.Nth, c.OffsetDays, c.Start, c.Zone))
		var got []string
		for _, s := range starts(b, year(c.Year).AddDate(0, 0, -2), year(c.Year+1).AddDate(0, 0, 2)) {
			at, _ := time.Parse(time.RFC3339, s)
			if at.In(b.Zone()).Year() == c.Year {
				got = append(got, s)
			}
		}
		if strings.Join(got, " ") != strings.Join(c.Want, " ") {
			t.Errorf("%s\n got %v\nwant %v", b.Window(), got, c.Want)
		}
	}
	t.Logf("nth-weekday-offset: %d lines", len(lines))
}

func TestDaily2026Oracle(t *testing.T) {
	t.Parallel()
	type line struct {
		Zone, Start, First, Last, SHA256 string
		Year, N                          int
	}
	lines := oracle.Lines[line](t, "oracles/schedule/daily-2026.jsonl")
	for _, c := range lines {
		b := bind(t, fmt.Sprintf("daily %s for 1h %s", c.Start, c.Zone))
		var got []string
		for _, s := range starts(b, year(c.Year).AddDate(0, 0, -2), year(c.Year+1).AddDate(0, 0, 2)) {
			at, _ := time.Parse(time.RFC3339, s)
			if at.In(b.Zone()).Year() == c.Year {
				got = append(got, s)
			}
		}
		sum := sha256.Sum256([]byte(strings.Join(got, "\n")))
		if hex.EncodeToString(sum[:]) != c.SHA256 {
			t.Errorf("%s: %d starts, %s to %s; want %d, %s to %s", b.Window(), len(got), got[0], got[len(got)-1], c.N, c.First, c.Last)
		}
	}
	t.Logf("daily-2026: %d lines", len(lines))
}
