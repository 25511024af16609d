package schedule

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/fettle-dev/fettle"
)

// Facts are what triage weighs, as plain values. What is not known is left at
// its zero value; it is never taken for a no.
type Facts struct {
	Severity    fettle.Severity `json:"severity,omitempty"` // the vendor's
	Score       Score           `json:"score,omitzero"`     // CVSS base score
	KEV         fettle.Truth    `json:"kev,omitempty"`      // in CISA's catalogue of vulnerabilities that are exploited
	EPSS        Score           `json:"epss,omitzero"`      // probability of exploitation in 30 days, 0 to 1
	Exploit     Exploitation    `json:"exploit,omitempty"`  // evidence from elsewhere
	Exposure    Exposure        `json:"exposure,omitempty"` // of the asset
	Automatable fettle.Truth    `json:"automatable,omitempty"`
	Impact      Impact          `json:"impact,omitempty"` // on people and the mission if the asset is lost: its criticality
}

// Score is a number that may be unknown. The zero value is unknown.
type Score struct {
	value float64
	known bool
}

// ScoreOf returns a known score.
func ScoreOf(v float64) Score { return Score{v, true} }

// Value returns the score and true, or 0 and false where it is not known.
func (s Score) Value() (float64, bool) { return s.value, s.known }

// MarshalJSON writes the number, or null where it is not known.
func (s Score) MarshalJSON() ([]byte, error) {
	if !s.known {
		return []byte("null"), nil
	}
	if math.IsNaN(s.value) || math.IsInf(s.value, 0) {
		return nil, fmt.Errorf("schedule: score %v: want a number", s.value)
	}
	return strconv.AppendFloat(nil, s.value, 'g', -1, 64), nil
}

// UnmarshalJSON reads a number, or null for one that is not known.
func (s *Score) UnmarshalJSON(data []byte) error {
	if string(data) == "null" {
		*s = Score{}
		return nil
	}
	v, err := strconv.ParseFloat(string(data), 64)
	if err != nil {
		return errors.New("want a number, or null where it is not known")
	}
	*s = ScoreOf(v)
	return nil
}

// Test is one thing that a triage rule asks of the facts. A field left at its
// zero value asks nothing.
type Test struct {
	SeverityFrom fettle.Severity `json:"severityFrom,omitempty"` // at least
	ScoreFrom    Score           `json:"scoreFrom,omitzero"`     // at least
	EPSSFrom     Score           `json:"epssFrom,omitzero"`      // at least
	KEV          fettle.Truth    `json:"kev,omitempty"`          // exactly
	ExploitFrom  Exploitation    `json:"exploitFrom,omitempty"`  // at least
	ExposureFrom Exposure        `json:"exposureFrom,omitempty"` // at least
	Automatable  fettle.Truth    `json:"automatable,omitempty"`  // exactly
	ImpactFrom   Impact          `json:"impactFrom,omitempty"`   // at least
}

// TriageRule gives an urgency to what passes all of its tests.
type TriageRule struct {
	Name    string       `json:"name"`
	When    Test         `json:"when"`
	Urgency Urgency      `json:"urgency"`
	Class   fettle.Class `json:"class,omitempty"` // where stated, the item's class from then on
}

// Triage is an ordered set of rules. The first rule that holds decides; a rule
// that may hold, for want of facts, is passed over unless every later answer is
// less urgent: then it decides, and the answer says which facts are missing. So
// ignorance makes a patch more urgent, never less, and never silently.
type Triage struct {
	Name     string       `json:"name"`
	Rules    []TriageRule `json:"rules"`
	Fallback Urgency      `json:"fallback"` // where no rule holds
}

// Assessment is the answer of triage.
type Assessment struct {
	Urgency Urgency
	Class   fettle.Class // unknown: as it was
	Reasons []fettle.Reason
	Missing []string // facts whose absence had a say
}

// Codes of triage's reasons.
const (
	TriageByRule     = "triage-rule"     // [set, rule, urgency]
	TriageByFallback = "triage-fallback" // [set, urgency]
	TriageMissing    = "triage-missing"  // [facts]
	TriageByTree     = "triage-ssvc"     // [exploitation, exposure, automatable, impact, urgency]
)

// Check returns an error unless the set is complete: every rule named once and
// with an urgency, and a fallback.
func (t *Triage) Check() error {
	var errs []error
	refuse := func(field, value, rule string) {
		errs = append(errs, &FieldError{Field: field, Value: value, Rule: rule, Err: ErrInvalid})
	}
	if t.Fallback == UrgencyUnknown {
		refuse("fallback", "unknown", "want an urgency")
	}
	seen := map[string]bool{}
	for i, r := range t.Rules {
		field := fmt.Sprintf("rules[%d]", i)
		if r.Name == "" || seen[r.Name] {
			refuse(field+".name", r.Name, "want a name, each once")
		}
		seen[r.Name] = true
		if r.Urgency == UrgencyUnknown {
			refuse(field+".urgency", "unknown", "want an urgency")
		}
	}
	return errors.Join(errs...)
}

// Assess applies the rules to the facts.
func (t *Triage) Assess(f Facts) Assessment {
	best := Assessment{Urgency: UrgencyUnknown}
	for _, r := range t.Rules {
		holds, missing := r.When.holds(f)
		if holds == fettle.No {
			continue
		}
		if r.Urgency > best.Urgency {
			best.Urgency, best.Class = r.Urgency, r.Class
			best.Reasons = []fettle.Reason{because(TriageByRule, time.Time{},
				"set", t.Name, "rule", r.Name, "urgency", r.Urgency.String())}
			best.Missing = nil
			if holds == fettle.Unknown {
				best.Missing = missing
			}
		}
		if holds == fettle.Yes {
			return best.explained()
		}
	}
	if t.Fallback > best.Urgency {
		best = Assessment{Urgency: t.Fallback, Reasons: []fettle.Reason{because(TriageByFallback, time.Time{},
			"set", t.Name, "urgency", t.Fallback.String())}}
	}
	return best.explained()
}

// explained adds what was missing, if it had a say.
func (a Assessment) explained() Assessment {
	slices.Sort(a.Missing)
	a.Missing = slices.Compact(a.Missing)
	if len(a.Missing) > 0 {
		a.Reasons = append(a.Reasons, because(TriageMissing, time.Time{}, "facts", fmt.Sprint(a.Missing)))
	}
	return a
}

// holds reports whether the facts pass the test, and which facts are missing
// to tell.
func (t Test) holds(f Facts) (fettle.Truth, []string) {
	result := fettle.Yes
	var missing []string
	ask := func(asked bool, name string, known, passes bool) {
		switch {
		case !asked:
		case !known:
			result = result.And(fettle.Unknown)
			missing = append(missing, name)
		default:
			result = result.And(fettle.TruthOf(passes))
		}
	}
	ask(t.SeverityFrom != 0, "severity", f.Severity != 0, f.Severity >= t.SeverityFrom)
	ask(t.ScoreFrom.known, "score", f.Score.known, f.Score.value >= t.ScoreFrom.value)
	ask(t.EPSSFrom.known, "epss", f.EPSS.known, f.EPSS.value >= t.EPSSFrom.value)
	ask(t.KEV != 0, "kev", f.KEV != 0, f.KEV == t.KEV)
	ask(t.ExploitFrom != 0, "exploit", f.Exploit != 0, f.Exploit >= t.ExploitFrom)
	ask(t.ExposureFrom != 0, "exposure", f.Exposure != 0, f.Exposure >= t.ExposureFrom)
	ask(t.Automatable != 0, "automatable", f.Automatable != 0, f.Automatable == t.Automatable)
	ask(t.ImpactFrom != 0, "impact", f.Impact != 0, f.Impact >= t.ImpactFrom)
	if result != fettle.Unknown {
		missing = nil
	}
	return result, missing
}

// CommonTriage is a ready rule set for those who have no model of their own:
// exploitation first, then severity with exposure, as most vulnerability
// programmes write it down.
func CommonTriage() Triage {
	return Triage{Name: "common", Fallback: UrgencyScheduled, Rules: []TriageRule{
		{Name: "exploited-and-exposed", Urgency: UrgencyImmediate, When: Test{KEV: fettle.Yes, ExposureFrom: ExposureOpen}},
		{Name: "exploited", Urgency: UrgencyOutOfCycle, When: Test{KEV: fettle.Yes}},
		{Name: "likely-and-critical", Urgency: UrgencyOutOfCycle, When: Test{EPSSFrom: ScoreOf(0.5), ScoreFrom: ScoreOf(9)}},
		{
			Name: "critical-and-exposed", Urgency: UrgencyOutOfCycle,
			When: Test{SeverityFrom: fettle.SeverityCritical, ExposureFrom: ExposureOpen, ImpactFrom: ImpactHigh},
		},
	}}
}
