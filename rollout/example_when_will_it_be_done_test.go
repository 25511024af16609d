package rollout_test

import (
	"fmt"
	"time"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/applicability"
	"github.com/fettle-dev/fettle/rollout"
	"github.com/fettle-dev/fettle/schedule"
)

// A rollout of two rings over three hundred laptops that may install at night,
// simulated a hundred times: when it is done, and what a bad patch would do.
func ExampleForecast() {
	day := rollout.Duration(24 * time.Hour)
	spec := &rollout.Spec{
		ID:      "2026-w49",
		Patches: []rollout.PatchRef{{ID: "DSA-5764-1", Payloads: []fettle.Digest{fettle.DigestOf([]byte("openssl"))}}},
		Catalog: rollout.CatalogRef{Revision: 412, Digest: fettle.DigestOf([]byte("catalogue"))},
		Target:  applicability.MustParse("always"),
		Rings: []rollout.Ring{
			{Name: "pilot", Count: 100, Close: 3 * day, Gates: []rollout.Gate{
				{Rate: &rollout.RateGate{Limit: rollout.Percent(5)}},
				{Bake: &rollout.BakeGate{For: rollout.Duration(12 * time.Hour)}},
			}},
			{Name: "rest", Rest: true, Close: 7 * day, Gates: []rollout.Gate{{Rate: &rollout.RateGate{Limit: rollout.Percent(5), Pool: true}}}},
		},
		Approval: rollout.Approval{Need: 1}, Mode: rollout.Act, Salt: "5f2c9a",
		Silence: rollout.Duration(4 * time.Hour), Grant: day, Run: rollout.Duration(2 * time.Hour),
	}
	layer, err := schedule.ParseLayer("global.json", []byte(`{"version": 1, "level": "global", "name": "firm",
	  "windows": {"night": "daily 22:00 for 6h local"}, "rules": {"all": {"windows": ["night"]}}}`))
	if err != nil {
		fmt.Println(err)
		return
	}
	zones := []string{"Europe/London", "America/New_York", "Asia/Singapore"}
	fleet := func(yield func(rollout.ForecastHost) bool) {
		for i := range 300 {
			h := schedule.Host{ID: fettle.HostID(fmt.Sprintf("laptop-%03d", i)), Zone: zones[i%3]}
			if !yield(rollout.ForecastHost{Host: h, Eligible: 1<<len(spec.Rings) - 1}) {
				return
			}
		}
	}
	o, err := rollout.Forecast(&rollout.ForecastQuestion{
		Spec: spec, Config: rollout.Config{Region: "emea", PollEvery: rollout.Duration(15 * time.Minute)},
		From:   time.Date(2026, 12, 1, 9, 0, 0, 0, time.UTC),
		Layers: []*schedule.Layer{layer}, Item: schedule.Item{Class: fettle.ClassSecurity, Restart: fettle.RestartNone}, Zones: time.LoadLocation,
		Assume: rollout.Assumptions{
			Fail: rollout.Percent(1), Bad: rollout.Percent(10), BadFail: rollout.Percent(30),
			Install: rollout.Duration(20 * time.Minute), Vary: rollout.Percent(50),
		},
	}, fleet, 1, 100)
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, r := range o.Rings {
		fmt.Println(r.Ring, "opens", r.Opened.P50.Format("Mon 15:04"), "and has most of its hosts by", r.Most.P50.Format("Mon 15:04"))
	}
	fmt.Println(o.Halt.Caught, "of", o.Halt.Bad, "bad patches are stopped;", o.Halt.False, "of", o.Halt.Good, "good ones")
	fmt.Println("a bad patch breaks", o.Halt.Hit.P50, "hosts in half of the runs,", o.Halt.Hit.Max, "at most")
	// Output:
	// pilot opens Tue 09:00 and has most of its hosts by Wed 03:37
	// rest opens Wed 15:42 and has most of its hosts by Thu 03:37
	// 10 of 10 bad patches are stopped; 0 of 90 good ones
	// a bad patch breaks 10 hosts in half of the runs, 18 at most
}
