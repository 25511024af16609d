package rollout

import (
	"time"

	"github.com/fettle-dev/fettle"
)

// Phase is where a rollout is.
type Phase string

// The phases. A back-out is a rollout of its own, with phases of its own.
const (
	Proposed Phase = "proposed" // approvals are missing
	Waiting  Phase = "waiting"  // approved; the first ring's instant has not come
	Running  Phase = "running"
	Paused   Phase = "paused"
	Held     Phase = "held" // grew beyond its share; people look and resume
	Halted   Phase = "halted"
	Aborted  Phase = "aborted"
	Done     Phase = "done"    // the last ring's gates passed; late-comers are still served
	Retired  Phase = "retired" // put away: nobody is in it any more; its counts stay
)

// Progress is how far a rollout is.
type Progress struct {
	Rollout ID        `json:"rollout"`
	Title   string    `json:"title,omitempty"`
	Phase   Phase     `json:"phase"`
	Since   time.Time `json:"since"` // of the phase
	// BackoutOf is the rollout that this one takes back; empty for an ordinary one.
	BackoutOf ID             `json:"backoutOf,omitempty"`
	Hosts     int            `json:"hosts"`             // members, those that left not counted
	Waiting   int            `json:"waiting,omitempty"` // of them, that wait for a ring of a number of hosts
	Rings     []RingProgress `json:"rings"`
	// Proposer put it up at Proposed. Approvals are who agreed since, and to what, in
	// the order of the journal; those to a resume that has taken place are in the
	// journal alone.
	Proposer  string     `json:"proposer"`
	Proposed  time.Time  `json:"proposed"`
	Approvals []Approved `json:"approvals,omitempty"`
	// Reasons say why it is where it is, and what would take it on.
	Reasons []fettle.Reason `json:"reasons,omitempty"`
}

// Approved is one person's word for the digest of a spec, as the journal keeps it.
type Approved struct {
	// For is what it was given for: a ring's name, "resume" or "backout"; empty: the
	// start.
	For    string    `json:"for,omitempty"`
	By     string    `json:"by"`
	StepUp string    `json:"stepUp,omitempty"` // evidence of the second factor
	At     time.Time `json:"at"`
}

// RingProgress is how far a ring is.
type RingProgress struct {
	Ring   string         `json:"ring"`
	Hosts  int            `json:"hosts"` // members assigned
	Opened time.Time      `json:"opened,omitzero"`
	Passed time.Time      `json:"passed,omitzero"`
	Counts map[string]int `json:"counts"` // by outcome's word
	// Gates are stated for the ring that opened last.
	Gates   []GateStatus `json:"gates,omitempty"`
	Started int          `json:"started"`          // hosts that count in the gates
	Failed  int          `json:"failed,omitempty"` // of them, with a failure that counts against the patch
	Waived  bool         `json:"waived,omitempty"` // people went on without its evidence
}

// GateStatus is what a gate says now.
type GateStatus struct {
	Gate    string          `json:"gate"`    // rate, raw, reach, bake, approval, signal, permit
	Verdict string          `json:"verdict"` // passed, inconclusive, halted
	Reasons []fettle.Reason `json:"reasons"` // evidence, and what is missing
}

// Explanation says where one host is with every rollout and why not further.
type Explanation struct {
	Host        fettle.HostID     `json:"host"`
	Known       bool              `json:"known"`
	Quarantined bool              `json:"quarantined,omitempty"`
	Reasons     []fettle.Reason   `json:"reasons,omitempty"`
	Rollouts    []HostExplanation `json:"rollouts,omitempty"`
}

// HostExplanation is a host's standing in one rollout.
type HostExplanation struct {
	Rollout ID      `json:"rollout"`
	Ring    string  `json:"ring,omitempty"`
	Outcome Outcome `json:"outcome"`
	Op      Op      `json:"op,omitempty"`
	// Reasons say why it is not further, the first the one that binds now.
	Reasons []fettle.Reason `json:"reasons,omitempty"`
	// Next is the earliest instant at which time alone can change that. Zero: it cannot.
	Next time.Time `json:"next,omitzero"`
}

// Summary is what a region tells its parent: counts that add up over regions.
type Summary struct {
	Region   RegionID         `json:"region"`
	Epoch    uint64           `json:"epoch"`
	At       Position         `json:"at"` // the journal's position that it sums up
	Rollouts []RolloutSummary `json:"rollouts"`
}

// RolloutSummary is one rollout's counts. Specs with one digest are one rollout
// over all regions.
type RolloutSummary struct { //nolint:revive // beside Summary, the region's
	Rollout ID            `json:"rollout"`
	Spec    fettle.Digest `json:"spec"`
	Phase   Phase         `json:"phase"`
	Rings   []RingSummary `json:"rings"`
}

// RingSummary is one ring's counts.
type RingSummary struct {
	Ring   string         `json:"ring"`
	Hosts  int            `json:"hosts"`
	Open   bool           `json:"open"`
	Passed bool           `json:"passed"`
	Counts map[string]int `json:"counts"`
}
