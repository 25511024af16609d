package journaltest

import (
	"context"
	"errors"
	"math"
	"slices"

	"github.com/fettle-dev/fettle/rollout"
)

func readRules() []rule {
	return []rule{
		{"Order", "entries are read in the order in which they were appended, from any position", checkOrder},
		{"Paging", "a page holds at most limit entries, and at least one before the end", checkPaging},
		{"End", "at the end a read returns no entries and no error; past it, ErrBeyond", checkEnd},
		{"Limit", "a limit below 1 is an error", checkLimit},
		{"CancelledRead", "a read whose context is done returns that error", checkCancelledRead},
		{"Records", "rollout.Records yields every entry with its position", checkRecords},
	}
}

// fill appends n numbered entries in batches of growing size.
func (h *harness) fill(j rollout.Journal, n int) {
	h.Helper()
	for at, size := 0, 1; at < n; size++ {
		batch := numbered(at+1, min(size, n-at))
		h.append(j, rollout.Position(at), batch...)
		at += len(batch)
	}
}

func checkOrder(h *harness) {
	const n = 700
	h.fill(h.journal(), n)
	j := h.journal()
	want := numbered(1, n)
	for _, after := range []int{0, 1, 2, 3, 99, 350, n - 1, n} {
		h.holds(j, rollout.Position(after), want[after:])
	}
}

func checkPaging(h *harness) {
	const n = 700
	j := h.journal()
	h.fill(j, n)
	want := numbered(1, n)
	for _, limit := range []int{1, 7, 128, n, math.MaxInt} {
		got := h.all(j, 0, limit)
		if !slices.EqualFunc(got, want, slices.Equal) {
			h.broken("pages of at most %d: %d entries, want the %d that were appended", limit, len(got), n)
		}
	}
}

func checkEnd(h *harness) {
	j := h.journal()
	for _, end := range []rollout.Position{0, 3} {
		page, err := j.Read(context.Background(), end, 10)
		if err != nil || len(page) != 0 {
			h.broken("read at the end %d: %d entries, error %v", end, len(page), err)
		}
		for _, after := range []rollout.Position{end + 1, 1 << 40} {
			if _, err := j.Read(context.Background(), after, 10); !errors.Is(err, rollout.ErrBeyond) {
				h.broken("read after %d, the end is %d: error %v", after, end, err)
			}
		}
		if end == 0 {
			h.append(j, 0, numbered(1, 3)...)
		}
	}
}

func checkLimit(h *harness) {
	j := h.journal()
	h.append(j, 0, numbered(1, 3)...)
	for _, limit := range []int{0, -1} {
		if page, err := j.Read(context.Background(), 0, limit); err == nil {
			h.broken("read with limit %d: %d entries and no error", limit, len(page))
		}
	}
}

func checkCancelledRead(h *harness) {
	j := h.journal()
	h.append(j, 0, numbered(1, 3)...)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := j.Read(ctx, 0, 10); !errors.Is(err, context.Canceled) {
		h.broken("read with a cancelled context: error %v", err)
	}
	h.holds(j, 0, numbered(1, 3))
}

func checkRecords(h *harness) {
	const n = 3000
	j := h.journal()
	h.append(j, 0, numbered(1, n)...)
	want := numbered(1, n)
	next := rollout.Position(11)
	for record, err := range rollout.Records(context.Background(), j, 10) {
		h.must(err, "records")
		if record.Position != next || int(next) > n || !slices.Equal(record.Data, want[next-1]) {
			h.broken("record at %d: %s, want position %d", record.Position, brief(record.Data), next)
		}
		next++
	}
	if next != n+1 {
		h.broken("records end before %d, want %d", next, n+1)
	}
}
