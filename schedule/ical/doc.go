// Package ical reads and writes the part of iCalendar (RFC 5545) that a
// schedule.Window can say: events of change calendars, freezes and holidays,
// and recurrence rules.
//
// A rule inside the subset gives the same days as RFC 5545 says. Every other is
// refused with an *Error that names the part, never read as something near it.
// The subset:
//
//   - FREQ of DAILY, WEEKLY, MONTHLY, YEARLY; INTERVAL; COUNT; UNTIL; WKST
//   - BYMONTH, BYMONTHDAY, BYDAY (numbered in months and years), BYSETPOS
//   - BYHOUR, BYMINUTE, BYSECOND with one value each
//   - EXDATE at the time of day of DTSTART; RDATE likewise, without RRULE
//
// Outside it are BYYEARDAY, BYWEEKNO, the shorter frequencies, several times a
// day, and names that begin with X- in a rule. An event with a RECURRENCE-ID
// takes its occurrence out of the series and stands on its own.
//
// COUNT becomes the day of the last occurrence, so a window says how long it is
// in force. Parse reads bounded input only: MaxBytes, MaxEvents and the limits
// of package schedule.
package ical
