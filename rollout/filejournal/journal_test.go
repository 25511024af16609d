package filejournal_test

import (
	"testing"

	"github.com/fettle-dev/fettle/rollout"
	"github.com/fettle-dev/fettle/rollout/filejournal"
	"github.com/fettle-dev/fettle/rollout/journaltest"
)

func setup(o *filejournal.Options) journaltest.Setup {
	return func(tb testing.TB) journaltest.Open {
		tb.Helper()
		dir := tb.TempDir()
		var last *filejournal.Journal
		closeLast := func() {
			if last == nil {
				return
			}
			if err := last.Close(); err != nil {
				tb.Errorf("close: %v", err)
			}
		}
		tb.Cleanup(closeLast)
		return func() (rollout.Journal, error) {
			closeLast()
			var err error
			last, err = filejournal.Open(dir, o)
			return last, err
		}
	}
}

func TestContract(t *testing.T) {
	t.Parallel()
	journaltest.Run(t, setup(nil))
}

// Segments of a few hundred bytes, so that every rule meets their ends.
func TestContractAcrossSegments(t *testing.T) {
	t.Parallel()
	journaltest.Run(t, setup(&filejournal.Options{SegmentSize: 700}))
}

func BenchmarkJournal(b *testing.B) { journaltest.Bench(b, setup(nil)) }
