package journaltest

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"sync"

	"github.com/fettle-dev/fettle/rollout"
)

func concurrencyRules() []rule {
	return []rule{
		{"ManyWriters", "of writers at one position one wins; every acknowledged batch is there once, whole", checkManyWriters},
		{"ConflictIsVisible", "a read after ErrConflict shows the entries that were in the way", checkConflictVisible},
		{"ReadersBesideWriters", "a read beside writers shows whole batches, in order, and never fewer than before", checkReadersBesideWriters},
	}
}

const (
	writers   = 8
	perWriter = 40
	batchSize = 3
)

// contend appends perWriter batches of batchSize entries {writer, batch, index}
// at whatever position the journal ends. seen is called after every conflict
// with the position that conflicted.
func contend(j rollout.Journal, writer int, seen func(at, end rollout.Position) error) error {
	ctx := context.Background()
	end := rollout.Position(0)
	for n := range perWriter {
		batch := make([][]byte, batchSize)
		for i := range batch {
			batch[i] = mark(writer, n, i)
		}
		for {
			err := j.Append(ctx, end, batch)
			if err == nil {
				end += batchSize
				break
			}
			if !errors.Is(err, rollout.ErrConflict) {
				return fmt.Errorf("append after %d: %w", end, err)
			}
			at := end
			for _, err := range rollout.Records(ctx, j, at) {
				if err != nil {
					return err
				}
				end++
			}
			if err := seen(at, end); err != nil {
				return err
			}
		}
	}
	return nil
}

func mark(writer, n, i int) []byte {
	entry := binary.BigEndian.AppendUint32(nil, uint32(writer))
	return binary.BigEndian.AppendUint64(entry, uint64(n*batchSize+i))
}

// together runs all writers and returns what the first of them to fail said.
func together(j rollout.Journal, seen func(at, end rollout.Position) error) error {
	errs := make([]error, writers)
	var all sync.WaitGroup
	for w := range writers {
		all.Go(func() { errs[w] = contend(j, w, seen) })
	}
	all.Wait()
	return errors.Join(errs...)
}

func checkManyWriters(h *harness) {
	j := h.journal()
	h.must(together(j, func(_, _ rollout.Position) error { return nil }), "writers")
	h.marked(h.all(j, 0, 1000))
	h.marked(h.all(h.journal(), 0, 1000))
}

// marked wants every batch of every writer once, whole and in order.
func (h *harness) marked(found [][]byte) {
	h.Helper()
	if want := writers * perWriter * batchSize; len(found) != want {
		h.broken("%d entries, want %d", len(found), want)
	}
	h.wholeBatches(found)
}

func (h *harness) wholeBatches(found [][]byte) {
	h.Helper()
	if len(found)%batchSize != 0 {
		h.broken("%d entries are not whole batches of %d", len(found), batchSize)
	}
	next := map[uint32]uint64{}
	for i, entry := range found {
		if len(entry) != 12 {
			h.broken("entry %d: %s was never appended", i+1, brief(entry))
		}
		writer, number := binary.BigEndian.Uint32(entry), binary.BigEndian.Uint64(entry[4:])
		if number != next[writer] {
			h.broken("entry %d: writer %d's entry %d, want its %d", i+1, writer, number, next[writer])
		}
		if i%batchSize > 0 && binary.BigEndian.Uint32(found[i-1]) != writer {
			h.broken("entry %d: writer %d's batch is torn", i+1, writer)
		}
		next[writer]++
	}
}

func checkConflictVisible(h *harness) {
	j := h.journal()
	h.must(together(j, func(at, end rollout.Position) error {
		if end == at {
			return fmt.Errorf("append after %d was ErrConflict, and a read after it shows no entry past %d", at, at)
		}
		return nil
	}), "writers")
}

func checkReadersBesideWriters(h *harness) {
	j := h.journal()
	stop := make(chan struct{})
	reads := make(chan [][]byte, 1)
	failed := make(chan error, 1)
	go func() {
		defer close(reads)
		for last := 0; ; {
			found, err := readOnce(j)
			if err == nil && len(found) < last {
				err = fmt.Errorf("%d entries, and %d before", len(found), last)
			}
			if err != nil {
				failed <- err
				return
			}
			last = len(found)
			select {
			case reads <- found:
			case <-stop:
				return
			}
		}
	}()
	done := make(chan error, 1)
	go func() { done <- together(j, func(_, _ rollout.Position) error { return nil }) }()
	err := error(nil)
	for running := true; running; {
		select {
		case found, ok := <-reads:
			if !ok {
				h.must(<-failed, "a read beside writers")
				return
			}
			h.wholeBatches(found)
		case err = <-done:
			running = false
		}
	}
	close(stop)
	for range reads { // until the reader has ended
	}
	h.must(err, "writers")
}

// readOnce reads pages until one is empty.
func readOnce(j rollout.JournalReader) ([][]byte, error) {
	var found [][]byte
	for record, err := range rollout.Records(context.Background(), j, 0) {
		if err != nil {
			return nil, err
		}
		found = append(found, record.Data)
	}
	return found, nil
}
