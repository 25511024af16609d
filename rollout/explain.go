package rollout

import (
	"slices"
	"strconv"
	"time"

	"github.com/fettle-dev/fettle"
)

// Explain says why a host waits, what for, and when that can change.
func (s *State) Explain(host fettle.HostID, now time.Time) Explanation {
	now = s.instant(now)
	e := Explanation{Host: host}
	h, known := s.hosts.find(host)
	if !known || !s.ready {
		e.Reasons = reasonList(fettle.Reason{Code: ReasonHostUnknown, Args: map[string]string{"host": string(host)}})
		return e
	}
	row := &s.hosts.rows[h]
	e.Known, e.Quarantined = row.is(hostPresent), row.is(hostQuarantined)
	switch {
	case !e.Known:
		e.Reasons = append(e.Reasons, fettle.Reason{Code: ReasonLeft})
	case e.Quarantined:
		e.Reasons = append(e.Reasons, s.whyQuarantined(h))
	}
	if row.held != 0 && !row.is(hostLive) {
		e.Reasons = append(e.Reasons, s.whyKept(row))
	}
	for r, m := range s.memberships(h) {
		x := s.explainMember(r, h, m, now)
		s.nameHolders(x.Reasons)
		e.Rollouts = append(e.Rollouts, x)
	}
	slices.Reverse(e.Rollouts)
	if e.Known && len(e.Rollouts) == 0 {
		e.Reasons = append(e.Reasons, fettle.Reason{Code: ReasonNotMember})
	}
	return e
}

func (s *State) explainMember(r *rolloutState, h hostIndex, m *member, now time.Time) HostExplanation {
	x := HostExplanation{Rollout: r.spec.ID, Outcome: m.outcome}
	if m.ring != noRing {
		x.Ring = r.spec.Rings[m.ring].Name
	}
	switch {
	case m.outcome == Pending, m.outcome == Deferred, m.outcome == Failed && m.wake != 0:
		x.Reasons = s.whyWaits(r, h, m, now)
	case m.outcome.InFlight():
		x.Op = s.hosts.rows[h].op.op(s.config.Region)
		x.Reasons = reasonList(s.whyUnderWay(h, m, now))
	default:
		x.Reasons = reasonList(s.whyEnded(r, h, m))
	}
	for _, reason := range x.Reasons {
		x.Next = sooner(x.Next, reason.Until, now)
	}
	return x
}

// whyUnderWay says until when a host that has a grant may take: to start, and once
// that is past until the grant lapses; to be heard, if it has started.
func (s *State) whyUnderWay(h hostIndex, m *member, now time.Time) fettle.Reason {
	row := &s.hosts.rows[h]
	reason := fettle.Reason{Code: ReasonAtWork, Args: map[string]string{
		"outcome": m.outcome.String(), "op": string(row.op.op(s.config.Region)),
	}, Until: fromSeconds(row.deadline)}
	if m.outcome == Granted && !row.is(hostStarted) {
		reason.Code = ReasonStartPast
		delete(reason.Args, "outcome")
		if row.terms != noTerms && now.Before(fromSeconds(s.terms.all[row.terms].startBy)) {
			reason.Code, reason.Until = ReasonHolds, fromSeconds(s.terms.all[row.terms].startBy)
		}
	}
	return reason
}

// whyQuarantined says by which rule a host is quarantined and since when: people
// alone release it.
func (s *State) whyQuarantined(h hostIndex) fettle.Reason {
	reason := fettle.Reason{Code: ReasonQuarantined, Args: map[string]string{}}
	if c, ok := s.confined[h]; ok {
		why := fettle.Reason{Code: c.rule}
		if n := s.hosts.rows[h].failures; c.rule == ReasonFailsAlways && n > 0 {
			why.Args = map[string]string{"failures": strconv.Itoa(int(n))}
		}
		reason.Args["rule"], reason.Args["why"] = c.rule, ReasonText(why)
		reason.Args["since"] = c.since.Format(time.RFC3339)
	}
	return reason
}

// whyEnded says what an outcome means that nothing follows by itself.
func (s *State) whyEnded(r *rolloutState, h hostIndex, m *member) fettle.Reason {
	reason := fettle.Reason{Args: map[string]string{}}
	word := s.words.words[m.reason]
	switch m.outcome {
	case Verified:
		reason.Code = ReasonWellDone
	case Refused:
		reason.Code = ReasonRefusedIt
	case Failed:
		reason.Code = ReasonFailed
		reason.Args["class"] = m.class.String()
		reason.Args["attempts"] = strconv.Itoa(int(m.attempts))
	case Silent:
		reason.Code = ReasonSilent
	case RolledBack:
		reason.Code = ReasonBackedOutHere
	case Removed:
		reason.Code = ReasonLeft
	default:
		reason.Code = ReasonSkippedFor
		switch word {
		case ReasonReplaced:
			reason.Code, word = ReasonReplaced, ""
			for newer, n := range s.memberships(h) {
				if slices.Contains(newer.spec.Replaces, r.spec.ID) {
					reason.Args["by"] = string(newer.spec.ID)
					if n.outcome == RolledBack && newer.backout != noRollout {
						reason.Args["backout"] = string(s.rollouts[newer.backout].spec.ID)
					}
					break
				}
			}
		case ReasonBlocked:
			reason.Code, word = ReasonBlocked, ""
			if b := s.blockedIn(r, h); b != nil {
				reason.Args["block"] = b.name
			}
		case ReasonNoRing:
			reason.Code, word = ReasonNoRing, ""
		}
	}
	if word != "" {
		reason.Args["reason"] = word
	}
	return reason
}

// whyWaits lists what stands between a host and a grant, what binds now first.
func (s *State) whyWaits(r *rolloutState, h hostIndex, m *member, now time.Time) []fettle.Reason {
	var list []fettle.Reason
	add := func(code string, until time.Time, args ...string) {
		list = append(list, fettle.Reason{Code: code, Args: withArgs(nil, args...), Until: until})
	}
	row := &s.hosts.rows[h]
	if row.is(hostQuarantined) {
		list = append(list, s.whyQuarantined(h))
	}
	if newer := s.replacedBy(r, h); newer != nil {
		add(ReasonReplaced, time.Time{}, "by", string(newer.spec.ID))
	}
	if b := s.blockedIn(r, h); b != nil {
		add(ReasonBlocked, time.Time{}, "block", b.name)
	}
	list = append(list, s.whyNotServed(r, now)...)
	list = append(list, s.whyRingShut(r, m, now)...)
	if m.outcome == Deferred {
		add(ReasonDeferredUntil, fromSeconds(m.wake), "reason", s.words.words[m.reason])
	}
	if m.outcome == Failed {
		add(ReasonTriedAgain, fromSeconds(m.wake), "class", m.class.String(), "attempts", strconv.Itoa(int(m.attempts)))
	}
	if row.is(hostLive) && len(list) == 0 {
		list = append(list, s.whyUnderWay(h, m, now))
	}
	if len(list) == 0 {
		list = append(list, s.whyNoUnits(r, h, now))
	}
	if m.flags&memberRevoked != 0 {
		add(ReasonRevoked, time.Time{})
	}
	return list
}

// whyNoUnits says which permit or budget has no unit left for a host whose ring
// is open, or that it is for the host to ask.
func (s *State) whyNoUnits(r *rolloutState, h hostIndex, now time.Time) fettle.Reason {
	var told decided
	patches := make([]fettle.PatchID, len(r.spec.Patches))
	for i, p := range r.spec.Patches {
		patches[i] = p.ID
	}
	asked := s.newGranting(now)
	due, _ := asked.due(&told, h, patches)
	due = slices.DeleteFunc(due, func(i dueItem) bool { return i.r != r })
	if len(due) > 0 {
		asked.charges(&told, h, due, false)
	}
	if len(told.reasons) > 0 {
		reason := told.reasons[0]
		delete(reason.Args, "host")
		return reason
	}
	return fettle.Reason{Code: ReasonMayAsk}
}

// whyNotServed says why a rollout gives no grants now.
func (s *State) whyNotServed(r *rolloutState, now time.Time) []fettle.Reason {
	switch {
	case r.spec.Mode == Observe:
		return reasonList(fettle.Reason{Code: ReasonObserveOnly})
	case r.phase == Running || r.phase == Done:
		if !r.spec.NotAfter.IsZero() && !now.Before(r.spec.NotAfter) {
			return reasonList(fettle.Reason{Code: ReasonOver})
		}
		if !r.judged {
			return reasonList(fettle.Reason{Code: ReasonJudging})
		}
		return nil
	}
	why := fettle.Reason{Code: ReasonNotRunning, Args: map[string]string{"phase": string(r.phase)}}
	return append(reasonList(why), s.phaseNow(r, now)...)
}

// whyRingShut says why a member's ring is not open, and what the ring before it
// lacks.
func (s *State) whyRingShut(r *rolloutState, m *member, now time.Time) []fettle.Reason {
	if m.ring != noRing && !r.rings[m.ring].opened.IsZero() {
		return nil
	}
	i := r.current()
	if r.ringless(m) {
		return reasonList(fettle.Reason{Code: ReasonNoRing})
	}
	if m.ring == noRing {
		return reasonList(fettle.Reason{Code: ReasonRingUnchosen})
	}
	first := fettle.Reason{Code: ReasonRingClosed, Args: map[string]string{"ring": r.spec.Rings[m.ring].Name}}
	if i >= 0 {
		first.Args["open"] = r.spec.Rings[i].Name
	}
	list := reasonList(first)
	switch {
	case i < 0:
	case r.rings[i].passed.IsZero():
		for _, j := range s.look(r, i, now).judgeAll(r.spec.Rings[i].Gates).gates {
			if j.outcome == 0 {
				args := map[string]string{"ring": r.spec.Rings[i].Name, "gate": j.gate, "says": ReasonText(j.reason)}
				list = append(list, fettle.Reason{Code: ReasonAwaits, Args: args, Until: j.reason.Until})
			}
		}
	}
	if own := &r.spec.Rings[m.ring]; now.Before(own.NotBefore) {
		list = append(list, ringNotBefore(own))
	}
	return list
}
