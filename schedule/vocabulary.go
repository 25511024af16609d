package schedule

import "github.com/fettle-dev/fettle/internal/enum"

// Level is the rank of a layer: a later level is closer to the host and its
// statements win, as far as locks let them.
type Level uint8

// The levels, from the widest to the closest.
const (
	LevelUnknown Level = iota
	LevelGlobal
	LevelOrganisation
	LevelSite
	LevelGroup
	LevelHost
)

var levelWords = enum.Words{Kind: "schedule: level", Words: []string{"unknown", "global", "organisation", "site", "group", "host"}}

// String returns the lower-case word.
func (l Level) String() string { return levelWords.Word(uint8(l)) }

// MarshalText returns the word that String returns.
func (l Level) MarshalText() ([]byte, error) { return levelWords.Marshal(uint8(l)) }

// UnmarshalText accepts exactly the words that String returns.
func (l *Level) UnmarshalText(text []byte) error {
	return levelWords.Unmarshal(text, (*uint8)(l))
}

// Lock says what the layers of lower levels may do with a field.
type Lock uint8

// The locks. The order is from the loosest to the strictest.
const (
	LockFree       Lock = iota // set it to anything
	LockMayTighten             // set it to something at least as tight (see Layer)
	LockLocked                 // nothing but the same value
)

var lockWords = enum.Words{Kind: "schedule: lock", Words: []string{"free", "may-tighten", "locked"}}

// String returns free, may-tighten or locked.
func (l Lock) String() string { return lockWords.Word(uint8(l)) }

// MarshalText returns the word that String returns.
func (l Lock) MarshalText() ([]byte, error) { return lockWords.Marshal(uint8(l)) }

// UnmarshalText accepts exactly the words that String returns.
func (l *Lock) UnmarshalText(text []byte) error {
	return lockWords.Unmarshal(text, (*uint8)(l))
}

// ConditionKind says how long a condition may hold things up.
type ConditionKind uint8

// The kinds of condition.
const (
	ConditionUnknown ConditionKind = iota
	Courtesy                       // has a patience, which ends at the hard deadline at the latest
	Safety                         // never runs out; no deadline and no override passes it
)

var conditionWords = enum.Words{Kind: "schedule: condition", Words: []string{"unknown", "courtesy", "safety"}}

// String returns courtesy or safety.
func (k ConditionKind) String() string { return conditionWords.Word(uint8(k)) }

// MarshalText returns the word that String returns.
func (k ConditionKind) MarshalText() ([]byte, error) {
	return conditionWords.Marshal(uint8(k))
}

// UnmarshalText accepts exactly the words that String returns.
func (k *ConditionKind) UnmarshalText(text []byte) error {
	return conditionWords.Unmarshal(text, (*uint8)(k))
}

// Term is what a network permits.
type Term uint8

// The terms, from the most permissive to the least.
const (
	TermMandatory Term = iota // as on any other network: the policy decides
	TermOptional              // before the hard deadline only with the user's consent
	TermNever                 // not on this network, deadline or not
)

var termWords = enum.Words{Kind: "schedule: term", Words: []string{"mandatory", "optional", "never"}}

// String returns mandatory, optional or never.
func (t Term) String() string { return termWords.Word(uint8(t)) }

// MarshalText returns the word that String returns.
func (t Term) MarshalText() ([]byte, error) { return termWords.Marshal(uint8(t)) }

// UnmarshalText accepts exactly the words that String returns.
func (t *Term) UnmarshalText(text []byte) error {
	return termWords.Unmarshal(text, (*uint8)(t))
}

// RestartMode says when patching restarts a host.
type RestartMode uint8

// The restart modes.
const (
	RestartNever      RestartMode = iota // patching never restarts; somebody else does
	RestartIfRequired                    // when a restart is pending
	RestartAlways                        // after every installation, pending or not
)

var restartModeWords = enum.Words{Kind: "schedule: restart mode", Words: []string{"never", "if-required", "always"}}

// String returns never, if-required or always.
func (m RestartMode) String() string { return restartModeWords.Word(uint8(m)) }

// MarshalText returns the word that String returns.
func (m RestartMode) MarshalText() ([]byte, error) {
	return restartModeWords.Marshal(uint8(m))
}

// UnmarshalText accepts exactly the words that String returns.
func (m *RestartMode) UnmarshalText(text []byte) error {
	return restartModeWords.Unmarshal(text, (*uint8)(m))
}

// CatchUp says what happens after a window that the host missed.
type CatchUp uint8

// The catch-up modes. No mode ever opens a restart window.
const (
	CatchUpByKind   CatchUp = iota // none for mandatory windows, next idle for optional ones
	CatchUpNone                    // wait for the next window
	CatchUpNextIdle                // when the host is next idle or nobody is signed in
	CatchUpOnReturn                // once the host has been back for the catchUpAfter of its rule
)

var catchUpWords = enum.Words{Kind: "schedule: catch-up", Words: []string{"by-kind", "none", "next-idle", "on-return"}}

// String returns by-kind, none, next-idle or on-return.
func (c CatchUp) String() string { return catchUpWords.Word(uint8(c)) }

// MarshalText returns the word that String returns.
func (c CatchUp) MarshalText() ([]byte, error) { return catchUpWords.Marshal(uint8(c)) }

// UnmarshalText accepts exactly the words that String returns.
func (c *CatchUp) UnmarshalText(text []byte) error {
	return catchUpWords.Unmarshal(text, (*uint8)(c))
}

// Urgency is how soon a patch should go in, in the words of the SSVC deployer
// model (CERT/CC, decision point "Defer, Scheduled, Out-of-Cycle, Immediate"
// v1.0.0). Larger is sooner, UrgencyUnknown apart.
type Urgency uint8

// The urgencies.
const (
	UrgencyUnknown    Urgency = iota
	UrgencyDefer              // not now
	UrgencyScheduled          // with regular maintenance
	UrgencyOutOfCycle         // at the next opportunity, overtime if need be
	UrgencyImmediate          // all hands
)

var urgencyWords = enum.Words{Kind: "schedule: urgency", Words: []string{"unknown", "defer", "scheduled", "out-of-cycle", "immediate"}}

// String returns the lower-case word.
func (u Urgency) String() string { return urgencyWords.Word(uint8(u)) }

// MarshalText returns the word that String returns.
func (u Urgency) MarshalText() ([]byte, error) { return urgencyWords.Marshal(uint8(u)) }

// UnmarshalText accepts exactly the words that String returns.
func (u *Urgency) UnmarshalText(text []byte) error {
	return urgencyWords.Unmarshal(text, (*uint8)(u))
}
