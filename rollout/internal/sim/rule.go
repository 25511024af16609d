package sim

// Rule names what must hold. Each is proven live by a mutant that breaks it; a
// test holds the list of rules to that of mutants.
type Rule string

// What the state says of itself, against the bytes of the journal.
const (
	ruleChain   Rule = "the chain is intact"
	ruleTime    Rule = "time does not go back"
	ruleReplays Rule = "entries replay"
	ruleReplica Rule = "a replay is the live state"
	ruleApplies Rule = "what was decided applies"
	ruleTyped   Rule = "errors of commands are typed"
)

// What the entries say, against the model that is folded from them.
const (
	ruleApproved Rule = "starts are approved"
	ruleGates    Rule = "rings open after their gates"
	ruleMay      Rule = "grants are for hosts that may"
	ruleOpen     Rule = "grants are for open rings"
	ruleExpire   Rule = "grants expire"
	ruleBudgets  Rule = "budgets hold"
	ruleBlocked  Rule = "nothing again after its back-out"
	ruleDeadline Rule = "who is in flight has a deadline"
	ruleObserve  Rule = "observing installs nothing"
	ruleLane     Rule = "the emergency lane has two people and canaries"
	ruleGoes     Rule = "hosts that come and go end as removed"
	ruleOutages  Rule = "outages take units"
	rulePermits  Rule = "permits bound their ring"
	ruleReplaced Rule = "who is replaced has another before it"
	ruleRetired  Rule = "what is put away is over"
)

// What is said, against what is true.
const (
	ruleStart Rule = "no start without a grant"
	ruleOnce  Rule = "an operation runs once"
	ruleTrue  Rule = "verified is true"
	ruleKept  Rule = "acknowledged reports are kept"
	ruleTruth Rule = "the end is the truth"
	ruleGets  Rule = "who was replaced gets the other"
)

// What people and the shell are told.
const (
	ruleOutcomes  Rule = "outcomes agree"
	ruleExplained Rule = "everything is explained"
	ruleMoves     Rule = "next moves on"
	ruleNext      Rule = "next is known while something waits"
	ruleEnds      Rule = "everything comes to an end"
	ruleSummary   Rule = "a summary counts what there is"
	rulePooled    Rule = "what is pooled is the sum"
)

// rules returns all of them.
func rules() []Rule {
	return []Rule{
		ruleChain, ruleTime, ruleReplays, ruleReplica, ruleApplies, ruleTyped,
		ruleApproved, ruleGates, ruleMay, ruleOpen, ruleExpire, ruleBudgets, ruleBlocked, ruleDeadline,
		ruleObserve, ruleLane, ruleGoes, ruleOutages, rulePermits, ruleReplaced, ruleRetired,
		ruleStart, ruleOnce, ruleTrue, ruleKept, ruleTruth, ruleGets,
		ruleOutcomes, ruleExplained, ruleMoves, ruleNext, ruleEnds, ruleSummary, rulePooled,
	}
}
