package coordinator_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/fettle-dev/fettle"
)

// Time alone changes things, and nobody has to ask: a grant that is not taken up
// lapses, and the host is due again.
func TestTimePasses(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		j, c := leader(t)
		c.roll("r1", "web-1")
		if _, err := c.Report(t.Context(), []fettle.Envelope{ready(t, "web-1", 1)}); err != nil {
			t.Fatal(err)
		}
		granted, err := c.poll(t.Context(), "web-1", 0)
		if err != nil || len(granted.Sealed) != 1 {
			t.Fatalf("%+v, %v", granted, err)
		}
		time.Sleep(50 * time.Minute)
		synctest.Wait()
		if o, err := c.poll(t.Context(), "web-1", granted.Generation); err != nil || !o.Unchanged {
			t.Errorf("before StartBy: %+v, %v", o, err)
		}
		time.Sleep(15 * time.Minute) // past StartBy and the clock margin
		synctest.Wait()
		if n := count(t, j, `"grants-lapsed"`); n != 1 {
			t.Errorf("%d entries say that it lapsed", n)
		}
		o, err := c.poll(t.Context(), "web-1", granted.Generation)
		if err != nil || o.Unchanged || len(o.Sealed) != 0 || len(o.Due) != 1 {
			t.Errorf("after it: %+v, %v", o, err)
		}
		before := len(entries(t, j))
		time.Sleep(30 * 24 * time.Hour) // nothing more is due: no ticks for nothing
		synctest.Wait()
		if after := len(entries(t, j)); after != before {
			t.Errorf("%d entries in a month in which nothing happens", after-before)
		}
	})
}
