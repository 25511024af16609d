package schedule

import (
	"iter"
	"slices"
	"time"
)

// Step is a decision and the instant from which it is the answer.
type Step struct {
	At       time.Time `json:"at"`
	Decision Decision  `json:"decision"`
}

// Situation is what Decide is asked about: the host as it is, the items that it
// needs, and what it remembers.
type Situation struct {
	State  State  `json:"state"`
	Items  []Item `json:"items,omitempty"`
	Ledger Ledger `json:"ledger,omitzero"`
}

// Reaction says what a step of a timeline leads to: the situation that follows,
// and when it comes about, a second after the step at the earliest. The zero
// time: nothing comes of it, and what an earlier step leads to still stands. A
// later reaction takes the place of one that has not come about.
type Reaction func(step Step, s Situation) (Situation, time.Time)

// Timeline runs Decide forward from an instant up to, not including, another,
// and yields the first answer and each that differs from the one before. The
// ledger is carried along. Without a reaction the state and the items stay as
// they are: nobody answers an offer, nothing is installed.
//
// It yields an error, and ends, where Decide returns one. Both instants are cut
// to the whole second.
func (p *Policy) Timeline(s Situation, from, to time.Time, react Reaction) iter.Seq2[Step, error] {
	return func(yield func(Step, error) bool) {
		now, to := seconds(from), seconds(to)
		var before *Decision
		var change *Situation // waits for its time
		var due time.Time
		for now.Before(to) {
			if change != nil && !due.After(now) {
				s, change = *change, nil
			}
			d, err := p.Decide(s.State, s.Items, s.Ledger, now)
			if err != nil {
				yield(Step{}, err)
				return
			}
			s.Ledger = d.Ledger
			step := Step{At: now, Decision: d}
			if before == nil || !before.SameAnswer(&d) {
				if !yield(step, nil) {
					return
				}
				if react != nil {
					if next, at := react(step, s); !at.IsZero() {
						change, due = &next, latest(now.Add(time.Second), seconds(at))
					}
				}
			}
			before = &d
			next := d.Next
			if change != nil && (next.IsZero() || due.Before(next)) {
				next = due
			}
			if next.IsZero() {
				return
			}
			now = next
		}
	}
}

// SameAnswer reports whether two decisions say the same: verdicts, reasons,
// choices and what would unblock. When they can change and what is to be
// remembered is left aside.
func (d *Decision) SameAnswer(e *Decision) bool {
	return d.Action == e.Action && d.Countdown == e.Countdown &&
		slices.EqualFunc(d.Verdicts, e.Verdicts, sameVerdict) &&
		slices.Equal(d.Choices, e.Choices) &&
		slices.EqualFunc(d.Reasons, e.Reasons, sameReason) &&
		slices.EqualFunc(d.Unblock, e.Unblock, sameReason)
}

func sameVerdict(a, b Verdict) bool {
	return a.Patch == b.Patch && a.Action == b.Action && a.Rule == b.Rule && a.Soft.Equal(b.Soft) && a.Hard.Equal(b.Hard) &&
		slices.EqualFunc(a.Reasons, b.Reasons, sameReason)
}
