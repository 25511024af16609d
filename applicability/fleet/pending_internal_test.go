package fleet

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestSortExceptions(t *testing.T) {
	t.Parallel()
	g := rand.New(rand.NewPCG(1, 1))
	for _, n := range []int{0, 1, 100, 5000, 50_000} {
		list := make([]exception, n)
		for i := range list {
			list[i] = exception(g.Uint64N(300))<<columnBit | exception(g.Uint64N(1<<33))
		}
		want := slices.Sorted(slices.Values(list))
		got, _ := sortNumbers(list, nil, 0, 300<<columnBit)
		require.True(t, slices.Equal(want, got), "%d exceptions", n)
	}
}

// TestHostSet changes a set across the sizes at which its form changes, and
// compares it with a map.
func TestHostSet(t *testing.T) {
	t.Parallel()
	g := rand.New(rand.NewPCG(2, 2))
	const positions = 9000
	var s hostSet
	want := map[uint32]bool{}
	check := func() {
		p, q := make(plane, positions/64+1), make(plane, positions/64+1)
		s.addTo(p, make(plane, len(p)))
		s.writeTo(q)
		require.Equal(t, p, q)
		require.Equal(t, len(want), p.count())
		for at := range want {
			require.True(t, p.has(at))
		}
		require.Equal(t, len(want) == 0, s.empty())
	}
	for _, target := range []int{100, 300, 20, 6000, 4000, 0, 500} {
		for len(want) != target {
			at, on := uint32(g.IntN(positions)), len(want) < target
			if g.IntN(10) == 0 && want[at] == on { // nothing to do
				s.put(at, on)
				continue
			}
			if on && g.IntN(3) == 0 && len(want)+5 < target {
				var list []uint32
				for len(list) < 5 {
					if at := uint32(g.IntN(positions)); !want[at] {
						list = append(list, at)
						want[at] = true
					}
				}
				slices.Sort(list)
				s.add(list)
				continue
			}
			s.put(at, on)
			if on {
				want[at] = true
			} else {
				delete(want, at)
			}
		}
		check()
	}
}
