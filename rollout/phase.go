package rollout

import (
	"slices"
	"strconv"
	"time"

	"github.com/fettle-dev/fettle"
)

func (s *State) decidePause(d *decided, c Pause) error {
	r := s.rolloutOf(c.Rollout)
	switch {
	case r == nil:
		return unknownRollout("pause", c.Rollout)
	case r.phase == Paused:
		d.refuse(ReasonPhaseAlready, "rollout", string(c.Rollout), "phase", string(r.phase))
		return nil
	case r.phase != Running && r.phase != Waiting && r.phase != Held:
		return wrongPhase("pause", r, "waiting, running or held")
	}
	d.add(&PhaseChanged{Rollout: c.Rollout, Phase: Paused, By: c.By, Why: c.Why})
	return nil
}

func (s *State) decideResume(d *decided, c Resume, now time.Time) error {
	r := s.rolloutOf(c.Rollout)
	if r == nil {
		return unknownRollout("resume", c.Rollout)
	}
	e := &PhaseChanged{Rollout: c.Rollout, Phase: Running, By: c.By, Why: c.Why, Next: now}
	switch {
	case r.phase == Running:
		d.refuse(ReasonPhaseAlready, "rollout", string(c.Rollout), "phase", string(r.phase))
		return nil
	case r.phase == Paused:
		if len(r.rings) > 0 && r.rings[0].opened.IsZero() {
			e.Phase, e.Next = Waiting, laterOf(r.spec.Rings[0].NotBefore, now)
		}
		d.add(e)
		return nil
	case r.phase == Held && r.heldFor() == ReasonGrown:
		e.Base = r.size
		d.add(e)
		return nil
	case r.phase == Held && r.lacksCanaries():
		return &CommandError{
			Command: "resume", Field: "rollout", Value: string(c.Rollout),
			Rule: "the emergency lane has canaries, too, and nobody of the ring " + r.spec.Rings[0].Name +
				" has tried it: let hosts join it, or abort",
		}
	case r.phase == Held:
		e.Waived = r.spec.Rings[max(r.current(), 0)].Name
	case r.phase == Halted && r.backout != noRollout:
		return &CommandError{
			Command: "resume", Field: "rollout", Value: string(c.Rollout),
			Rule: "its back-out " + string(s.rollouts[r.backout].spec.ID) + " has started: what is taken out does not go on",
		}
	case r.phase == Halted:
		if b := s.blockOverAll(r); b != nil {
			return &CommandError{
				Command: "resume", Field: "rollout", Value: string(c.Rollout),
				Rule: "the block " + b.name + " stands over all its hosts: lift it first",
			}
		}
	default:
		return wrongPhase("resume", r, "paused, held or halted")
	}
	need := s.approvers(r.spec)
	t := r.spec.Approval.count(r.approvals[forResume], r.proposer, now)
	if len(t.have) < need {
		reason := t.reason(&r.spec.Approval, need)
		reason.Args["rollout"] = string(c.Rollout)
		d.reasons = append(d.reasons, reason)
		return nil
	}
	e.Reasons = reasonList(t.used(&r.spec.Approval, need))
	d.add(e)
	if r.phase == Halted {
		for i := range r.current() + 1 {
			s.replaceOlder(d, r, i, nil)
		}
	}
	return nil
}

func (s *State) decideAbort(d *decided, c Abort, now time.Time) error {
	r := s.rolloutOf(c.Rollout)
	switch {
	case r == nil:
		return unknownRollout("abort", c.Rollout)
	case r.phase == Retired:
		return wrongPhase("abort", r, "not retired")
	case r.phase == Aborted && (!c.Backout || r.backout != noRollout):
		d.refuse(ReasonPhaseAlready, "rollout", string(c.Rollout), "phase", string(r.phase))
		return nil
	case c.Backout && r.spec.Backout == nil:
		return &CommandError{
			Command: "abort", Field: "backout", Value: "true", Rule: "the spec declares no back-out",
		}
	}
	if r.phase != Aborted {
		s.giveBack(d, r)
		d.add(&PhaseChanged{Rollout: c.Rollout, Phase: Aborted, By: c.By, Why: c.Why})
	}
	if c.Backout && r.backout == noRollout {
		s.startBackout(d, r, c.By, now)
	}
	return nil
}

func wrongPhase(command string, r *rolloutState, want string) error {
	return &CommandError{
		Command: command, Field: "rollout", Value: string(r.spec.ID),
		Rule: "it is " + string(r.phase) + ", want one that is " + want,
	}
}

func reasonList(r fettle.Reason) []fettle.Reason { return []fettle.Reason{r} }

// heldFor returns the code of what holds a rollout; "" if nothing does.
func (r *rolloutState) heldFor() string {
	if r.phase != Held || len(r.reasons) == 0 {
		return ""
	}
	return r.reasons[0].Code
}

// lacksCanaries reports whether an emergency is held because nobody of its first
// ring has tried it. That is the one lack of evidence that nobody may waive.
func (r *rolloutState) lacksCanaries() bool {
	return r.spec.Lane == Emergency && r.spec.Mode == Act && r.backoutOf == noRollout &&
		r.heldFor() == ReasonRingEmpty && r.current() == 0
}

// current returns the ring that opened last, -1 if none has.
func (r *rolloutState) current() int {
	for i := range r.rings { // they open in order
		if r.rings[i].opened.IsZero() {
			return i - 1
		}
	}
	return len(r.rings) - 1
}

// serving reports whether hosts of the rollout may be granted at that instant.
func (r *rolloutState) serving(now time.Time) bool { return r.spec.Mode == Act && r.goesOn(now) }

// goesOn reports whether hosts of the rollout are asked for, be it only to say
// what they would need.
func (r *rolloutState) goesOn(now time.Time) bool {
	return (r.phase == Running || r.phase == Done) && r.judged &&
		(r.spec.NotAfter.IsZero() || now.Before(r.spec.NotAfter))
}

// lateNow reports whether a member of a ring that starts at that instant is a
// late-comer: its ring has closed, or the rollout is done.
func (r *rolloutState) lateNow(ring int, at time.Time) bool {
	return r.phase == Done || r.rings[ring].closed(&r.spec.Rings[ring], at)
}

func (e *PhaseChanged) check(s *State, _ *Entry) error {
	r := s.rolloutOf(e.Rollout)
	switch {
	case r == nil:
		return refused("rollout %q is not known", e.Rollout)
	case !slices.Contains([]Phase{Waiting, Running, Paused, Held, Halted, Aborted, Done, Retired}, e.Phase):
		return refused("phase %q is none that a rollout comes into", e.Phase)
	case r.phase == Retired:
		return refused("rollout %q is retired", e.Rollout)
	case e.Phase == Retired && s.keepsFromRetiring(r) != "":
		return refused("rollout %q cannot retire: %s", e.Rollout, s.keepsFromRetiring(r))
	case e.Waived != "" && r.ringNamed(e.Waived) < 0:
		return refused("rollout %q has no ring %q", e.Rollout, e.Waived)
	}
	return nil
}

func (e *PhaseChanged) apply(s *State, at *Entry) {
	r := s.rolloutOf(e.Rollout)
	if r.phase == Halted && e.Phase == Running {
		for i := range r.rings {
			r.rings[i].beginAnew()
		}
		r.late.cohorts = cohorts{}
	}
	if e.Phase == Running {
		delete(r.approvals, forResume)
	}
	r.phase, r.since, r.reasons = e.Phase, at.At, e.Reasons
	r.by, r.why = e.By, e.Why
	if e.Base > 0 {
		r.base = e.Base
	}
	if e.Waived != "" {
		r.rings[r.ringNamed(e.Waived)].waived = true
	}
	r.gen++
	s.looked(r, e.Next, at.At)
	if e.Phase == Retired {
		s.putAway(r)
	}
}

// phaseReasons say why a rollout is in its phase.
func (r *rolloutState) phaseReasons() []fettle.Reason {
	var reasons []fettle.Reason
	if r.by != "" || r.why != "" {
		reasons = append(reasons, fettle.Reason{
			Code: ReasonPhaseBy,
			Args: map[string]string{"phase": string(r.phase), "by": r.by, "why": r.why},
		})
	}
	return append(reasons, r.reasons...)
}

// grown returns the reason if more members joined than the spec lets go on
// without people having looked.
func (r *rolloutState) grown() (fettle.Reason, bool) {
	growth := r.spec.Growth
	if growth == 0 {
		growth = Percent(20)
	}
	if r.base == 0 || r.size <= r.base+growth.Of(r.base) {
		return fettle.Reason{}, false
	}
	return fettle.Reason{Code: ReasonGrown, Args: map[string]string{
		"members": strconv.Itoa(r.size), "base": strconv.Itoa(r.base), "growth": growth.String(),
	}}, true
}
