package rollout

import (
	"time"

	"github.com/fettle-dev/fettle"
)

// startBackout appends what starts a rollout's declared back-out: a rollout of
// its own, hosts that were hit in its first ring, the others that have the patch
// or may have it in its second. A block keeps the patch from being offered again.
func (s *State) startBackout(d *decided, r *rolloutState, by string, now time.Time) {
	if s.blockOverAll(r) == nil {
		s.block(d, r, Key{}, fettle.Reason{
			Code: ReasonBackedOut, Args: map[string]string{"rollout": string(r.spec.ID), "by": by},
		})
	}
	hit, rest := s.hitAndRest(r)
	spec := r.backoutSpec(len(hit))
	d.add(&BackoutStarted{Rollout: r.spec.ID, Backout: spec.ID, By: by})
	d.add(&RolloutProposed{Spec: spec, Digest: r.digest, By: by, BackoutOf: r.spec.ID})
	s.assign(d, spec.ID, "hit", "", hit)
	s.assign(d, spec.ID, "rest", "", rest)
	d.add(&PhaseChanged{Rollout: spec.ID, Phase: Waiting, Next: now})
}

// hitAndRest returns the hosts that the patch is or may be on: those that it
// harmed, up to the number of the first ring, and all others.
func (s *State) hitAndRest(r *rolloutState) (hit, rest []hostIndex) {
	most := r.spec.Backout.Hit
	for h, m := range r.members.all {
		if m.flags&memberGot == 0 || m.outcome == Removed || !s.hosts.rows[h].is(hostPresent) {
			continue
		}
		if harmed := m.outcome == Failed || m.outcome == Silent; harmed && (most == 0 || len(hit) < most) {
			hit = append(hit, h)
		} else {
			rest = append(rest, h)
		}
	}
	return hit, rest
}

// startedSince returns the hosts that have come to the patch since its back-out r
// started: they had been granted before and could not be told in time.
func (s *State) startedSince(r *rolloutState) []hostIndex {
	if r.backoutOf == noRollout {
		return nil
	}
	var hosts []hostIndex
	for h, m := range s.rollouts[r.backoutOf].members.all {
		if m.flags&memberGot != 0 && m.outcome != Removed && s.hosts.rows[h].is(hostPresent) && r.members.at(h) == nil {
			hosts = append(hosts, h)
		}
	}
	return hosts
}

// backoutSpec returns the spec of the back-out that a signed spec declares. Its
// digest is that of the signed spec: nothing in it comes from elsewhere.
func (r *rolloutState) backoutSpec(hit int) *Spec {
	from := r.spec
	spec := &Spec{
		ID: from.ID + BackoutSuffix, Title: "Back-out of " + string(from.ID), Catalog: from.Catalog, Target: from.Target,
		Budgets: from.Budgets, Lane: from.Lane, Mode: Act, Silence: from.Silence, Grant: from.Grant, Run: from.Run,
		Retry: from.Retry, Growth: Whole, Strata: from.Strata, Salt: from.Salt,
	}
	for _, p := range from.Backout.Patches {
		spec.Patches = append(spec.Patches, p.PatchRef)
	}
	gates := from.Backout.Gates
	if len(gates) == 0 {
		gates = []Gate{{Raw: &RawGate{Share: Percent(10), Min: 10}}}
	}
	if hit > 0 {
		spec.Rings = append(spec.Rings, Ring{Name: "hit", Count: hit, Gates: gates})
	}
	spec.Rings = append(spec.Rings, Ring{Name: "rest", Rest: true})
	return spec
}

func (e *BackoutStarted) check(s *State, _ *Entry) error {
	r := s.rolloutOf(e.Rollout)
	switch {
	case r == nil:
		return refused("rollout %q is not known", e.Rollout)
	case r.backout != noRollout || s.rolloutOf(e.Backout) != nil:
		return refused("the back-out of rollout %q has started already", e.Rollout)
	}
	return nil
}

func (e *BackoutStarted) apply(s *State, _ *Entry) { s.rolloutOf(e.Rollout).gen++ }
