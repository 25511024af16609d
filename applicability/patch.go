package applicability

import (
	"encoding/json"
	"time"

	"github.com/fettle-dev/fettle"
)

// Patch is one thing that can be put on a host, with everything that decides
// where it belongs, how it is proven and what it disturbs. A removal is a
// patch whose Installed is a Not.
//
// A Patch is a value; whoever keeps one does not change its slices.
type Patch struct {
	ID       fettle.PatchID   `json:"id"`
	Revision uint64           `json:"revision,omitempty"` // grows when the vendor changes the record
	Aliases  []fettle.PatchID `json:"aliases,omitempty"`  // other names of this same patch; the merge key
	Fixes    []string         `json:"fixes,omitempty"`    // vulnerabilities it closes, CVE-2024-3094; never a merge key
	Title    string           `json:"title,omitempty"`    // one line for people
	Class    fettle.Class     `json:"class"`
	Severity fettle.Severity  `json:"severity"`
	Released time.Time        `json:"released,omitzero"` // UTC
	State    State            `json:"state"`

	Target    Footprint `json:"target"`          // which hosts it is for; stated always
	Installed Footprint `json:"installed"`       // holds when it, or something newer, is on disk; stated always
	Active    Footprint `json:"active,omitzero"` // holds when it is in force; not stated: Installed and no pending restart that names its packages

	// Unfixed holds where the vendor names the fault but offers nothing to
	// install yet: a host on which Unfixed holds and Installed does not is
	// exposed and Blocked, with the reason code no-fix. Not stated: nowhere.
	Unfixed Footprint `json:"unfixed,omitzero"`

	Supersedes []fettle.PatchID   `json:"supersedes,omitempty"`
	Conflicts  []fettle.PatchID   `json:"conflicts,omitempty"`
	Requires   [][]fettle.PatchID `json:"requires,omitempty"`  // all of (any of)
	Bundle     []fettle.PatchID   `json:"bundle,omitempty"`    // its parts, installed with it
	Exclusive  bool               `json:"exclusive,omitempty"` // alone in its stage
	Restart    fettle.Restart     `json:"restart"`
	Estimate   time.Duration      `json:"-"` // of installing, without the restart; "estimate" in JSON, as text
	Payloads   []Payload          `json:"payloads,omitempty"`

	// Extra are members of the JSON form that this version does not know, by
	// name, as they were read. They are written back and judge nothing.
	Extra map[string]json.RawMessage `json:"-"`
}

// State is how far a patch has come in the organisation that rolls it out.
type State uint8

// The states. The zero value is Obtained, so a patch whose state was forgotten
// is not approved.
const (
	Obtained  State = iota // known here, nothing more
	Tested                 // tried with success
	Approved               // may be rolled out
	Withdrawn              // taken back by the vendor or by us: installs nowhere, hides nothing
)

// Payload is one file that installs a patch. Of several payloads a host takes
// those whose When holds there.
type Payload struct {
	Name      string        `json:"name"`
	Size      int64         `json:"size,omitempty"` // bytes; 0: not stated
	Digest    fettle.Digest `json:"digest,omitempty"`
	Locations []string      `json:"locations,omitempty"` // where to fetch it, in order of preference
	When      Footprint     `json:"when,omitzero"`       // not stated: always
	Removes   []string      `json:"removes,omitempty"`   // names of packages that it takes off the host
}
