package rollout

import (
	"time"

	"github.com/fettle-dev/fettle"
)

func (e *OutcomesRecorded) check(s *State, _ *Entry) error {
	r := s.rolloutOf(e.Rollout)
	switch {
	case r == nil:
		return refused("rollout %q is not known", e.Rollout)
	case len(e.Rows) == 0 || len(e.Rows) > MaxRows:
		return refused("%d outcomes in one entry, want 1 to %d", len(e.Rows), MaxRows)
	}
	if e.Rows[0].at == noHost {
		s.findRows(len(e.Rows), func(i int) fettle.HostID { return e.Rows[i].Host }, func(i int, h hostIndex) { e.Rows[i].at = h })
	}
	for i := range e.Rows {
		row := &e.Rows[i]
		h, err := s.rowHost(row.at, row.Host)
		if err != nil {
			return err
		}
		row.at = h
		m := r.members.at(h)
		if m == nil {
			return refused("host %q is no member of rollout %q", row.Host, e.Rollout)
		}
		if int(row.Outcome) >= numOutcomes || row.Class > ClassContent {
			return refused("host %q has outcome %s of class %s", row.Host, row.Outcome, row.Class)
		}
		switch {
		case row.Outcome == m.outcome && (m.outcome.InFlight() || s.hosts.rows[h].is(hostUnheard)): // it is still there
		case !m.outcome.mayFollow(row.Outcome), row.Outcome == Granted, row.Outcome.InFlight() && !s.hosts.rows[h].is(hostLive):
			return refused("host %q goes from %s to %s in rollout %q", row.Host, m.outcome, row.Outcome, e.Rollout)
		}
	}
	return nil
}

func (e *OutcomesRecorded) apply(s *State, at *Entry) {
	r := s.rolloutOf(e.Rollout)
	r.beginEntry()
	for i := range e.Rows {
		row := &e.Rows[i]
		h := row.at // as check has found it
		one, m := &s.hosts.rows[h], r.members.at(h)
		one.sawBoot(row.Boot)
		one.seq = max(one.seq, row.Seq)
		if row.Seq != 0 {
			one.flags &^= hostUnheard
		}
		if row.Outcome == m.outcome {
			if row.Outcome.InFlight() {
				s.stillThere(h, at.At)
			} else {
				one.gen++
				s.settle(h)
			}
			continue
		}
		s.countFailures(one, m, row)
		s.move(r, h, m, row.Outcome, row.Class, at.At, row.Late)
		m.flags &^= memberForgiven
		m.reason = s.words.add(row.Reason)
		s.wakeAt(r, h, m, row.Wake)
		if row.Outcome.InFlight() {
			one.flags |= hostStarted
			s.stillThere(h, at.At)
		} else {
			s.endOperation(h)
		}
	}
}

// stillThere sets the deadline of a host that was heard while at work.
func (s *State) stillThere(h hostIndex, at time.Time) {
	run := s.terms.all[s.hosts.rows[h].terms].run
	s.deadlineAt(h, secondsUp(at)+run)
}

// countFailures counts failures in a row, over all rollouts of a host.
func (s *State) countFailures(h *host, m *member, row *OutcomeRow) {
	switch {
	case row.Outcome == Verified || row.Outcome == RolledBack:
		h.failures = 0
	case row.Outcome == Silent, row.Outcome == Failed && m.outcome.InFlight():
		h.failures = uint8(min(int(h.failures)+1, 255))
	}
}
