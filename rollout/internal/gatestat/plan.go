package gatestat

import (
	"cmp"
	"fmt"
	"slices"
)

// Spec is what a rate gate promises.
type Spec struct {
	Limit     Rate // of failures; a true rate at the limit is a bad one for a pass
	PassError Rate // of passing a rate at the limit or above, early and at the end together
	HaltError Rate // of halting a rate at the limit or below, over the ring and its strata together
}

// Check returns an error naming the first field that is out of its range:
// Limit above 0 and below 100 %, the errors above 0 and at most 50 %.
func (s Spec) Check() error {
	if s.Limit == 0 || s.Limit >= whole {
		return fmt.Errorf("gatestat: limit %v: want above 0%% and below 100%%", s.Limit)
	}
	if s.PassError == 0 || s.PassError > whole/2 {
		return fmt.Errorf("gatestat: pass error %v: want above 0%% and at most 50%%", s.PassError)
	}
	if s.HaltError == 0 || s.HaltError > whole/2 {
		return fmt.Errorf("gatestat: halt error %v: want above 0%% and at most 50%%", s.HaltError)
	}
	return nil
}

// Plan holds the boundaries of one ring's gate. They are computed once, when the
// ring opens and its members and strata are known, and do not depend on any
// outcome. A Plan is immutable and safe for concurrent use; the same arguments
// give the same plan on every machine.
//
// Half of the pass error is the early boundary's; the boundary at the end gets
// what the paths that pass early leave of the whole.
//
// Half of the halt error is the ring's and half is shared equally by the strata
// that could speak at all, were every one of their hosts to fail; with no such
// stratum the ring has all of it.
type Plan struct {
	spec     Spec
	hosts    int
	early    []int32 // by number of hosts
	end      []int32
	haltRing []int32
	haltIn   []int32 // nil if no stratum speaks
	speaking []bool  // by stratum
}

// NewPlan returns the plan for at most that many hosts, those of earlier rings
// whose evidence is pooled included, and strata of these sizes. Strata may
// overlap. It takes time and memory in proportion to hosts, and for the
// boundary at the end up to 20,000 hosts more: some 10 ms at 10,000. Who needs
// several plans makes them from Tables.
func NewPlan(s Spec, hosts int, strata []int) (*Plan, error) {
	return new(Tables).Plan(s, hosts, strata)
}

// Plan returns what NewPlan returns.
func (t *Tables) Plan(s Spec, hosts int, strata []int) (*Plan, error) {
	if err := s.Check(); err != nil {
		return nil, err
	}
	if hosts < 0 || hosts > maxHosts {
		return nil, fmt.Errorf("gatestat: %d hosts: want 0 to %d", hosts, maxHosts)
	}
	for i, size := range strata {
		if size < 0 || size > hosts {
			return nil, fmt.Errorf("gatestat: stratum %d has %d hosts: want 0 to %d", i, size, hosts)
		}
	}
	p := &Plan{spec: s, hosts: hosts, speaking: make([]bool, len(strata))}
	p.early, p.end = t.passes(s, hosts)
	ringShares := 1
	if n, largest := p.shareHalts(strata); n > 0 {
		ringShares = 2
		p.haltIn = t.halts(s, 2*n, largest)
	}
	p.haltRing = t.halts(s, ringShares, hosts)
	return p, nil
}

// shareHalts finds the most strata that can share half of the halt error so that
// each could halt if all of its hosts failed, the largest first. It returns how
// many there are and the size of the largest.
func (p *Plan) shareHalts(strata []int) (n, largest int) {
	bySize := make([]int, len(strata))
	for i := range bySize {
		bySize[i] = i
	}
	slices.SortStableFunc(bySize, func(a, b int) int { return cmp.Compare(strata[b], strata[a]) })
	canSpeak := func(shares, size int) bool {
		w := newProcess(haltMixture(), p.spec.Limit)
		at := threshold(p.spec.HaltError, 2*shares)
		for range size {
			w.host()
			w.failure()
			if w.reaches(at) {
				return true
			}
		}
		return false
	}
	for n < len(bySize) && canSpeak(n+1, strata[bySize[n]]) {
		p.speaking[bySize[n]] = true
		n++
	}
	if n > 0 {
		largest = strata[bySize[0]]
	}
	return n, largest
}

// EarlyBound returns the most failures, unresolved hosts included, at which the
// first n hosts that started pass a ring that goes on; -1 if there is no such
// number. n is 0 up to the plan's hosts, here and below.
func (p *Plan) EarlyBound(n int) int { return int(p.early[n]) }

// EndBound returns the most failures, unresolved hosts included, at which a ring
// that ends with n hosts passes; -1 if it cannot pass.
func (p *Plan) EndBound(n int) int { return int(p.end[n]) }

// HaltBound returns the fewest failures at which the first n hosts that started
// halt the ring; it is above n if they cannot.
func (p *Plan) HaltBound(n int) int { return int(p.haltRing[n]) }

// Speaks reports whether the stratum has a share of the halt error; a stratum
// that is too small to halt by itself has none and counts in the ring only.
func (p *Plan) Speaks(stratum int) bool { return p.speaking[stratum] }

// HaltReach returns how many hosts of a stratum are worth a look when that many of
// it failed: among more first ones that is not enough to halt.
func (p *Plan) HaltReach(failed int) int {
	n, _ := slices.BinarySearch(p.haltIn, int32(min(failed, maxHosts))+1)
	return n - 1
}

// Look is what is known at one moment.
type Look struct {
	// Pooled counts hosts of earlier rings that got the same payload, ring after
	// ring and in the order in which they started. They count for passing only, and
	// can be enough before the ring has a result of its own; what a ring has to show
	// by itself is for the gates beside this one to say.
	Pooled [][]Cohort
	// Ring counts the ring's hosts, in the order in which they started.
	Ring []Cohort
	// Strata counts, for each stratum of the plan, its hosts in the order in which
	// they started.
	Strata [][]Cohort
	// Hosts is how many hosts the evidence can come from at most, pooled ones
	// included. Zero: as many as the plan is for.
	Hosts int
	// Ended says that no host of the ring will start any more. That must not have
	// been decided by looking at outcomes: all members have started, are gone, or
	// a time that was fixed before has passed. A ring that has halted is not asked
	// again.
	Ended bool
}

// Judge returns what the look shows: a halt if there is one, else a pass if
// there is one. It may be called after every report; the promises are about all
// calls together. Counts that contradict themselves or the plan are an error.
func (p *Plan) Judge(l Look) (Verdict, error) {
	all, v, err := p.walk(l)
	if err != nil {
		return Verdict{}, fmt.Errorf("gatestat: %w", err)
	}
	if v.Outcome != Inconclusive {
		return v, nil
	}
	bound := int(p.end[all.Started])
	if l.Ended && all.Failed+all.Unresolved() <= bound {
		return Verdict{Outcome: Passed, Rule: End, Stratum: -1, Evidence: all, Bound: bound}, nil
	}
	v = Verdict{Outcome: Inconclusive, Stratum: -1, Evidence: all, Bound: bound, Have: p.hosts}
	if l.Hosts > 0 {
		v.Have = max(l.Hosts, all.Started)
	}
	if l.Ended {
		v.Have = all.Started
	}
	v.Need = p.need(all, v.Have, l.Ended)
	return v, nil
}

// walk looks at every stretch from the first start on, once. It returns the total
// of everything that counts for a pass, and the first halt, else the first early
// pass; or the first contradiction.
func (p *Plan) walk(l Look) (all Cohort, v Verdict, err error) {
	switch {
	case len(l.Strata) != len(p.speaking):
		return all, v, fmt.Errorf("%d strata: the plan has %d", len(l.Strata), len(p.speaking))
	case l.Hosts < 0 || l.Hosts > p.hosts:
		return all, v, fmt.Errorf("%d hosts: the plan is for %d", l.Hosts, p.hosts)
	}
	early, halt := Verdict{}, Verdict{}
	for _, cohorts := range l.Pooled {
		for i, c := range cohorts {
			if err := addTo(&all, c, i, p.hosts); err != nil {
				return all, v, fmt.Errorf("pooled %w", err)
			}
			p.passesEarly(&early, all)
		}
	}
	ring := Cohort{}
	for i, c := range l.Ring {
		if err := addTo(&all, c, i, p.hosts); err != nil {
			return all, v, fmt.Errorf("ring %w", err)
		}
		ring = ring.plus(c)
		halts(&halt, ring, p.haltRing, Ring, -1)
		p.passesEarly(&early, all)
	}
	for i, cohorts := range l.Strata {
		if err := p.walkStratum(&halt, i, cohorts, ring); err != nil {
			return all, v, fmt.Errorf("stratum %d: %w", i, err)
		}
	}
	if halt.Outcome == Halted {
		return all, halt, nil
	}
	return all, early, nil
}

func (p *Plan) walkStratum(halt *Verdict, i int, cohorts []Cohort, ring Cohort) error {
	in, most := Cohort{}, p.hosts
	if p.speaking[i] {
		most = len(p.haltIn) - 1
	}
	for k, c := range cohorts {
		if err := addTo(&in, c, k, most); err != nil {
			return err
		}
		if p.speaking[i] {
			halts(halt, in, p.haltIn, Stratum, i)
		}
	}
	if in.Started > ring.Started || in.Succeeded > ring.Succeeded || in.Failed > ring.Failed {
		return fmt.Errorf("%+v is more than the ring's %+v", in, ring)
	}
	return nil
}

// halts notes in v that these hosts, the first that started, halt, unless others
// do already.
func halts(v *Verdict, sum Cohort, bounds []int32, rule Rule, stratum int) {
	if bound := int(bounds[sum.Started]); sum.Failed >= bound && v.Outcome != Halted {
		*v = Verdict{Outcome: Halted, Rule: rule, Stratum: stratum, Evidence: sum, Bound: bound}
	}
}

// passesEarly notes in v that these hosts, the first that started, pass, unless
// fewer do already.
func (p *Plan) passesEarly(v *Verdict, sum Cohort) {
	if bound := int(p.early[sum.Started]); sum.Failed+sum.Unresolved() <= bound && v.Outcome != Passed {
		*v = Verdict{Outcome: Passed, Rule: Early, Stratum: -1, Evidence: sum, Bound: bound}
	}
}

// need returns how many hosts a pass takes if nobody fails any more.
func (p *Plan) need(all Cohort, have int, ended bool) int {
	if !ended {
		early, _ := slices.BinarySearchFunc(p.early[all.Started:], int32(all.Failed), cmp.Compare)
		if n := all.Started + early; n <= have {
			return n
		}
	}
	if all.Failed <= int(p.end[have]) {
		return have
	}
	if n := hostsFor(p.spec.Limit, p.spec.PassError, all.Failed); n > 0 {
		return max(n, have+1)
	}
	return 0
}
