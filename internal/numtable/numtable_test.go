package numtable_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fettle-dev/fettle/internal/numtable"
)

// A table says what a map of lists does, with hashes that meet in few slots, too.
func TestTable(t *testing.T) {
	t.Parallel()
	for seed := range uint64(12) {
		rng := rand.New(rand.NewPCG(seed, 1))
		var table numtable.Table
		twin := map[uint32][]uint32{}
		spread := []uint32{1, 8, 1 << 10, 1 << 31}[rng.IntN(4)]
		entered := 0
		for n := range uint32(rng.IntN(600)) {
			if n == 100 {
				table.Reserve(rng.IntN(1000))
			}
			hash := rng.Uint32N(spread) << rng.IntN(2)
			require.ElementsMatch(t, twin[hash], slices.Collect(table.At(hash)))
			table.Enter(hash, n)
			twin[hash] = append(twin[hash], n)
			entered++
			if rng.IntN(2) > 0 { // one of those that are there goes
				for hash, list := range twin {
					if len(list) > 0 {
						table.Delete(hash, list[0])
						twin[hash] = list[1:]
						entered--
						break
					}
				}
			}
			table.Delete(hash, n+1) // what is not there
			require.Equal(t, entered, table.Len())
		}
		for hash, want := range twin {
			require.ElementsMatch(t, want, slices.Collect(table.At(hash)))
			for n := range table.At(hash) { // whoever has found what they looked for stops
				require.Contains(t, want, n)
				break
			}
		}
	}
}
