package rollout

import "github.com/fettle-dev/fettle/internal/enum"

// Outcome is how far a host is with a rollout. docs/rollout-states.md draws
// which outcome may follow which. The zero value is Pending.
type Outcome uint8

// The outcomes.
const (
	Pending        Outcome = iota // a member, and nothing was granted yet
	Granted                       // a grant was issued and not taken up
	Accepted                      // the host has started: from here on it counts in the gates
	Downloaded                    // the payload is there and its digest was checked
	Installed                     // on disk, as the footprint says; not in force yet
	RestartPending                // on disk, and in force only after a restart
	Verified                      // Installed and Active hold: this alone is success
	Deferred                      // the user put it off
	Refused                       // the user or the host's owner said no
	Failed                        // with a class of error
	Silent                        // started, and said nothing until its deadline: unknown
	RolledBack                    // the back-out was verified
	Skipped                       // will not get it, with a reason
	Removed                       // left the region
)

func outcomes() enum.Words {
	return enum.Words{Kind: "rollout: outcome", Words: []string{
		"pending", "granted", "accepted", "downloaded", "installed", "restart-pending", "verified",
		"deferred", "refused", "failed", "unknown", "rolled-back", "skipped", "removed",
	}}
}

// String returns the outcome's word: "unknown" for Silent.
func (o Outcome) String() string { return outcomes().Word(uint8(o)) }

// MarshalText returns the word that String returns, or an error for a value
// outside the list.
func (o Outcome) MarshalText() ([]byte, error) { return outcomes().Marshal(uint8(o)) }

// UnmarshalText accepts exactly the words that String returns.
func (o *Outcome) UnmarshalText(text []byte) error { return outcomes().Unmarshal(text, (*uint8)(o)) }

// InFlight reports whether a host with this outcome holds a grant that it may
// act on or is acting on. Every host in flight has a deadline.
func (o Outcome) InFlight() bool { return o >= Granted && o <= RestartPending }

// Started reports whether o is that of a host that is at work and has no
// result yet.
func (o Outcome) Started() bool { return o >= Accepted && o <= RestartPending }

// Class is the class of an error: what it says about the patch and what helps.
// The zero value is ClassPatch: a failure that nobody classified counts against
// the patch.
type Class uint8

// The classes. The first four are safety failures, which gates count against
// the patch; the others are reach failures: the host could not be served.
const (
	ClassPatch     Class = iota // the installer failed, or the footprint does not hold after it
	ClassHealth                 // the host or a service on it is worse than before
	ClassRestart                // did not come back, or came back without it in force
	ClassSilence                // said nothing after the start
	ClassDisk                   // no room
	ClassNetwork                // the payload could not be fetched
	ClassAgent                  // the agent or its package manager is broken or busy
	ClassCondition              // a safety condition of the policy does not hold
	ClassContent                // a payload with another digest: nothing was started
)

func classes() enum.Words {
	return enum.Words{Kind: "rollout: error class", Words: []string{
		"patch", "health", "restart", "silence", "disk", "network", "agent", "condition", "content",
	}}
}

// String returns the class's word.
func (c Class) String() string { return classes().Word(uint8(c)) }

// MarshalText returns the word that String returns, or an error for a value
// outside the list.
func (c Class) MarshalText() ([]byte, error) { return classes().Marshal(uint8(c)) }

// UnmarshalText accepts exactly the words that String returns.
func (c *Class) UnmarshalText(text []byte) error { return classes().Unmarshal(text, (*uint8)(c)) }

// Safety reports whether a failure of this class counts against the patch.
func (c Class) Safety() bool { return c <= ClassSilence }

// Lane is how urgent a rollout is.
type Lane uint8

// The lanes. The zero value is the ordinary one.
const (
	Ordinary  Lane = iota
	Emergency      // two people, shorter gates, never without canaries
)

func lanes() enum.Words {
	return enum.Words{Kind: "rollout: lane", Words: []string{"ordinary", "emergency"}}
}

// String returns "ordinary" or "emergency".
func (l Lane) String() string { return lanes().Word(uint8(l)) }

// MarshalText returns the word that String returns, or an error for a value
// outside the list.
func (l Lane) MarshalText() ([]byte, error) { return lanes().Marshal(uint8(l)) }

// UnmarshalText accepts exactly the words that String returns.
func (l *Lane) UnmarshalText(text []byte) error { return lanes().Unmarshal(text, (*uint8)(l)) }

// Mode says whether hosts may act. The zero value only looks.
type Mode uint8

// The modes.
const (
	Observe Mode = iota // assess and report what would be done; never install
	Act
)

func modes() enum.Words {
	return enum.Words{Kind: "rollout: mode", Words: []string{"observe", "act"}}
}

// String returns "observe" or "act".
func (m Mode) String() string { return modes().Word(uint8(m)) }

// MarshalText returns the word that String returns, or an error for a value
// outside the list.
func (m Mode) MarshalText() ([]byte, error) { return modes().Marshal(uint8(m)) }

// UnmarshalText accepts exactly the words that String returns.
func (m *Mode) UnmarshalText(text []byte) error { return modes().Unmarshal(text, (*uint8)(m)) }

// Hold says until when a host keeps a unit of a budget.
type Hold uint8

// The holds. The zero value holds longest.
const (
	UntilHealthy Hold = iota // verified, or backed out and well: for clusters and services
	UntilOutcome             // any outcome, or the silence deadline: for links and the region
)

func holds() enum.Words {
	return enum.Words{Kind: "rollout: hold", Words: []string{"until-healthy", "until-outcome"}}
}

// String returns "until-healthy" or "until-outcome".
func (h Hold) String() string { return holds().Word(uint8(h)) }

// MarshalText returns the word that String returns, or an error for a value
// outside the list.
func (h Hold) MarshalText() ([]byte, error) { return holds().Marshal(uint8(h)) }

// UnmarshalText accepts exactly the words that String returns.
func (h *Hold) UnmarshalText(text []byte) error { return holds().Unmarshal(text, (*uint8)(h)) }
