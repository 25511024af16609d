package fleet

import (
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestBlocks changes positions one by one and compares with a map; what is whole
// passes the check, also when it is damaged in a way that leaves it whole.
func TestBlocks(t *testing.T) {
	t.Parallel()
	g := rand.New(rand.NewPCG(4, 4))
	for range 300 {
		var b blocks
		want := map[uint32]bool{}
		bound := uint32(1) << (3 + g.IntN(17))
		for range 200 {
			at, on := g.Uint32N(bound), g.IntN(3) > 0
			b = b.put(at, on)
			if on {
				want[at] = true
			} else {
				delete(want, at)
			}
		}
		list := slices.Sorted(maps.Keys(want))
		require.True(t, slices.Equal(list, b.list()))
		require.Equal(t, blocksOf(list), b)
		var some, rest []uint32
		for _, at := range list {
			if g.IntN(3) == 0 {
				some = append(some, at)
			} else {
				rest = append(rest, at)
			}
		}
		require.Equal(t, b, blocksOf(some).merge(rest))
		require.Equal(t, b, b.merge(nil))
		p := make(plane, bound/64+1)
		b.addTo(p)
		require.Equal(t, len(list), p.count())
		for _, at := range list {
			require.True(t, p.has(at))
		}
		require.True(t, b.check(uint64(bound)))
		if len(list) == 0 {
			continue
		}
		require.False(t, b.check(uint64(list[len(list)-1])))
		damaged := []byte(b)
		damaged[g.IntN(len(damaged))] ^= 1 << g.IntN(8)
		damaged = damaged[:len(damaged)-g.IntN(2)*g.IntN(len(damaged))]
		if blocks(damaged).check(uint64(bound)) {
			got := blocks(damaged).list()
			require.True(t, slices.IsSorted(got))
			require.Len(t, slices.Compact(slices.Clone(got)), len(got))
			require.Less(t, got[len(got)-1], bound)
			require.Equal(t, blocks(damaged), blocksOf(got), "two blocks of one upper half")
		}
	}
}
