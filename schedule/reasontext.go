package schedule

import (
	"maps"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle"
)

// ReasonText renders a reason, or something that would unblock, in English, with
// {arg} in a sentence replaced. A code that it does not know is shown as it is,
// with its arguments.
func ReasonText(r fettle.Reason) string {
	text := sentence(r.Code)
	if r.Code == ReasonClock && r.Args["ledger"] != "" {
		text = "the clock is behind {ledger}, which has been"
	}
	if r.Code == ReasonCycle && r.Args["event"] != "" {
		text = "waits until the event {event} takes up the cycle {cycle}"
	}
	if r.Code == ReasonHostFreeze && r.Args["freeze"] == "" {
		text = "the host is frozen: {reason}"
	}
	if r.Code == UnblockHostFreeze && r.Args["freeze"] == "" {
		text = "ending the host freeze"
	}
	if text == "" {
		words := []string{r.Code}
		for _, k := range slices.Sorted(maps.Keys(r.Args)) {
			words = append(words, k+"="+r.Args[k])
		}
		text = strings.Join(words, " ")
	}
	for k, v := range r.Args {
		text = strings.ReplaceAll(text, "{"+k+"}", v)
	}
	if !r.Until.IsZero() {
		text += ", until " + instantText(r.Until)
	}
	return text
}

func sentence(code string) string { //nolint:gocyclo // a table
	switch code {
	case ReasonClock:
		return "the clock cannot be trusted (trusted: {known})"
	case ReasonHostFreeze:
		return "the host is frozen by {freeze} ({owner}): {reason}"
	case ReasonNoRule:
		return "no rule of the policy selects it"
	case ReasonHalted:
		return "its rollout is halted"
	case ReasonRing:
		return "the ring of this host is not open (open: {known})"
	case ReasonGrant:
		return "no grant is held (held: {known})"
	case ReasonGrantOver:
		return "the grant ended at {startBy}"
	case ReasonReplaced:
		return "{by} does its work"
	case ReasonDelay:
		return "released too recently"
	case ReasonCycle:
		return "waits for the cycle {cycle}"
	case ReasonFreeze:
		return "the freeze {freeze} ({owner}: {reason}) forbids to {blocks}"
	case ReasonRestartFirst:
		return "a restart must come first"
	case ReasonOutside:
		return "no window is open; {opens} is the next"
	case ReasonEvent:
		return "the window {window} opens at {event}"
	case ReasonNoWindow:
		return "no window ever lets it in"
	case ReasonTooLate:
		return "the window {window} leaves too little time: {needs} needed"
	case ReasonSpread:
		return "the window {window} is open, but it is not this host's turn"
	case ReasonUserPresent:
		return "the window {window} is open to hosts without a user (signed in: {known})"
	case ReasonCourtesy:
		return "the condition {condition} is {known}"
	case ReasonSafety:
		return "the safety condition {condition} is {known}"
	case ReasonNetwork:
		return "the network \"{network}\" does not permit to {effect}"
	case ReasonNetworkAsk:
		return "on the network \"{network}\" the user must agree to {effect}"
	case ReasonDeferred:
		return "the user put it off"
	case ReasonRefused:
		return "the user refused it"
	case ReasonRestartMode:
		return "the restart rule {rule} leaves restarts to others"
	case ReasonNotForced:
		return "the restart is overdue, but not forced"
	default:
		return sentenceMore(code)
	}
}

func sentenceMore(code string) string {
	switch code {
	case ReasonWindow:
		return "the {kind} window {window} is open"
	case ReasonOverride:
		return "the override {override}, approved by {approver}: {reason}"
	case ReasonCatchUp:
		return "makes up for the missed window {window} ({mode})"
	case ReasonOverdue:
		return "the deadline {deadline} has passed"
	case ReasonSoft:
		return "the soft deadline {deadline} has passed"
	case ReasonSpent:
		return "no deferral is left"
	case ReasonAccepted:
		return "the user said now"
	case ReasonAsk:
		return "the user decides (signed in: {user})"
	case ReasonInstalled:
		return "a restart is pending"
	case ReasonBudget:
		return "the restart was due by {deadline}"
	case UnblockClock:
		return "setting the clock by a trusted source"
	case UnblockHostFreeze:
		return "{owner} ending the host freeze {freeze}"
	case UnblockRule:
		return "a rule that selects it"
	case UnblockHalt:
		return "resuming the rollout"
	case UnblockRing:
		return "opening the ring of this host"
	case UnblockGrant:
		return "a grant"
	case UnblockEvent:
		return "the event {event}"
	case UnblockFreeze:
		return "{owner} ending the freeze {freeze}"
	case UnblockOverride:
		return "an approved override"
	case UnblockWindow:
		return "a window for its rule"
	case UnblockUser:
		return "the user signing out"
	case UnblockConsent:
		return "the user saying now"
	case UnblockCondition:
		return "the condition {condition} becoming yes"
	case UnblockNetwork:
		return "another network than \"{network}\""
	case UnblockRestart:
		return "a restart of the host"
	default:
		return ""
	}
}
