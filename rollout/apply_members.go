package rollout

import (
	"strings"

	"github.com/fettle-dev/fettle"
)

func (e *HostsJoined) check(s *State, _ *Entry) error {
	if len(e.Hosts) > MaxRows {
		return refused("%d hosts in one entry, want at most %d", len(e.Hosts), MaxRows)
	}
	seen := make(map[fettle.HostID]bool, len(e.Hosts))
	for _, j := range e.Hosts {
		if j.Host == "" || seen[j.Host] {
			return refused("host %q has no name, or is named twice", j.Host)
		}
		seen[j.Host] = true
		h, known := s.hosts.find(j.Host)
		for i, m := range j.Rollouts {
			r := s.rolloutOf(m.Rollout)
			switch {
			case r == nil:
				return refused("rollout %q is not known", m.Rollout)
			case r.phase == Retired:
				return refused("rollout %q is retired", m.Rollout)
			case m.Ring != "" && r.ringNamed(m.Ring) < 0:
				return refused("rollout %q has no ring %q", m.Rollout, m.Ring)
			case known && r.members.at(h) != nil:
				return refused("host %q is a member of rollout %q already", j.Host, m.Rollout)
			}
			for _, before := range j.Rollouts[:i] {
				if before.Rollout == m.Rollout {
					return refused("host %q joins rollout %q twice", j.Host, m.Rollout)
				}
			}
		}
	}
	return nil
}

func (e *HostsJoined) apply(s *State, _ *Entry) {
	for _, j := range e.Hosts {
		h, ok := s.hosts.find(j.Host)
		if !ok {
			h = s.hosts.add(j.Host)
		}
		row := &s.hosts.rows[h]
		if row.is(hostPresent) {
			s.keys.count(row.keys, -1)
		} else {
			s.hosts.present++
			s.backFor(h)
		}
		row.flags |= hostPresent
		row.flags &^= hostEphemeral
		if j.Ephemeral {
			row.flags |= hostEphemeral
		}
		row.keys = s.keys.set(j.Keys)
		s.keys.count(row.keys, 1)
		row.gen++
		for _, m := range j.Rollouts {
			s.joinRollout(h, m)
		}
	}
}

// backFor has the back-outs looked at of what a host has that comes back.
func (s *State) backFor(h hostIndex) {
	for r, m := range s.memberships(h) {
		if r.backout != noRollout && m.flags&memberGot != 0 {
			s.rollouts[r.backout].recheck = true
			s.unjudge(s.rollouts[r.backout])
		}
	}
}

func (s *State) joinRollout(h hostIndex, j JoinedMember) {
	r := s.rolloutOf(j.Rollout)
	m := s.enlist(r, h, j.Eligible)
	switch {
	case j.Skipped != "":
		m.outcome, m.reason = Skipped, s.words.add(j.Skipped)
	case j.Ring == "":
		r.unassigned++
	default:
		m.ring = uint8(r.ringNamed(j.Ring))
		r.rings[m.ring].join(Pending, s.strataOf(r, m.keys))
	}
	s.memberJoined(r)
	s.noteAllOvertaken(h) // it, or what it replaces
}

func (e *HostsLeft) check(s *State, _ *Entry) error { return s.allKnown(e.Hosts) }

func (e *HostsLeft) apply(s *State, at *Entry) {
	for _, id := range e.Hosts {
		h, ok := s.known(id)
		if !ok {
			continue // named twice
		}
		row := &s.hosts.rows[h]
		row.flags &^= hostPresent | hostUnheard
		s.hosts.present--
		s.keys.count(row.keys, -1)
		for r, m := range s.memberships(h) {
			switch m.outcome {
			case Verified, RolledBack, Removed:
			default:
				r.beginEntry()
				s.move(r, h, m, Removed, 0, at.At, false)
				m.wake = 0
			}
		}
		s.endOperation(h)
		row.gen++
	}
}

func (e *HostsRelabelled) check(s *State, _ *Entry) error {
	for _, one := range e.Hosts {
		if _, ok := s.known(one.Host); !ok {
			return refused("host %q is not in the region", one.Host)
		}
	}
	return nil
}

func (e *HostsRelabelled) apply(s *State, _ *Entry) {
	for _, one := range e.Hosts {
		h, _ := s.known(one.Host)
		row := &s.hosts.rows[h]
		keys := s.keys.set(one.Keys)
		if keys == row.keys {
			continue
		}
		s.keys.count(row.keys, -1)
		s.keys.count(keys, 1)
		for r, m := range s.memberships(h) {
			if m.ring != noRing {
				r.rings[m.ring].relabel(m.mark, s.strataOf(r, m.keys), s.strataOf(r, keys))
				s.unjudge(r)
			}
			m.keys = keys
		}
		row.keys = keys
		row.gen++
	}
}

func (e *HostsQuarantined) check(s *State, _ *Entry) error { return s.allKnown(e.Hosts) }

func (e *HostsQuarantined) apply(s *State, at *Entry) {
	rule := strings.Clone(e.Reason) // it may be part of a whole entry's text
	for _, id := range e.Hosts {
		h, _ := s.hosts.find(id)
		if !s.hosts.rows[h].is(hostQuarantined) {
			s.confined[h] = confinement{rule: rule, since: at.At}
		}
		s.hosts.rows[h].flags |= hostQuarantined
		s.hosts.rows[h].gen++
	}
}

func (e *HostsReleased) check(s *State, _ *Entry) error { return s.allKnown(e.Hosts) }

func (e *HostsReleased) apply(s *State, _ *Entry) {
	for _, id := range e.Hosts {
		h, _ := s.hosts.find(id)
		row := &s.hosts.rows[h]
		delete(s.confined, h)
		row.flags &^= hostQuarantined | hostUnheard
		row.failures = 0
		row.boots = [2]uint32{}
		row.gen++
		for _, m := range s.memberships(h) {
			if m.outcome == Silent || m.outcome == Failed {
				m.flags |= memberForgiven
			}
		}
		s.settle(h)
	}
}

// allKnown returns an error that names the first host that never was in the
// region.
func (s *State) allKnown(hosts []fettle.HostID) error {
	for _, id := range hosts {
		if _, ok := s.hosts.find(id); !ok {
			return refused("host %q is not known", id)
		}
	}
	return nil
}
