package rollout

import (
	"slices"
	"strconv"
	"time"

	"github.com/fettle-dev/fettle"
)

// maxRollouts bounds the rollouts of one region's journal: a rolloutIndex names
// them, and noRollout none.
const maxRollouts = int(noRollout)

func (s *State) decideStart(d *decided, c Start, now time.Time) error {
	wrong := func(field, value, rule string) error {
		return &CommandError{Command: "start", Field: field, Value: value, Rule: rule}
	}
	switch {
	case c.Spec == nil:
		return wrong("spec", "", "it is missing")
	case c.By == "":
		return wrong("by", "", "whoever proposes a rollout has a name")
	case c.Digest.Check() != nil:
		return wrong("digest", string(c.Digest), c.Digest.Check().Error())
	case s.rolloutOf(c.Spec.ID) != nil:
		return wrong("spec.id", string(c.Spec.ID), "a rollout of that name is there, and a name is never used again")
	case len(s.rollouts) >= maxRollouts:
		return wrong("spec.id", string(c.Spec.ID), "the region has had "+strconv.Itoa(maxRollouts)+" rollouts, which is the most")
	}
	if err := c.Spec.Validate(&s.config).Err(); err != nil {
		return wrong("spec", string(c.Spec.ID), err.Error())
	}
	if !c.Spec.NotAfter.IsZero() && !now.Before(c.Spec.NotAfter) {
		return wrong("spec.notAfter", c.Spec.NotAfter.UTC().Format(time.RFC3339), "it is past")
	}
	if missing, ok := absent(c.Spec.Backout, c.Present); ok {
		return wrong("present", string(missing), "a payload of the back-out is not at hand, so the back-out is not proven possible")
	}
	for _, older := range c.Spec.Replaces {
		if s.rolloutOf(older) == nil {
			d.refuse(ReasonReplacesNothing, "rollout", string(c.Spec.ID), "replaces", string(older))
		}
	}
	d.add(&RolloutProposed{Spec: c.Spec, Digest: c.Digest, By: c.By})
	if need := s.approvers(c.Spec); need == 0 {
		d.add(&PhaseChanged{Rollout: c.Spec.ID, Phase: Waiting, Next: laterOf(c.Spec.Rings[0].NotBefore, now)})
	}
	return nil
}

// absent returns the first payload of a back-out that is not among those present.
func absent(b *Backout, present []fettle.Digest) (fettle.Digest, bool) {
	if b == nil {
		return "", false
	}
	for _, p := range b.Patches {
		for _, digest := range p.Payloads {
			if !slices.Contains(present, digest) {
				return digest, true
			}
		}
	}
	return "", false
}

// approvers returns how many people must agree before a rollout starts: what its
// spec asks for, and for the emergency lane no fewer than the region demands.
func (s *State) approvers(spec *Spec) int {
	return max(spec.Approval.Need, emergencyNeed(spec, &s.config))
}

func (e *RolloutProposed) check(s *State, _ *Entry) error {
	switch {
	case e.Spec == nil || len(e.Spec.Rings) == 0 || len(e.Spec.Rings) > MaxRings:
		return refused("the spec has no rings, or too many")
	case s.rolloutOf(e.Spec.ID) != nil:
		return refused("rollout %q is there already", e.Spec.ID)
	case len(s.rollouts) >= maxRollouts:
		return refused("more than %d rollouts", maxRollouts)
	case e.BackoutOf != "" && s.rolloutOf(e.BackoutOf) == nil:
		return refused("rollout %q, which is backed out, is not known", e.BackoutOf)
	}
	return nil
}

func (e *RolloutProposed) apply(s *State, at *Entry) {
	r := &rolloutState{
		spec: e.Spec, digest: e.Digest, proposer: e.By, proposed: at.At, index: rolloutIndex(len(s.rollouts)),
		phase: Proposed, since: at.At, backoutOf: noRollout, backout: noRollout, judged: true,
		approvals: map[string][]approvalGiven{},
		ringGen:   make([]uint32, len(e.Spec.Rings)), frozen: make([]bool, len(e.Spec.Rings)),
		latePlans: &planCache{tables: s.tables},
	}
	for range e.Spec.Rings {
		r.rings = append(r.rings, newRing(s.tables))
	}
	s.byID[e.Spec.ID] = len(s.rollouts)
	s.rollouts = append(s.rollouts, r)
	if e.BackoutOf != "" {
		r.backoutOf = s.rolloutOf(e.BackoutOf).index
		s.rollouts[r.backoutOf].backout = r.index
	}
	s.looked(r, e.Spec.NotAfter, at.At)
	s.gen++
}

// laterOf returns the later of two instants; a zero one is none.
func laterOf(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}
