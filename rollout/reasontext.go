package rollout

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/fettle-dev/fettle"
)

// ReasonText renders a reason in English, with {arg} in its sentence replaced. A
// code that it does not know is shown as it is, with its arguments.
func ReasonText(r fettle.Reason) string {
	text := reasonSentence(r.Code)
	if text == "" {
		words := []string{r.Code}
		for _, k := range slices.Sorted(maps.Keys(r.Args)) {
			words = append(words, k+"="+r.Args[k])
		}
		text = strings.Join(words, " ")
	}
	if r.Until.IsZero() || r.Args["says"] != "" { // what it says has its own instant
		return fillIn(text, r.Args)
	}
	until := r.Until.UTC().Format(time.RFC3339)
	if !strings.Contains(text, "{until}") {
		return fillIn(text, r.Args) + ", until " + until
	}
	return fillIn(text, withArgs(r.Args, "until", until))
}

// fillIn replaces {name}, and {name|word} by the word for so many of it: "{n}
// {n|hosts}" is "1 host". It keeps what stands in [...] only if every name in it
// is stated: "failed[ among the {among}]".
func fillIn(text string, args map[string]string) string {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(text, "[")
		b.WriteString(replaceNames(before, args))
		if !found {
			return b.String()
		}
		var part string
		part, text, _ = strings.Cut(rest, "]")
		if namesStated(part, args) {
			b.WriteString(replaceNames(part, args))
		}
	}
}

// replaceNames replaces every {name} once: what a value holds is not a name.
func replaceNames(text string, args map[string]string) string {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(text, "{")
		b.WriteString(before)
		if !found {
			return b.String()
		}
		var name string
		name, text, _ = strings.Cut(rest, "}")
		name, word, counted := strings.Cut(name, "|")
		if !counted {
			word = args[name]
		} else if args[name] == "1" {
			word = singular(word)
		}
		b.WriteString(word)
	}
}

// singular returns the word for one of what the word is for many of.
func singular(word string) string {
	switch word {
	case "are":
		return "is"
	case "have":
		return "has"
	}
	return strings.TrimSuffix(word, "s")
}

func namesStated(text string, args map[string]string) bool {
	for {
		_, rest, found := strings.Cut(text, "{")
		if !found {
			return true
		}
		var name string
		name, text, _ = strings.Cut(rest, "}")
		if name, _, _ = strings.Cut(name, "|"); args[name] == "" {
			return false
		}
	}
}

func reasonSentence(code string) string {
	for _, table := range []func(string) string{gateSentence, waitSentence, approvalSentence, courseSentence, hostSentence, endSentence, shellSentence, rowSentence} {
		if text := table(code); text != "" {
			return text
		}
	}
	return ""
}

func gateSentence(code string) string {
	switch code {
	case ReasonPassedEarly:
		return "early: {failed} of the first {started} {started|hosts} failed, at most {bound} may[ to show less than {limit}]"
	case ReasonPassedAtEnd:
		return "{failed} of {started} {started|hosts} failed, at most {bound} may[ to show less than {limit}]"
	case ReasonGateHalted:
		return "{failed} of {started}[ {among}] {started|hosts} failed, {bound} {bound|are} enough to show more than {limit}"
	case ReasonHaltedInStratum:
		return "{failed} of {started} {started|hosts} with {dimension} {stratum} failed, {bound} {bound|are} enough to show more than {limit}"
	case ReasonNeedsResults:
		return "needs {need} {need|hosts}[ to show less than {limit}], has {have}: of {started} that started {succeeded} {succeeded|are} well, {failed} failed[, {unresolved} {unresolved|are} at work]"
	case ReasonNeedsHosts:
		return "needs {need} {need|hosts}[ to show less than {limit}], has only {have}: of {started} that started {succeeded} {succeeded|are} well, {failed} failed[, {unresolved} {unresolved|are} at work]"
	case ReasonRawPassed:
		return "{failed} of {started} {started|hosts} failed, the limit is {limit}"
	case ReasonRawHalted:
		return "{failed} of {started}[ {among}] {started|hosts} failed, the limit is {limit}"
	case ReasonRawWaiting:
		return "waits for the ring's end: {failed} of {started} {started|hosts} failed so far, the limit is {limit}; {open} {open|hosts} may still start[, {unresolved} {unresolved|are} at work]"
	case ReasonReachPassed:
		return "{failed} of {started} granted {started|hosts} could not be served, the limit is {limit}"
	case ReasonReachHalted:
		return "{failed} of {started} granted {started|hosts} could not be served, the limit is {limit}"
	case ReasonReachLater:
		return "{failed} of {started} granted {started|hosts} could not be served, more than the limit of {limit}, after the ring had passed"
	case ReasonReachWaiting:
		return "waits for the ring's end: {failed} of {started} granted {started|hosts} could not be served so far, the limit is {limit}; {open} {open|hosts} may still start"
	case ReasonRingGoesOn:
		return "{open} of {members} {members|hosts} {open|have} no outcome yet"
	case ReasonRingEnded:
		return "the ring has ended"
	case ReasonRingEmpty:
		return "none of the {members} {members|hosts} of the ring[ {ring}] started[ since {since}] and none will: it shows nothing"
	case ReasonObserved:
		return "observed only: nothing is installed that could fail"
	case ReasonWaived:
		return "people went on without it: {lacked}"
	case ReasonGateUnknown:
		return "the gate asks for nothing that is known, so it never passes"
	case ReasonGateUnjudged:
		return "the gate cannot judge this, so it does not pass: {error}"
	}
	return ""
}

func waitSentence(code string) string {
	switch code {
	case ReasonBakeBusy:
		return "the bake time of {for} begins when the {unresolved} {unresolved|hosts} at work {unresolved|have} a result"
	case ReasonBakeNothing:
		return "the bake time of {for} begins with the first result"
	case ReasonBaking:
		return "bakes for {for} from {from}[ to {until}]"
	case ReasonBaked:
		return "baked for {for} from {from}"
	case ReasonSigUnknown:
		return "the signal {signal} was never seen, wanted: {want}"
	case ReasonSigHalted:
		return "the signal {signal} is {value}, which halts"
	case ReasonSigWaiting:
		return "the signal {signal} is {value}, wanted: {want}"
	case ReasonSigQuiet:
		return "the signal {signal} is {value}, and must stay so for {quiet}[, to {until}]"
	case ReasonSigPassed:
		return "the signal {signal} is {value}"
	case ReasonNoPermit:
		return "the parent region has not permitted the ring {ring}"
	case ReasonPermitted:
		return "the parent region permits the ring {ring}"
	case ReasonPermitFree:
		return "no ring follows that would need a permit"
	}
	return ""
}

func approvalSentence(code string) string {
	switch code {
	case ReasonApproved:
		return "approved by {by} ({have} of {need})"
	case ReasonApprovals:
		return "approvals: {have} of {need}[, by {by}][; expired: {expired}][; may approve: {from}]"
	case ReasonApproverUnnamed:
		return "an approval without a name counts for nothing"
	case ReasonOwnProposal:
		return "{by} proposed it and cannot approve it"
	case ReasonNotApprover:
		return "{by} is not among those who may approve: {from}"
	case ReasonStepUpMissing:
		return "the approval of {by} lacks the evidence of a second factor"
	case ReasonApprovedBefore:
		return "{by} has approved it before"
	case ReasonApprovalIdle:
		return "no approval is awaited[ for {ring}]"
	}
	return ""
}

func courseSentence(code string) string {
	switch code {
	case ReasonPhaseBy:
		return "{phase}[ by {by}][: {why}]"
	case ReasonPhaseAlready:
		return "{rollout} is {phase} already"
	case ReasonOver:
		return "the time of the rollout is over"
	case ReasonGrown:
		return "grew to {members} {members|hosts} from {base}, more than {growth} above"
	case ReasonRingFilled:
		return "the ring {ring} has hosts now"
	case ReasonProvesNothing:
		return "the ring {ring} has ended and its {gate} gate can never pass: {lacks}"
	case ReasonResumeNeeds:
		return "people may resume or abort it; approvals to resume: {have} of {need}[, by {by}][; expired: {expired}][; may approve: {from}]"
	case ReasonResumeFree:
		return "people may resume it[, as {by} agreed]"
	case ReasonNoCanaries:
		return "nobody of the ring {ring} has tried it, and an emergency goes nowhere without canaries: hosts join it, or it is aborted"
	case ReasonLiftFirst:
		return "the block {block} stands over all its hosts; it is lifted first"
	case ReasonBackoutRuns:
		return "its back-out {backout} has started"
	case ReasonBackedOut:
		return "{rollout} is taken back[ by {by}]"
	case ReasonRingNotBefore:
		return "the ring {ring} opens no earlier than[ {until}]"
	case ReasonReplacesNothing:
		return "{rollout} replaces {replaces}, which this region does not know"
	case ReasonPermittedBefore:
		return "the ring {ring} of {rollout} is permitted already"
	case ReasonSummaryOld:
		return "a summary of {region} that is as new or newer is there"
	}
	return ""
}

func hostSentence(code string) string {
	switch code {
	case ReasonHostUnknown:
		return "the region does not know {host}"
	case ReasonNotMember:
		return "no rollout is for this host"
	case ReasonQuarantined:
		return "the host is quarantined[ since {since}][: {why}]; people may release it"
	case ReasonUnheard:
		return "nothing was heard of it since its grant ahead lapsed: it keeps {units} until it reports, leaves or is released"
	case ReasonUnwell:
		return "it is not well: it keeps {units} until it is, leaves or is released"
	case ReasonNotRunning:
		return "the rollout[ {rollout}] is {phase}"
	case ReasonRingUnchosen:
		return "the rings still to open choose their hosts when they open"
	case ReasonRingClosed:
		return "its ring {ring}[ of {rollout}] is not open[; the ring {open} is]"
	case ReasonAwaits:
		return "the ring {ring} waits, {gate}: {says}"
	case ReasonBlocked:
		return "the patches are blocked here[ by {block}]"
	case ReasonReplaced:
		return "replaced[ by {by}][; {backout} took that back here, and this one does not come again: a new rollout may bring it]"
	case ReasonGivenBack:
		return "{by} does not take its place any more"
	case ReasonNoRing:
		return "no ring may have this host"
	case ReasonObserveOnly:
		return "the rollout only observes: nothing is granted"
	case ReasonJudging:
		return "the gates are being judged"
	case ReasonStartPast:
		return "the time to start under {op} is over; until {until} a start that nobody heard of may be under way"
	case ReasonHolds:
		return "holds the grant {op} and may start[ by {until}]"
	case ReasonAtWork:
		return "at work under {op}, {outcome}[; counts as silent at {until}]"
	case ReasonMayAsk:
		return "the ring is open: waits for the host to say that it is ready"
	case ReasonTriedAgain:
		return "failed ({class}, attempt {attempts}) and is tried again[ from {until}]"
	case ReasonDeferredUntil:
		return "put off[ ({reason})][ until {until}]"
	}
	return ""
}

func endSentence(code string) string {
	switch code {
	case ReasonWellDone:
		return "verified: installed and in force"
	case ReasonRefusedIt:
		return "refused[ ({reason})]"
	case ReasonFailed:
		return "failed: {class}[ ({reason})], attempt {attempts}"
	case ReasonSilent:
		return "started, and said nothing until its deadline"
	case ReasonBackedOutHere:
		return "rolled back"
	case ReasonSkippedFor:
		return "skipped[: {reason}]"
	case ReasonLeft:
		return "left the region"
	case ReasonRevoked:
		return "it was verified, and a later look at the host does not show it any more"
	}
	return ""
}

func shellSentence(code string) string {
	switch code {
	case ReasonUntrusted:
		return "the report is not sealed with the key that {host} is enrolled with"
	case ReasonUnreadable:
		return "the report says what cannot be: {problem}"
	case ReasonAway:
		return "away from the network when it could have started"
	case ReasonAwayWhenOpen:
		return "away from the network whenever a window was open"
	case ReasonTooSoon:
		return "under way when the deadline comes"
	case ReasonNoRestart:
		return "installed, and no restart fits in before the deadline"
	case ReasonUnassigned:
		return "no ring took it"
	}
	return ""
}
