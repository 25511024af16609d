package rollout

import "github.com/fettle-dev/fettle/rollout/internal/gatestat"

// Codes of what gates say. Arguments are named in the comment.
const (
	// ReasonPassedEarly: the hosts that started have shown enough before the ring
	// ended: failed of started, at most bound for this limit.
	ReasonPassedEarly = gatestat.ReasonPassedEarly
	// ReasonPassedAtEnd: the same, when the ring ended.
	ReasonPassedAtEnd = gatestat.ReasonPassedAtEnd
	// ReasonGateHalted: failed of started, at least bound: the true rate is above
	// limit. among says that these are the late-comers.
	ReasonGateHalted = gatestat.ReasonHalted
	// ReasonHaltedInStratum: the same among the hosts whose dimension is stratum.
	ReasonHaltedInStratum = gatestat.ReasonHaltedIn
	// ReasonNeedsResults: need hosts without a further failure pass it; the ring
	// has that many, and their results are awaited.
	ReasonNeedsResults = gatestat.ReasonWaiting
	// ReasonNeedsHosts: need hosts would have to succeed; the ring has have.
	ReasonNeedsHosts = gatestat.ReasonTooSmall

	ReasonRawPassed  = "gate-raw-passed"  // failed, started, limit
	ReasonRawHalted  = "gate-raw-halted"  // failed, started, limit, among
	ReasonRawWaiting = "gate-raw-waiting" // failed, started, limit, open: hosts that may still start

	ReasonReachPassed  = "gate-reach-passed"  // failed, started: granted hosts, limit
	ReasonReachHalted  = "gate-reach-halted"  // failed, started, limit
	ReasonReachLater   = "gate-reach-later"   // failed, started, limit: the ring had passed before
	ReasonReachWaiting = "gate-reach-waiting" // failed, started, limit, open

	ReasonRingGoesOn = "ring-goes-on" // open: of members that have no outcome yet
	ReasonRingEnded  = "ring-ended"   // every member has an outcome, or the ring closed
	// ReasonRingEmpty: the ring has members, none of them started, and none will.
	ReasonRingEmpty    = "ring-empty"
	ReasonObserved     = "gate-observed"     // nothing is installed, so there is nothing to judge
	ReasonWaived       = "gate-waived"       // people went on; lacked: what the gate had said
	ReasonGateUnknown  = "gate-unknown"      // the gate states nothing: it never passes
	ReasonGateUnjudged = "gate-cannot-judge" // error; it never passes

	ReasonBakeBusy    = "bake-hosts-at-work" // unresolved hosts, for
	ReasonBakeNothing = "bake-nothing-yet"   // no result yet, for
	ReasonBaking      = "baking"             // for, from
	ReasonBaked       = "baked"              // for, from
	ReasonApproved    = "approved"           // have, need, by
	ReasonApprovals   = "approvals-missing"  // have, need, by, from, expired
	ReasonSigUnknown  = "signal-never-seen"  // signal, want
	ReasonSigHalted   = "signal-halts"       // signal, value
	ReasonSigWaiting  = "signal-differs"     // signal, value, want
	ReasonSigQuiet    = "signal-not-long"    // signal, value, quiet
	ReasonSigPassed   = "signal-as-wanted"   // signal, value
	ReasonNoPermit    = "permit-missing"     // ring: the next one
	ReasonPermitted   = "permitted"          // ring
	ReasonPermitFree  = "permit-not-needed"  // there is no next ring
)

// Codes of why an approval does not count.
const (
	ReasonApproverUnnamed = "approver-unnamed"
	ReasonOwnProposal     = "approver-proposed-it"     // by
	ReasonNotApprover     = "approver-not-listed"      // by, from
	ReasonStepUpMissing   = "approval-needs-step-up"   // by
	ReasonApprovedBefore  = "approval-given-before"    // by
	ReasonApprovalIdle    = "approval-awaited-nowhere" // by, ring
)
