package baseline

import (
	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/applicability"
	"github.com/fettle-dev/fettle/internal/enum"
)

// Status is how a host stands about a check or a patch, exceptions counted.
type Status uint8

// The statuses. Unknown is the zero value. Waived and Mitigated are exposed:
// neither is Met.
const (
	Unknown        Status = iota // it cannot be told
	NotApplicable                // it is not about this host
	Met                          // it holds
	PendingRestart               // it holds on disk, not in force
	Unmet                        // it does not hold
	Waived                       // it does not hold, or is not in force, and the risk is accepted
	Mitigated                    // likewise, and something else reduces the risk
)

// Statuses is how many statuses there are.
const Statuses = int(Mitigated) + 1

var statusWords = enum.Words{Kind: "baseline: status", Words: []string{
	"unknown", "not-applicable", "met", "pending-restart", "unmet", "waived", "mitigated",
}}

// String returns unknown, not-applicable, met, pending-restart, unmet, waived
// or mitigated.
func (s Status) String() string { return statusWords.Word(uint8(s)) }

// MarshalText returns the word that String returns.
func (s Status) MarshalText() ([]byte, error) { return statusWords.Marshal(uint8(s)) }

// UnmarshalText accepts exactly the words that String returns.
func (s *Status) UnmarshalText(text []byte) error { return statusWords.Unmarshal(text, (*uint8)(s)) }

// Open reports whether s asks for action: unmet, pending a restart, or unknown.
func (s Status) Open() bool { return s == Unmet || s == PendingRestart || s == Unknown }

// statusOf is the status without exceptions.
func statusOf(f applicability.Finding) Status {
	switch f.Verdict {
	case applicability.NotApplicable:
		return NotApplicable
	case applicability.Installed:
		return Met
	case applicability.PendingRestart:
		return PendingRestart
	case applicability.Needed, applicability.Superseded, applicability.Blocked:
		return Unmet
	default:
		return Unknown
	}
}

// excusable reports whether there is something that an exception could cover.
// What is unknown stays so: an exception must not hide that nobody looked.
func excusable(f applicability.Finding) bool {
	s := statusOf(f)
	return f.Exposed != fettle.No && (s == Unmet || s == PendingRestart)
}
