package rollout

import (
	"cmp"
	"slices"

	"github.com/fettle-dev/fettle"
)

// choose returns the members that a ring of a number of hosts takes when it
// opens: its pins, then those with the smallest hashes, out of all members whose
// ring has not opened. None for another ring.
func (s *State) choose(r *rolloutState, i int) []hostIndex {
	spec := &r.spec.Rings[i]
	if spec.Count == 0 || r.frozen[i] {
		return nil
	}
	type candidate struct {
		host hostIndex
		pin  bool
		unit uint64
		id   fettle.HostID
	}
	pins := make(map[fettle.HostID]bool, len(spec.Pins))
	for _, p := range spec.Pins {
		pins[p] = true
	}
	room := max(spec.Count-r.rings[i].members, 0)
	var list []candidate
	first := func() { // keeps those that the ring would take of the candidates so far
		slices.SortFunc(list, func(a, b candidate) int {
			if a.pin != b.pin {
				if a.pin {
					return -1
				}
				return 1
			}
			return cmp.Or(cmp.Compare(a.unit, b.unit), cmp.Compare(a.id, b.id))
		})
		list = list[:min(len(list), room)]
	}
	for h, m := range r.members.all {
		if m.outcome != Pending || m.ring != noRing && int(m.ring) <= i || r.masks[m.mask]>>i&1 == 0 {
			continue
		}
		id := s.hosts.rows[h].id
		list = append(list, candidate{host: h, pin: pins[id], unit: hashUnit(r.spec.Salt, id), id: id})
		if len(list)/2-128 >= room {
			first()
		}
	}
	first()
	chosen := make([]hostIndex, len(list))
	for k, c := range list {
		chosen[k] = c.host
	}
	return chosen
}

// chooses reports whether a ring of a number of hosts is still to choose among
// hosts that may be in those rings.
func (r *rolloutState) chooses(eligible uint64) bool {
	for i := range r.rings {
		if r.spec.Rings[i].Count > 0 && !r.frozen[i] && eligible>>i&1 != 0 {
			return true
		}
	}
	return false
}

// ringless reports whether no ring has a member or may still choose it.
func (r *rolloutState) ringless(m *member) bool {
	return m.ring == noRing && !r.chooses(r.masks[m.mask])
}

// leftOver returns members that wait for a ring of a number of hosts, beside
// those just chosen for ring i, when no ring that they may be in is to come.
func (s *State) leftOver(r *rolloutState, i int, chosen []hostIndex) []hostIndex {
	later := uint64(0)
	for k := i + 1; k < len(r.rings); k++ {
		if r.spec.Rings[k].Count > 0 {
			later |= 1 << k
		}
	}
	taken := make(map[hostIndex]bool, len(chosen))
	for _, h := range chosen {
		taken[h] = true
	}
	var list []hostIndex
	for h, m := range r.members.all {
		if m.ring == noRing && m.outcome == Pending && r.masks[m.mask]&later == 0 && !taken[h] {
			list = append(list, h)
		}
	}
	return list
}

// assign appends the entries that put hosts into a ring of a rollout, or into
// none for a reason.
func (s *State) assign(d *decided, id ID, ring, skipped string, hosts []hostIndex) {
	for part := range slices.Chunk(hosts, MaxRows) {
		e := &MembersAssigned{Rollout: id, Ring: ring, Skipped: skipped}
		for _, h := range part {
			e.Hosts = append(e.Hosts, s.hosts.rows[h].id)
		}
		d.add(e)
	}
}

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
