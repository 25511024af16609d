package civil_test

import (
	"errors"
	"testing"
	"time"

	"github.com/fettle-dev/fettle/internal/civil"
)

// TestDaysOfOneCycle compares day numbers, dates and weekdays with package time
// over the 400 years after which the calendar repeats, and at its ends.
func TestDaysOfOneCycle(t *testing.T) {
	t.Parallel()
	check := func(day int) {
		at := time.Unix(int64(day)*civil.DaySeconds, 0).UTC()
		want := civil.Date{Year: at.Year(), Month: at.Month(), Day: at.Day()}
		d := civil.DateOf(day)
		if d != want || d.Days() != day || civil.Weekday(day) != (int(at.Weekday())+6)%7 || !d.Valid() {
			t.Fatalf("day %d: %s number %d weekday %d, want %s", day, d, d.Days(), civil.Weekday(day), want)
		}
	}
	for day := -civil.CycleDays; day < civil.CycleDays; day++ {
		check(day)
	}
	for i := range 400 {
		check(civil.Date{Year: 1, Month: 1, Day: 1}.Days() + i)
		check(civil.Date{Year: 9999, Month: 12, Day: 31}.Days() - i)
	}
}

func TestReadDatesAndClocks(t *testing.T) {
	t.Parallel()
	for text, ok := range map[string]bool{
		"2024-02-29": true, "2026-02-29": false, "1900-02-29": false, "2000-02-29": true, "2026-13-01": false,
		"2026-00-01": false, "2026-1-01": false, "2026-04-31": false, "0000-01-01": false, "9999-12-31": true,
		"": false, "2026-01-01 ": false, "+026-01-01": false, "２０２６-01-01": false,
	} {
		d, err := civil.ParseDate(text)
		if ok != (err == nil) || ok && d.String() != text || !ok && !errors.Is(err, civil.ErrDate) {
			t.Errorf("date %q: %v, %v", text, d, err)
		}
	}
	for text, want := range map[string]string{
		"00:00": "00:00", "2:30": "02:30", "23:59:59": "23:59:59", "02:30:00": "02:30", "24:00": "", "25:00": "",
		"12:60": "", "2": "", "02:3": "", "-1:00": "", "02:30:": "", "002:30": "", ":30": "", "": "",
	} {
		c, err := civil.ParseClock(text)
		if (want == "") != (err != nil) || err == nil && c.String() != want || err != nil && !errors.Is(err, civil.ErrClock) {
			t.Errorf("clock %q: %v, %v", text, c, err)
		}
	}
}

func FuzzTexts(f *testing.F) {
	for _, s := range []string{"2024-02-29", "02:30", "23:59:59", "9999-12-31", "", "-", "0:00"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if d, err := civil.ParseDate(text); err == nil {
			if again, err := civil.ParseDate(d.String()); err != nil || again != d {
				t.Errorf("%q: %v came back as %v, %v", text, d, again, err)
			}
		}
		if c, err := civil.ParseClock(text); err == nil {
			if again, err := civil.ParseClock(c.String()); err != nil || again != c {
				t.Errorf("%q: %v came back as %v, %v", text, c, again, err)
			}
		}
	})
}
