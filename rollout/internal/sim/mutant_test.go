package sim

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/rollout"
)

// without drops the events that a mutant does not want to hear of.
func without(unwanted func(rollout.Event) bool) func([]rollout.Event) []rollout.Event {
	return func(events []rollout.Event) []rollout.Event {
		var kept []rollout.Event
		for _, e := range events {
			if !unwanted(e) {
				kept = append(kept, e)
			}
		}
		return kept
	}
}

func is[E rollout.Event](e rollout.Event) bool { _, ok := e.(E); return ok }

// forgetCharges issues grants that take no units.
func forgetCharges(events []rollout.Event) []rollout.Event {
	for _, e := range events {
		if g, ok := e.(*rollout.GrantsIssued); ok {
			g.Charges = nil
			for i := range g.Rows {
				g.Rows[i].Charges = nil
			}
		}
	}
	return events
}

// openGates starts rollouts whose gates nobody asks.
func openGates(c rollout.Command) rollout.Command {
	start, ok := c.(rollout.Start)
	if !ok {
		return c
	}
	spec := *start.Spec
	spec.Rings = append([]rollout.Ring(nil), spec.Rings...)
	for i := range spec.Rings {
		spec.Rings[i].Gates = []rollout.Gate{{Bake: &rollout.BakeGate{For: rollout.Duration(time.Minute)}}}
	}
	start.Spec = &spec
	return start
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

// TestEveryRuleIsAlive breaks one thing at a time and wants the rule that is
// about it to find that within a few seeds.
func TestEveryRuleIsAlive(t *testing.T) {
	t.Parallel()
	for _, mutant := range []struct {
		name  string
		rules []string
		Break
	}{
		{"a charge is forgotten", []string{"budgets"}, Break{Decide: forgetCharges}},
		{"an offer says that a grant holds for ever", []string{"no start without a grant"}, Break{Offer: func(o rollout.Offer) rollout.Offer {
			o.Grants = append([]rollout.Grant(nil), o.Grants...)
			for i := range o.Grants {
				o.Grants[i].StartBy = o.Grants[i].StartBy.Add(100 * time.Hour)
				o.Grants[i].PreIssued = true // it need not ask
			}
			return o
		}}},
		{"gates are not asked", []string{"rings open after their gates"}, Break{Command: openGates}},
		{"a host is believed", []string{"verified is true"}, Break{Command: believe}},
		{"nobody is ever silent", []string{"in flight has a deadline", "next moves on"}, Break{Decide: without(unheard)}},
		{"a halt leaves no block", []string{"nothing again after its back-out"}, Break{Decide: without(is[*rollout.BlockSet])}},
		{"a replay leaves an entry out", []string{"replay", "replay is the live state"}, Break{Replay: func(e rollout.Entry) bool { return e.Position != 60 }}},
		{"the journal changes a bit", []string{"replay", "chain intact"}, Break{Flip: true}},
		{"the journal keeps nothing", []string{"acknowledged reports are kept", "replay is the live state"}, Break{Drop: true}},
		{"a host does it twice", []string{"an operation runs once"}, Break{Twice: true}},
		{"nothing is ever done", []string{"everything comes to an end", "next moves on"}, Break{Decide: without(is[*rollout.RingPassed])}},
		{"nobody is told why", []string{"everything is explained"}, Break{Explain: func(x rollout.Explanation) rollout.Explanation {
			for i := range x.Rollouts {
				x.Rollouts[i].Reasons = nil
			}
			return x
		}}},
		{"next is never", []string{"next while something waits"}, Break{Next: func(next time.Time) time.Time {
			if next.Second() != 0 && next.Nanosecond() == 0 {
				return time.Time{} // what is due at a whole second is a deadline
			}
			return next
		}}},
	} {
		t.Run(mutant.name, func(t *testing.T) {
			t.Parallel()
			var last error
			for seed := range uint64(30) {
				_, err := Run(Options{Seed: seed, Break: mutant.Break})
				if found, ok := errors.AsType[*ViolationError](err); ok {
					last = err
					if found.Rule == mutant.rules[0] || found.Rule == mutant.rules[len(mutant.rules)-1] {
						return
					}
				}
			}
			require.Fail(t, "not found in 30 seeds", "the last violation was: %v", last)
		})
	}
}

// TestOneSeedOneStory: a failing seed can be run again.
func TestOneSeedOneStory(t *testing.T) {
	t.Parallel()
	one, err := Run(Options{Seed: 7})
	two, err2 := Run(Options{Seed: 7})
	require.Equal(t, one, two)
	require.Equal(t, err, err2)
	require.Positive(t, one.Verified)
}
