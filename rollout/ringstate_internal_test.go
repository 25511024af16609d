package rollout

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fettle-dev/fettle/rollout/internal/gatestat"
)

// Whatever hosts do, the counts of the ring, of its strata and of the late-comers
// are those that a recount from the hosts' marks gives.
func TestFoldAgreesWithARecount(t *testing.T) {
	t.Parallel()
	type host struct {
		outcome   Outcome
		class     Class
		mark      mark
		keys      []Key
		ephemeral bool
	}
	for seed := range uint64(40) {
		rng := rand.New(rand.NewPCG(seed, 5))
		models := []Key{{"model", "a"}, {"model", "b"}, {"model", "c"}}
		r, late := newRing(nil), &starts{}
		hosts := make([]host, 50+rng.IntN(600))
		for i := range hosts {
			hosts[i].keys = []Key{models[rng.IntN(3)], {"site", "lon"}}
			hosts[i].ephemeral = rng.IntN(10) == 0
			r.join(Pending, hosts[i].keys)
		}
		for step := range 3000 {
			if step%7 == 0 {
				r.beginEntry()
				late.beginEntry()
			}
			h := &hosts[rng.IntN(len(hosts))]
			if rng.IntN(50) == 0 {
				keys := []Key{models[rng.IntN(3)], {"site", "ber"}}
				r.relabel(h.mark, h.keys, keys)
				h.keys = keys
				continue
			}
			c := change{
				mark: h.mark, from: h.outcome, fromClass: h.class, to: Outcome(rng.IntN(numOutcomes)),
				ephemeral: h.ephemeral, at: gateNow.Add(time.Duration(step)), late: step > 2000, lateStarts: late,
			}
			if c.to == Failed {
				c.class = Class(rng.IntN(int(ClassContent) + 1))
			}
			h.mark = r.fold(c, h.keys)
			h.outcome, h.class = c.to, c.class
		}
		counts := [numOutcomes]int{}
		unreached := 0
		count := func(these func(h *host) bool) (sum gatestat.Cohort) {
			for i := range hosts {
				if h := &hosts[i]; these(h) && h.mark.standing() != notStarted {
					sum.Started++
					switch h.mark.standing() {
					case succeeded:
						sum.Succeeded++
					case failed:
						sum.Failed++
					case notStarted, unresolved:
					}
				}
			}
			return sum
		}
		for _, h := range hosts {
			counts[h.outcome]++
			if h.outcome == Failed && !h.class.Safety() {
				unreached++
			}
		}
		require.Equal(t, counts, r.counts, "seed %d", seed)
		require.Equal(t, unreached, r.unreached, "seed %d", seed)
		require.Equal(t, count(func(h *host) bool { return !h.mark.late() }), r.sum, "seed %d", seed)
		require.Equal(t, count(func(h *host) bool { return h.mark.late() }), late.sum, "seed %d", seed)
		for _, s := range r.strata {
			in := func(h *host) bool { return !h.mark.late() && (h.keys[0] == s.key || h.keys[1] == s.key) }
			require.Equal(t, count(in), s.cohorts.sum, "seed %d stratum %v", seed, s.key)
			for _, c := range s.cohorts.counts {
				require.True(t, c.Started >= 0 && c.Succeeded >= 0 && c.Failed >= 0 && c.Unresolved() >= 0,
					"seed %d stratum %v: %+v", seed, s.key, c)
			}
		}
	}
}
