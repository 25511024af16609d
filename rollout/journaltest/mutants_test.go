package journaltest

import (
	"context"
	"errors"
	"fmt"
	"math"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/fettle-dev/fettle/rollout"
	"github.com/fettle-dev/fettle/rollout/memjournal"
)

// hooks are what a mutant does instead of what is right; nil is what is right.
type hooks struct {
	onOpen   func(m *mutant)
	onAppend func(m *mutant, ctx context.Context, after rollout.Position, batch [][]byte) error
	onRead   func(m *mutant, ctx context.Context, after rollout.Position, limit int) ([][]byte, error)
	onSave   func(m *mutant, ctx context.Context, c rollout.Checkpoint, release rollout.Position) error
	onLoad   func(m *mutant, ctx context.Context) (rollout.Checkpoint, error)
	onAwait  func(m *mutant, ctx context.Context, after rollout.Position) error
}

// mutant is a journal that breaks the contract on purpose.
type mutant struct {
	hooks
	sound *memjournal.Journal

	mu    sync.Mutex
	kept  [][]byte // for the hooks' use
	count int      // likewise
}

func (m *mutant) Append(ctx context.Context, after rollout.Position, batch [][]byte) error {
	if m.onAppend != nil {
		return m.onAppend(m, ctx, after, batch)
	}
	return m.sound.Append(ctx, after, batch)
}

func (m *mutant) Read(ctx context.Context, after rollout.Position, limit int) ([][]byte, error) {
	if m.onRead != nil {
		return m.onRead(m, ctx, after, limit)
	}
	return m.sound.Read(ctx, after, limit)
}

func (m *mutant) Save(ctx context.Context, c rollout.Checkpoint, release rollout.Position) error {
	if m.onSave != nil {
		return m.onSave(m, ctx, c, release)
	}
	return m.sound.Save(ctx, c, release)
}

func (m *mutant) Load(ctx context.Context) (rollout.Checkpoint, error) {
	if m.onLoad != nil {
		return m.onLoad(m, ctx)
	}
	return m.sound.Load(ctx)
}

func (m *mutant) Await(ctx context.Context, after rollout.Position) error {
	if m.onAwait != nil {
		return m.onAwait(m, ctx, after)
	}
	return m.sound.Await(ctx, after)
}

// all returns the entries of the sound journal.
func (m *mutant) all() [][]byte {
	page, _ := m.sound.Read(context.Background(), 0, math.MaxInt)
	return page
}

// restart puts entries in place of those that the sound journal holds.
func (m *mutant) restart(entries [][]byte) {
	m.sound = new(memjournal.Journal)
	_ = m.sound.Append(context.Background(), 0, entries)
}

// recorder stands for a sub-test that is expected to fail: it ends the
// goroutine that reports, and the real test goes on.
type recorder struct {
	testing.TB
	failed, skipped bool
	message         string
}

func (r *recorder) Helper() {}

func (r *recorder) Fatalf(format string, args ...any) {
	r.failed, r.message = true, fmt.Sprintf(format, args...)
	runtime.Goexit()
}

func (r *recorder) Skip(...any) {
	r.skipped = true
	runtime.Goexit()
}

// broken returns the names of the rules that fail for what setup makes, and
// those that are skipped.
func broken(t *testing.T, setup Setup) (failed, skipped []string) {
	t.Helper()
	for _, r := range rules() {
		rec := &recorder{TB: t}
		done := make(chan struct{})
		go func() {
			defer close(done)
			r.run(rec, setup)
		}()
		<-done
		if rec.failed {
			failed = append(failed, r.name)
			if want := "broken rule: " + r.text; !strings.HasPrefix(rec.message, want) {
				t.Errorf("%s fails with %q, want it to start with %q", r.name, rec.message, want)
			}
		}
		if rec.skipped {
			skipped = append(skipped, r.name)
		}
	}
	return failed, skipped
}

func TestMutantsFailTheRuleMeantForThem(t *testing.T) {
	t.Parallel()
	for _, c := range mutants() {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			failed, _ := broken(t, func(testing.TB) Open {
				m := &mutant{hooks: c.hooks, sound: new(memjournal.Journal)}
				return func() (rollout.Journal, error) {
					if m.onOpen != nil {
						m.onOpen(m)
					}
					return m, nil
				}
			})
			slices.Sort(failed)
			slices.Sort(c.fails)
			if !slices.Equal(failed, c.fails) {
				t.Errorf("broken rules: got %q, want %q", failed, c.fails)
			}
		})
	}
}

// bare hides the optional abilities.
type bare struct{ rollout.Journal }

func TestAbilitiesThatAreMissingAreSkippedByName(t *testing.T) {
	t.Parallel()
	failed, skipped := broken(t, func(testing.TB) Open {
		j := new(memjournal.Journal)
		return func() (rollout.Journal, error) { return bare{j}, nil }
	})
	if len(failed) > 0 {
		t.Errorf("broken rules: %v", failed)
	}
	for _, name := range skipped {
		if !strings.HasPrefix(name, "Checkpointer/") && !strings.HasPrefix(name, "Follower/") {
			t.Errorf("%s is skipped and belongs to no ability", name)
		}
	}
	if want := len(checkpointRules()) + len(followerRules()); len(skipped) != want {
		t.Errorf("%d rules are skipped, want %d", len(skipped), want)
	}
}

var errLost = errors.New("lost")
