package rollout

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/stretchr/testify/require"

	"github.com/fettle-dev/fettle"
)

// Rollouts are retired as soon as they can be. What hosts are offered changes only
// with a generation that is larger than all before, nobody is left in what was
// retired, and what it counted stays.
func TestRetiredIsForgotten(t *testing.T) {
	t.Parallel()
	retired, offers := 0, 0
	for seed := range uint64(10) {
		y, s := newHistory(seed), new(State)
		_, _, err := s.Take(Configure{Config: historyConfig(), By: "ann"}, y.now)
		require.NoError(t, err)
		last := make([]uint64, 42) // by host: what it was told last
		for range 300 {
			command := y.next(s)
			for _, r := range s.rollouts {
				switch over := r.phase == Done || r.phase == Aborted; {
				case over && y.IntN(3) == 0:
					command = Retire{Rollout: r.spec.ID, By: "ann"}
				case !over && r.phase != Retired && y.IntN(100) == 0:
					command = Abort{Rollout: r.spec.ID, By: "ann", Backout: y.IntN(2) == 0}
				}
			}
			before := offersOf(s, y)
			counts := s.Rollouts(y.now)
			if _, _, err := s.Take(command, y.now); err != nil {
				continue
			}
			for i, o := range offersOf(s, y) {
				if o.Generation == 0 { // it has left: nobody to be told
					continue
				}
				require.GreaterOrEqual(t, o.Generation, last[i])
				last[i] = o.Generation
				if o.Generation == before[i].Generation {
					require.Empty(t, cmp.Diff(before[i], o), "seed %d, %#v", seed, command)
				} else {
					offers++
				}
			}
			for i, r := range s.rollouts {
				if r.phase != Retired {
					continue
				}
				require.Nil(t, r.members.pages)
				require.NotNil(t, r.latePlans) // Progress still judges the late-comers that there were
				if counts[i].Phase != Retired {
					retired++
					now, _ := s.Progress(r.spec.ID, y.now)
					for k := range now.Rings {
						require.Equal(t, counts[i].Rings[k].Counts, now.Rings[k].Counts)
					}
				}
			}
			for h := range s.hosts.rows {
				for r := range s.memberships(hostIndex(h)) {
					require.NotEqual(t, Retired, r.phase)
				}
			}
		}
	}
	t.Logf("%d rollouts retired, %d offers changed", retired, offers)
	require.Greater(t, retired, 10)
}

func offersOf(s *State, y *history) []Offer {
	var all []Offer
	for i := range 42 {
		all = append(all, s.Offer(Ask{Host: fettle.HostID(fmt.Sprintf("h%02d", i))}, y.now))
	}
	return all
}
