package rollout

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// A journal is read with tools that keep JSON's numbers as doubles: none of its
// numbers is too large for them.
func TestNumbersOfTheJournalFitADouble(t *testing.T) {
	t.Parallel()
	y, s := newHistory(1), new(State)
	take := func(c Command) []Entry {
		entries, _, err := s.Take(c, y.now)
		require.NoError(t, err)
		return entries
	}
	take(Configure{Config: historyConfig()})
	spec := historySpec(1)
	take(Start{Spec: spec, Digest: historyDigest(spec.ID), By: "ann", Present: spec.Backout.Patches[0].Payloads})
	joined := take(Join{Hosts: []Member{{Host: "h", Rollouts: []Candidate{{Rollout: spec.ID, Eligible: ^uint64(0)}}}}})
	require.Contains(t, string(joined[0].Data), `"eligible":7,`)
	require.LessOrEqual(t, uint64(1)<<MaxRings-1, maxNumber)

	var wrong *CommandError
	_, _, err := s.Take(TakeOver{Epoch: maxNumber + 1, Holder: "a"}, y.now)
	require.ErrorAs(t, err, &wrong)
	require.Equal(t, "epoch", wrong.Field)
	take(TakeOver{Epoch: maxNumber, Holder: "a"})
}
