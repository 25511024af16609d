// Package civiltest is the slow twin of package civil: it learns what a zone's
// wall clock shows by looking at it once a minute, and knows nothing of
// offsets, transitions or rules.
package civiltest

import (
	"archive/zip"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// Scan is what a wall clock showed at each minute from a first one on. Minutes
// are Unix seconds divided by 60; civil minutes are the same count of what the
// clock shows, as if it were UTC.
type Scan struct {
	First   int     // the first minute looked at
	Shown   []int32 // by minute since First: civil minutes since First
	from    int     // the first civil minute that the tables below hold
	reached []int32 // by civil minute since from: when the clock showed it or had passed it
	instant []int32 // by civil minute since from: what it means by RFC 5545
}

// Look reads the clock of a zone at every minute of [from, to), whole minutes
// of Unix time. The zone's offsets are whole minutes in that time.
func Look(zone *time.Location, from, to time.Time) *Scan {
	s := &Scan{First: int(from.Unix() / 60)}
	utc := time.UTC
	for t := from; t.Before(to); t = t.Add(time.Minute) {
		l := t.In(zone)
		shown := time.Date(l.Year(), l.Month(), l.Day(), l.Hour(), l.Minute(), 0, 0, utc)
		s.Shown = append(s.Shown, int32(int(shown.Unix()/60)-s.First))
	}
	s.index()
	return s
}

// index follows the clock and notes each civil minute when it is first reached.
// Those that it jumps over are read as if it had not jumped.
func (s *Scan) index() {
	s.from = s.First + int(s.Shown[0])
	most := s.Shown[0] - 1
	for i, shown := range s.Shown {
		before := shown - 1
		if i > 0 {
			before = s.Shown[i-1]
		}
		for m := most + 1; m <= shown; m++ {
			s.reached = append(s.reached, int32(i))
			if m == shown {
				s.instant = append(s.instant, int32(i))
			} else {
				s.instant = append(s.instant, int32(i)+(m-before-1))
			}
		}
		most = max(most, shown)
	}
}

// Instant returns the minute that a civil minute means, or false if the scan
// does not reach that far.
func (s *Scan) Instant(civil int) (int, bool) { return s.look(s.instant, civil) }

// Reached returns the first minute at which the clock shows a civil minute or
// has passed it, or false if the scan does not reach that far.
func (s *Scan) Reached(civil int) (int, bool) { return s.look(s.reached, civil) }

func (s *Scan) look(table []int32, civil int) (int, bool) {
	i := civil - s.from
	if i < 0 || i >= len(table) {
		return 0, false
	}
	return s.First + int(table[i]), true
}

// Zones returns the names of all zones of the zone database, sorted, from the
// archive that comes with the Go distribution. Without it the test skips.
func Zones(tb testing.TB) []string {
	tb.Helper()
	root, err := exec.CommandContext(tb.Context(), "go", "env", "GOROOT").Output()
	if err != nil {
		tb.Skipf("the zone database of the Go distribution: %v", err)
	}
	archive, err := zip.OpenReader(filepath.Join(strings.TrimSpace(string(root)), "lib", "time", "zoneinfo.zip"))
	if err != nil {
		tb.Skipf("the zone database of the Go distribution: %v", err)
	}
	defer archive.Close()
	var names []string
	for _, f := range archive.File {
		if !strings.HasSuffix(f.Name, "/") {
			names = append(names, f.Name)
		}
	}
	slices.Sort(names)
	return names
}

// Odd are zones and years in which clocks did what few programs expect; the
// first ten differ most.
func Odd() []Case {
	return []Case{
		{"Pacific/Apia", 2011, "a whole day is skipped"},
		{"Australia/Lord_Howe", 2026, "daylight saving of half an hour"},
		{"Antarctica/Troll", 2026, "two hours forward, two hours back"},
		{"America/Nuuk", 2024, "changes on the eve, by a rule with negative hours"},
		{"Africa/Casablanca", 2026, "negative daylight saving during Ramadan"},
		{"America/St_Johns", 2009, "changes one minute past midnight"},
		{"Asia/Beirut", 2026, "a gap at midnight and a fold to the day before"},
		{"America/Caracas", 2016, "half an hour forward for good"},
		{"Pacific/Chatham", 2026, "45 minutes with daylight saving"},
		{"America/New_York", 2028, "a leap year by rule"},
		{"Pacific/Fakaofo", 2011, "a whole day is skipped"},
		{"America/Caracas", 2007, "half an hour back for good"},
		{"Africa/Casablanca", 2030, "negative daylight saving twice in one winter"},
		{"America/Nuuk", 2023, "a new offset and no way back"},
		{"Asia/Pyongyang", 2018, "half an hour forward shortly before midnight"},
		{"Asia/Kathmandu", 2026, "45 minutes"},
		{"America/Sao_Paulo", 2018, "a gap at midnight"},
		{"America/Havana", 2026, "a gap at midnight"},
		{"Atlantic/Azores", 2026, "a gap from midnight, a fold to it"},
		{"Asia/Gaza", 2025, "changes that follow Ramadan"},
		{"Africa/Cairo", 2014, "four changes in a year"},
		{"Europe/Volgograd", 2020, "an hour back at the end of a year"},
		{"Asia/Dhaka", 2009, "a fold at the turn of the year"},
		{"Europe/Dublin", 2024, "negative daylight saving in winter, leap year"},
		{"Asia/Kolkata", 2026, "half an hour, no changes"},
		{"Europe/London", 2096, "the far future, by rule"},
	}
}

// Case is one zone in one year.
type Case struct {
	Zone string
	Year int
	Why  string
}
