package baseline

import (
	"cmp"
	"slices"
	"time"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/applicability"
	"github.com/fettle-dev/fettle/inventory"
)

// The codes of the reasons that this package gives, beside applicability's. All
// but the first have the arguments exception, kind, owner and reason.
const (
	CodeNoRemedy     = "no-remedy"               // no remedy comes with the check
	CodeExcused      = "excused"                 // the exception covers it until the reason's Until
	CodeExpired      = "exception-expired"       // it covered it until args["ended"]
	CodeNotYet       = "exception-not-yet"       // it will from the reason's Until
	CodeAbsent       = "mitigation-absent"       // what it consists of does not hold here
	CodeAbsentMaybe  = "mitigation-unknown"      // whether it does was not looked at
	CodeWhereUnknown = "exception-scope-unknown" // whether it is about this host is not known
)

// weigher weighs the exceptions on one host at one instant.
type weigher struct {
	assessor *Assessor
	now      time.Time
	register *applicability.Assessment // of the exceptions; nil: there are none
}

func (a *Assessor) weigher(r *inventory.Record, now time.Time) weigher {
	w := weigher{assessor: a, now: now}
	if len(a.exceptions) > 0 {
		w.register = a.register.Assess(r, now)
	}
	return w
}

// result turns a finding into a result.
func (w *weigher) result(facts *applicability.Facts, f applicability.Finding) Result {
	a := w.assessor
	p := a.catalog.Patch(int(f.Patch))
	r := Result{
		Patch: p.ID, Title: p.Title, Severity: p.Severity, Status: statusOf(f), Verdict: f.Verdict, Exposed: f.Exposed,
		Check: a.checks[f.Patch], Finding: f, Reasons: a.catalog.Reasons(facts, f),
	}
	if r.Check != nil {
		for i := range r.Reasons {
			if r.Reasons[i].Code == applicability.CodeNoFix.String() {
				r.Reasons[i] = fettle.Reason{Code: CodeNoRemedy}
			}
		}
	}
	if excusable(f) {
		w.weigh(&r)
	}
	return r
}

// weigh looks for the exception that covers r. Where none does, it says why
// those that were meant to do not.
func (w *weigher) weigh(r *Result) {
	var best *Exception
	var why []fettle.Reason
	for _, n := range w.assessor.covers[r.Finding.Patch] {
		e := w.assessor.exceptions[n]
		reason, counts := w.counts(e, w.register.Of(int(n)))
		switch {
		case counts && (best == nil || preferred(e, best)):
			best = e
		case !counts && reason.Code != "":
			why = append(why, reason)
		}
	}
	if best == nil {
		r.Reasons = append(r.Reasons, why...)
		return
	}
	r.Status, r.Exception = Waived, best.ID
	if best.Kind == Mitigation {
		r.Status = Mitigated
	}
	excused := because(CodeExcused, best)
	excused.Until = best.Expires.UTC()
	r.Reasons = append(r.Reasons, excused)
}

// preferred reports whether a says more than b: a mitigation more than a
// waiver, then the one that lasts longer.
func preferred(a, b *Exception) bool {
	return cmp.Or(cmp.Compare(b.Kind, a.Kind), b.Expires.Compare(a.Expires), cmp.Compare(a.ID, b.ID)) < 0
}

// counts reports whether an exception covers what it names on this host now. An
// empty reason means that it is not about this host.
func (w *weigher) counts(e *Exception, f applicability.Finding) (fettle.Reason, bool) {
	switch {
	case f.Target == fettle.No:
		return fettle.Reason{}, false
	case !w.now.Before(e.Expires):
		reason := because(CodeExpired, e)
		reason.Args["ended"] = e.Expires.UTC().Format(time.RFC3339)
		return reason, false
	case f.Target == fettle.Unknown:
		return because(CodeWhereUnknown, e), false
	case w.now.Before(e.From):
		reason := because(CodeNotYet, e)
		reason.Until = e.From.UTC()
		return reason, false
	case f.Installed == fettle.No:
		return because(CodeAbsent, e), false
	case f.Installed == fettle.Unknown:
		return because(CodeAbsentMaybe, e), false
	}
	return fettle.Reason{}, true
}

func because(code string, e *Exception) fettle.Reason {
	return fettle.Reason{Code: code, Args: map[string]string{
		"exception": e.ID, "kind": e.Kind.String(), "owner": e.Owner, "reason": e.Reason,
	}}
}

// ReasonText renders a reason of this package, or of applicability, for people.
func ReasonText(r fettle.Reason) string {
	what := r.Args["kind"] + " " + r.Args["exception"]
	why := r.Args["reason"] + " (" + r.Args["owner"] + ")"
	switch r.Code {
	case CodeNoRemedy:
		return "no remedy comes with this check"
	case CodeExcused:
		return what + " until " + r.Until.Format(time.RFC3339) + ": " + why
	case CodeExpired:
		return what + " expired at " + r.Args["ended"] + ": " + why
	case CodeNotYet:
		return what + " begins at " + r.Until.Format(time.RFC3339) + ": " + why
	case CodeAbsent:
		return what + " does not count: what it consists of does not hold here"
	case CodeAbsentMaybe:
		return what + " does not count: whether it holds here is not known"
	case CodeWhereUnknown:
		return what + " does not count: whether it is about this host is not known"
	default:
		return applicability.ReasonText(r)
	}
}

// Exceptions returns all exceptions, those that end first in front: the list
// to go through before they do.
func (a *Assessor) Exceptions() []*Exception {
	return slices.SortedStableFunc(slices.Values(a.exceptions), func(x, y *Exception) int {
		return cmp.Or(x.Expires.Compare(y.Expires), cmp.Compare(x.ID, y.ID))
	})
}
