package rollout

import "time"

// move takes a member from one outcome to another and folds that into the
// counts of its ring. It is the one place where an outcome changes. late says that
// the host told it of an operation that was over.
func (s *State) move(r *rolloutState, h hostIndex, m *member, to Outcome, class Class, at time.Time, late bool) {
	row := &s.hosts.rows[h]
	if to == Removed && m.outcome != Removed {
		r.size--
	} else if m.outcome == Removed && to != Removed {
		r.size++
	}
	if !m.outcome.Started() && to.Started() {
		m.attempts = uint8(min(int(m.attempts)+1, 255))
	}
	if to.Started() || to == Verified || to == Silent || to == Failed && class.Safety() {
		m.flags |= memberGot
	}
	if m.outcome == Verified && to == Pending {
		m.flags |= memberRevoked
	} else if to == Verified {
		m.flags &^= memberRevoked
	}
	if m.ring != noRing {
		var few [4]Key
		ring, was := &r.rings[m.ring], m.mark
		m.mark = ring.fold(change{
			mark: m.mark, from: m.outcome, to: to, fromClass: m.class, class: class,
			ephemeral: row.is(hostEphemeral), hushed: m.flags&memberHushed != 0, told: late, at: at, late: r.lateNow(int(m.ring), at), lateStarts: &r.late,
		}, s.keys.within(few[:0], m.keys, r.spec.Strata))
		if decisive(was, m.mark, to) {
			s.unjudge(r)
		}
	} else if r.chooses(r.masks[m.mask]) {
		if m.outcome == Pending && r.unassigned > 0 {
			r.unassigned--
		}
		if to == Pending {
			r.unassigned++
		}
	}
	switch {
	case to == Silent:
		m.flags |= memberHushed
	case to != Pending && to != Granted || late:
		m.flags &^= memberHushed
	}
	from := m.outcome
	m.outcome, m.class = to, class
	row.gen++
	switch {
	case to != Pending:
	case from == Skipped || from == Removed:
		s.noteAllOvertaken(h) // it, or what it replaces
		s.memberJoined(r)
	default:
		s.noteOvertaken(r, h)
		s.noteGivenUp(r, 0)
	}
}

// beginEntry marks, on every ring of a rollout, where the starts of an entry
// begin.
func (r *rolloutState) beginEntry() {
	for i := range r.rings {
		r.rings[i].beginEntry()
	}
	r.late.beginEntry()
}

// wakeAt arms the timer of a member: at that second a Tick makes it Pending.
func (s *State) wakeAt(r *rolloutState, h hostIndex, m *member, at time.Time) {
	m.wake = 0
	if !at.IsZero() {
		m.wake = max(secondsUp(at), 1)
		s.timers.add(m.wake, timer{host: h, rollout: r.index})
	}
}

// deadlineAt arms the timer of a host's operation.
func (s *State) deadlineAt(h hostIndex, second uint32) {
	row := &s.hosts.rows[h]
	if row.deadline == second {
		return
	}
	row.deadline = second
	s.timers.add(second, timer{host: h, rollout: noRollout})
}

// underWay reports whether an item of the host's operation has no result yet.
func (s *State) underWay(h hostIndex) bool {
	row := &s.hosts.rows[h]
	if row.terms == noTerms {
		return false
	}
	for i := range s.terms.all[row.terms].items {
		r := s.rollouts[s.terms.all[row.terms].items[i].rollout]
		if m := r.members.at(h); m != nil && m.outcome.InFlight() {
			return true
		}
	}
	return false
}

// endOperation ends a host's operation if none of its items is under way any
// more, and gives back the units that nothing holds.
func (s *State) endOperation(h hostIndex) {
	row := &s.hosts.rows[h]
	if row.is(hostLive) && !s.underWay(h) {
		row.flags &^= hostLive | hostStarted
		row.deadline = 0
		s.terms.drop(row.terms)
		row.terms = noTerms
	}
	s.settle(h)
}

// settle gives back the units of a host that has no operation: all of them if it
// is well, else those that are not held until it is.
func (s *State) settle(h hostIndex) {
	row := &s.hosts.rows[h]
	if row.is(hostLive) || row.held == 0 {
		return
	}
	keep := chargeSet(0)
	if row.is(hostPresent) && s.unwell(h) {
		keep = s.counters.lasting(row.held)
	}
	if keep != row.held {
		s.counters.move(row.held, keep)
		row.held = keep
	}
}

// unwell reports whether a host is not known to be well: a failure that counts
// against a patch, or a silence after a start, is the last that is known of one of
// its rollouts, or nothing was heard of it since its grant ahead lapsed.
func (s *State) unwell(h hostIndex) bool {
	if s.hosts.rows[h].is(hostUnheard) {
		return true
	}
	for _, m := range s.memberships(h) {
		if m.unwell() {
			return true
		}
	}
	return false
}

func (m *member) unwell() bool {
	return m.flags&memberForgiven == 0 && (m.outcome == Silent || m.outcome == Failed && m.class.Safety())
}

// sawBoot notes the boot id that a host was seen with.
func (h *host) sawBoot(boot string) {
	if b := bootHash(boot); b != 0 && b != h.boots[0] {
		h.boots = [2]uint32{b, h.boots[0]}
	}
}

// bootHash is a boot id in four bytes: FNV-1a. Never 0 for a stated one.
func bootHash(boot string) uint32 {
	if boot == "" {
		return 0
	}
	const offset, prime = 2166136261, 16777619
	h := uint32(offset)
	for i := range len(boot) {
		h = (h ^ uint32(boot[i])) * prime
	}
	return max(h, 1)
}

// alternates reports whether a boot id is the last but one: machines do not go
// back to a boot that is over, so two of them speak with one identity.
func (h *host) alternates(boot string) bool {
	b := bootHash(boot)
	return b != 0 && b != h.boots[0] && b == h.boots[1]
}
