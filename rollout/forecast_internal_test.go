package rollout

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestAgendaIsAHeap(t *testing.T) {
	t.Parallel()
	var a agenda
	var twin []uint64
	c := newChance(1, 0)
	for i := range 20_000 {
		u := c.draw(uint32(i), forPhase, 0)
		if u%3 > 0 || len(twin) == 0 {
			at, host := uint32(u>>32)%500, uint32(i)
			a.add(at, host)
			twin = append(twin, uint64(at)<<32|uint64(host))
			continue
		}
		least := slices.Min(twin)
		require.Equal(t, uint32(least>>32), a.next())
		require.Equal(t, uint32(least), a.take())
		twin = slices.DeleteFunc(twin, func(x uint64) bool { return x == least })
	}
	a.add(forever, 1)
	require.Len(t, a, len(twin), "what never comes is not put in")
}

// Hosts are away with the same probability at every instant: the first stretch
// is drawn as the rest of one that had begun.
func TestAbsenceIsTheSameAtEveryInstant(t *testing.T) {
	t.Parallel()
	const hosts = 20_000
	for _, share := range []Share{Percent(1), Percent(15), Percent(60)} {
		a := (&Assumptions{Offline: share}).filled()
		for _, day := range []uint32{0, 1, 3, 10, 45} {
			away := 0
			for h := range uint32(hosts) {
				gone, until := a.absent(newChance(7, 1), h, day*86_400)
				require.Greater(t, until, day*86_400)
				if gone {
					away++
				}
			}
			want := float64(share) / float64(Whole) * hosts
			require.InDelta(t, want, away, 0.08*want+30, "%v on day %d", share, day)
		}
	}
}

func TestAbsenceAgreesWithItself(t *testing.T) {
	t.Parallel()
	a := (&Assumptions{Offline: Percent(40), AwayFor: Duration(6 * time.Hour)}).filled()
	c := newChance(3, 9)
	for h := range uint32(50) {
		gone, until := a.absent(c, h, 0)
		for at := uint32(0); at < 10*86_400; at += 977 {
			if at >= until {
				was := gone
				gone, until = a.absent(c, h, until)
				require.NotEqual(t, was, gone, "stretches alternate")
				for at >= until {
					gone, until = a.absent(c, h, until)
				}
			}
			now, end := a.absent(c, h, at)
			require.Equal(t, gone, now)
			require.Equal(t, until, end)
		}
	}
}

func TestBadRunsAreTheStatedShare(t *testing.T) {
	t.Parallel()
	for _, share := range []Share{0, Percent(10), Percent(33), Whole} {
		for seed := range uint64(20) {
			bad := 0
			for run := range 200 {
				if isBad(seed, run, share) {
					bad++
				}
			}
			require.InDelta(t, float64(share)*200/float64(Whole), bad, 1)
		}
	}
}

func TestVariedStaysWithin(t *testing.T) {
	t.Parallel()
	c := newChance(1, 1)
	least, most := uint32(forever), uint32(0)
	for i := range uint32(10_000) {
		v := varied(c.draw(i, forLength, 0), 600, Percent(50))
		least, most = min(least, v), max(most, v)
	}
	require.Equal(t, uint32(300), least)
	require.Equal(t, uint32(900), most)
	require.Equal(t, uint32(600), varied(1<<63, 600, 0))
}

// 100 MB over a link of 1 MB a second: one after the other.
func TestLinkServesOneAfterTheOther(t *testing.T) {
	t.Parallel()
	var c carrier
	for i, want := range []struct{ at, begin, end uint32 }{
		{1000, 1000, 1100},
		{1000, 1100, 1200},
		{1150, 1200, 1300},
		{4000, 4000, 4100},
	} {
		begin, end := c.fetch(want.at, 100e6, 1e6)
		require.Equal(t, want.begin, begin, "fetch %d", i)
		require.Equal(t, want.end, end, "fetch %d", i)
	}
	require.Equal(t, int64(300e6), c.most, "three within the first hour")
	require.Equal(t, uint32(100), c.queue)

	begin, end := c.fetch(5000, 0, 1)
	require.Equal(t, [2]uint32{5000, 5000}, [2]uint32{begin, end}, "nothing to fetch")
	_, end = new(carrier).fetch(10, 1<<42, 1)
	require.Equal(t, uint32(forever-1), end, "not in this life")
	begin, end = new(carrier).fetch(10, 5, 0)
	require.Equal(t, [2]uint32{10, 10}, [2]uint32{begin, end}, "no limit")
}

func TestQuantiles(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		values        []int64
		p10, p50, p90 int64
	}{
		{[]int64{7}, 7, 7, 7},
		{[]int64{2, 1}, 1, 1, 2},
		{[]int64{10, 9, 8, 7, 6, 5, 4, 3, 2, 1}, 1, 5, 9},
		{[]int64{11, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1}, 2, 6, 10},
	} {
		got := amounts(slices.Clone(c.values))
		require.Equal(t, Amounts{P10: c.p10, P50: c.p50, P90: c.p90, Max: slices.Max(c.values)}, got)
	}
	require.Equal(t, Amounts{}, amounts(nil))
}
