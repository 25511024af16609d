package filejournal

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"testing"

	"github.com/fettle-dev/fettle/rollout"
)

// history is what a journal's user knows: what it asked for and what it was
// told.
type history struct {
	entries [][]byte // every entry that was asked for, in order
	bounds  []int    // ascending: how many entries there are after each batch
	acked   int      // entries that were acknowledged

	saved     rollout.Checkpoint // acknowledged
	saving    rollout.Checkpoint // asked for last
	release   rollout.Position   // released at most up to here
	nextEntry uint64
}

func (h *history) batch(rng *rand.Rand) [][]byte {
	batch := make([][]byte, 1+rng.IntN(4))
	for i := range batch {
		size := rng.IntN(60)
		if rng.IntN(12) == 0 {
			size = 1000 + rng.IntN(4000)
		}
		h.nextEntry++
		entry := binary.BigEndian.AppendUint64(nil, h.nextEntry)
		for range size {
			entry = append(entry, byte(rng.Uint32()))
		}
		batch[i] = entry
	}
	return batch
}

// step does one random thing with the journal.
func (h *history) step(j *Journal, rng *rand.Rand) error {
	ctx := context.Background()
	switch rng.IntN(8) {
	case 0:
		at := rollout.Position(h.acked)
		h.saving = rollout.Checkpoint{At: at, State: fmt.Appendf(nil, "state %d of %d", h.nextEntry, at)}
		release := at - min(at, rollout.Position(rng.IntN(20)))
		h.release = max(h.release, release)
		if err := j.Save(ctx, h.saving, release); err != nil {
			return err
		}
		h.saved = h.saving
	case 1, 2: // several appends that share a sync
		for range 1 + rng.IntN(4) {
			if err := h.accept(j, rng); err != nil {
				return err
			}
		}
		if err := j.flush(); err != nil {
			return err
		}
		h.acked = len(h.entries)
	default:
		batch := h.batch(rng)
		after := rollout.Position(len(h.entries))
		h.add(batch)
		if err := j.Append(ctx, after, batch); err != nil {
			return err
		}
		h.acked = len(h.entries)
	}
	return nil
}

func (h *history) add(batch [][]byte) {
	h.entries = append(h.entries, batch...)
	h.bounds = append(h.bounds, len(h.entries))
}

func (h *history) accept(j *Journal, rng *rand.Rand) error {
	batch := h.batch(rng)
	after := rollout.Position(len(h.entries))
	h.add(batch)
	_, err := j.accept(after, batch)
	return err
}

// check compares what a journal holds after a crash with the history, and goes
// on from there.
func (h *history) check(j *Journal) error {
	ctx := context.Background()
	c, err := j.Load(ctx)
	if err != nil {
		return err
	}
	if !sameCheckpoint(c, h.saved) && !sameCheckpoint(c, h.saving) {
		return fmt.Errorf("checkpoint at %d %q, want that at %d or %d", c.At, c.State, h.saved.At, h.saving.At)
	}
	h.saved, h.saving = c, c
	end := j.Recovery().End
	n := int(end)
	if n < h.acked {
		return fmt.Errorf("%d entries, and %d were acknowledged", n, h.acked)
	}
	whole := n == 0
	kept := 0
	for i, bound := range h.bounds {
		if bound == n {
			whole, kept = true, i+1
		}
	}
	if !whole {
		return fmt.Errorf("%d entries are part of a batch, or more than were appended", n)
	}
	for _, after := range []rollout.Position{0, h.release} {
		at := after
		for record, err := range rollout.Records(ctx, j, after) {
			if errors.Is(err, rollout.ErrCompacted) && after < h.release {
				at = end
				break
			}
			if err != nil {
				return fmt.Errorf("read after %d: %w", at, err)
			}
			if !bytes.Equal(record.Data, h.entries[at]) {
				return fmt.Errorf("entry %d is not what was appended", record.Position)
			}
			at++
		}
		if at != end {
			return fmt.Errorf("reading after %d ends at %d, want %d", after, at, end)
		}
	}
	h.entries, h.bounds, h.acked = h.entries[:n], h.bounds[:kept], n
	return nil
}

func sameCheckpoint(a, b rollout.Checkpoint) bool {
	return a.At == b.At && bytes.Equal(a.State, b.State)
}

const (
	crashSteps   = 40
	crashSegment = 1500
)

// play opens the journal and lets a user work with it until steps are done or
// something fails. It returns what failed, nil if nothing did.
func play(fs *fakeFS, h *history, rng *rand.Rand, steps int) (broken, failed error) {
	j, err := openIn(fs, Options{SegmentSize: crashSegment})
	if err != nil {
		return nil, err
	}
	if err := h.check(j); err != nil {
		if errors.Is(err, errCrashed) || errors.Is(err, ErrFailed) {
			return nil, err
		}
		return err, nil
	}
	for range steps {
		if err := h.step(j, rng); err != nil {
			if again := j.Append(context.Background(), rollout.Position(len(h.entries)), nil); !errors.Is(again, ErrFailed) {
				return fmt.Errorf("after %w an append returns %w", err, again), nil
			}
			return nil, err
		}
	}
	return nil, j.Close()
}

// crashes is how many seeds the crash tests run.
func crashes(ci int) int {
	if os.Getenv("FETTLE_NIGHTLY") != "" {
		return 10 * ci
	}
	return ci
}

// Every call that changes something is once the one in which the machine goes
// off; then, while that is recovered, it goes off again, and so on.
func TestCrashAtEveryCall(t *testing.T) {
	t.Parallel()
	points := 0
	for seed := range uint64(crashes(2)) {
		dry := newFakeFS()
		if broken, failed := play(dry, &history{}, rand.New(rand.NewPCG(seed, 0)), crashSteps); broken != nil || failed != nil {
			t.Fatalf("seed %d without a crash: %v, %v", seed, broken, failed)
		}
		for at := 1; at <= dry.ops; at++ {
			for variant := range uint64(4) {
				points += crashAt(t, seed, variant, at)
			}
		}
	}
	t.Logf("%d crash points", points)
}

func crashAt(t *testing.T, seed, variant uint64, at int) int {
	t.Helper()
	fs, h := newFakeFS(), &history{}
	work, chance := rand.New(rand.NewPCG(seed, 0)), rand.New(rand.NewPCG(seed<<32+uint64(at), variant))
	fs.crashAt = at
	points := 0
	for generation := 0; ; generation++ {
		broken, failed := play(fs, h, work, crashSteps)
		if broken != nil {
			t.Fatalf("seed %d variant %d, crash at call %d, generation %d: %v", seed, variant, at, generation, broken)
		}
		if failed == nil {
			return points // also what a crash-free run after all crashes ends with
		}
		if !errors.Is(failed, errCrashed) {
			t.Fatalf("seed %d variant %d, crash at call %d, generation %d: %v", seed, variant, at, generation, failed)
		}
		points++
		if variant == 0 || variant > 1 && chance.IntN(2) == 0 {
			fs = fs.killed()
		} else {
			fs = fs.powerLost(chance)
		}
		if generation < 4 {
			fs.crashAt = 1 + chance.IntN(2<<chance.IntN(5)) // most often while it recovers
		}
	}
}

// Every call is once the one that the disk refuses. Nothing goes after that;
// after the next Open everything that was acknowledged is there, also if the
// system has forgotten to write what the failed sync was for, and also if the
// power fails soon after.
func TestDiskRefusesEveryCall(t *testing.T) {
	t.Parallel()
	for seed := range uint64(crashes(2)) {
		dry := newFakeFS()
		if broken, failed := play(dry, &history{}, rand.New(rand.NewPCG(seed, 1)), crashSteps); broken != nil || failed != nil {
			t.Fatalf("seed %d without a fault: %v, %v", seed, broken, failed)
		}
		for at := 1; at <= dry.ops; at++ {
			fs, h := newFakeFS(), &history{}
			fs.failAt, fs.failSync = at, forgetDirty
			work, chance := rand.New(rand.NewPCG(seed, 1)), rand.New(rand.NewPCG(seed, uint64(at)))
			for generation := range 5 {
				broken, failed := play(fs, h, work, 10+20*generation%50)
				if broken != nil {
					t.Fatalf("seed %d, fault at call %d, generation %d: %v", seed, at, generation, broken)
				}
				if failed != nil && !errors.Is(failed, errDisk) && !errors.Is(failed, errCrashed) {
					t.Fatalf("seed %d, fault at call %d, generation %d: %v", seed, at, generation, failed)
				}
				if generation%2 == 0 {
					fs = fs.killed()
					fs.crashAt = 3 + chance.IntN(20)
				} else {
					fs = fs.powerLost(chance)
				}
			}
		}
	}
}
