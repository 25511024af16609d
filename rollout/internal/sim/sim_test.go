package sim

import (
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestSimulation runs many regions, each of one seed: 500, 10,000 when
// FETTLE_NIGHTLY is set, few when the run is short. FETTLE_SEED=123 runs one of
// them and prints what happens; FETTLE_SEED=500-599 runs those.
func TestSimulation(t *testing.T) {
	t.Parallel()
	from, to := uint64(0), uint64(500)
	if asked := os.Getenv("FETTLE_SEED"); asked != "" {
		first, last, several := strings.Cut(asked, "-")
		var err error
		from, err = strconv.ParseUint(first, 10, 64)
		require.NoError(t, err)
		if !several {
			stats, err := Run(Options{Seed: from, Trace: t.Logf})
			t.Logf("%+v", stats)
			require.NoError(t, err)
			return
		}
		to, err = strconv.ParseUint(last, 10, 64)
		require.NoError(t, err)
		to++
	} else if os.Getenv("FETTLE_NIGHTLY") != "" {
		to = 10_000
	} else if testing.Short() {
		to = 20
	}
	const shards = 4
	for shard := range uint64(shards) {
		t.Run(strconv.FormatUint(shard, 10), func(t *testing.T) {
			t.Parallel()
			for seed := from + shard; seed < to; seed += shards {
				if _, err := Run(Options{Seed: seed}); err != nil {
					t.Errorf("%v\nreplay: FETTLE_SEED=%d go test -run TestSimulation ./rollout/internal/sim -v", err, seed)
				}
			}
		})
	}
}
