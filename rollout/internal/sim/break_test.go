package sim

import (
	"slices"
	"time"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/rollout"
)

// decider alters what was decided; it is a Break's.
type decider = func(s *rollout.State, now time.Time, events []rollout.Event) []rollout.Event

func is[E rollout.Event](e rollout.Event) bool { _, ok := e.(E); return ok }

// each puts other events in the place of each.
func each(of func(rollout.Event) []rollout.Event) decider {
	return func(_ *rollout.State, _ time.Time, events []rollout.Event) []rollout.Event {
		var list []rollout.Event
		for _, e := range events {
			list = append(list, of(e)...)
		}
		return list
	}
}

// without drops the events that a mutant does not want to hear of.
func without(unwanted func(rollout.Event) bool) decider {
	return each(func(e rollout.Event) []rollout.Event {
		if unwanted(e) {
			return nil
		}
		return []rollout.Event{e}
	})
}

// terms alters grants.
func terms(alter func(*rollout.GrantsIssued)) decider {
	return each(func(e rollout.Event) []rollout.Event {
		if g, ok := e.(*rollout.GrantsIssued); ok {
			alter(g)
		}
		return []rollout.Event{e}
	})
}

// grantWhoWaitsFor issues a grant, now and then, to a host that waits, and of
// which Explain says that this is why.
func grantWhoWaitsFor(code string) decider {
	calls := 0
	return func(s *rollout.State, now time.Time, events []rollout.Event) []rollout.Event {
		if calls++; calls%10 != 0 || len(events) > 0 {
			return events
		}
		for i := range 60 {
			x := s.Explain(hostID(i), now)
			for _, r := range x.Rollouts {
				because := func(reason fettle.Reason) bool { return reason.Code == code }
				spec, _, _ := s.Spec(r.Rollout)
				working := slices.ContainsFunc(x.Rollouts, func(r rollout.HostExplanation) bool { return r.Outcome.InFlight() })
				if r.Outcome != rollout.Pending || r.Ring == "" || working || !slices.ContainsFunc(r.Reasons, because) {
					continue
				}
				issued := now.UTC().Truncate(time.Second)
				return []rollout.Event{&rollout.GrantsIssued{
					Items:  []rollout.GrantedItem{{Rollout: r.Rollout, Patches: []fettle.PatchID{spec.Patches[0].ID}}},
					Issued: issued, StartBy: issued.Add(time.Duration(spec.Grant)), EndBy: issued.Add(time.Duration(spec.Grant + spec.Run)),
					Run: spec.Silence, Rows: []rollout.GrantedRow{{Host: x.Host}},
				}}
			}
		}
		return events
	}
}

// rows alters the rows of outcomes; false drops one.
func rows(alter func(*rollout.OutcomeRow) bool) decider {
	return each(func(e rollout.Event) []rollout.Event {
		o, ok := e.(*rollout.OutcomesRecorded)
		if !ok {
			return []rollout.Event{e}
		}
		var kept []rollout.OutcomeRow
		for i := range o.Rows {
			if alter(&o.Rows[i]) {
				kept = append(kept, o.Rows[i])
			}
		}
		if o.Rows = kept; len(kept) == 0 {
			return nil
		}
		return []rollout.Event{e}
	})
}

// starts alters the specs that are started.
func starts(alter func(*rollout.Spec)) func(rollout.Command) rollout.Command {
	return func(c rollout.Command) rollout.Command {
		start, ok := c.(rollout.Start)
		if !ok {
			return c
		}
		spec := *start.Spec
		spec.Rings = slices.Clone(spec.Rings)
		alter(&spec)
		start.Spec = &spec
		return start
	}
}

// openGates are gates that nobody asks.
func openGates(spec *rollout.Spec) {
	for i := range spec.Rings {
		spec.Rings[i].Gates = []rollout.Gate{{Bake: &rollout.BakeGate{For: rollout.Duration(time.Minute)}}}
	}
}

// believe takes every host's word for what is in force.
func believe(c rollout.Command) rollout.Command {
	reports, ok := c.(rollout.Reports)
	if !ok {
		return c
	}
	var rows []rollout.HostReport
	for _, row := range reports.Hosts {
		row.Results = append([]rollout.Result(nil), row.Results...)
		for i, res := range row.Results {
			row.Results[i].Patches = append([]rollout.PatchState(nil), res.Patches...)
			for k := range res.Patches {
				if res.Outcome == rollout.Verified {
					row.Results[i].Patches[k].Active, row.Results[i].Patches[k].Installed = fettle.Yes, fettle.Yes
				}
			}
		}
		rows = append(rows, row)
	}
	return rollout.Reports{Hosts: rows}
}

// unheard never says that a host is silent, nor that a grant has lapsed.
func unheard(e rollout.Event) bool {
	o, ok := e.(*rollout.OutcomesRecorded)
	return ok && o.Rows[0].Outcome == rollout.Silent || is[*rollout.GrantsLapsed](e)
}
