package rollout_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/fettle-dev/fettle/rollout"
	"github.com/fettle-dev/fettle/schedule"
)

func london() schedule.Host { return schedule.Host{ID: "h1", Site: "london"} }

// windowsOf is the windows of the one rule.
func windowsOf(t *testing.T, p *schedule.Policy) string {
	t.Helper()
	why, err := p.Why("rules.all.windows")
	if err != nil {
		t.Fatal(err)
	}
	return why[0].Value
}

func TestPolicySetIsNarrowedBySites(t *testing.T) {
	t.Parallel()
	set := fullPolicySet()
	p, err := set.For(london(), []*rollout.SitePolicy{fullSitePolicy()}, time.LoadLocation, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := windowsOf(t, p); got != `["night"]` {
		t.Errorf("%s", got)
	}
	// A site's key speaks for its own hosts only.
	elsewhere := schedule.Host{ID: "h2", Site: "paris"}
	p, err = set.For(elsewhere, []*rollout.SitePolicy{fullSitePolicy()}, time.LoadLocation, nil)
	if err != nil || windowsOf(t, p) != `["night","always"]` {
		t.Errorf("%v", err)
	}
	// Without the site's policy its hosts have none, where the set requires it.
	if _, err = set.For(london(), nil, time.LoadLocation, nil); !errors.Is(err, rollout.ErrExpired) || !strings.Contains(err.Error(), `"london"`) {
		t.Errorf("%v", err)
	}
	set.Sites[0].Required = false
	if p, err = set.For(london(), nil, time.LoadLocation, nil); err != nil || windowsOf(t, p) != `["night","always"]` {
		t.Errorf("%v", err)
	}
	// What is not in the set does not count, whoever passes it in.
	set.Sites = nil
	if p, err = set.For(london(), []*rollout.SitePolicy{fullSitePolicy()}, time.LoadLocation, nil); err != nil || windowsOf(t, p) != `["night","always"]` {
		t.Errorf("%v", err)
	}
}

func TestSitesCannotLoosen(t *testing.T) {
	t.Parallel()
	for body, field := range map[string]string{
		`"rules":{"all":{"windows":["night","always","noon"]}},"windows":{"noon":"daily 12:00 for 1h UTC"}`: "rules.all.windows",
		`"rules":{"all":{"enabled":false}}`: "rules.all.enabled",
		`"rules":{"mine":{"order":-1}}`:     "rules.mine",
		`"overrides":{"mine":{"patches":["P"],"install":true,"approver":"a","reason":"r","expires":"2027-01-01T00:00:00Z"}}`: "overrides.mine",
	} {
		site := fullSitePolicy()
		site.Layers = []json.RawMessage{json.RawMessage(`{"version":1,"level":"site","name":"london",` + body + `}`)}
		_, err := fullPolicySet().For(london(), []*rollout.SitePolicy{site}, time.LoadLocation, nil)
		faults := schedule.FieldErrors(err)
		if len(faults) != 1 || faults[0].Field != field || faults[0].File != "site london layers[0]" {
			t.Errorf("%s: %v", body, err)
		}
	}
}

// TestPolicyOptionsAreKept: the caller's own narrowing layers have no effect,
// the rest of the options has.
func TestPolicyOptionsAreKept(t *testing.T) {
	t.Parallel()
	set := fullPolicySet()
	set.Sites = nil
	mine, err := schedule.ParseLayer("x", []byte(`{"version":1,"level":"host","name":"x","rules":{"all":{"windows":[]}}}`))
	if err != nil {
		t.Fatal(err)
	}
	p, err := set.For(london(), nil, time.LoadLocation, &schedule.MergeOptions{Narrow: []*schedule.Layer{mine}})
	if err != nil || windowsOf(t, p) != `["night","always"]` {
		t.Errorf("%v", err)
	}
	set.Layers[0] = json.RawMessage(`{"version":2}`)
	if _, err := set.For(london(), nil, time.LoadLocation, nil); !errors.Is(err, schedule.ErrInvalid) || !strings.Contains(err.Error(), "policy set") {
		t.Errorf("%v", err)
	}
}
