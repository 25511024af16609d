package rollout

import (
	"cmp"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fettle-dev/fettle"
)

// A ring of a number of hosts takes those with the smallest hashes of many more.
func TestARingChoosesTheSmallestHashes(t *testing.T) {
	t.Parallel()
	r, err := NewRehearsal(benchQuestion(t, 1), benchFleet(3000, 1))
	require.NoError(t, err)
	trial := r.newTrial(1, 0, 0)
	require.NoError(t, trial.begin(0))
	all := slices.Clone(r.regions[0].ids)
	slices.SortFunc(all, func(a, b fettle.HostID) int { return cmp.Compare(hashUnit("s", a), hashUnit("s", b)) })
	var chosen []fettle.HostID
	for h, m := range trial.rollout.members.all {
		if m.ring == 0 {
			chosen = append(chosen, trial.id(uint32(h)))
		}
	}
	require.Len(t, chosen, 300)
	require.ElementsMatch(t, all[:300], chosen)
}
