package rollout

import "slices"

func (s *State) decidePermit(d *decided, c Permit) error {
	r := s.rolloutOf(c.Rollout)
	switch {
	case r == nil:
		return unknownRollout("permit", c.Rollout)
	case c.Digest != r.digest:
		return &CommandError{
			Command: "permit", Field: "digest", Value: string(c.Digest),
			Rule: "want that of the spec that was proposed, " + string(r.digest),
		}
	case r.ringNamed(c.Ring) < 0:
		return &CommandError{Command: "permit", Field: "ring", Value: c.Ring, Rule: "the rollout has no ring of that name"}
	case c.Units < 0:
		return &CommandError{Command: "permit", Field: "units", Rule: "want 0 (no bound) or more"}
	}
	if i := r.permitFor(c.Ring); i >= 0 && r.permits[i].units == c.Units {
		d.refuse(ReasonPermittedBefore, "rollout", string(c.Rollout), "ring", c.Ring)
		return nil
	}
	d.add(&PermitGiven{Rollout: c.Rollout, Digest: c.Digest, Ring: c.Ring, Units: c.Units, By: c.By})
	return nil
}

// permitFor returns the index of the permit for a ring, -1 if there is none.
func (r *rolloutState) permitFor(ring string) int {
	return slices.IndexFunc(r.permits, func(p permitGiven) bool { return p.ring == ring })
}

// permitUnits returns how many hosts of a ring the parent region lets be under
// way at once. 0: it sets no bound.
func (r *rolloutState) permitUnits(ring int) int {
	if i := r.permitFor(r.spec.Rings[ring].Name); i >= 0 {
		return r.permits[i].units
	}
	return 0
}

func (e *PermitGiven) check(s *State, _ *Entry) error {
	r := s.rolloutOf(e.Rollout)
	switch {
	case r == nil:
		return refused("rollout %q is not known", e.Rollout)
	case e.Digest != r.digest:
		return refused("digest %s is not that of rollout %q", e.Digest, e.Rollout)
	case r.ringNamed(e.Ring) < 0:
		return refused("rollout %q has no ring %q", e.Rollout, e.Ring)
	}
	return nil
}

func (e *PermitGiven) apply(s *State, at *Entry) {
	r := s.rolloutOf(e.Rollout)
	p := permitGiven{ring: e.Ring, units: e.Units, by: e.By, at: at.At}
	if i := r.permitFor(e.Ring); i >= 0 {
		r.permits[i] = p
	} else {
		r.permits = append(r.permits, p)
	}
	r.gen++
	s.unjudge(r)
}
