package rollout

import (
	"encoding/json"
	"fmt"
	"iter"
	"runtime"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/applicability"
	"github.com/fettle-dev/fettle/internal/cputime"
	"github.com/fettle-dev/fettle/schedule"
)

// benchZones are where the hosts of the benchmark stand.
func benchZones() []string {
	return []string{
		"Europe/London", "Europe/Berlin", "America/New_York", "America/Chicago", "America/Los_Angeles", "America/Sao_Paulo",
		"Asia/Tokyo", "Asia/Kolkata", "Asia/Singapore", "Australia/Sydney", "Africa/Johannesburg", "Europe/Zurich",
	}
}

// benchQuestion is four rings under rate gates with bake times, strata, budgets,
// windows by role, away hosts, failures and retries.
func benchQuestion(tb testing.TB, regions int) *ForecastQuestion {
	tb.Helper()
	layer, err := schedule.ParseLayer("g.json", []byte(`{"version": 1, "level": "global", "name": "g",
	  "windows": {"day": "weekdays 09:00 for 9h local", "weekend": "fri,sat,sun 22:00 for 7h local"},
	  "restarts": {"default": {"windows": ["day"]}, "servers": {"windows": ["weekend"]}},
	  "rules": {"all": {"windows": ["day"]}}}`))
	require.NoError(tb, err)
	servers, err := schedule.ParseLayer("s.json", []byte(`{"version": 1, "level": "group", "name": "s", "hosts": ["label.role=server"],
	  "rules": {"all": {"windows": ["weekend"], "restart": "servers"}}}`))
	require.NoError(tb, err)
	rate := func(limit int) Gate { return Gate{Rate: &RateGate{Limit: Percent(limit), Pool: true}} }
	bake := Gate{Bake: &BakeGate{For: Duration(12 * time.Hour)}}
	const day = Duration(24 * time.Hour)
	return &ForecastQuestion{
		Spec: &Spec{
			ID: "w49", Patches: []PatchRef{{ID: "P", Payloads: []fettle.Digest{fettle.DigestOf([]byte("p"))}}},
			Catalog: CatalogRef{Revision: 1, Digest: fettle.DigestOf([]byte("c"))}, Target: applicability.MustParse("always"),
			Rings: []Ring{
				{Name: "canary", Count: 300, Close: 4 * day, Gates: []Gate{rate(5), bake}},
				{Name: "pilot", Share: Percent(10), Close: 5 * day, Gates: []Gate{rate(5), bake}},
				{Name: "broad", Share: Percent(50), Close: 7 * day, Gates: []Gate{rate(5), bake}},
				{Name: "rest", Rest: true, Close: 14 * day, Gates: []Gate{rate(5)}},
			},
			Approval: Approval{Need: 1}, Mode: Act, Silence: 3 * day, Grant: 2 * day, Run: Duration(4 * time.Hour),
			Retry: Retry{Attempts: map[Class]int{ClassNetwork: 5}}, Strata: []string{"model"}, Salt: "s",
		},
		Config: Config{
			Region: "r", PollEvery: Duration(15 * time.Minute), ClockMargin: Duration(5 * time.Minute),
			Budgets: []Budget{
				{Name: "region", Units: 20_000, Hold: UntilOutcome},
				{Name: "cluster", Per: "label.cluster", Units: 1, Hold: UntilHealthy},
			},
		},
		From: time.Date(2026, time.December, 1, 0, 0, 0, 0, time.UTC), Regions: regions,
		Layers: []*schedule.Layer{layer, servers}, Zones: time.LoadLocation,
		Item: schedule.Item{Class: fettle.ClassSecurity, Restart: fettle.RestartHost},
		Assume: Assumptions{
			Fail: Percent(1), Reach: Percent(2), Silent: Percent(0), Offline: Percent(15), Payload: 200e6, Message: 2000,
			Install: Duration(20 * time.Minute), Restart: Duration(10 * time.Minute), Vary: Percent(50),
		},
	}
}

// benchFleet yields n hosts at 400 sites: laptops in office hours, servers in
// clusters of three, desktops.
func benchFleet(n, regions int) iter.Seq[ForecastHost] {
	return func(yield func(ForecastHost) bool) {
		zones := benchZones()
		roles := []map[string]string{{"role": "laptop"}, {"role": "server"}, {"role": "desktop"}}
		var sites [400]string
		for i := range sites {
			sites[i] = fmt.Sprintf("site-%03d", i)
		}
		var models [8][]Key
		for i := range models {
			models[i] = []Key{{"model", fmt.Sprintf("m%d", i)}}
		}
		for i := range n {
			site := i % 400
			h := ForecastHost{
				Host:     schedule.Host{ID: fettle.HostID("h" + strconv.Itoa(10_000_000 + i)[1:]), Site: sites[site], Zone: zones[site%len(zones)]},
				Eligible: 15, Region: site % regions, Link: sites[site], Keys: models[i/400%8],
			}
			switch role := i / 400 % 10; {
			case role < 6:
				h.Host.Labels, h.Presence = roles[0], OfficeHours
			case role < 8:
				h.Host.Labels, h.Presence = roles[1], AlwaysOn
				h.Keys = []Key{{"label.cluster", fmt.Sprintf("c%d-%d", site, i/4000*2/3)}, {"model", "R660"}}
			default:
				h.Host.Labels = roles[2]
			}
			if !yield(h) {
				return
			}
		}
	}
}

// heap returns how many bytes are in use.
func heap(collect bool) uint64 {
	if collect {
		runtime.GC()
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

// peak samples the heap until stop is called, which returns the most it saw.
func peak() (stop func() uint64) {
	done := make(chan struct{})
	var wait sync.WaitGroup
	most := uint64(0)
	wait.Go(func() {
		for {
			most = max(most, heap(false))
			select {
			case <-done:
				return
			case <-time.After(2 * time.Millisecond):
			}
		}
	})
	return func() uint64 {
		close(done)
		wait.Wait()
		return most
	}
}

// BenchmarkForecast simulates one rollout from the fleet to the outlook, the
// regions one after the other or by several workers at once. cpu-s is processor
// time, the collector's included. peak is the most that is in use at any time,
// live the fleet with one region at its end, both by hosts of the fleet; region is
// the latter alone, by its own hosts.
func BenchmarkForecast(b *testing.B) {
	for _, c := range []struct{ hosts, regions, workers int }{
		{10_000, 1, 1},
		{100_000, 2, 1},
		{100_000, 2, 2},
		{1_000_000, 20, 1},
		{1_000_000, 20, 2},
	} {
		b.Run(fmt.Sprintf("hosts=%d/regions=%d/workers=%d", c.hosts, c.regions, c.workers), func(b *testing.B) {
			b.ReportAllocs()
			before, hosts := heap(true), float64(c.hosts)
			var most uint64
			began := cputime.Used()
			for b.Loop() {
				stop := peak()
				o := forecastBy(b, c.workers, benchQuestion(b, c.regions), benchFleet(c.hosts, c.regions), 1, 1)
				most = max(most, stop())
				require.Equal(b, 1, o.Done.Runs, "the rollout came to its end")
			}
			b.ReportMetric((cputime.Used()-began).Seconds()/float64(b.N), "cpu-s")
			b.ReportMetric(float64(most-before)/hosts, "peak-B/host")
			if c.workers == 1 {
				fleet, region := liveBytes(b, c.hosts, c.regions)
				b.ReportMetric((fleet+region)/hosts, "live-B/host")
				b.ReportMetric(region/hosts*float64(c.regions), "region-B/host")
			}
		})
	}
}

// forecastBy is Forecast by several workers at once, as examples/rehearse has it.
func forecastBy(tb testing.TB, workers int, q *ForecastQuestion, fleet iter.Seq[ForecastHost], seed uint64, runs int) *Outlook {
	tb.Helper()
	r, err := NewRehearsal(q, fleet)
	require.NoError(tb, err)
	tally, jobs := r.Tally(seed), make(chan [2]int)
	var mu sync.Mutex
	var wait sync.WaitGroup
	for range workers {
		wait.Go(func() {
			for job := range jobs {
				trial, err := r.Trial(seed, job[0], job[1])
				if err != nil {
					tb.Errorf("run %d, region %d: %v", job[0], job[1], err)
					continue
				}
				mu.Lock()
				tally.Add(job[0], job[1], trial)
				mu.Unlock()
			}
		})
	}
	for run := range runs {
		for region := range r.Regions() {
			jobs <- [2]int{run, region}
		}
	}
	close(jobs)
	wait.Wait()
	return tally.Outlook()
}

// The same seed leads to the same bytes, however many workers share the trials.
func TestForecastBySeveralWorkers(t *testing.T) {
	t.Parallel()
	q := benchQuestion(t, 3)
	q.Assume.Bad, q.Assume.BadFail = Percent(50), Percent(8)
	one, err := Forecast(q, benchFleet(1500, 3), 7, 4)
	require.NoError(t, err)
	want, err := json.Marshal(one)
	require.NoError(t, err)
	for _, workers := range []int{1, 2, 7} {
		got, err := json.Marshal(forecastBy(t, workers, q, benchFleet(1500, 3), 7, 4))
		require.NoError(t, err)
		require.Equal(t, string(want), string(got), "%d workers", workers)
	}
}

// liveBytes returns what the fleet takes and what its first region does at the
// end of its simulation.
func liveBytes(tb testing.TB, hosts, regions int) (fleet, region float64) {
	tb.Helper()
	before := heap(true)
	r, err := NewRehearsal(benchQuestion(tb, regions), benchFleet(hosts, regions))
	require.NoError(tb, err)
	read := heap(true)
	t := r.newTrial(1, 0, 0)
	require.NoError(tb, t.begin(0))
	require.NoError(tb, t.run())
	done := heap(true)
	runtime.KeepAlive(t)
	return float64(read - before), float64(done - read)
}
