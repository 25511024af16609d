package schedule_test

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/schedule"
)

// Every instant that Starts admits is one at which Decide installs, and the
// other way round, with nobody signed in.
func TestStartsAreWhenDecideInstalls(t *testing.T) {
	t.Parallel()
	layers, q := fleetLayers(t), fleetQuestion(t)
	q.By = q.From.Add(5 * 24 * time.Hour)
	starts, err := schedule.NewStarts(layers, time.LoadLocation, q, nil)
	require.NoError(t, err)
	for h := range fleet(200) {
		o := starts.Of(h)
		p, err := schedule.Merge(layers, h, time.LoadLocation, nil)
		require.NoError(t, err)
		it := q.Item
		it.Patch, it.Grant, it.Ring, it.Stage = "P", fettle.Yes, fettle.Yes, schedule.StageDownloaded
		for at := q.From; at.Before(q.By); at = at.Add(37 * time.Minute) {
			d, err := p.Decide(schedule.State{Clock: fettle.Yes, User: fettle.No}, []schedule.Item{it}, schedule.Ledger{}, at)
			require.NoError(t, err)
			admitted := slices.ContainsFunc(o.Install, func(s schedule.Span) bool { return s.Contains(at) })
			require.Equal(t, d.Action == schedule.InstallPatches, admitted, "%s at %s: %v", h.ID, at, d.Reasons)
		}
	}
}

func TestStartsAgreeWithForecast(t *testing.T) {
	t.Parallel()
	layers, q := fleetLayers(t), fleetQuestion(t)
	const n = 3_000
	got, err := schedule.Forecast(layers, fleet(n), time.LoadLocation, q, &schedule.ForecastOptions{Listed: n})
	require.NoError(t, err)
	starts, err := schedule.NewStarts(layers, time.LoadLocation, q, nil)
	require.NoError(t, err)
	var unable []schedule.UnableHost
	first := map[string]time.Time{}
	for h := range fleet(n) {
		o := starts.Of(h)
		if o.Code != "" {
			unable = append(unable, schedule.UnableHost{Host: h.ID, Site: h.Site, Code: o.Code, Detail: o.Detail})
		} else if at := first[h.Site]; at.IsZero() || o.Install[0].Start.Before(at) {
			first[h.Site] = o.Install[0].Start
		}
	}
	require.Equal(t, got.Unable, unable)
	require.Equal(t, got.Policies, starts.Policies())
	for _, s := range got.Sites {
		require.Equal(t, s.First, first[s.Site], s.Site)
	}

	_, err = schedule.NewStarts(layers, time.LoadLocation, schedule.Question{From: q.By, By: q.From}, nil)
	require.ErrorIs(t, err, schedule.ErrInvalid)
}
