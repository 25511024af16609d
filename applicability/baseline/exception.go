package baseline

import (
	"time"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/applicability"
	"github.com/fettle-dev/fettle/internal/enum"
)

// Exception is the decision that patches, or checks, may stay missing on some
// hosts for some time.
type Exception struct {
	ID      string           `json:"id"` // a change or risk number; unique among all exceptions of an Assessor
	Kind    Kind             `json:"kind"`
	Patches []fettle.PatchID `json:"patches"` // by id or alias; a check by "BASELINE/CHECK". At least one
	// Where says on which hosts; stated always. Where it is unknown the exception
	// does not count.
	Where applicability.Footprint `json:"where"`
	// Holds is what the mitigation consists of; where it does not hold, or nobody
	// knows, the mitigation does not count. Stated by every mitigation, as always
	// where no host can show it (a rule of a firewall), and by no waiver.
	Holds   applicability.Footprint `json:"holds,omitzero"`
	Owner   string                  `json:"owner"`         // who answers for it
	Reason  string                  `json:"reason"`        // for the auditor
	From    time.Time               `json:"from,omitzero"` // UTC; zero: at once
	Expires time.Time               `json:"expires"`       // UTC; the first instant at which it no longer counts. Every exception ends
}

// Kind is what an exception does about the risk.
type Kind uint8

// The kinds. The zero value is none, so that a forgotten kind excuses nothing.
const (
	KindUnknown Kind = iota
	Waiver           // the risk is accepted
	Mitigation       // something else reduces it
)

var kindWords = enum.Words{Kind: "baseline: kind of exception", Words: []string{"unknown", "waiver", "mitigation"}}

// String returns unknown, waiver or mitigation.
func (k Kind) String() string { return kindWords.Word(uint8(k)) }

// MarshalText returns the word that String returns.
func (k Kind) MarshalText() ([]byte, error) { return kindWords.Marshal(uint8(k)) }

// UnmarshalText accepts exactly the words that String returns.
func (k *Kind) UnmarshalText(text []byte) error { return kindWords.Unmarshal(text, (*uint8)(k)) }

// InForce reports whether now lies in [From, Expires).
func (e *Exception) InForce(now time.Time) bool {
	return !now.Before(e.From) && now.Before(e.Expires)
}
