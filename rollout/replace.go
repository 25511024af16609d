package rollout

import "slices"

// replaceOlder takes the hosts of ring i, which opens, and those chosen for it
// out of the rollouts that this one replaces: there they wait for nothing any
// more. A host that has the older one under way finishes it first. One that only
// observes takes nobody out of anything.
func (s *State) replaceOlder(d *decided, r *rolloutState, i int, chosen []hostIndex) {
	if r.spec.Mode != Act {
		return
	}
	taken := make(map[hostIndex]bool, len(chosen))
	for _, h := range chosen {
		taken[h] = true
	}
	for _, id := range r.spec.Replaces {
		older := s.rolloutOf(id)
		if older == nil || older == r {
			continue
		}
		var hosts []hostIndex
		for h, m := range r.members.all {
			if int(m.ring) != i && !taken[h] || s.passedBy(r, h, m, 0) {
				continue
			}
			if o := older.members.at(h); o != nil && (o.outcome == Pending || o.outcome == Deferred) {
				hosts = append(hosts, h)
			}
		}
		s.skip(d, older, hosts, ReasonReplaced)
	}
}

// passedBy reports whether a member will not get its rollout, which then takes
// the place of no other there. One that a third rollout has overtaken in turn,
// and still does, takes it: that one stands for both.
func (s *State) passedBy(r *rolloutState, h hostIndex, m *member, depth int) bool {
	return m.outcome == Skipped &&
		(s.words.words[m.reason] != ReasonReplaced || depth > maxReplaced || s.newerFor(r, h, depth+1) == nil)
}

// maxReplaced bounds how far a chain of rollouts that replace each other is
// followed: it may be a circle.
const maxReplaced = 8

// skip appends the entries that end what hosts had still before them.
func (s *State) skip(d *decided, r *rolloutState, hosts []hostIndex, reason string) {
	for part := range slices.Chunk(hosts, MaxRows) {
		e := &OutcomesRecorded{Rollout: r.spec.ID}
		for _, h := range part {
			e.Rows = append(e.Rows, OutcomeRow{Host: s.hosts.rows[h].id, Outcome: Skipped, Reason: reason, Loose: true, at: h})
		}
		d.add(e)
	}
}

// replacedBy returns the newest rollout that takes the place of r for a host: it
// replaces r, and its ring is open for the host. nil if there is none.
func (s *State) replacedBy(r *rolloutState, h hostIndex) *rolloutState { return s.newerFor(r, h, 0) }

func (s *State) newerFor(r *rolloutState, h hostIndex, depth int) *rolloutState {
	for newer, m := range s.memberships(h) {
		if newer == r || m.ring == noRing || newer.rings[m.ring].opened.IsZero() ||
			newer.spec.Mode != Act || !slices.Contains(newer.spec.Replaces, r.spec.ID) || s.passedBy(newer, h, m, depth) {
			continue
		}
		switch newer.phase {
		case Running, Paused, Held, Done:
			return newer
		case Proposed, Waiting, Halted, Aborted, Retired: // the older one goes on meanwhile
		}
	}
	return nil
}

// noteOvertaken has a rollout gone through if a host waits in it although a newer
// one has taken its place there: its grant lapsed, it joined late, it came back.
func (s *State) noteOvertaken(r *rolloutState, h hostIndex) {
	if s.replacedBy(r, h) != nil {
		r.recheck = true
		s.unjudge(r)
	}
}

// noteAllOvertaken does so for every rollout that a host waits in.
func (s *State) noteAllOvertaken(h hostIndex) {
	for r, m := range s.memberships(h) {
		if m.outcome == Pending || m.outcome == Deferred {
			s.noteOvertaken(r, h)
		}
	}
}

// overtaken returns the hosts that wait in a rollout although a newer one has
// taken its place there.
func (s *State) overtaken(r *rolloutState) []hostIndex {
	var hosts []hostIndex
	for h, m := range r.members.all {
		if (m.outcome == Pending || m.outcome == Deferred) && s.replacedBy(r, h) != nil {
			hosts = append(hosts, h)
		}
	}
	return hosts
}

// giveBack returns, to the rollouts that r replaces, the hosts that r took out of
// them and that have not started with r: r does not go on, so the older does. One
// that does not go on either hands them on to those that it has replaced.
func (s *State) giveBack(d *decided, r *rolloutState) {
	waits := map[hostIndex]bool{}
	for h, m := range r.members.all {
		if m.outcome == Pending || m.outcome == Deferred {
			waits[h] = true
		}
	}
	s.handBack(d, r, waits, map[*member]bool{})
}

// handBack returns hosts to the rollouts that r replaces, each once.
func (s *State) handBack(d *decided, r *rolloutState, hosts map[hostIndex]bool, handed map[*member]bool) {
	for _, id := range r.spec.Replaces {
		older := s.rolloutOf(id)
		if older == nil || older == r {
			continue
		}
		word := s.words.byWord[ReasonReplaced]
		var rows []OutcomeRow
		more := map[hostIndex]bool{}
		for h, m := range older.members.all {
			if m.outcome == Skipped && word != 0 && m.reason == word && hosts[h] && !handed[m] {
				handed[m], more[h] = true, true
				rows = append(rows, OutcomeRow{
					Host: s.hosts.rows[h].id, Outcome: Pending, Reason: ReasonGivenBack, Loose: true, at: h,
				})
			}
		}
		addOutcomes(d, id, rows)
		if (older.phase == Halted || older.phase == Aborted) && len(more) > 0 {
			s.handBack(d, older, more, handed)
		}
	}
}

// noteGivenUp has the rollouts gone through that r replaces: r does not go on, and
// a host that had a grant for it when it ended has not started.
func (s *State) noteGivenUp(r *rolloutState, depth int) {
	if r.phase != Halted && r.phase != Aborted || depth > maxReplaced {
		return
	}
	for _, id := range r.spec.Replaces {
		if older := s.rolloutOf(id); older != nil && older != r {
			older.recheck = true
			s.unjudge(older)
			s.noteGivenUp(older, depth+1)
		}
	}
}

// lost returns the hosts that were taken out of a rollout, and that no other takes
// in its place any more.
func (s *State) lost(r *rolloutState) []hostIndex {
	word := s.words.byWord[ReasonReplaced]
	var hosts []hostIndex
	for h, m := range r.members.all {
		if m.outcome == Skipped && word != 0 && m.reason == word && !s.hasAnother(r, h, 0) {
			hosts = append(hosts, h)
		}
	}
	return hosts
}

// hasAnother reports whether a rollout that replaces r takes its place for a host,
// or has brought the host what it brings.
func (s *State) hasAnother(r *rolloutState, h hostIndex, depth int) bool {
	if s.newerFor(r, h, depth) != nil || depth > maxReplaced {
		return true
	}
	for newer, m := range s.memberships(h) {
		if newer == r || newer.spec.Mode != Act || !slices.Contains(newer.spec.Replaces, r.spec.ID) {
			continue
		}
		switch m.outcome {
		case Pending, Deferred, Removed:
		case Skipped:
			if s.words.words[m.reason] == ReasonReplaced && s.hasAnother(newer, h, depth+1) {
				return true
			}
		default:
			return true
		}
	}
	return false
}
