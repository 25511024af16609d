package coordinator

import (
	"crypto/ed25519"
	"fmt"
	"sync"
	"time"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/rollout"
)

// Enrolments are the hosts' keys, from sealed enrolments: its HostKey is what
// Region.Hosts wants. Make it with NewEnrolments. Safe for concurrent use. It
// keeps nothing beyond the process: the caller keeps the envelopes and adds them
// again at the next start.
type Enrolments struct {
	trust  fettle.Trust
	region rollout.RegionID

	mu   sync.RWMutex
	held map[fettle.HostID]enrolled
}

type enrolled struct {
	enrolment rollout.Enrolment
	removed   bool
}

// NewEnrolments returns the enrolments in a region that the authority of trust
// has sealed; there are none yet.
func NewEnrolments(region rollout.RegionID, trust fettle.Trust) *Enrolments {
	return &Enrolments{trust: trust, region: region, held: map[fettle.HostID]enrolled{}}
}

// Add takes an enrolment in and returns it. Of several of one host the one that
// was issued last holds; for an older one the error wraps rollout.ErrStale. The
// other errors are those of rollout.OpenEnrolment.
func (e *Enrolments) Add(sealed fettle.Envelope, now time.Time) (rollout.Enrolment, error) {
	found, err := rollout.OpenEnrolment(sealed, e.trust, e.region, now)
	if err != nil {
		return rollout.Enrolment{}, err
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	held, ok := e.held[found.Host]
	if ok && (found.Issued.Before(held.enrolment.Issued) || held.removed && !found.Issued.After(held.enrolment.Issued)) {
		return rollout.Enrolment{}, fmt.Errorf("coordinator: enrolment of host %q: %w", found.Host, rollout.ErrStale)
	}
	e.held[found.Host] = enrolled{enrolment: *found}
	return *found, nil
}

// Remove takes a host's key away. An enrolment that was issued until then does
// not bring it back.
func (e *Enrolments) Remove(host fettle.HostID) {
	e.mu.Lock()
	defer e.mu.Unlock()
	if held, ok := e.held[host]; ok {
		held.removed = true
		e.held[host] = held
	}
}

// HostKey returns the key that the host was enrolled with; false if it was not,
// was removed, or if its enrolment has expired.
func (e *Enrolments) HostKey(host fettle.HostID) (ed25519.PublicKey, bool) {
	e.mu.RLock()
	held, ok := e.held[host]
	e.mu.RUnlock()
	if !ok || held.removed {
		return nil, false
	}
	if until := held.enrolment.Expires; !until.IsZero() && !time.Now().Before(until) {
		return nil, false
	}
	return held.enrolment.Key, true
}
