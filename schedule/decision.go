package schedule

import (
	"slices"
	"time"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/internal/enum"
)

// Action is what to do now.
type Action uint8

// The actions, from the least to the most.
const (
	Nothing        Action = iota // no item is needed and no restart is pending
	Wait                         // something is, but not now
	Download                     // fetch payloads
	Offer                        // ask whoever is signed in
	RestartHost                  // restart the host, after the countdown
	InstallPatches               // install
)

var actionWords = enum.Words{Kind: "schedule: action", Words: []string{"nothing", "wait", "download", "offer", "restart", "install"}}

// String returns nothing, wait, download, offer, restart or install.
func (a Action) String() string { return actionWords.Word(uint8(a)) }

// MarshalText returns the word that String returns.
func (a Action) MarshalText() ([]byte, error) { return actionWords.Marshal(uint8(a)) }

// UnmarshalText accepts exactly the words that String returns.
func (a *Action) UnmarshalText(text []byte) error {
	return actionWords.Unmarshal(text, (*uint8)(a))
}

// Decision is the answer to "what now, why, and when does that change".
type Decision struct {
	// Action is the greatest of the verdicts' actions. Others may be done beside
	// it: a download while an offer stands.
	Action Action `json:"action"`
	// Verdicts has one entry an item, in the order of the items, and a last one
	// with an empty patch for a restart that is pending.
	Verdicts []Verdict `json:"verdicts,omitempty"`
	// Choices are what the user may choose while Action, or a verdict, is Offer.
	Choices []Choice `json:"choices,omitempty"`
	// Countdown is the notice to give before a restart with somebody signed in.
	Countdown Limit `json:"countdown,omitzero"`
	// Reasons are those of all verdicts in their order, each once: first what
	// holds things up, or what permits them.
	Reasons []fettle.Reason `json:"reasons,omitempty"`
	// Next is the earliest instant after now, in UTC, at which the answer can
	// change by time alone. Zero: time alone never changes it.
	Next time.Time `json:"next,omitzero"`
	// Unblock are the things other than time that would change it, as codes with
	// arguments; see the Unblock codes.
	Unblock []fettle.Reason `json:"unblock,omitempty"`
	// Ledger is what to remember. It is the one that was given, unless something
	// was offered or met for the first time.
	Ledger Ledger `json:"ledger,omitzero"`
	// ZoneRules is Policy.ZoneRules, for the record.
	ZoneRules string `json:"zoneRules,omitempty"`
}

// Verdict is the answer for one item.
type Verdict struct {
	Patch   fettle.PatchID  `json:"patch,omitempty"` // empty: the restart
	Action  Action          `json:"action"`
	Rule    string          `json:"rule,omitempty"` // that selected the item, or the name of the restart rule
	Soft    time.Time       `json:"soft,omitzero"`  // the soft deadline; the hard one where the rule has none
	Hard    time.Time       `json:"hard,omitzero"`  // the hard deadline as it binds this host; zero: none
	Reasons []fettle.Reason `json:"reasons,omitempty"`
}

// Of returns the patches whose verdict is that action, in the order of the
// items.
func (d *Decision) Of(a Action) []fettle.PatchID {
	var out []fettle.PatchID
	for _, v := range d.Verdicts {
		if v.Action == a && v.Patch != "" {
			out = append(out, v.Patch)
		}
	}
	return out
}

// Codes of the reasons that hold things up. Arguments are in brackets.
const (
	ReasonClock        = "clock-untrusted"    // the clock cannot be trusted [ledger: the clock is behind what was remembered]
	ReasonHostFreeze   = "host-frozen"        // [freeze, owner, reason]
	ReasonNoRule       = "no-rule"            // no rule of the policy selects the item
	ReasonHalted       = "halted"             // its rollout is halted
	ReasonRing         = "ring-not-open"      // [known: no, unknown]
	ReasonGrant        = "no-grant"           // [known: no, unknown]
	ReasonGrantOver    = "grant-expired"      // StartBy has passed
	ReasonReplaced     = "replaced"           // a newer item does its work [by]
	ReasonDelay        = "delayed"            // released too recently
	ReasonCycle        = "waits-for-cycle"    // [cycle] or [cycle, event]
	ReasonFreeze       = "frozen"             // [freeze, owner, reason, blocks]
	ReasonRestartFirst = "restart-first"      // a restart must come before anything else
	ReasonOutside      = "outside-window"     // no window that counts now is open [opens: its name]
	ReasonEvent        = "waits-for-event"    // [window, event] a window that an event opens
	ReasonNoWindow     = "no-window"          // the rule has none that counts, now or ever
	ReasonTooLate      = "does-not-fit"       // a window is open but too short now [window, needs, remains]
	ReasonSpread       = "spread"             // the window is open; this host's turn comes later [window]
	ReasonUserPresent  = "user-present"       // a mandatory window is open and somebody is, or may be, signed in [window, known]
	ReasonCourtesy     = "courtesy"           // [condition, known]
	ReasonSafety       = "unsafe"             // [condition, known]
	ReasonNetwork      = "network"            // the network does not permit it [network, effect]
	ReasonNetworkAsk   = "network-asks"       // the network permits it with consent only [network, effect]
	ReasonDeferred     = "deferred"           // the user put it off
	ReasonRefused      = "refused"            // the user refused this payload
	ReasonRestartMode  = "restart-never"      // patching does not restart this host [rule]
	ReasonNotForced    = "restart-not-forced" // the budget is spent, but the user is asked
)

// Codes of the reasons that permit things, or say how.
const (
	ReasonWindow    = "window-open"     // [window, kind]
	ReasonOverride  = "override"        // [override, approver, reason]
	ReasonCatchUp   = "catch-up"        // [window, mode]
	ReasonOverdue   = "deadline-passed" // the hard deadline has passed
	ReasonSoft      = "soft-deadline-passed"
	ReasonSpent     = "deferrals-spent" // the user has no deferral left
	ReasonAccepted  = "user-agreed"     // the user said now
	ReasonAsk       = "user-decides"    // somebody is, or may be, signed in and has a say
	ReasonInstalled = "restart-pending" // on disk, in force after the restart
	ReasonBudget    = "restart-overdue" // the restart has been pending longer than its budget
)

// Codes of Decision.Unblock.
const (
	UnblockClock      = "trust-clock"      // set the clock by a trusted source
	UnblockHostFreeze = "end-host-freeze"  // [freeze, owner]
	UnblockRule       = "add-rule"         // add a rule, or widen one
	UnblockHalt       = "end-halt"         // resume the rollout
	UnblockRing       = "open-ring"        // open the host's ring
	UnblockGrant      = "issue-grant"      // issue a grant
	UnblockEvent      = "raise-event"      // [event]
	UnblockFreeze     = "end-freeze"       // [freeze, owner]
	UnblockOverride   = "approve-override" // approve an override for the item [effect]
	UnblockWindow     = "add-window"       // [rule]
	UnblockUser       = "user-leaves"      // nobody is signed in, and that is known
	UnblockConsent    = "user-agrees"      // the user says now
	UnblockCondition  = "meet-condition"   // [condition]
	UnblockNetwork    = "change-network"   // [network]
	UnblockRestart    = "restart"          // restart the host
)

// instants gathers the instants at which comparisons with now turn out
// differently. Every look at the time goes through it, so the earliest of them
// is the first at which anything can be different.
type instants struct {
	now, next time.Time
}

// reached reports whether t has been reached; never if t is zero.
func (c *instants) reached(t time.Time) bool {
	if t.IsZero() {
		return false
	}
	if !t.After(c.now) {
		return true
	}
	c.ahead(t)
	return false
}

// ahead notes an instant at which the answer may change.
func (c *instants) ahead(t time.Time) {
	if t.After(c.now) && t.Before(Forever()) && (c.next.IsZero() || t.Before(c.next)) {
		c.next = t
	}
}

// in reports whether now lies in a span.
func (c *instants) in(s Span) bool {
	return (s.Start.IsZero() || c.reached(s.Start)) && !c.reached(s.End)
}

// addOnce appends a reason unless an equal one is there.
func addOnce(list []fettle.Reason, r fettle.Reason) []fettle.Reason {
	for i := range list {
		if sameReason(list[i], r) {
			return list
		}
	}
	return append(list, r)
}

func sameReason(a, b fettle.Reason) bool {
	if a.Code != b.Code || !a.Until.Equal(b.Until) || len(a.Args) != len(b.Args) {
		return false
	}
	for k, v := range a.Args {
		if w, ok := b.Args[k]; !ok || w != v {
			return false
		}
	}
	return true
}

// because makes a reason from pairs of argument names and values.
func because(code string, until time.Time, pairs ...string) fettle.Reason {
	r := fettle.Reason{Code: code, Until: until}
	if len(pairs) > 0 {
		r.Args = make(map[string]string, len(pairs)/2)
		for pair := range slices.Chunk(pairs, 2) {
			r.Args[pair[0]] = pair[1]
		}
	}
	return r
}
