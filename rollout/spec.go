package rollout

import (
	"time"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/applicability"
)

// ID names one rollout within its region, for good: an ID is never used again.
type ID string

// Spec says what goes to which hosts, in which order, and when to stop. It is
// what people sign: every part of it is fixed from the moment of approval, and
// what is not written here (windows, freezes, users' deferrals) is the hosts'
// policy and can only delay.
type Spec struct {
	ID    ID     `json:"id"`
	Title string `json:"title,omitempty"`
	// Patches are what a host gets, those of them that it needs, in one grant.
	Patches []PatchRef `json:"patches"`
	// Catalog is the catalogue that says what the patches are.
	Catalog CatalogRef `json:"catalog"`
	// Target says which hosts it is for, beside needing one of the patches.
	Target applicability.Footprint `json:"target"`
	// Rings are opened one after the other. A host is in one of them.
	Rings []Ring `json:"rings"`
	// Budgets are the region's, by name; a rollout may narrow them, never widen.
	// The region's budgets bind whether or not they are named here.
	Budgets []BudgetRef `json:"budgets,omitempty"`
	// Backout is what is done after a halt. Nil: the rollout stops and people decide.
	Backout *Backout `json:"backout,omitempty"`
	// Approval is who must agree before the first ring opens.
	Approval Approval `json:"approval"`
	Lane     Lane     `json:"lane,omitempty"`
	Mode     Mode     `json:"mode"`
	// Silence is how long a host that has started may say nothing before it counts
	// as failed (Unknown).
	Silence Duration `json:"silence"`
	// Grant is how long a grant may wait for its start: StartBy is that much after
	// the grant was issued. A host that is away keeps its place, not its grant.
	Grant Duration `json:"grant"`
	// Run is the longest time from start to outcome, restarts included, that the
	// budgets allow for.
	Run Duration `json:"run"`
	// Retry says what is tried again. The zero value tries nothing again.
	Retry Retry `json:"retry,omitzero"`
	// Growth holds the rollout when its members become more than this share above
	// those at the opening of the first ring. Zero: 20 %.
	Growth Share `json:"growth,omitzero"`
	// Coverage are what the first ring should hold a sample of, as label keys or
	// stratum dimensions: "os", "model", "label.app".
	Coverage []string `json:"coverage,omitempty"`
	// Strata are the dimensions in which a halt is looked for beside the whole
	// ring: "model", "os", "site". A host names its value in each when it joins.
	Strata []string `json:"strata,omitempty"`
	// Salt makes the choice of hosts differ from rollout to rollout. It is drawn
	// by whoever writes the spec and fixed by the signature.
	Salt string `json:"salt"`
	// Replaces are rollouts that this one overtakes: a host gets this one in place
	// of the older one once its ring is open here.
	Replaces []ID `json:"replaces,omitempty"`
	// NotAfter ends it: nothing is granted from that instant on. Zero: never.
	NotAfter time.Time `json:"notAfter,omitzero"`
}

// PatchRef is a patch with the digests of what may be installed for it, so that
// nobody can put something else in its place.
type PatchRef struct {
	ID fettle.PatchID `json:"id"`
	// Payloads are those of the patch as the catalogue states them, every variant
	// of it; a host takes those that are for it. None: nothing is fetched for the
	// patch (a removal, a setting), and what is done rests on the catalogue's digest.
	Payloads []fettle.Digest `json:"payloads,omitempty"`
}

// CatalogRef is one published catalogue.
type CatalogRef struct {
	Revision uint64        `json:"revision"`
	Digest   fettle.Digest `json:"digest"`
}

// Ring is a part of the hosts that is served together. Exactly one of Share,
// Count and Rest says how many. A ring of nothing but its pins has their number
// as Count.
type Ring struct {
	Name string `json:"name"`
	// Eligible says who may be in it: "not label.role = trading". Zero: everyone.
	Eligible applicability.Footprint `json:"eligible,omitzero"`
	// Pins are hosts that are in this ring whatever their hash. They come first and
	// count in Count; beside a Share they are in addition to it.
	Pins []fettle.HostID `json:"pins,omitempty"`
	// Share is the part of the hash range that falls into this ring. Shares of all
	// rings, without the rest, sum to at most 100 %.
	Share Share `json:"share,omitzero"`
	// Count is how many hosts: those with the smallest hashes, when the ring opens.
	Count int `json:"count,omitempty"`
	// Rest takes everyone who is in no other ring. Only the last ring may.
	Rest bool `json:"rest,omitempty"`
	// NotBefore is the earliest instant at which the ring opens. Zero: at once.
	NotBefore time.Time `json:"notBefore,omitzero"`
	// Close ends the waiting for hosts that have not started: so long after its
	// opening the ring counts as ended and is judged by those that did start. Hosts
	// that come later are served under later rings' limits. Zero: the ring ends
	// when all its members have an outcome.
	Close Duration `json:"close,omitzero"`
	// Gates all pass before the next ring opens; any of them halts. After the last
	// ring they decide whether the rollout is done.
	Gates []Gate `json:"gates,omitempty"`
}

// Gate is one judgement, as data. Exactly one field is set.
type Gate struct {
	Rate     *RateGate   `json:"rate,omitempty"`
	Raw      *RawGate    `json:"raw,omitempty"`
	Reach    *RawGate    `json:"reach,omitempty"`
	Bake     *BakeGate   `json:"bake,omitempty"`
	Approval *Approval   `json:"approval,omitempty"`
	Signal   *SignalGate `json:"signal,omitempty"`
	Permit   *PermitGate `json:"permit,omitempty"`
}

// RateGate passes when the ring has shown that the true rate of safety failures
// is below Limit, and halts when the ring or a stratum has shown that it is
// above. See docs/gates.md for what the errors mean.
type RateGate struct {
	Limit     Share `json:"limit"`
	PassError Share `json:"passError,omitzero"` // zero: 5 %
	HaltError Share `json:"haltError,omitzero"` // zero: 5 %
	// Pool counts, for passing only, the hosts of earlier rings of this rollout,
	// which got the same payload.
	Pool bool `json:"pool,omitempty"`
}

// RawGate compares failures as they stand, in exact integers. For Gate.Raw they
// are safety failures of hosts that started, for Gate.Reach the reach failures
// of hosts that were granted. Exactly one of Share and Count is set; both are
// what still passes, inclusive. Count is a pointer because "none" is a limit.
type RawGate struct {
	Share Share `json:"share,omitzero"`
	Count *int  `json:"count,omitempty"`
	// Min is the fewest hosts of which a share halts. Zero: 1.
	Min int `json:"min,omitempty"`
}

// BakeGate waits: For after the last outcome of the ring's hosts that counts.
type BakeGate struct {
	For Duration `json:"for"`
}

// Approval is Need distinct people of From, or of anyone that the shell's
// Authorizer lets approve if From is empty. Approvals are bound to the spec's
// digest; whoever proposed it does not count. A rollout that acts needs one
// person at least, so that a forgotten field starts nothing.
type Approval struct {
	Need int      `json:"need"`
	From []string `json:"from,omitempty"`
	// Expires is how long an approval holds before it has been used. Zero: 7 days.
	Expires Duration `json:"expires,omitzero"`
	// StepUp demands the evidence of a second factor with each approval.
	StepUp bool `json:"stepUp,omitempty"`
}

// SignalGate waits for news from elsewhere: a ticket, health, issue reports.
// It passes once the signal's value has been Want, without a break, for Quiet;
// it halts when the value is Halt.
type SignalGate struct {
	Name  string   `json:"name"`
	Want  string   `json:"want"`
	Halt  string   `json:"halt,omitempty"`
	Quiet Duration `json:"quiet,omitzero"`
}

// PermitGate waits for the parent region's permit to open the next ring.
type PermitGate struct{}

// BudgetRef names one of the region's budgets and may narrow it.
type BudgetRef struct {
	Budget string `json:"budget"`
	// Units is this rollout's own limit within the budget, for each key of it.
	// Zero: the budget's.
	Units int `json:"units,omitempty"`
}

// Backout is what is done after a halt: a ringed rollout of its own, hosts that
// were hit first, then those that have the patch and are well.
type Backout struct {
	// Patches take the rollout's patches out: a removal, the version before. A host
	// gets those that undo what it got.
	Patches []BackoutPatch `json:"patches"`
	// Required says that a spec without the means to back out is an error.
	Required bool `json:"required,omitempty"`
	// Auto starts it with the halt. Otherwise people start it, by an approval.
	Auto bool `json:"auto,omitempty"`
	// Hit is how many of the hosts that failed are the first ring. Zero: all.
	Hit int `json:"hit,omitempty"`
	// Gates are between its two rings. Empty: at most 10 % raw failures.
	Gates []Gate `json:"gates,omitempty"`
}

// BackoutPatch is a patch that takes others out. The back-out of a host is
// verified when Installed and Active of this patch hold there.
type BackoutPatch struct {
	PatchRef
	Undoes []fettle.PatchID `json:"undoes"` // of the rollout's patches
}

// Retry says, by error class, how often and how soon a failure is tried again.
type Retry struct {
	// Attempts is how often one host is tried in all, the first time included, by
	// class of error. A class that is not listed is not tried again; a class of
	// safety failures is tried again only if it is listed.
	Attempts map[Class]int `json:"attempts,omitempty"`
	// Backoff is the wait before the second attempt; it doubles from there on, up
	// to MaxBackoff, and is spread by hash over a quarter. Zero: an hour, a day.
	Backoff    Duration `json:"backoff,omitzero"`
	MaxBackoff Duration `json:"maxBackoff,omitzero"`
	// Quarantine takes a host out of this and every rollout when it has failed so
	// often in a row, over all rollouts. Zero: never.
	Quarantine int `json:"quarantine,omitempty"`
}
