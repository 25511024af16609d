package journaltest

import (
	"bytes"
	"context"
	"errors"
	"time"

	"github.com/fettle-dev/fettle/rollout"
)

func checkpointRules() []rule {
	return []rule{
		{"Checkpointer/Load", "what Save kept is loaded, also after a restart; the zero Checkpoint before that", checkSaveLoad},
		{"Checkpointer/Release", "released entries are ErrCompacted or whole; those after them stay", checkRelease},
		{"Checkpointer/Refuse", "a checkpoint that is older, past the end or releases too much is refused", checkSaveRefused},
		{"Checkpointer/Cancelled", "a context that is done before the call saves nothing and is the error", checkSaveCancelled},
	}
}

func followerRules() []rule {
	return []rule{
		{"Follower/There", "Await returns nil at once for an entry that is there", checkAwaitThere},
		{"Follower/Wakes", "Await returns nil when an entry is appended, and not before", checkAwaitWakes},
		{"Follower/Cancelled", "Await returns the context's error when that is done first", checkAwaitCancelled},
	}
}

func (h *harness) checkpointer() (rollout.Journal, rollout.Checkpointer) {
	h.Helper()
	j := h.journal()
	keeper, ok := j.(rollout.Checkpointer)
	if !ok {
		h.Skip("the journal is no rollout.Checkpointer")
	}
	return j, keeper
}

// keeps wants the checkpoint that is loaded to be want.
func (h *harness) keeps(keeper rollout.Checkpointer, want rollout.Checkpoint) {
	h.Helper()
	got, err := keeper.Load(context.Background())
	h.must(err, "load")
	if got.At != want.At || !bytes.Equal(got.State, want.State) {
		h.broken("loaded the checkpoint at %d of %s, want that at %d of %s", got.At, brief(got.State), want.At, brief(want.State))
	}
}

func checkSaveLoad(h *harness) {
	ctx := context.Background()
	j, keeper := h.checkpointer()
	h.keeps(keeper, rollout.Checkpoint{})
	h.append(j, 0, numbered(1, 10)...)
	for _, c := range []rollout.Checkpoint{
		{At: 0, State: []byte("before the first")},
		{At: 4, State: []byte("four")},
		{At: 4, State: bytes.Repeat([]byte("four again"), 300_000)},
		{At: 10},
	} {
		state := bytes.Clone(c.State)
		h.must(keeper.Save(ctx, rollout.Checkpoint{At: c.At, State: state}, 0), "save")
		clear(state)
		h.keeps(keeper, c)
		loaded, err := keeper.Load(ctx)
		h.must(err, "load")
		clear(loaded.State)
		j, keeper = h.checkpointer()
		h.keeps(keeper, c)
	}
	h.holds(j, 0, numbered(1, 10))
	h.append(j, 10, numbered(11, 1)...)
	h.holds(j, 0, numbered(1, 11))
}

func checkRelease(h *harness) {
	ctx := context.Background()
	j, keeper := h.checkpointer()
	h.fill(j, 300)
	want := numbered(1, 310)
	for _, c := range []struct{ at, release rollout.Position }{{50, 0}, {200, 120}, {200, 60}, {300, 300}} {
		h.must(keeper.Save(ctx, rollout.Checkpoint{At: c.at, State: []byte{byte(c.at)}}, c.release), "save")
		released := max(c.release, 0)
		if c.release == 60 {
			released = 120 // what was released before stays released
		}
		for range 2 {
			h.holds(j, released, want[released:300])
			for _, after := range []rollout.Position{0, released / 2} {
				if page, err := j.Read(ctx, after, 1); err == nil && len(page) == 1 {
					h.holds(j, after, want[after:300])
				} else if !errors.Is(err, rollout.ErrCompacted) || after == released {
					h.broken("read after %d, released up to %d: %d entries, error %v", after, released, len(page), err)
				}
			}
			j, keeper = h.checkpointer()
		}
	}
	h.append(j, 300, want[300:]...)
	h.holds(j, 300, want[300:])
	h.holds(h.journal(), 300, want[300:])
}

func checkSaveRefused(h *harness) {
	ctx := context.Background()
	j, keeper := h.checkpointer()
	h.append(j, 0, numbered(1, 10)...)
	kept := rollout.Checkpoint{At: 5, State: []byte("five")}
	h.must(keeper.Save(ctx, kept, 2), "save")
	if err := keeper.Save(ctx, rollout.Checkpoint{At: 4}, 0); !errors.Is(err, rollout.ErrConflict) {
		h.broken("save at 4, kept is 5: error %v", err)
	}
	if err := keeper.Save(ctx, rollout.Checkpoint{At: 11}, 0); !errors.Is(err, rollout.ErrBeyond) {
		h.broken("save at 11, the end is 10: error %v", err)
	}
	if err := keeper.Save(ctx, rollout.Checkpoint{At: 6}, 7); err == nil {
		h.broken("save at 6 that releases up to 7: no error")
	}
	h.keeps(keeper, kept)
	h.holds(j, 5, numbered(6, 5))
}

func checkSaveCancelled(h *harness) {
	_, keeper := h.checkpointer()
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if err := keeper.Save(ctx, rollout.Checkpoint{State: []byte("no")}, 0); !errors.Is(err, context.Canceled) {
		h.broken("save with a cancelled context: error %v", err)
	}
	if _, err := keeper.Load(ctx); !errors.Is(err, context.Canceled) {
		h.broken("load with a cancelled context: error %v", err)
	}
	h.keeps(keeper, rollout.Checkpoint{})
}

func (h *harness) follower() (rollout.Journal, rollout.Follower) {
	h.Helper()
	j := h.journal()
	follower, ok := j.(rollout.Follower)
	if !ok {
		h.Skip("the journal is no rollout.Follower")
	}
	return j, follower
}

// patience is how long a rule waits for what must happen; it is used up only
// by a journal that breaks the rule.
const patience = 10 * time.Second

func checkAwaitThere(h *harness) {
	j, follower := h.follower()
	h.append(j, 0, numbered(1, 3)...)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for after := range rollout.Position(3) {
		h.must(follower.Await(ctx, after), "await of an entry that is there")
	}
}

func checkAwaitWakes(h *harness) {
	j, follower := h.follower()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	for end := range rollout.Position(20) {
		woken := make(chan error, 1)
		go func() { woken <- follower.Await(ctx, end) }()
		if end%2 == 0 { // on even rounds the wait most likely starts first
			time.Sleep(time.Millisecond)
		}
		select {
		case err := <-woken:
			h.broken("await after %d returned %v before there was an entry", end, err)
		default:
		}
		h.append(j, end, numbered(int(end)+1, 1)...)
		h.must(<-woken, "await of an entry that was appended")
	}
}

func checkAwaitCancelled(h *harness) {
	_, follower := h.follower()
	ctx, cancel := context.WithCancel(context.Background())
	woken := make(chan error, 1)
	go func() { woken <- follower.Await(ctx, 0) }()
	cancel()
	select {
	case err := <-woken:
		if !errors.Is(err, context.Canceled) {
			h.broken("await with a cancelled context: error %v", err)
		}
	case <-time.After(patience):
		h.broken("await does not return when its context is done")
	}
}
