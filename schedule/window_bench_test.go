package schedule_test

import (
	"testing"
	"time"

	"github.com/fettle-dev/fettle/schedule"
)

// benchTexts are windows of each search: by day, by nth weekday, over months.
func benchTexts() map[string]string {
	return map[string]string{
		"daily":          "daily 02:30 for 1h America/New_York",
		"nth-offset":     "tue#2 +3d 02:00 for 4h America/New_York",
		"two-weeks":      "every 2 weeks sat,sun from 2026-01-10 01:00 for 6h Europe/Berlin",
		"leap-friday":    "monthly fri 29 in feb 02:00 for 4h UTC",
		"pick":           "monthly weekdays pick -1 22:00 to 06:00 Australia/Lord_Howe",
		"yearly-numberd": "yearly mon#20 02:00 for 4h Africa/Casablanca",
	}
}

func BenchmarkWindowNext(b *testing.B) {
	for name, text := range benchTexts() {
		b.Run(name, func(b *testing.B) {
			w := bind(b, text)
			at := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
			b.ReportAllocs()
			for b.Loop() {
				w.Next(at)
			}
		})
	}
}

func BenchmarkWindowAt(b *testing.B) {
	for name, text := range benchTexts() {
		b.Run(name, func(b *testing.B) {
			w := bind(b, text)
			at := time.Date(2026, 3, 13, 7, 0, 0, 0, time.UTC)
			b.ReportAllocs()
			for b.Loop() {
				w.At(at)
			}
		})
	}
}

// BenchmarkWindowCheck includes the windows that cost most to be found
// impossible.
func BenchmarkWindowCheck(b *testing.B) {
	for _, text := range []string{
		"daily 02:30 for 1h UTC",
		"daily 31 in feb 02:30 for 1h UTC",
		"every 7 days fri 31 in feb anchor 2026-01-02 02:30 for 1h UTC",
		"yearly mon#53 31 02:30 for 1h UTC",
	} {
		b.Run(text, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				_, _ = schedule.ParseWindow(text)
			}
		})
	}
}
