package journalbench

import (
	"path/filepath"
	"sync"
	"testing"

	bolt "go.etcd.io/bbolt"

	"github.com/fettle-dev/fettle/rollout"
	"github.com/fettle-dev/fettle/rollout/filejournal"
	"github.com/fettle-dev/fettle/rollout/journaltest"
)

const inFlight = 256

func boltSetup(tb testing.TB) journaltest.Open {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), "journal.bolt")
	last := boltJournal{}
	closeLast := func() {
		if last.db != nil {
			if err := last.db.Close(); err != nil {
				tb.Errorf("close: %v", err)
			}
		}
	}
	tb.Cleanup(closeLast)
	return func() (rollout.Journal, error) {
		closeLast()
		var err error
		last, err = openBolt(path)
		return last, err
	}
}

// The peer keeps the contract, so the comparison is fair.
func TestBoltKeepsTheContract(t *testing.T) {
	t.Parallel()
	journaltest.Run(t, boltSetup)
}

func BenchmarkFilejournal(b *testing.B) {
	b.Run("one writer", func(b *testing.B) {
		j, err := filejournal.Open(b.TempDir(), nil)
		if err != nil {
			b.Fatal(err)
		}
		journaltest.BenchInFlight(b, j, inFlight)
		if err := j.Close(); err != nil {
			b.Error(err)
		}
	})
}

func BenchmarkBolt(b *testing.B) {
	open := func(b *testing.B) boltJournal {
		b.Helper()
		j, err := boltSetup(b)()
		if err != nil {
			b.Fatal(err)
		}
		return j.(boltJournal)
	}
	b.Run("one writer", func(b *testing.B) { journaltest.BenchInFlight(b, open(b), inFlight) })
	b.Run("own group commit", func(b *testing.B) { benchEach(b, open(b).db.Batch) })
	b.Run("a transaction each", func(b *testing.B) { benchEach(b, open(b).db.Update) })
}

// benchEach has every command in a call of its own, 256 of them at a time.
func benchEach(b *testing.B, commit func(func(*bolt.Tx) error) error) {
	b.Helper()
	entry := make([]byte, 200)
	todo := make(chan struct{}, inFlight)
	var callers sync.WaitGroup
	for range inFlight {
		callers.Go(func() {
			for range todo {
				err := commit(func(tx *bolt.Tx) error { return put(tx, end(tx), [][]byte{entry}) })
				if err != nil {
					b.Error(err)
				}
			}
		})
	}
	done := 0
	for b.Loop() {
		todo <- struct{}{}
		done++
	}
	close(todo)
	callers.Wait()
	b.ReportMetric(float64(done)/b.Elapsed().Seconds(), "records/s")
}
