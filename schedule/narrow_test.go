package schedule_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/fettle-dev/fettle/schedule"
)

const narrowed = `,
 "windows": {"night": "weekdays 22:00 for 8h UTC", "weekend": "sat 00:00 for 48h UTC"},
 "conditions": {"on-ac": {"kind": "safety"}},
 "networks": {"lan": {"protocols": ["https", "peer"]}, "other": {"download": "never"}},
 "hostFreezes": {"legal": {"owner": "legal", "reason": "hold"}},
 "overrides": {"day-zero": {"patches": ["P1", "P2"], "install": true, "approver": "x", "reason": "y", "expires": "2026-12-01T00:00:00Z"}},
 "rules": {"security": {"hard": "14d", "windows": ["night", "weekend"], "conditions": ["on-ac"]}}`

// TestNarrowingLayersOnlyTighten: each statement alone, on the same policy.
func TestNarrowingLayersOnlyTighten(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ body, refused string }{
		{`"rules": {"security": {"windows": ["weekend"]}}`, ""},
		{`"rules": {"security": {"windows": ["night", "always"]}}`, "rules.security.windows"},
		{`"rules": {"security": {"hard": "7d"}}`, ""},
		{`"rules": {"security": {"hard": "never"}}`, "rules.security.hard"},
		{`"conditions": {"quiet": {"kind": "safety"}}, "rules": {"security": {"conditions": ["on-ac", "quiet"]}}`, ""},
		{`"rules": {"security": {"conditions": []}}`, "rules.security.conditions"},
		{`"rules": {"mine": {"order": -1, "windows": ["always"]}}`, "rules.mine"},
		{`"windows": {"night": "weekdays 00:00 for 24h UTC"}`, "windows.night.window"},
		{`"windows": {"audit": "mon 00:00 for 24h UTC"}, "freezes": {"audit": {"blocks": ["install", "restart"], "window": "mon 00:00 for 24h UTC", "owner": "x", "reason": "audit"}}`, ""},
		{`"hostFreezes": {"mine": {"owner": "x", "reason": "y"}}`, ""},
		{`"hostFreezes": {"legal": {"until": "2026-01-01T00:00:00Z"}}`, "hostFreezes.legal.until"},
		{`"hostFreezes": {"legal": {"enabled": false}}`, "hostFreezes.legal.enabled"},
		{`"networks": {"cafe": {"download": "mandatory"}}`, "networks.cafe"},
		{`"networks": {"lan": {"protocols": ["https"]}}`, ""},
		{`"networks": {"lan": {"protocols": []}}`, "networks.lan.protocols"},
		{`"networks": {"lan": {"install": "never"}}`, ""},
		{`"overrides": {"mine": {"patches": ["P9"], "install": true, "approver": "x", "reason": "y", "expires": "2026-12-01T00:00:00Z"}}`, "overrides.mine"},
		{`"overrides": {"day-zero": {"patches": ["P1"]}}`, ""},
		{`"overrides": {"day-zero": {"patches": []}}`, "overrides.day-zero.patches"},
		{`"overrides": {"day-zero": {"enforceFrom": "2026-11-01T00:00:00Z"}}`, "overrides.day-zero.enforceFrom"},
		{`"overrides": {"day-zero": {"enabled": false}}`, ""},
		{`"restarts": {"default": {"windows": ["always"]}}`, "restarts.default"},
	} {
		// The firm's own lower layer is free to loosen; the site's is not, though its
		// level is higher.
		global := layerOf(t, "global", "firm", `, "rules": {"security": {"hard": "7d"}}`)
		group := layerOf(t, "group", "servers", narrowed)
		site := layerOf(t, "site", "london", ", "+c.body)
		p, err := schedule.Merge([]*schedule.Layer{global, group}, schedule.Host{ID: "h"}, time.LoadLocation,
			&schedule.MergeOptions{Narrow: []*schedule.Layer{site}})
		if c.refused == "" {
			if err != nil {
				t.Errorf("%s: %v", c.body, err)
				continue
			}
			if layers := p.Layers(); layers[len(layers)-1] != site {
				t.Errorf("%s: the policy does not name the layer", c.body)
			}
			continue
		}
		if faults := schedule.FieldErrors(err); len(faults) != 1 || faults[0].Field != c.refused || faults[0].File != "london.json" ||
			!errors.Is(err, schedule.ErrContradiction) {
			t.Errorf("%s: %v, want %s refused", c.body, err, c.refused)
		}
	}
}

func TestNarrowingLayersAreBoundByLocksAndShown(t *testing.T) {
	t.Parallel()
	firm := layerOf(t, "global", "firm", narrowed+`, "locks": {"rules.security.hard": "locked"}`)
	site := layerOf(t, "site", "london", `, "rules": {"security": {"hard": "7d"}}`)
	host := schedule.Host{ID: "h", Site: "london"}
	_, err := schedule.Merge([]*schedule.Layer{firm}, host, time.LoadLocation, &schedule.MergeOptions{Narrow: []*schedule.Layer{site}})
	if err == nil || !strings.Contains(err.Error(), "has locked it at") {
		t.Errorf("locked: %v", err)
	}
	site = layerOf(t, "site", "london", `, "hosts": ["site=london"], "rules": {"security": {"windows": ["weekend"]}}`)
	p, err := schedule.Merge([]*schedule.Layer{firm}, host, time.LoadLocation, &schedule.MergeOptions{Narrow: []*schedule.Layer{site}})
	if err != nil {
		t.Fatal(err)
	}
	why, err := p.Why("rules.security.windows")
	if err != nil || why[0].Value != `["weekend"]` || why[0].Statements[2].Outcome != schedule.Won || why[0].Statements[2].Layer != "london" {
		t.Errorf("%v %v", why, err)
	}
	elsewhere, err := schedule.Merge([]*schedule.Layer{firm}, schedule.Host{ID: "i", Site: "paris"}, time.LoadLocation,
		&schedule.MergeOptions{Narrow: []*schedule.Layer{site}})
	if err != nil || len(elsewhere.Layers()) != 1 {
		t.Errorf("%v", err)
	}
}

func TestLocksKeepWhatWasLeftOpen(t *testing.T) {
	t.Parallel()
	firm := layerOf(t, "global", "firm", narrowed+`, "locks": {"hostFreezes": "may-tighten", "windows": "may-tighten"}`)
	for _, c := range []struct {
		body string
		ok   bool
	}{
		{`"hostFreezes": {"legal": {"until": "2026-01-01T00:00:00Z"}}`, false},
		{`"hostFreezes": {"new": {"until": "2026-01-01T00:00:00Z", "owner": "x", "reason": "y"}}`, true},
	} {
		_, err := schedule.Merge([]*schedule.Layer{firm, layerOf(t, "site", "s", ", "+c.body)}, schedule.Host{}, time.LoadLocation, nil)
		if (err == nil) != c.ok {
			t.Errorf("%s: %v", c.body, err)
		}
	}
}

func TestSelects(t *testing.T) {
	t.Parallel()
	host := schedule.Host{ID: "h", Site: "london", Labels: map[string]string{"role": "web"}}
	for text, want := range map[string]bool{"site=london": true, "label.role!=web": false, "": true} {
		var list []schedule.Selector
		if text != "" {
			list = []schedule.Selector{schedule.Selector(text), "host=h"}
		}
		if got, err := schedule.Selects(list, host); got != want || err != nil {
			t.Errorf("%q: %v %v", text, got, err)
		}
	}
	if _, err := schedule.Selects([]schedule.Selector{"role"}, host); !errors.Is(err, schedule.ErrInvalid) {
		t.Errorf("%v", err)
	}
}
