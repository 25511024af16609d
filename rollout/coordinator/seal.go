package coordinator

import (
	"sync"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/rollout"
)

// mostSeals is how many sealed grants are kept at least; twice as many at most.
const mostSeals = 20_000

// sealer seals grants, each once as long as it is remembered: a host asks again
// and again while its grant is live. The zero value with a signer is ready.
type sealer struct {
	signer fettle.Signer

	mu         sync.Mutex
	young, old map[rollout.Op]fettle.Envelope
}

// seal puts the offer's grants into their sealed form.
func (s *sealer) seal(o *rollout.Offer) error {
	for i := range o.Grants {
		sealed, err := s.sealed(&o.Grants[i])
		if err != nil {
			return err
		}
		o.Sealed = append(o.Sealed, sealed)
	}
	return nil
}

func (s *sealer) sealed(g *rollout.Grant) (fettle.Envelope, error) {
	s.mu.Lock()
	e, ok := s.young[g.Op]
	if !ok {
		if e, ok = s.old[g.Op]; ok {
			s.keep(g.Op, e)
		}
	}
	s.mu.Unlock()
	if ok {
		return e, nil
	}
	e, err := rollout.SealGrant(g, s.signer) // outside of the lock: the key may be in hardware
	if err != nil {
		return e, err
	}
	s.mu.Lock()
	s.keep(g.Op, e)
	s.mu.Unlock()
	return e, nil
}

// keep remembers e. When many are young, the old are forgotten.
func (s *sealer) keep(op rollout.Op, e fettle.Envelope) {
	if s.young == nil || len(s.young) >= mostSeals {
		s.young, s.old = map[rollout.Op]fettle.Envelope{}, s.young
	}
	s.young[op] = e
}
