package rollout

// Codes of why a row of a command about hosts was not taken, or what there is to
// know beside it (see Refuses). Each has the argument host.
const (
	ReasonRepeated     = "report-repeated"        // seq: the last that was taken; nothing changed
	ReasonHostTwice    = "host-twice"             // the host stands in the command before
	ReasonHostNameless = "host-nameless"          // a host without an identity
	ReasonNoRollout    = "rollout-unknown"        // rollout
	ReasonNoMember     = "not-in-rollout"         // rollout
	ReasonMemberBefore = "member-before"          // rollout: it is one already
	ReasonClone        = "two-machines"           // two boot ids alternate: one identity, two machines
	ReasonFailsAlways  = "fails-again-and-again"  // failures
	ReasonOpUnknown    = "operation-unknown"      // rollout, op: never issued to this host
	ReasonOpOver       = "operation-over"         // rollout, op: it lapsed, was withdrawn or has ended
	ReasonOpWithdrawn  = "operation-withdrawn"    // rollout, op: its rollout does not go on
	ReasonOrder        = "out-of-order"           // rollout, outcome, is: an earlier step than is known
	ReasonNotReported  = "outcome-not-reportable" // rollout, outcome: hosts do not say that
	ReasonUnproven     = "not-proven"             // rollout, patch: Installed and Active do not both hold
	ReasonLate         = "result-late"            // rollout, outcome: taken, after the operation was over
	ReasonNoOp         = "no-operation"           // rollout, outcome: a step without an operation
	ReasonAskAgain     = "ask-again"              // its results are taken first; ask with the next report
	ReasonNothingDue   = "nothing-due"            // no open ring has something that the host needs
	ReasonNotNeeded    = "not-needed"             // the host needs none of its patches
	ReasonBudgetSpent  = "budget-spent"           // budget, key, units, used
	ReasonPermitSpent  = "permit-spent"           // rollout, ring, units
	ReasonNoAhead      = "no-budget-ahead"        // the region issues no grants ahead
	ReasonLapsed       = "not-accepted"           // the grant was not accepted in time
	ReasonCameBack     = "came-back"              // it had left, and joined again
	ReasonNotIn        = "not-in-region"          // the host is not in the region
)

// Refuses reports whether a reason that Decide gives for a row says that the row
// was not taken, rather than something to know beside it.
func Refuses(code string) bool {
	switch code {
	case ReasonRepeated, ReasonLate, ReasonAskAgain, ReasonClone, ReasonFailsAlways, ReasonNothingDue, ReasonNotNeeded,
		ReasonBudgetSpent, ReasonPermitSpent, ReasonNoAhead, ReasonHolds, ReasonAtWork, ReasonMemberBefore, "":
		return false
	default:
		return true
	}
}
