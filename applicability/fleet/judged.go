package fleet

import (
	"encoding/binary"
	"slices"
	"sync"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/applicability"
	"github.com/fettle-dev/fettle/internal/program"
)

// cache keeps what many questions need. It is filled by those who only ask, so it
// has a lock of its own; what is in it is not changed any more.
type cache struct {
	mu       sync.Mutex
	gates    map[int32]gatePlanes
	unseen   map[string]plane // by the list of judgements
	known    plane            // hosts of which the restart evidence is complete,
	allKnown bool             // which are all
	full     plane
	none     plane
	counts   []counted // by patch
	reads    map[int32]*reading
}

// gatePlanes are the hosts on which a gate holds, and may hold. A nil yes is every
// host, a nil maybe none.
type gatePlanes struct{ yes, maybe plane }

func newCache(patches int) *cache {
	return &cache{counts: make([]counted, patches), reads: map[int32]*reading{}}
}

type counted struct {
	at     uint64 // Fleet.changes when it was counted; 0: not
	counts Counts
}

// forgetJudged drops what depends on the judgements and positions of hosts.
func (c *cache) forgetJudged() {
	c.gates, c.unseen, c.known, c.full, c.none = nil, nil, nil, nil, nil
}

// forgetUnits drops the counts of patches that depend on others.
func (c *cache) forgetUnits(u *units) {
	for i := range c.counts {
		if u.related[i] {
			c.counts[i].at = 0
		}
	}
}

// carry keeps the counts of patches that the new catalogue has unchanged.
func (c *cache) carry(f *Fleet, old, x *lexicon) {
	if old == nil {
		return
	}
	for i := range c.counts {
		id := x.catalog.Patch(i).ID
		j, ok := old.catalog.Find(id)
		if !ok || old.catalog.Patch(j).ID != id || x.units.related[i] || old.units.related[j] || !old.cache.fresh(f, old, int32(j)) {
			continue
		}
		if samePatch(x, int32(i), old, int32(j)) {
			c.reads[int32(i)] = x.read([]int32{int32(i)})
			c.counts[i] = counted{f.changes, old.cache.counts[j].counts}
		}
	}
}

// fresh reports whether the counts of a patch still hold.
func (c *cache) fresh(f *Fleet, x *lexicon, patch int32) bool {
	at := c.counts[patch].at
	if at == 0 {
		return false
	}
	r := c.reads[x.units.first[patch]]
	if r == nil || r.free && x.freeChanged > at {
		return false
	}
	for _, key := range r.keys {
		if x.changed(f, key) > at {
			return false
		}
	}
	return true
}

// reading returns what a patch's unit reads.
func (e *evaluator) reading(patch int32) *reading {
	c := e.x.cache
	first := e.x.units.first[patch]
	c.mu.Lock()
	r := c.reads[first]
	c.mu.Unlock()
	if r == nil {
		r = e.x.read(e.x.units.of(patch, nil))
		c.mu.Lock()
		c.reads[first] = r
		c.mu.Unlock()
	}
	return r
}

// zero returns a plane without hosts, which nobody changes.
func (e *evaluator) zero() plane {
	c := e.x.cache
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.none == nil {
		c.none = make(plane, e.words)
	}
	return c.none
}

// where makes the plane of the hosts whose judgement is chosen.
func (e *evaluator) where(chosen []bool) plane {
	p := make(plane, e.words)
	for at := range e.f.hosts {
		if h := &e.f.hosts[at]; h.template >= 0 && chosen[e.x.ofHost[at]] {
			p.set(uint32(at))
		}
	}
	return p
}

// gate returns the hosts on which a gate holds, nil: on all, and may hold, nil:
// on none.
func (e *evaluator) gate(node int32) (yes, maybe plane) {
	if e.x.program.Nodes[node].Op == program.OpTrue {
		return nil, nil
	}
	c := e.x.cache
	c.mu.Lock()
	defer c.mu.Unlock()
	if g, ok := c.gates[node]; ok {
		return g.yes, g.maybe
	}
	holds, may := make([]bool, len(e.x.judgements)), make([]bool, len(e.x.judgements))
	unknown := false
	for i := range e.x.judgements {
		switch e.x.program.Eval(&program.Facts{Scalars: e.x.judgements[i].scalars}, node) {
		case fettle.Yes:
			holds[i] = true
		case fettle.Unknown:
			may[i], unknown = true, true
		case fettle.No:
		}
	}
	g := gatePlanes{yes: e.where(holds)}
	if unknown {
		if g.maybe = e.where(may); g.maybe.empty() {
			g.maybe = nil
		}
	}
	if c.gates == nil {
		c.gates = map[int32]gatePlanes{}
	}
	c.gates[node] = g
	return g.yes, g.maybe
}

// unseen returns the hosts that may have instances of a key that nobody saw; nil:
// none.
func (e *evaluator) unseen(key int32) plane {
	list := e.x.unsure[key]
	if len(list) == 0 {
		return nil
	}
	text := make([]byte, 0, 4*len(list))
	for _, j := range list {
		text = binary.LittleEndian.AppendUint32(text, uint32(j))
	}
	c := e.x.cache
	c.mu.Lock()
	defer c.mu.Unlock()
	if p, ok := c.unseen[string(text)]; ok {
		return p
	}
	chosen := make([]bool, len(e.x.judgements))
	for _, j := range list {
		chosen[j] = true
	}
	p := e.where(chosen)
	if p.empty() {
		p = nil
	}
	if c.unseen == nil {
		c.unseen = map[string]plane{}
	}
	c.unseen[string(text)] = p
	return p
}

// inForce returns the hosts on which what a patch brought, once it is on disk and
// nothing speaks against it, is known to be in force, and whether these are all.
func (e *evaluator) inForce(patch int32) (known plane, all bool) {
	c := e.x.cache
	c.mu.Lock()
	defer c.mu.Unlock()
	if e.x.program.Patches[patch].Restart == fettle.RestartNone {
		if c.full == nil {
			c.full = make(plane, e.words)
			c.full.fill(0, uint32(64*e.words))
		}
		return c.full, true
	}
	if c.known == nil {
		chosen := make([]bool, len(e.x.judgements))
		for i := range chosen {
			chosen[i] = e.x.judgements[i].restarts
		}
		c.known = e.where(chosen)
		c.allKnown = slices.Equal(c.known, e.f.live)
	}
	return c.known, c.allKnown
}

// samePatch reports whether a patch is judged alike by two catalogues. One that
// asks for other patches is not looked into.
func samePatch(x *lexicon, i int32, old *lexicon, j int32) bool {
	p, q := x.catalog.Patch(int(i)), old.catalog.Patch(int(j))
	if p.State != q.State || p.Restart != q.Restart || x.program.Patches[i].Bad != old.program.Patches[j].Bad {
		return false
	}
	for _, f := range [][2]applicability.Footprint{
		{p.Target, q.Target}, {p.Installed, q.Installed}, {p.Active, q.Active}, {p.Unfixed, q.Unfixed},
	} {
		if !sameFootprint(f[0], f[1]) {
			return false
		}
	}
	return true
}
