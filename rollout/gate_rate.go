package rollout

import (
	"slices"
	"strconv"
	"sync/atomic"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/rollout/internal/gatestat"
)

// planCache keeps the last plan of a ring, which takes long to work out and is
// the same whoever does. It is safe for concurrent use.
type planCache struct {
	tables *gatestat.Tables // nil: none that others use, too
	last   atomic.Pointer[cachedPlan]
}

type cachedPlan struct {
	spec   gatestat.Spec
	hosts  int
	strata []int
	plan   *gatestat.Plan
}

// plan returns a plan for at least that many hosts and strata of these sizes.
func (c *planCache) plan(s gatestat.Spec, hosts int, strata []int) (*gatestat.Plan, error) {
	if p := c.last.Load(); p != nil && p.spec == s && p.hosts >= hosts && slices.Equal(p.strata, strata) {
		return p.plan, nil
	}
	room := 64 // hosts join while a ring is open: do not work it out for each of them
	for room < hosts {
		room += room / 2
	}
	room = min(max(room, hosts), max(hosts, 1<<20))
	tables := c.tables
	if tables == nil {
		tables = new(gatestat.Tables)
	}
	plan, err := tables.Plan(s, room, strata)
	if err != nil {
		return nil, err
	}
	c.last.Store(&cachedPlan{spec: s, hosts: room, strata: strata, plan: plan})
	return plan, nil
}

// rate asks the statistical gate. What the statistics cannot take, such as more
// than a million hosts in one ring, is inconclusive and says so: it never passes.
func (l *look) rate(g *RateGate) judgement {
	var pooled [][]gatestat.Cohort
	have := l.ring.sum.Started + l.open
	if g.Pool {
		pooled = make([][]gatestat.Cohort, len(l.earlier))
		for i := range l.earlier {
			pooled[i] = l.earlier[i].cohorts.counts
			have += l.earlier[i].sum.Started
		}
	}
	sizes := make([]int, len(l.strata))
	largest := 0
	for i, s := range l.strata {
		sizes[i] = roomy(s.size)
		largest = max(largest, sizes[i])
	}
	plan, err := l.plans.plan(g.effective(), max(have, largest), sizes)
	if err != nil {
		return unjudged(err)
	}
	ask := gatestat.Look{
		Pooled: pooled, Ring: l.ring.counts, Hosts: have, Ended: l.ended, Strata: make([][]gatestat.Cohort, 0, len(l.strata)),
	}
	for i, s := range l.strata {
		var in []gatestat.Cohort
		if plan.Speaks(i) && s.hosts.sum.Failed > 0 { // without a failure it cannot halt
			in = s.hosts.upTo(min(largest, plan.HaltReach(s.hosts.sum.Failed)))
		}
		ask.Strata = append(ask.Strata, in)
	}
	v, err := plan.Judge(ask)
	if err != nil {
		return unjudged(err)
	}
	if v.Rule == gatestat.Ring {
		v = l.blame(plan, v)
	}
	j := l.judged(v)
	j.reason.Args["limit"] = g.Limit.String()
	return l.lateRate(g, j)
}

// blame names the stratum of a halt of the ring, if there is one without which
// the ring would not halt: what halts is then blocked there and not everywhere.
func (l *look) blame(plan *gatestat.Plan, v gatestat.Verdict) gatestat.Verdict {
	all := l.ring.sum
	worst := -1
	for i, s := range l.strata {
		in := s.hosts.sum
		bound := plan.HaltBound(in.Started)
		others := gatestat.Cohort{Started: all.Started - in.Started, Failed: all.Failed - in.Failed}
		if in.Failed >= bound && others.Failed < plan.HaltBound(others.Started) &&
			(worst < 0 || in.Failed > l.strata[worst].hosts.sum.Failed) {
			worst = i
			v.Rule, v.Stratum, v.Evidence, v.Bound = gatestat.Stratum, i, in, bound
		}
	}
	return v
}

// roomy is a size with room for the hosts that may join before a growth holds
// the rollout.
func roomy(size int) int { return size + size/4 + 1 }

// lateRate halts by the hosts that came after their ring had closed, on their own.
func (l *look) lateRate(g *RateGate, j judgement) judgement {
	if j.outcome == gatestat.Halted || l.late == nil || l.late.sum.Failed == 0 {
		return j
	}
	plan, err := l.latePlans.plan(g.effective(), l.late.sum.Started, nil)
	if err != nil {
		return unjudged(err)
	}
	v, err := plan.Judge(gatestat.Look{Ring: l.late.counts})
	if err != nil {
		return unjudged(err)
	}
	if v.Outcome != gatestat.Halted {
		return j
	}
	halt := l.judged(v)
	halt.reason.Args["limit"] = g.Limit.String()
	halt.reason.Args["among"] = "late"
	return halt
}

// judged turns a verdict into a judgement that names the stratum.
func (l *look) judged(v gatestat.Verdict) judgement {
	j := judgement{outcome: v.Outcome, reason: v.Reason()}
	delete(j.reason.Args, "rule")
	if v.Rule == gatestat.Stratum {
		j.stratum = l.strata[v.Stratum].key
		j.reason.Args["dimension"], j.reason.Args["stratum"] = j.stratum.Dimension, j.stratum.Value
	}
	if v.Outcome == gatestat.Inconclusive {
		j.small = l.ended && l.busy == 0
		j.reason.Until = l.closes
		if open := v.Evidence.Unresolved(); open > 0 {
			j.reason.Args["unresolved"] = strconv.Itoa(open)
		}
	}
	return j
}

func unjudged(err error) judgement {
	return judgement{reason: fettle.Reason{Code: ReasonGateUnjudged, Args: map[string]string{"error": err.Error()}}}
}

// raw compares the safety failures as they stand.
func (l *look) raw(g *RawGate) judgement {
	v, err := g.compare(l.ring.sum, l.ended)
	if err != nil {
		return unjudged(err)
	}
	j := l.rawJudged(g, v)
	if l.late != nil && j.outcome != gatestat.Halted {
		if v, err = g.compare(l.late.sum, false); err == nil && v.Outcome == gatestat.Halted {
			j = l.rawJudged(g, v)
			j.reason.Args["among"] = "late"
		}
	}
	return j
}

// reach compares the hosts that could not be served with those that were granted.
func (l *look) reach(g *RawGate) judgement {
	v, err := g.compare(gatestat.Cohort{Started: l.granted, Succeeded: l.reached, Failed: l.unreached}, l.ended)
	if err != nil {
		return unjudged(err)
	}
	j := l.rawJudged(g, v)
	if l.past && v.Outcome == gatestat.Halted { // of hosts that came when the ring had shown what it could
		j.outcome, j.reason.Code = gatestat.Passed, ReasonReachLater
		return j
	}
	j.reason.Code = map[string]string{
		ReasonRawPassed: ReasonReachPassed, ReasonRawHalted: ReasonReachHalted, ReasonRawWaiting: ReasonReachWaiting,
	}[j.reason.Code]
	return j
}

func (g *RawGate) compare(c gatestat.Cohort, ended bool) (gatestat.Verdict, error) {
	if g.Count != nil {
		return gatestat.RawCount{Most: *g.Count}.Judge(c, ended)
	}
	return gatestat.RawRate{Limit: gatestat.Rate(g.Share), MinStarted: max(g.Min, 1)}.Judge(c, ended)
}

func (l *look) rawJudged(g *RawGate, v gatestat.Verdict) judgement {
	args := map[string]string{
		"started": strconv.Itoa(v.Evidence.Started), "succeeded": strconv.Itoa(v.Evidence.Succeeded),
		"failed": strconv.Itoa(v.Evidence.Failed), "limit": g.limit(),
	}
	j := judgement{outcome: v.Outcome, reason: fettle.Reason{Args: args}}
	switch v.Outcome {
	case gatestat.Passed:
		j.reason.Code = ReasonRawPassed
	case gatestat.Halted:
		j.reason.Code = ReasonRawHalted
	case gatestat.Inconclusive:
		j.reason.Code = ReasonRawWaiting
		args["open"] = strconv.Itoa(l.open)
		j.reason.Until = l.closes
		if open := v.Evidence.Unresolved(); open > 0 {
			args["unresolved"] = strconv.Itoa(open)
		}
		j.small = l.ended && l.busy == 0
	}
	return j
}

func (g *RawGate) limit() string {
	if g.Count != nil {
		return strconv.Itoa(*g.Count)
	}
	return g.Share.String()
}
