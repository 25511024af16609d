package schedule

import (
	"time"

	"github.com/fettle-dev/fettle/internal/civil"
)

// Date is a civil day without a zone: Date{2026, time.March, 14}. Its text form
// is YYYY-MM-DD, its zero value no day.
type Date = civil.Date

// Clock is a time of day as a wall clock shows it, in seconds since midnight; At
// makes one. Its text form is HH:MM, or HH:MM:SS.
type Clock = civil.Clock

// At returns the time of day at hour and minute.
func At(hour, minute int) Clock { return civil.At(hour, minute) }

// LocalZone is the zone name that stands for the host's own zone.
const LocalZone = "local"

// Limits of what a window may state. They keep every search bounded.
const (
	MaxOffsetDays = 31                   // OffsetDays, to either side
	MaxEvery      = 9999                 // Every
	MaxLength     = 366 * 24 * time.Hour // For
	MaxDates      = 1000                 // Dates and Except, each
)

// Window says when something may happen: a recurrence of civil days, a time of
// day at which an occurrence starts, and how long it lasts. It is data: zones
// and business calendars are names, and Bind gives them their meaning on one
// host. The zero Window is not valid; nothing opens unless it is written.
//
// An occurrence belongs to the day that it starts on. It starts at Start in the
// window's zone: a time that clocks skip moves forward by the gap, one that
// they show twice means the first (RFC 5545 section 3.3.5). It lasts For of
// elapsed time, so it is never shorter or longer for a change of clocks, or
// until LatestEnd, whichever comes first. It is half-open, may exceed 24 hours
// and may overlap the next.
//
// Base days come from Repeat and the selectors below it. The day of an
// occurrence is a base day moved by OffsetDays and then by Shift.
type Window struct {
	// Kind says whose window it is. The zero value is Mandatory.
	Kind Kind
	// Repeat is the period of the recurrence, or Once, Always, OnEvent.
	Repeat Repeat
	// Event is what opens an OnEvent window.
	Event Event
	// Every takes each n-th period only, counted from the one that holds Anchor.
	// 0 means 1. More than 1 needs Anchor or From.
	Every int

	// Weekdays selects days of the week: required for Weekly; for Monthly and
	// Yearly a Nth other than 0 takes the n-th such day of the month (for
	// Yearly without Months: of the year), from the end if negative. A fifth
	// that a month has not is no occurrence.
	Weekdays []Day
	// MonthDays selects days of the month, 1 to 31, or -1 (the last) to -31. A
	// day that a month has not is no occurrence. With Weekdays, both must hold.
	MonthDays []int
	// Months keeps the base days of these months only. Empty: all.
	Months []time.Month
	// Pick keeps the n-th of the days that the selectors give in each period,
	// from the end if negative, 0 excluded. Empty: all of them.
	Pick []int
	// WeekStart is the first day of the weeks that Every counts; Monday unless
	// stated.
	WeekStart Weekday
	// Dates are the base days of a Once window, one or several.
	Dates []Date

	// OffsetDays moves each base day by calendar days, -31 to 31. The month of
	// the base day is the one that Months and Nth speak of.
	OffsetDays int
	// Shift moves, or drops, a day that is no business day.
	Shift Shift
	// Anchor is a day in the first counted period. Zero: From.
	Anchor Date
	// From and Until bound the days of occurrences, both included. Zero:
	// unbounded. Always lasts from the first moment of From to the end of Until;
	// an event counts when it falls on a day between them.
	From, Until Date
	// Except lists days that have no occurrence.
	Except []Date

	// Start is the time of day at which occurrences start.
	Start Clock
	// For is the elapsed length in whole seconds, up to MaxLength. 0 is allowed
	// with LatestEnd only, which then is the end.
	For time.Duration
	// LatestEnd is the civil time that no occurrence passes; nil: none.
	LatestEnd *LatestEnd
	// Cutoff says how close to the end work may still start.
	Cutoff Cutoff
	// Spread is how far hosts are spread over the beginning of an occurrence; see
	// BoundWindow.HostStart. Whole seconds, below For. 0: all at Start.
	Spread time.Duration
	// Zone is an IANA zone name, "UTC", or LocalZone; empty means LocalZone.
	Zone string
}

// Kind says whose a window is.
type Kind uint8

// The kinds of window.
const (
	// Mandatory windows are the administrator's: used always when no user is
	// present, and in any case after the deadline.
	Mandatory Kind = iota
	// Optional windows are the user's and count before the deadline.
	Optional
)

// Repeat is the period of a recurrence.
type Repeat uint8

// The repeats. The zero value is none of them, and refused.
const (
	_       Repeat = iota
	Once           // on the given Dates
	Daily          // the days that every selector admits
	Weekly         // the Weekdays of each week
	Monthly        // the selected days of each month
	Yearly         // the selected days of each year
	Always         // one span, from From to Until
	OnEvent        // For from each Event on
)

// Event is something that happens on a host and opens a window.
type Event uint8

// The events. The zero value is none.
const (
	_ Event = iota
	Logon
	Shutdown
	Boot
	NetworkChange
)

// Weekday is a day of the week in the order of ISO 8601. The zero value is
// Monday.
type Weekday uint8

// The days of the week.
const (
	Monday Weekday = iota
	Tuesday
	Wednesday
	Thursday
	Friday
	Saturday
	Sunday
)

// Day selects days of the week: each one if Nth is 0, else the Nth of the
// period, counted from its end if negative. Its text form is tue, tue#2,
// fri#-1.
type Day struct {
	Weekday Weekday
	Nth     int
}

// Shift is what happens to a day that is no business day of a calendar.
type Shift struct {
	To ShiftTo
	// Calendar names the business calendar; required unless To is NoShift.
	Calendar string
}

// ShiftTo is the direction of a Shift.
type ShiftTo uint8

// The directions.
const (
	NoShift  ShiftTo = iota
	Next             // to the next business day
	Previous         // to the previous business day
	Skip             // the occurrence is dropped
)

// LatestEnd is a civil time that an occurrence does not pass. The end is the
// first instant at which a wall clock shows At or later: in a gap that is the
// gap, so a change of clocks never lengthens a window past it. Where that is
// not after the start, the day has no occurrence.
type LatestEnd struct {
	At Clock
	// Days counts from the day of the occurrence, 0 to 366. 0 means the first At
	// after Start: the same day if At is later than Start, else the next.
	Days int
}

// Cutoff says how close to the end of an occurrence work may still start. The
// zero value: whatever is expected to be done before the end.
type Cutoff struct {
	// Fixed makes Last count, instead of the estimate of the work.
	Fixed bool
	// Last is the stretch before the end in which nothing starts, 0 or more.
	Last time.Duration
}
