package gatesim

import (
	"math/rand/v2"

	"github.com/fettle-dev/fettle/rollout/internal/gatestat"
)

// The strata of a simulated ring: every host is of one model and one site.
const (
	models = 8
	sites  = 4
)

// StrataSizes returns the sizes of the strata of a ring of n hosts: first the
// models, then the sites.
func StrataSizes(n int) []int {
	sizes := make([]int, models+sites)
	for i := range n {
		model, site := place(i)
		sizes[model]++
		sizes[site]++
	}
	return sizes
}

// place returns the strata of host i.
func place(i int) (model, site int) { return i % models, models + i/models%sites }

// OneModel is what happens when a patch fails on one model more than elsewhere.
type OneModel struct {
	Pass, Halt float64
	ByStratum  float64 // halts that name the model
	Failures   float64 // hosts that had failed when it halted, on average
}

// SimulateOneModel draws rings of n hosts that start one after the other, with a
// look after each report; the first model fails at rate bad, the others at rate
// good.
func SimulateOneModel(p *gatestat.Plan, n int, good, bad float64, rings int, seed uint64) (OneModel, error) {
	rng := rand.New(rand.NewPCG(seed, uint64(n)))
	sum := OneModel{}
	for range rings {
		v, failures, err := oneRing(p, rng, n, good, bad)
		if err != nil {
			return sum, err
		}
		switch v.Outcome {
		case gatestat.Inconclusive:
		case gatestat.Passed:
			sum.Pass++
		case gatestat.Halted:
			sum.Halt++
			sum.Failures += float64(failures)
			if v.Rule == gatestat.Stratum && v.Stratum == 0 {
				sum.ByStratum++
			}
		}
	}
	sum.Failures /= max(sum.Halt, 1)
	sum.Pass, sum.Halt, sum.ByStratum = sum.Pass/float64(rings), sum.Halt/float64(rings), sum.ByStratum/float64(rings)
	return sum, nil
}

// oneRing returns the verdict that ends the ring, and how many hosts had failed.
func oneRing(p *gatestat.Plan, rng *rand.Rand, n int, good, bad float64) (gatestat.Verdict, int, error) {
	look := gatestat.Look{Strata: make([][]gatestat.Cohort, models+sites)}
	failures := 0
	var v gatestat.Verdict
	for i := range n {
		model, site := place(i)
		rate := good
		if model == 0 {
			rate = bad
		}
		host := gatestat.Cohort{Started: 1, Succeeded: 1}
		if rng.Float64() < rate {
			host = gatestat.Cohort{Started: 1, Failed: 1}
			failures++
		}
		look.Ring = append(look.Ring, host)
		look.Strata[model] = append(look.Strata[model], host)
		look.Strata[site] = append(look.Strata[site], host)
		look.Ended = i == n-1
		var err error
		if v, err = p.Judge(look); err != nil || v.Outcome != gatestat.Inconclusive {
			return v, failures, err
		}
	}
	return v, failures, nil
}
