package filejournal

import (
	"context"
	"errors"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/fettle-dev/fettle/rollout"
)

// written is a small journal with several segments and a checkpoint, closed or
// left open, as it is on disk.
func written(t *testing.T, closed bool) (*fakeFS, *history) {
	t.Helper()
	fs, h, rng := newFakeFS(), &history{}, rand.New(rand.NewPCG(7, 7))
	j, err := openIn(fs, Options{SegmentSize: 600})
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	for n := range 30 {
		batch := h.batch(rng)
		for i := range batch {
			batch[i] = batch[i][:min(len(batch[i]), 40)]
		}
		after := rollout.Position(len(h.entries))
		h.add(batch)
		if err := j.Append(ctx, after, batch); err != nil {
			t.Fatal(err)
		}
		h.acked = len(h.entries)
		if n == 12 || n == 20 {
			h.saved = rollout.Checkpoint{At: rollout.Position(h.acked), State: []byte("what was folded")}
			h.saving, h.release = h.saved, rollout.Position(h.acked)-10
			if err := j.Save(ctx, h.saved, h.release); err != nil {
				t.Fatal(err)
			}
		}
	}
	if closed {
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return fs.killed(), h
}

// with returns the folder with other content in one file; nil takes it away.
func (fs *fakeFS) with(name string, content []byte) *fakeFS {
	changed := newFakeFS()
	for n, node := range fs.seen {
		if n != name {
			changed.seen[n] = &inode{seen: slices.Clone(node.seen), durable: slices.Clone(node.seen)}
		}
	}
	if content != nil {
		changed.seen[name] = &inode{seen: content, durable: slices.Clone(content)}
	}
	changed.durable = maps.Clone(changed.seen)
	return changed
}

// refusedOrWhole opens a damaged folder: it must be refused as damaged, or hold
// everything nevertheless. It reports whether it was refused.
func refusedOrWhole(fs *fakeFS, h *history) (refused bool, err error) {
	j, err := openIn(fs, Options{SegmentSize: 600})
	if err != nil {
		var damage *DamageError
		if !errors.As(err, &damage) || !errors.Is(err, ErrDamaged) {
			return false, err
		}
		return true, nil
	}
	known := *h
	return false, known.check(j)
}

func TestEveryBitFlipIsFound(t *testing.T) {
	t.Parallel()
	for _, closed := range []bool{true, false} {
		fs, h := written(t, closed)
		flips := 0
		for name, node := range fs.seen {
			for at := range node.seen {
				for bit := range 8 {
					content := slices.Clone(node.seen)
					content[at] ^= 1 << bit
					flips++
					refused, err := refusedOrWhole(fs.with(name, content), h)
					if err != nil || !refused && name != syncedName {
						t.Fatalf("closed %v, %s, bit %d of byte %d: refused %v, %v", closed, name, bit, at, refused, err)
					}
				}
			}
		}
		t.Logf("closed %v: %d flips in %d files", closed, flips, len(fs.seen))
	}
}

// Without the mark, as after a loss of power, damage before the last batch is
// found by what later batches say.
func TestBitFlipIsFoundWithoutTheMark(t *testing.T) {
	t.Parallel()
	fs, h := written(t, false)
	fs = fs.with(syncedName, make([]byte, slotStep+slotSize))
	last := segmentName(0)
	for name := range fs.seen {
		if strings.HasSuffix(name, segmentSuffix) {
			last = max(last, name)
		}
	}
	content := fs.seen[last].seen
	s := newSegment(&fakeFile{fs, fs.seen[last]}, last, 0)
	starts := []int64{}
	for in := (scanner{file: s.file, at: segmentHead, end: int64(len(content))}); in.at < in.end; {
		starts = append(starts, in.at)
		if _, _, rule, err := in.next(); rule != "" || err != nil {
			t.Fatal(rule, err)
		}
	}
	if len(starts) < 2 {
		t.Fatalf("the last segment has %d batches, want two for this test", len(starts))
	}
	for at := range starts[len(starts)-1] {
		for bit := range 8 {
			flipped := slices.Clone(content)
			flipped[at] ^= 1 << bit
			if refused, err := refusedOrWhole(fs.with(last, flipped), h); err != nil || !refused {
				t.Fatalf("bit %d of byte %d: refused %v, %v", bit, at, refused, err)
			}
		}
	}
}

func TestMissingBytesAndFilesAreFound(t *testing.T) {
	t.Parallel()
	for _, closed := range []bool{true, false} {
		fs, h := written(t, closed)
		for name, node := range fs.seen {
			for size := range node.seen {
				refused, err := refusedOrWhole(fs.with(name, slices.Clone(node.seen[:size])), h)
				if err != nil || !refused && name != syncedName {
					t.Fatalf("closed %v, %s cut to %d bytes: refused %v, %v", closed, name, size, refused, err)
				}
			}
			if refused, err := refusedOrWhole(fs.with(name, nil), h); err != nil || !refused {
				t.Fatalf("closed %v, without %s: refused %v, %v", closed, name, refused, err)
			}
		}
	}
}

// What is behind the last batch was never acknowledged and is cut.
func TestGarbageAtTheEndIsCut(t *testing.T) {
	t.Parallel()
	fs, h := written(t, true)
	last := segmentName(0)
	for name := range fs.seen {
		if strings.HasSuffix(name, segmentSuffix) {
			last = max(last, name)
		}
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for size := range 200 {
		garbage := make([]byte, size)
		if size%2 == 1 {
			for i := range garbage {
				garbage[i] = byte(rng.Uint32())
			}
		}
		damagedFS := fs.with(last, append(slices.Clone(fs.seen[last].seen), garbage...))
		j, err := openIn(damagedFS, Options{})
		if err != nil {
			t.Fatalf("%d bytes behind the end: %v", size, err)
		}
		known := *h
		if err := known.check(j); err != nil {
			t.Fatalf("%d bytes behind the end: %v", size, err)
		}
		if cut := j.Recovery().Cut; cut != int64(size) {
			t.Fatalf("cut %d bytes, want %d", cut, size)
		}
	}
}
