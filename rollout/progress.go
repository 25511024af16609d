package rollout

import (
	"maps"
	"slices"
	"time"

	"github.com/fettle-dev/fettle"
)

// Rollouts returns the progress of all rollouts at an instant, in the order of
// their start.
func (s *State) Rollouts(now time.Time) []Progress {
	list := make([]Progress, len(s.rollouts))
	for i, r := range s.rollouts {
		list[i] = s.progressOf(r, s.instant(now))
	}
	return list
}

// Progress returns the progress of one rollout at an instant; false if there is
// none of that name.
func (s *State) Progress(id ID, now time.Time) (Progress, bool) {
	r := s.rolloutOf(id)
	if r == nil {
		return Progress{}, false
	}
	return s.progressOf(r, s.instant(now)), true
}

func (s *State) progressOf(r *rolloutState, now time.Time) Progress {
	p := Progress{
		Rollout: r.spec.ID, Title: r.spec.Title, Phase: r.phase, Since: r.since, Hosts: r.size, Waiting: r.unassigned,
		Reasons: s.phaseNow(r, now), Proposer: r.proposer, Proposed: r.proposed, Approvals: r.approved(),
	}
	if r.backoutOf != noRollout {
		p.BackoutOf = s.rollouts[r.backoutOf].spec.ID
	}
	for i := range r.rings {
		p.Rings = append(p.Rings, s.ringProgress(r, i, now))
	}
	return p
}

// approved returns who has agreed to what.
func (r *rolloutState) approved() []Approved {
	var list []Approved
	for _, purpose := range slices.Sorted(maps.Keys(r.approvals)) {
		for _, a := range r.approvals[purpose] {
			list = append(list, Approved{For: purpose, By: a.By, StepUp: a.StepUp, At: a.At})
		}
	}
	slices.SortStableFunc(list, func(a, b Approved) int { return a.At.Compare(b.At) })
	return list
}

// phaseNow says why a rollout is where it is, and what it waits for.
func (s *State) phaseNow(r *rolloutState, now time.Time) []fettle.Reason {
	reasons := r.phaseReasons()
	switch r.phase {
	case Proposed:
		t := r.spec.Approval.count(r.approvals[""], r.proposer, now)
		reasons = append(reasons, t.reason(&r.spec.Approval, s.approvers(r.spec)))
	case Waiting:
		if first := r.spec.Rings[0].NotBefore; now.Before(first) {
			reasons = append(reasons, ringNotBefore(&r.spec.Rings[0]))
		}
	case Held:
		switch {
		case r.lacksCanaries():
			reasons = append(reasons, fettle.Reason{Code: ReasonNoCanaries, Args: map[string]string{"ring": r.spec.Rings[0].Name}})
		case r.heldFor() != ReasonGrown:
			reasons = append(reasons, s.resumeNeeds(r, now))
		default:
			reasons = append(reasons, fettle.Reason{Code: ReasonResumeFree})
		}
	case Halted:
		switch {
		case r.backout != noRollout:
			reasons = append(reasons, s.backoutRuns(r))
		default:
			if b := s.blockOverAll(r); b != nil {
				reasons = append(reasons, fettle.Reason{Code: ReasonLiftFirst, Args: map[string]string{"block": b.name}})
			}
			reasons = append(reasons, s.resumeNeeds(r, now))
		}
	case Running:
		if i := r.current(); i >= 0 && i+1 < len(r.rings) && !r.rings[i].passed.IsZero() {
			reasons = append(reasons, ringNotBefore(&r.spec.Rings[i+1]))
		}
	case Paused:
		reasons = append(reasons, fettle.Reason{Code: ReasonResumeFree})
	case Aborted:
		if r.backout != noRollout {
			reasons = append(reasons, s.backoutRuns(r))
		}
	case Done, Retired:
	}
	return reasons
}

func (s *State) backoutRuns(r *rolloutState) fettle.Reason {
	return fettle.Reason{
		Code: ReasonBackoutRuns, Args: map[string]string{"backout": string(s.rollouts[r.backout].spec.ID)},
	}
}

// resumeNeeds says who must still agree before people can go on.
func (s *State) resumeNeeds(r *rolloutState, now time.Time) fettle.Reason {
	need := s.approvers(r.spec)
	t := r.spec.Approval.count(r.approvals[forResume], r.proposer, now)
	reason := t.reason(&r.spec.Approval, need)
	reason.Code, reason.Until = ReasonResumeFree, time.Time{}
	if len(t.have) < need {
		reason.Code = ReasonResumeNeeds
	}
	return reason
}

func ringNotBefore(ring *Ring) fettle.Reason {
	return fettle.Reason{Code: ReasonRingNotBefore, Args: map[string]string{"ring": ring.Name}, Until: ring.NotBefore}
}

func (s *State) ringProgress(r *rolloutState, i int, now time.Time) RingProgress {
	rs := &r.rings[i]
	p := RingProgress{
		Ring: r.spec.Rings[i].Name, Hosts: rs.members, Opened: rs.opened, Passed: rs.passed, Counts: rs.byWord(),
		Started: rs.sum.Started, Failed: rs.sum.Failed, Waived: rs.waived,
	}
	if !rs.opened.IsZero() && (rs.passed.IsZero() || i == r.current()) {
		v := s.look(r, i, now).judgeAll(r.spec.Rings[i].Gates)
		p.Gates = v.statuses()
	}
	return p
}

// byWord returns how many members have each outcome that any has.
func (r *ringState) byWord() map[string]int {
	counts := map[string]int{}
	for o, n := range r.counts {
		if n != 0 {
			counts[Outcome(o).String()] = n
		}
	}
	return counts
}

// Summary returns the region's counts as of the last entry.
func (s *State) Summary() Summary {
	m := Summary{Region: s.config.Region, Epoch: s.epoch, At: s.head.Position}
	for _, r := range s.rollouts {
		one := RolloutSummary{Rollout: r.spec.ID, Spec: r.digest, Phase: r.phase}
		for i := range r.rings {
			rs := &r.rings[i]
			one.Rings = append(one.Rings, RingSummary{
				Ring: r.spec.Rings[i].Name, Hosts: rs.members, Open: !rs.opened.IsZero(), Passed: !rs.passed.IsZero(),
				Counts: rs.byWord(),
			})
		}
		m.Rollouts = append(m.Rollouts, one)
	}
	return m
}
