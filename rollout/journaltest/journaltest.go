// Package journaltest proves an implementation of rollout.Journal. Run has a
// sub-test for each rule of the contract; Bench measures what a region's
// coordinator asks of its journal. The package imports the standard library and
// the contract only.
//
//	func TestContract(t *testing.T) {
//		journaltest.Run(t, func(tb testing.TB) journaltest.Open {
//			dir := tb.TempDir()
//			return func() (rollout.Journal, error) { ... } // over dir
//		})
//	}
package journaltest

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"
	"testing"

	"github.com/fettle-dev/fettle/rollout"
)

// Open opens the journal over the same storage each time. A second call stands
// for a restart: what the call before returned is not used any more, and Open
// may close it.
type Open func() (rollout.Journal, error)

// Setup makes an empty storage and returns how to open it. It is called once a
// sub-test and cleans up through tb.
type Setup func(tb testing.TB) Open

// A rule is one sentence of the contract with its proof.
type rule struct {
	name  string
	text  string
	check func(t *harness)
}

// Run runs every rule as a sub-test on a fresh storage. Rules of an ability
// that the journal lacks are skipped by name.
func Run(t *testing.T, setup Setup) {
	t.Helper()
	for _, r := range rules() {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			r.run(t, setup)
		})
	}
}

func (r rule) run(tb testing.TB, setup Setup) {
	tb.Helper()
	h := &harness{TB: tb, rule: r.text, open: setup(tb)}
	r.check(h)
}

func rules() []rule {
	all := appendRules()
	all = append(all, readRules()...)
	all = append(all, concurrencyRules()...)
	all = append(all, checkpointRules()...)
	return append(all, followerRules()...)
}

// harness is what a rule's proof works with. Its failures print the rule.
type harness struct {
	testing.TB
	rule string
	open Open
}

func (h *harness) broken(format string, args ...any) {
	h.Helper()
	h.Fatalf("broken rule: %s\n%s", h.rule, fmt.Sprintf(format, args...))
}

func (h *harness) must(err error, doing string) {
	h.Helper()
	if err != nil {
		h.broken("%s: %v", doing, err)
	}
}

// journal opens the storage, again if it was open.
func (h *harness) journal() rollout.Journal {
	h.Helper()
	j, err := h.open()
	h.must(err, "open")
	return j
}

// append appends and wants no error.
func (h *harness) append(j rollout.Journal, after rollout.Position, batch ...[]byte) {
	h.Helper()
	h.must(j.Append(context.Background(), after, batch), fmt.Sprintf("append of %d entries after %d", len(batch), after))
}

// all reads the journal from after to its end in pages of limit.
func (h *harness) all(j rollout.JournalReader, after rollout.Position, limit int) [][]byte {
	h.Helper()
	var found [][]byte
	for {
		page, err := j.Read(context.Background(), after, limit)
		h.must(err, fmt.Sprintf("read after %d", after))
		if len(page) > limit {
			h.broken("read after %d, limit %d: %d entries", after, limit, len(page))
		}
		if len(page) == 0 {
			return found
		}
		found = append(found, page...)
		after += rollout.Position(len(page))
	}
}

// holds wants the entries after position after to be exactly want.
func (h *harness) holds(j rollout.JournalReader, after rollout.Position, want [][]byte) {
	h.Helper()
	got := h.all(j, after, 1000)
	for i := range min(len(got), len(want)) {
		if !bytes.Equal(got[i], want[i]) {
			h.broken("entry %d: got %s, want %s", after+rollout.Position(i)+1, brief(got[i]), brief(want[i]))
		}
	}
	if len(got) != len(want) {
		h.broken("after position %d: got %d entries, want %d", after, len(got), len(want))
	}
}

func brief(entry []byte) string {
	if len(entry) > 16 {
		return fmt.Sprintf("%d bytes %x...", len(entry), entry[:16])
	}
	return fmt.Sprintf("%d bytes %x", len(entry), entry)
}

// numbered returns n entries that differ from each other and in size, from
// number first on.
func numbered(first, n int) [][]byte {
	batch := make([][]byte, n)
	for i := range batch {
		number := uint64(first + i)
		entry := binary.BigEndian.AppendUint64(nil, number)
		batch[i] = append(entry, bytes.Repeat([]byte{byte(number)}, int(number*7%61))...)
	}
	return batch
}
