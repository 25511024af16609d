package coordinator_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/rollout"
	"github.com/fettle-dev/fettle/rollout/coordinator"
	"github.com/fettle-dev/fettle/rollout/filejournal"
)

// A coordinator that ends and starts again, with its journal in a folder and a
// checkpoint every few entries, goes on as if nothing had been.
func TestARestartKnowsEverything(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	names := []string{"web-1", "web-2", "web-3", "web-4"}
	now := time.Now()
	var before rollout.Progress
	var generations []uint64
	for i := range 4 {
		j, err := filejournal.Open(dir, nil)
		if err != nil {
			t.Fatal(err)
		}
		c := start(t, j, "a", &coordinator.Options{CheckpointEvery: 3, Release: true})
		if i == 0 {
			c.roll("r1", names...)
		} else {
			p, ok, err := c.Progress(t.Context(), "r1", now)
			if d := cmp.Diff(before, p); err != nil || !ok || d != "" {
				t.Errorf("after restart %d: %v, -before +after\n%s", i, err, d)
			}
			for k, name := range names {
				o, err := c.poll(t.Context(), fettle.HostID(name), generations[k])
				if err != nil || !o.Unchanged {
					t.Errorf("after restart %d %s sees news: %+v, %v", i, name, o, err)
				}
			}
		}
		acks, err := c.Report(t.Context(), []fettle.Envelope{ready(t, fettle.HostID(names[i]), 1)})
		if err != nil || !acks[0].Taken {
			t.Fatalf("%+v, %v", acks, err)
		}
		for k := range 5 {
			c.mustSay(fmt.Sprint("signal-", i, "-", k))
		}
		if before, _, err = c.Progress(t.Context(), "r1", now); err != nil {
			t.Fatal(err)
		}
		generations = generations[:0]
		for _, name := range names {
			o, err := c.poll(t.Context(), fettle.HostID(name), 0)
			if err != nil {
				t.Fatal(err)
			}
			generations = append(generations, o.Generation)
		}
		if err := c.stop(); err != nil {
			t.Fatal(err)
		}
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
	}
}
