package applicability

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/internal/program"
	"github.com/fettle-dev/fettle/inventory"
)

// Explanation is everything that led to one finding.
type Explanation struct {
	Patch     fettle.PatchID  `json:"patch"`
	Title     string          `json:"title,omitempty"`
	Verdict   Verdict         `json:"verdict"`
	Exposed   fettle.Truth    `json:"exposed"`
	Reasons   []fettle.Reason `json:"reasons,omitempty"`
	Packages  []PackageState  `json:"packages,omitempty"`
	Target    *Proof          `json:"target,omitempty"`
	Installed *Proof          `json:"installed,omitempty"`
	Unfixed   *Proof          `json:"unfixed,omitempty"` // nil: not stated
	Active    *Proof          `json:"active,omitempty"`  // nil: not stated, InForce is derived
	// InForce is whether what is on disk is in force: Active's truth, or derived
	// from the evidence that Evidence lists.
	InForce  fettle.Truth `json:"inForce"`
	Evidence []string     `json:"evidence,omitempty"`
	// Flip says what the smallest change would lead to, and Changes are its
	// criteria; empty where no fact of the host can change the answer.
	Flip    string   `json:"flip,omitempty"`
	Changes []Change `json:"changes,omitempty"`

	Finding Finding `json:"-"`
}

// Explain proves what Assess answers about one patch, named by its id or an
// alias: the same verdict, with every criterion, the facts that it read and the
// smallest change that would flip the answer. The error wraps
// ErrNoPatch, or is that of reading the patch from a saved catalogue.
func (c *Catalog) Explain(r *inventory.Record, id fettle.PatchID, now time.Time) (*Explanation, error) {
	i, ok := c.Find(id)
	if !ok {
		return nil, fmt.Errorf("%w: %q", ErrNoPatch, id)
	}
	p, err := c.readPatch(int32(i))
	if err != nil {
		return nil, err
	}
	f := c.Intern(r, nil)
	finding := c.AssessFacts(f, now, nil).Of(i)
	e := &Explanation{
		Patch: p.ID, Title: p.Title, Verdict: finding.Verdict, Exposed: finding.Exposed, Finding: finding,
		Reasons: c.Reasons(f, finding), Packages: c.Packages(f, finding),
	}
	if c.bad[i] {
		return e, nil
	}
	h := f.prover(c)
	e.Target, e.Installed = h.prove(p.Target, useTarget), h.prove(p.Installed, useInstalled)
	e.InForce = finding.Active
	if !p.Active.IsZero() {
		e.Active = h.prove(p.Active, useInstalled)
		e.InForce = e.Active.Truth
	} else {
		e.Evidence = c.evidence(f, int32(i))
	}
	if !p.Unfixed.IsZero() {
		e.Unfixed = h.prove(p.Unfixed, useTarget)
	}
	e.flip()
	return e, nil
}

// prover returns the host of f with the catalogue to look up references in.
func (f *Facts) prover(c *Catalog) *host {
	h := *f.host
	h.catalog = c
	return &h
}

// Of returns the finding about patch i; NotApplicable where a holds none.
func (a *Assessment) Of(i int) Finding {
	low, high := 0, len(a.Findings)
	for low < high {
		mid := (low + high) / 2
		if int(a.Findings[mid].Patch) < i {
			low = mid + 1
		} else {
			high = mid
		}
	}
	if low < len(a.Findings) && int(a.Findings[low].Patch) == i {
		return a.Findings[low]
	}
	return Finding{Patch: int32(i), By: nobody, Target: fettle.No, Verdict: NotApplicable, Exposed: fettle.No}
}

// flip finds the smallest change that matters for the verdict.
func (e *Explanation) flip() {
	var ok bool
	switch e.Verdict {
	case NotApplicable:
		e.Flip = "it would apply"
		e.Changes, ok = e.Target.smallest(fettle.Yes, false)
	case Needed, Superseded, Blocked:
		e.Flip = "it would be installed"
		e.Changes, ok = e.Installed.smallest(fettle.Yes, false)
		e.doUpgrade()
		e.doRepair()
	case PendingRestart:
		e.Flip = "it would be in force"
		if e.Active != nil {
			e.Changes, ok = e.Active.smallest(fettle.Yes, false)
			break
		}
		e.Changes, ok = []Change{{Criterion: "restart", From: fettle.No, To: fettle.Yes}}, true
	case Installed:
		e.Flip = "it would no longer be installed"
		e.Changes, ok = e.Installed.smallest(fettle.No, false)
	case VerdictUnknown:
		e.flipUnknown()
		return
	}
	if !ok || len(e.Changes) == 0 {
		e.Flip, e.Changes = "", nil
	}
}

// flipUnknown asks for the facts that would decide.
func (e *Explanation) flipUnknown() {
	proof := e.Target
	if proof.Truth == fettle.Yes {
		proof = e.Installed
	}
	yes, okYes := proof.smallest(fettle.Yes, true)
	no, okNo := proof.smallest(fettle.No, true)
	switch {
	case okNo && (!okYes || len(no) < len(yes)):
		e.Changes = no
	case okYes:
		e.Changes = yes
	default:
		return
	}
	e.Flip = "it would be known"
}

// doUpgrade says in words which packages the changes are about.
func (e *Explanation) doUpgrade() {
	for i := range e.Changes {
		for _, p := range e.Packages {
			if p.Fixed != "" && p.isOf(e.Changes[i].Criterion) {
				e.Changes[i].Do = append(e.Changes[i].Do, p.label()+" "+p.Installed+" to "+p.Fixed)
			}
		}
	}
}

// doRepair adds the packages that are incomplete, but for those that an upgrade
// brings into order anyway: whatever their version, the patch is not installed
// before.
func (e *Explanation) doRepair() {
	for i := range e.Packages {
		p := &e.Packages[i]
		upgraded := slices.ContainsFunc(e.Changes, func(c Change) bool {
			return slices.ContainsFunc(c.Do, func(do string) bool { return strings.HasPrefix(do, p.label()+" ") })
		})
		if p.Broken && !upgraded {
			e.Changes = append(e.Changes, Change{
				Criterion: p.label() + " is complete", From: fettle.No, To: fettle.Yes, Do: []string{"repair " + p.label()},
			})
		}
	}
}

// String renders the explanation for people.
func (e *Explanation) String() string { return e.Text(ReasonText) }

// Text renders the explanation for people as String does, with the words that
// reasonText has for its reasons.
func (e *Explanation) Text(reasonText func(fettle.Reason) string) string {
	var w strings.Builder
	fmt.Fprintf(&w, "%s: %s, exposed: %s\n", e.Patch, e.Verdict, e.Exposed)
	if e.Title != "" {
		fmt.Fprintf(&w, "  %s\n", e.Title)
	}
	for _, r := range e.Reasons {
		fmt.Fprintf(&w, "because %s\n", reasonText(r))
	}
	for _, part := range []struct {
		name  string
		proof *Proof
	}{{"target", e.Target}, {"installed", e.Installed}, {"unfixed", e.Unfixed}, {"active", e.Active}} {
		if part.proof != nil {
			fmt.Fprintf(&w, "%s\n", part.name)
			part.proof.write(&w, "  ")
		}
	}
	if e.Active == nil && e.Finding.Installed == fettle.Yes {
		fmt.Fprintf(&w, "in force\n  %s\n", e.InForce)
		for _, line := range e.Evidence {
			fmt.Fprintf(&w, "          %s\n", line)
		}
	}
	if e.Flip != "" {
		fmt.Fprintf(&w, "smallest change after which %s\n", e.Flip)
		for _, c := range e.Changes {
			fmt.Fprintf(&w, "  %s: %s to %s\n", c.Criterion, c.From, c.To)
			for _, do := range c.Do {
				fmt.Fprintf(&w, "    %s\n", do)
			}
		}
	}
	return w.String()
}

// evidence lists the restart evidence that bears on a patch.
func (c *Catalog) evidence(f *Facts, i int32) []string {
	s := &f.record.Snapshot
	var lines []string
	if f.host.running.version != "" {
		lines = append(lines, "running kernel "+s.Kernel.Release+", package version "+f.host.running.version)
	} else if s.Kernel.Release != "" {
		lines = append(lines, "running kernel "+s.Kernel.Release+", of no package that can be told")
	}
	p := &c.program
	q := &p.Patches[i]
	seen := map[int32]bool{}
	for _, ref := range p.Refs[q.LeavesFrom:q.LeavesTo] {
		for _, in := range f.Of(p.Leaves[ref.Index].Key) {
			pkg := &s.Packages[in.Package]
			if seen[in.Package] {
				continue
			}
			seen[in.Package] = true
			switch {
			case in.Flags&program.Pending != 0:
				lines = append(lines, pkg.Name+" waits for a restart")
			case in.Flags&program.Ahead != 0:
				lines = append(lines, pkg.Name+" "+pkg.Version+" is newer than the running kernel")
			}
		}
	}
	for _, ref := range p.Refs[q.ScalarsFrom:q.ScalarsTo] {
		if f.Waiting[ref.Index] {
			lines = append(lines, Footprint{c.scalars[ref.Index]}.String()+": waits for a restart")
		}
	}
	if !f.RestartsKnown {
		lines = append(lines, "the restart evidence of this host was not looked at completely")
	}
	return lines
}
