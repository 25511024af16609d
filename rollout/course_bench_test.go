package rollout_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/rollout"
)

// BenchmarkJudgedReports is a batch of 100 reports with the look that follows it:
// a rate gate over a ring of so many hosts, with 40 models and 25 sites.
func BenchmarkJudgedReports(b *testing.B) {
	for _, hosts := range []int{1_000, 10_000, 100_000} {
		b.Run(fmt.Sprint("hosts=", hosts), func(b *testing.B) {
			c := started(b, hosts)
			b.ReportAllocs()
			left := 0
			for b.Loop() {
				if left == 0 {
					b.StopTimer()
					c = started(b, hosts)
					left = hosts / 100
					b.StartTimer()
				}
				left--
				c.verified(b, left*100, 100)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/100, "ns/report")
		})
	}
}

type benchRegion struct {
	state *rollout.State
	now   time.Time
	ops   map[fettle.HostID]rollout.Op
}

// started is a region in which every host has accepted.
func started(b *testing.B, hosts int) *benchRegion {
	b.Helper()
	spec, err := rollout.ParseSpec("bench", []byte(`{"id": "a", "patches": [{"id": "P1"}],
		"catalog": {"revision": 1, "digest": "`+string(fettle.DigestOf(nil))+`"}, "target": "os.id = debian",
		"rings": [{"name": "pilot", "share": "99%", "gates": [{"rate": {"limit": "1%"}}, {"bake": {"for": "1d"}}]}, {"name": "rest", "rest": true}],
		"approval": {"need": 1}, "lane": "ordinary", "mode": "act", "silence": "5h", "grant": "6h", "run": "2h",
		"salt": "s", "strata": ["model", "site"], "growth": "100%"}`))
	require.NoError(b, err)
	r := &benchRegion{state: &rollout.State{}, now: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC), ops: map[fettle.HostID]rollout.Op{}}
	r.take(b, rollout.Configure{Config: rollout.Config{Region: "emea", PollEvery: rollout.Duration(time.Hour)}})
	r.take(b, rollout.Start{Spec: spec, Digest: fettle.DigestOf(nil), By: "paula"})
	var join rollout.Join
	for i := range hosts {
		join.Hosts = append(join.Hosts, rollout.Member{
			Host: benchHost(i), Keys: []rollout.Key{{Dimension: "model", Value: fmt.Sprint("m", i%40)}, {Dimension: "site", Value: fmt.Sprint("s", i%25)}},
			Rollouts: []rollout.Candidate{{Rollout: "a", Eligible: 1}},
		})
	}
	r.take(b, join)
	r.take(b, rollout.Approve{Rollout: "a", Digest: fettle.DigestOf(nil), By: "ann"})
	for from := 0; from < hosts; from += 100 {
		var ready rollout.Ready
		for i := range 100 {
			ready.Hosts = append(ready.Hosts, rollout.ReadyHost{Host: benchHost(from + i), Readiness: rollout.Readiness{Needs: []fettle.PatchID{"P1"}}})
		}
		for _, e := range r.take(b, ready) {
			if g, ok := e.Event.(*rollout.GrantsIssued); ok {
				for i, row := range g.Rows {
					r.ops[row.Host] = rollout.Op(fmt.Sprintf("emea/%d-%d", e.Position, i))
				}
			}
		}
		r.report(b, from, 100, 1, rollout.Accepted)
	}
	return r
}

func benchHost(i int) fettle.HostID { return fettle.HostID(fmt.Sprintf("host-%06d", i)) }

func (r *benchRegion) verified(b *testing.B, from, n int) {
	b.Helper()
	r.report(b, from, n, 2, rollout.Verified)
}

func (r *benchRegion) report(b *testing.B, from, n int, seq uint64, outcome rollout.Outcome) {
	b.Helper()
	var c rollout.Reports
	planes := []rollout.PatchState{{Patch: "P1", Target: fettle.Yes, Installed: fettle.Yes, Active: fettle.Yes}}
	for i := range n {
		h := benchHost(from + i)
		if r.ops[h] == "" {
			continue
		}
		c.Hosts = append(c.Hosts, rollout.HostReport{Host: h, Seq: seq, Results: []rollout.Result{{
			Rollout: "a", Op: r.ops[h], Outcome: outcome, Patches: planes,
		}}})
	}
	r.take(b, c)
}

func (r *benchRegion) take(b *testing.B, c rollout.Command) []rollout.Entry {
	b.Helper()
	entries, _, err := r.state.Take(c, r.now)
	require.NoError(b, err)
	return entries
}
