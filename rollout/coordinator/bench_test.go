package coordinator_test

import (
	"context"
	"crypto/ed25519"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/rollout"
	"github.com/fettle-dev/fettle/rollout/filejournal"
	"github.com/fettle-dev/fettle/rollout/memjournal"
)

func onDisk(b *testing.B) *filejournal.Journal {
	b.Helper()
	j, err := filejournal.Open(b.TempDir(), nil)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() {
		if err := j.Close(); err != nil {
			b.Error(err)
		}
	})
	return j
}

const (
	benchCallers = 256
	benchBatch   = 100
)

// fleet is a coordinator on disk with a rollout for 25,600 hosts.
func fleet(b *testing.B) (c *run, names []string) {
	b.Helper()
	keys := map[fettle.HostID]ed25519.PublicKey{}
	for i := range benchCallers * benchBatch {
		names = append(names, fmt.Sprintf("host-%05d", i))
		keys[fettle.HostID(names[i])] = public(names[i])
	}
	r := region(b, "a")
	r.Hosts = func(host fettle.HostID) (ed25519.PublicKey, bool) { return keys[host], true }
	c = startRegion(b, onDisk(b), r, nil)
	c.roll("r1", names...)
	return c, names
}

// inFlight measures 256 callers, each with a batch of 100 reports: an iteration
// is one report of each of 25,600 hosts, which is prepared before it is timed.
func inFlight[R any](b *testing.B, names []string, prepare func(host fettle.HostID, seq uint64) R, take func(batch []R) error) {
	b.Helper()
	batches := make([][]R, benchCallers)
	n := 0
	b.ReportAllocs()
	for seq := uint64(1); b.Loop(); seq++ {
		b.StopTimer()
		for i := range batches {
			batches[i] = batches[i][:0]
			for _, name := range names[i*benchBatch : (i+1)*benchBatch] {
				batches[i] = append(batches[i], prepare(fettle.HostID(name), seq))
			}
		}
		b.StartTimer()
		var all sync.WaitGroup
		for i := range batches {
			all.Go(func() {
				if err := take(batches[i]); err != nil {
					b.Error(err)
				}
			})
		}
		all.Wait()
		n += len(names)
	}
	b.ReportMetric(float64(n)/b.Elapsed().Seconds(), "reports/s")
}

// snapshot is a host's word of what it sees: the patch is in force, and with the
// next report it is not. So every report changes an outcome, which is journaled.
func snapshot(host fettle.HostID, seq uint64) rollout.Report {
	r := rollout.Result{Rollout: "r1", Outcome: rollout.Verified}
	holds := fettle.Yes
	if seq%2 == 0 {
		r.Outcome, holds = rollout.Pending, fettle.No
	}
	r.Patches = []rollout.PatchState{{Patch: "DSA-1", Target: fettle.Yes, Installed: holds, Active: holds}}
	return rollout.Report{Host: host, Seq: seq, Boot: "boot-1", Results: []rollout.Result{r}}
}

// BenchmarkReports is from the envelope to the ack of what is on disk;
// seals=false leaves the opening of envelopes out, which other machines and
// cores can share.
func BenchmarkReports(b *testing.B) {
	b.Run("seals=true", func(b *testing.B) {
		c, names := fleet(b)
		inFlight(b, names, func(host fettle.HostID, seq uint64) fettle.Envelope { return report(b, snapshot(host, seq)) },
			func(batch []fettle.Envelope) error {
				acks, err := c.Report(b.Context(), batch)
				return errors.Join(err, taken(acks))
			})
		journaled(b, c)
	})
	b.Run("seals=false", func(b *testing.B) {
		c, names := fleet(b)
		inFlight(b, names, func(host fettle.HostID, seq uint64) rollout.HostReport {
			r := snapshot(host, seq)
			return rollout.HostReport{Host: host, Seq: seq, Boot: r.Boot, Results: r.Results}
		}, func(batch []rollout.HostReport) error {
			acks, err := c.Take(b.Context(), batch)
			return errors.Join(err, taken(acks))
		})
		journaled(b, c)
	})
}

func taken(acks []rollout.Ack) error {
	for _, ack := range acks {
		if !ack.Taken || len(ack.Reasons) > 0 {
			return fmt.Errorf("%+v", ack)
		}
	}
	return nil
}

// journaled reports how many entries there are for a round of 25,600 reports: 256
// at least, since an entry has 100 rows.
func journaled(b *testing.B, c *run) {
	b.Helper()
	sum, err := c.Summary(b.Context())
	if err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(sum.At)/float64(b.N), "entries/round")
}

// BenchmarkPolls: hosts that have seen everything ask, many at a time, one or a
// hundred in a call; beside is with a writer that appends all the while.
func BenchmarkPolls(b *testing.B) {
	for _, size := range []int{1, 100} {
		for _, beside := range []bool{false, true} {
			b.Run(fmt.Sprintf("asks=%d/writer=%v", size, beside), func(b *testing.B) { benchPolls(b, size, beside) })
		}
	}
}

func benchPolls(b *testing.B, size int, beside bool) {
	b.Helper()
	c := start(b, onDisk(b), "a", nil)
	var names []string
	for i := range 10_000 {
		names = append(names, fmt.Sprintf("host-%05d", i))
	}
	c.roll("r1", names...)
	var asks []rollout.Ask
	for _, name := range names {
		o, err := c.poll(b.Context(), fettle.HostID(name), 0)
		if err != nil {
			b.Fatal(err)
		}
		asks = append(asks, rollout.Ask{Host: o.Host, Seen: o.Generation})
	}
	var stop atomic.Bool
	var writer sync.WaitGroup
	if beside {
		writer.Go(func() {
			for i := 0; !stop.Load(); i++ {
				c.mustSay(fmt.Sprint("signal-", i))
			}
		})
	}
	var next atomic.Int64
	b.ReportAllocs()
	began := time.Now()
	b.ResetTimer()
	b.RunParallel(func(p *testing.PB) {
		for p.Next() {
			at := int(next.Add(int64(size))) % len(asks)
			at = min(at, len(asks)-size)
			if _, err := c.Poll(b.Context(), asks[at:at+size]); err != nil {
				b.Error(err)
			}
		}
	})
	b.ReportMetric(float64(b.N*size)/time.Since(began).Seconds(), "polls/s")
	stop.Store(true)
	writer.Wait()
}

// BenchmarkHints: ten thousand hosts, each with a listener of its own, are all
// concerned by one change; an iteration ends when every one has been told.
func BenchmarkHints(b *testing.B) {
	const listeners = 10_000
	c := start(b, new(memjournal.Journal), "a", nil)
	var names []string
	for i := range listeners {
		names = append(names, fmt.Sprintf("host-%05d", i))
	}
	c.roll("r1", names...)
	told := make(chan struct{}, listeners)
	ctx, cancel := context.WithCancel(b.Context())
	var all sync.WaitGroup
	for _, name := range names {
		all.Go(func() {
			for _, err := range c.Hints(ctx, []fettle.HostID{fettle.HostID(name)}) {
				if err != nil {
					b.Error(err)
				}
				told <- struct{}{}
			}
		})
	}
	for range listeners {
		<-told
	}
	for b.Loop() {
		if _, err := c.Submit(b.Context(), "ann", rollout.Pause{Rollout: "r1", Why: "benchmark"}); err != nil {
			b.Fatal(err)
		}
		for range listeners {
			<-told
		}
		if _, err := c.Submit(b.Context(), "ann", rollout.Resume{Rollout: "r1", Why: "benchmark"}); err != nil {
			b.Fatal(err)
		}
		for range listeners {
			<-told
		}
	}
	b.ReportMetric(b.Elapsed().Seconds()*1000/float64(b.N)/2, "ms/change")
	cancel()
	all.Wait()
}
