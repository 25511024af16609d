package main

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/fettle-dev/fettle/examples/internal/plaintext"
	"github.com/fettle-dev/fettle/schedule"
)

const timelineUsage = `usage: windowcalc timeline -policy FILE... -host FILE -from T -to T [-svg FILE]

Every change of the decision between two instants, if nothing but time passes:
as a table, and with -svg as a picture of windows, freezes, deadlines and
decisions.

  windowcalc timeline -policy global.json laptops.json -host laptop.json -from 2026-11-10 -to 2026-11-25 -svg laptop.svg
` + hostFileHelp

func runTimeline(args []string, _ io.Reader, out, errs io.Writer) int {
	f := flags("timeline", timelineUsage)
	var files policyFlags
	files.add(f)
	host := once(f, "host", "the host's `FILE`")
	fromText := once(f, "from", "the instant `T` at which it begins, RFC 3339 or a date")
	toText := once(f, "to", "the instant `T` at which it ends, not included")
	svg := once(f, "svg", "the `FILE` to draw the picture to")
	if status, ok := parse(f, spread(args), out, errs); !ok {
		return status
	}
	from, err := instant("-from", *fromText)
	if err != nil {
		return complainAll(errs, err)
	}
	to, err := instant("-to", *toText)
	if err != nil {
		return complainAll(errs, err)
	}
	if !from.Before(to) {
		return complainAll(errs, fmt.Errorf("-to %s: want an instant after -from", *toText))
	}
	p, h, err := merged(&files, *host)
	if err != nil {
		return complainAll(errs, err)
	}
	steps, err := timelineSteps(p, h.situation, from, to)
	if err != nil {
		return complainAll(errs, err)
	}
	zone := time.UTC
	if h.Host.Zone != "" {
		if zone, err = loadZone(h.Host.Zone); err != nil {
			return complainAll(errs, err)
		}
	}
	out = plaintext.Writer{Writer: out}
	if err := writeTimeline(out, steps, zone); err != nil {
		complain(errs, err)
		return exitFailed
	}
	if *svg == "" {
		return exitOK
	}
	c := chart{title: string(h.Host.ID), policy: p, steps: steps, from: from, to: to, zone: zone}
	if err := os.WriteFile(*svg, []byte(c.draw()), 0o600); err != nil {
		complain(errs, err)
		return exitFailed
	}
	fmt.Fprintf(out, "picture: %s\n", *svg)
	return exitOK
}

// maxTimeline bounds the steps of a timeline.
const maxTimeline = 100_000

func timelineSteps(p *schedule.Policy, s schedule.Situation, from, to time.Time) ([]schedule.Step, error) {
	var steps []schedule.Step
	for step, err := range p.Timeline(s, from, to, nil) {
		if err != nil {
			return nil, err
		}
		if steps = append(steps, step); len(steps) > maxTimeline {
			return nil, fmt.Errorf("more than %d changes; ask for a shorter time", maxTimeline)
		}
	}
	return steps, nil
}

func writeTimeline(out io.Writer, steps []schedule.Step, zone *time.Location) error {
	rows := [][]string{{fmt.Sprintf("from (%s)", zone), "action", "patches", "because"}}
	for _, step := range steps {
		d := &step.Decision
		var names, why []string
		for _, id := range d.Of(d.Action) {
			names = append(names, string(id))
		}
		for _, r := range d.Reasons {
			r.Until = time.Time{}
			why = append(why, schedule.ReasonText(r))
		}
		rows = append(rows, []string{
			step.At.In(zone).Format("Mon 2006-01-02 15:04:05"), d.Action.String(), strings.Join(names, " "), strings.Join(why, "; "),
		})
	}
	return plaintext.Table(out, rows)
}
