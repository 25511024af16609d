package gatestat

import (
	"math/rand/v2"
	"reflect"
	"sync"
	"testing"
)

// A plan is the same, whatever was made from the tables before it.
func TestTablesLeadToTheSamePlans(t *testing.T) {
	t.Parallel()
	specs := []Spec{
		{Limit: 50_000, PassError: 50_000, HaltError: 50_000},
		{Limit: 50_000, PassError: 100_000, HaltError: 50_000},
		{Limit: 20_000, PassError: 50_000, HaltError: 10_000},
	}
	var tables Tables
	var wait sync.WaitGroup
	for worker := range uint64(3) {
		wait.Go(func() {
			chance := rand.New(rand.NewPCG(1, worker))
			for range 25 {
				s, hosts := specs[chance.IntN(len(specs))], chance.IntN(700)
				if chance.IntN(8) == 0 {
					hosts += maxExact
				}
				strata := make([]int, chance.IntN(4))
				for i := range strata {
					strata[i] = chance.IntN(hosts + 1)
				}
				got, err := tables.Plan(s, hosts, strata)
				if err != nil {
					t.Errorf("%+v, %d hosts, strata %v: %v", s, hosts, strata, err)
					return
				}
				if want, _ := NewPlan(s, hosts, strata); !reflect.DeepEqual(got, want) {
					t.Errorf("%+v, %d hosts, strata %v: the plan is another than that made alone", s, hosts, strata)
				}
			}
		})
	}
	wait.Wait()
}
