package ical_test

import (
	"bytes"
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fettle-dev/fettle/schedule"
	"github.com/fettle-dev/fettle/schedule/ical"
)

func changes(tb testing.TB) []byte {
	tb.Helper()
	data, err := os.ReadFile("testdata/changes.ics")
	if err != nil {
		tb.Fatal(err)
	}
	return data
}

func TestParseReadsAndRefusesByName(t *testing.T) {
	t.Parallel()
	c, err := ical.Parse(bytes.NewReader(changes(t)), zones())
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range c.Events {
		got = append(got, e.UID+" | "+e.Window.String())
	}
	want := []string{
		"year-end@example.com | once 2026-12-18 00:00 to 00:00 +18d local",
		"close@example.com | monthly weekdays pick -1 from 2026-01-30 until 2026-06-30 except 2026-03-31 18:00 for 14h Europe/Berlin",
		"maintenance@example.com | once 2026-03-28 22:00 for 7h Europe/Berlin", // clocks go forward that night
		"may-day@example.com | yearly 1 in may from 2026-05-01 00:00 to 00:00 +1d local",
		"off@example.com | once 2026-06-01 00:00 for 48h UTC",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if !c.Events[4].Cancelled || c.Events[0].Cancelled {
		t.Error("only the event with STATUS:CANCELLED is called off")
	}
	if got, want := c.Events[0].Summary, "Year-end freeze, all sites: no change without the approval of the change advisory board"; got != want {
		t.Errorf("summary %q, want %q", got, want)
	}
	var refused []string
	for _, e := range c.Refused {
		refused = append(refused, e.Error())
	}
	wantRefused := []string{
		`ical: line 62: event "weeks@example.com": BYWEEKNO: "20": no window can say it`,
		`ical: line 68: event "zone@example.com": TZID: "W. Europe Standard Time": want the name of a zone that is known here`,
		`ical: line 75: event "moved@example.com": RECURRENCE-ID: "20260227T180000": want a recurring event of the same UID that can be read`,
	}
	if !slices.Equal(refused, wantRefused) {
		t.Errorf("refused\n%s\nwant\n%s", strings.Join(refused, "\n"), strings.Join(wantRefused, "\n"))
	}
	if !errors.Is(c.Refused[1], schedule.ErrZone) {
		t.Error("an unknown TZID must be ErrZone")
	}
}

func TestZonesOfOtherVendorsAreTheCallers(t *testing.T) {
	t.Parallel()
	o := &ical.Options{Zone: func(tzid string) (*time.Location, error) {
		if tzid == "W. Europe Standard Time" {
			tzid = "Europe/Berlin"
		}
		return time.LoadLocation(tzid)
	}}
	c, err := ical.Parse(bytes.NewReader(changes(t)), o)
	if err != nil || len(c.Refused) != 2 {
		t.Fatalf("%v, %v", c.Refused, err)
	}
	if got, want := c.Events[5].Window.String(), "once 2026-01-01 08:00 for 1h Europe/Berlin"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestHolidays(t *testing.T) {
	t.Parallel()
	c, err := ical.Parse(bytes.NewReader(changes(t)), zones())
	if err != nil {
		t.Fatal(err)
	}
	c.Events = append(c.Events[:1:1], c.Events[3:]...) // the freeze, May Day and what is called off
	days, err := c.Holidays(schedule.Date{Year: 2026, Month: 4, Day: 1}, schedule.Date{Year: 2027, Month: 5, Day: 1}, zones())
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, d := range days {
		got = append(got, d.String())
	}
	if len(got) != 20 || got[0] != "2026-05-01" || got[1] != "2026-12-18" || got[18] != "2027-01-04" || got[19] != "2027-05-01" {
		t.Errorf("got %v", got)
	}
}

func TestBrokenFiles(t *testing.T) {
	t.Parallel()
	event := func(lines string) string {
		return "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:x\n" + lines + "\nEND:VEVENT\nEND:VCALENDAR\n"
	}
	for name, c := range map[string]struct{ text, want string }{
		"cut off":            {"BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20260101T000000Z\n", "VEVENT: the file ends inside of it"},
		"no calendar":        {"DTSTART:20260101T000000Z\n", "want BEGIN:VCALENDAR first"},
		"wrong end":          {"BEGIN:VCALENDAR\nEND:VEVENT\n", "want the END of the component that is open"},
		"no value":           {"BEGIN:VCALENDAR\nDTSTART;TZID=x\n", "want a value after a colon"},
		"no name":            {"BEGIN:VCALENDAR\n:x\n", "want NAME:value"},
		"parameter":          {"BEGIN:VCALENDAR\nDTSTART;TZID:x\n", "want a parameter as NAME=value"},
		"too many lines":     {event(strings.Repeat("EXDATE:20260101T000000Z\n", 2001)), "VEVENT: want at most"},
		"too deep":           {strings.Repeat("BEGIN:A\n", 9), "at most 8 components"},
		"too long a line":    {"BEGIN:VCALENDAR\nX:" + strings.Repeat("y", ical.MaxLine) + "\n", "lines of at most"},
		"too long unfolded":  {"BEGIN:VCALENDAR\nX:" + strings.Repeat(strings.Repeat("y", 1000)+"\n ", 70) + "\n", "lines of at most"},
		"no start":           {event("DURATION:PT1H"), "DTSTART: an event states its start"},
		"no length":          {event("DTSTART:20260101T000000Z"), "DTEND: an event without length"},
		"end before start":   {event("DTSTART:20260101T000000Z\nDTEND:20251231T000000Z"), "DTEND: "},
		"end and duration":   {event("DTSTART:20260101T000000Z\nDTEND:20260102T000000Z\nDURATION:PT1H"), "not both"},
		"two starts":         {event("DTSTART:20260101T000000Z\nDTSTART:20260101T000000Z\nDURATION:PT1H"), "DTSTART: stated twice"},
		"two rules":          {event("DTSTART:20260101T000000Z\nRRULE:FREQ=DAILY\nRRULE:FREQ=DAILY\nDURATION:PT1H"), "RRULE: stated twice"},
		"day 30 of February": {event("DTSTART:20260230T000000Z\nDURATION:PT1H"), `DTSTART: "20260230T000000Z": want YYYYMMDD`},
		"25:00":              {event("DTSTART:20260101T250000\nDURATION:PT1H"), `DTSTART: "20260101T250000": want YYYYMMDD`},
		"date as date-time":  {event("DTSTART;VALUE=DATE-TIME:20260101\nDURATION:P1D"), "the type that VALUE states"},
		"negative duration":  {event("DTSTART:20260101T000000Z\nDURATION:-PT1H"), `DURATION: "-PT1H": want a duration`},
		"empty duration":     {event("DTSTART:20260101T000000Z\nDURATION:PT0H"), "opens nothing"},
		"days and hours":     {event("DTSTART:20260101T000000Z\nDURATION:P1DT2H"), "calendar days and hours together"},
		"too long an event":  {event("DTSTART:20260101T000000Z\nDURATION:PT9000H"), "DURATION: "},
		"other end type":     {event("DTSTART:20260101T000000Z\nDTEND;VALUE=DATE:20260102"), "want the type of DTSTART"},
		"floating end":       {event("DTSTART:20260101T000000Z\nDTEND:20260102T000000"), "want a zone where DTSTART has one"},
		"excluded at noon":   {event("DTSTART:20260101T000000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY\nEXDATE:20260105T120000Z"), "EXDATE: \"20260105T120000Z\": want the time of day at which occurrences start, 00:00"},
		"dates beside rule":  {event("DTSTART:20260101T000000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY\nRDATE:20260105T000000Z"), "RDATE: "},
		"no frequency":       {event("DTSTART:20260101T000000Z\nDURATION:PT1H\nRRULE:COUNT=3"), "FREQ: want DAILY"},
		"part without value": {event("DTSTART:20260101T000000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT"), "RRULE: \"COUNT\": want NAME=value"},
		"part twice":         {event("DTSTART:20260101T000000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;FREQ=DAILY"), "FREQ: \"DAILY\": stated twice"},
		"count and until":    {event("DTSTART:20260101T000000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=3;UNTIL=20260105"), "not both"},
		"interval 0":         {event("DTSTART:20260101T000000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;INTERVAL=0"), "INTERVAL: \"0\": want 1 to"},
		"count too large":    {event("DTSTART:20260101T000000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;COUNT=99999999"), "COUNT: \"99999999\": want 1 to"},
		"until before start": {event("DTSTART:20260101T000000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;UNTIL=20251231"), "UNTIL: "},
		"numbered in weeks":  {event("DTSTART:20260101T000000Z\nDURATION:PT1H\nRRULE:FREQ=WEEKLY;BYDAY=2TU"), "BYDAY: \"tue#2\": only monthly and yearly"},
		"sixth in a month":   {event("DTSTART:20260101T000000Z\nDURATION:PT1H\nRRULE:FREQ=MONTHLY;BYDAY=6TU"), "BYDAY: \"tue#6\": want a number from -5 to 5"},
		"no such day":        {event("DTSTART:20260101T000000Z\nDURATION:PT1H\nRRULE:FREQ=DAILY;BYDAY=XX"), "BYDAY: \"XX\": want MO to SU"},
		"never":              {event("DTSTART:20260101T000000Z\nDURATION:PT1H\nRRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30"), "the recurrence never occurs"},
		"position of what":   {event("DTSTART:20260101T000000Z\nDURATION:PT1H\nRRULE:FREQ=MONTHLY;BYSETPOS=1"), "want another part that it picks from"},
		"change to all":      {event("RECURRENCE-ID;RANGE=THISANDFUTURE:20260101T000000Z\nDTSTART:20260101T000000Z\nDURATION:PT1H"), "RECURRENCE-ID: \"20260101T000000Z\": no window can say it"},
		"hour of a day":      {event("DTSTART;VALUE=DATE:20260101\nRRULE:FREQ=DAILY;BYHOUR=3"), "BYHOUR: "},
	} {
		got, err := ical.Parse(strings.NewReader(c.text), zones())
		if err == nil && len(got.Refused) == 1 {
			err = got.Refused[0]
		}
		var typed *ical.Error
		if !errors.As(err, &typed) || !strings.Contains(err.Error(), c.want) || len(got.Events) > 0 {
			t.Errorf("%s: %d events, %v; want %q", name, len(got.Events), err, c.want)
		}
	}
}

// TestChangedOccurrences has a weekly event, one occurrence of which is moved
// to the next day and another called off. The changes come first.
func TestChangedOccurrences(t *testing.T) {
	t.Parallel()
	const text = `BEGIN:VCALENDAR
BEGIN:VEVENT
UID:w
RECURRENCE-ID:20260113T210000Z
DTSTART;TZID=Europe/Berlin:20260114T220000
DURATION:PT2H
END:VEVENT
BEGIN:VEVENT
UID:w
RECURRENCE-ID;TZID=Europe/Berlin:20260120T220000
STATUS:CANCELLED
DTSTART;TZID=Europe/Berlin:20260120T220000
DURATION:PT2H
END:VEVENT
BEGIN:VEVENT
UID:w
DTSTART;TZID=Europe/Berlin:20260106T220000
DURATION:PT2H
RRULE:FREQ=WEEKLY;COUNT=4
END:VEVENT
BEGIN:VEVENT
UID:w
RECURRENCE-ID;TZID=Europe/Berlin:20260127T230000
DTSTART;TZID=Europe/Berlin:20260127T230000
DURATION:PT2H
END:VEVENT
END:VCALENDAR
`
	c, err := ical.Parse(strings.NewReader(text), zones())
	if err != nil || len(c.Events) != 3 || len(c.Refused) != 1 {
		t.Fatalf("%+v, %v", c, err)
	}
	if got, want := c.Events[0].Window.String(), "tue from 2026-01-06 until 2026-01-27 except 2026-01-13,2026-01-20 22:00 for 2h Europe/Berlin"; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := c.Events[1].Window.String(), "once 2026-01-14 22:00 for 2h Europe/Berlin"; got != want || c.Events[1].Cancelled || !c.Events[2].Cancelled {
		t.Errorf("got %q, want %q", got, want)
	}
	if got, want := c.Refused[0].Error(), "want the time of day at which occurrences start, 22:00"; !strings.Contains(got, want) || c.Refused[0].Part != "RECURRENCE-ID" {
		t.Errorf("got %q, want %q", got, want)
	}
}
