package memjournal_test

import (
	"testing"

	"github.com/fettle-dev/fettle/rollout"
	"github.com/fettle-dev/fettle/rollout/journaltest"
	"github.com/fettle-dev/fettle/rollout/memjournal"
)

// setup opens the same value again: a journal in memory lasts as long as it.
func setup(testing.TB) journaltest.Open {
	j := new(memjournal.Journal)
	return func() (rollout.Journal, error) { return j, nil }
}

func TestContract(t *testing.T) {
	t.Parallel()
	journaltest.Run(t, setup)
}

func BenchmarkJournal(b *testing.B) { journaltest.Bench(b, setup) }
