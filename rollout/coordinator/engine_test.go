package coordinator_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fettle-dev/fettle/rollout"
	"github.com/fettle-dev/fettle/rollout/coordinator"
)

func TestReplyMeansDurable(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		j, c := leader(t)
		synctest.Wait()
		gate := j.held()
		replied, queried := false, false
		go func() {
			c.mustSay("one")
			replied = true
		}()
		synctest.Wait()
		go func() {
			if _, err := c.Rollouts(t.Context(), time.Now()); err != nil {
				t.Error(err)
			}
			queried = true
		}()
		synctest.Wait()
		if replied || queried {
			t.Errorf("before the entry is durable: replied %v, queried %v", replied, queried)
		}
		close(gate)
		synctest.Wait()
		if !replied || !queried {
			t.Errorf("after: replied %v, queried %v", replied, queried)
		}
		if n := count(t, j, "one"); n != 1 {
			t.Errorf("%d entries", n)
		}
	})
}

func TestManyCallsShareAnAppend(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		j, c := leader(t)
		synctest.Wait()
		gate := j.held()
		var callers sync.WaitGroup
		for i := range 300 {
			callers.Go(func() { c.mustSay(fmt.Sprint("call-", i, "-")) })
		}
		synctest.Wait()
		close(gate)
		callers.Wait()
		if n := j.count(); n > 3 {
			t.Errorf("%d appends for 300 calls that waited", n)
		}
		for i := range 300 {
			if n := count(t, j, fmt.Sprint("call-", i, "-")); n != 1 {
				t.Errorf("call %d is in %d entries", i, n)
			}
		}
	})
}

func TestReceiptNamesTheEntries(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		_, c := leader(t)
		one, two := c.mustSay("one"), c.mustSay("two")
		if one.First == 0 || one.Last < one.First || two.First != one.Last+1 {
			t.Errorf("receipts %+v, %+v", one, two)
		}
	})
}

// The journal's faults, each against three calls in flight: what the callers
// learn, and how often their words are in the journal afterwards.
func TestFaultsOfAppend(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name     string
		onAppend func(n int, write func() error) error
		taken    bool
	}{
		{"fails once and writes nothing", func(n int, write func() error) error {
			if n == 1 {
				return errDisk
			}
			return write()
		}, true},
		{"writes, and fails", func(n int, write func() error) error {
			if err := write(); n > 1 || err != nil {
				return err
			}
			return errDisk
		}, true},
		{"writes, and says conflict", func(n int, write func() error) error {
			if err := write(); n > 1 || err != nil {
				return err
			}
			return rollout.ErrConflict
		}, true},
		{"fails four times", func(n int, write func() error) error {
			if n <= 4 {
				return errDisk
			}
			return write()
		}, true},
		{"always fails", func(int, func() error) error { return errDisk }, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				j := new(faulty)
				a := start(t, j, "a", nil)
				a.mustSay("before")
				j.set(c.onAppend, nil)
				var callers sync.WaitGroup
				for _, name := range []string{"one", "two", "three"} {
					callers.Go(func() {
						_, err := a.say(name)
						if (err == nil) != c.taken || !c.taken && !errors.Is(err, errDisk) {
							t.Errorf("%s: error %v", name, err)
						}
					})
				}
				callers.Wait()
				j.set(nil, nil)
				a.mustSay("after")
				want := 0
				if c.taken {
					want = 1
				}
				for name, want := range map[string]int{"before": 1, "one": want, "two": want, "three": want, "after": 1} {
					if n := count(t, j, `"`+name+`"`); n != want {
						t.Errorf("%q is in %d entries, want %d", name, n, want)
					}
				}
			})
		})
	}
}

// stranger appends a signal of its own, as somebody would who never took over.
func stranger(t *testing.T, j rollout.Journal, name string) {
	t.Helper()
	s := new(rollout.State)
	for record, err := range rollout.Records(t.Context(), j, 0) {
		if err != nil {
			t.Fatal(err)
		}
		e, err := rollout.ParseEntry(record.Position, record.Data)
		if err == nil {
			err = s.Apply(e)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	after := s.Head().Position
	made, _, err := s.Take(rollout.Signal{Name: name, Value: "ok", By: "stranger"}, time.Now())
	if err != nil || len(made) == 0 {
		t.Fatal(len(made), err)
	}
	var batch [][]byte
	for _, e := range made {
		batch = append(batch, e.Data)
	}
	if err := j.Append(t.Context(), after, batch); err != nil {
		t.Fatal(err)
	}
}

func TestAConflictIsDecidedAnew(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		j, c := leader(t)
		c.mustSay("one")
		busy := true
		j.set(func(_ int, write func() error) error {
			if busy {
				busy = false
				stranger(t, &j.Journal, "foreign")
			}
			return write()
		}, nil)
		c.mustSay("two")
		if count(t, j, `"foreign"`) != 1 || count(t, j, `"two"`) != 1 {
			t.Error("an entry is missing or twice there")
		}
	})
}

func TestAConflictThatNeverEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		j := new(faulty)
		c := start(t, j, "a", &coordinator.Options{Attempts: 3})
		c.mustSay("one")
		n := 0
		j.set(func(_ int, write func() error) error {
			n++
			stranger(t, &j.Journal, fmt.Sprint("foreign-", n))
			return write()
		}, nil)
		if _, err := c.say("two"); !errors.Is(err, rollout.ErrConflict) || n != 3 {
			t.Errorf("after %d tries: %v", n, err)
		}
		j.set(nil, nil)
		c.mustSay("three")
	})
}

func TestOneCallTooLargeHarmsNoOther(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		j := &faulty{tooLarge: "huge"}
		c := start(t, j, "a", nil)
		synctest.Wait()
		gate := j.held()
		go c.mustSay("first") // the others gather behind it
		synctest.Wait()
		var callers sync.WaitGroup
		for i := range 10 {
			callers.Go(func() {
				if i != 5 {
					c.mustSay(fmt.Sprint("small-", i))
					return
				}
				if _, err := c.say("huge"); !errors.Is(err, rollout.ErrTooLarge) {
					t.Errorf("a command that no journal takes: %v", err)
				}
			})
		}
		synctest.Wait()
		close(gate)
		callers.Wait()
		for i := range 10 {
			if n := count(t, j, fmt.Sprint("small-", i, `"`)); i != 5 && n != 1 {
				t.Errorf("small-%d is in %d entries", i, n)
			}
		}
	})
}

func TestACallerWhoGivesUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		j, c := leader(t)
		synctest.Wait()
		gate := j.held()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if _, err := c.Submit(ctx, "ann", rollout.Signal{Name: "one", Value: "x"}); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v", err)
		}
		if _, err := c.Poll(ctx, []rollout.Ask{{Host: "h"}}); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a poll behind an append that hangs: %v", err)
		}
		close(gate)
		c.mustSay("two")
	})
}
