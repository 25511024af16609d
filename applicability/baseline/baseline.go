package baseline

import (
	"time"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/applicability"
)

// Version is the version of the JSON form that this package writes and reads.
const Version = 1

// Baseline is an expected configuration, or a register of exceptions, or both.
//
// A Baseline is a value; whoever keeps one does not change its slices.
//
//nolint:recvcheck // MarshalJSON has to see values, too: their Version is 0
type Baseline struct {
	Version    int         `json:"version"` // of the form; 0 is taken as Version where it was not read from JSON
	Name       string      `json:"name"`    // part of its checks' patch ids: no white space, no slash
	Revision   uint64      `json:"revision,omitempty"`
	Title      string      `json:"title,omitempty"`
	Checks     []Check     `json:"checks,omitempty"`
	Exceptions []Exception `json:"exceptions,omitempty"`
}

// Check is one thing that is expected of the hosts that it applies to.
type Check struct {
	ID         string          `json:"id"` // unique in its baseline; no white space
	Title      string          `json:"title,omitempty"`
	Rationale  string          `json:"rationale,omitempty"`
	References []string        `json:"references,omitempty"` // rules of a benchmark, vendor pages
	Class      fettle.Class    `json:"class,omitzero"`       // not stated: configuration
	Severity   fettle.Severity `json:"severity"`

	Applies applicability.Footprint `json:"applies"`          // stated always; for all hosts it says always
	Expect  applicability.Footprint `json:"expect"`           // stated always
	InForce applicability.Footprint `json:"inForce,omitzero"` // as applicability.Patch.Active

	Restart fettle.Restart `json:"restart,omitzero"` // before what is put right is in force
	Remedy  *Remedy        `json:"remedy,omitempty"` // nil: putting it right is not the library's to do
}

// Remedy is what puts a check right.
type Remedy struct {
	Payloads []applicability.Payload `json:"payloads"`           // at least one
	Requires [][]fettle.PatchID      `json:"requires,omitempty"` // all of (any of)
	Estimate time.Duration           `json:"-"`                  // "estimate" in JSON, as text
}

// PatchID returns the id of the patch that stands for a check: the baseline's
// name, a slash, and the check's id.
func (b *Baseline) PatchID(check string) fettle.PatchID {
	return fettle.PatchID(b.Name + "/" + check)
}

// Patches returns a patch for each check, in their order, to be compiled into a
// catalogue, alone or together with patches of feeds. A check that no remedy
// comes with is a patch that the vendor offers no fix for.
func (b *Baseline) Patches() []applicability.Patch {
	patches := make([]applicability.Patch, len(b.Checks))
	for i := range b.Checks {
		patches[i] = b.patch(&b.Checks[i])
	}
	return patches
}

func (b *Baseline) patch(c *Check) applicability.Patch {
	p := applicability.Patch{
		ID: b.PatchID(c.ID), Revision: b.Revision, Title: c.Title, Class: c.Class, Severity: c.Severity,
		Target: c.Applies, Installed: c.Expect, Active: c.InForce, Restart: c.Restart,
	}
	if p.Class == fettle.ClassUnknown {
		p.Class = fettle.ClassConfiguration
	}
	if c.Remedy == nil {
		p.Unfixed = c.Applies
		return p
	}
	p.Payloads, p.Requires, p.Estimate = c.Remedy.Payloads, c.Remedy.Requires, c.Remedy.Estimate
	return p
}
