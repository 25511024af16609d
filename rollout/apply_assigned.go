package rollout

import "slices"

func (e *MembersAssigned) check(s *State, _ *Entry) error {
	r := s.rolloutOf(e.Rollout)
	switch {
	case r == nil:
		return refused("rollout %q is not known", e.Rollout)
	case (e.Ring == "") == (e.Skipped == ""):
		return refused("members go into a ring, or into none for a reason")
	case e.Ring != "" && r.ringNamed(e.Ring) < 0:
		return refused("rollout %q has no ring %q", e.Rollout, e.Ring)
	}
	for _, id := range e.Hosts {
		h, ok := s.hosts.find(id)
		if !ok {
			return refused("host %q is not known", id)
		}
		m := r.members.at(h)
		if m == nil && r.backoutOf == noRollout {
			return refused("host %q is no member of rollout %q", id, e.Rollout)
		}
		if m != nil && (m.outcome != Pending || m.ring != noRing && !r.rings[m.ring].opened.IsZero()) {
			return refused("host %q of rollout %q has its ring already", id, e.Rollout)
		}
	}
	return nil
}

func (e *MembersAssigned) apply(s *State, _ *Entry) {
	r := s.rolloutOf(e.Rollout)
	ring := r.ringNamed(e.Ring)
	for _, id := range e.Hosts {
		h, _ := s.hosts.find(id)
		m := r.members.at(h)
		if m == nil {
			m = s.enlist(r, h, ^uint64(0))
		}
		keys := s.strataOf(r, m.keys)
		switch {
		case m.ring != noRing:
			r.rings[m.ring].leave(m.outcome, keys)
		case r.unassigned > 0:
			r.unassigned--
		}
		if ring < 0 {
			m.ring, m.outcome, m.reason = noRing, Skipped, s.words.add(e.Skipped)
		} else {
			m.ring = uint8(ring)
			r.rings[ring].join(m.outcome, keys)
		}
		s.hosts.rows[h].gen++
	}
	s.memberJoined(r)
}

// enlist makes a host a member of a rollout, Pending and without a ring, that may
// be in the rings of which eligible has the bit.
func (s *State) enlist(r *rolloutState, h hostIndex, eligible uint64) *member {
	m := r.members.add(h)
	row := &s.hosts.rows[h]
	m.next, row.first = row.first, r.index
	m.keys = row.keys
	i := slices.Index(r.masks, eligible)
	if i < 0 {
		i = len(r.masks)
		r.masks = append(r.masks, eligible)
	}
	m.mask = uint16(i)
	r.size++
	return m
}
