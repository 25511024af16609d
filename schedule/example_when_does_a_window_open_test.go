package schedule_test

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/fettle-dev/fettle/schedule"
)

// When does a window three days after the second Tuesday open, and when on the
// night when clocks change?
func ExampleWindow_Bind() {
	w, err := schedule.ParseWindow("tue#2 +3d 02:00 for 4h America/New_York")
	if err != nil {
		fmt.Println(err)
		return
	}
	b, err := w.Bind(schedule.Binding{Zone: time.LoadLocation})
	if err != nil {
		fmt.Println(err)
		return
	}
	at := time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC)
	for range 3 {
		s, _ := b.Next(at)
		fmt.Println(s.Start.Format(time.RFC3339), "to", s.End.Format(time.RFC3339))
		at = s.Start
	}
	// Output:
	// 2026-02-13T07:00:00Z to 2026-02-13T11:00:00Z
	// 2026-03-13T06:00:00Z to 2026-03-13T10:00:00Z
	// 2026-04-17T06:00:00Z to 2026-04-17T10:00:00Z
}

// What does a person see who mistypes a window?
func ExampleParseWindow_error() {
	_, err := schedule.ParseWindow("weekdays 22:00 for 8h never past 26:00 local")
	if syntax, ok := errors.AsType[*schedule.SyntaxError](err); ok {
		fmt.Println(syntax.Caret())
		fmt.Println(syntax.Cause.Rule)
	}
	// Output:
	// weekdays 22:00 for 8h never past 26:00 local
	//                                  ^
	// want a time of day from 00:00 to 23:59
}

// May this work still start now, and on which nights do clocks get in the way?
func ExampleBoundWindow_Admits() {
	w, _ := schedule.ParseWindow("daily 02:30 for 2h local")
	zone, _ := time.LoadLocation("Europe/Berlin")
	b, err := w.Bind(schedule.Binding{Local: zone})
	if err != nil {
		fmt.Println(err)
		return
	}
	at := time.Date(2026, 3, 1, 3, 0, 0, 0, time.UTC)
	_, short := b.Admits(at, 20*time.Minute)
	_, long := b.Admits(at, 45*time.Minute)
	fmt.Println("20 minutes:", short, "45 minutes:", long)
	for c := range b.ClockChanges(at, at.AddDate(1, 0, 0)) {
		fmt.Println(c.Day, c.Effect, c.Span.Start.In(zone).Format("15:04"))
	}
	// Output:
	// 20 minutes: true 45 minutes: false
	// 2026-03-29 start-moved 03:30
	// 2026-10-25 start-twice 02:30
}

// Which time is left of two windows once a freeze is taken out?
func ExampleSubtract() {
	from := time.Date(2026, 12, 18, 0, 0, 0, 0, time.UTC)
	to := from.AddDate(0, 0, 4)
	spans := func(text string) []schedule.Span {
		w, err := schedule.ParseWindow(text)
		if err != nil {
			return nil
		}
		b, err := w.Bind(schedule.Binding{})
		if err != nil {
			return nil
		}
		return slices.Collect(b.Spans(from, to))
	}
	windows := schedule.Union(spans("daily 22:00 for 4h UTC"), spans("sat,sun 00:00 to 12:00 UTC"))
	for _, s := range schedule.Subtract(windows, spans("once 2026-12-19 06:00 for 30h UTC")) {
		fmt.Println(s.Start.Format("Mon 15:04"), "-", s.End.Format("Mon 15:04"))
	}
	// Output:
	// Thu 22:00 - Fri 02:00
	// Fri 22:00 - Sat 06:00
	// Sun 22:00 - Mon 02:00
	// Mon 22:00 - Tue 02:00
}
