package rollout_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/rollout"
)

func TestEarliestIsWhatWasSigned(t *testing.T) {
	t.Parallel()
	monday := at("2026-11-23T00:00:00Z")
	days := func(n int) time.Time { return monday.AddDate(0, 0, n) }
	s := previewSpec(
		rollout.Ring{Name: "a", Share: rollout.Percent(10), NotBefore: days(1)},
		rollout.Ring{Name: "b", Share: rollout.Percent(40), NotBefore: days(3), Pins: []fettle.HostID{"pinned"}},
		rollout.Ring{Name: "c", Rest: true, NotBefore: days(9)},
	)
	if got := s.Earliest("pinned"); !got.Equal(days(3)) {
		t.Errorf("%v", got)
	}
	seen := map[time.Time]int{}
	for i := range 2000 {
		host := fettle.HostID(fmt.Sprintf("h%05d", i))
		got := s.Earliest(host)
		seen[got]++
		// The preview of this host alone says its ring.
		ring := -1
		for k, r := range s.Preview(fleet(1, func(_ int, m *rollout.Member) { m.Host = host })).Rings {
			if r.Hosts == 1 {
				ring = k
			}
		}
		if !got.Equal(s.Rings[ring].NotBefore) {
			t.Errorf("%s is in ring %d and may start at %v", host, ring, got)
		}
	}
	if len(seen) != 3 {
		t.Errorf("%v", seen)
	}
	// A ring of a number of hosts may choose anybody.
	s.Rings = append([]rollout.Ring{{Name: "canary", Count: 5}}, s.Rings...)
	if got := s.Earliest("h00001"); !got.IsZero() {
		t.Errorf("%v", got)
	}
}
