package ical_test

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/fettle-dev/fettle/schedule"
	"github.com/fettle-dev/fettle/schedule/ical"
)

// Which window does a calendar's rule mean, and what if no window can say it?
func ExampleParseRule() {
	for _, rule := range []string{
		"DTSTART;TZID=Europe/London:20260101T200000\nRRULE:FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1;COUNT=12",
		"DTSTART:20260101T090000\nRRULE:FREQ=YEARLY;BYWEEKNO=20",
	} {
		w, err := ical.ParseRule(rule, 4*time.Hour, &ical.Options{Zone: time.LoadLocation})
		if refused, ok := errors.AsType[*ical.Error](err); ok {
			fmt.Println("refused:", refused.Part)
			continue
		}
		fmt.Println(w)
	}
	// Output:
	// monthly weekdays pick -1 from 2026-01-01 until 2026-12-31 20:00 for 4h Europe/London
	// refused: BYWEEKNO
}

// Which freezes does a change calendar hold?
func ExampleParse() {
	const file = `BEGIN:VCALENDAR
BEGIN:VEVENT
UID:year-end
SUMMARY:Year-end freeze
DTSTART;VALUE=DATE:20261218
DTEND;VALUE=DATE:20270105
END:VEVENT
END:VCALENDAR
`
	c, err := ical.Parse(strings.NewReader(file), nil)
	if err != nil || len(c.Refused) > 0 {
		fmt.Println(err, c.Refused)
		return
	}
	for _, e := range c.Events {
		fmt.Println(e.Summary+":", e.Window)
	}
	// Output:
	// Year-end freeze: once 2026-12-18 00:00 to 00:00 +18d local
}

// How does a maintenance window get into people's calendars?
func ExampleWrite() {
	w, err := schedule.ParseWindow("every 2 weeks sat from 2026-01-10 22:00 for 6h Europe/Berlin")
	if err != nil {
		fmt.Println(err)
		return
	}
	events := []ical.Event{{UID: "patching@example.com", Summary: "Patching", Window: w}}
	var out strings.Builder
	if err := ical.Write(&out, events, time.Unix(0, 0), schedule.Date{}, &ical.Options{Zone: time.LoadLocation}); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Fprint(os.Stdout, strings.ReplaceAll(out.String(), "\r\n", "\n"))
	// Output:
	// BEGIN:VCALENDAR
	// VERSION:2.0
	// PRODID:-//fettle//schedule//EN
	// BEGIN:VEVENT
	// UID:patching@example.com
	// DTSTAMP:19700101T000000Z
	// SUMMARY:Patching
	// DTSTART;TZID=Europe/Berlin:20260110T220000
	// RRULE:FREQ=WEEKLY;INTERVAL=2;BYDAY=SA;WKST=MO
	// DURATION:PT6H
	// END:VEVENT
	// END:VCALENDAR
}
