package rollout

import "github.com/fettle-dev/fettle"

// Config returns the region's configuration; the zero value before Configure.
// The caller does not change what it points to.
func (s *State) Config() Config { return s.config }

// Spec returns a rollout's spec and its digest; false if there is no such
// rollout. The caller does not change it.
func (s *State) Spec(id ID) (*Spec, fettle.Digest, bool) {
	r := s.rolloutOf(id)
	if r == nil {
		return nil, "", false
	}
	return r.spec, r.digest, true
}

// Targets returns the specs of the rollouts that hosts may still become members
// of, in the order of their start: of those that are not aborted or retired, nor
// back-outs. The caller does not change them.
func (s *State) Targets() []*Spec {
	var specs []*Spec
	for _, r := range s.rollouts {
		if r.phase != Aborted && r.phase != Retired && r.backoutOf == noRollout {
			specs = append(specs, r.spec)
		}
	}
	return specs
}
