package journaltest

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/fettle-dev/fettle/rollout"
)

func appendRules() []rule {
	return []rule{
		{"Append", "what was appended is read byte for byte, an empty entry included", checkAppend},
		{"Conflict", "an append at another position than the end is ErrConflict and writes nothing", checkConflict},
		{"EmptyBatch", "an empty batch writes nothing and still compares", checkEmptyBatch},
		{"TooLarge", "a batch over the limits is ErrTooLarge and writes nothing", checkTooLarge},
		{"LargeBatch", "every batch within the limits is taken", checkLargeBatch},
		{"Ownership", "slices passed in belong to the caller after the call, and so do those returned", checkOwnership},
		{"Durability", "what was acknowledged is there after a restart, and the end is where it was", checkDurability},
		{"CancelledAppend", "a context that is done before the call writes nothing and is the error", checkCancelledAppend},
		{"CancelledMidway", "a context that is done during the call leaves all of the batch or nothing", checkCancelledMidway},
	}
}

func checkAppend(h *harness) {
	j := h.journal()
	want := [][]byte{{}, {0}, {0, 0, 0, 0, 0, 0, 0, 0}, []byte("text\n"), bytes.Repeat([]byte{0xff}, 5000), {}}
	h.append(j, 0, want[:2]...)
	h.append(j, 2, want[2:]...)
	h.holds(j, 0, want)
	h.holds(h.journal(), 0, want)
}

func checkConflict(h *harness) {
	j := h.journal()
	want := numbered(1, 3)
	h.append(j, 0, want...)
	for _, after := range []rollout.Position{0, 2, 4, 1 << 40} {
		if err := j.Append(context.Background(), after, numbered(100, 2)); !errors.Is(err, rollout.ErrConflict) {
			h.broken("append after %d, the end is 3: error %v", after, err)
		}
	}
	h.holds(j, 0, want)
	h.append(j, 3, numbered(4, 1)...)
	h.holds(j, 0, numbered(1, 4))
	h.holds(h.journal(), 0, numbered(1, 4))
}

func checkEmptyBatch(h *harness) {
	j := h.journal()
	h.append(j, 0, numbered(1, 2)...)
	h.append(j, 2)
	if err := j.Append(context.Background(), 1, nil); !errors.Is(err, rollout.ErrConflict) {
		h.broken("empty append after 1, the end is 2: error %v", err)
	}
	h.holds(j, 0, numbered(1, 2))
}

func checkTooLarge(h *harness) {
	j := h.journal()
	h.append(j, 0, numbered(1, 1)...)
	entry := make([]byte, rollout.MaxEntry+1)
	many := slices.Repeat([][]byte{make([]byte, rollout.MaxEntry)}, 5)
	for _, batch := range [][][]byte{{[]byte("a"), entry}, many} {
		if err := j.Append(context.Background(), 1, batch); !errors.Is(err, rollout.ErrTooLarge) {
			h.broken("append of %d entries, the last of %d bytes: error %v", len(batch), len(batch[len(batch)-1]), err)
		}
	}
	h.append(j, 1, numbered(2, 1)...)
	h.holds(j, 0, numbered(1, 2))
}

func checkLargeBatch(h *harness) {
	j := h.journal()
	large := bytes.Repeat([]byte("fettle"), rollout.MaxEntry/6+1)[:rollout.MaxEntry]
	want := append(numbered(1, 20_000), large, []byte{1})
	h.append(j, 0, want[:20_000]...)
	h.append(j, 20_000, want[20_000:]...)
	h.holds(j, 0, want)
	h.holds(h.journal(), 0, want)
}

func checkOwnership(h *harness) {
	j := h.journal()
	batch := numbered(1, 3)
	h.append(j, 0, batch...)
	for _, entry := range batch {
		clear(entry)
	}
	got := h.all(j, 0, 10)
	for _, entry := range got {
		clear(entry)
		_ = append(entry, 0xee)
	}
	h.holds(j, 0, numbered(1, 3))
}

func checkDurability(h *harness) {
	end := rollout.Position(0)
	for round := range 5 {
		j := h.journal()
		h.holds(j, 0, numbered(1, int(end)))
		for _, size := range []int{1, 3, 100 + round} {
			h.append(j, end, numbered(int(end)+1, size)...)
			end += rollout.Position(size)
		}
	}
	h.holds(h.journal(), 0, numbered(1, int(end)))
}

func checkCancelledAppend(h *harness) {
	j := h.journal()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := j.Append(ctx, 0, numbered(1, 1)); !errors.Is(err, context.Canceled) {
		h.broken("append with a cancelled context: error %v", err)
	}
	h.holds(j, 0, nil)
	h.append(j, 0, numbered(1, 1)...)
	h.holds(j, 0, numbered(1, 1))
}

func checkCancelledMidway(h *harness) {
	j := h.journal()
	var want [][]byte
	for round := range 40 {
		ctx, cancel := context.WithCancel(context.Background())
		stop := time.AfterFunc(time.Duration(round*round)*time.Microsecond, cancel)
		batch := numbered(len(want)+1, 5)
		err := j.Append(ctx, rollout.Position(len(want)), batch)
		stop.Stop()
		cancel()
		if err != nil && !errors.Is(err, context.Canceled) {
			h.broken("append with a context that is cancelled midway: error %v", err)
		}
		switch got := len(h.settled(j, len(want))); {
		case got == 5:
			want = append(want, batch...)
		case got != 0 || err == nil:
			h.broken("append ended with %v and left %d entries of 5", err, got)
		}
	}
	h.holds(j, 0, want)
	h.holds(h.journal(), 0, want)
}

// settled returns the entries after n, once an append whose caller gave up can
// no longer take effect: an append at the end as it was read has then either
// succeeded (an empty one, which writes nothing) or shown what was in the way.
func (h *harness) settled(j rollout.Journal, n int) [][]byte {
	h.Helper()
	for {
		found := h.all(j, rollout.Position(n), 1000)
		err := j.Append(context.Background(), rollout.Position(n+len(found)), nil)
		if err == nil {
			return found
		}
		if !errors.Is(err, rollout.ErrConflict) {
			h.broken("empty append at the end: %v", err)
		}
	}
}
