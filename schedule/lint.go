package schedule

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/fettle-dev/fettle"
)

// lintHorizon is how far ahead lint looks.
const lintHorizon = 366 * 24 * time.Hour

// LintOptions are the figures that lint measures a policy against.
type LintOptions struct {
	Install time.Duration // what an installation takes; default 30 minutes
	Restart time.Duration // what a restart takes; default 10 minutes
	Poll    time.Duration // how often a host asks; default 1 hour
}

// Finding is something that a policy says and probably does not mean.
type Finding struct {
	Code   string      `json:"code"`            // see the Lint codes
	Field  string      `json:"field,omitempty"` // that it is about, as in Why
	File   string      `json:"file,omitempty"`
	Detail string      `json:"detail"`
	At     []time.Time `json:"at,omitempty"`   // the instants that it speaks of, in UTC
	Host   string      `json:"host,omitempty"` // by LintLayers: the first host that it was found on, with its attributes
}

// String returns code, field and detail on one line.
func (f Finding) String() string {
	where := f.Field
	if f.File != "" {
		where = f.File + ": " + where
	}
	return fmt.Sprintf("%s: %s: %s", f.Code, where, f.Detail)
}

// Codes of lint.
const (
	LintRefused     = "refused"                   // the layers give no policy: a broken lock, an unknown zone or name
	LintNoRule      = "no-rule"                   // items that no rule selects
	LintShadowed    = "rule-never-applies"        // an earlier rule takes everything
	LintNoWindow    = "no-window"                 // so nothing is ever installed, or the host never restarted
	LintNeverOpens  = "window-never-opens"        // in the next 12 months
	LintTooShort    = "window-too-short"          // shorter than the estimate, or than its own cutoff
	LintSlowPoll    = "poll-too-slow"             // a host may sleep through the window
	LintFrozen      = "wholly-frozen"             // every opening of a rule lies inside freezes
	LintLateWindow  = "deadline-before-window"    // the deadline passes before a window opens
	LintNoMandatory = "deadline-enforces-nothing" // after it only mandatory windows count, and there is none
	LintNeverAsked  = "user-never-asked"          // deferrals, but no optional window in which to ask
	LintBudget      = "budget-over-deadline"      // more deferrals, lead, grace or patience than the deadline leaves
	LintCourtesy    = "courtesy-without-end"      // no patience and no deadline
	LintOver        = "over"                      // a freeze or an override that has ended
	LintClockChange = "clock-change"              // a night on which clocks change moves, splits or stretches an opening
	LintRestartLate = "restart-before-window"     // the restart budget ends before a restart window opens
)

// Lint looks for what the policy says and probably does not mean, over the 12
// months from an instant, in a stated order. Nil options mean the defaults.
func (p *Policy) Lint(from time.Time, opt *LintOptions) []Finding {
	o := LintOptions{}
	if opt != nil {
		o = *opt
	}
	if o.Install == 0 {
		o.Install = 30 * time.Minute
	}
	if o.Restart == 0 {
		o.Restart = 10 * time.Minute
	}
	if o.Poll == 0 {
		o.Poll = time.Hour
	}
	l := linter{p: p, opt: o, from: seconds(from), to: seconds(from).Add(lintHorizon)}
	l.coverage()
	for i := range p.rules {
		l.rule(i)
	}
	l.restarts()
	l.windows()
	l.ended()
	l.clockChanges()
	return l.found
}

type linter struct {
	p        *Policy
	opt      LintOptions
	from, to time.Time
	found    []Finding
}

func (l *linter) add(code, field string, at []time.Time, format string, args ...any) {
	f := Finding{Code: code, Field: field, Detail: fmt.Sprintf(format, args...), At: at}
	for i := len(l.p.layers) - 1; i >= 0 && f.File == ""; i-- {
		if e, ok := l.p.layers[i].entry(field, false); ok && e.leaf.presence() == stated {
			f.File = l.p.layers[i].File
		}
	}
	l.found = append(l.found, f)
}

// coverage looks for classes that no rule takes in every severity.
func (l *linter) coverage() {
	var open []string
	for c := fettle.ClassUnknown; c <= fettle.ClassRemoval; c++ {
		for s := fettle.SeverityUnknown; s <= fettle.SeverityCritical; s++ {
			if l.p.rule(&Item{Class: c, Severity: s}) == nil {
				open = append(open, c.String())
				break
			}
		}
	}
	if len(open) > 0 {
		l.add(LintNoRule, "rules", nil, "no rule selects every item of the classes %s; what none selects is never installed",
			strings.Join(open, ", "))
	}
}

// need is what a start must leave room for under a rule.
func (l *linter) need(reserve time.Duration) time.Duration {
	return max(l.opt.Install+l.opt.Restart, reserve)
}

func (l *linter) rule(i int) {
	r := &l.p.rules[i]
	path := "rules." + r.name + "."
	for j := range i {
		if l.p.rules[j].covers(r) {
			l.add(LintShadowed, path+"order", nil, "rule %s comes first and selects everything that this one does", l.p.rules[j].name)
			break
		}
	}
	if len(r.windows) == 0 {
		l.add(LintNoWindow, path+"windows", nil, "no window: items of this rule are never installed")
		return
	}
	l.openings(r, path)
	l.budgets(r, path)
}

// covers reports whether a rule selects all that another does.
func (r *rule) covers(o *rule) bool {
	wider := func(a, b uint32) bool { return a == 0 || (b != 0 && a&b == b) }
	return wider(r.classes, o.classes) && wider(r.severities, o.severities) && wider(r.urgencies, o.urgencies) &&
		(len(r.categories) == 0 || (len(o.categories) > 0 && within(o.categories, r.categories)))
}

// frozenFor gathers the freezes of an effect that concern every item of a rule.
func (p *Policy) frozenFor(r *rule, what effect, from, to time.Time) []Span {
	var all []Span
	for i := range p.freezes {
		f := &p.freezes[i]
		whole := rule{classes: f.classes, severities: f.severities, categories: f.categories}
		if f.blocks&what == 0 || (r != nil && !whole.covers(r)) {
			continue
		}
		if f.window == nil {
			all = append(all, f.span)
			continue
		}
		all = slices.AppendSeq(all, f.window.Spans(from, to))
	}
	for i := range p.holds {
		all = append(all, p.holds[i].span)
	}
	return all
}

func (l *linter) openings(r *rule, path string) {
	need := l.need(r.reserve)
	both := counting{mandatory: true, optional: true}
	free := stretches(r.windows, both, need, nil, l.from, l.to)
	open := stretches(r.windows, both, need, l.p.frozenFor(r, installs, l.from, l.to), l.from, l.to)
	byEvent := slices.ContainsFunc(r.windows, func(o *opening) bool { return o.repeat == OnEvent })
	if len(free) > 0 && len(open) == 0 && !byEvent {
		l.add(LintFrozen, path+"windows", nil, "every opening of the next 12 months in which %s fits lies inside freezes",
			lengthText(need))
	}
	hard, bounded := r.hard.Duration()
	if !bounded {
		return
	}
	mandatory := slices.ContainsFunc(r.windows, func(o *opening) bool { return o.kind == Mandatory })
	if !mandatory {
		l.add(LintNoMandatory, path+"hard", nil, "after the hard deadline only mandatory windows count, and the rule has none")
	}
	if len(open) == 0 || byEvent || r.cycle != nil {
		return
	}
	gap, worst := open[0].Start.Sub(l.from), Span{l.from, open[0].Start}
	for i := 1; i < len(open); i++ {
		if g := open[i].Start.Sub(open[i-1].End); g > gap {
			gap, worst = g, Span{open[i-1].End, open[i].Start}
		}
	}
	if gap > hard {
		l.add(LintLateWindow, path+"hard", []time.Time{worst.Start, worst.End},
			"between %s and %s no window is open for %s; the deadline of %s passes before one is",
			instantText(worst.Start), instantText(worst.End), lengthText(gap), r.hard)
	}
}

func (l *linter) budgets(r *rule, path string) {
	optional := slices.ContainsFunc(r.windows, func(o *opening) bool { return o.kind == Optional })
	if n, bounded := r.deferrals.Number(); (n > 0 || !bounded) && !optional {
		l.add(LintNeverAsked, path+"deferrals", nil, "the user has deferrals, but is asked in optional windows only, and the rule has none")
	}
	for _, c := range r.conditions {
		if !c.safety && c.patience.never && r.hard.never {
			l.add(LintCourtesy, path+"conditions", nil, "%s has no patience and the rule no hard deadline: it may hold things up for ever", c.name)
		}
	}
	hard, bounded := r.hard.Duration()
	if !bounded {
		return
	}
	exceeds := func(field string, limit Limit, room time.Duration, against string) {
		if d, ok := limit.Duration(); ok && d > room {
			l.add(LintBudget, path+field, nil, "%s is more than the %s that %s leaves", limit, lengthText(room), against)
		}
	}
	exceeds("soft", r.soft, hard, "the hard deadline")
	exceeds("lead", r.lead, hard, "the hard deadline")
	exceeds("grace", r.grace, hard, "the hard deadline")
	room := max(hard-r.lead.d, 0)
	exceeds("deferTotal", r.deferTotal, room, "the hard deadline less the lead")
	if n, finite := r.deferrals.Number(); finite && n > 0 && !r.deferEach.never && time.Duration(n) <= maxLimit/max(r.deferEach.d, 1) {
		exceeds("deferEach", LimitOf(time.Duration(n)*r.deferEach.d), room, "the hard deadline less the lead (all deferrals together)")
	}
	for _, c := range r.conditions {
		if !c.safety {
			exceeds("conditions", c.patience, hard, "the hard deadline (patience of "+c.name+")")
		}
	}
}

func (l *linter) restarts() {
	used := map[string]bool{defaultRestart: true}
	for i := range l.p.rules {
		used[l.p.rules[i].restart.name] = true
	}
	for _, name := range slices.Sorted(maps.Keys(l.p.restarts)) {
		r := l.p.restarts[name]
		path := "restarts." + name + "."
		if !used[name] || r.mode == RestartNever {
			continue
		}
		if len(r.windows) == 0 {
			l.add(LintNoWindow, path+"windows", nil, "no window: the host is never restarted")
			continue
		}
		budget, bounded := r.budget.Duration()
		need := max(l.opt.Restart, r.reserve)
		open := stretches(r.windows, counting{mandatory: true, optional: true}, need,
			l.p.frozenFor(nil, restarts, l.from, l.to), l.from, l.to)
		for i := 1; bounded && i < len(open); i++ {
			if gap := open[i].Start.Sub(open[i-1].End); gap > budget {
				l.add(LintRestartLate, path+"budget", []time.Time{open[i-1].End, open[i].Start},
					"between %s and %s no restart window is open; the budget is %s",
					instantText(open[i-1].End), instantText(open[i].Start), r.budget)
				break
			}
		}
	}
}

// windows looks at each window that a rule uses.
func (l *linter) windows() {
	need := map[string]time.Duration{}
	for i := range l.p.rules {
		r := &l.p.rules[i]
		for _, o := range r.windows {
			need[o.name] = max(need[o.name], l.need(r.reserve))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(need)) {
		o := l.p.windows[name]
		field := "windows." + name + ".window"
		if o.repeat == Always || o.repeat == OnEvent {
			continue
		}
		var shortest Span
		for s := range o.bound.Spans(l.from, l.to) {
			if shortest.Empty() || s.Length() < shortest.Length() {
				shortest = s
			}
		}
		if shortest.Empty() {
			l.add(LintNeverOpens, field, nil, "no occurrence in the next 12 months")
			continue
		}
		starts := o.startsAnywhere(shortest, need[name])
		switch {
		case starts.Empty() && o.cutoff.Fixed:
			l.add(LintTooShort, field, []time.Time{shortest.Start}, "%s long, of which cutoff and spread leave nothing to start in",
				lengthText(shortest.Length()))
		case starts.Empty() && o.spread > 0:
			l.add(LintTooShort, field, []time.Time{shortest.Start}, "%s long, of which the spread takes %s; the estimate is %s",
				lengthText(shortest.Length()), lengthText(o.spread), lengthText(need[name]))
		case starts.Empty():
			l.add(LintTooShort, field, []time.Time{shortest.Start}, "%s long, the estimate is %s",
				lengthText(shortest.Length()), lengthText(need[name]))
		case starts.Length() < l.opt.Poll:
			l.add(LintSlowPoll, field, []time.Time{starts.Start}, "a start is admitted for %s only, hosts ask every %s",
				lengthText(starts.Length()), lengthText(l.opt.Poll))
		}
	}
}

// ended looks for freezes and overrides that are history.
func (l *linter) ended() {
	for i := range l.p.freezes {
		f := &l.p.freezes[i]
		if f.window == nil && !f.span.End.After(l.from) {
			l.add(LintOver, "freezes."+f.name+".until", []time.Time{f.span.End}, "ended at %s", instantText(f.span.End))
		}
	}
	for i := range l.p.over {
		if o := &l.p.over[i]; !o.span.End.After(l.from) {
			l.add(LintOver, "overrides."+o.name+".expires", []time.Time{o.span.End}, "expired at %s", instantText(o.span.End))
		}
	}
}
