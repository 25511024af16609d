package sim

import (
	"bytes"
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fettle-dev/fettle/rollout"
)

// mutants break one thing each; the rule that is about it has to find that.
func mutants() []mutant {
	return []mutant{
		{"the journal changes a word", ruleChain, Break{Journal: func(_ int, e []byte) []byte {
			return bytes.Replace(e, []byte(`"by":"ann"`), []byte(`"by":"bob"`), 1)
		}}},
		{"the journal puts an entry back by a day", ruleTime, Break{Journal: func(n int, e []byte) []byte {
			if n != 20 {
				return e
			}
			return bytes.Replace(e, []byte(`"at":"2026-03-02`), []byte(`"at":"2026-03-01`), 1)
		}}},
		{"the journal changes a kind", ruleReplays, Break{Journal: func(n int, e []byte) []byte {
			if n != 40 {
				return e
			}
			return bytes.Replace(e, []byte(`"kind":"`), []byte(`"kind":"re`), 1)
		}}},
		{"a replay leaves an entry out", ruleReplica, Break{Replay: func(e rollout.Entry) bool { return e.Position != 60 }}},
		{"a ring opens twice", ruleApplies, Break{Decide: each(func(e rollout.Event) []rollout.Event {
			if is[*rollout.RingOpened](e) {
				return []rollout.Event{e, e}
			}
			return []rollout.Event{e}
		})}},
		{"an error loses its type", ruleTyped, Break{Error: func(err error) error { return errors.New(err.Error()) }}},
		{"nobody is asked", ruleApproved, Break{Decide: each(func(e rollout.Event) []rollout.Event {
			if p, ok := e.(*rollout.RolloutProposed); ok && p.BackoutOf == "" {
				return []rollout.Event{e, &rollout.PhaseChanged{Rollout: p.Spec.ID, Phase: rollout.Waiting}}
			}
			return []rollout.Event{e}
		})}},
		{"gates are not asked", ruleGates, Break{Command: starts(openGates)}},
		{"a host in quarantine is granted", ruleMay, Break{Decide: grantWhoWaitsFor(rollout.ReasonQuarantined)}},
		{"a host is granted before its ring is open", ruleOpen, Break{Decide: grantWhoWaitsFor(rollout.ReasonRingClosed)}},
		{"a host is granted while people look", ruleOpen, Break{Decide: grantWhoWaitsFor(rollout.ReasonNotRunning)}},
		{"a grant holds for days", ruleExpire, Break{Decide: terms(func(g *rollout.GrantsIssued) {
			g.StartBy, g.EndBy = g.StartBy.Add(50*time.Hour), g.EndBy.Add(50*time.Hour)
		})}},
		{"a charge is forgotten", ruleBudgets, Break{Decide: terms(func(g *rollout.GrantsIssued) {
			g.Charges = nil
			for i := range g.Rows {
				g.Rows[i].Charges = nil
			}
		})}},
		{"a host is granted when nothing is left", ruleBudgets, Break{Decide: grantWhoWaitsFor(rollout.ReasonBudgetSpent)}},
		{"a halt leaves no block", ruleBlocked, Break{Decide: without(is[*rollout.BlockSet])}},
		{"a host is granted what is blocked", ruleBlocked, Break{Decide: grantWhoWaitsFor(rollout.ReasonBlocked)}},
		{"a host may take for ever", ruleDeadline, Break{Decide: terms(func(g *rollout.GrantsIssued) {
			g.Run += rollout.Duration(100 * time.Hour)
		})}},
		{"an offer says that a grant holds for ever", ruleStart, Break{Offer: func(o rollout.Offer) rollout.Offer {
			o.Grants = append([]rollout.Grant(nil), o.Grants...)
			for i := range o.Grants {
				o.Grants[i].StartBy = o.Grants[i].StartBy.Add(100 * time.Hour)
				o.Grants[i].PreIssued = true // it need not ask
			}
			return o
		}}},
		{"a host goes by another clock than its own", ruleStart, Break{Clock: true}},
		{"a host does it twice", ruleOnce, Break{Twice: true}},
		{"a host is believed", ruleTrue, Break{Command: believe}},
		{"the journal loses what it has acknowledged", ruleKept, Break{Drop: true}},
		{"an outcome is told wrong", ruleOutcomes, Break{Explain: func(x rollout.Explanation) rollout.Explanation {
			for i := range x.Rollouts {
				if x.Rollouts[i].Outcome == rollout.RestartPending {
					x.Rollouts[i].Outcome = rollout.Verified
				}
			}
			return x
		}}},
		{"nobody is told why", ruleExplained, Break{Explain: func(x rollout.Explanation) rollout.Explanation {
			for i := range x.Rollouts {
				x.Rollouts[i].Reasons = nil
			}
			return x
		}}},
		{"nobody is ever silent", ruleMoves, Break{Decide: without(unheard)}},
		{"next is never", ruleNext, Break{Next: func(next time.Time) time.Time {
			if next.Second() != 0 && next.Nanosecond() == 0 {
				return time.Time{} // what is due at a whole second is a deadline
			}
			return next
		}}},
		{"observing acts", ruleObserve, Break{Command: starts(func(s *rollout.Spec) { s.Mode = rollout.Act })}},
		{"who is only looked at is granted", ruleObserve, Break{Decide: grantWhoWaitsFor(rollout.ReasonObserveOnly)}},
		{"an emergency is as any other", ruleLane, Break{Command: starts(func(s *rollout.Spec) {
			s.Lane, s.Approval.Need = rollout.Ordinary, 1
		})}},
		{"who comes and goes is silent", ruleGoes, Break{Decide: rows(func(row *rollout.OutcomeRow) bool {
			if row.Outcome == rollout.Removed {
				row.Outcome = rollout.Silent
			}
			return true
		})}},
		{"what is down is not heard", ruleOutages, Break{Command: func(c rollout.Command) rollout.Command {
			if s, ok := c.(rollout.Signal); ok {
				return rollout.Signal{Name: s.Name, Value: s.Value}
			}
			return c
		}}},
		{"a host is granted beyond the permit", rulePermits, Break{Decide: grantWhoWaitsFor(rollout.ReasonPermitSpent)}},
		{"a site is not counted", ruleBudgets, Break{Decide: terms(func(g *rollout.GrantsIssued) {
			for i := range g.Rows {
				g.Rows[i].Charges = slices.DeleteFunc(g.Rows[i].Charges, func(c int) bool { return g.Charges[c].Budget == "site" })
			}
		})}},
		{"hosts are taken by nobody", ruleReplaced, Break{Decide: rows(func(row *rollout.OutcomeRow) bool {
			if row.Outcome == rollout.Refused {
				row.Outcome, row.Reason = rollout.Skipped, rollout.ReasonReplaced
			}
			return true
		})}},
		{"who lost the other is not given back", ruleGets, Break{Decide: rows(func(row *rollout.OutcomeRow) bool {
			return row.Reason != rollout.ReasonGivenBack
		})}},
		{"a rollout that people pause is put away", ruleRetired, Break{Decide: each(func(e rollout.Event) []rollout.Event {
			if p, ok := e.(*rollout.PhaseChanged); ok && p.Phase == rollout.Paused {
				p.Phase = rollout.Retired
			}
			return []rollout.Event{e}
		})}},
		{"a look that shows it gone changes nothing", ruleTruth, Break{Decide: rows(func(row *rollout.OutcomeRow) bool {
			return row.Reason != rollout.ReasonRevoked
		})}},
		{"what comes late is lost", ruleTruth, Break{Decide: rows(func(row *rollout.OutcomeRow) bool {
			return !row.Loose || row.Seq == 0 || row.Outcome != rollout.Verified && row.Outcome != rollout.Failed
		})}},
		{"a summary leaves a host out", ruleSummary, Break{Summary: func(s rollout.Summary) rollout.Summary {
			for i := range s.Rollouts {
				for k := range s.Rollouts[i].Rings {
					delete(s.Rollouts[i].Rings[k].Counts, "deferred")
				}
			}
			return s
		}}},
		{"a region is counted as two", rulePooled, Break{Command: func(c rollout.Command) rollout.Command {
			if p, ok := c.(rollout.Pool); ok && p.Summary.At%2 == 0 {
				p.From += "2"
				p.Summary.Region = p.From
				return p
			}
			return c
		}}},
		{"nobody's word counts", ruleEnds, Break{Command: func(c rollout.Command) rollout.Command {
			if approve, ok := c.(rollout.Approve); ok {
				approve.By = "paula" // who proposed it
				return approve
			}
			return c
		}}},
	}
}

type mutant struct {
	name string
	rule Rule
	Break
}

// TestEveryRuleIsAlive breaks one thing at a time and wants the rule that is
// about it to find that within a few seeds.
func TestEveryRuleIsAlive(t *testing.T) {
	t.Parallel()
	for _, m := range mutants() {
		t.Run(m.name, func(t *testing.T) {
			t.Parallel()
			found := map[Rule]int{}
			for seed := range uint64(40) {
				_, err := Run(Options{Seed: seed, Break: m.Break})
				if v, ok := errors.AsType[*ViolationError](err); ok {
					if found[v.Rule]++; v.Rule == m.rule {
						t.Logf("by seed %d: %v", seed, err)
						return
					}
				}
			}
			require.Fail(t, "not found in 40 seeds", "rule %q; others found %v", m.rule, found)
		})
	}
}

// TestEveryRuleHasAMutant: no rule is there that nothing proves.
func TestEveryRuleHasAMutant(t *testing.T) {
	t.Parallel()
	proven := map[Rule]bool{}
	for _, m := range mutants() {
		proven[m.rule] = true
	}
	for _, rule := range rules() {
		require.True(t, proven[rule], "rule %q has no mutant", rule)
		delete(proven, rule)
	}
	require.Empty(t, proven, "rules that are not listed")
}

// TestOneSeedOneStory: a failing seed can be run again.
func TestOneSeedOneStory(t *testing.T) {
	t.Parallel()
	one, err := Run(Options{Seed: 8})
	two, err2 := Run(Options{Seed: 8})
	require.Equal(t, one, two)
	require.Equal(t, err, err2)
	require.Positive(t, one.Verified)
}
