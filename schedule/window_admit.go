package schedule

import (
	"crypto/sha256"
	"encoding/binary"
	"time"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/internal/civil"
)

// Admits returns the occurrence in which work that needs the given time may
// start at t, or false if there is none. With a fixed Cutoff the work may start
// up to that long before the end, however long it takes; without, it must fit:
// t + need is not after the end.
func (b *BoundWindow) Admits(t time.Time, need time.Duration) (Span, bool) {
	s, ok := b.At(t)
	if !ok || !b.window.Cutoff.admits(s, t, need) {
		return Span{}, false
	}
	return s, true
}

func (c Cutoff) admits(s Span, t time.Time, need time.Duration) bool {
	if c.Fixed {
		return t.Before(s.End.Add(-c.Last))
	}
	return !t.Add(need).After(s.End)
}

// On returns the span that an OnEvent window opens when the event happens at t.
// It is false for an event that the window is not for, and on a day outside
// From, Until and Except.
func (b *BoundWindow) On(event Event, t time.Time) (Span, bool) {
	if b.window.Repeat != OnEvent || event != b.window.Event {
		return Span{}, false
	}
	day, _ := civil.DayOf(b.zone, t.Unix())
	if day < b.from || day > b.until || b.excepted(day) {
		return Span{}, false
	}
	t = t.UTC()
	return Span{t, t.Add(b.window.For)}, true
}

// HostStart returns when one host starts in an occurrence of the window:
// Start plus
//
//	hash(seed, name, occurrence, host) mod spread
//
// in whole seconds. name is the window's name in its policy, occurrence its
// Start. The hash is the first eight bytes, big-endian, of SHA-256 over seed,
// name and host, each preceded by its length as eight bytes big-endian, and the
// Unix second of Start in eight. So it can be recomputed anywhere, and a host
// gets another place in each occurrence.
//
// spread is the window's, cut to what s leaves before a fixed Cutoff: the
// result lies in s and admits a start, if any instant of s does. Without Spread
// it is s.Start.
func (b *BoundWindow) HostStart(s Span, seed, name string, host fettle.HostID) time.Time {
	spread := b.window.Spread
	room := s.Length()
	if b.window.Cutoff.Fixed {
		room -= b.window.Cutoff.Last
	}
	seconds := min(spread, room) / time.Second
	if seconds <= 1 {
		return s.Start
	}
	var space [256]byte
	data := space[:0]
	for _, field := range []string{seed, name, string(host)} {
		data = binary.BigEndian.AppendUint64(data, uint64(len(field)))
		data = append(data, field...)
	}
	data = binary.BigEndian.AppendUint64(data, uint64(s.Start.Unix()))
	sum := sha256.Sum256(data)
	wait := binary.BigEndian.Uint64(sum[:8]) % uint64(seconds)
	return s.Start.Add(time.Duration(wait) * time.Second)
}
