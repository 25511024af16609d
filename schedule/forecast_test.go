package schedule_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/schedule"
)

// fleetLayers is an organisation with sites in many zones, groups, freezes and
// a host under investigation.
func fleetLayers(tb testing.TB) []*schedule.Layer {
	tb.Helper()
	read := func(level, name, body string) *schedule.Layer {
		l, err := schedule.ParseLayer(name+".json", fmt.Appendf(nil, `{"version": 1, "level": %q, "name": %q%s}`, level, name, body))
		if err != nil {
			tb.Fatal(err)
		}
		return l
	}
	return []*schedule.Layer{
		read("global", "g", `, "windows": {"night": "daily 22:00 for 6h local", "weekend": "sat 01:00 for 6h local", "short": "daily 12:00 for 20m local"},
		  "restarts": {"default": {"windows": ["night"]}, "weekend": {"windows": ["weekend"]}},
		  "rules": {"security": {"classes": ["security"], "windows": ["night"]}}`),
		read("site", "london", `, "hosts": ["site=london"], "freezes": {"close": {"blocks": ["install"], "owner": "o", "reason": "r",
		  "from": "2026-05-01T00:00:00Z", "until": "2026-06-01T00:00:00Z"}}`),
		read("group", "servers", `, "priority": 1, "hosts": ["label.role=server"], "rules": {"security": {"windows": ["weekend"], "restart": "weekend"}}`),
		read("group", "kiosks", `, "priority": 2, "hosts": ["label.role=kiosk"], "rules": {"security": {"windows": ["short"]}}`),
		read("host", "suspect", `, "hosts": ["host=h7"], "hostFreezes": {"case": {"owner": "forensics", "reason": "incident"}}`),
	}
}

func fleetZones() []string {
	return []string{
		"Europe/London", "Europe/Berlin", "America/New_York", "America/Los_Angeles", "Asia/Tokyo", "Asia/Kolkata",
		"Australia/Sydney", "Australia/Lord_Howe", "America/Sao_Paulo", "Africa/Johannesburg", "Asia/Kathmandu", "UTC",
	}
}

// fleet yields n hosts of 40 sites in 12 zones and four roles.
func fleet(n int) func(func(schedule.Host) bool) {
	zones, roles := fleetZones(), []map[string]string{
		{"role": "server"}, {"role": "laptop"}, {"role": "kiosk"}, {"role": "laptop", "owner": "x"},
	}
	sites := []string{"london"}
	for i := range 39 {
		sites = append(sites, fmt.Sprint("site", i))
	}
	ids := make([]fettle.HostID, n)
	for i := range ids {
		ids[i] = fettle.HostID(fmt.Sprint("h", i))
	}
	return func(yield func(schedule.Host) bool) {
		for i := range n {
			site := i % len(sites)
			if !yield(schedule.Host{ID: ids[i], Site: sites[site], Zone: zones[site%len(zones)], Labels: roles[i/7%len(roles)]}) {
				return
			}
		}
	}
}

func fleetQuestion(tb testing.TB) schedule.Question {
	tb.Helper()
	from, err := time.Parse(time.RFC3339, "2026-05-04T09:00:00Z")
	if err != nil {
		tb.Fatal(err)
	}
	return schedule.Question{From: from, By: from.Add(7 * 24 * time.Hour), Item: schedule.Item{
		Class: fettle.ClassSecurity, InstallTime: 30 * time.Minute, RestartTime: 10 * time.Minute, Restart: fettle.RestartHost,
	}}
}

// TestForecastIsWhatDecideWouldDo asks every host's policy by itself, second by
// second of its timeline, with nobody signed in.
func TestForecastIsWhatDecideWouldDo(t *testing.T) {
	t.Parallel()
	layers, q := fleetLayers(t), fleetQuestion(t)
	const n = 700
	got, err := schedule.Forecast(layers, fleet(n), time.LoadLocation, q, &schedule.ForecastOptions{Listed: n})
	if err != nil {
		t.Fatal(err)
	}
	unable := map[fettle.HostID]string{}
	for _, u := range got.Unable {
		unable[u.Host] = u.Code
	}
	firsts, able := map[string]time.Time{}, 0
	for h := range fleet(n) {
		p, err := schedule.Merge(layers, h, time.LoadLocation, nil)
		if err != nil {
			t.Fatal(err)
		}
		it := q.Item
		it.Patch, it.Grant, it.Ring, it.Stage = "P", fettle.Yes, fettle.Yes, schedule.StageDownloaded
		s := schedule.Situation{State: schedule.State{Clock: fettle.Yes, User: fettle.No}, Items: []schedule.Item{it}}
		start := time.Time{}
		for step, err := range p.Timeline(s, q.From, q.By, nil) {
			if err != nil {
				t.Fatal(err)
			}
			if step.Decision.Action == schedule.InstallPatches {
				start = step.At
				break
			}
		}
		if code, no := unable[h.ID]; no != start.IsZero() {
			t.Errorf("%s: the forecast says %q, Decide installs at %s", h, code, start)
		}
		if start.IsZero() {
			continue
		}
		able++
		if f := firsts[h.Site]; f.IsZero() || start.Before(f) {
			firsts[h.Site] = start
		}
	}
	if got.Hosts != n || got.Able != able || got.Able+len(got.Unable) != n {
		t.Errorf("%d hosts, %d able, %d listed; want %d and %d", got.Hosts, got.Able, len(got.Unable), n, able)
	}
	for _, s := range got.Sites {
		if !s.First.Equal(firsts[s.Site]) {
			t.Errorf("%s: first %s, want %s", s.Site, s.First, firsts[s.Site])
		}
	}
	codes := map[string]bool{}
	for _, w := range got.Why {
		codes[w.Code] = true
	}
	if !codes[schedule.ReasonFreeze] || !codes[schedule.ReasonTooLate] || unable["h7"] == "" || got.Policies > 60 {
		t.Errorf("%+v, %d policies, h7 %q", got.Why, got.Policies, unable["h7"])
	}
}

func TestForecastSaysWhatKeepsAHost(t *testing.T) {
	t.Parallel()
	q := fleetQuestion(t)
	for _, c := range []struct{ code, body string }{
		{schedule.ReasonNoRule, `"rules": {"s": {"classes": ["bugfix"], "windows": ["always"]}}`},
		{schedule.ReasonNoWindow, `"rules": {"s": {}}`},
		{schedule.ReasonOutside, `"windows": {"w": "once 2026-06-01 01:00 for 4h UTC"}, "rules": {"s": {"windows": ["w"]}}`},
		{schedule.ReasonTooLate, `"windows": {"w": "daily 01:00 for 39m UTC"}, "rules": {"s": {"windows": ["w"]}}`},
		{schedule.ReasonNoRestart, `"rules": {"s": {"windows": ["always"]}}`},
		{"", `"restarts": {"default": {"mode": "never"}}, "rules": {"s": {"windows": ["always"]}}`},
		{schedule.ReasonHostFreeze, `"rules": {"s": {"windows": ["always"]}}, "hostFreezes": {"h": {"owner": "o", "reason": "r"}}`},
		{schedule.ReasonFreeze, `"rules": {"s": {"windows": ["always"]}}, "freezes": {"h": {"owner": "o", "reason": "r", "blocks": ["install"], "window": "always UTC"}}`},
		{schedule.LintRefused, `"rules": {"s": {"windows": ["nightly"]}}`},
	} {
		l := layerOf(t, "global", "file", ", "+c.body)
		got, err := schedule.Forecast([]*schedule.Layer{l}, slices.Values([]schedule.Host{{ID: "h"}}), time.LoadLocation, q, nil)
		if err != nil {
			t.Fatal(err)
		}
		code := ""
		if len(got.Unable) > 0 {
			code = got.Unable[0].Code
		}
		if code != c.code {
			t.Errorf("%s: got %q, want %q", c.body, code, c.code)
		}
	}
	q.By = q.From
	if _, err := schedule.Forecast(nil, fleet(1), nil, q, nil); err == nil {
		t.Error("a question about no time was answered")
	}
}

func TestCompareShowsWhatChanges(t *testing.T) {
	t.Parallel()
	before, after, q := fleetLayers(t), fleetLayers(t), fleetQuestion(t)
	after[0].Rules["security"].Hard = schedule.Stated(schedule.LimitOf(72 * time.Hour))
	after[2].Rules["security"].Windows = schedule.Stated([]string{"night"})
	after[3].Rules = nil
	const n = 700
	c, err := schedule.Compare(before, after, fleet(n), time.LoadLocation, q, &schedule.ForecastOptions{Listed: n})
	if err != nil {
		t.Fatal(err)
	}
	if c.Sooner+c.Later+c.Same+c.Lost+c.Gained+c.Neither != n || len(c.Moved) != c.Sooner+c.Later+c.Lost+c.Gained {
		t.Errorf("the kinds do not add up: %+v", c)
	}
	if c.Lost != 0 || c.Later != 0 || c.Gained == 0 || c.Sooner == 0 || c.Changed != n {
		t.Errorf("servers go from weekends to nights, kiosks from short windows to nights: %d sooner, %d later, %d lost, %d gained, %d changed",
			c.Sooner, c.Later, c.Lost, c.Gained, c.Changed)
	}
	if len(c.Fields) == 0 || c.Fields[0] != (schedule.FieldChange{Field: "rules.security.hard", Old: `"never"`, New: `"3d"`, Hosts: n}) {
		t.Errorf("%+v", c.Fields)
	}
	broken := fleetLayers(t)
	broken[0].Rules["security"].Windows = schedule.Stated([]string{"nightly"})
	broken[2].Rules["security"].Windows = schedule.Stated([]string{"nightly"})
	c, err = schedule.Compare(before, broken, fleet(n), time.LoadLocation, q, nil)
	if err != nil || c.Changed == 0 || c.Lost == 0 || c.Moved[0].Code != schedule.LintRefused || !strings.Contains(c.Moved[0].Detail, "nightly") {
		t.Errorf("layers that are refused are to say why: %+v, %v", c, err)
	}
	for _, fc := range c.Fields {
		if fc.New == "" {
			t.Errorf("layers that are refused leave no field: %+v", fc)
		}
	}
	same, err := schedule.Compare(before, fleetLayers(t), fleet(n), time.LoadLocation, q, nil)
	if err != nil || same.Changed != 0 || len(same.Fields) != 0 {
		t.Errorf("equal layers compare unequal: %+v, %v", same, err)
	}
}

func BenchmarkForecast(b *testing.B) {
	layers, q := fleetLayers(b), fleetQuestion(b)
	for _, n := range []int{1e4, 1e5, 1e6} {
		hosts := fleet(n)
		b.Run(fmt.Sprintf("hosts=%.0e", float64(n)), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				out, err := schedule.Forecast(layers, hosts, time.LoadLocation, q, nil)
				if err != nil || out.Hosts != n {
					b.Fatal(out.Hosts, err)
				}
			}
		})
	}
}

// TestForecastWithManyHostLayers: hosts with a layer of their own cost a policy
// each, and no more.
func TestForecastWithManyHostLayers(t *testing.T) {
	t.Parallel()
	layers, q := fleetLayers(t), fleetQuestion(t)
	for i := range 500 {
		layers = append(layers, layerOf(t, "host", fmt.Sprint("own", i),
			fmt.Sprintf(`, "hosts": ["host=h%d"], "hostFreezes": {"case": {"owner": "o", "reason": "r"}}`, 1000+i)))
	}
	got, err := schedule.Forecast(layers, fleet(3000), time.LoadLocation, q, &schedule.ForecastOptions{Listed: 3000})
	if err != nil {
		t.Fatal(err)
	}
	frozen := 0
	for _, u := range got.Unable {
		if u.Code == schedule.ReasonHostFreeze {
			frozen++
		}
	}
	// Servers of the 500, whose freeze of the site or short window is named first,
	// are told by other codes; none of the 500 may be able.
	able := 0
	for i := range 500 {
		id := fettle.HostID(fmt.Sprint("h", 1000+i))
		if !slices.ContainsFunc(got.Unable, func(u schedule.UnableHost) bool { return u.Host == id }) {
			able++
		}
	}
	if able != 0 || frozen < 300 || got.Policies > 560 {
		t.Errorf("%d of 500 frozen hosts can, %d told as frozen, %d policies", able, frozen, got.Policies)
	}
}
