package gatesim

import (
	"bytes"
	"math"
	"os"
	"testing"

	"github.com/fettle-dev/fettle/rollout/internal/gatestat"
)

func plan(t *testing.T, s gatestat.Spec, hosts int, strata []int) *gatestat.Plan {
	t.Helper()
	p, err := gatestat.NewPlan(s, hosts, strata)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// What a gate with a limit of 5 % and errors of 5 % has to do, exactly.
func TestFigures(t *testing.T) {
	t.Parallel()
	p := plan(t, Spec(), 1000, nil)
	for _, n := range Sizes() {
		if c := Exact(p, n, 0.05); c.Pass > 0.05 || c.Halt > 0.05 {
			t.Errorf("ring of %d at the limit: %+v", n, c)
		}
	}
	for x := range 21 {
		if p.EndBound(20) >= x || p.EarlyBound(20) >= x {
			t.Errorf("a ring of 20 passes with %d failures", x)
		}
	}
	if p.EndBound(58) != -1 || p.EndBound(59) != 0 || p.EarlyBound(59) != -1 {
		t.Errorf("59 hosts: end %d, early %d; 58: end %d", p.EndBound(59), p.EarlyBound(59), p.EndBound(58))
	}
	at := func(n int, rate float64) Cell { return Exact(p, n, rate) }
	for _, c := range []struct {
		what string
		ok   bool
		got  Cell
	}{
		{"10 % passes 200 at most 0.1 %", at(200, 0.10).Pass <= 0.001, at(200, 0.10)},
		{
			"1 % passes 200 at least 94 %, after at most 150 reports, halts at most 0.1 %",
			at(200, 0.01).Pass >= 0.94 && at(200, 0.01).Reports <= 150 && at(200, 0.01).Halt <= 0.001, at(200, 0.01),
		},
		{"20 % halts 59 at least 88 %", at(59, 0.20).Halt >= 0.88, at(59, 0.20)},
		{"20 % halts 20 at least 38 %", at(20, 0.20).Halt >= 0.38, at(20, 0.20)},
		{"10 % halts 200 at least 60 %", at(200, 0.10).Halt >= 0.60, at(200, 0.10)},
		{"10 % halts 1,000 at least 99 %", at(1000, 0.10).Halt >= 0.99, at(1000, 0.10)},
	} {
		if !c.ok {
			t.Errorf("%s: %+v", c.what, c.got)
		}
	}
}

// The promises hold for other limits, errors and sizes than those of the table.
func TestPromisesAtTheLimit(t *testing.T) {
	t.Parallel()
	for _, s := range []gatestat.Spec{
		{Limit: 10_000, PassError: 50_000, HaltError: 50_000},
		{Limit: 20_000, PassError: 10_000, HaltError: 100_000},
		{Limit: 100_000, PassError: 200_000, HaltError: 10_000},
		{Limit: 333_333, PassError: 50_000, HaltError: 50_000},
		{Limit: 700_000, PassError: 500_000, HaltError: 500_000},
	} {
		p := plan(t, s, 500, nil)
		limit, pass, halt := float64(s.Limit)/1e6, float64(s.PassError)/1e6, float64(s.HaltError)/1e6
		for n := 1; n <= 500; n += 1 + n/7 {
			if c := Exact(p, n, limit); c.Pass > pass || c.Halt > halt {
				t.Errorf("%+v, ring of %d at the limit: %+v", s, n, c)
			}
			if c := Exact(p, n, min(1, limit*1.5)); c.Pass > pass {
				t.Errorf("%+v, ring of %d above the limit: %+v", s, n, c)
			}
			if c := Exact(p, n, limit/2); c.Halt > halt {
				t.Errorf("%+v, ring of %d below the limit: %+v", s, n, c)
			}
		}
	}
}

// Late failures change nothing about the promises; looking in the order of
// arrival would break them, so the simulation sees such a mistake.
func TestDelayedReports(t *testing.T) {
	t.Parallel()
	const rings = 1000
	noise := 3 * math.Sqrt(0.05*0.95/rings)
	p := plan(t, Spec(), 200, nil)
	for _, n := range []int{20, 59, 100, 200} {
		d, err := Simulate(p, Raw(), n, 0.05, rings, 99)
		if err != nil {
			t.Fatal(err)
		}
		if d.Gate.Pass > 0.05+noise || d.Gate.Halt > 0.05+noise {
			t.Errorf("ring of %d at the limit: %+v", n, d.Gate)
		}
		if n == 200 && d.Arrival.Pass < 0.2 {
			t.Errorf("ring of %d at the limit, in the order of arrival: %+v", n, d.Arrival)
		}
	}
}

func TestOneModelHaltsByItsStratum(t *testing.T) {
	t.Parallel()
	const rings = 500
	p := plan(t, Spec(), 200, StrataSizes(200))
	m, err := SimulateOneModel(p, 200, 0, 1, rings, 1)
	if err != nil || m.Halt != 1 || m.ByStratum != 1 || m.Failures > 5 {
		t.Errorf("one model fails: %+v, %v", m, err)
	}
	if m, err = SimulateOneModel(p, 200, 0, 0.5, rings, 2); err != nil || m.Halt < 0.95 || m.ByStratum < 0.95 {
		t.Errorf("one model fails half of the time: %+v, %v", m, err)
	}
	noise := 3 * math.Sqrt(0.05*0.95/rings)
	if m, err = SimulateOneModel(p, 200, 0.05, 0.05, rings, 3); err != nil || m.Halt > 0.05+noise || m.Pass > 0.05+noise {
		t.Errorf("all at the limit: %+v, %v", m, err)
	}
}

// docs/gates.md is what the code does; that also holds every machine to the
// same numbers.
func TestTheTableIsCurrent(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../../../../docs/gates.md")
	if err != nil {
		t.Fatal(err)
	}
	var exact bytes.Buffer
	if err := WriteExact(&exact); err != nil {
		t.Fatal(err)
	}
	if !bytes.HasPrefix(page, exact.Bytes()) {
		t.Error("docs/gates.md does not start with what gatetable -exact writes; write it again")
	}
}
