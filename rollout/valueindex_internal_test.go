package rollout

import (
	"math/rand/v2"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
)

// Values are found as a map finds them.
func TestValuesAreFound(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(5, 5))
	var x valueIndex[Key]
	var list []Key
	slow := map[Key]int{}
	for range 20_000 {
		k := Key{Dimension: strconv.Itoa(r.IntN(3)), Value: strconv.Itoa(r.IntN(3000))}
		want, known := slow[k]
		got, ok := x.find(list, k)
		require.Equal(t, known, ok)
		if known {
			require.Equal(t, want, got)
			continue
		}
		slow[k] = len(list)
		list = append(list, k)
		x.added(list)
	}
}
