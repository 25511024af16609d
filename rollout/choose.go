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
