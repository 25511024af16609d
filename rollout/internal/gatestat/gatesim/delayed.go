package gatesim

import (
	"cmp"
	"math/rand/v2"
	"slices"

	"github.com/fettle-dev/fettle/rollout/internal/gatestat"
)

// A simulated ring: its waves start a quarter of an hour apart.
const (
	waves        = 40
	perHour      = 4
	silenceAfter = 6.0 // hours after its start a silent host counts as failed
	silentShare  = 0.7 // of the failures
)

// report is one host's result.
type report struct {
	at     float64 // in hours
	wave   int
	failed bool
}

// ring draws the reports of a ring of n hosts, in the order in which they
// arrive: hosts start in waves; results come within an hour, but most of the
// failures only as silence.
func ring(rng *rand.Rand, n int, rate float64) []report {
	reports := make([]report, n)
	for i := range reports {
		wave := i * waves / n
		r := report{at: startOf(wave) + rng.Float64(), wave: wave, failed: rng.Float64() < rate}
		if r.failed && rng.Float64() < silentShare {
			r.at = startOf(wave) + silenceAfter
		}
		reports[i] = r
	}
	slices.SortStableFunc(reports, func(a, b report) int { return cmp.Compare(a.at, b.at) })
	return reports
}

func startOf(wave int) float64 { return float64(wave) / perHour }

// Delayed is what three gates do on the same rings.
type Delayed struct {
	Gate    Cell // the plan
	Raw     Cell // the percentage as it stands
	Arrival Cell // the plan's early and halt boundaries in the order of arrival: wrong
}

// Simulate draws that many rings of n hosts with delayed reports and lets the
// gates look after every report. The same seed gives the same rings.
func Simulate(p *gatestat.Plan, raw gatestat.RawRate, n int, rate float64, rings int, seed uint64) (Delayed, error) {
	rng := rand.New(rand.NewPCG(seed, uint64(n)))
	sum := Delayed{}
	perWave := make([]int, waves)
	for i := range n {
		perWave[i*waves/n]++
	}
	for range rings {
		if err := sum.add(p, raw, perWave, ring(rng, n, rate)); err != nil {
			return sum, err
		}
	}
	for _, c := range []*Cell{&sum.Gate, &sum.Raw, &sum.Arrival} {
		c.Pass /= float64(rings)
		c.Halt /= float64(rings)
		c.Reports /= float64(rings)
	}
	return sum, nil
}

// add plays one ring.
func (d *Delayed) add(p *gatestat.Plan, raw gatestat.RawRate, perWave []int, reports []report) error {
	gate, percentage, arrival := gatestat.Inconclusive, gatestat.Inconclusive, gatestat.Inconclusive
	cohorts := make([]gatestat.Cohort, 0, waves)
	all := gatestat.Cohort{}
	for i, r := range reports {
		if gate != gatestat.Inconclusive && percentage != gatestat.Inconclusive && arrival != gatestat.Inconclusive {
			return nil
		}
		for len(cohorts) < waves && startOf(len(cohorts)) <= r.at {
			all.Started += perWave[len(cohorts)]
			cohorts = append(cohorts, gatestat.Cohort{Started: perWave[len(cohorts)]})
		}
		if r.failed {
			cohorts[r.wave].Failed++
			all.Failed++
		} else {
			cohorts[r.wave].Succeeded++
			all.Succeeded++
		}
		ended := all.Started == len(reports)
		if gate == gatestat.Inconclusive {
			v, err := p.Judge(gatestat.Look{Ring: cohorts, Ended: ended})
			if err != nil {
				return err
			}
			gate = d.Gate.note(v.Outcome, i+1, len(reports))
		}
		if percentage == gatestat.Inconclusive {
			v, err := raw.Judge(all, ended)
			if err != nil {
				return err
			}
			percentage = d.Raw.note(v.Outcome, i+1, len(reports))
		}
		if arrival == gatestat.Inconclusive {
			arrival = d.Arrival.note(inArrivalOrder(p, all.Failed, i+1), i+1, len(reports))
		}
	}
	return nil
}

// note counts a decision, or the end without one, and returns the outcome.
func (c *Cell) note(o gatestat.Outcome, reports, n int) gatestat.Outcome {
	switch {
	case o == gatestat.Passed:
		c.Pass++
	case o == gatestat.Halted:
		c.Halt++
	case reports < n:
		return o
	}
	c.Reports += float64(reports)
	return o
}

// inArrivalOrder takes the hosts that have reported for the first that started.
func inArrivalOrder(p *gatestat.Plan, failed, reported int) gatestat.Outcome {
	switch {
	case failed >= p.HaltBound(reported):
		return gatestat.Halted
	case failed <= p.EarlyBound(reported):
		return gatestat.Passed
	}
	return gatestat.Inconclusive
}
