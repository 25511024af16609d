package rollout

import (
	"math/bits"
	"time"

	"github.com/fettle-dev/fettle"
)

// placing puts hosts into the rings of a spec that go by share, when they
// become members. A host's place depends on nothing but the spec, its name and
// the rings that it may be in, so no host ever moves another. Rings of a number
// of hosts choose for themselves, when they open, out of those that are placed
// behind them.
type placing struct {
	spec  *Spec
	below []Share // by ring: where its part of the hash range ends; 0: it has none
	pins  map[fettle.HostID]int
}

func newPlacing(s *Spec) *placing {
	p := &placing{spec: s, below: make([]Share, len(s.Rings)), pins: map[fettle.HostID]int{}}
	sum := Share(0)
	for i, r := range s.Rings {
		for _, host := range r.Pins {
			p.pins[host] = i
		}
		if r.Share > 0 {
			sum += r.Share
			p.below[i] = sum
		}
		if r.Rest {
			p.below[i] = Whole
		}
	}
	return p
}

// ring returns the ring of a host, of which eligible has the bits of the rings
// that it may be in; -1 if none of those that go by share takes it. A pin comes
// before the hash. A host that may not be in the ring that either says is in the
// next later one that it may be in.
func (p *placing) ring(host fettle.HostID, eligible uint64) int {
	first, pinned := p.pins[host]
	if !pinned {
		first = p.byHash(host)
	}
	for i := first; i < len(p.below); i++ {
		if p.below[i] > 0 && eligible>>i&1 != 0 {
			return i
		}
	}
	return -1
}

// byHash returns the first ring in whose part of the hash range the host lies,
// or how many rings there are. The comparison is exact: u·1,000,000 < below·2⁶⁴.
func (p *placing) byHash(host fettle.HostID) int {
	part, _ := bits.Mul64(hashUnit(p.spec.Salt, host), uint64(Whole))
	for i, below := range p.below {
		if part < uint64(below) {
			return i
		}
	}
	return len(p.below)
}

// Earliest returns the earliest instant at which a ring that the host could be
// in may open, by what was signed alone; zero: at once. A host does not start
// before, whoever grants it. It is a lower bound: rings of a number of hosts
// count, since only the region knows whom they choose.
func (s *Spec) Earliest(host fettle.HostID) time.Time {
	p := newPlacing(s)
	own, pinned := p.pins[host]
	if !pinned {
		own = p.byHash(host)
	}
	var earliest time.Time
	found := false
	for i, r := range s.Rings {
		if i < own && r.Count == 0 {
			continue
		}
		if !found || r.NotBefore.Before(earliest) {
			earliest, found = r.NotBefore, true
		}
	}
	return earliest
}
