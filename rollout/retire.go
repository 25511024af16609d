package rollout

import "strconv"

// decideRetire puts a rollout away. Hosts must not fall back by it to what it
// replaced, keep working for it, or lose the units that their failure holds.
func (s *State) decideRetire(d *decided, c Retire) error {
	r := s.rolloutOf(c.Rollout)
	switch {
	case r == nil:
		return unknownRollout("retire", c.Rollout)
	case r.phase == Retired:
		d.refuse(ReasonPhaseAlready, "rollout", string(c.Rollout), "phase", string(r.phase))
		return nil
	case r.phase != Done && r.phase != Aborted:
		return wrongPhase("retire", r, "done or aborted")
	}
	if rule := s.keepsFromRetiring(r); rule != "" {
		return &CommandError{Command: "retire", Field: "rollout", Value: string(c.Rollout), Rule: rule}
	}
	d.add(&PhaseChanged{Rollout: c.Rollout, Phase: Retired, By: c.By, Why: c.Why})
	return nil
}

// keepsFromRetiring says what a rollout that is over is still needed for, "" if
// for nothing.
func (s *State) keepsFromRetiring(r *rolloutState) string {
	if r.backout != noRollout && s.rollouts[r.backout].phase != Retired {
		return "its back-out " + string(s.rollouts[r.backout].spec.ID) + " is not retired"
	}
	for _, id := range r.spec.Replaces {
		if older := s.rolloutOf(id); older != nil && older != r && older.phase != Aborted && older.phase != Retired {
			return "it replaces " + string(id) + ", which is not retired: hosts would fall back to that"
		}
	}
	var working, holding someHosts
	for h, m := range r.members.all {
		row := &s.hosts.rows[h]
		switch {
		case s.worksFor(row, r.index):
			working.add(row)
		case row.held != 0 && (m.unwell() || row.is(hostUnheard) && row.first == r.index && m.next == noRollout):
			holding.add(row)
		}
	}
	switch {
	case working.n > 0:
		return working.String() + " have an operation for it"
	case holding.n > 0:
		return holding.String() + " hold units until they are known to be well: release them first"
	}
	return ""
}

// worksFor reports whether a host's live operation is also one for the rollout.
func (s *State) worksFor(row *host, r rolloutIndex) bool {
	if row.terms == noTerms {
		return false
	}
	for i := range s.terms.all[row.terms].items {
		if s.terms.all[row.terms].items[i].rollout == r {
			return true
		}
	}
	return false
}

// someHosts counts hosts and remembers the first.
type someHosts struct {
	n     int
	first string
}

func (l *someHosts) add(row *host) {
	if l.n++; l.n == 1 {
		l.first = string(row.id)
	}
}

func (l *someHosts) String() string {
	return strconv.Itoa(l.n) + " of its hosts (" + l.first + ")"
}

// putAway forgets who was in a retired rollout. Its counts stay.
func (s *State) putAway(r *rolloutState) {
	for h, m := range r.members.all {
		row := &s.hosts.rows[h]
		// What the host's Offers have counted of it goes on being counted.
		row.gen += 1 + r.gen
		if m.ring != noRing {
			row.gen += r.ringGen[m.ring]
		}
		if row.first == r.index {
			row.first = m.next
			continue
		}
		for _, before := range s.memberships(h) {
			if before.next == r.index {
				before.next = m.next
				break
			}
		}
	}
	r.members, r.masks, r.unassigned, r.recheck = members{}, nil, 0, false
}
