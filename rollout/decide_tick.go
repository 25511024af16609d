package rollout

import (
	"slices"
	"time"

	"github.com/fettle-dev/fettle"
)

// decideTick does what time leads to: grants that lapse, hosts that fell silent,
// retries that are due; if there is none of those, the rings.
func (s *State) decideTick(d *decided, now time.Time) {
	var lapsed []fettle.HostID
	rows := make([][]OutcomeRow, len(s.rollouts))
	for _, due := range s.timers.until(secondsDown(now), s.live) {
		switch {
		case due.host == noHost:
			continue // judgeRings looks for itself
		case due.rollout != noRollout:
			rows[due.rollout] = append(rows[due.rollout], OutcomeRow{
				Host: s.hosts.rows[due.host].id, Outcome: Pending, Reason: ReasonTriedAgain, Loose: true, at: due.host,
			})
		case !s.hosts.rows[due.host].is(hostStarted):
			lapsed = append(lapsed, s.hosts.rows[due.host].id)
		default:
			s.silent(rows, due.host, now)
		}
	}
	for part := range slices.Chunk(lapsed, MaxRows) {
		d.add(&GrantsLapsed{Reason: ReasonLapsed, Hosts: part})
	}
	for i, list := range rows {
		addOutcomes(d, s.rollouts[i].spec.ID, list)
	}
	s.judgeRings(d, now)
}

// silent ends the operation of a host that was not heard until its deadline. An
// ephemeral host was made to go away: it ends as Removed.
func (s *State) silent(rows [][]OutcomeRow, h hostIndex, now time.Time) {
	row := &s.hosts.rows[h]
	for _, item := range s.terms.all[row.terms].items {
		m := s.rollouts[item.rollout].members.at(h)
		if !m.outcome.InFlight() {
			continue
		}
		r := s.rollouts[item.rollout]
		one := OutcomeRow{Host: row.id, Outcome: Silent, at: h, Wake: r.retryAt(m, row.id, ClassSilence, now)}
		switch {
		case m.outcome == Granted:
			one.Outcome, one.Reason, one.Wake = Pending, ReasonLapsed, time.Time{}
		case row.is(hostEphemeral):
			one.Outcome, one.Wake = Removed, time.Time{}
		}
		rows[item.rollout] = append(rows[item.rollout], one)
	}
}

// live reports whether a timer still says the truth.
func (s *State) live(second uint32, what timer) bool {
	switch {
	case what.host != noHost && what.rollout == noRollout:
		row := &s.hosts.rows[what.host]
		return row.is(hostLive) && row.deadline == second
	case what.host != noHost:
		m := s.rollouts[what.rollout].members.at(what.host)
		return m != nil && m.wake == second && (m.outcome == Failed || m.outcome == Deferred || m.outcome == Silent)
	case what.rollout == noRollout:
		return s.outageEnds(second)
	default:
		return s.rollouts[what.rollout].wake == second
	}
}
