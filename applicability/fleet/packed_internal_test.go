package fleet

import (
	"encoding/binary"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestLists packs random lists and unpacks them, and asks of each, whole and
// damaged, whether it is one, as a reader does that takes number by number.
func TestLists(t *testing.T) {
	t.Parallel()
	g := rand.New(rand.NewPCG(3, 3))
	for range 20_000 {
		bound := uint32(1) << (1 + g.IntN(30))
		var list []uint32
		for next := uint32(0); next < bound && len(list) < g.IntN(60); {
			next += g.Uint32N(1 + bound>>g.IntN(12))
			if next < bound {
				list = append(list, next)
			}
			next++
		}
		packed := string(appendList(nil, list))
		require.True(t, slices.Equal(list, unpackList(nil, packed)), "%v", list)
		if len(list) > 0 {
			last := uint64(list[len(list)-1])
			require.True(t, checkList(packed, last+1), "%v", list)
			require.False(t, checkList(packed, last), "%v below %d", list, last)
		}
		damaged := []byte(packed)
		for range g.IntN(3) {
			if len(damaged) > 0 {
				damaged[g.IntN(len(damaged))] ^= 1 << g.IntN(8)
			}
		}
		damaged = damaged[:g.IntN(len(damaged)+1)]
		end := 1 + g.Uint64N(2*uint64(bound))
		require.Equal(t, isList(damaged, end), checkList(string(damaged), end), "%x below %d", damaged, end)
	}
}

// isList is checkList, number by number.
func isList(in []byte, end uint64) bool {
	next := uint64(0)
	for len(in) > 0 {
		gap, n := binary.Uvarint(in)
		if n <= 0 || gap >= end-next {
			return false
		}
		next, in = next+gap+1, in[n:]
	}
	return true
}
