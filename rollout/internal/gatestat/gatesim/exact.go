// Package gatesim works out how often a gate passes and halts: exactly, where
// every host reports before the next one starts, and by simulated rings where
// reports are delayed. It serves the tests of package gatestat and the table in
// docs/gates.md.
package gatesim

import "github.com/fettle-dev/fettle/rollout/internal/gatestat"

// Cell is what a gate does with rings of one size at one true failure rate.
// Pass and Halt are probabilities.
type Cell struct {
	Pass, Halt float64
	// Reports is how many hosts had reported on average when the gate decided, or
	// when the ring ended without a decision.
	Reports float64
}

// Exact follows every path of a ring of n hosts that start one after the other,
// each reporting before the next one starts, with a look after each report.
func Exact(p *gatestat.Plan, n int, rate float64) Cell {
	return follow(n, rate, func(hosts, failed int) gatestat.Outcome {
		switch {
		case failed >= p.HaltBound(hosts):
			return gatestat.Halted
		case failed <= p.EarlyBound(hosts), hosts == n && failed <= p.EndBound(hosts):
			return gatestat.Passed
		}
		return gatestat.Inconclusive
	})
}

// ExactRaw is Exact for a raw percentage.
func ExactRaw(raw gatestat.RawRate, n int, rate float64) (Cell, error) {
	var failure error
	c := follow(n, rate, func(hosts, failed int) gatestat.Outcome {
		v, err := raw.Judge(gatestat.Cohort{Started: hosts, Succeeded: hosts - failed, Failed: failed}, hosts == n)
		if err != nil {
			failure = err
		}
		return v.Outcome
	})
	return c, failure
}

// follow adds up what decide says along all paths: alive[x] is the probability
// of x failures among the hosts so far without a decision.
func follow(n int, rate float64, decide func(hosts, failed int) gatestat.Outcome) Cell {
	alive := make([]float64, n+2)
	alive[0] = 1
	c := Cell{}
	for hosts := 1; hosts <= n; hosts++ {
		for x := hosts; x > 0; x-- {
			alive[x] = float64(alive[x]*(1-rate)) + float64(alive[x-1]*rate)
		}
		alive[0] = float64(alive[0] * (1 - rate))
		for x := range hosts + 1 {
			outcome := decide(hosts, x)
			switch outcome {
			case gatestat.Halted:
				c.Halt += alive[x]
			case gatestat.Passed:
				c.Pass += alive[x]
			case gatestat.Inconclusive:
			}
			if outcome != gatestat.Inconclusive || hosts == n {
				c.Reports += float64(alive[x] * float64(hosts))
				alive[x] = 0
			}
		}
	}
	return c
}
