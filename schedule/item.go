package schedule

import (
	"bytes"
	"encoding/json"
	"time"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/internal/enum"
)

// Item is one patch that the host needs, as far as a schedule has to know it.
// Items are independent of each other: what may only go in after something
// else is left out until then.
type Item struct {
	Patch    fettle.PatchID  `json:"patch"` // required, once in a call
	Class    fettle.Class    `json:"class,omitempty"`
	Severity fettle.Severity `json:"severity,omitempty"`
	Urgency  Urgency         `json:"urgency,omitempty"`  // from triage, if it was done
	Category string          `json:"category,omitempty"` // the embedder's own word: browser, service-pack
	// Released is when the vendor published it. Zero: not known; then the time
	// counts from the first decision that saw it.
	Released time.Time `json:"released,omitzero"`
	// Replaces are the patches that are unmet on this host, whose ring was open
	// here, and that this one meets as well: the older releases of a rolling
	// product. Deadlines and budgets go by the oldest of them, so that a new
	// release resets nothing.
	Replaces []Release `json:"replaces,omitempty"`

	Stage   Stage          `json:"stage,omitempty"`
	Restart fettle.Restart `json:"restart,omitempty"` // unknown is treated as a host restart
	// InstallTime and RestartTime are estimates; text such as 10m in JSON.
	InstallTime time.Duration `json:"-"`
	RestartTime time.Duration `json:"-"`

	// Grant reports whether a grant for this host is held; without one nothing
	// starts. Granted is since when it was there to be had, even if the host was
	// away; zero: since the first decision that saw it. StartBy is the first
	// instant at which it no longer permits a start; zero: it has no end.
	Grant   fettle.Truth `json:"grant,omitempty"`
	Granted time.Time    `json:"granted,omitzero"`
	StartBy time.Time    `json:"startBy,omitzero"`
	// Ring reports whether the ring of this host is open for the item.
	Ring fettle.Truth `json:"ring,omitempty"`
	// Halted: its rollout is halted.
	Halted bool `json:"halted,omitempty"`
}

// Release is a patch and when it was published.
type Release struct {
	Patch    fettle.PatchID `json:"patch"`
	Released time.Time      `json:"released,omitzero"`
}

// Stage is how far an item has come on the host.
type Stage uint8

// The stages.
const (
	StageNeeded         Stage = iota // not downloaded
	StageDownloaded                  // the payload is here and verified, or needs no download
	StagePendingRestart              // on disk, not in force before a restart
)

var stageWords = enum.Words{Kind: "schedule: stage", Words: []string{"needed", "downloaded", "pending-restart"}}

// String returns needed, downloaded or pending-restart.
func (s Stage) String() string { return stageWords.Word(uint8(s)) }

// MarshalText returns the word that String returns.
func (s Stage) MarshalText() ([]byte, error) { return stageWords.Marshal(uint8(s)) }

// UnmarshalText accepts exactly the words that String returns.
func (s *Stage) UnmarshalText(text []byte) error {
	return stageWords.Unmarshal(text, (*uint8)(s))
}

// itemJSON is an Item with its lengths as text.
type itemJSON struct {
	plainItem
	InstallTime Limit `json:"installTime,omitzero"`
	RestartTime Limit `json:"restartTime,omitzero"`
}

type plainItem Item

// MarshalJSON writes the lengths as text.
func (it Item) MarshalJSON() ([]byte, error) {
	return json.Marshal(itemJSON{plainItem(it), LimitOf(it.InstallTime), LimitOf(it.RestartTime)})
}

// UnmarshalJSON reads the form that MarshalJSON writes. A field that it does not
// know is an error: a mistyped grant would pass for none.
func (it *Item) UnmarshalJSON(data []byte) error {
	var form itemJSON
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&form); err != nil {
		return err
	}
	*it = Item(form.plainItem)
	it.InstallTime, it.RestartTime = form.InstallTime.d, form.RestartTime.d
	return nil
}

// The names of conditions that fettle's own agent reports in State.Conditions,
// where it can tell. Yes is the state in which patching disturbs least. A policy
// and an agent may use others.
const (
	ConditionIdle          = "idle"           // nobody has used the host for a while
	ConditionLocked        = "locked"         // the screen is locked
	ConditionNotInCall     = "not-in-call"    // no microphone or camera is in use
	ConditionNotPresenting = "not-presenting" // no full-screen presentation
	ConditionUnmetered     = "unmetered"      // the network is not metered
	ConditionDiskFree      = "disk-free"      // there is room for the payload and its installation
	ConditionOnAC          = "on-ac"          // on mains power
	ConditionManagerFree   = "manager-free"   // no other program holds the package manager
)

// State is the host as it is at the moment of a decision. What is not known is
// left out: an unknown clock opens no window, an unknown user is taken to be
// there, an unknown condition does not hold.
type State struct {
	// Clock reports whether the host's clock can be trusted.
	Clock fettle.Truth `json:"clock,omitempty"`
	// User reports whether anybody is signed in.
	User fettle.Truth `json:"user,omitempty"`
	// Network is the name of the kind of network that the host is on, as the
	// policy names networks: lan, vpn, metered, offline. Empty: not known.
	Network string `json:"network,omitempty"`
	// Conditions are states of the host by name; see Condition. A name that is
	// not there is unknown.
	Conditions map[string]fettle.Truth `json:"conditions,omitempty"`
	// Events are the last instants at which things happened: logon, shutdown,
	// boot and network-change open windows; other names start cycles.
	Events map[string]time.Time `json:"events,omitempty"`
	// Online is since when the host is up and reachable without a break. Zero:
	// not known.
	Online time.Time `json:"online,omitzero"`
	// Frozen is a host freeze that the agent itself knows of; empty: none.
	Frozen string `json:"frozen,omitempty"`
	// Restart is the evidence of a pending restart.
	Restart RestartState `json:"restart,omitzero"`
}

// RestartState is what is known of a pending restart, apart from the items that
// wait for one.
type RestartState struct {
	Pending fettle.Truth `json:"pending,omitempty"`
	Since   time.Time    `json:"since,omitzero"` // zero: since the first decision that saw it
	// BeforeNext: nothing else may be installed before it.
	BeforeNext bool `json:"beforeNext,omitempty"`
	// Installed: something was installed since the host was last started.
	Installed bool `json:"installed,omitempty"`
}
