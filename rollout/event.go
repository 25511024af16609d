package rollout

import (
	"time"

	"github.com/fettle-dev/fettle"
)

// Event is something that was decided, with all that Apply needs: no gate,
// footprint, zone or policy is evaluated when it is applied. The kinds are
// listed in docs/rollout-events.md and are never renamed.
type Event interface {
	// Kind is the event's name in the journal.
	Kind() string
	// appendData appends the event's JSON, the same bytes on every machine.
	appendData(b []byte) []byte
	// check returns why the event does not follow from the state, nil if it does. It
	// changes nothing.
	check(s *State, e *Entry) error
	// apply takes the event in. It is called after check and does not fail.
	apply(s *State, e *Entry)
}

// RegionConfigured replaces the region's configuration. It is the first entry of
// a journal, and may come again.
type RegionConfigured struct {
	Config Config `json:"config"`
	By     string `json:"by,omitempty"`
}

// TakenOver makes Holder the region's coordinator. Epochs grow.
type TakenOver struct {
	Epoch  uint64 `json:"epoch"`
	Holder string `json:"holder"`
}

// RolloutProposed brings a rollout into the region, in the phase proposed.
type RolloutProposed struct { //nolint:revive // Proposed is a phase
	Spec   *Spec         `json:"spec"`
	Digest fettle.Digest `json:"digest"` // of the signed bytes
	By     string        `json:"by"`
	// BackoutOf is the rollout that this one takes back; empty for an ordinary one.
	BackoutOf ID `json:"backoutOf,omitempty"`
}

// RolloutApproved is one person's word that counts.
type RolloutApproved struct { //nolint:revive // as RolloutProposed
	Rollout ID            `json:"rollout"`
	Digest  fettle.Digest `json:"digest"`
	Ring    string        `json:"ring,omitempty"` // whose gate; empty: the start; backout
	By      string        `json:"by"`
	StepUp  string        `json:"stepUp,omitempty"`
}

// PhaseChanged moves a rollout to another phase.
type PhaseChanged struct {
	Rollout ID     `json:"rollout"`
	Phase   Phase  `json:"phase"`
	By      string `json:"by,omitempty"` // empty: nobody, it came of itself
	Why     string `json:"why,omitempty"`
	// Reasons are the evidence: the gate that halts, the growth that holds.
	Reasons []fettle.Reason `json:"reasons,omitempty"`
	// Base, if not 0, is the number of members that growth is measured by from here.
	Base int `json:"base,omitempty"`
	// Waived is the ring whose lack of evidence people have waived by a resume.
	Waived string `json:"waived,omitempty"`
	// Next is when a Tick is to look at the rollout again; zero: when news comes.
	Next time.Time `json:"next,omitzero"`
}

// HostsJoined brings hosts into the region, new ones and such that had left, and
// makes known ones members of more rollouts.
type HostsJoined struct {
	Hosts []JoinedHost `json:"hosts"`
}

// JoinedHost is one host as it joins.
type JoinedHost struct {
	Host      fettle.HostID  `json:"host"`
	Keys      []Key          `json:"keys,omitempty"`
	Ephemeral bool           `json:"ephemeral,omitempty"`
	Rollouts  []JoinedMember `json:"rollouts,omitempty"`
}

// JoinedMember is a host's new membership. Ring is empty if the host waits for a
// ring of a number of hosts to open. Skipped is the reason if it is in none.
type JoinedMember struct {
	Rollout  ID     `json:"rollout"`
	Eligible uint64 `json:"eligible"`
	Ring     string `json:"ring,omitempty"`
	Skipped  string `json:"skipped,omitempty"`
}

// HostsLeft takes hosts out of the region for good. What they had not finished
// ends as Removed.
type HostsLeft struct {
	Hosts []fettle.HostID `json:"hosts"`
	By    string          `json:"by,omitempty"`
	Why   string          `json:"why,omitempty"`
}

// HostsRelabelled replaces the keys of hosts. Their rings stay.
type HostsRelabelled struct {
	Hosts []RelabelledHost `json:"hosts"`
}

// RelabelledHost is one host's new keys.
type RelabelledHost struct {
	Host fettle.HostID `json:"host"`
	Keys []Key         `json:"keys,omitempty"`
}

// MembersAssigned puts members that waited into a ring. With Skipped they are in
// none, for that reason.
type MembersAssigned struct {
	Rollout ID              `json:"rollout"`
	Ring    string          `json:"ring,omitempty"`
	Skipped string          `json:"skipped,omitempty"`
	Hosts   []fettle.HostID `json:"hosts"`
}

// RingOpened lets a ring's hosts be granted. A ring of a number of hosts has
// chosen them by now and takes no others.
type RingOpened struct {
	Rollout ID     `json:"rollout"`
	Ring    string `json:"ring"`
	Hosts   int    `json:"hosts"` // members of the ring
	// Base, of the first ring, is the number of the rollout's members, by which
	// growth is measured.
	Base int `json:"base,omitempty"`
	// Next is as in PhaseChanged.
	Next time.Time `json:"next,omitzero"`
}

// GateJudged keeps what the gates of the ring that is open said when they were
// asked, with their evidence. Every look is kept, also one that decides nothing.
type GateJudged struct {
	Rollout ID           `json:"rollout"`
	Ring    string       `json:"ring,omitempty"` // empty: no ring is to be judged
	Gates   []GateStatus `json:"gates,omitempty"`
	// Next is as in PhaseChanged.
	Next time.Time `json:"next,omitzero"`
}

// RingPassed says that all gates of a ring have passed. A verdict stays, whatever
// is reported later.
type RingPassed struct {
	Rollout ID     `json:"rollout"`
	Ring    string `json:"ring"`
}

// BlockSet keeps patches from being offered: to one host, to hosts with one key,
// or, if neither is stated, to all.
type BlockSet struct {
	Name    string           `json:"name"` // unique in the region
	Rollout ID               `json:"rollout,omitempty"`
	Patches []fettle.PatchID `json:"patches"`
	Host    fettle.HostID    `json:"host,omitempty"`
	Key     *Key             `json:"key,omitempty"`
	Reason  fettle.Reason    `json:"reason"`
}

// BlockLifted takes a block off.
type BlockLifted struct {
	Name string `json:"name"`
	By   string `json:"by,omitempty"`
	Why  string `json:"why,omitempty"`
}

// GrantsIssued gives hosts an operation each: REGION/POSITION-ROW, of this entry
// and of the row, from 0. All rows have the same terms.
type GrantsIssued struct {
	Items     []GrantedItem `json:"items"` // in the order of the rollouts' start
	Epoch     uint64        `json:"epoch,omitempty"`
	Issued    time.Time     `json:"issued"`  // whole seconds
	StartBy   time.Time     `json:"startBy"` // whole seconds
	EndBy     time.Time     `json:"endBy"`   // whole seconds
	Run       Duration      `json:"run"`     // from start to silence, clock margin included
	PreIssued bool          `json:"preIssued,omitempty"`
	Backout   bool          `json:"backout,omitempty"`
	// Charges are the units that the rows speak of, by index.
	Charges []Charge     `json:"charges,omitempty"`
	Rows    []GrantedRow `json:"rows"`
}

// GrantedItem is what the grants permit of one rollout: those of its patches.
type GrantedItem struct {
	Rollout ID               `json:"rollout"`
	Patches []fettle.PatchID `json:"patches"`
}

// GrantedRow is one host's grant.
type GrantedRow struct {
	Host    fettle.HostID `json:"host"`
	Boot    string        `json:"boot,omitempty"`    // if it is another than the last that the host was seen with
	Charges []int         `json:"charges,omitempty"` // indices into GrantsIssued.Charges

	at hostIndex // where Decide found it; checked again. noHost: not looked for yet
}

// GrantsLapsed ends operations that were not accepted in time, or that people or
// a halt withdrew before they were accepted. Their hosts are Pending again and
// the units go back.
type GrantsLapsed struct {
	Reason string          `json:"reason"`
	Hosts  []fettle.HostID `json:"hosts"`
}

// OutcomesRecorded says how far hosts are with one rollout.
type OutcomesRecorded struct {
	Rollout ID           `json:"rollout"`
	Rows    []OutcomeRow `json:"rows"`
}

// OutcomeRow is one host's outcome.
type OutcomeRow struct {
	Host    fettle.HostID `json:"host"`
	Outcome Outcome       `json:"outcome"`
	Class   Class         `json:"class,omitempty"`  // of Failed; patch is not written
	Reason  string        `json:"reason,omitempty"` // a code: the reporter's, or why the state moved it
	// Seq is that of the report; 0: no report said it, time did.
	Seq uint64 `json:"seq,omitempty"`
	// Boot, if it is another than the last that the host was seen with.
	Boot string `json:"boot,omitempty"`
	// Wake is when the host is tried again: whole seconds; zero: it is not.
	Wake time.Time `json:"wake,omitzero"`
	// Loose: not said about the host's present operation, but seen by a snapshot.
	Loose bool `json:"loose,omitempty"`
	// Late: said about an operation of the host that was over. Gates count it as what
	// came of that operation.
	Late bool `json:"late,omitempty"`

	at hostIndex // where Decide found it; checked again. noHost: not looked for yet
}

// HostsQuarantined keeps hosts from all grants: two machines with one identity,
// or too many failures in a row. What they have not started is withdrawn.
type HostsQuarantined struct {
	Reason string          `json:"reason"`
	Hosts  []fettle.HostID `json:"hosts"`
}

// HostsReleased takes hosts out of quarantine, with a clean slate.
type HostsReleased struct {
	Hosts []fettle.HostID `json:"hosts"`
	By    string          `json:"by,omitempty"`
	Why   string          `json:"why,omitempty"`
}

// SignalReceived is news from elsewhere.
type SignalReceived struct {
	Name    string    `json:"name"`
	Value   string    `json:"value"`
	Rollout ID        `json:"rollout,omitempty"`
	By      string    `json:"by,omitempty"`
	Outage  *Key      `json:"outage,omitempty"`
	Units   int       `json:"units,omitempty"`
	Until   time.Time `json:"until,omitzero"`
}

// OutageEnded gives back the units that an outage took, when its time is over.
type OutageEnded struct {
	Signal string `json:"signal"`
	Key    Key    `json:"key"`
}

// PermitGiven is the parent region's word that a ring may open.
type PermitGiven struct {
	Rollout ID            `json:"rollout"`
	Digest  fettle.Digest `json:"digest"`
	Ring    string        `json:"ring"`
	Units   int           `json:"units,omitempty"`
	By      string        `json:"by,omitempty"`
}

// SummaryReceived is a child region's counts, newer than the last of it.
type SummaryReceived struct {
	From    RegionID `json:"from"`
	Summary Summary  `json:"summary"`
}

// BackoutStarted says that a halted or aborted rollout is taken back by another,
// which is proposed in an entry of its own.
type BackoutStarted struct {
	Rollout ID     `json:"rollout"`
	Backout ID     `json:"backout"`
	By      string `json:"by,omitempty"` // empty: the halt did
}
