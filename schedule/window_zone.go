package schedule

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"iter"
	"time"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/internal/civil"
)

// ZoneFingerprint returns a digest of a zone's rules in [from, to): the offset
// from UTC at from, and the second and new offset of every change. A decision
// that records it can be re-checked later: an equal fingerprint means that the
// zone database has not been amended for that time. Names and abbreviations do
// not matter, so an alias has the fingerprint of its target.
//
// The digest is SHA-256 over those numbers as big-endian 64-bit integers:
// offset, then second and offset by turns.
func ZoneFingerprint(zone *time.Location, from, to time.Time) fettle.Digest {
	h := sha256.New()
	add := func(n int64) {
		var b [8]byte
		binary.BigEndian.PutUint64(b[:], uint64(n))
		h.Write(b[:])
	}
	add(int64(civil.Offset(zone, from.Unix())))
	for t := range civil.Transitions(zone, from.Unix()+1, to.Unix()) {
		add(t.At)
		add(int64(t.After))
	}
	return fettle.Digest("sha256:" + hex.EncodeToString(h.Sum(nil)))
}

// ClockEffect says what a change of clocks does to an occurrence.
type ClockEffect uint8

// The effects.
const (
	_            ClockEffect = iota
	StartMoved               // clocks skip the start; it moves forward by the gap
	StartTwice               // clocks show the start twice; the first counts
	EndMoved                 // the length is as stated, so the end shows another time of day
	LengthMoved              // the end shows its time of day, so the length differs
	NeverStarted             // LatestEnd leaves the occurrence no time
)

// String returns "start-moved", "start-twice", "end-moved", "length-moved" or
// "never-started".
func (e ClockEffect) String() string {
	return effectWords.Word(uint8(e))
}

// ClockChange is an occurrence that a change of its zone's clocks makes
// different from the others.
type ClockChange struct {
	Day    Date          // the day of the occurrence
	Span   Span          // when it happens; empty if NeverStarted
	At     time.Time     // the change, in UTC
	By     time.Duration // how far clocks jump: above 0 forward, below 0 back
	Effect ClockEffect
}

// ClockChanges yields the occurrences that a change of clocks in [from, to)
// affects, in order of the changes and then of days. Of several effects on one
// occurrence it names the first of the list.
func (b *BoundWindow) ClockChanges(from, to time.Time) iter.Seq[ClockChange] {
	return func(yield func(ClockChange) bool) {
		if b.window.Repeat == Always || b.window.Repeat == OnEvent {
			return
		}
		for t := range civil.Transitions(b.zone, from.Unix(), to.Unix()) {
			day, _ := civil.DayOf(b.zone, t.At)
			c := b.cursor(day-b.back, day+1)
			for day, ok := c.next(); ok; day, ok = c.next() {
				if change, affected := b.change(day, t); affected && !yield(change) {
					return
				}
			}
		}
	}
}

// change says what a transition does to the occurrence of a day.
func (b *BoundWindow) change(day int, t civil.Transition) (ClockChange, bool) {
	start := civil.Instant(b.zone, day, b.window.Start)
	end := b.end(day, start)
	c := ClockChange{
		Day: civil.DateOf(day),
		At:  instant(t.At),
		By:  time.Duration(t.After-t.Before) * time.Second,
	}
	if end > start {
		c.Span = Span{instant(start), instant(end)}
	}
	switch reading, at := civil.Read(b.zone, day, b.window.Start); {
	case end <= start && at == t.At:
		c.Effect = NeverStarted
	case reading == civil.Skipped && at == t.At:
		c.Effect = StartMoved
	case reading == civil.Twice && at == t.At:
		c.Effect = StartTwice
	case start < t.At && t.At < end && end == start+b.length:
		c.Effect = EndMoved
	case start < t.At && t.At < end, end == t.At && b.window.LatestEnd != nil:
		c.Effect = LengthMoved
	default:
		return ClockChange{}, false
	}
	return c, true
}
