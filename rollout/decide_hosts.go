package rollout

import (
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/fettle-dev/fettle"
)

func (s *State) decideJoin(d *decided, c Join) {
	placings := map[ID]*placing{}
	seen := make(map[fettle.HostID]bool, len(c.Hosts))
	e := &HostsJoined{}
	var back []OutcomeRow
	backIn := map[ID][]OutcomeRow{}
	for i := range c.Hosts {
		member := &c.Hosts[i]
		if !s.newHere(d, member.Host, seen) {
			continue
		}
		h, known := s.hosts.find(member.Host)
		j := JoinedHost{Host: member.Host, Keys: member.Keys, Ephemeral: member.Ephemeral}
		for _, k := range member.Rollouts {
			r := s.rolloutOf(k.Rollout)
			if r == nil {
				d.refuse(ReasonNoRollout, "host", string(member.Host), "rollout", string(k.Rollout))
				continue
			}
			if r.phase == Retired {
				d.refuse(ReasonRetired, "host", string(member.Host), "rollout", string(k.Rollout))
				continue
			}
			if slices.ContainsFunc(j.Rollouts, func(m JoinedMember) bool { return m.Rollout == k.Rollout }) {
				continue
			}
			if known {
				if m := r.members.at(h); m != nil && m.outcome == Removed {
					row := OutcomeRow{Host: member.Host, Outcome: Pending, Reason: ReasonCameBack, Loose: true, at: h}
					if r.ringless(m) {
						row.Outcome, row.Reason = Skipped, ReasonNoRing
					}
					backIn[k.Rollout] = append(backIn[k.Rollout], row)
					continue
				} else if m != nil {
					continue // it is one already: telling that again is no mistake
				}
			}
			p := placings[k.Rollout]
			if p == nil {
				p = newPlacing(r.spec)
				placings[k.Rollout] = p
			}
			j.Rollouts = append(j.Rollouts, s.place(r, p, member.Host, k.Eligible&r.allRings()))
		}
		if known && s.hosts.rows[h].is(hostPresent) && len(j.Rollouts) == 0 && s.sameHost(h, &j) {
			continue // nothing new
		}
		if e.Hosts = append(e.Hosts, j); len(e.Hosts) == MaxRows {
			d.add(e)
			e = &HostsJoined{}
		}
	}
	if len(e.Hosts) > 0 {
		d.add(e)
	}
	for _, r := range s.rollouts {
		back = backIn[r.spec.ID]
		addOutcomes(d, r.spec.ID, back)
	}
}

// sameHost reports whether a join says of a host what is known.
func (s *State) sameHost(h hostIndex, j *JoinedHost) bool {
	row := &s.hosts.rows[h]
	return row.is(hostEphemeral) == j.Ephemeral && slices.Equal(s.keys.of(row.keys), j.Keys)
}

// place says which ring a new member is in.
func (s *State) place(r *rolloutState, p *placing, host fettle.HostID, eligible uint64) JoinedMember {
	j := JoinedMember{Rollout: r.spec.ID, Eligible: eligible}
	if i := p.ring(host, eligible); i >= 0 {
		j.Ring = r.spec.Rings[i].Name
		return j
	}
	if !r.chooses(eligible) {
		j.Skipped = ReasonNoRing
	}
	return j
}

// allRings has the bits of the rings that there are.
func (r *rolloutState) allRings() uint64 { return 1<<len(r.rings) - 1 }

// addOutcomes appends rows in entries of at most MaxRows.
func addOutcomes(d *decided, id ID, rows []OutcomeRow) {
	for part := range slices.Chunk(rows, MaxRows) {
		d.add(&OutcomesRecorded{Rollout: id, Rows: part})
	}
}

// newHere refuses a name that no host can have, or one that stood in the command
// before.
func (s *State) newHere(d *decided, host fettle.HostID, seen map[fettle.HostID]bool) bool {
	switch {
	case !nameable(d, host):
		return false
	case seen[host]:
		d.refuse(ReasonHostTwice, "host", string(host))
		return false
	}
	seen[host] = true
	return true
}

// nameable refuses a name that no host can have.
func nameable(d *decided, host fettle.HostID) bool {
	if host != "" && len(host) <= maxText && utf8.ValidString(string(host)) {
		return true
	}
	d.refuse(ReasonHostNameless, "host", strings.ToValidUTF8(string(host[:min(len(host), maxText)]), "?"))
	return false
}

// inRegion returns those of the hosts that are in the region, each once, and
// refuses the others.
func (s *State) inRegion(d *decided, hosts []fettle.HostID) []fettle.HostID {
	seen := make(map[fettle.HostID]bool, len(hosts))
	var list []fettle.HostID
	for _, id := range hosts {
		if !s.newHere(d, id, seen) {
			continue
		}
		if _, ok := s.known(id); !ok {
			d.refuse(ReasonNotIn, "host", string(id))
			continue
		}
		list = append(list, id)
	}
	return list
}

func (s *State) decideLeave(d *decided, c Leave) {
	for part := range slices.Chunk(s.inRegion(d, c.Hosts), MaxRows) {
		d.add(&HostsLeft{Hosts: part, By: c.By, Why: c.Why})
	}
}

func (s *State) decideRelabel(d *decided, c Relabel) {
	seen := make(map[fettle.HostID]bool, len(c.Hosts))
	var list []RelabelledHost
	for _, m := range c.Hosts {
		if !s.newHere(d, m.Host, seen) {
			continue
		}
		if _, ok := s.known(m.Host); !ok {
			d.refuse(ReasonNotIn, "host", string(m.Host))
			continue
		}
		list = append(list, RelabelledHost{Host: m.Host, Keys: m.Keys})
	}
	for part := range slices.Chunk(list, MaxRows) {
		d.add(&HostsRelabelled{Hosts: part})
	}
}

func (s *State) decideRelease(d *decided, c Release) {
	for part := range slices.Chunk(s.inRegion(d, c.Hosts), MaxRows) {
		d.add(&HostsReleased{Hosts: part, By: c.By, Why: c.Why})
	}
}
