package ical

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/fettle-dev/fettle/internal/civil"
	"github.com/fettle-dev/fettle/schedule"
)

// Options say how a calendar is read and written.
type Options struct {
	// Zone returns the zone that a TZID means; time.LoadLocation serves where
	// calendars use IANA names. The zone's String is the name that the window
	// gets. nil: a TZID is refused.
	Zone func(tzid string) (*time.Location, error)
}

func (o *Options) zone(tzid string) (*time.Location, error) {
	if o == nil || o.Zone == nil {
		return nil, errors.New("no zones are given")
	}
	if tzid == "" || tzid == "Local" {
		return nil, errors.New("not the name of a zone")
	}
	zone, err := o.Zone(tzid)
	if err == nil && zone == nil {
		err = errors.New("no such zone")
	}
	return zone, err
}

// moment is a DATE or DATE-TIME value as it is written.
type moment struct {
	date    schedule.Date
	clock   schedule.Clock
	dateTag bool           // DATE: a whole day
	zone    *time.Location // nil: floating, the reader's own zone
}

// name returns the zone as a window names it.
func (m moment) name() string {
	if m.zone == nil {
		return schedule.LocalZone
	}
	return m.zone.String()
}

// unix returns the Unix second of the moment; floating ones read as UTC.
func (m moment) unix() int64 {
	zone := m.zone
	if zone == nil {
		zone = time.UTC
	}
	return civil.Instant(zone, m.date.Days(), m.clock)
}

// in returns the moment as the wall clock of another moment's zone shows it. A
// floating one, and any where the other floats, stays as it is written.
func (m moment) in(other moment) moment {
	if m.zone == nil || other.zone == nil || m.dateTag {
		return m
	}
	day, clock := civil.DayOf(other.zone, m.unix())
	return moment{date: civil.DateOf(day), clock: clock, zone: other.zone}
}

const momentRule = "want YYYYMMDD, YYYYMMDDTHHMMSS or YYYYMMDDTHHMMSSZ"

// readMoment reads a value of DTSTART and the like (RFC 5545 sections 3.3.4 and
// 3.3.5).
func readMoment(p property, value string, o *Options) (moment, error) {
	m, err := readPlain(value)
	switch tzid := p.params["TZID"]; {
	case err != "":
		return m, refuse(p.name, short(value), err)
	case m.dateTag != (p.params["VALUE"] == "DATE") && p.params["VALUE"] != "":
		return m, refuse(p.name, short(value), "want the type that VALUE states, DATE or DATE-TIME")
	case tzid != "" && !m.dateTag && m.zone == nil:
		zone, err := o.zone(tzid)
		if err != nil {
			return m, &Error{Part: "TZID", Value: tzid, Rule: "want the name of a zone that is known here", Err: fmt.Errorf("%w: %w", schedule.ErrZone, err)}
		}
		m.zone = zone
	}
	return m, nil
}

// readPlain reads a date or date-time without parameters, and returns the rule
// that it breaks, if any.
func readPlain(value string) (m moment, rule string) {
	day, hour, timed := strings.Cut(value, "T")
	if len(day) != 8 {
		return m, momentRule
	}
	d, err := civil.ParseDate(day[:4] + "-" + day[4:6] + "-" + day[6:])
	if err != nil {
		return m, momentRule
	}
	m.date, m.dateTag = d, !timed
	if !timed {
		return m, ""
	}
	hour, isUTC := strings.CutSuffix(hour, "Z")
	if len(hour) != 6 {
		return m, momentRule
	}
	if m.clock, err = civil.ParseClock(hour[:2] + ":" + hour[2:4] + ":" + hour[4:]); err != nil {
		return m, momentRule
	}
	if isUTC {
		m.zone = time.UTC
	}
	return m, ""
}

// readDuration reads a DURATION value (RFC 5545 section 3.3.6) as calendar days
// and exact time.
func readDuration(value string) (days int, exact time.Duration, ok bool) {
	rest, ok := strings.CutPrefix(strings.TrimPrefix(value, "+"), "P")
	if !ok || rest == "" {
		return 0, 0, false
	}
	date, clock, timed := strings.Cut(rest, "T")
	if timed && clock == "" {
		return 0, 0, false
	}
	for _, unit := range []struct {
		letter string
		days   int
	}{{"W", 7}, {"D", 1}} {
		if n, rest, found := number(date, unit.letter); found {
			days, date = days+n*unit.days, rest
		}
	}
	for _, unit := range []struct {
		letter string
		size   time.Duration
	}{{"H", time.Hour}, {"M", time.Minute}, {"S", time.Second}} {
		if n, rest, found := number(clock, unit.letter); found {
			exact, clock = exact+time.Duration(n)*unit.size, rest
		}
	}
	return days, exact, date == "" && clock == ""
}

// number reads digits up to a letter, fewer than seven so that no sum of them
// overflows.
func number(text, letter string) (n int, rest string, ok bool) {
	digits, rest, found := strings.Cut(text, letter)
	n, ok = civil.Digits(digits)
	return n, rest, found && ok && len(digits) < 7
}
