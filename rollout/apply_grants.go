package rollout

import (
	"slices"
	"strings"

	"github.com/fettle-dev/fettle"
)

func (e *GrantsIssued) check(s *State, _ *Entry) error {
	switch {
	case len(e.Rows) == 0 || len(e.Rows) > MaxRows:
		return refused("%d grants in one entry, want 1 to %d", len(e.Rows), MaxRows)
	case len(e.Items) == 0:
		return refused("grants for nothing")
	case e.StartBy.Before(e.Issued) || e.EndBy.Before(e.StartBy) || e.Run <= 0:
		return refused("grants with issued %s, start by %s, end by %s, run %s", e.Issued, e.StartBy, e.EndBy, e.Run)
	}
	for _, item := range e.Items {
		if s.rolloutOf(item.Rollout) == nil {
			return refused("rollout %q is not known", item.Rollout)
		}
	}
	if e.Rows[0].at == noHost {
		s.findRows(len(e.Rows), func(i int) fettle.HostID { return e.Rows[i].Host }, func(i int, h hostIndex) { e.Rows[i].at = h })
	}
	var seen hostSet
	for i := range e.Rows {
		row := &e.Rows[i]
		h, err := s.rowHost(row.at, row.Host)
		if err != nil {
			return err
		}
		row.at = h
		if s.hosts.rows[h].is(hostLive) || !s.hosts.rows[h].is(hostPresent) {
			return refused("host %q has left, or holds a grant already", row.Host)
		}
		if seen.again(h) {
			return refused("host %q is granted twice", row.Host)
		}
		for _, item := range e.Items {
			if m := s.rolloutOf(item.Rollout).members.at(h); m == nil || m.outcome != Pending || m.ring == noRing {
				return refused("host %q does not wait in rollout %q", row.Host, item.Rollout)
			}
		}
		for _, c := range row.Charges {
			if c < 0 || c >= len(e.Charges) {
				return refused("host %q is charged %d of %d charges", row.Host, c, len(e.Charges))
			}
		}
	}
	return nil
}

func (e *GrantsIssued) apply(s *State, at *Entry) {
	terms := grantTerms{
		epoch: e.Epoch, issued: secondsDown(e.Issued), startBy: secondsUp(e.StartBy), endBy: secondsUp(e.EndBy),
		run: durationSeconds(e.Run), preIssued: e.PreIssued, backout: e.Backout, hosts: len(e.Rows),
	}
	for _, item := range e.Items {
		r := s.rolloutOf(item.Rollout)
		r.beginEntry()
		t := termsItem{rollout: r.index}
		for _, p := range r.spec.Patches {
			if slices.Contains(item.Patches, p.ID) {
				t.patches = append(t.patches, p)
			}
		}
		terms.items = append(terms.items, t)
	}
	counters := make([]counterIndex, len(e.Charges))
	for i, c := range e.Charges {
		counters[i] = s.counter(c)
	}
	ref := s.terms.add(terms)
	lapses := terms.startBy
	if terms.preIssued {
		lapses = terms.endBy
	}
	lapses += durationSeconds(s.config.ClockMargin)
	for i, row := range e.Rows {
		h := row.at // as check has found it
		one := &s.hosts.rows[h]
		one.sawBoot(row.Boot)
		one.op, one.terms = opAt(at.Position, i), ref
		one.flags |= hostLive
		one.flags &^= hostStarted | hostUnheard
		s.deadlineAt(h, lapses)
		held := one.held
		if len(row.Charges) > 0 {
			more := make([]counterIndex, len(row.Charges))
			for k, c := range row.Charges {
				more[k] = counters[c]
			}
			held = s.counters.with(held, more)
		}
		s.counters.move(one.held, held)
		one.held = held
		for k := range terms.items {
			r := s.rollouts[terms.items[k].rollout]
			m := r.members.at(h)
			s.move(r, h, m, Granted, 0, at.At, false)
			m.wake = 0
		}
	}
}

// counter returns the counter of a charge. A new one does not keep the charge's
// texts, which may be parts of the whole entry's, but those that the state has; it
// is kept the longest if the configuration does not know its budget any more.
func (s *State) counter(c Charge) counterIndex {
	if i, ok := s.counters.find(c); ok {
		return i
	}
	hold := UntilHealthy
	own := Charge{Budget: strings.Clone(c.Budget), Key: strings.Clone(c.Key), Rollout: ID(strings.Clone(string(c.Rollout)))}
	if i := slices.IndexFunc(s.config.Budgets, func(b Budget) bool { return b.Name == c.Budget }); i >= 0 {
		b := &s.config.Budgets[i]
		hold, own.Budget = b.Hold, b.Name
		if k, ok := s.keys.byKey.find(s.keys.keys, Key{b.Per, c.Key}); ok {
			own.Key = s.keys.keys[k].Value
		}
	}
	if r := s.rolloutOf(c.Rollout); r != nil {
		own.Rollout = r.spec.ID
	}
	return s.counters.add(own, hold)
}

func (e *GrantsLapsed) check(s *State, _ *Entry) error {
	for _, id := range e.Hosts {
		h, ok := s.hosts.find(id)
		if !ok || !s.hosts.rows[h].is(hostLive) || s.hosts.rows[h].is(hostStarted) {
			return refused("host %q holds no grant that it has not accepted", id)
		}
	}
	return nil
}

func (e *GrantsLapsed) apply(s *State, at *Entry) {
	for _, id := range e.Hosts {
		h, _ := s.hosts.find(id)
		row := &s.hosts.rows[h]
		if !row.is(hostLive) {
			continue // named twice
		}
		terms := &s.terms.all[row.terms]
		for _, item := range terms.items {
			r := s.rollouts[item.rollout]
			if m := r.members.at(h); m.outcome == Granted {
				s.move(r, h, m, Pending, 0, at.At, false)
				m.reason = s.words.add(e.Reason)
			}
		}
		if terms.preIssued { // it may have started all the same
			row.flags |= hostUnheard
		}
		s.endOperation(h)
		if row.held == 0 {
			row.flags &^= hostUnheard
		}
	}
}
