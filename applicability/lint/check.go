package lint

import (
	"cmp"
	"errors"
	"fmt"
	"iter"
	"maps"
	"slices"
	"time"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/applicability"
	"github.com/fettle-dev/fettle/inventory"
)

// Options bound the work of Check. Zero fields have the defaults named at them.
type Options struct {
	// MaxPairs is how many pairs of patches that speak of one thing are compared
	// for one subject; default 256. Others count as undecided.
	MaxPairs int
}

// Check reasons about a compiled catalogue. problems are what Compile reported;
// patches that it refused are left out otherwise, and so are withdrawn ones.
// The work grows with the size of the footprints and, for what several patches
// speak of, with the pairs, up to the bounds.
func Check(c *applicability.Catalog, problems []*applicability.Problem, options *Options) *Report {
	l := &linter{catalog: c, report: &Report{}, maxPairs: 256, bad: make([]bool, c.Len()), facts: make([]planes, c.Len())}
	if options != nil && options.MaxPairs > 0 {
		l.maxPairs = options.MaxPairs
	}
	l.problems(problems)
	for i := range c.Len() {
		if l.bad[i] = l.bad[i] || c.Patch(i).State == applicability.Withdrawn; l.bad[i] {
			continue
		}
		l.report.Patches++
		l.translate(i)
		l.unknownKinds(i)
		l.footprints(i)
	}
	l.relations()
	l.pairs()
	slices.SortStableFunc(l.report.Findings, func(a, b Finding) int { return cmp.Compare(l.place(a.Patch), l.place(b.Patch)) })
	return l.report
}

// linter is one run of Check.
type linter struct {
	catalog  *applicability.Catalog
	report   *Report
	maxPairs int
	bad      []bool // refused, withdrawn, or nonsense already: not to be reasoned about
	facts    []planes
	newer    map[fettle.PatchID][]int // which patches supersede one, made when first asked for
}

// planes are the footprints of a patch as formulas, and their opposites.
type planes struct {
	target, notTarget       *formula
	installed, notInstalled *formula
	notUnfixed              *formula // nil: Unfixed is not stated
}

func (l *linter) place(id fettle.PatchID) int {
	i, _ := l.catalog.Find(id)
	return i
}

func (l *linter) add(f Finding) { l.report.Findings = append(l.report.Findings, f) }

func (l *linter) problems(problems []*applicability.Problem) {
	for _, p := range problems {
		f := Finding{Code: CodeRefused, Grade: Warning, Patch: p.Patch, Field: p.Field, Detail: p.Err.Error()}
		if errors.Is(p.Err, applicability.ErrCycle) {
			f.Code = CodeCycle
		}
		if p.Fatal {
			f.Grade = Fault
			if p.Index < len(l.bad) {
				l.bad[p.Index] = true
			}
		}
		l.add(f)
	}
}

func (l *linter) translate(i int) {
	p, t := l.catalog.Patch(i), translator{catalog: l.catalog}
	l.facts[i] = planes{
		target: t.of(p.Target, useTarget, false), notTarget: t.of(p.Target, useTarget, true),
		installed: t.of(p.Installed, useInstalled, false), notInstalled: t.of(p.Installed, useInstalled, true),
	}
	if !p.Unfixed.IsZero() {
		l.facts[i].notUnfixed = t.of(p.Unfixed, useTarget, true)
	}
}

// ask counts what was given up.
func (l *linter) ask(kids ...*formula) (*query, answer) {
	q, a := ask(and(kids...))
	if a == gaveUp {
		l.report.Undecided++
	}
	return q, a
}

func (l *linter) never(kids ...*formula) bool {
	_, a := l.ask(kids...)
	return a == impossible
}

// footprints checks one patch by itself.
func (l *linter) footprints(i int) {
	p, f := l.catalog.Patch(i), &l.facts[i]
	nonsense := func(code, field, detail string) {
		l.add(Finding{Code: code, Grade: Fault, Patch: p.ID, Field: field, Detail: detail})
		l.bad[i] = true
	}
	t := translator{catalog: l.catalog}
	for _, extra := range extras(p) {
		if l.never(t.of(extra.footprint, extra.use, false)) {
			l.add(Finding{Code: CodeNeverHolds, Grade: Fault, Patch: p.ID, Field: extra.field, Detail: "no host can meet it: " + short(extra.footprint)})
		}
	}
	if l.never(f.target) {
		nonsense(CodeNeverHolds, "target", "no host can meet it: "+short(p.Target))
		return
	}
	if _, written := p.Target.Criterion().(applicability.Always); !written && l.never(f.notTarget) {
		l.add(Finding{Code: CodeAlwaysHolds, Grade: Warning, Patch: p.ID, Field: "target", Detail: "every host meets it; write always if that is meant: " + short(p.Target)})
	}
	q, needed := l.ask(f.target, f.notInstalled)
	switch {
	case needed == impossible && l.never(f.notInstalled):
		nonsense(CodeAlwaysHolds, "installed", "every host meets it, so the patch is never needed: "+short(p.Installed))
		return
	case needed == impossible:
		nonsense(CodeNeverNeeded, "installed", "it holds wherever the target does, so the patch is never needed")
		return
	case f.notUnfixed == nil && l.never(f.installed):
		nonsense(CodeNeverHolds, "installed", "no host can meet it, so the patch is needed for ever: "+short(p.Installed))
		return
	}
	if needed == possible {
		l.success(i, q)
	}
}

type extra struct {
	field     string
	footprint applicability.Footprint
	use       use
}

// extras are the footprints of a patch that may be left out.
func extras(p *applicability.Patch) []extra {
	var list []extra
	if !p.Active.IsZero() {
		list = append(list, extra{"active", p.Active, useInstalled})
	}
	if !p.Unfixed.IsZero() {
		list = append(list, extra{"unfixed", p.Unfixed, useTarget})
	}
	for k, payload := range p.Payloads {
		if !payload.When.IsZero() {
			list = append(list, extra{fmt.Sprintf("payloads[%d].when", k), payload.When, useTarget})
		}
	}
	return list
}

// success asks whether a host that needs the patch can stay a target of it once
// it is installed, when everything that Installed does not read stays as it is.
func (l *linter) success(i int, needing *query) {
	p, f := l.catalog.Patch(i), &l.facts[i]
	reads := map[subjectID]bool{}
	f.installed.subjects(reads)
	all := and(f.target, f.installed)
	if f.notUnfixed != nil {
		all.kids = append(all.kids, f.notUnfixed)
		var a answer
		if needing, a = l.ask(f.target, f.notInstalled, f.notUnfixed); a != possible {
			return
		}
	}
	shared := ""
	for _, g := range needing.order {
		if len(g.asked) == 0 && !reads[g.subject.id()] {
			all.kids = append(all.kids, none(g.subject, nil))
		}
	}
	f.target.each(func(l *literal) {
		if reads[l.subject.id()] {
			shared = l.subject.String()
		}
	})
	if !l.never(all) {
		return
	}
	finding := Finding{Grade: Fault, Patch: p.ID, Code: CodeNeverVerified, Field: "installed", Detail: "where the target holds it cannot: the patch is needed for ever"}
	if shared != "" {
		finding.Code, finding.Field = CodeTargetReads, "target"
		finding.Detail = "it reads " + shared + ", which installing the patch changes: on the host shown success would turn into not applicable"
	}
	if finding.Witness = l.shown(needing, i, func(v []applicability.Verdict) bool { return v[0] == applicability.Needed }); finding.Witness == nil {
		return
	}
	l.add(finding)
	l.bad[i] = true
}

// shown returns the host of a query if the engine agrees that it shows what is
// claimed about the patches from i on, else nil.
func (l *linter) shown(q *query, i int, claim func([]applicability.Verdict) bool, more ...int) *inventory.Record {
	r := q.host()
	if v := l.judge(r, append([]int{i}, more...)); claim(v) {
		return r
	}
	return nil
}

// judge assesses a host by some patches alone, and those that they refer to.
func (l *linter) judge(r *inventory.Record, indices []int) []applicability.Verdict {
	var patches []applicability.Patch
	in := map[int]bool{}
	var take func(i int)
	take = func(i int) {
		if in[i] {
			return
		}
		in[i] = true
		p := *l.catalog.Patch(i)
		patches = append(patches, p)
		for _, f := range []applicability.Footprint{p.Target, p.Installed, p.Active, p.Unfixed} {
			for c := range criteria(f) {
				if ref, ok := c.(applicability.PatchInstalled); ok {
					if k, ok := l.catalog.Find(ref.Patch); ok {
						take(k)
					}
				}
			}
		}
	}
	for _, i := range indices {
		take(i)
	}
	c, _ := applicability.Compile(patches, nil)
	a := c.Assess(r, time.Time{})
	verdicts := make([]applicability.Verdict, len(indices))
	for k, i := range indices {
		if at, ok := c.Find(l.catalog.Patch(i).ID); ok {
			verdicts[k] = a.Of(at).Verdict
		}
	}
	return verdicts
}

func (l *linter) unknownKinds(i int) {
	p := l.catalog.Patch(i)
	for _, f := range []struct {
		field string
		f     applicability.Footprint
	}{{"target", p.Target}, {"installed", p.Installed}, {"active", p.Active}, {"unfixed", p.Unfixed}} {
		seen := map[string]bool{}
		for c := range criteria(f.f) {
			if o, ok := c.(applicability.Opaque); ok && !seen[o.Kind] {
				seen[o.Kind] = true
				l.add(Finding{
					Code: CodeUnknownKind, Grade: Note, Patch: p.ID, Field: f.field,
					Detail: fmt.Sprintf("criterion of the kind %q is unknown on every host", o.Kind),
				})
			}
		}
	}
}

// criteria yields every criterion of a footprint.
func criteria(f applicability.Footprint) iter.Seq[applicability.Criterion] {
	return func(yield func(applicability.Criterion) bool) { walk(f, yield) }
}

func walk(f applicability.Footprint, yield func(applicability.Criterion) bool) bool {
	var of []applicability.Footprint
	switch c := f.Criterion().(type) {
	case nil:
		return true
	case applicability.All:
		of = c.Of
	case applicability.Any:
		of = c.Of
	case applicability.AtLeast:
		of = c.Of
	case applicability.Not:
		return walk(c.Of, yield)
	default:
		return yield(c)
	}
	for _, kid := range of {
		if !walk(kid, yield) {
			return false
		}
	}
	return true
}

// each yields every literal of f.
func (f *formula) each(yield func(*literal)) {
	if f.op == opLit {
		yield(&f.lit)
	}
	for _, kid := range f.kids {
		kid.each(yield)
	}
}

func (f *formula) subjects(into map[subjectID]bool) {
	f.each(func(l *literal) { into[l.subject.id()] = true })
}

// short cuts the text of a long footprint.
func short(f applicability.Footprint) string {
	text := []rune(f.String())
	if len(text) > 160 {
		return string(text[:160]) + "..."
	}
	return string(text)
}

func sorted(m map[string]string) iter.Seq2[string, string] {
	return func(yield func(string, string) bool) {
		for _, k := range slices.Sorted(maps.Keys(m)) {
			if !yield(k, m[k]) {
				return
			}
		}
	}
}
