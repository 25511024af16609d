package rollout_test

import (
	"fmt"
	"slices"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/rollout"
)

// Before anything is signed: how many hosts each ring gets, and what the pilot
// has no sample of.
func ExampleSpec_Preview() {
	spec := &rollout.Spec{
		ID: "r", Salt: "5f2c", Mode: rollout.Act, Coverage: []string{"os", "label.app"},
		Rings: []rollout.Ring{
			{Name: "pilot", Share: rollout.Percent(5), Gates: []rollout.Gate{{Rate: &rollout.RateGate{Limit: rollout.Percent(5)}}}},
			{Name: "rest", Rest: true},
		},
	}
	var hosts []rollout.Member
	for i := range 1000 {
		app := "shop"
		if i < 4 {
			app = "till"
		}
		hosts = append(hosts, rollout.Member{
			Host:     fettle.HostID(fmt.Sprintf("host-%d", i)),
			Keys:     []rollout.Key{{Dimension: "os", Value: "debian-12"}, {Dimension: "label.app", Value: app}},
			Rollouts: []rollout.Candidate{{Rollout: "r", Eligible: 0b11}},
		})
	}
	preview := spec.Preview(slices.Values(hosts))
	for _, ring := range preview.Rings {
		fmt.Println(ring.Ring, ring.Hosts)
	}
	for _, problem := range preview.Problems {
		fmt.Println(problem)
	}
	// Output:
	// pilot 45
	// rest 955
	// warning: coverage: "os=debian-12 label.app=till": ring "pilot" has no host like this; 4 of 1000 hosts are
	// warning: rings[0].gates[0].rate: "5%": it needs 59 hosts without a failure and there are 45: it can halt, and it cannot pass
}
