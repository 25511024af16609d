package ical

import (
	"errors"
	"slices"

	"github.com/fettle-dev/fettle/schedule"
)

// file is what Parse found, before the events are read.
type file struct {
	o      *Options
	events []event
	out    Calendar
	series map[string]int // index in out.Events of the recurring event of a UID
	starts []moment       // of out.Events
}

// read reads the events, and then those that change one occurrence of another.
func (f *file) read() Calendar {
	f.series = map[string]int{}
	var changes []*event
	for i := range f.events {
		e := &f.events[i]
		if _, change := e.one("RECURRENCE-ID"); change {
			changes = append(changes, e)
			continue
		}
		read, err := e.read(f.o)
		if err != nil {
			f.refuse(e, read.UID, err)
			continue
		}
		if read.Window.Repeat != schedule.Once {
			f.series[read.UID] = len(f.out.Events)
		}
		f.add(read, e)
	}
	for _, e := range changes {
		read, err := e.read(f.o)
		if err == nil {
			err = f.replace(read, e)
		}
		if err != nil {
			f.refuse(e, read.UID, err)
			continue
		}
		f.add(read, e)
	}
	return f.out
}

func (f *file) add(read Event, e *event) {
	f.out.Events = append(f.out.Events, read)
	f.starts = append(f.starts, e.start)
}

// replace takes the occurrence that a change is for out of its series (RFC 5545
// section 3.8.4.4). The change itself is an event of its own.
func (f *file) replace(read Event, e *event) error {
	p, _ := e.one("RECURRENCE-ID")
	i, ok := f.series[read.UID]
	switch {
	case p.params["RANGE"] != "":
		return refuse(p.name, short(p.value), "no window can say it: a change to all later occurrences")
	case !ok:
		return refuse(p.name, short(p.value), "want a recurring event of the same UID that can be read")
	case read.Window.Repeat != schedule.Once:
		return refuse(p.name, short(p.value), "want a change that does not recur")
	}
	series := f.out.Events[i].Window
	var except []schedule.Date
	if err := e.dates(p, f.starts[i], series.Start, &except, f.o); err != nil {
		return err
	}
	series.Except = append(slices.Clip(series.Except), except...)
	if err := checked(series); err != nil {
		return err
	}
	f.out.Events[i].Window = series
	return nil
}

func (f *file) refuse(e *event, uid string, err error) {
	cause, ok := errors.AsType[*Error](err)
	if !ok {
		cause = &Error{Rule: err.Error(), Err: err}
	}
	out := *cause
	out.UID = uid
	if out.Line == 0 {
		out.Line = e.lineOf(cause.Part)
	}
	f.out.Refused = append(f.out.Refused, &out)
}

// lineOf returns the line of a property, of the property that a part stands
// in, or of the event.
func (e *event) lineOf(part string) int {
	names := []string{part, "RRULE"}
	if part == "TZID" {
		names[1] = "DTSTART"
	}
	for _, name := range names {
		if p, ok := e.one(name); ok {
			return p.line
		}
	}
	return e.line
}
