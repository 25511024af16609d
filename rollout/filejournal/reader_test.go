package filejournal_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/fettle-dev/fettle/rollout"
	"github.com/fettle-dev/fettle/rollout/filejournal"
)

// A reader sees exactly what was acknowledged, across segments, compaction and
// a restart of the writer.
func TestReaderFollowsTheWriter(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if _, err := filejournal.OpenReader(dir, nil); !errors.Is(err, os.ErrNotExist) {
		t.Fatalf("a reader of an empty folder: error %v", err)
	}
	open := func() *filejournal.Journal {
		j, err := filejournal.Open(dir, &filejournal.Options{SegmentSize: 2000})
		if err != nil {
			t.Fatal(err)
		}
		return j
	}
	j := open()
	r, err := filejournal.OpenReader(dir, &filejournal.ReaderOptions{Poll: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	ctx := t.Context()
	end, seen := rollout.Position(0), rollout.Position(0)
	for n := range 300 {
		batch := make([][]byte, 1+n%5)
		for i := range batch {
			batch[i] = killEntry(end + rollout.Position(i) + 1)
		}
		if err := j.Append(ctx, end, batch); err != nil {
			t.Fatal(err)
		}
		end += rollout.Position(len(batch))
		if n%3 == 0 {
			if err := rollout.Await(ctx, r, seen); err != nil {
				t.Fatal(err)
			}
			for record, err := range rollout.Records(ctx, r, seen) {
				if err != nil {
					t.Fatal(err)
				}
				if seen++; record.Position != seen || string(record.Data) != string(killEntry(seen)) {
					t.Fatalf("entry %d is not what was appended", record.Position)
				}
			}
			if seen != end {
				t.Fatalf("the reader sees %d entries, want %d", seen, end)
			}
		}
		if n%50 == 49 {
			c := rollout.Checkpoint{At: end, State: fmt.Appendf(nil, "state %d", n)}
			if err := j.Save(ctx, c, end-5); err != nil {
				t.Fatal(err)
			}
			if got, err := r.Load(ctx); err != nil || got.At != c.At || string(got.State) != string(c.State) {
				t.Fatalf("the reader loads %d %q, %v", got.At, got.State, err)
			}
		}
		if n == 120 || n == 130 {
			if err := j.Close(); err != nil {
				t.Fatal(err)
			}
			j = open()
		}
	}
	if _, err := r.Read(ctx, 0, 1); !errors.Is(err, rollout.ErrCompacted) {
		t.Errorf("a read of what is compacted: error %v", err)
	}
	if _, err := r.Read(ctx, end+1, 1); !errors.Is(err, rollout.ErrBeyond) {
		t.Errorf("a read past the end: error %v", err)
	}
	cancelled, cancel := context.WithCancel(ctx)
	cancel()
	if err := r.Await(cancelled, end); !errors.Is(err, context.Canceled) {
		t.Errorf("await with a cancelled context: error %v", err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := r.Read(ctx, end, 1); !errors.Is(err, filejournal.ErrClosed) {
		t.Errorf("read after close: error %v", err)
	}
	if _, err := r.Load(ctx); !errors.Is(err, filejournal.ErrClosed) {
		t.Errorf("load after close: error %v", err)
	}
}

func TestOneWriter(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "made", "by", "open")
	j, err := filejournal.Open(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	notFolder := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(notFolder, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := filejournal.Open(notFolder, nil); err == nil {
		t.Error("a file in place of the folder: no error")
	}
	if _, err := filejournal.Open(dir, nil); !errors.Is(err, filejournal.ErrLocked) {
		t.Fatalf("a second writer: error %v", err)
	}
	for range 2 {
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
	}
	if err := j.Append(t.Context(), 0, nil); !errors.Is(err, filejournal.ErrClosed) {
		t.Errorf("append after close: error %v", err)
	}
	if _, err := j.Read(t.Context(), 0, 1); !errors.Is(err, filejournal.ErrClosed) {
		t.Errorf("read after close: error %v", err)
	}
	if err := j.Await(t.Context(), 0); !errors.Is(err, filejournal.ErrClosed) {
		t.Errorf("await after close: error %v", err)
	}
	if _, err := filejournal.Open(dir, &filejournal.Options{SegmentSize: -1}); err == nil {
		t.Error("a negative segment size: no error")
	}
	j, err = filejournal.Open(dir, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
}
