package sim

import (
	"os"
	"strconv"
	"testing"
)

// TestSimulation runs many regions, each of one seed: 500, 10,000 when
// FETTLE_NIGHTLY is set, few when the run is short. FETTLE_SEED=123 runs one of
// them and prints what happens.
func TestSimulation(t *testing.T) {
	t.Parallel()
	if seed, err := strconv.ParseUint(os.Getenv("FETTLE_SEED"), 10, 64); err == nil {
		stats, err := Run(Options{Seed: seed, Trace: t.Logf})
		t.Logf("%+v", stats)
		if err != nil {
			t.Fatal(err)
		}
		return
	}
	seeds := 500
	switch {
	case os.Getenv("FETTLE_NIGHTLY") != "":
		seeds = 10_000
	case testing.Short():
		seeds = 20
	}
	const shards = 4
	for shard := range shards {
		t.Run(strconv.Itoa(shard), func(t *testing.T) {
			t.Parallel()
			for seed := shard; seed < seeds; seed += shards {
				if _, err := Run(Options{Seed: uint64(seed)}); err != nil {
					t.Errorf("%v\nreplay: FETTLE_SEED=%d go test -run TestSimulation ./rollout/internal/sim -v", err, seed)
				}
			}
		})
	}
}
