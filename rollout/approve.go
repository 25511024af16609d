package rollout

import (
	"slices"
	"strings"
	"time"
)

// What an approval is for, beside the rings' names. "" is the start; in a phase
// that people have to end it is taken for "resume".
const (
	forBackout = "backout"
	forResume  = "resume"
)

func (s *State) decideApprove(d *decided, c Approve, now time.Time) error {
	r := s.rolloutOf(c.Rollout)
	if r == nil {
		return unknownRollout("approve", c.Rollout)
	}
	if c.Digest != r.digest {
		return &CommandError{
			Command: "approve", Field: "digest", Value: string(c.Digest),
			Rule: "want that of the spec that was proposed, " + string(r.digest),
		}
	}
	purpose, asked := s.awaited(r, c.Ring)
	if asked == nil {
		d.refuse(ReasonApprovalIdle, "rollout", string(c.Rollout), "by", c.By, "ring", c.Ring, "phase", string(r.phase))
		return nil
	}
	if code := asked.counts(c.By, c.StepUp, r.proposer); code != "" {
		d.refuse(code, "rollout", string(c.Rollout), "by", c.By, "from", strings.Join(asked.From, ", "))
		return nil
	}
	given := r.approvals[purpose]
	if slices.Contains(asked.count(given, r.proposer, now).have, c.By) {
		d.refuse(ReasonApprovedBefore, "rollout", string(c.Rollout), "by", c.By)
		return nil
	}
	d.add(&RolloutApproved{Rollout: c.Rollout, Digest: c.Digest, Ring: purpose, By: c.By, StepUp: c.StepUp})
	given = append(slices.Clone(given), approvalGiven{By: c.By, StepUp: c.StepUp, At: now})
	t := asked.count(given, r.proposer, now)
	if len(t.have) < s.approvers(r.spec) {
		return nil
	}
	switch purpose {
	case "":
		d.add(&PhaseChanged{
			Rollout: c.Rollout, Phase: Waiting, Next: laterOf(r.spec.Rings[0].NotBefore, now),
			Reasons: reasonList(t.used(asked, s.approvers(r.spec))),
		})
	case forBackout:
		s.startBackout(d, r, strings.Join(t.have, ", "), now)
	}
	return nil
}

// awaited returns what an approval that names a ring is for, and the approval
// that the spec asks for there; nil if none is awaited.
func (s *State) awaited(r *rolloutState, ring string) (string, *Approval) {
	switch {
	case ring == "" && r.phase == Proposed:
		return "", &r.spec.Approval
	case ring == "" || ring == forResume:
		if r.phase == Halted || r.phase == Held {
			return forResume, &r.spec.Approval
		}
		return ring, nil
	case ring == forBackout:
		if r.spec.Backout != nil && r.backout == noRollout && (r.phase == Halted || r.phase == Aborted) {
			return ring, &r.spec.Approval
		}
		return ring, nil
	}
	i := r.ringNamed(ring)
	if i < 0 || !r.rings[i].passed.IsZero() || r.phase == Aborted || r.phase == Done || r.phase == Retired {
		return ring, nil
	}
	for k := range r.spec.Rings[i].Gates {
		if a := r.spec.Rings[i].Gates[k].Approval; a != nil {
			return ring, a
		}
	}
	return ring, nil
}

// ringNamed returns a ring's index, -1 if there is none of that name.
func (r *rolloutState) ringNamed(name string) int {
	return slices.IndexFunc(r.spec.Rings, func(ring Ring) bool { return ring.Name == name })
}

func unknownRollout(command string, id ID) error {
	return &CommandError{Command: command, Field: "rollout", Value: string(id), Rule: "no rollout has that name"}
}

func (e *RolloutApproved) check(s *State, _ *Entry) error {
	r := s.rolloutOf(e.Rollout)
	switch {
	case r == nil:
		return refused("rollout %q is not known", e.Rollout)
	case e.Digest != r.digest:
		return refused("digest %s is not that of rollout %q", e.Digest, e.Rollout)
	}
	return nil
}

func (e *RolloutApproved) apply(s *State, at *Entry) {
	r := s.rolloutOf(e.Rollout)
	r.approvals[e.Ring] = append(r.approvals[e.Ring], approvalGiven{By: e.By, StepUp: e.StepUp, At: at.At})
	if r.ringNamed(e.Ring) >= 0 {
		s.unjudge(r)
	}
	r.gen++
}
