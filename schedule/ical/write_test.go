package ical_test

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fettle-dev/fettle/schedule"
	"github.com/fettle-dev/fettle/schedule/ical"
)

func window(tb testing.TB, text string) schedule.Window {
	tb.Helper()
	w, err := schedule.ParseWindow(text)
	if err != nil {
		tb.Fatal(err)
	}
	return w
}

// first is the day that the tests write recurring windows from.
func first() schedule.Date { return schedule.Date{Year: 2026, Month: 1, Day: 1} }

func stamp() time.Time { return time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC) }

// written returns the windows' spans of three years before and after they went
// through a file.
func written(t *testing.T, w schedule.Window) (before, after []schedule.Span, file string) {
	t.Helper()
	var out bytes.Buffer
	if err := ical.Write(&out, []ical.Event{{UID: "u", Summary: "s", Window: w}}, stamp(), first(), zones()); err != nil {
		t.Errorf("%q: %v", w, err)
		return nil, nil, ""
	}
	c, err := ical.Parse(bytes.NewReader(out.Bytes()), zones())
	if err != nil || len(c.Refused) > 0 || len(c.Events) != 1 {
		t.Errorf("%q: %v %v\n%s", w, err, c.Refused, out.String())
		return nil, nil, ""
	}
	from, to := stamp(), stamp().AddDate(3, 0, 0)
	spans := func(w schedule.Window) []schedule.Span {
		b, err := w.Bind(schedule.Binding{Local: time.UTC, Zone: time.LoadLocation})
		if err != nil {
			t.Fatal(err)
		}
		return slices.DeleteFunc(slices.Collect(b.Spans(from, to)), func(s schedule.Span) bool { return s.Start.Before(from.AddDate(0, 0, 2)) })
	}
	return spans(w), spans(c.Events[0].Window), out.String()
}

func TestWriteComesBack(t *testing.T) {
	t.Parallel()
	for _, text := range []string{
		"daily 02:30 for 1h Europe/Berlin",
		"daily 02:30 for 90m30s UTC",
		"every 3 days anchor 2025-12-31 02:30 for 1h local",
		"daily mon,tue in jan,feb 02:00 for 1h UTC",
		"every 2 weeks sat,sun weekstart sun from 2026-01-10 01:00 for 6h America/New_York",
		"weekdays pick -1 22:00 for 8h UTC",
		"tue#2 02:00 for 4h America/New_York",
		"every 3 months tue#2,fri#-1 from 2026-02-01 02:00 for 4h UTC",
		"monthly 1,15,-1 until 2027-06-30 00:00 for 4h Pacific/Auckland",
		"monthly fri 13 02:00 for 4h UTC",
		"monthly weekdays pick -1 20:00 for 4h UTC",
		"yearly mon#20 20:00 for 4h UTC",
		"yearly tue#1 in mar,sep except 2026-09-01 20:00 for 4h Asia/Kolkata",
		"daily 00:00 to 24:00 local",
		"monthly 1 00:00 to 00:00 +3d local",
		"daily 22:00 to 22:00 +1d Europe/Paris",
		"once 2026-03-28 22:00 to 06:00 Europe/Paris",
		"once 2026-03-28,2026-10-24 22:00 for 8h Europe/Paris",
	} {
		before, after, file := written(t, window(t, text))
		if !slices.Equal(before, after) || len(before) == 0 {
			t.Errorf("%s: %d spans became %d\n%s", text, len(before), len(after), file)
		}
	}
}

func TestWriteRefusesWhatItCannotSay(t *testing.T) {
	t.Parallel()
	for text, part := range map[string]string{
		"tue#2 +3d 02:00 for 4h UTC":                       "offsetDays",
		"monthly 15 shift next of london 02:00 for 4h UTC": "shift",
		"always UTC":                          "repeat",
		"at logon for 1h":                     "repeat",
		"daily 22:00 for 8h never past 06:00": "latestEnd",
		"daily 22:00 to 06:00":                "latestEnd",
		"daily 22:00 for 1h Mars/Olympus":     "TZID",
	} {
		_, err := ical.Lines(window(t, text), first(), zones())
		var typed *ical.Error
		if !errors.As(err, &typed) || typed.Part != part {
			t.Errorf("%s: %v, want a refusal of %s", text, err, part)
		}
	}
	if _, err := ical.Lines(window(t, "daily 22:00 for 1h"), schedule.Date{}, nil); err == nil {
		t.Error("a recurring window was written without a first day")
	}
}

func TestLongLinesAreFolded(t *testing.T) {
	t.Parallel()
	e := ical.Event{UID: "ü" + strings.Repeat("x", 200), Summary: "one, two; three\nfour \\ " + strings.Repeat("日本", 60), Window: window(t, "once 2026-03-28 22:00 for 1h UTC")}
	var out bytes.Buffer
	if err := ical.Write(&out, []ical.Event{e}, stamp(), first(), nil); err != nil {
		t.Fatal(err)
	}
	for line := range strings.SplitSeq(out.String(), "\r\n") {
		if len(line) > 75 {
			t.Errorf("a line of %d bytes: %q", len(line), line)
		}
	}
	c, err := ical.Parse(&out, nil)
	if err != nil || len(c.Events) != 1 || c.Events[0].UID != e.UID || c.Events[0].Summary != e.Summary {
		t.Errorf("%+v, %v", c, err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(changes(f))
	f.Add([]byte("BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20260101T000000Z\nDURATION:P2W\nRRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=SA,SU;COUNT=7\nEND:VEVENT\nEND:VCALENDAR"))
	f.Add([]byte("BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART;VALUE=DATE:20260101\nRDATE;VALUE=DATE:20260201,20260301\nEND:VEVENT\nEND:VCALENDAR"))
	f.Fuzz(func(t *testing.T, data []byte) {
		c, err := ical.Parse(bytes.NewReader(data), zones())
		if err != nil {
			return
		}
		for _, e := range c.Events {
			if err := e.Window.Check(); err != nil {
				t.Errorf("%q: %v", e.Window, err)
			}
			if again, err := schedule.ParseWindow(e.Window.String()); err != nil || again.String() != e.Window.String() {
				t.Errorf("%q: %v", e.Window, err)
			}
		}
	})
}

func FuzzParseRule(f *testing.F) {
	for _, s := range []string{
		"DTSTART:19970902T090000\nRRULE:FREQ=DAILY;COUNT=3;BYMONTH=1,3;BYMONTHDAY=1,3;BYDAY=TU,TH",
		"DTSTART:19970902T090000\nRRULE:FREQ=YEARLY;UNTIL=19990101T000000;BYDAY=+1TU,-1TH",
		"DTSTART;TZID=Europe/Berlin:20260101T020000\nRRULE:FREQ=WEEKLY;INTERVAL=2;WKST=SU;BYDAY=SA,SU;BYHOUR=3\nEXDATE:20260110T020000Z",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		w, err := ical.ParseRule(text, time.Hour, zones())
		if err != nil {
			return
		}
		if err := w.Check(); err != nil {
			t.Errorf("%q: %v", w, err)
		}
	})
}
