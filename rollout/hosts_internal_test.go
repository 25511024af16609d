package rollout

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fettle-dev/fettle"
)

// Hosts are found one by one and together, as a map finds them, whatever the
// table's size leaves of their hashes to tell them apart.
func TestHostsAreFound(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 3))
	var table hostTable
	slow := map[fettle.HostID]hostIndex{}
	for round := range 60 {
		names := make([]fettle.HostID, r.IntN(300))
		for i := range names {
			names[i] = fettle.HostID(fmt.Sprint("h", r.IntN(40*(round+1))))
		}
		at := make([]hostIndex, len(names))
		table.findEach(at, func(i int) fettle.HostID { return names[i] })
		for i, name := range names {
			want, known := slow[name]
			if !known {
				want = noHost
			}
			require.Equal(t, want, at[i])
			got, found := table.find(name)
			require.Equal(t, want, got)
			require.Equal(t, known, found)
		}
		for _, name := range names[:len(names)/2] {
			if _, known := slow[name]; !known {
				slow[name] = table.add(name)
			}
		}
		require.Len(t, table.rows, len(slow))
	}
}
