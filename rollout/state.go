package rollout

import (
	"time"

	"github.com/fettle-dev/fettle"
)

// State is what one region's journal says: the fold of its entries. It decides
// and it answers, and it changes only by Apply.
//
// The shell's duty, in this order: Decide and Apply each of N commands in
// memory; one Journal.Append of all their entries; then release replies, grants
// and hints. On any error of Append the state is thrown away and folded anew.
//
// The same entries give the same state on every machine, and the same state,
// command and instant the same events, byte for byte. A State is not safe for
// concurrent use, but its reading methods (Offer, Next, Explain, Progress,
// Summary, Head) may run concurrently with each other.
type State struct {
	head Link
	at   time.Time // of the last entry
}

// Decide returns what the command leads to: events, and reasons for what was
// refused, each with the argument host or rollout it is about. It changes
// nothing. The error is a *CommandError: the command as a whole is illegal here.
// now is compared with the last entry's instant, and a clock that went back
// counts as that instant.
func (s *State) Decide(c Command, now time.Time) ([]Event, []fettle.Reason, error) {
	panic("core")
}

// Entry puts an event into its place after the head. It changes nothing.
func (s *State) Entry(e Event, now time.Time) Entry { panic("core") }

// Apply takes an entry in. It is the only mutation. An entry that does not
// follow is an error wrapping ErrEntry, and the state is as it was.
func (s *State) Apply(e Entry) error { panic("core") }

// ParseEntry reads an entry's bytes at position p. Errors wrap ErrNewer or
// ErrEntry.
func ParseEntry(p Position, data []byte) (Entry, error) { panic("core") }

// Offer answers a poll from durable state. It does not scan and does not write.
func (s *State) Offer(a Ask, now time.Time) Offer { panic("core") }

// Next returns the earliest instant at which a Tick can change something; zero
// if none can. O(1).
func (s *State) Next() time.Time { panic("core") }

// Head returns the link of the last entry.
func (s *State) Head() Link { return s.head }

// Holder returns the region's coordinator and its epoch, of the last TakeOver;
// zero if there was none.
func (s *State) Holder() (holder string, epoch uint64) { panic("core") }
