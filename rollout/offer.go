package rollout

import (
	"slices"
	"time"

	"github.com/fettle-dev/fettle"
)

// Offer answers a poll from durable state. It does not scan and does not write.
// What it costs grows with the rollouts that the host is in.
func (s *State) Offer(a Ask, now time.Time) Offer {
	now = s.instant(now)
	o := Offer{Host: a.Host, Now: now, PollAfter: now.Add(time.Duration(s.config.PollEvery))}
	h, known := s.known(a.Host)
	if !known || !s.ready {
		o.Reasons = reasonList(fettle.Reason{Code: ReasonHostUnknown, Args: map[string]string{"host": string(a.Host)}})
		o.Withdrawn = a.Ops
		return o
	}
	o.Generation = s.generation(h)
	if o.Generation == a.Seen {
		o.Unchanged = true
		return o
	}
	row := &s.hosts.rows[h]
	live := Op("")
	if g, ok := s.grantOf(h, now); ok {
		live = g.Op
		o.Grants = []Grant{g}
	}
	for _, op := range a.Ops {
		if op != live {
			o.Withdrawn = append(o.Withdrawn, op)
		}
	}
	if row.is(hostQuarantined) {
		o.Reasons = reasonList(s.whyQuarantined(h))
		return o
	}
	for r, m := range s.memberships(h) {
		if !s.dueOn(r, h, m, now) {
			continue
		}
		o.Due = append(o.Due, Due{
			Rollout: r.spec.ID, Spec: r.digest, Catalog: r.spec.Catalog, Patches: r.spec.Patches,
			Mode: r.spec.Mode, Lane: r.spec.Lane,
		})
	}
	slices.Reverse(o.Due)
	if len(o.Grants) == 0 && len(o.Due) == 0 {
		o.Reasons = s.whyNothing(h, now)
	}
	return o
}

// generation counts everything that an Offer to a host rests on. Every part only
// grows, so the sum does not come twice.
func (s *State) generation(h hostIndex) uint64 {
	sum := uint64(s.gen) + uint64(s.hosts.rows[h].gen)
	for r, m := range s.memberships(h) {
		sum += uint64(r.gen)
		if m.ring != noRing {
			sum += uint64(r.ringGen[m.ring])
		}
	}
	return sum
}

// grantOf returns the grant that a host holds, without the items that do not go
// on and were not started.
func (s *State) grantOf(h hostIndex, now time.Time) (Grant, bool) {
	row := &s.hosts.rows[h]
	if !row.is(hostLive) || row.is(hostQuarantined) && !row.is(hostStarted) {
		return Grant{}, false
	}
	terms := &s.terms.all[row.terms]
	g := Grant{
		Op: row.op.op(s.config.Region), Region: s.config.Region, Epoch: terms.epoch, Host: row.id,
		Issued: fromSeconds(terms.issued), StartBy: fromSeconds(terms.startBy), EndBy: fromSeconds(terms.endBy),
		PreIssued: terms.preIssued, Backout: terms.backout,
	}
	for i := range terms.items {
		r := s.rollouts[terms.items[i].rollout]
		m := r.members.at(h)
		if !m.outcome.InFlight() || m.outcome == Granted && (!r.serving(now) || s.replacedBy(r, h) != nil) {
			continue
		}
		g.Items = append(g.Items, GrantItem{Rollout: r.spec.ID, Spec: r.digest, Patches: terms.items[i].patches})
	}
	return g, len(g.Items) > 0
}

// dueOn reports whether a host may ask a grant for a rollout, or, where nothing
// is installed, may say what it would need.
func (s *State) dueOn(r *rolloutState, h hostIndex, m *member, now time.Time) bool {
	if m.outcome != Pending || m.ring == noRing || !r.goesOn(now) || r.rings[m.ring].opened.IsZero() || s.replacedBy(r, h) != nil {
		return false
	}
	return r.backoutOf != noRollout || s.blockedIn(r, h) == nil
}

// anyDue reports whether an Offer to a host names something that is due.
func (s *State) anyDue(h hostIndex, now time.Time) bool {
	if s.hosts.rows[h].is(hostQuarantined) {
		return false
	}
	for r, m := range s.memberships(h) {
		if s.dueOn(r, h, m, now) {
			return true
		}
	}
	return false
}

// whyNothing says, for each rollout that waits on a host, what binds first.
func (s *State) whyNothing(h hostIndex, now time.Time) []fettle.Reason {
	var list []fettle.Reason
	for r, m := range s.memberships(h) {
		if m.outcome != Pending && m.outcome != Deferred && (m.outcome != Failed || m.wake == 0) {
			continue
		}
		why := s.whyWaits(r, h, m, now)[0]
		why.Args = withArgs(why.Args, "rollout", string(r.spec.ID))
		list = append(list, why)
	}
	slices.Reverse(list)
	return list
}
