package rollout_test

import (
	"encoding/json"
	"fmt"
	"iter"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/applicability"
	"github.com/fettle-dev/fettle/rollout"
	"github.com/fettle-dev/fettle/schedule"
)

// forecastStart is when the rollouts of these tests start: a Tuesday.
func forecastStart() time.Time { return time.Date(2026, time.December, 1, 0, 0, 0, 0, time.UTC) }

func hours(n int) rollout.Duration { return rollout.Duration(time.Duration(n) * time.Hour) }

// forecastSpec is two rings: one of so many hosts, and the rest.
func forecastSpec(tb testing.TB, count int, gates ...rollout.Gate) *rollout.Spec {
	tb.Helper()
	return &rollout.Spec{
		ID:      "w49",
		Patches: []rollout.PatchRef{{ID: "DSA-1", Payloads: []fettle.Digest{fettle.DigestOf([]byte("payload"))}}},
		Catalog: rollout.CatalogRef{Revision: 1, Digest: fettle.DigestOf([]byte("catalogue"))},
		Target:  applicability.MustParse("always"),
		Rings: []rollout.Ring{
			{Name: "first", Count: count, Close: hours(48), Gates: gates},
			{Name: "rest", Rest: true, Close: hours(96), Gates: []rollout.Gate{{Raw: &rollout.RawGate{Share: rollout.Percent(50), Min: 5}}}},
		},
		Approval: rollout.Approval{Need: 1}, Mode: rollout.Act,
		Silence: hours(4), Grant: hours(24), Run: hours(2), Salt: "s",
	}
}

func noFailure() rollout.Gate {
	none := 0
	return rollout.Gate{Raw: &rollout.RawGate{Count: &none}}
}

func bake(n int) rollout.Gate { return rollout.Gate{Bake: &rollout.BakeGate{For: hours(n)}} }

func forecastQuestion(spec *rollout.Spec) *rollout.ForecastQuestion {
	return &rollout.ForecastQuestion{
		Spec:   spec,
		Config: rollout.Config{Region: "r", PollEvery: rollout.Duration(time.Second), ClockMargin: rollout.Duration(time.Minute)},
		From:   forecastStart(), By: forecastStart().Add(10 * 24 * time.Hour),
		Zones: time.LoadLocation,
	}
}

// forecastFleet yields n hosts of one site, region after region.
func forecastFleet(n, regions int) iter.Seq[rollout.ForecastHost] {
	return func(yield func(rollout.ForecastHost) bool) {
		for i := range n {
			id := fettle.HostID(fmt.Sprintf("h%04d", i))
			if !yield(rollout.ForecastHost{
				Host: schedule.Host{ID: id, Site: "lon", Zone: "Europe/London"}, Eligible: 3, Region: i * regions / n, Link: "lon",
			}) {
				return
			}
		}
	}
}

// Three hosts on a link of a byte a second that each fetch 600 bytes and install
// for half an hour, one of them first, with an hour to bake:
//
//	00:00  the first fetches, till 00:10, and is verified at 00:40
//	01:40  the hour is over; two fetch, till 01:50 and 02:00
//	02:20, 02:30  they are verified
func TestForecastByHand(t *testing.T) {
	t.Parallel()
	q := forecastQuestion(forecastSpec(t, 1, noFailure(), bake(1)))
	q.Spec.Rings[1].Gates = []rollout.Gate{noFailure()}
	q.Assume = rollout.Assumptions{Payload: 600, LinkRate: 1, Install: rollout.Duration(30 * time.Minute)}
	o, err := rollout.Forecast(q, forecastFleet(3, 1), 1, 4)
	require.NoError(t, err)
	at := func(hour, minute int) time.Time {
		return forecastStart().Add(time.Duration(hour*60+minute) * time.Minute)
	}
	same := func(t time.Time) rollout.Instants { return rollout.Instants{Runs: 4, P50: t, P90: t} }
	amount := func(n int64) rollout.Amounts { return rollout.Amounts{P10: n, P50: n, P90: n, Max: n} }

	require.Equal(t, 3, o.Hosts)
	require.Equal(t, amount(1), o.Rings[0].Hosts)
	require.Equal(t, same(at(0, 0)), o.Rings[0].Opened)
	require.Equal(t, same(at(1, 40)), o.Rings[0].Passed)
	require.Equal(t, amount(2), o.Rings[1].Hosts)
	require.Equal(t, same(at(1, 40)), o.Rings[1].Opened)
	require.Equal(t, same(at(2, 30)), o.Rings[1].Passed)
	require.Equal(t, same(at(0, 40)), o.Rings[0].Most)
	require.Equal(t, same(at(2, 30)), o.Rings[1].Most)
	require.Equal(t, same(at(2, 30)), o.Most)
	require.Equal(t, same(at(2, 30)), o.Done)
	require.Equal(t, amount(3), o.Verified)
	require.Empty(t, o.Late)
	require.Equal(t, rollout.HaltOutlook{Good: 4}, o.Halt)
	require.Equal(t, rollout.TrafficOutlook{
		Polls:   amount(3*3600 + 2), // each every second, and two that fetch their grants
		Reports: amount(4),          // two are ready and start
		Bytes:   amount(1200),
		Links:   []rollout.LinkOutlook{{Link: "lon", Bytes: amount(1200), Queue: rollout.Duration(10 * time.Minute)}},
	}, o.Traffic)
	last := o.Rings[1].Curve[len(o.Rings[1].Curve)-1]
	require.Equal(t, int64(2), last.P10)
}

func TestForecastSameSeedSameBytes(t *testing.T) {
	t.Parallel()
	q := forecastQuestion(forecastSpec(t, 20, bake(2)))
	q.Assume = rollout.Assumptions{
		Fail: rollout.Percent(5), Reach: rollout.Percent(3), Silent: rollout.Percent(1), Bad: rollout.Percent(30), BadFail: rollout.Percent(40),
		BadSilent: rollout.Percent(30), Offline: rollout.Percent(20), Install: hours(1), Restart: hours(1), Vary: rollout.Percent(50),
	}
	q.Regions = 3
	forecast := func(seed uint64) string {
		o, err := rollout.Forecast(q, forecastFleet(120, 3), seed, 12)
		require.NoError(t, err)
		text, err := json.Marshal(o)
		require.NoError(t, err)
		return string(text)
	}
	first := forecast(5)
	require.Equal(t, first, forecast(5))
	require.NotEqual(t, first, forecast(6))

	// In any order, the same.
	r, err := rollout.NewRehearsal(q, forecastFleet(120, 3))
	require.NoError(t, err)
	tally := r.Tally(5)
	for run := 11; run >= 0; run-- {
		for region := 2; region >= 0; region-- {
			trial, err := r.Trial(5, run, region)
			require.NoError(t, err)
			tally.Add(run, region, trial)
		}
	}
	text, err := json.Marshal(tally.Outlook())
	require.NoError(t, err)
	require.Equal(t, first, string(text))
}

// The runs share their chance: what fails at a rate fails at every higher one.
func TestForecastMoreFailuresHaltMore(t *testing.T) {
	t.Parallel()
	before := 0
	for _, rate := range []int{0, 2, 5, 10, 20, 50, 100} {
		q := forecastQuestion(forecastSpec(t, 100, rollout.Gate{Rate: &rollout.RateGate{Limit: rollout.Percent(5)}}))
		q.Assume = rollout.Assumptions{Fail: rollout.Percent(rate), Install: hours(1), Vary: rollout.Percent(50)}
		o, err := rollout.Forecast(q, forecastFleet(150, 1), 1, 60)
		require.NoError(t, err)
		require.GreaterOrEqual(t, o.Halt.Runs, before, "%d %%", rate)
		before = o.Halt.Runs
		switch rate {
		case 0:
			require.Zero(t, o.Halt.Runs)
			require.Equal(t, 60, o.Done.Runs)
		case 100:
			require.Equal(t, 60, o.Halt.Runs)
			require.Zero(t, o.Done.Runs)
		}
	}
}

func TestForecastEarlierWindowsNeverFinishLater(t *testing.T) {
	t.Parallel()
	var before rollout.Instants
	for i, window := range []string{"always", "daily 20:00 for 6h local", "daily 22:00 for 6h local", "fri,sat 22:00 for 6h local", "sat 22:00 for 6h local"} {
		text := fmt.Sprintf(`{"version": 1, "level": "global", "name": "g", "windows": {"w": %q}, "rules": {"all": {"windows": ["w"]}}}`, window)
		if window == "always" {
			text = `{"version": 1, "level": "global", "name": "g", "rules": {"all": {"windows": ["always"]}}}`
		}
		layer, err := schedule.ParseLayer("g.json", []byte(text))
		require.NoError(t, err)
		q := forecastQuestion(forecastSpec(t, 10, bake(2)))
		q.From = q.From.Add(12 * time.Hour) // when none of them is open
		for i := range q.Spec.Rings {
			q.Spec.Rings[i].Close = hours(20 * 24)
		}
		q.Layers, q.Item.Restart = []*schedule.Layer{layer}, fettle.RestartNone
		q.Assume = rollout.Assumptions{Install: hours(1)}
		o, err := rollout.Forecast(q, forecastFleet(60, 1), 1, 5)
		require.NoError(t, err)
		require.Equal(t, 5, o.Most.Runs, window)
		if i > 0 {
			require.False(t, o.Most.P50.Before(before.P50), "%s: %s, before that %s", window, o.Most.P50, before.P50)
		}
		before = o.Most
	}
}

// A bad patch stops in the first ring, and what it broke is counted.
func TestForecastBadPatchIsCaught(t *testing.T) {
	t.Parallel()
	q := forecastQuestion(forecastSpec(t, 30, rollout.Gate{Rate: &rollout.RateGate{Limit: rollout.Percent(5)}}))
	q.Assume = rollout.Assumptions{Bad: rollout.Percent(50), BadFail: rollout.Whole, Install: hours(1)}
	o, err := rollout.Forecast(q, forecastFleet(200, 1), 3, 20)
	require.NoError(t, err)
	require.Equal(t, 10, o.Halt.Bad)
	require.Equal(t, 10, o.Halt.Caught)
	require.Zero(t, o.Halt.False)
	require.Len(t, o.Halt.Hits, 10)
	require.Positive(t, o.Halt.Hit.P50)
	require.LessOrEqual(t, o.Halt.Hit.Max, int64(30))
	require.Equal(t, 10, o.Rings[0].Halts)

	// Of a stratum that no host is of, it breaks nothing.
	q.Assume.BadOnly = rollout.Key{Dimension: "model", Value: "X1"}
	o, err = rollout.Forecast(q, forecastFleet(200, 1), 3, 20)
	require.NoError(t, err)
	require.Zero(t, o.Halt.Runs)
	require.Zero(t, o.Halt.Hit.Max)
}

// A ring of ten proves nothing, so the rollout waits for people; if they let it go
// on, it comes to its end.
func TestForecastHeldUntilResumed(t *testing.T) {
	t.Parallel()
	for _, resume := range []rollout.Duration{0, hours(24)} {
		q := forecastQuestion(forecastSpec(t, 10, rollout.Gate{Rate: &rollout.RateGate{Limit: rollout.Percent(5)}}))
		q.Assume = rollout.Assumptions{Install: hours(1), Resume: resume}
		o, err := rollout.Forecast(q, forecastFleet(50, 1), 1, 3)
		require.NoError(t, err)
		require.Equal(t, 3, o.Rings[0].Holds)
		require.NotEmpty(t, o.Rings[0].Held)
		if resume == 0 {
			require.Zero(t, o.Rings[1].Opened.Runs)
			require.Equal(t, string(rollout.Held), o.Why[0].Code)
			continue
		}
		require.Equal(t, int64(50), o.Verified.P50)
		require.False(t, o.Rings[1].Opened.P50.Before(forecastStart().Add(24*time.Hour)))
	}
}

func TestForecastSaysWhoIsLateAndWhy(t *testing.T) {
	t.Parallel()
	layer, err := schedule.ParseLayer("g.json", []byte(`{"version": 1, "level": "global", "name": "g",
	  "windows": {"night": "daily 22:00 for 5h local", "new-year": "once 2027-01-01 22:00 for 5h local"},
	  "rules": {"all": {"windows": ["night"]}}}`))
	require.NoError(t, err)
	later, err := schedule.ParseLayer("l.json", []byte(`{"version": 1, "level": "site", "name": "l", "hosts": ["site=late"],
	  "rules": {"all": {"windows": ["new-year"]}}}`))
	require.NoError(t, err)
	q := forecastQuestion(forecastSpec(t, 5, bake(2)))
	q.Layers, q.Item.Restart = []*schedule.Layer{layer, later}, fettle.RestartNone
	q.Assume = rollout.Assumptions{Install: hours(1)}
	fleet := func(yield func(rollout.ForecastHost) bool) {
		for i := range 30 {
			h := rollout.ForecastHost{Host: schedule.Host{ID: fettle.HostID(fmt.Sprintf("h%02d", i)), Zone: "Europe/London"}, Eligible: 3}
			switch i % 10 {
			case 3:
				h.Host.Site = "late"
			case 6:
				h.Host.Site, h.Presence = "day", rollout.OfficeHours
			}
			if !yield(h) {
				return
			}
		}
	}
	o, err := rollout.Forecast(q, fleet, 1, 3)
	require.NoError(t, err)
	three := rollout.Amounts{P10: 3, P50: 3, P90: 3, Max: 3}
	require.Equal(t, []rollout.LateOutlook{
		{Code: rollout.ReasonAwayWhenOpen, Site: "day", Runs: 3, Hosts: three, Examples: []fettle.HostID{"h06", "h16", "h26"}},
		{Code: schedule.ReasonOutside, Site: "late", Runs: 3, Hosts: three, Examples: []fettle.HostID{"h03", "h13", "h23"}},
	}, o.Late)
	require.Equal(t, int64(24), o.Verified.P50)
}

func TestForecastRefusesRubbish(t *testing.T) {
	t.Parallel()
	good := func() *rollout.ForecastQuestion { return forecastQuestion(forecastSpec(t, 1)) }
	for _, c := range []struct {
		want   string
		change func(q *rollout.ForecastQuestion)
	}{
		{"spec", func(q *rollout.ForecastQuestion) { q.Spec = nil }},
		{"want act", func(q *rollout.ForecastQuestion) { q.Spec.Mode = rollout.Observe }},
		{"rings", func(q *rollout.ForecastQuestion) { q.Spec.Rings = nil }},
		{"from", func(q *rollout.ForecastQuestion) { q.From = time.Time{} }},
		{"by", func(q *rollout.ForecastQuestion) { q.By = q.From }},
		{"until", func(q *rollout.ForecastQuestion) { q.Until = q.From.Add(time.Hour) }},
		{"until", func(q *rollout.ForecastQuestion) { q.Until = q.From.Add(9_000 * 24 * time.Hour) }},
		{"regions 20000", func(q *rollout.ForecastQuestion) { q.Regions = 20_000 }},
		{"fail", func(q *rollout.ForecastQuestion) { q.Assume.Fail = rollout.Whole + 1 }},
		{"offline", func(q *rollout.ForecastQuestion) { q.Assume.Offline = rollout.Whole }},
		{"install", func(q *rollout.ForecastQuestion) { q.Assume.Install = -1 }},
		{"payload", func(q *rollout.ForecastQuestion) { q.Assume.Payload = -1 }},
		{"links.x", func(q *rollout.ForecastQuestion) { q.Assume.Links = map[string]int64{"x": 0} }},
	} {
		q := good()
		c.change(q)
		_, err := rollout.Forecast(q, forecastFleet(3, 1), 1, 1)
		require.ErrorContains(t, err, c.want)
	}
	for _, c := range []struct {
		want string
		host rollout.ForecastHost
	}{
		{"no id", rollout.ForecastHost{}},
		{"region 1", rollout.ForecastHost{Host: schedule.Host{ID: "x"}, Region: 1}},
		{"twice", rollout.ForecastHost{Host: schedule.Host{ID: "h0001"}}},
		{"presence", rollout.ForecastHost{Host: schedule.Host{ID: "x"}, Presence: 9}},
		{"zone Mars/Base", rollout.ForecastHost{Host: schedule.Host{ID: "x", Zone: "Mars/Base"}, Eligible: 1, Presence: rollout.OfficeHours}},
	} {
		_, err := rollout.Forecast(good(), func(yield func(rollout.ForecastHost) bool) {
			for h := range forecastFleet(3, 1) {
				if !yield(h) {
					return
				}
			}
			yield(c.host)
		}, 1, 1)
		require.ErrorContains(t, err, c.want)
	}
	_, err := rollout.Forecast(good(), forecastFleet(0, 1), 1, 1)
	require.ErrorContains(t, err, "no host")
}
