package applicability_test

import (
	"slices"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/applicability"
	"github.com/fettle-dev/fettle/inventory"
)

// fails says whether an instance keeps an Installed footprint with this
// criterion from holding.
func fails(c twinLeaf, i twinInstance) bool {
	in := within(c.Range, i.version)
	return c.not && in == fettle.Yes || !c.not && in == fettle.No
}

func (w *twin) askedBy(c twinLeaf) []twinInstance {
	list, _ := w.instances(c.Package)
	q := which(c.Package, false)
	if q == applicability.Newest && len(c.Range.Intervals) > 0 { // newest of those that can be compared
		invalid := func(i twinInstance) bool { return applicability.SchemeDeb.Check(i.version) != nil }
		list = asked(list, q, false)
		if slices.ContainsFunc(list, func(i twinInstance) bool { return !invalid(i) }) {
			list = slices.DeleteFunc(slices.Clone(list), invalid)
		}
	}
	return asked(list, q, len(c.Range.Intervals) > 0)
}

// own is the finding about patch n as if no other patch existed.
func (w *twin) own(n int) twinFinding {
	p := &w.patches[n]
	f := twinFinding{By: -1, Target: w.eval(p.Target, true)}
	if f.Target == fettle.No {
		f.Verdict, f.Exposed = applicability.NotApplicable, fettle.No
		return f
	}
	f.Installed = w.eval(p.Installed, false)
	for _, c := range w.leaves(p.Installed, false) {
		for _, i := range w.askedBy(c) {
			f.Broken = f.Broken || i.p.Broken()
			f.Held = f.Held || i.p.Hold && fails(c, i)
		}
	}
	if f.Broken {
		f.Installed = fettle.No
	}
	f.Held = f.Held && f.Installed == fettle.No
	f.Active = f.Installed.And(w.inForce(p))
	if !p.Active.IsZero() {
		f.Active = w.eval(p.Active, false)
	}
	unfixed := fettle.No
	if !p.Unfixed.IsZero() {
		unfixed = w.eval(p.Unfixed, true)
	}
	switch {
	case f.Target == fettle.Unknown || f.Installed == fettle.Unknown:
	case f.Installed == fettle.Yes && f.Active == fettle.No:
		f.Verdict, f.Exposed = applicability.PendingRestart, fettle.Yes
	case f.Installed == fettle.Yes:
		f.Verdict, f.Exposed = applicability.Installed, f.Active.Not()
	case p.State == applicability.Withdrawn:
		f.Verdict, f.Exposed = applicability.NotApplicable, fettle.No
	case unfixed == fettle.Yes:
		f.Verdict, f.Exposed = applicability.Blocked, fettle.Yes
	default:
		f.Verdict, f.Exposed = applicability.Needed, fettle.Yes
	}
	return f
}

// inForce follows the derivation of the design: nothing that Installed reads is
// named by restart evidence.
func (w *twin) inForce(p *applicability.Patch) fettle.Truth {
	s := &w.r.Snapshot
	got, kernels, others := fettle.Yes, false, false
	for _, c := range w.leaves(p.Installed, false) {
		list, _ := w.instances(c.Package)
		newest := ""
		ahead := false
		for _, i := range list {
			mapped := func(m inventory.MappedFile) bool { return m.Package == i.p.Name }
			if slices.Contains(s.Restart.Packages, i.p.Name) || slices.ContainsFunc(s.Restart.Mapped, mapped) {
				return fettle.No
			}
			if !isImage(i.p.Name) {
				others = true
				continue
			}
			kernels = true
			if newest == "" || order(i.version, newest) > 0 {
				newest = i.version
			}
			ahead = ahead || order(i.p.Version, runs(s)) > 0
		}
		if ahead && within(c.Range, runs(s)) != within(c.Range, newest) {
			return fettle.No
		}
	}
	known := s.Scope.HasEvidence(inventory.EvidenceFlag) && s.Scope.HasEvidence(inventory.EvidenceMapped)
	if p.Restart == fettle.RestartNone || kernels && !others || known {
		return got
	}
	return fettle.Unknown
}

func order(a, b string) int {
	c, _ := applicability.SchemeDeb.Compare(a, b)
	return c
}

// runs is the version of the kernel that runs: the random hosts boot
// linux-image-6.N.0-1-amd64 at version 6.N-1.
func runs(s *inventory.Snapshot) string { return "6." + s.Kernel.Release[2:3] + "-1" }

// finding is the verdict about patch n among all others.
func (w *twin) finding(n int) twinFinding {
	f := w.own(n)
	if f.Verdict != applicability.Needed && f.Verdict != applicability.Blocked {
		return f
	}
	if by := w.superseder(n); by >= 0 {
		f.Verdict, f.By, f.Exposed = applicability.Superseded, by, w.finding(by).Exposed
		return f
	}
	if f.Verdict == applicability.Blocked {
		return f
	}
	for m := range w.patches {
		conflict := slices.Contains(w.patches[n].Conflicts, w.patches[m].ID) || slices.Contains(w.patches[m].Conflicts, w.patches[n].ID)
		if o := w.own(m); conflict && o.Target != fettle.No && o.Installed == fettle.Yes {
			f.Verdict = applicability.Blocked
			return f
		}
	}
	for _, alternatives := range w.patches[n].Requires {
		if !w.obtainable(alternatives) {
			f.Verdict = applicability.Blocked
			return f
		}
	}
	return f
}

func (w *twin) index(id fettle.PatchID) int {
	return slices.IndexFunc(w.patches, func(p applicability.Patch) bool { return p.ID == id })
}

// obtainable reports whether one of the alternatives, or what supersedes it, is
// or can be on disk.
func (w *twin) obtainable(alternatives []fettle.PatchID) bool {
	return slices.ContainsFunc(alternatives, func(id fettle.PatchID) bool {
		for m := range w.patches {
			if w.patches[m].ID != id && !w.leads(w.patches[m].ID, id, map[fettle.PatchID]bool{}) {
				continue
			}
			switch f := w.finding(m); f.Verdict {
			case applicability.Installed, applicability.PendingRestart:
				return true
			case applicability.Needed:
				if w.may(m) {
					return true
				}
			case applicability.VerdictUnknown, applicability.NotApplicable, applicability.Superseded, applicability.Blocked:
			}
		}
		return false
	})
}

func (w *twin) may(n int) bool {
	return w.patches[n].State != applicability.Withdrawn && w.allowed(n)
}

// superseder returns the patch that takes the place of n on this host, -1 for
// none: of all that lead to n over Supersedes, one on disk before one that is
// needed, then the first.
func (w *twin) superseder(n int) int {
	best, onDisk := -1, false
	for m := range w.patches {
		if m == n || !w.leads(w.patches[m].ID, w.patches[n].ID, map[fettle.PatchID]bool{}) {
			continue
		}
		f := w.finding(m)
		switch f.Verdict {
		case applicability.Installed, applicability.PendingRestart:
			if w.patches[m].State != applicability.Withdrawn && len(w.failing(n)) == 0 && !onDisk {
				best, onDisk = m, true
			}
		case applicability.Needed:
			if w.may(m) && w.covers(m, n) && best < 0 {
				best = m
			}
		case applicability.VerdictUnknown, applicability.NotApplicable, applicability.Superseded, applicability.Blocked:
		}
	}
	return best
}

// leads reports whether from supersedes to, directly or through others, those
// that the catalogue does not have among them.
func (w *twin) leads(from, to fettle.PatchID, seen map[fettle.PatchID]bool) bool {
	if seen[from] {
		return false
	}
	seen[from] = true
	n := w.index(from)
	if n < 0 {
		return false
	}
	for _, old := range w.patches[n].Supersedes {
		if old == to || w.leads(old, to, seen) {
			return true
		}
	}
	return false
}

type failingInstance struct {
	c twinLeaf
	i twinInstance
}

func (w *twin) failing(n int) (list []failingInstance) {
	for _, c := range w.leaves(w.patches[n].Installed, false) {
		for _, i := range w.askedBy(c) {
			if fails(c, i) || i.p.Broken() {
				list = append(list, failingInstance{c, i})
			}
		}
	}
	return list
}

// covers reports whether installing m mends every instance that fails n.
func (w *twin) covers(m, n int) bool {
	for _, old := range w.failing(n) {
		if !slices.ContainsFunc(w.failing(m), func(f failingInstance) bool {
			return f.i.p == old.i.p && !w.asksLess(f.c, old.c, old.i)
		}) {
			return false
		}
	}
	return true
}

// asksLess reports whether c is content with a version that old is not, both
// speaking of one name: some version above the instance's, among all bounds.
func (w *twin) asksLess(c, old twinLeaf, i twinInstance) bool {
	if c.Name != old.Name || c.Source != old.Source || applicability.SchemeDeb.Check(i.version) != nil ||
		len(c.Range.Intervals) == 0 || len(old.Range.Intervals) == 0 {
		return false
	}
	a, ok := fixedAt(c, i.version)
	b, okOld := fixedAt(old, i.version)
	return ok && okOld && order(a, b) < 0
}

// fixedAt returns the lowest bound at which a version's membership changes. The
// random ranges exclude their ends, so that a bound is a version that is mended.
func fixedAt(c twinLeaf, version string) (string, bool) {
	in := within(c.Range, version)
	best := ""
	for _, v := range c.Range.Intervals {
		for _, bound := range []string{v.Low, v.High} {
			if bound != "" && order(bound, version) > 0 && within(c.Range, bound) != in && (best == "" || order(bound, best) < 0) {
				best = bound
			}
		}
	}
	return best, best != ""
}
