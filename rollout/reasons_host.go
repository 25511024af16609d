package rollout

// Codes of why a row of a command about hosts was not taken, or what there is to
// know beside it (see Refuses). Each has the argument host.
const (
	ReasonRepeated     = "report-repeated"        // seq: the last that was taken; nothing changed
	ReasonHostTwice    = "host-twice"             // the host stands in the command before
	ReasonHostNameless = "host-nameless"          // a host without an identity
	ReasonNoRollout    = "rollout-unknown"        // rollout
	ReasonNoMember     = "not-in-rollout"         // rollout
	ReasonRetired      = "rollout-retired"        // rollout: it was put away, and nobody is in it
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
	ReasonInForce      = "in-force"               // rollout, outcome: declined, and there already: taken as verified
	ReasonNoOp         = "no-operation"           // rollout, outcome: a step without an operation
	ReasonAskAgain     = "ask-again"              // its results are taken first; ask with the next report
	ReasonNothingDue   = "nothing-due"            // no open ring has something that the host needs
	ReasonNotNeeded    = "not-needed"             // the host needs none of its patches
	ReasonBudgetSpent  = "budget-spent"           // budget, key, units, used; by: the hosts, if they are few
	ReasonPermitSpent  = "permit-spent"           // rollout, ring, units
	ReasonNoAhead      = "no-budget-ahead"        // the region issues no grants ahead
	ReasonLapsed       = "not-accepted"           // the grant was not accepted in time
	ReasonCameBack     = "came-back"              // it had left, and joined again
	ReasonHeard        = "heard-of"               // it is there, of which nothing was heard since its grant ahead lapsed
	ReasonNotIn        = "not-in-region"          // the host is not in the region
)

// Refuses reports whether a reason that Decide gives for a row says that the row
// was not taken, rather than something to know beside it.
func Refuses(code string) bool {
	switch code {
	case ReasonRepeated, ReasonLate, ReasonInForce, ReasonAskAgain, ReasonClone, ReasonFailsAlways, ReasonNothingDue, ReasonNotNeeded,
		ReasonBudgetSpent, ReasonPermitSpent, ReasonNoAhead, ReasonHolds, ReasonStartPast, ReasonAtWork, ReasonMemberBefore,
		ReasonNotRunning, ReasonRingClosed, ReasonObserveOnly, ReasonBlocked, "":
		return false
	default:
		return true
	}
}

func rowSentence(code string) string {
	switch code {
	case ReasonRepeated:
		return "said before: report {seq} was taken already"
	case ReasonHostTwice:
		return "stands in the command twice"
	case ReasonHostNameless:
		return "a host without a name"
	case ReasonNoRollout:
		return "there is no rollout {rollout}"
	case ReasonNoMember:
		return "is not in rollout {rollout}"
	case ReasonRetired:
		return "rollout {rollout} is retired"
	case ReasonMemberBefore:
		return "is in rollout {rollout} already"
	case ReasonClone:
		return "two machines speak with this identity: two boot ids alternate"
	case ReasonFailsAlways:
		return "failed too often in a row[: {failures} {failures|times}]"
	case ReasonOpUnknown:
		return "the operation {op} was never issued to this host for {rollout}"
	case ReasonOpOver:
		return "the operation {op} is over for {rollout}"
	case ReasonOpWithdrawn:
		return "the operation {op} must not start: {rollout} does not go on"
	case ReasonOrder:
		return "says {outcome} of {rollout} and is {is}"
	case ReasonNotReported:
		return "hosts do not report {outcome} of {rollout}"
	case ReasonUnproven:
		return "is no success of {rollout}: installed and in force are not both shown[ for {patch}]"
	case ReasonLate:
		return "{outcome} of {rollout} is taken, though its operation was over"
	case ReasonInForce:
		return "says {outcome} of {rollout}, and has it in force: it counts as verified"
	case ReasonNoOp:
		return "says {outcome} of {rollout} without an operation that it holds"
	default:
		return askSentence(code)
	}
}

func askSentence(code string) string {
	switch code {
	case ReasonAskAgain:
		return "its results are taken first; it may ask again"
	case ReasonNothingDue:
		return "no open ring has a patch for it that it needs"
	case ReasonNotNeeded:
		return "needs none of the patches"
	case ReasonBudgetSpent:
		return "budget {budget}[ of {key}][ for {rollout}] is spent: {used} of {units} {used|are} taken[, by {by}]"
	case ReasonPermitSpent:
		return "the permit for ring {ring} of {rollout} lets {units} {units|hosts} be under way"
	case ReasonNoAhead:
		return "the region has no budget for grants ahead"
	case ReasonLapsed:
		return "the grant was not taken up in time"
	case ReasonCameBack:
		return "is back in the region"
	case ReasonHeard:
		return "is there, and has nothing new to say"
	case ReasonNotIn:
		return "is not in the region"
	default:
		return ""
	}
}
