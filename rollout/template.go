package rollout

import (
	"time"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/applicability"
	"github.com/fettle-dev/fettle/rollout/internal/strictjson"
	"github.com/fettle-dev/fettle/schedule"
)

// Template is a rule that makes specs: which patches, for which hosts, how.
// "Critical security patches of this week, for servers" is one. Make applies it;
// the spec that comes out is signed and approved like any other.
type Template struct {
	Name  string `json:"name"` // the IDs of its specs begin with it
	Title string `json:"title,omitempty"`
	// Target is that of the specs.
	Target applicability.Footprint `json:"target"`

	// What a patch has to be. A filter that is not stated lets every patch pass; one
	// that is stated lets no patch pass of which the answer is not known.
	Classes      []fettle.Class      `json:"classes,omitempty"`      // one of these
	SeverityFrom fettle.Severity     `json:"severityFrom,omitempty"` // at least
	UrgencyFrom  schedule.Urgency    `json:"urgencyFrom,omitempty"`  // at least, by triage
	StateFrom    applicability.State `json:"stateFrom,omitempty"`    // at least; never what is withdrawn
	MaxAge       Duration            `json:"maxAge,omitzero"`        // released at most so long ago
	MinAge       Duration            `json:"minAge,omitzero"`        // released at least so long ago
	NeededBy     int                 `json:"neededBy,omitempty"`     // hosts at least. Zero: 1

	// Open is how long after the Monday of the week, 00:00 UTC, rings open at the
	// earliest, by name.
	Open map[string]Duration `json:"open,omitempty"`
	// Ends is how long after it was made a spec ends. Zero: never.
	Ends Duration `json:"ends,omitzero"`
	// Backout is that of the specs, with the patches that Candidates name. Nil:
	// none.
	Backout *BackoutRule `json:"backout,omitempty"`
	// Spec is the rest of the specs.
	Spec Skeleton `json:"spec"`
}

// Skeleton is what a spec says beside what it is about.
type Skeleton struct {
	Rings    []Ring      `json:"rings"`
	Budgets  []BudgetRef `json:"budgets,omitempty"`
	Approval Approval    `json:"approval"`
	Lane     Lane        `json:"lane,omitempty"`
	Mode     Mode        `json:"mode"`
	Silence  Duration    `json:"silence"`
	Grant    Duration    `json:"grant"`
	Run      Duration    `json:"run"`
	Retry    Retry       `json:"retry,omitzero"`
	Growth   Share       `json:"growth,omitzero"`
	Coverage []string    `json:"coverage,omitempty"`
	Strata   []string    `json:"strata,omitempty"`
}

// BackoutRule is a Backout without its patches. With Required a patch that
// nothing takes out is left out of the spec.
type BackoutRule struct {
	Required bool   `json:"required,omitempty"`
	Auto     bool   `json:"auto,omitempty"`
	Hit      int    `json:"hit,omitempty"`
	Gates    []Gate `json:"gates,omitempty"`
}

// PatchCount is a patch with what the findings say of it, counted over the
// hosts of a template's Target.
type PatchCount struct {
	Patch   applicability.Patch
	Needed  int              // hosts with the verdict Needed
	Urgency schedule.Urgency // by triage; unknown if there was none
	// Backout takes the patch out. Nil: nothing does.
	Backout *PatchRef
}

// LeftOut is a patch that a template did not take, and why.
type LeftOut struct {
	Patch  fettle.PatchID `json:"patch"`
	Reason fettle.Reason  `json:"reason"`
}

// Codes of the reasons for which a template leaves a patch out, in the order in
// which they are looked for, with their arguments.
const (
	LeftWithdrawn     = "withdrawn"        // the vendor or the organisation took it back
	LeftState         = "state"            // state, want
	LeftClass         = "class"            // class; one of the template's is wanted
	LeftSeverity      = "severity"         // severity, want; also where it is unknown
	LeftUrgency       = "urgency"          // urgency, want; also where it is unknown
	LeftUndated       = "no-release-date"  // its age is not known, and the template asks for it
	LeftOld           = "too-old"          // released, since
	LeftNew           = "too-new"          // released, before; Until says when it is old enough
	LeftUnneeded      = "not-needed"       // hosts, want
	LeftUnpinned      = "no-digest"        // payload: the catalogue states no digest of it
	LeftSuperseded    = "superseded"       // by: another patch of the same spec
	LeftWithoutReturn = "no-backout"       // nothing takes it out, and the template requires it
	LeftOver          = "too-many-patches" // want: more patches than a spec may have; the most severe were taken
)

// MakeOptions are what Make can do without.
type MakeOptions struct {
	// Replaces are earlier rollouts that the spec overtakes.
	Replaces []ID
	// Config is the region's, for Validate.
	Config *Config
}

// Made is what a template makes of findings.
type Made struct {
	// Spec is nil where no patch was taken.
	Spec *Spec
	// Left are the patches that were not taken, in the order of their IDs.
	Left []LeftOut
	// Problems are those of the spec, as Validate finds them.
	Problems Problems
}

// ParseTemplate reads a template, as ParseSpec reads a spec.
func ParseTemplate(file string, data []byte) (*Template, error) {
	return parse[Template](file, data, strictjson.Limits{Bytes: maxBytes, Values: maxValues})
}

// Make applies the template to what the findings say, at now. The ID and the
// salt are a function of the name, the ISO week of now in UTC and the patches
// with their payloads, so the same findings give the same spec all week. Duplicate
// patches count once, the first of them.
func (t *Template) Make(counts []PatchCount, catalog CatalogRef, now time.Time, opt *MakeOptions) Made {
	if opt == nil {
		opt = &MakeOptions{}
	}
	m := maker{t: t, now: now.UTC()}
	taken := m.choose(counts)
	made := Made{Left: m.sorted()}
	if len(taken) > 0 {
		made.Spec = m.spec(taken, catalog, opt)
		made.Problems = append(t.problems(), made.Spec.Validate(opt.Config)...)
	}
	return made
}
