package gatesim

import (
	"fmt"
	"io"
	"strconv"

	"github.com/fettle-dev/fettle/rollout/internal/gatestat"
)

// Sizes are the ring sizes of the table.
func Sizes() []int { return []int{20, 59, 100, 200, 1000} }

// Rates are the true failure rates of the table.
func Rates() []float64 { return []float64{0.01, 0.05, 0.10, 0.20} }

// Spec is the gate of the table: a limit of 5 %, both errors 5 %.
func Spec() gatestat.Spec {
	return gatestat.Spec{Limit: 50_000, PassError: 50_000, HaltError: 50_000}
}

// Raw is the percentage that stands beside it.
func Raw() gatestat.RawRate { return gatestat.RawRate{Limit: 50_000, MinStarted: 20} }

const intro = `# Rate gates: what they promise and what they do

A rate gate has a limit for the failure rate of a patch, a pass error and a halt
error. This page is written by

    go run ./rollout/internal/gatestat/gatetable > docs/gates.md

for a limit of 5 %, a pass error of 5 % and a halt error of 5 %. The gate looks
after every report. It promises that a true rate at the limit passes at most 5 %
of the time, early and at the end together, and halts at most 5 % of the time,
whatever the size of the ring and whatever the delays of the reports.

*Raw* is the simple gate beside it: pass at the ring's end if at most 5 % have
failed, halt once more than 5 % of the hosts that started (at least 20) have.

## Bounds

Failures (for a pass, unresolved hosts count as failures) among the hosts that
started. "Early" passes a ring that goes on, "end" one that ends with that many
hosts, "halt" stops it. A dash: no number of failures is few enough.

| hosts | early pass, at most | pass at the end, at most | halt, at least |
| ---: | ---: | ---: | ---: |
`

const exactIntro = `
A ring of 20 never passes by itself: without a failure it takes %d hosts.

## Every host reports before the next one starts

Computed over all paths. "Reports" is how many hosts had reported, on average,
when the gate decided or the ring ended.

| ring | true rate | pass | halt | reports | raw: pass | raw: halt |
| ---: | ---: | ---: | ---: | ---: | ---: | ---: |
`

// WriteExact writes the introduction, the bounds and the cells that are computed
// exactly, as Markdown.
func WriteExact(w io.Writer) error {
	p, err := gatestat.NewPlan(Spec(), 1000, nil)
	if err != nil {
		return err
	}
	fmt.Fprint(w, intro)
	for _, n := range []int{10, 20, 40, 58, 59, 80, 100, 150, 200, 300, 500, 1000} {
		fmt.Fprintf(w, "| %d | %s | %s | %d |\n", n, bound(p.EarlyBound(n)), bound(p.EndBound(n)), p.HaltBound(n))
	}
	v, err := p.Judge(gatestat.Look{Ring: []gatestat.Cohort{{Started: 20, Succeeded: 20}}, Ended: true})
	if err != nil {
		return err
	}
	fmt.Fprintf(w, exactIntro, v.Need)
	for _, n := range Sizes() {
		for _, rate := range Rates() {
			c := Exact(p, n, rate)
			raw, err := ExactRaw(Raw(), n, rate)
			if err != nil {
				return err
			}
			if _, err := fmt.Fprintf(w, "| %d | %g %% | %s | %s | %.1f | %s | %s |\n",
				n, 100*rate, percent(c.Pass), percent(c.Halt), c.Reports, percent(raw.Pass), percent(raw.Halt)); err != nil {
				return err
			}
		}
	}
	return nil
}

const delayedIntro = `
## Failures report late

%d simulated rings a cell. Hosts start in forty waves, a quarter of an hour apart;
results come within an hour, but 70 %% of the failures only as silence, six hours
after the start.
*Arrival* is the wrong way to look: the same bounds, on the hosts that have
reported, in the order in which they did.

| ring | true rate | pass | halt | reports | raw: pass | raw: halt | arrival: pass |
| ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |
`

const strataIntro = `
## A patch that fails on one model in eight

%d simulated rings a row, of 200 hosts of eight models at four sites, the twelve
strata sharing half of the halt error; each host reports before the next one
starts. "By the stratum" are the halts that name that model. The mean failures
are those when it halted.

| fails on the model | elsewhere | over the ring | pass | halt | by the stratum | mean failures |
| ---: | ---: | ---: | ---: | ---: | ---: | ---: |
`

// WriteSimulated writes the cells that are simulated, as Markdown.
func WriteSimulated(w io.Writer, rings int) error {
	p, err := gatestat.NewPlan(Spec(), 1000, nil)
	if err != nil {
		return err
	}
	fmt.Fprintf(w, delayedIntro, rings)
	for _, n := range Sizes() {
		for i, rate := range Rates() {
			d, err := Simulate(p, Raw(), n, rate, rings, uint64(i))
			if err != nil {
				return err
			}
			fmt.Fprintf(w, "| %d | %g %% | %s | %s | %.1f | %s | %s | %s |\n", n, 100*rate, percent(d.Gate.Pass),
				percent(d.Gate.Halt), d.Gate.Reports, percent(d.Raw.Pass), percent(d.Raw.Halt), percent(d.Arrival.Pass))
		}
	}
	if p, err = gatestat.NewPlan(Spec(), 200, StrataSizes(200)); err != nil {
		return err
	}
	fmt.Fprintf(w, strataIntro, rings)
	for i, c := range []struct{ bad, good float64 }{{1, 0}, {0.5, 0}, {0.3, 0}, {0.3, 0.01}, {0.05, 0.05}} {
		m, err := SimulateOneModel(p, 200, c.good, c.bad, rings, uint64(i))
		if err != nil {
			return err
		}
		over := c.good + (c.bad-c.good)/models
		if _, err := fmt.Fprintf(w, "| %g %% | %g %% | %.2f %% | %s | %s | %s | %.1f |\n", 100*c.bad, 100*c.good, 100*over,
			percent(m.Pass), percent(m.Halt), percent(m.ByStratum), m.Failures); err != nil {
			return err
		}
	}
	return nil
}

func bound(n int) string {
	if n < 0 {
		return "-"
	}
	return strconv.Itoa(n)
}

// percent renders a probability so that a small one does not look like none.
func percent(p float64) string {
	switch {
	case p > 0 && p < 0.0001:
		return "< 0.01 %"
	case p < 1 && p > 0.9999:
		return "> 99.99 %"
	}
	return fmt.Sprintf("%.2f %%", 100*p)
}
