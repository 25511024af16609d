// Package schedulebench compares windows with other recurrence libraries in the
// same run.
package schedulebench_test

import (
	"fmt"
	"testing"
	"time"
	_ "time/tzdata" // a machine without a zone database measures the same

	"github.com/adhocore/gronx"
	"github.com/teambition/rrule-go"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/schedule"
)

func bind(b *testing.B, text string) *schedule.BoundWindow {
	b.Helper()
	w, err := schedule.ParseWindow(text)
	if err != nil {
		b.Fatal(err)
	}
	bound, err := w.Bind(schedule.Binding{Zone: time.LoadLocation})
	if err != nil {
		b.Fatal(err)
	}
	return bound
}

func rule(b *testing.B, text, zone string) *rrule.RRule {
	b.Helper()
	loc, err := time.LoadLocation(zone)
	if err != nil {
		b.Fatal(err)
	}
	o, err := rrule.StrToROption(text)
	if err != nil {
		b.Fatal(err)
	}
	// It walks from its start on, so the start is near.
	o.Dtstart = time.Date(2026, 1, 1, 2, 0, 0, 0, loc)
	r, err := rrule.NewRRule(*o)
	if err != nil {
		b.Fatal(err)
	}
	return r
}

// after is the instant that all are asked about.
func after() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC) }

// BenchmarkNext asks for the next second Tuesday. Only fettle adds the offset
// of three days, which the others cannot say.
func BenchmarkNext(b *testing.B) {
	b.Run("fettle", func(b *testing.B) {
		w := bind(b, "tue#2 +3d 02:00 for 4h America/New_York")
		b.ReportAllocs()
		for b.Loop() {
			w.Next(after())
		}
	})
	b.Run("rrule-go", func(b *testing.B) {
		r := rule(b, "FREQ=MONTHLY;BYDAY=2TU", "America/New_York")
		b.ReportAllocs()
		for b.Loop() {
			r.After(after(), false)
		}
	})
	b.Run("gronx", func(b *testing.B) {
		zone, err := time.LoadLocation("America/New_York")
		if err != nil {
			b.Fatal(err)
		}
		at := after().In(zone)
		b.ReportAllocs()
		for b.Loop() {
			if _, err := gronx.NextTickAfter("0 2 * * TUE#2", at, false); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// zones are 38 zones of all offsets and habits.
func zones() []string {
	return []string{
		"Africa/Cairo", "Africa/Casablanca", "Africa/Johannesburg", "Africa/Lagos", "America/Anchorage", "America/Argentina/Buenos_Aires",
		"America/Bogota", "America/Chicago", "America/Denver", "America/Halifax", "America/Havana", "America/Los_Angeles", "America/Mexico_City",
		"America/New_York", "America/Nuuk", "America/Santiago", "America/Sao_Paulo", "America/St_Johns", "Antarctica/Troll", "Asia/Beirut",
		"Asia/Dubai", "Asia/Hong_Kong", "Asia/Jerusalem", "Asia/Kathmandu", "Asia/Kolkata", "Asia/Singapore", "Asia/Tehran", "Asia/Tokyo",
		"Australia/Adelaide", "Australia/Lord_Howe", "Australia/Sydney", "Europe/Berlin", "Europe/London", "Europe/Moscow", "Pacific/Apia",
		"Pacific/Auckland", "Pacific/Chatham", "Pacific/Honolulu",
	}
}

// BenchmarkFleet asks for the next start of every host of a fleet. fettle binds
// a window once a zone and remembers its next occurrence; a host adds its place
// in the spread. rrule-go shares a rule among the hosts of a zone.
func BenchmarkFleet(b *testing.B) {
	perHost := func(b *testing.B, hosts int) {
		b.Helper()
		b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(hosts), "ns/host")
	}
	for _, spread := range []string{"", " spread 2h"} {
		const hosts = 1_000_000
		b.Run(fmt.Sprintf("fettle%s/hosts=%d", spread, hosts), func(b *testing.B) {
			ids := make([]fettle.HostID, hosts)
			for i := range ids {
				ids[i] = fettle.HostID(fmt.Sprintf("host-%07d", i))
			}
			starts := make([]int64, hosts)
			b.ReportAllocs()
			for b.Loop() {
				var windows []*schedule.BoundWindow
				var next []schedule.Span
				for _, zone := range zones() {
					w := bind(b, "tue#2 +3d 02:00 for 4h"+spread+" "+zone)
					s, _ := w.Next(after())
					windows, next = append(windows, w), append(next, s)
				}
				for i, id := range ids {
					z := i % len(windows)
					starts[i] = windows[z].HostStart(next[z], "seed", "night", id).Unix()
				}
			}
			perHost(b, hosts)
		})
	}
	const hosts = 10_000
	b.Run(fmt.Sprintf("rrule-go/hosts=%d", hosts), func(b *testing.B) {
		starts := make([]int64, hosts)
		b.ReportAllocs()
		for b.Loop() {
			var rules []*rrule.RRule
			for _, zone := range zones() {
				rules = append(rules, rule(b, "FREQ=MONTHLY;BYDAY=2TU", zone))
			}
			for i := range starts {
				starts[i] = rules[i%len(rules)].After(after(), false).Unix()
			}
		}
		perHost(b, hosts)
	})
}
