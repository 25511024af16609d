package rollout

import (
	"context"
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/applicability"
)

// benchRegion is a region of hosts that are all in the one ring of a rollout,
// under a raw gate, with strata and under two budgets. BenchmarkJudgedReports has
// the statistical gate.
type benchRegion struct {
	tb      testing.TB
	state   *State
	now     time.Time
	hosts   []fettle.HostID
	entries [][]byte
	keep    bool // entries
}

const benchID = ID("w49")

func newBenchRegion(tb testing.TB, hosts int, keep bool) *benchRegion {
	tb.Helper()
	return newBenchClusters(tb, hosts, 10, keep)
}

// newBenchClusters has a cluster of three in every that many hosts.
func newBenchClusters(tb testing.TB, hosts, every int, keep bool) *benchRegion {
	tb.Helper()
	r := &benchRegion{tb: tb, state: new(State), now: time.Unix(1_800_000_000, 0).UTC(), keep: keep}
	r.take(Configure{Config: Config{
		Region: "r", PollEvery: Duration(15 * time.Minute), ClockMargin: Duration(5 * time.Minute),
		Budgets: []Budget{
			{Name: "region", Units: hosts, Hold: UntilOutcome},
			{Name: "cluster", Per: "label.cluster", Units: 3, Hold: UntilHealthy},
		},
	}})
	spec := &Spec{
		ID: benchID, Patches: []PatchRef{{ID: "P", Payloads: []fettle.Digest{fettle.DigestOf([]byte("p"))}}},
		Catalog: CatalogRef{Revision: 1, Digest: fettle.DigestOf([]byte("c"))}, Target: applicability.MustParse("always"),
		Rings: []Ring{{Name: "all", Rest: true, Gates: []Gate{{Raw: &RawGate{Share: Percent(50), Min: 100}}}}},
		Mode:  Act, Silence: Duration(3 * 24 * time.Hour), Grant: Duration(48 * time.Hour), Run: Duration(4 * time.Hour),
		Strata: []string{"model"}, Salt: "s", Approval: Approval{Need: 1},
	}
	r.take(Start{Spec: spec, Digest: fettle.DigestOf([]byte("spec")), By: "ann"})
	for i := range hosts {
		r.hosts = append(r.hosts, fettle.HostID(fmt.Sprintf("host-%07d", i)))
	}
	r.batches(func(from, to int) Command {
		var c Join
		for i := from; i < to; i++ {
			keys := []Key{{"model", fmt.Sprint("m", i/3%8)}}
			if i%every < 3 {
				keys = append(keys, Key{"label.cluster", fmt.Sprint("c", i/every)})
			}
			c.Hosts = append(c.Hosts, Member{Host: r.hosts[i], Keys: keys, Rollouts: []Candidate{{Rollout: benchID, Eligible: 1}}})
		}
		return c
	})
	r.take(Approve{Rollout: benchID, Digest: fettle.DigestOf([]byte("spec")), By: "bob"})
	r.take(Tick{})
	return r
}

func (r *benchRegion) take(c Command) {
	entries, reasons, err := r.state.Take(c, r.now)
	if err != nil || len(reasons) > 0 {
		require.NoError(r.tb, err)
		require.Empty(r.tb, reasons[:1]) // a hundred are too much to print
	}
	if r.keep {
		for i := range entries {
			r.entries = append(r.entries, entries[i].Data)
		}
	}
}

func (r *benchRegion) batches(command func(from, to int) Command) {
	for from := 0; from < len(r.hosts); from += MaxRows {
		r.take(command(from, min(from+MaxRows, len(r.hosts))))
	}
}

func (r *benchRegion) grant() {
	needs := []fettle.PatchID{"P"}
	r.batches(func(from, to int) Command {
		var c Ready
		for _, h := range r.hosts[from:to] {
			c.Hosts = append(c.Hosts, ReadyHost{Host: h, Boot: "b0", Readiness: Readiness{Needs: needs}})
		}
		return c
	})
}

// reports are what all hosts say, in batches.
func (r *benchRegion) reports(outcome Outcome, seq uint64) []Reports {
	var all []Reports
	for from := 0; from < len(r.hosts); from += MaxRows {
		var c Reports
		for _, id := range r.hosts[from:min(from+MaxRows, len(r.hosts))] {
			h, _ := r.state.known(id)
			c.Hosts = append(c.Hosts, HostReport{Host: id, Seq: seq, Boot: "b0", Results: []Result{{
				Rollout: benchID, Op: r.state.hosts.rows[h].op.op("r"), Outcome: outcome,
				Patches: []PatchState{{Patch: "P", Target: fettle.Yes, Installed: fettle.Yes, Active: fettle.Yes}},
			}}})
		}
		all = append(all, c)
	}
	return all
}

// Reports that are decided, applied and put into the hash chain, the gates' looks
// after every batch of 100 included.
func BenchmarkReports(b *testing.B) {
	for _, hosts := range []int{10_000, 50_000, 200_000} {
		b.Run(fmt.Sprint("hosts=", hosts), func(b *testing.B) {
			b.ReportAllocs()
			count := 0
			for b.Loop() {
				b.StopTimer()
				r := newBenchRegion(b, hosts, false)
				r.grant()
				all := append(r.reports(Accepted, 1), r.reports(Verified, 2)...)
				runtime.GC()
				b.StartTimer()
				for _, c := range all {
					r.take(c)
				}
				count += 2 * hosts
			}
			b.ReportMetric(float64(count)/b.Elapsed().Seconds(), "reports/s")
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(count), "ns/report")
		})
	}
}

// benchJournal is a journal in memory that copies nothing.
type benchJournal [][]byte

func (j benchJournal) Read(_ context.Context, after Position, limit int) ([][]byte, error) {
	return j[after:min(int(after)+limit, len(j))], nil
}

// A journal in which a million hosts had an outcome is folded, chain and all:
// joins, grants, acceptances and outcomes, and the outcomes alone.
func BenchmarkReplay(b *testing.B) {
	const hosts = 1_000_000
	r := newBenchRegion(b, hosts, true)
	r.grant()
	for _, c := range r.reports(Accepted, 1) {
		r.take(c)
	}
	before := len(r.entries)
	checkpoint, err := r.state.Checkpoint()
	require.NoError(b, err)
	for _, c := range r.reports(Verified, 2) {
		r.take(c)
	}
	b.Run("outcomes", func(b *testing.B) {
		for b.Loop() {
			b.StopTimer()
			s, err := Restore(checkpoint)
			require.NoError(b, err)
			runtime.GC()
			b.StartTimer()
			require.NoError(b, Replay(b.Context(), benchJournal(r.entries), s))
		}
		b.ReportMetric(float64(len(r.entries)-before), "entries")
	})
	b.Run("all", func(b *testing.B) {
		for b.Loop() {
			require.NoError(b, Replay(b.Context(), benchJournal(r.entries), new(State)))
		}
		b.ReportMetric(float64(len(r.entries)), "entries")
	})
}

// What a state keeps for each host: in one rollout, with every host verified; when
// three hosts in ten stand in clusters of three under a budget, and when all do.
func BenchmarkBytesPerHost(b *testing.B) {
	for _, hosts := range []int{10_000, 100_000, 1_000_000} {
		for name, every := range map[string]int{"some": 10, "all": 3} {
			b.Run(fmt.Sprintf("hosts=%d/clusters=%s", hosts, name), func(b *testing.B) {
				live := 0.0
				for b.Loop() {
					live = bytesPerHost(b, hosts, every)
				}
				b.ReportMetric(live, "bytes/host")
			})
		}
	}
}

func bytesPerHost(b *testing.B, hosts, every int) float64 {
	b.Helper()
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	r := newBenchClusters(b, hosts, every, false)
	r.grant()
	for _, o := range []Outcome{Accepted, Verified} {
		for _, c := range r.reports(o, uint64(o)) {
			r.take(c)
		}
	}
	r.hosts = nil
	runtime.GC()
	runtime.ReadMemStats(&after)
	runtime.KeepAlive(r)
	return float64(after.HeapAlloc-before.HeapAlloc) / float64(hosts)
}
