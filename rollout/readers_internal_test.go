package rollout

import (
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fettle-dev/fettle"
)

// What only reads may be asked by several at once; the race detector watches. They
// answer what one alone is answered.
func TestReadersTogether(t *testing.T) {
	t.Parallel()
	for seed := range uint64(6) {
		y, s := newHistory(seed), new(State)
		_, _, err := s.Take(Configure{Config: historyConfig(), By: "ann"}, y.now)
		require.NoError(t, err)
		for step := range 240 {
			_, _, _ = s.Take(y.next(s), y.now) // illegal ones are part of a history
			if step%40 != 39 {
				continue
			}
			// A state that nobody has asked yet: what is cached on the way is not there.
			fresh, want := restored(t, s), fmt.Sprint(asked(s, y))
			var all sync.WaitGroup
			got := make([]string, 4)
			for i := range got {
				all.Go(func() { got[i] = fmt.Sprint(asked(fresh, y)) })
			}
			all.Wait()
			for i := range got {
				if got[i] != want { // both are too long to be printed
					t.Fatalf("seed %d, step %d: four together are answered otherwise than one alone", seed, step)
				}
			}
		}
	}
}

func asked(s *State, y *history) []any {
	events, reasons, err := s.Decide(Tick{}, y.now)
	c, fault := s.Checkpoint()
	all := append(answers(s, y.now), len(events), reasons, err, c.At, len(c.State), fault, len(s.Targets()))
	for i := range 42 {
		host := fettle.HostID(fmt.Sprintf("h%02d", i))
		events, reasons, err := s.Decide(Reports{Hosts: []HostReport{{Host: host, Seq: y.seq + 1, Ready: &Readiness{Needs: []fettle.PatchID{"P1", "P2"}}}}}, y.now)
		for _, e := range events {
			all = append(all, string(e.appendData(nil)))
		}
		all = append(all, reasons, err)
	}
	return all
}
