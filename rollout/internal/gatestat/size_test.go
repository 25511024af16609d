package gatestat_test

import (
	"math"
	"testing"

	"github.com/fettle-dev/fettle/rollout/internal/gatestat"
)

func TestFewestHosts(t *testing.T) {
	t.Parallel()
	// The rule of three's exact form: ln(0.05)/ln(1-limit), rounded up.
	for limit, want := range map[gatestat.Rate]int{10_000: 299, 50_000: 59, 100_000: 29, 200_000: 14} {
		got := gatestat.FewestHosts(gatestat.Spec{Limit: limit, PassError: 50_000, HaltError: 50_000})
		if got != want {
			t.Errorf("limit %v: %d hosts, want %d", limit, got, want)
		}
		plan, err := gatestat.NewPlan(gatestat.Spec{Limit: limit, PassError: 50_000, HaltError: 50_000}, want, nil)
		if err != nil || plan.EndBound(want) < 0 || plan.EndBound(want-1) >= 0 {
			t.Errorf("limit %v: the plan disagrees at %d hosts: %v", limit, want, err)
		}
	}
	if got := gatestat.FewestHosts(gatestat.Spec{}); got != 0 {
		t.Errorf("no spec: %d", got)
	}
}

func TestPassedBy(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		hosts, most int
		e           gatestat.Rate
	}{{20, 0, 500_000}, {20, 1, 500_000}, {20, 1, 50_000}, {5, 2, 50_000}, {59, 0, 50_000}, {1, 0, 50_000}} {
		rate := gatestat.PassedBy(c.hosts, c.most, c.e)
		// The twin sums the binomial directly.
		p, sum := float64(rate)/1e6, 0.0
		for x := range c.most + 1 {
			lg := func(n int) float64 { v, _ := math.Lgamma(float64(n) + 1); return v }
			sum += math.Exp(lg(c.hosts)-lg(x)-lg(c.hosts-x)) * math.Pow(p, float64(x)) * math.Pow(1-p, float64(c.hosts-x))
		}
		if math.Abs(sum-float64(c.e)/1e6) > 1e-4 {
			t.Errorf("%+v: at %v at most %d fail with probability %v", c, rate, c.most, sum)
		}
	}
	for _, c := range [][2]int{{0, 0}, {5, 5}, {5, -1}} {
		if got := gatestat.PassedBy(c[0], c[1], 50_000); got != 1_000_000 {
			t.Errorf("%v: %v", c, got)
		}
	}
}
