package coordinator_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/rollout"
	"github.com/fettle-dev/fettle/rollout/coordinator"
	"github.com/fettle-dev/fettle/rollout/memjournal"
)

func TestHints(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		j, c := leader(t)
		c.roll("r1", "web-1", "web-2", "web-3")
		var heard []string
		ctx, cancel := context.WithCancel(t.Context())
		ended := false
		go func() {
			for hint, err := range c.Hints(ctx, []fettle.HostID{"web-2", "web-1", "web-2"}) {
				if err != nil {
					t.Error(err)
				}
				heard = append(heard, string(hint.Host))
				if o, err := c.poll(ctx, hint.Host, 0); err != nil || o.Generation < hint.Generation {
					t.Errorf("hinted %d, polled %d: %v", hint.Generation, o.Generation, err)
				}
			}
			ended = true
		}()
		time.Sleep(time.Second)
		synctest.Wait()
		if got := strings.Join(heard, " "); got != "web-1 web-2" {
			t.Errorf("at first: %s", got)
		}
		heard = nil
		gate := j.held()
		go func() {
			if _, err := c.Report(t.Context(), []fettle.Envelope{ready(t, "web-2", 1), ready(t, "web-3", 1)}); err != nil {
				t.Error(err)
			}
		}()
		time.Sleep(time.Second)
		synctest.Wait()
		if len(heard) != 0 {
			t.Errorf("hints of what is not durable: %v", heard)
		}
		close(gate)
		time.Sleep(time.Second)
		synctest.Wait()
		if got := strings.Join(heard, " "); got != "web-2" {
			t.Errorf("after the grant: %s", got)
		}
		cancel()
		synctest.Wait()
		if !ended {
			t.Error("the hints go on after their context")
		}
	})
}

func TestHintsForManyAreSpread(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := start(t, new(memjournal.Journal), "a", &coordinator.Options{HintRate: 100})
		var names []string
		var ids []fettle.HostID
		for i := range 1000 {
			names = append(names, fmt.Sprintf("host-%04d", i))
			ids = append(ids, fettle.HostID(names[i]))
		}
		c.roll("r1", names...)
		n := 0
		for hint, err := range c.Hints(t.Context(), ids) {
			if err != nil || hint.Jitter != rollout.Duration(10*time.Second) {
				t.Fatalf("hint %+v, %v", hint, err)
			}
			if n++; n == len(ids) {
				break
			}
		}
	})
}

func TestHintsEndWithTheLead(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		j := new(memjournal.Journal)
		a := start(t, j, "a", nil)
		a.mustSay("one")
		b := start(t, j, "b", &coordinator.Options{Standby: true})
		synctest.Wait()
		ended := make(chan error, 1)
		go func() {
			for _, err := range a.Hints(t.Context(), []fettle.HostID{"web-1"}) {
				if err != nil {
					ended <- err
				}
			}
		}()
		synctest.Wait()
		if err := b.TakeOver(t.Context()); err != nil {
			t.Fatal(err)
		}
		if err := <-ended; !errors.Is(err, coordinator.ErrFollower) {
			t.Errorf("error %v", err)
		}
		for _, err := range rollout.Hints(t.Context(), a, nil) {
			if !errors.Is(err, coordinator.ErrFollower) {
				t.Errorf("hints of a standby: %v", err)
			}
		}
	})
}
