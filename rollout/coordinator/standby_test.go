package coordinator_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/rollout"
	"github.com/fettle-dev/fettle/rollout/coordinator"
	"github.com/fettle-dev/fettle/rollout/memjournal"
)

// leads fails the test unless a coordinator thinks that holder leads.
func leads(t *testing.T, c *run, holder string, epoch uint64) {
	t.Helper()
	got, at, here, err := c.Leader(t.Context())
	if err != nil || got != holder || at != epoch {
		t.Errorf("leads: %q, epoch %d, error %v; want %q, %d", got, at, err, holder, epoch)
	}
	if _, err := c.say("who leads"); here != (err == nil) {
		t.Errorf("leads here %v, and a command gives %v", here, err)
	}
}

func TestTheSecondOneTakesOver(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		j := new(memjournal.Journal)
		a := start(t, j, "a", nil)
		a.mustSay("one")
		b := start(t, j, "b", nil)
		b.mustSay("two")
		synctest.Wait()
		// a is idle, and has seen it all the same.
		var follower *coordinator.FollowerError
		_, err := a.Poll(t.Context(), []rollout.Ask{{Host: "h"}})
		if !errors.As(err, &follower) || follower.Holder != "b" || follower.Epoch != 2 || !errors.Is(err, rollout.ErrUnavailable) {
			t.Errorf("a polls: %v", err)
		}
		if _, err := a.Report(t.Context(), []fettle.Envelope{{}}); !errors.Is(err, coordinator.ErrFollower) {
			t.Errorf("a takes reports: %v", err)
		}
		leads(t, a, "b", 2)
		leads(t, b, "b", 2)
		if err := a.TakeOver(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := a.TakeOver(t.Context()); err != nil { // again: it leads already
			t.Fatal(err)
		}
		synctest.Wait()
		leads(t, a, "a", 3)
		leads(t, b, "a", 3)
		if n := count(t, j, `"taken-over"`); n != 3 {
			t.Errorf("%d take-overs", n)
		}
	})
}

// A coordinator with commands in flight loses the lead: each caller gets an
// answer, and what was answered with nil is in the journal once.
func TestTheLeadIsLostWithCallsInFlight(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		j := new(faulty)
		a := start(t, j, "a", nil)
		a.mustSay("before")
		b := start(t, &j.Journal, "b", &coordinator.Options{Standby: true})
		synctest.Wait()
		gate := j.held()
		var callers sync.WaitGroup
		var errs [20]error
		for i := range errs {
			callers.Go(func() { _, errs[i] = a.say("x" + string(rune('a'+i)) + "x") })
		}
		synctest.Wait()
		if err := b.TakeOver(t.Context()); err != nil {
			t.Fatal(err)
		}
		close(gate)
		callers.Wait()
		for i, err := range errs {
			var follower *coordinator.FollowerError
			if !errors.As(err, &follower) || follower.Holder != "b" {
				t.Errorf("call %d: %v", i, err)
			}
			if n := count(t, j, "x"+string(rune('a'+i))+"x"); n != 0 {
				t.Errorf("call %d is in %d entries", i, n)
			}
		}
		leads(t, a, "b", 2)
		leads(t, b, "b", 2)
	})
}

// One that leads no longer and has not seen that yet refuses nothing by what it
// knows: a host would take that for final.
func TestWhoLeadsNoLongerRefusesNothing(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		j := new(memjournal.Journal)
		a := start(t, struct{ rollout.Journal }{j}, "a", &coordinator.Options{FollowEvery: time.Hour})
		a.mustSay("one")
		b := start(t, j, "b", nil)
		b.roll("R", "h")
		said := report(t, rollout.Report{Host: "h", Seq: 1, Results: []rollout.Result{{Rollout: "R", Outcome: rollout.Skipped}}})
		acks, err := a.Report(t.Context(), []fettle.Envelope{said})
		if !errors.Is(err, coordinator.ErrFollower) {
			t.Errorf("a answers %+v, %v", acks, err)
		}
		leads(t, a, "b", 2)
		if acks, err = b.Report(t.Context(), []fettle.Envelope{said}); err != nil || !acks[0].Taken {
			t.Errorf("b answers %+v, %v", acks, err)
		}
	})
}

// Nor does it let a host start by what it knows, where that leads to no entry: it
// takes the host for one that is at work, and the operation is over.
func TestWhoLeadsNoLongerLetsNobodyStart(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		j := new(memjournal.Journal)
		a := start(t, struct{ rollout.Journal }{j}, "a", &coordinator.Options{FollowEvery: time.Hour})
		a.roll("R", "h")
		say := func(r *run, seq uint64, op rollout.Op, outcome rollout.Outcome) ([]rollout.Ack, error) {
			return r.Report(t.Context(), []fettle.Envelope{report(t, rollout.Report{
				Host: "h", Seq: seq, Results: []rollout.Result{{Rollout: "R", Op: op, Outcome: outcome}},
			})})
		}
		if _, err := a.Report(t.Context(), []fettle.Envelope{ready(t, "h", 1)}); err != nil {
			t.Fatal(err)
		}
		op := rollout.Op("")
		for _, e := range entries(t, j) {
			if _, ok := e.Event.(*rollout.GrantsIssued); ok {
				op = rollout.Op(fmt.Sprintf("lab/%d-0", e.Position))
			}
		}
		if acks, err := say(a, 2, op, rollout.Accepted); err != nil || !acks[0].Taken {
			t.Fatalf("a answers %+v, %v", acks, err)
		}
		b := start(t, j, "b", nil)
		b.mustSay("one")
		if acks, err := say(b, 3, op, rollout.Deferred); err != nil || !acks[0].Taken {
			t.Fatalf("b answers %+v, %v", acks, err)
		}
		if acks, err := say(a, 4, op, rollout.Accepted); !errors.Is(err, coordinator.ErrFollower) {
			t.Errorf("a answers %+v, %v", acks, err)
		}
		if acks, err := say(b, 4, op, rollout.Accepted); err != nil || acks[0].Taken {
			t.Errorf("b answers %+v, %v", acks, err)
		}
	})
}

func TestAStandbyFollows(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name    string
		journal func(*memjournal.Journal) rollout.Journal
	}{
		{"woken by the journal", func(j *memjournal.Journal) rollout.Journal { return j }},
		{"looking for itself", func(j *memjournal.Journal) rollout.Journal { return struct{ rollout.Journal }{j} }},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				j := new(memjournal.Journal)
				b := start(t, c.journal(j), "b", &coordinator.Options{Standby: true})
				synctest.Wait()
				// The journal is empty: there is nothing to say, and nobody leads.
				if all, err := b.Rollouts(t.Context(), time.Now()); err != nil || len(all) != 0 {
					t.Errorf("of an empty journal: %v, %v", all, err)
				}
				leads(t, b, "", 0)
				a := start(t, c.journal(j), "a", nil)
				a.mustSay("one")
				time.Sleep(2 * time.Second)
				synctest.Wait()
				leads(t, b, "a", 1)
				sum, err := b.Summary(t.Context())
				if want := len(entries(t, j)); err != nil || int(sum.At) != want {
					t.Errorf("the standby is at %d, the journal at %d: %v", sum.At, want, err)
				}
				if err := a.stop(); err != nil {
					t.Fatal(err)
				}
				if err := b.TakeOver(t.Context()); err != nil {
					t.Fatal(err)
				}
				leads(t, b, "b", 2)
			})
		})
	}
}

func TestTwoThatBothWantToLead(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		j := new(memjournal.Journal)
		all := []*run{start(t, j, "a", nil), start(t, j, "b", nil), start(t, j, "c", nil)}
		time.Sleep(time.Minute)
		synctest.Wait()
		leading := 0
		for _, c := range all {
			if _, _, here, err := c.Leader(t.Context()); err == nil && here {
				leading++
			}
		}
		if leading != 1 {
			t.Errorf("%d of three lead", leading)
		}
		if n := count(t, j, `"taken-over"`); n > 3 {
			t.Errorf("%d take-overs by three who started", n)
		}
		entries(t, j)
	})
}

func TestTakingOverFails(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		j := new(faulty)
		b := start(t, j, "b", &coordinator.Options{Standby: true, Attempts: 2})
		synctest.Wait()
		j.set(func(int, func() error) error { return errDisk }, nil)
		if err := b.TakeOver(t.Context()); !errors.Is(err, errDisk) {
			t.Errorf("take over: %v", err)
		}
		<-b.done
		if !errors.Is(b.err, errDisk) {
			t.Errorf("Run returned %v", b.err)
		}
		if err := b.TakeOver(t.Context()); !errors.Is(err, coordinator.ErrStopped) {
			t.Errorf("take over after the end: %v", err)
		}
	})
}

func TestATakeOverThatIsGivenUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		j := new(faulty)
		b := start(t, j, "b", &coordinator.Options{Standby: true})
		synctest.Wait()
		gate := j.held()
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		if err := b.TakeOver(ctx); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("error %v", err)
		}
		close(gate)
		synctest.Wait()
		leads(t, b, "b", 1)
	})
}
