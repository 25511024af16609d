package coordinator_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fettle-dev/fettle/rollout"
	"github.com/fettle-dev/fettle/rollout/coordinator"
	"github.com/fettle-dev/fettle/rollout/memjournal"
)

// Every call that is in flight when Run is told to end gets an answer, and the
// answer says what is in the journal.
func TestCleanEnd(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		j := new(faulty)
		c := start(t, j, "a", &coordinator.Options{MaxCalls: 10})
		synctest.Wait()
		gate := j.held()
		var callers sync.WaitGroup
		var errs [100]error
		for i := range errs {
			callers.Go(func() { _, errs[i] = c.say(fmt.Sprint("call-", i, "-")) })
		}
		synctest.Wait()
		c.cancel()
		synctest.Wait()
		close(gate)
		if err := c.stop(); err != nil {
			t.Errorf("Run returned %v", err)
		}
		callers.Wait()
		taken := 0
		for i, err := range errs {
			n := count(t, j, fmt.Sprint("call-", i, "-"))
			switch {
			case err == nil && n == 1:
				taken++
			case errors.Is(err, coordinator.ErrStopped) && errors.Is(err, rollout.ErrUnavailable) && n == 0:
			default:
				t.Errorf("call %d: %d entries, error %v", i, n, err)
			}
		}
		if taken == 0 || taken == len(errs) {
			t.Errorf("%d of %d calls were in the batch", taken, len(errs))
		}
		if _, err := c.say("late"); !errors.Is(err, coordinator.ErrStopped) {
			t.Errorf("after the end: %v", err)
		}
		if _, err := c.Rollouts(t.Context(), time.Now()); !errors.Is(err, coordinator.ErrStopped) {
			t.Errorf("a query after the end: %v", err)
		}
		if err := c.Run(t.Context()); !errors.Is(err, coordinator.ErrRan) {
			t.Errorf("a second Run: %v", err)
		}
	})
}

// hanging is a journal whose Append ends with its context only.
type hanging struct{ faulty }

func (h *hanging) Append(ctx context.Context, after rollout.Position, batch [][]byte) error {
	if after > 2 {
		<-ctx.Done()
		return ctx.Err()
	}
	return h.faulty.Append(ctx, after, batch)
}

func TestTheEndDoesNotWaitForever(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := start(t, new(hanging), "a", &coordinator.Options{EndWithin: 7 * time.Second})
		c.mustSay("one")
		failed := make(chan error, 1)
		go func() {
			_, err := c.say("two")
			failed <- err
		}()
		synctest.Wait()
		began := time.Now()
		if err := c.stop(); err != nil {
			t.Errorf("Run returned %v", err)
		}
		if took := time.Since(began); took != 7*time.Second {
			t.Errorf("the end took %v", took)
		}
		if err := <-failed; !errors.Is(err, coordinator.ErrStopped) {
			t.Errorf("the call: %v", err)
		}
	})
}

func TestRunEndsWithAJournalThatCannotBeRead(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		j := new(faulty)
		c := start(t, j, "a", &coordinator.Options{Attempts: 3})
		c.mustSay("one")
		j.set(func(int, func() error) error { return errDisk }, func() error { return errDisk })
		if _, err := c.say("two"); !errors.Is(err, coordinator.ErrStopped) || !errors.Is(err, errDisk) {
			t.Errorf("the call: %v", err)
		}
		<-c.done
		if !errors.Is(c.err, errDisk) {
			t.Errorf("Run returned %v", c.err)
		}
	})
}

func TestRunRefusesJournals(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		fill func(t *testing.T, j *memjournal.Journal)
		want error
	}{
		{"of a newer version", func(t *testing.T, j *memjournal.Journal) {
			t.Helper()
			put(t, j, 0, `{"v":2,"kind":"what","at":"2026-01-01T00:00:00.000Z","prev":"","data":{}}`)
		}, rollout.ErrNewer},
		{"of something else", func(t *testing.T, j *memjournal.Journal) {
			t.Helper()
			put(t, j, 0, "once upon a time")
		}, rollout.ErrEntry},
		{"of another region", func(t *testing.T, j *memjournal.Journal) {
			t.Helper()
			other := region(t, "x")
			other.Config.Region = "elsewhere"
			o, err := coordinator.New(j, other, nil)
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			go func() {
				synctest.Wait()
				cancel()
			}()
			if err := o.Run(ctx); err != nil {
				t.Fatal(err)
			}
		}, rollout.ErrEntry},
		{"with an entry cut out", func(t *testing.T, j *memjournal.Journal) {
			t.Helper()
			whole := new(memjournal.Journal)
			c := start(t, whole, "x", nil)
			c.mustSay("one")
			c.mustSay("two")
			all := entries(t, whole)
			for i, e := range append(all[:2:2], all[3:]...) {
				put(t, j, rollout.Position(i), string(e.Data))
			}
		}, rollout.ErrEntry},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				j := new(memjournal.Journal)
				c.fill(t, j)
				before, err := j.Read(t.Context(), 0, 1000)
				if err != nil {
					t.Fatal(err)
				}
				r := start(t, j, "a", nil)
				<-r.done
				if !errors.Is(r.err, c.want) {
					t.Errorf("Run returned %v, want %v", r.err, c.want)
				}
				if _, err := r.say("hello"); !errors.Is(err, coordinator.ErrStopped) || !errors.Is(err, c.want) {
					t.Errorf("a call: %v", err)
				}
				if after, err := j.Read(t.Context(), 0, 1000); err != nil || len(after) != len(before) {
					t.Errorf("the journal had %d entries and has %d: %v", len(before), len(after), err)
				}
			})
		})
	}
}

func put(t *testing.T, j rollout.Journal, after rollout.Position, entry string) {
	t.Helper()
	if err := j.Append(t.Context(), after, [][]byte{[]byte(entry)}); err != nil {
		t.Fatal(err)
	}
}

// swapped is a journal that is replaced by an older copy of itself.
type swapped struct {
	mu  sync.Mutex
	now *memjournal.Journal
}

func (s *swapped) get() *memjournal.Journal {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.now
}

func (s *swapped) Append(ctx context.Context, after rollout.Position, batch [][]byte) error {
	return s.get().Append(ctx, after, batch)
}

func (s *swapped) Read(ctx context.Context, after rollout.Position, limit int) ([][]byte, error) {
	return s.get().Read(ctx, after, limit)
}

func TestAJournalThatWentBack(t *testing.T) {
	t.Parallel()
	for _, standby := range []bool{false, true} {
		t.Run(fmt.Sprint("standby ", standby), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				j := &swapped{now: new(memjournal.Journal)}
				a := start(t, j, "a", nil)
				a.mustSay("one")
				old := new(memjournal.Journal)
				for i, e := range entries(t, j) {
					put(t, old, rollout.Position(i), string(e.Data))
				}
				a.mustSay("two")
				c := a
				if standby {
					c = start(t, j, "b", &coordinator.Options{Standby: true})
					time.Sleep(2 * time.Second)
					synctest.Wait()
					if err := a.stop(); err != nil {
						t.Fatal(err)
					}
				}
				j.mu.Lock()
				j.now = old
				j.mu.Unlock()
				if !standby {
					if _, err := a.say("three"); !errors.Is(err, coordinator.ErrLost) {
						t.Errorf("the call: %v", err)
					}
				}
				time.Sleep(2 * time.Second)
				synctest.Wait()
				<-c.done
				if !errors.Is(c.err, coordinator.ErrLost) {
					t.Errorf("Run returned %v", c.err)
				}
			})
		})
	}
}

func TestNewNamesWhatIsMissing(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name   string
		change func(r *coordinator.Region, o *coordinator.Options)
		want   string
	}{
		{"region", func(r *coordinator.Region, _ *coordinator.Options) { r.Config.Region = "" }, "region"},
		{"holder", func(r *coordinator.Region, _ *coordinator.Options) { r.Holder = "" }, "Region.Holder"},
		{"signer", func(r *coordinator.Region, _ *coordinator.Options) { r.Signer = nil }, "Region.Signer"},
		{"hosts", func(r *coordinator.Region, _ *coordinator.Options) { r.Hosts = nil }, "Region.Hosts"},
		{"specs", func(r *coordinator.Region, _ *coordinator.Options) { r.Specs.Threshold = 2 }, "Region.Specs"},
		{"attempts", func(_ *coordinator.Region, o *coordinator.Options) { o.Attempts = -1 }, "Attempts is -1"},
		{"backoff", func(_ *coordinator.Region, o *coordinator.Options) { o.Backoff = -1 }, "Backoff is -1ns"},
		{"sink", func(_ *coordinator.Region, o *coordinator.Options) { o.Sinks = []coordinator.Sink{{Name: "x"}} }, "Sinks[0]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			r, o := region(t, "a"), coordinator.Options{}
			c.change(&r, &o)
			_, err := coordinator.New(new(memjournal.Journal), r, &o)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want one that names %s", err, c.want)
			}
		})
	}
	if _, err := coordinator.New(nil, region(t, "a"), nil); err == nil {
		t.Error("no journal: no error")
	}
}
