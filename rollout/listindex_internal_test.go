package rollout

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// A list has the place that a map by its content gives it, and keeps it.
func TestListIndexAgreesWithAMap(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(3, 3))
	lists, twin := [][]keyIndex{nil}, map[string]int{"[]": 0}
	var index listIndex[keyIndex]
	scratch := make([]keyIndex, 0, 6)
	for range 20_000 {
		scratch = scratch[:0]
		for range rng.IntN(6) {
			scratch = append(scratch, keyIndex(rng.IntN(9)))
		}
		want, ok := twin[fmt.Sprint(scratch)]
		if !ok {
			want = len(twin)
			twin[fmt.Sprint(scratch)] = want
		}
		require.Equal(t, want, index.intern(&lists, scratch))
	}
	require.Len(t, lists, len(twin))
	for text, place := range twin {
		require.Equal(t, text, fmt.Sprint(lists[place]))
	}
}

// Lists that differ in one small number, as those of hosts do, have slots of their
// own nearly as often as chance would give them some.
func TestListIndexSpreadsSmallNumbers(t *testing.T) {
	t.Parallel()
	for place := range 3 {
		index := listIndex[keyIndex]{slots: make([]uint32, 8192)}
		slots := map[int]bool{}
		for i := range keyIndex(4096) {
			list := []keyIndex{3, 1, 2}
			list[place] = i
			slots[index.hash(list)] = true
		}
		require.Greater(t, len(slots), 3000, "place %d", place)
	}
}
