package baseline

import (
	"errors"
	"fmt"
	"time"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/applicability"
	"github.com/fettle-dev/fettle/inventory"
)

// Assessor holds hosts against a catalogue with the checks and exceptions of
// baselines. It is immutable and safe for concurrent use.
type Assessor struct {
	catalog *applicability.Catalog
	checks  map[int32]*Check // by index in the catalogue
	order   []int32          // of the checks, as the baselines have them
	// register holds the exceptions as patches, so that the engine judges them:
	// Target is Where, Installed is Holds.
	register   *applicability.Catalog
	exceptions []*Exception
	covers     map[int32][]int32 // exceptions, by index of the patch in the catalogue
	unmatched  []Unmatched
}

// Unmatched is a name in an exception that no patch of the catalogue has.
type Unmatched struct {
	Exception string
	Patch     fettle.PatchID
}

// New returns an assessor of catalogue, which holds the patches of the checks
// of baselines (Baseline.Patches) and whatever else is to be assessed. It fails
// for a baseline that is not valid, for a check that the catalogue has not, and
// for two checks or two exceptions of one id; the error joins *Fault. A check that Compile reported as fatal is Unknown on
// every host. The assessor keeps the baselines.
func New(catalog *applicability.Catalog, baselines ...*Baseline) (*Assessor, error) {
	a := &Assessor{catalog: catalog, checks: map[int32]*Check{}, covers: map[int32][]int32{}}
	var faults []error
	seen := map[string]bool{}
	for _, b := range baselines {
		if err := b.Validate(); err != nil {
			faults = append(faults, err)
			continue
		}
		faults = append(faults, a.addChecks(b)...)
		for i := range b.Exceptions {
			e := &b.Exceptions[i]
			if seen[e.ID] {
				faults = append(faults, &Fault{
					File: "baseline " + b.Name, Field: fmt.Sprintf("exceptions[%d].id", i), ID: e.ID, Err: fmt.Errorf("%w: %q", ErrDuplicate, e.ID),
				})
			}
			seen[e.ID] = true
			a.exceptions = append(a.exceptions, e)
		}
	}
	if err := errors.Join(faults...); err != nil {
		return nil, err
	}
	a.compileExceptions()
	return a, nil
}

func (a *Assessor) addChecks(b *Baseline) (faults []error) {
	for i := range b.Checks {
		c := &b.Checks[i]
		id := b.PatchID(c.ID)
		at, ok := a.catalog.Find(id)
		fault := &Fault{File: "baseline " + b.Name, Field: fmt.Sprintf("checks[%d]", i), ID: c.ID}
		if !ok || a.catalog.Patch(at).ID != id {
			fault.Err = ErrNotCompiled
		} else if a.checks[int32(at)] != nil {
			fault.Err = fmt.Errorf("%w: another baseline has %q", ErrDuplicate, id)
		}
		if fault.Err != nil {
			faults = append(faults, fault)
			continue
		}
		a.checks[int32(at)] = c
		a.order = append(a.order, int32(at))
	}
	return faults
}

// asPatches returns the exceptions as patches that the engine can judge.
func (a *Assessor) asPatches() []applicability.Patch {
	patches := make([]applicability.Patch, len(a.exceptions))
	for i, e := range a.exceptions {
		p := applicability.Patch{ID: fettle.PatchID("exception\x00" + e.ID), Target: e.Where, Installed: e.Holds, Restart: fettle.RestartNone}
		if e.Kind == Waiver {
			p.Installed = applicability.MustParse("always")
		}
		patches[i] = p
	}
	return patches
}

func (a *Assessor) compileExceptions() {
	a.register, _ = applicability.Compile(a.asPatches(), nil) // what cannot be compiled is Unknown, so it excuses nothing
	for n, e := range a.exceptions {
		for _, id := range e.Patches {
			at, ok := a.catalog.Find(id)
			if !ok {
				a.unmatched = append(a.unmatched, Unmatched{Exception: e.ID, Patch: id})
				continue
			}
			a.covers[int32(at)] = append(a.covers[int32(at)], int32(n))
		}
	}
}

// Unmatched returns the names in exceptions that the catalogue has not, in the
// order of the exceptions: a misspelt id, or a patch that is gone.
func (a *Assessor) Unmatched() []Unmatched { return a.unmatched }

// Catalog returns the catalogue that New was given.
func (a *Assessor) Catalog() *applicability.Catalog { return a.catalog }

// Needs returns the facts that the catalogue and the exceptions read. It
// compiles them anew, together, so it is for the start of a program.
func (a *Assessor) Needs() inventory.Needs {
	patches := a.asPatches()
	for i := range a.catalog.Len() {
		patches = append(patches, *a.catalog.Patch(i))
	}
	all, _ := applicability.Compile(patches, nil) // the caller knows the problems of the catalogue
	return all.Needs()
}

// Result is how a host stands about one check or patch.
type Result struct {
	Patch    fettle.PatchID        `json:"patch"`
	Title    string                `json:"title,omitempty"`
	Severity fettle.Severity       `json:"severity"`
	Status   Status                `json:"status"`
	Verdict  applicability.Verdict `json:"verdict"`
	Exposed  fettle.Truth          `json:"exposed"` // exceptions change nothing in it
	// Exception is the id of the one that makes it Waived or Mitigated.
	Exception string          `json:"exception,omitempty"`
	Reasons   []fettle.Reason `json:"reasons,omitempty"` // see ReasonText

	Check   *Check                `json:"-"` // nil: a patch of a feed
	Finding applicability.Finding `json:"-"`
}

// Report is how one host stands about everything in the catalogue.
type Report struct {
	Host fettle.HostID `json:"host"`
	At   time.Time     `json:"at"` // UTC
	// Results are the checks in the order of their baselines, then the patches
	// that are about this host in the catalogue's.
	Results []Result `json:"results"`
	// Checks and Patches count by status.
	Checks  [Statuses]int `json:"-"`
	Patches [Statuses]int `json:"-"`
	// Exposed are checks and patches by Exposed, waived and mitigated ones as
	// exposed as they are.
	Exposed [3]int `json:"-"`
}

// Assess judges one host at the instant now. It is deterministic.
func (a *Assessor) Assess(r *inventory.Record, now time.Time) *Report {
	facts := a.catalog.Intern(r, nil)
	assessment := a.catalog.AssessFacts(facts, now, nil)
	w := a.weigher(r, now)
	report := &Report{Host: r.Host.ID, At: now.UTC(), Exposed: assessment.Exposed, Results: make([]Result, 0, len(a.order)+len(assessment.Findings))}
	for _, i := range a.order {
		result := w.result(facts, assessment.Of(int(i)))
		report.Checks[result.Status]++
		report.Results = append(report.Results, result)
	}
	applicable := 0
	for _, f := range assessment.Findings {
		if a.checks[f.Patch] != nil {
			continue
		}
		result := w.result(facts, f)
		report.Patches[result.Status]++
		report.Results = append(report.Results, result)
		applicable++
	}
	report.Patches[NotApplicable] += a.catalog.Len() - len(a.order) - applicable
	return report
}

// Conforms reports whether every check that is about the host is met and in
// force: No where one is not, waived and mitigated ones included, else Unknown
// where one is unknown, or not known to be in force.
func (r *Report) Conforms() fettle.Truth {
	all := fettle.Yes
	for i := range r.Results {
		result := &r.Results[i]
		switch {
		case result.Check == nil || result.Status == NotApplicable:
		case result.Status == Met:
			all = all.And(result.Finding.Active)
		case result.Status == Unknown:
			all = all.And(fettle.Unknown)
		default:
			all = fettle.No
		}
	}
	return all
}

// Until returns the earliest instant after which some answer can differ by the
// passing of time alone: an exception begins or ends. Zero: none.
func (r *Report) Until() time.Time {
	var first time.Time
	for i := range r.Results {
		for _, reason := range r.Results[i].Reasons {
			if !reason.Until.IsZero() && (first.IsZero() || reason.Until.Before(first)) {
				first = reason.Until
			}
		}
	}
	return first
}
