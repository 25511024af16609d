package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/fettle-dev/fettle/schedule"
	"github.com/fettle-dev/fettle/schedule/ical"
)

const nextUsage = `usage: windowcalc next -window TEXT [-from T] [-n N] [-zone HOSTZONE] [-json]

Lists when a window opens: the first N occurrences that start at or after T.

  windowcalc next -window "tue#2 +3d 02:00 for 4h America/New_York" -from 2026-01-01T00:00:00Z -n 5
  windowcalc next -window "weekdays 22:00 for 8h local" -zone Asia/Tokyo
  windowcalc next -window "monthly 25 shift next of uk 20:00 for 4h local" -zone Europe/London -calendar uk=holidays.ics
  windowcalc next -window "daily 02:30 for 1h Europe/Berlin" -from 2026-03-28T00:00:00Z -json
`

// maxStarts bounds what one question may list.
const maxStarts = 1_000_000

// calendars are business calendars by name, as files of holidays.
type calendars map[string]string

func (c calendars) String() string { return "" }

func (c calendars) Set(text string) error {
	name, file, ok := strings.Cut(text, "=")
	if !ok || name == "" || file == "" {
		return errors.New("want NAME=FILE.ics")
	}
	c[name] = file
	return nil
}

// load returns the business calendar of a name: Monday to Friday without the
// days of the file's events. Years far from now are covered too.
func (c calendars) load(name string) (*schedule.Calendar, error) {
	file, ok := c[name]
	if !ok {
		return nil, fmt.Errorf("no -calendar %s=FILE.ics is given", name)
	}
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	o := &ical.Options{Zone: loadZone}
	read, err := ical.Parse(f, o)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	if len(read.Refused) > 0 {
		return nil, fmt.Errorf("%s: %w", file, read.Refused[0])
	}
	days, err := read.Holidays(schedule.Date{Year: 1990, Month: 1, Day: 1}, schedule.Date{Year: 2100, Month: 12, Day: 31}, o)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return &schedule.Calendar{Holidays: days}, nil
}

func runNext(args []string, _ io.Reader, out, errs io.Writer) int {
	f := flags("next", nextUsage)
	text := once(f, "window", "the window's `TEXT`")
	from := once(f, "from", "the instant `T` from which on to look, RFC 3339 or a date (default now)")
	n := f.Int("n", 5, "how many occurrences")
	host := once(f, "zone", "the host's own `ZONE`, for windows in local time")
	asJSON := f.Bool("json", false, "print one JSON object")
	days := calendars{}
	f.Var(days, "calendar", "a business calendar as `NAME=FILE.ics`, for windows that shift; may be repeated")
	if status, ok := parse(f, args, out, errs); !ok {
		return status
	}
	if *text == "" {
		misused(errs, f, errors.New("-window is missing"))
		return exitUsage
	}
	if *from == "" {
		*from = time.Now().UTC().Format(time.RFC3339)
	}
	q := question{Window: *text, Zone: *host, From: *from, N: n}
	w, spans, err := q.answer(days)
	if err != nil {
		complain(errs, err)
		if *host == "" && strings.HasSuffix(strings.TrimSpace(*text), "local") {
			fmt.Fprintln(errs, "name the host's own zone with -zone, such as -zone Europe/London")
		}
		return exitUsage
	}
	if *asJSON {
		starts, ends := texts(spans)
		enc := json.NewEncoder(out)
		enc.SetEscapeHTML(false)
		err = enc.Encode(struct {
			Window string   `json:"window"`
			Zone   string   `json:"zone"`
			From   string   `json:"from"`
			N      int      `json:"n"`
			Starts []string `json:"starts"`
			Ends   []string `json:"ends"`
		}{w.Window().String(), w.Zone().String(), *from, *n, starts, ends})
	} else {
		err = table(out, w, spans)
	}
	if err != nil {
		complain(errs, err)
		return exitFailed
	}
	return exitOK
}

// table prints occurrences with what the wall clock shows and what a change of
// clocks does to them.
func table(out io.Writer, w *schedule.BoundWindow, spans []schedule.Span) error {
	fmt.Fprintln(out, w.Window())
	switch {
	case w.Window().Repeat == schedule.OnEvent:
		_, err := fmt.Fprintln(out, "opens when the event happens; it has no times of its own")
		return err
	case len(spans) == 0:
		_, err := fmt.Fprintln(out, "no occurrence starts from then on")
		return err
	}
	changed := map[time.Time]schedule.ClockChange{}
	from, to := spans[0].Start.AddDate(0, 0, -3), spans[len(spans)-1].End.AddDate(0, 0, 1)
	for c := range w.ClockChanges(from, to) {
		changed[c.Span.Start] = c
	}
	tw := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintf(tw, "start\tend\tstart in %s\tend in %s\n", w.Zone(), w.Zone())
	const shown = "Mon 2006-01-02 15:04 -07:00"
	for _, s := range spans {
		note := ""
		if c, ok := changed[s.Start]; ok {
			note = "\t" + explain(c, w)
		}
		fmt.Fprintf(tw, "%s\t%s\t%s\t%s%s\n", s.Start.Format(time.RFC3339), s.End.Format(time.RFC3339),
			s.Start.In(w.Zone()).Format(shown), s.End.In(w.Zone()).Format(shown), note)
	}
	return tw.Flush()
}

// explain says what a change of clocks does to an occurrence.
func explain(c schedule.ClockChange, w *schedule.BoundWindow) string {
	start := w.Window().Start
	switch c.Effect {
	case schedule.StartMoved:
		return fmt.Sprintf("clocks skip %s on %s", start, c.Day)
	case schedule.StartTwice:
		return fmt.Sprintf("clocks show %s twice on %s; the first counts", start, c.Day)
	case schedule.EndMoved:
		return "clocks change in it; the length stays"
	case schedule.LengthMoved:
		return "clocks change in it; it lasts " + length(c.Span.Length())
	default:
		return ""
	}
}

// length writes a duration without parts that are zero at its end.
func length(d time.Duration) string {
	text := d.String()
	if strings.HasSuffix(text, "m0s") {
		text = strings.TrimSuffix(text, "0s")
	}
	if strings.HasSuffix(text, "h0m") {
		text = strings.TrimSuffix(text, "0m")
	}
	return text
}
