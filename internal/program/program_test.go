package program_test

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fettle-dev/fettle/internal/program"
)

// TestRank ranks random keys, of which many begin alike and some end in zeroes,
// and compares with a walk along the bounds.
func TestRank(t *testing.T) {
	t.Parallel()
	g := rand.New(rand.NewPCG(1, 1))
	random := func() []byte {
		key := make([]byte, g.IntN(20))
		same, often := byte(g.IntN(2)*255), g.IntN(18)
		for i := range key {
			key[i] = []byte{0, 1, 255}[g.IntN(3)]
			if i < often && g.IntN(10) > 0 {
				key[i] = same
			}
		}
		return key
	}
	for range 5000 {
		var k program.Key
		for range g.IntN(40) {
			k.Bounds = append(k.Bounds, random())
		}
		slices.SortFunc(k.Bounds, bytes.Compare)
		k.Bounds = slices.CompactFunc(k.Bounds, bytes.Equal)
		prefixes := k.AppendPrefixes(nil)
		keys := append([][]byte{random(), bytes.Repeat([]byte{255}, 9), bytes.Repeat([]byte{255}, 17)}, k.Bounds...)
		for _, key := range keys {
			want := int32(0)
			for _, bound := range k.Bounds {
				want += int32(bytes.Compare(key, bound)+1) & 3
			}
			require.Equal(t, want, k.Rank(prefixes, key), "%x among %x", key, k.Bounds)
		}
	}
	require.Equal(t, int32(0), (&program.Key{}).Rank(nil, nil))
}

// TestSet compares sets with lists.
func TestSet(t *testing.T) {
	t.Parallel()
	g := rand.New(rand.NewPCG(2, 2))
	var s program.Set
	for _, n := range []int{0, 1, 63, 64, 65, 128, 1000, 5} {
		s = s.Empty(n)
		require.Zero(t, s.Len())
		var want, got []int32
		for i := range n {
			if g.IntN(3) == 0 {
				s[i>>6] |= 1 << (i & 63)
				want = append(want, int32(i))
			}
		}
		for i := range s.All {
			got = append(got, i)
		}
		require.Equal(t, want, got)
		require.Equal(t, len(want), s.Len())
		s.Fill(n)
		require.Equal(t, n, s.Len())
	}
}
