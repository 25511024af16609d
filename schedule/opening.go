package schedule

import (
	"time"

	"github.com/fettle-dev/fettle"
)

// opening is a window of a policy as one host sees it.
type opening struct {
	name   string
	bound  *BoundWindow
	kind   Kind
	repeat Repeat
	event  Event
	cutoff Cutoff
	length time.Duration // 0: not known ahead
	spread time.Duration
	seed   string
	host   fettle.HostID
}

func newOpening(name string, bound *BoundWindow, seed string, host fettle.HostID) *opening {
	w := bound.Window()
	return &opening{
		name: name, bound: bound, kind: w.Kind, repeat: w.Repeat, event: w.Event, cutoff: w.Cutoff,
		length: w.For, spread: w.Spread, seed: seed, host: host,
	}
}

// at returns the occurrence that holds now, given when events last happened.
func (o *opening) at(now time.Time, events map[string]time.Time) (Span, bool) {
	if o.repeat != OnEvent {
		return o.bound.At(now)
	}
	happened, ok := events[o.event.String()]
	if !ok || happened.After(now) {
		return Span{}, false
	}
	span, ok := o.bound.On(o.event, happened.Truncate(time.Second))
	return span, ok && span.Contains(now)
}

// starts is the stretch of an occurrence in which work of that length may
// start on this host. It is empty if the work does not fit.
func (o *opening) starts(s Span, need time.Duration) Span {
	end := s.End
	switch {
	case !s.End.Before(Forever()):
	case o.cutoff.Fixed:
		end = s.End.Add(-o.cutoff.Last)
	case need > 0:
		// To fit exactly is to fit: the last second that admits a start is End
		// minus need, so the first one that does not is a second later.
		end = s.End.Add(time.Second - need)
	}
	if o.spread > 0 {
		s.Start = o.bound.HostStart(s, o.seed, o.name, o.host)
	}
	s.End = end
	return s
}

// startsAnywhere is starts for the host whose turn comes last, whichever it is.
func (o *opening) startsAnywhere(s Span, need time.Duration) Span {
	last := *o
	last.spread = 0
	starts := last.starts(s, need)
	if o.spread > 0 {
		starts.Start = starts.Start.Add(o.spread - time.Second)
	}
	return starts
}

// stretches returns when work of that length may start in [from, to) in the
// windows that count, less the freezes.
func stretches(list []*opening, c counting, need time.Duration, frozen []Span, from, to time.Time) []Span {
	var open []Span
	all := Span{from, to}
	for _, o := range list {
		if !c.counts(o.kind) || o.repeat == OnEvent {
			continue
		}
		for s := range o.bound.Spans(from, to) {
			if starts := o.startsAnywhere(s, need).Intersect(all); !starts.Empty() {
				open = append(open, starts)
			}
		}
	}
	if len(frozen) == 0 {
		return Union(open)
	}
	return Subtract(open, frozen)
}
