package rollout

// Codes of why a rollout is where it is.
const (
	ReasonPhaseBy         = "phase-set-by"        // phase, by, why
	ReasonPhaseAlready    = "phase-already"       // rollout, phase: the command changes nothing
	ReasonOver            = "rollout-over"        // its notAfter has come
	ReasonGrown           = "rollout-grown"       // members, base, growth
	ReasonRingFilled      = "ring-filled"         // ring: the empty ring has hosts now
	ReasonProvesNothing   = "ring-proves-nothing" // ring, gate, lacks: no more evidence will come
	ReasonResumeNeeds     = "resume-needs-people" // have, need, by, from, expired
	ReasonResumeFree      = "resume-when-ready"   // nothing is missing but the resume
	ReasonLiftFirst       = "block-to-lift"       // block
	ReasonNoCanaries      = "emergency-untried"   // ring: an emergency without canaries is not resumed
	ReasonBackoutRuns     = "backout-started"     // backout
	ReasonBackedOut       = "backed-out"          // rollout, by
	ReasonRingNotBefore   = "ring-not-before"     // ring; Until is the instant
	ReasonReplacesNothing = "replaces-unknown"    // rollout, replaces
	ReasonPermittedBefore = "permitted-before"    // rollout, ring
	ReasonSummaryOld      = "summary-not-newer"   // region, epoch, at
)

// Codes of why a host waits, or what it has come to, in Explain and Offer.
const (
	ReasonHostUnknown   = "host-unknown" // host
	ReasonNotMember     = "host-in-no-rollout"
	ReasonQuarantined   = "host-quarantined"    // rule, why, since
	ReasonUnheard       = "host-unheard"        // units: what it keeps since its grant ahead lapsed
	ReasonUnwell        = "host-unwell"         // units: what it keeps until it is well
	ReasonNotRunning    = "rollout-not-running" // phase, why
	ReasonRingUnchosen  = "ring-not-chosen"     // the ring takes its hosts when it opens
	ReasonRingClosed    = "ring-not-open"       // ring, open: the ring that is judged now
	ReasonAwaits        = "ring-awaits"         // ring, gate, says: why the ring that is open has not passed
	ReasonBlocked       = "blocked"             // block
	ReasonReplaced      = "replaced"            // by; backout: what took that back here
	ReasonGivenBack     = "given-back"          // by: what had replaced it was halted or aborted
	ReasonNoRing        = "no-ring"             // no ring may have this host
	ReasonObserveOnly   = "observe-only"
	ReasonJudging       = "gates-being-judged"
	ReasonHolds         = "grant-held"       // op; Until is StartBy
	ReasonStartPast     = "grant-start-over" // op: StartBy is past; Until is when it lapses
	ReasonAtWork        = "at-work"          // op, outcome; Until is the silence deadline
	ReasonWellDone      = "verified"
	ReasonDeferredUntil = "deferred"    // reason; Until
	ReasonRefusedIt     = "refused"     // reason
	ReasonTriedAgain    = "tried-again" // class, attempts; Until
	ReasonBackedOutHere = "rolled-back"
	ReasonSkippedFor    = "skipped" // reason
	ReasonLeft          = "left-the-region"
	ReasonRevoked       = "verification-revoked" // a later snapshot does not show it any more
	ReasonMayAsk        = "may-ask"              // the ring is open: the host says when it is ready
)
