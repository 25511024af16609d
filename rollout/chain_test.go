package rollout_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"testing"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/rollout"
	"github.com/fettle-dev/fettle/rollout/memjournal"
)

// linked is an entry that knows the digest of the one before it.
type linked struct {
	Previous fettle.Digest `json:"previous,omitempty"`
	N        int           `json:"n"`
}

func previous(entry []byte) (fettle.Digest, error) {
	var l linked
	err := json.Unmarshal(entry, &l)
	return l.Previous, err
}

// chained returns n linked entries and the link of each; links[0] is the zero
// Link.
func chained(t *testing.T, n int) (entries [][]byte, links []rollout.Link) {
	t.Helper()
	links = make([]rollout.Link, 1)
	for i := range n {
		entry, err := json.Marshal(linked{Previous: links[i].Digest, N: i})
		if err != nil {
			t.Fatal(err)
		}
		entries, links = append(entries, entry), append(links, links[i].Next(entry))
	}
	return entries, links
}

func holding(t *testing.T, entries [][]byte) *memjournal.Journal {
	t.Helper()
	j := new(memjournal.Journal)
	if err := j.Append(t.Context(), 0, entries); err != nil {
		t.Fatal(err)
	}
	return j
}

func TestVerifyChain(t *testing.T) {
	t.Parallel()
	const n = 2500
	entries, links := chained(t, n)
	for _, from := range []int{0, 1, 1024, n} {
		last, err := rollout.VerifyChain(t.Context(), holding(t, entries), links[from], previous)
		if err != nil || last != links[n] {
			t.Errorf("from %d: last link %v, error %v", from, last, err)
		}
	}
}

func TestVerifyChainSaysWhereItBreaks(t *testing.T) {
	t.Parallel()
	const n, at = 20, 7 // the entry at position 7 is tampered with
	forged := []byte(`{"previous":"","n":6}`)
	for _, c := range []struct {
		name   string
		change func(e [][]byte) [][]byte
		breaks rollout.Position
	}{
		{"an entry is changed", func(e [][]byte) [][]byte { e[at-1] = append([]byte(" "), e[at-1]...); return e }, at + 1},
		{"an entry is removed", func(e [][]byte) [][]byte { return append(e[:at-1], e[at:]...) }, at},
		{"an entry is put in", func(e [][]byte) [][]byte { return append(append(e[:at-1:at-1], forged), e[at-1:]...) }, at},
		{"two entries are swapped", func(e [][]byte) [][]byte { e[at-1], e[at] = e[at], e[at-1]; return e }, at},
		{"an entry cannot be read", func(e [][]byte) [][]byte { e[at-1] = []byte("rubbish"); return e }, at},
		{"the first entries are removed", func(e [][]byte) [][]byte { return e[at-1:] }, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			entries, links := chained(t, n)
			last, err := rollout.VerifyChain(t.Context(), holding(t, c.change(entries)), rollout.Link{}, previous)
			var broken *rollout.ChainError
			if !errors.As(err, &broken) || broken.Position != c.breaks {
				t.Fatalf("error %v, want a break at entry %d", err, c.breaks)
			}
			if last.Position != c.breaks-1 {
				t.Errorf("the last good link is at %d, want %d", last.Position, c.breaks-1)
			}
			if c.breaks < at && last != links[c.breaks-1] {
				t.Errorf("the last good link is %v", last)
			}
			if cause := errors.Unwrap(err); (cause != nil) != (c.name == "an entry cannot be read") {
				t.Errorf("cause %v", cause)
			}
		})
	}
	entries, _ := chained(t, n)
	wrong := rollout.Link{Position: 3, Digest: fettle.DigestOf([]byte("another journal"))}
	if _, err := rollout.VerifyChain(t.Context(), holding(t, entries), wrong, previous); err == nil {
		t.Error("a walk from a link of another journal: no error")
	}
	if _, err := rollout.VerifyChain(t.Context(), holding(t, entries), rollout.Link{Position: n + 1}, previous); !errors.Is(err, rollout.ErrBeyond) {
		t.Errorf("a walk from past the end: error %v", err)
	}
}

// only hides the optional abilities of a journal.
type only struct{ rollout.Journal }

func TestMissingAbilitiesFallBack(t *testing.T) {
	t.Parallel()
	ctx := t.Context()
	j := only{holding(t, [][]byte{{1}, {2}})}
	if err := rollout.SaveCheckpoint(ctx, j, rollout.Checkpoint{At: 2}, 2); err != nil {
		t.Errorf("save: %v", err)
	}
	if c, err := rollout.LoadCheckpoint(ctx, j); err != nil || c.At != 0 || c.State != nil {
		t.Errorf("load: %v, %v", c, err)
	}
	if err := rollout.Await(ctx, j, 1); err != nil {
		t.Errorf("await of an entry that is there: %v", err)
	}
	if err := rollout.Await(ctx, j, 2); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("await of an entry that is not there: %v", err)
	}
	able := j.Journal
	if err := rollout.SaveCheckpoint(ctx, able, rollout.Checkpoint{At: 2, State: []byte("s")}, 1); err != nil {
		t.Errorf("save: %v", err)
	}
	if c, err := rollout.LoadCheckpoint(ctx, able); err != nil || c.At != 2 {
		t.Errorf("load: %v, %v", c, err)
	}
	if err := rollout.Await(ctx, able, 1); err != nil {
		t.Errorf("await: %v", err)
	}
}

func TestCheckBatchNamesTheEntry(t *testing.T) {
	t.Parallel()
	large := make([]byte, rollout.MaxEntry+1)
	err := rollout.CheckBatch([][]byte{{1}, large})
	if !errors.Is(err, rollout.ErrTooLarge) {
		t.Fatalf("error %v", err)
	}
	if want := "rollout: journal batch is too large: entry 2 of 2 has 16777217 bytes, the most is 16777216"; err.Error() != want {
		t.Errorf("error %q, want %q", err, want)
	}
	if err := rollout.CheckBatch([][]byte{large[1:], large[1:], large[1:], large[1 : len(large)-4*rollout.EntryOverhead]}); err != nil {
		t.Errorf("a batch of exactly the most: %v", err)
	}
}

// What is in the journal after position 1, and is it the journal it was?
func ExampleVerifyChain() {
	ctx := context.Background()
	j := new(memjournal.Journal)
	first := []byte(`{"n":1}`)
	second := []byte(`{"previous":"` + string(fettle.DigestOf(first)) + `","n":2}`)
	if err := j.Append(ctx, 0, [][]byte{first, second}); err != nil {
		fmt.Println(err)
	}
	for record, err := range rollout.Records(ctx, j, 1) {
		fmt.Println(record.Position, len(record.Data), err)
	}
	last, err := rollout.VerifyChain(ctx, j, rollout.Link{}, previous)
	fmt.Println(last.Position, last.Digest == fettle.DigestOf(second), err)
	fmt.Println(j.Append(ctx, 1, [][]byte{[]byte("too late")}))
	// Output:
	// 2 92 <nil>
	// 2 true <nil>
	// memjournal: append after 1, the journal ends at 2: rollout: journal conflict
}
