package journaltest

import (
	"context"
	"fmt"
	"runtime"
	"sync"
	"testing"

	"github.com/fettle-dev/fettle/rollout"
)

// benchEntry is the size of an entry in Bench, in bytes.
const benchEntry = 200

// Bench measures a journal: appends of one batch at a time, one writer with 256
// commands in flight (records/s is how many were acknowledged), and reading
// from the start.
func Bench(b *testing.B, setup Setup) {
	for _, size := range []int{1, 16, 256} {
		b.Run(fmt.Sprintf("append/batch=%d", size), func(b *testing.B) { benchAppend(b, setup, size) })
	}
	b.Run("inflight=256", func(b *testing.B) { BenchInFlight(b, opened(b, setup), 256) })
	b.Run("read", func(b *testing.B) { benchRead(b, setup) })
}

func opened(b *testing.B, setup Setup) rollout.Journal {
	b.Helper()
	j, err := setup(b)()
	if err != nil {
		b.Fatal(err)
	}
	return j
}

func benchBatch(size int) [][]byte {
	batch := make([][]byte, size)
	for i := range batch {
		batch[i] = make([]byte, benchEntry)
		for k := range batch[i] {
			batch[i][k] = byte(i + k*7)
		}
	}
	return batch
}

func benchAppend(b *testing.B, setup Setup, size int) {
	j, batch, end := opened(b, setup), benchBatch(size), rollout.Position(0)
	b.ReportAllocs()
	for b.Loop() {
		if err := j.Append(b.Context(), end, batch); err != nil {
			b.Fatal(err)
		}
		end += rollout.Position(size)
	}
	b.ReportMetric(float64(end)/b.Elapsed().Seconds(), "records/s")
}

func benchRead(b *testing.B, setup Setup) {
	j := opened(b, setup)
	const batches, size = 100, 1000
	for n := range batches {
		if err := j.Append(b.Context(), rollout.Position(n*size), benchBatch(size)); err != nil {
			b.Fatal(err)
		}
	}
	b.SetBytes(batches * size * benchEntry)
	b.ReportAllocs()
	for b.Loop() {
		n := 0
		for _, err := range rollout.Records(b.Context(), j, 0) {
			if err != nil {
				b.Fatal(err)
			}
			n++
		}
		if n != batches*size {
			b.Fatalf("%d records, want %d", n, batches*size)
		}
	}
}

// BenchInFlight measures what a coordinator does: inFlight callers each have
// one command on its way and wait for its reply; one writer takes whatever is
// waiting, appends it as one batch, and then releases the replies. An iteration
// is one command.
func BenchInFlight(b *testing.B, j rollout.Journal, inFlight int) {
	commands := make(chan command, inFlight)
	entry := benchBatch(1)[0]
	var callers sync.WaitGroup
	todo := make(chan struct{}, inFlight)
	for range inFlight {
		callers.Go(func() {
			reply := make(chan error, 1)
			for range todo {
				commands <- command{entry, reply}
				if err := <-reply; err != nil {
					b.Error(err)
				}
			}
		})
	}
	appends := make(chan int)
	go func() { appends <- combine(b.Context(), j, commands, inFlight) }()
	done := 0
	b.ReportAllocs()
	for b.Loop() {
		todo <- struct{}{}
		done++
	}
	close(todo)
	callers.Wait()
	b.ReportMetric(float64(done)/b.Elapsed().Seconds(), "records/s")
	close(commands)
	b.ReportMetric(float64(done)/float64(<-appends), "records/append")
}

type command struct {
	entry []byte
	reply chan error
}

// combine is the one writer. It returns how often it appended.
func combine(ctx context.Context, j rollout.Journal, commands <-chan command, most int) (appends int) {
	end := rollout.Position(0)
	batch := make([][]byte, 0, most)
	waiting := make([]command, 0, most)
	for first := range commands {
		waiting = gather(append(waiting[:0], first), commands, most)
		batch = batch[:0]
		for _, c := range waiting {
			batch = append(batch, c.entry)
		}
		err := j.Append(ctx, end, batch)
		end += rollout.Position(len(batch))
		for _, c := range waiting {
			c.reply <- err
		}
		appends++
	}
	return appends
}

// gather takes what is waiting, and lets others run until no more comes: the
// callers that were just answered have their next commands ready in no time,
// and a sync for a few of them costs as much as one for all.
func gather(waiting []command, commands <-chan command, most int) []command {
	for idle := 0; idle < 2 && len(waiting) < most; {
		select {
		case next, ok := <-commands:
			if !ok {
				return waiting
			}
			waiting, idle = append(waiting, next), 0
		default:
			idle++
			runtime.Gosched()
		}
	}
	return waiting
}
