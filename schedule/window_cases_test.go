package schedule_test

import (
	"slices"
	"testing"
	"time"

	"github.com/fettle-dev/fettle/schedule"
)

func at(tb testing.TB, text string) time.Time {
	tb.Helper()
	v, err := time.Parse(time.RFC3339, text)
	if err != nil {
		tb.Fatal(err)
	}
	return v
}

func text(s schedule.Span) string {
	return s.Start.Format(time.RFC3339) + "/" + s.End.Format(time.RFC3339)
}

// london has Christmas, Boxing Day and what stood in for them in 2026.
func london(string) (*schedule.Calendar, error) {
	return &schedule.Calendar{Holidays: []schedule.Date{
		{Year: 2026, Month: 12, Day: 25}, {Year: 2026, Month: 12, Day: 28}, {Year: 2027, Month: 1, Day: 1},
	}}, nil
}

// TestNextOfOddDays has the occurrences after an instant, written out by hand.
func TestNextOfOddDays(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		window, after string
		want          []string
	}{
		// Samoa skipped 2011-12-30: that day's start falls on the next day's.
		{"once 2011-12-30 02:00 for 1h Pacific/Apia", "2011-12-30T10:30:00Z", []string{"2011-12-30T12:00:00Z/2011-12-30T13:00:00Z"}},
		{
			"daily 02:00 for 1h Pacific/Apia", "2011-12-29T00:00:00Z",
			[]string{"2011-12-29T12:00:00Z/2011-12-29T13:00:00Z", "2011-12-30T12:00:00Z/2011-12-30T13:00:00Z", "2011-12-31T12:00:00Z/2011-12-31T13:00:00Z"},
		},
		// A window across midnight belongs to the day that it starts on.
		{"fri 23:00 for 3h UTC", "2026-02-27T00:00:00Z", []string{"2026-02-27T23:00:00Z/2026-02-28T02:00:00Z"}},
		{"monthly -1 23:00 for 3h UTC", "2026-12-31T22:00:00Z", []string{"2026-12-31T23:00:00Z/2027-01-01T02:00:00Z"}},
		// Leap days, and months without the day.
		{
			"monthly 29 in feb 02:00 for 1h UTC", "2026-01-01T00:00:00Z",
			[]string{"2028-02-29T02:00:00Z/2028-02-29T03:00:00Z", "2032-02-29T02:00:00Z/2032-02-29T03:00:00Z"},
		},
		{"monthly 29 in feb 02:00 for 1h UTC", "2096-03-01T00:00:00Z", []string{"2104-02-29T02:00:00Z/2104-02-29T03:00:00Z"}},
		{"monthly 31 02:00 for 1h UTC", "2026-01-31T02:00:00Z", []string{"2026-03-31T02:00:00Z/2026-03-31T03:00:00Z"}},
		// A fifth Tuesday that a month has not.
		{"tue#5 02:00 for 1h UTC", "2026-01-01T00:00:00Z", []string{"2026-03-31T02:00:00Z/2026-03-31T03:00:00Z", "2026-06-30T02:00:00Z/2026-06-30T03:00:00Z"}},
		// The month of the base day counts, not that of the day it is moved to.
		{"tue#1 in mar -2d 02:00 for 1h UTC", "2026-01-01T00:00:00Z", []string{"2026-03-01T02:00:00Z/2026-03-01T03:00:00Z", "2027-02-28T02:00:00Z/2027-02-28T03:00:00Z"}},
		// Elapsed length on both nights, and civil ends.
		{
			"once 2026-03-07,2026-10-31 22:00 for 8h America/New_York", "2026-01-01T00:00:00Z",
			[]string{"2026-03-08T03:00:00Z/2026-03-08T11:00:00Z", "2026-11-01T02:00:00Z/2026-11-01T10:00:00Z"},
		},
		{
			"once 2026-03-07,2026-10-31 22:00 to 06:00 America/New_York", "2026-01-01T00:00:00Z",
			[]string{"2026-03-08T03:00:00Z/2026-03-08T10:00:00Z", "2026-11-01T02:00:00Z/2026-11-01T11:00:00Z"},
		},
		{
			"once 2026-03-07,2026-10-31 22:00 for 8h never past 06:00 America/New_York", "2026-01-01T00:00:00Z",
			[]string{"2026-03-08T03:00:00Z/2026-03-08T10:00:00Z", "2026-11-01T02:00:00Z/2026-11-01T10:00:00Z"},
		},
		// The start moves to 03:30; what may not pass 03:00 has no time that night.
		{"daily 02:30 for 2h never past 03:00 America/New_York", "2026-03-07T12:00:00Z", []string{"2026-03-09T06:30:00Z/2026-03-09T07:00:00Z"}},
		// What ends at 02:30 ends with the gap.
		{"daily 00:00 to 02:30 America/New_York", "2026-03-08T00:00:00Z", []string{"2026-03-08T05:00:00Z/2026-03-08T07:00:00Z"}},
		{"fri 22:00 to 06:00 +3d Europe/Paris", "2026-03-27T00:00:00Z", []string{"2026-03-27T21:00:00Z/2026-03-30T04:00:00Z"}},
		// A gap at midnight, a fold to the day before.
		{"daily 00:00 for 1h America/Sao_Paulo", "2018-11-03T12:00:00Z", []string{"2018-11-04T03:00:00Z/2018-11-04T04:00:00Z", "2018-11-05T02:00:00Z/2018-11-05T03:00:00Z"}},
		{"daily 23:30 for 1h Asia/Beirut", "2026-10-24T00:00:00Z", []string{"2026-10-24T20:30:00Z/2026-10-24T21:30:00Z", "2026-10-25T21:30:00Z/2026-10-25T22:30:00Z"}},
		// Every two weeks from an anchor, across the end of a year, before and after.
		{
			"every 2 weeks sat,sun anchor 2026-01-10 01:00 for 6h UTC", "2025-12-25T00:00:00Z",
			[]string{"2025-12-27T01:00:00Z/2025-12-27T07:00:00Z", "2025-12-28T01:00:00Z/2025-12-28T07:00:00Z", "2026-01-10T01:00:00Z/2026-01-10T07:00:00Z"},
		},
		{"every 2 weeks sat,sun from 2026-01-10 01:00 for 6h UTC", "2025-12-25T00:00:00Z", []string{"2026-01-10T01:00:00Z/2026-01-10T07:00:00Z"}},
		{"every 3 months tue#2 from 2026-02-01 02:00 for 4h UTC", "2026-01-01T00:00:00Z", []string{"2026-02-10T02:00:00Z/2026-02-10T06:00:00Z", "2026-05-12T02:00:00Z/2026-05-12T06:00:00Z"}},
		// From and until are days of occurrences, after every move.
		{"sat shift next of london from 2026-12-29 02:00 for 1h UTC", "2026-12-01T00:00:00Z", []string{"2026-12-29T02:00:00Z/2026-12-29T03:00:00Z", "2027-01-04T02:00:00Z/2027-01-04T03:00:00Z"}},
		{"sat shift previous of london until 2026-12-24 02:00 for 1h UTC", "2026-12-20T00:00:00Z", []string{"2026-12-24T02:00:00Z/2026-12-24T03:00:00Z"}},
		{"fri +1d until 2026-12-12 02:00 for 1h UTC", "2026-12-09T00:00:00Z", []string{"2026-12-12T02:00:00Z/2026-12-12T03:00:00Z"}},
		{"fri -3d from 2026-12-08 02:00 for 1h UTC", "2026-12-01T00:00:00Z", []string{"2026-12-08T02:00:00Z/2026-12-08T03:00:00Z"}},
		{"monthly 25 shift skip of london 02:00 for 1h UTC", "2026-11-24T00:00:00Z", []string{"2026-11-25T02:00:00Z/2026-11-25T03:00:00Z", "2027-01-25T02:00:00Z/2027-01-25T03:00:00Z"}},
		{"monthly weekdays pick -1 20:00 for 2h UTC", "2026-05-01T00:00:00Z", []string{"2026-05-29T20:00:00Z/2026-05-29T22:00:00Z", "2026-06-30T20:00:00Z/2026-06-30T22:00:00Z"}},
		{"daily except 2026-05-02 02:00 for 1h UTC", "2026-05-01T12:00:00Z", []string{"2026-05-03T02:00:00Z/2026-05-03T03:00:00Z"}},
		// The end of the calendar.
		{"daily 02:00 for 1h UTC", "9999-12-29T12:00:00Z", []string{"9999-12-30T02:00:00Z/9999-12-30T03:00:00Z", ""}},
		{"once 2026-03-14 02:00 for 1h UTC", "2026-03-14T02:00:00Z", []string{""}},
		{"always from 2026-03-29 until 2026-03-29 Europe/Berlin", "2026-01-01T00:00:00Z", []string{"2026-03-28T23:00:00Z/2026-03-29T22:00:00Z", ""}},
		{"at boot for 1h UTC", "2026-01-01T00:00:00Z", []string{""}},
	} {
		w, err := schedule.ParseWindow(c.window)
		if err != nil {
			t.Error(err)
			continue
		}
		b, err := w.Bind(schedule.Binding{Zone: time.LoadLocation, Calendar: london})
		if err != nil {
			t.Error(err)
			continue
		}
		after := at(t, c.after)
		for _, want := range c.want {
			got, ok := b.Next(after)
			if ok && text(got) != want || !ok && want != "" {
				t.Errorf("%s: after %s: %s %v, want %s", c.window, after.Format(time.RFC3339), text(got), ok, want)
				break
			}
			after = got.Start
		}
	}
}

// TestAtOddInstants asks for the occurrence around instants where days do not
// follow each other as usual.
func TestAtOddInstants(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ window, at, want string }{
		// 23:59 of the 29th and a day on, over a day that is skipped.
		{"once 2011-12-29 23:59 for 23h59m Pacific/Apia", "2011-12-31T09:30:00Z", "2011-12-30T09:59:00Z/2011-12-31T09:58:00Z"},
		// At 00:01 clocks went back to 23:01 of the day before.
		{"daily 00:00 for 1h America/St_Johns", "2009-11-01T03:00:00Z", "2009-11-01T02:30:00Z/2009-11-01T03:30:00Z"},
		// Alaska repeated a whole day in 1867.
		{"once 1867-10-19 10:00 for 10h America/Juneau", "1867-10-19T00:30:00Z", "1867-10-18T18:57:41Z/1867-10-19T04:57:41Z"},
		// Half-open.
		{"daily 02:00 for 1h UTC", "2026-01-01T02:00:00Z", "2026-01-01T02:00:00Z/2026-01-01T03:00:00Z"},
		{"daily 02:00 for 1h UTC", "2026-01-01T03:00:00Z", ""},
		{"daily 02:00 for 1h UTC", "2026-01-01T02:59:59.999999999Z", "2026-01-01T02:00:00Z/2026-01-01T03:00:00Z"},
		{"daily 02:00 for 1h UTC", "2026-01-01T01:59:59.999999999Z", ""},
		// Of overlapping occurrences the one that ends last.
		{"daily 02:00 for 30h UTC", "2026-01-02T03:00:00Z", "2026-01-02T02:00:00Z/2026-01-03T08:00:00Z"},
		{"daily 02:00 for 30h UTC", "2026-01-02T01:00:00Z", "2026-01-01T02:00:00Z/2026-01-02T08:00:00Z"},
		{"yearly 1 in jan 00:00 for 8784h UTC", "2026-12-31T23:59:59Z", "2026-01-01T00:00:00Z/2027-01-02T00:00:00Z"},
		{"always UTC", "2026-12-31T23:59:59Z", "0001-01-01T00:00:00Z/9999-12-31T00:00:00Z"},
		{"always until 2026-12-30 UTC", "2026-12-31T00:00:00Z", ""},
		{"at boot for 1h UTC", "2026-12-31T00:00:00Z", ""},
	} {
		got, ok := bind(t, c.window).At(at(t, c.at))
		if ok != (c.want != "") || ok && text(got) != c.want {
			t.Errorf("%s at %s: %s %v, want %s", c.window, c.at, text(got), ok, c.want)
		}
	}
}

func TestSpansAreWholeAndOrdered(t *testing.T) {
	t.Parallel()
	b := bind(t, "daily 22:00 for 4h UTC")
	spans := func(from, to string) (out []string) {
		for s := range b.Spans(at(t, from), at(t, to)) {
			out = append(out, text(s))
		}
		return out
	}
	first, second := "2026-01-01T22:00:00Z/2026-01-02T02:00:00Z", "2026-01-02T22:00:00Z/2026-01-03T02:00:00Z"
	for _, c := range []struct {
		from, to string
		want     []string
	}{
		{"2026-01-02T01:00:00Z", "2026-01-02T23:00:00Z", []string{first, second}},
		{"2026-01-02T02:00:00Z", "2026-01-02T22:00:00Z", nil},
		{"2026-01-02T01:59:59Z", "2026-01-02T22:00:00Z", []string{first}},
		{"2026-01-02T02:00:00Z", "2026-01-02T22:00:01Z", []string{second}},
		{"2026-01-02T01:00:00Z", "2026-01-02T01:00:00Z", nil},
		{"2026-01-03T01:00:00Z", "2026-01-02T01:00:00Z", nil},
	} {
		if got := spans(c.from, c.to); !slices.Equal(got, c.want) {
			t.Errorf("[%s, %s): %v, want %v", c.from, c.to, got, c.want)
		}
	}
	for range b.Spans(at(t, "2026-01-01T00:00:00Z"), at(t, "9000-01-01T00:00:00Z")) {
		break // an early end stops the walk
	}
}

// TestCutoffs has the times that vendors state: an AWS Systems Manager window
// of three hours from 15:00 with a cutoff of one hour admits starts until
// 17:00; an Azure one of three hours skips an update unless 15 minutes remain
// and a service pack unless 20 do.
func TestCutoffs(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		window, at string
		need       time.Duration
		want       bool
	}{
		{"daily 15:00 for 3h cutoff 1h UTC", "2026-01-01T16:59:59Z", 5 * time.Hour, true},
		{"daily 15:00 for 3h cutoff 1h UTC", "2026-01-01T17:00:00Z", time.Minute, false},
		{"daily 15:00 for 3h cutoff 1h UTC", "2026-01-01T14:59:59Z", time.Minute, false},
		{"daily 15:00 for 3h UTC", "2026-01-01T17:45:00Z", 15 * time.Minute, true},
		{"daily 15:00 for 3h UTC", "2026-01-01T17:45:01Z", 15 * time.Minute, false},
		{"daily 15:00 for 3h UTC", "2026-01-01T17:40:00Z", 20 * time.Minute, true},
		{"daily 15:00 for 3h cutoff 0s UTC", "2026-01-01T17:59:59Z", time.Hour, true},
		{"daily 15:00 for 3h UTC", "2026-01-01T18:00:00Z", 0, false},
		{"always UTC", "2026-01-01T18:00:00Z", 1000 * time.Hour, true},
	} {
		if _, ok := bind(t, c.window).Admits(at(t, c.at), c.need); ok != c.want {
			t.Errorf("%s at %s for %s: %v, want %v", c.window, c.at, c.need, ok, c.want)
		}
	}
}

func TestEventWindows(t *testing.T) {
	t.Parallel()
	b := bind(t, "at logon from 2026-03-01 until 2026-03-31 except 2026-03-15 for 30m Europe/Berlin")
	for _, c := range []struct {
		event schedule.Event
		at    string
		want  string
	}{
		{schedule.Logon, "2026-03-10T08:00:00Z", "2026-03-10T08:00:00Z/2026-03-10T08:30:00Z"},
		{schedule.Boot, "2026-03-10T08:00:00Z", ""},
		{schedule.Logon, "2026-02-28T22:59:59Z", ""},
		{schedule.Logon, "2026-02-28T23:00:00Z", "2026-02-28T23:00:00Z/2026-02-28T23:30:00Z"},
		{schedule.Logon, "2026-03-31T21:59:59Z", "2026-03-31T21:59:59Z/2026-03-31T22:29:59Z"},
		{schedule.Logon, "2026-03-31T22:00:00Z", ""},
		{schedule.Logon, "2026-03-15T12:00:00Z", ""},
	} {
		got, ok := b.On(c.event, at(t, c.at))
		if ok != (c.want != "") || ok && text(got) != c.want {
			t.Errorf("%s at %s: %s %v, want %s", c.event, c.at, text(got), ok, c.want)
		}
	}
	if _, ok := bind(t, "daily 02:00 for 1h UTC").On(schedule.Logon, at(t, "2026-01-01T02:00:00Z")); ok {
		t.Error("a window on days opened at an event")
	}
}

// TestSearchDoesNotAllocate is not parallel: other tests would be counted.
func TestSearchDoesNotAllocate(t *testing.T) {
	for name, text := range benchTexts() {
		b := bind(t, text)
		from := at(t, "2026-03-01T12:00:00Z")
		if n := testing.AllocsPerRun(20, func() { b.Next(from); b.At(from); b.Contains(from) }); n != 0 {
			t.Errorf("%s: %v allocations", name, n)
		}
	}
}
