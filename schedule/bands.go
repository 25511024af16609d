package schedule

import (
	"maps"
	"slices"
	"strings"
	"time"
)

// Band is something that a policy says by the calendar, and when: what a chart
// of a policy shows as one row.
type Band struct {
	Kind   BandKind
	Name   string
	Detail string // of a freeze or override: who and why
	Spans  []Span // in order, clipped to the question; those of a window are whole occurrences joined
}

// BandKind is what a Band is about.
type BandKind uint8

// The kinds of band, in the order in which Bands returns them.
const (
	BandMandatory BandKind = iota // a mandatory window
	BandOptional                  // an optional window
	BandFreeze
	BandHostFreeze
	BandOverride
)

// String returns the words for people.
func (k BandKind) String() string {
	return [...]string{"mandatory window", "optional window", "freeze", "host freeze", "override"}[min(k, BandOverride)]
}

// Bands returns the policy's windows that a rule or a restart rule uses, and
// its freezes and overrides, in [from, to). Windows that events open have no
// times and are left out.
func (p *Policy) Bands(from, to time.Time) []Band {
	var all []Band
	question := Span{from, to}
	used := map[string]*opening{}
	for _, r := range p.rules {
		for _, o := range r.windows {
			used[o.name] = o
		}
		for _, o := range r.restart.windows {
			used[o.name] = o
		}
	}
	for _, o := range p.restarts[defaultRestart].windows {
		used[o.name] = o
	}
	for _, name := range slices.Sorted(maps.Keys(used)) {
		o := used[name]
		if o.repeat == OnEvent {
			continue
		}
		b := Band{Kind: BandMandatory, Name: name, Spans: clip(slices.Collect(o.bound.Spans(from, to)), question)}
		if o.kind == Optional {
			b.Kind = BandOptional
		}
		all = append(all, b)
	}
	for i := range p.freezes {
		f := &p.freezes[i]
		spans := []Span{f.span}
		if f.window != nil {
			spans = slices.Collect(f.window.Spans(from, to))
		}
		all = append(all, Band{BandFreeze, f.name, f.owner + ": " + f.reason, clip(spans, question)})
	}
	for i := range p.holds {
		h := &p.holds[i]
		all = append(all, Band{BandHostFreeze, h.name, h.owner + ": " + h.reason, clip([]Span{h.span}, question)})
	}
	for i := range p.over {
		o := &p.over[i]
		all = append(all, Band{BandOverride, o.name, o.approver + ": " + o.reason, clip([]Span{o.span}, question)})
	}
	slices.SortStableFunc(all, func(a, b Band) int {
		if a.Kind != b.Kind {
			return int(a.Kind) - int(b.Kind)
		}
		return strings.Compare(a.Name, b.Name)
	})
	return all
}

func clip(spans []Span, to Span) []Span { return Intersection(spans, []Span{to}) }
