package schedule_test

import (
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/schedule"
)

// laptopPolicy is the policy of the scenario "laptop".
func laptopPolicy(tb testing.TB) *schedule.Policy {
	tb.Helper()
	var layers []*schedule.Layer
	for _, name := range []string{"firm-global.json", "firm-laptops.json"} {
		data, err := os.ReadFile("testdata/policies/" + name)
		if err != nil {
			tb.Fatal(err)
		}
		l, err := schedule.ParseLayer(name, data)
		if err != nil {
			tb.Fatal(err)
		}
		layers = append(layers, l)
	}
	host := schedule.Host{ID: "LDN-0042", Site: "london", Zone: "Europe/London", Labels: map[string]string{"role": "laptop"}}
	p, err := schedule.Merge(layers, host, time.LoadLocation, nil)
	if err != nil {
		tb.Fatal(err)
	}
	return p
}

func BenchmarkDecide(b *testing.B) {
	p := laptopPolicy(b)
	released := time.Date(2026, 11, 10, 18, 0, 0, 0, time.UTC)
	for _, c := range []struct {
		name  string
		user  fettle.Truth
		items int
		after time.Duration
	}{
		{"offer", fettle.Yes, 1, 24 * time.Hour},
		{"outside-window", fettle.No, 1, 18 * time.Hour},
		{"install", fettle.No, 1, 28 * time.Hour},
		{"install", fettle.No, 10, 28 * time.Hour},
	} {
		b.Run(fmt.Sprintf("%s/items=%d", c.name, c.items), func(b *testing.B) {
			s := schedule.State{Clock: fettle.Yes, User: c.user, Network: "lan", Conditions: map[string]fettle.Truth{
				"disk-free": fettle.Yes, "manager-free": fettle.Yes, "not-in-call": fettle.Yes, "not-presenting": fettle.Yes,
			}}
			var items []schedule.Item
			for i := range c.items {
				items = append(items, schedule.Item{
					Patch: fettle.PatchID(fmt.Sprint("KB", i)), Class: fettle.ClassSecurity, Released: released,
					Grant: fettle.Yes, Ring: fettle.Yes, Stage: schedule.StageDownloaded, InstallTime: 5 * time.Minute,
				})
			}
			now := released.Add(c.after)
			first, err := p.Decide(s, items, schedule.Ledger{}, now)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := p.Decide(s, items, first.Ledger, now); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// TestDecideBearsManyItems: a host that has been neglected for years is an
// answer like any other.
func TestDecideBearsManyItems(t *testing.T) {
	t.Parallel()
	p := laptopPolicy(t)
	released := time.Date(2026, 11, 10, 18, 0, 0, 0, time.UTC)
	var items []schedule.Item
	for i := range 20_000 {
		items = append(items, schedule.Item{
			Patch: fettle.PatchID(fmt.Sprintf("KB%05d", i)), Class: fettle.ClassSecurity, Released: released,
			Grant: fettle.Yes, Ring: fettle.Yes, Stage: schedule.StageDownloaded,
			Replaces: []schedule.Release{{Patch: fettle.PatchID(fmt.Sprintf("OLD%05d", i))}},
		})
	}
	s := schedule.State{Clock: fettle.Yes, User: fettle.No, Network: "lan"}
	d, err := p.Decide(s, items, schedule.Ledger{}, released.Add(time.Hour))
	if err != nil || len(d.Verdicts) != len(items) || len(d.Ledger.Items) != len(items) {
		t.Fatal(len(d.Verdicts), len(d.Ledger.Items), err)
	}
	if d, err = p.Decide(s, items, d.Ledger, released.Add(2*time.Hour)); err != nil || len(d.Ledger.Items) != len(items) {
		t.Fatal(len(d.Ledger.Items), err)
	}
}
