package rollout_test

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/rollout"
)

// Summaries pool to the same in any order, however often each of them comes, and
// in whatever groups.
func TestPoolingDoesNotDependOnTheOrder(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(7, 9))
	phases := []rollout.Phase{rollout.Running, rollout.Done, rollout.Halted, rollout.Held, rollout.Waiting}
	for round := range 200 {
		var all []rollout.Summary
		for range 1 + rng.IntN(12) {
			m := rollout.Summary{
				Region: rollout.RegionID(fmt.Sprint("r", rng.IntN(4))), Epoch: 1, At: rollout.Position(rng.IntN(1000)),
			}
			for i := range rng.IntN(3) {
				m.Rollouts = append(m.Rollouts, rollout.RolloutSummary{
					Rollout: rollout.ID(fmt.Sprint("a", i)), Spec: fettle.DigestOf(nil), Phase: phases[rng.IntN(len(phases))],
					Rings: []rollout.RingSummary{{
						Ring: "pilot", Hosts: rng.IntN(100), Open: rng.IntN(2) == 0, Passed: rng.IntN(2) == 0,
						Counts: map[string]int{"verified": rng.IntN(50), "failed": rng.IntN(5)},
					}},
				})
			}
			all = append(all, m)
		}
		for i, m := range all { // what one region says at one position is one thing
			for _, before := range all[:i] {
				if before.Region == m.Region && before.At == m.At {
					all[i] = before
				}
			}
		}
		want := rollout.PoolSummaries(all)
		again := append(append([]rollout.Summary{}, all...), all[rng.IntN(len(all))])
		rng.Shuffle(len(again), func(i, j int) { again[i], again[j] = again[j], again[i] })
		if diff := cmp.Diff(want, rollout.PoolSummaries(again)); diff != "" {
			t.Fatalf("round %d: %s", round, diff)
		}
	}
}
