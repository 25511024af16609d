// Package civil turns civil dates and times of day into instants and back. It
// is the one place that does: a window's start, a freeze's day and a holiday
// all mean what this package says they mean.
//
// The rule is that of RFC 5545 section 3.3.5. A time that a zone skips (the
// gap when clocks go forward) is read with the offset in force before the gap,
// so it moves forward by the gap's length: 02:30 becomes 03:30. A time that
// occurs twice (the fold when clocks go back) means its first occurrence.
//
// Days are counted, not summed as 24 hours: a day number is the count of days
// since 1970-01-01 in the proleptic Gregorian calendar, so date arithmetic
// knows nothing of zones. Instants are seconds of Unix time.
//
// Zone rules are asked of a *time.Location through its public methods only.
// Every function here is pure and safe for concurrent use.
package civil
