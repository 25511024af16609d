package rollout

import (
	"slices"
	"time"
)

func (s *State) decideSignal(d *decided, c Signal, now time.Time) error {
	wrong := func(field, value, rule string) error {
		return &CommandError{Command: "signal", Field: field, Value: value, Rule: rule}
	}
	switch {
	case c.Name == "":
		return wrong("name", "", "it is missing")
	case c.Rollout != "" && s.rolloutOf(c.Rollout) == nil:
		return unknownRollout("signal", c.Rollout)
	case c.Outage.Dimension == "" && (c.Units != 0 || c.Outage.Value != "" || !c.Until.IsZero()):
		return wrong("outage", c.Outage.Value, "units, a value and an end are those of an outage, which names its dimension")
	case c.Units < 0:
		return wrong("units", "", "want 0 or more")
	case !c.Until.IsZero() && !now.Before(c.Until):
		return wrong("until", c.Until.UTC().Format(time.RFC3339), "it is past")
	}
	e := &SignalReceived{Name: c.Name, Value: c.Value, Rollout: c.Rollout, By: c.By, Units: c.Units, Until: c.Until}
	if c.Outage.Dimension != "" {
		e.Outage = &c.Outage
	}
	d.add(e)
	return nil
}

// signalOf returns the value of a signal for a rollout: its own, or the region's.
func (s *State) signalOf(name string, id ID) (signalValue, bool) {
	if v, ok := s.signals[signalKey{name: name, rollout: id}]; ok {
		return v, true
	}
	v, ok := s.signals[signalKey{name: name}]
	return v, ok
}

func (e *SignalReceived) check(s *State, _ *Entry) error {
	if e.Rollout != "" && s.rolloutOf(e.Rollout) == nil {
		return refused("rollout %q is not known", e.Rollout)
	}
	return nil
}

func (e *SignalReceived) apply(s *State, at *Entry) {
	key := signalKey{name: e.Name, rollout: e.Rollout}
	was, known := s.signals[key]
	if !known || was.Value != e.Value {
		s.signals[key] = signalValue{Value: e.Value, Since: at.At}
	}
	s.outages = slices.DeleteFunc(s.outages, func(o outage) bool {
		return o.signal == e.Name && (e.Outage == nil || o.key == *e.Outage)
	})
	if e.Outage != nil && e.Units > 0 {
		s.outages = append(s.outages, outage{signal: e.Name, key: *e.Outage, units: e.Units, until: e.Until})
		s.armOutage(e.Until)
		s.gen++
	}
	for _, r := range s.rollouts {
		if (e.Rollout == "" || e.Rollout == r.spec.ID) && r.asksFor(e.Name) {
			s.unjudge(r)
		}
	}
}

// asksFor reports whether a gate of the rollout waits for a signal.
func (r *rolloutState) asksFor(signal string) bool {
	return slices.ContainsFunc(r.spec.Rings, func(ring Ring) bool {
		return slices.ContainsFunc(ring.Gates, func(g Gate) bool { return g.Signal != nil && g.Signal.Name == signal })
	})
}

// armOutage wakes a Tick at the end of an outage.
func (s *State) armOutage(until time.Time) {
	if !until.IsZero() {
		s.timers.add(secondsUp(until), timer{host: noHost, rollout: noRollout})
	}
}

// outageEnds reports whether an outage ends at that second.
func (s *State) outageEnds(second uint32) bool {
	return slices.ContainsFunc(s.outages, func(o outage) bool {
		return !o.until.IsZero() && secondsUp(o.until) == second
	})
}

func (e *OutageEnded) check(s *State, _ *Entry) error {
	if !slices.ContainsFunc(s.outages, e.is) {
		return refused("signal %q has no outage of %s %s", e.Signal, e.Key.Dimension, e.Key.Value)
	}
	return nil
}

func (e *OutageEnded) is(o outage) bool { return o.signal == e.Signal && o.key == e.Key }

func (e *OutageEnded) apply(s *State, _ *Entry) {
	s.outages = slices.DeleteFunc(s.outages, e.is)
	s.gen++
}
