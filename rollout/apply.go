package rollout

import (
	"bytes"
	"encoding/json"
	"fmt"
	"time"

	"github.com/fettle-dev/fettle"
)

// instant is what the journal keeps of now: UTC, milliseconds, never before the
// last entry.
func (s *State) instant(now time.Time) time.Time {
	at := now.UTC().Round(0).Truncate(time.Millisecond)
	if at.Before(s.at) {
		return s.at
	}
	return at
}

// Entry puts an event into its place after the head. It changes nothing.
func (s *State) Entry(e Event, now time.Time) Entry {
	entry := Entry{Position: s.head.Position + 1, At: s.instant(now), Prev: s.head.Digest, Event: e}
	entry.Data = entry.encode()
	if bytes.Contains(entry.Data, []byte(badText)) {
		entry.mend()
	}
	return entry
}

// badText is how a text that is not UTF-8 is written; no valid one is.
const badText = `\ufffd`

// mend makes an entry's event what reading it will give: an entry that says
// something else than its bytes could not be folded again.
func (e *Entry) mend() {
	clean := newEvent(e.Event.Kind())
	if clean == nil || json.Unmarshal(e.Event.appendData(nil), clean) != nil {
		return
	}
	e.Event = clean
	e.Data = e.encode()
}

// Apply takes an entry in. It is the only mutation. An entry that does not
// follow is an error wrapping ErrEntry, and the state is as it was.
func (s *State) Apply(e Entry) error {
	if err := s.follows(&e); err != nil {
		return fmt.Errorf("%w: entry %d: %w", ErrEntry, e.Position, err)
	}
	e.Event.apply(s, &e)
	s.head = Link{Position: e.Position, Digest: fettle.DigestOf(e.Data)}
	s.at = e.At
	s.timers.settle(s.live)
	return nil
}

func (s *State) follows(e *Entry) error {
	switch {
	case e.Event == nil || len(e.Data) == 0:
		return refused("it holds no event or no bytes")
	case e.Position != s.head.Position+1:
		return refused("the entry before is %d", s.head.Position)
	case e.Prev != s.head.Digest:
		return &ChainError{Position: e.Position, Want: s.head.Digest, Got: e.Prev}
	case e.At.Before(s.at):
		return refused("its instant %s is before that of the entry before, %s", e.At, s.at)
	}
	if _, first := e.Event.(*RegionConfigured); !s.ready && !first {
		return refused("its kind is %s, want %s first", e.Event.Kind(), kindRegionConfigured)
	}
	return e.Event.check(s, e)
}

func refused(format string, args ...any) error { return fmt.Errorf(format, args...) }

// Take decides the command, applies what it led to, and goes on with Ticks for
// as long as one is due at now: gates are judged by the evidence that the command
// brought. It returns the entries to append, in order. On an error the entries
// that were applied before it are returned with it: the state holds them.
func (s *State) Take(c Command, now time.Time) ([]Entry, []fettle.Reason, error) {
	var entries []Entry
	events, reasons, err := s.Decide(c, now)
	for err == nil && len(events) > 0 {
		for _, event := range events {
			entry := s.Entry(event, now)
			if err := s.Apply(entry); err != nil {
				return entries, reasons, err
			}
			entries = append(entries, entry)
		}
		if next := s.Next(); next.IsZero() || next.After(s.instant(now)) {
			break
		}
		events, _, err = s.Decide(Tick{}, now)
	}
	return entries, reasons, err
}
