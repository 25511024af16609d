package schedule_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fettle-dev/fettle/schedule"
)

func TestLintFindsWhatIsNotMeant(t *testing.T) {
	t.Parallel()
	from := instant(t, "2026-01-01T00:00:00Z")
	for _, c := range []struct{ code, field, detail, body string }{
		{schedule.LintNoRule, "rules", "classes unknown", `"rules": {"s": {"classes": ["security"], "windows": ["always"]}}`},
		{schedule.LintShadowed, "rules.z.order", "rule a", `"rules": {"a": {"windows": ["always"]}, "z": {"classes": ["security"]}}`},
		{schedule.LintNoWindow, "rules.s.windows", "never installed", `"rules": {"s": {}}`},
		{schedule.LintNoWindow, "restarts.default.windows", "never restarted", `"rules": {"s": {"windows": ["always"]}}`},
		{schedule.LintNeverOpens, "windows.w.window", "12 months", `"windows": {"w": "once 2025-01-01 02:00 for 4h UTC"}, "rules": {"s": {"windows": ["w"]}}`},
		{schedule.LintTooShort, "windows.w.window", "estimate is 40m", `"windows": {"w": "daily 02:00 for 20m UTC"}, "rules": {"s": {"windows": ["w"]}}`},
		{schedule.LintTooShort, "windows.w.window", "spread takes 30m", `"windows": {"w": "daily 02:00 for 1h spread 30m UTC"}, "rules": {"s": {"windows": ["w"]}}`},
		{schedule.LintSlowPoll, "windows.w.window", "every 1h", `"windows": {"w": "daily 02:00 for 90m UTC"}, "rules": {"s": {"windows": ["w"]}}`},
		{
			schedule.LintFrozen, "rules.s.windows", "inside freezes", `"windows": {"w": "sat 02:00 for 4h UTC"}, "rules": {"s": {"windows": ["w"]}},
			"freezes": {"f": {"blocks": ["install"], "owner": "o", "reason": "r", "window": "fri 18:00 for 62h UTC"}}`,
		},
		{
			schedule.LintLateWindow, "rules.s.hard", "deadline of 10d",
			`"windows": {"w": "tue#2 02:00 for 4h UTC"}, "rules": {"s": {"windows": ["w"], "hard": "10d"}}`,
		},
		{schedule.LintNoMandatory, "rules.s.hard", "only mandatory", `"windows": {"w": "optional daily 02:00 for 4h UTC"}, "rules": {"s": {"windows": ["w"], "hard": "10d"}}`},
		{schedule.LintNeverAsked, "rules.s.deferrals", "optional windows", `"rules": {"s": {"windows": ["always"], "deferrals": 3}}`},
		{schedule.LintBudget, "rules.s.deferTotal", "9d is more than", `"rules": {"s": {"windows": ["always"], "hard": "10d", "lead": "2d", "deferTotal": "9d"}}`},
		{schedule.LintBudget, "rules.s.deferEach", "10d is more than", `"rules": {"s": {"windows": ["always"], "hard": "9d", "deferrals": 5, "deferEach": "2d"}}`},
		{schedule.LintBudget, "rules.s.soft", "20d", `"rules": {"s": {"windows": ["always"], "hard": "9d", "soft": "20d"}}`},
		{schedule.LintCourtesy, "rules.s.conditions", "for ever", `"conditions": {"idle": {"kind": "courtesy"}}, "rules": {"s": {"windows": ["always"], "conditions": ["idle"]}}`},
		{schedule.LintOver, "freezes.f.until", "2025", `"freezes": {"f": {"blocks": ["install"], "owner": "o", "reason": "r", "until": "2025-02-01T00:00:00Z"}}`},
		{schedule.LintOver, "overrides.f.expires", "2025", `"overrides": {"f": {"patches": ["P"], "install": true, "approver": "o", "reason": "r", "expires": "2025-02-01T00:00:00Z"}}`},
		{
			schedule.LintRestartLate, "restarts.default.budget", "budget is 2d",
			`"windows": {"w": "sat 02:00 for 4h UTC"}, "restarts": {"default": {"windows": ["w"], "budget": "2d"}}, "rules": {"s": {"windows": ["always"]}}`,
		},
		{schedule.LintClockChange, "windows.w.window", "skip 02:30: this opening starts at 2026-03-29 03:30 CEST", `"windows": {"w": "daily 02:30 for 1h Europe/Berlin"}, "rules": {"s": {"windows": ["w"]}}`},
		{schedule.LintClockChange, "windows.w.window", "show 02:30 twice: this opening starts at the first, 2026-10-25 02:30 CEST", `"windows": {"w": "daily 02:30 for 1h Europe/Berlin"}, "rules": {"s": {"windows": ["w"]}}`},
		{schedule.LintClockChange, "windows.w.window", "ends at 2026-03-29 07:00 CEST, 1h later than usual", `"windows": {"w": "daily 22:00 for 8h Europe/Berlin"}, "rules": {"s": {"windows": ["w"]}}`},
		{schedule.LintClockChange, "windows.w.window", "lasts 7h, not 8h", `"windows": {"w": "daily 22:00 for 8h never past 06:00 Europe/Berlin"}, "rules": {"s": {"windows": ["w"]}}`},
		{schedule.LintRefused + "-unknown-zone", "windows.w.window", "zone", `"windows": {"w": "daily 22:00 for 8h Mars/Olympus"}`},
	} {
		l := layerOf(t, "global", "file", ", "+c.body)
		found := schedule.LintLayers([]*schedule.Layer{l}, nil, time.LoadLocation, from, nil, nil)
		if !slices.ContainsFunc(found, func(f schedule.Finding) bool {
			return f.Code == c.code && f.Field == c.field && strings.Contains(f.Detail, c.detail)
		}) {
			t.Errorf("%s\n got %v\nwant %s %s: %s", c.body, found, c.code, c.field, c.detail)
		}
	}
}

// TestLintIsSilentAboutASoundPolicy keeps every finding from firing always.
func TestLintIsSilentAboutASoundPolicy(t *testing.T) {
	t.Parallel()
	l := layerOf(t, "global", "sound", `, "windows": {"w": "daily 22:00 for 8h UTC", "lunch": "optional daily 11:00 for 2h UTC"},
	  "restarts": {"default": {"windows": ["w"], "budget": "3d"}},
	  "rules": {"s": {"windows": ["w", "lunch"], "hard": "14d", "soft": "7d", "lead": "1d", "deferrals": 3, "deferEach": "2d"}}`)
	found := schedule.LintLayers([]*schedule.Layer{l}, nil, time.LoadLocation, instant(t, "2026-01-01T00:00:00Z"), nil, nil)
	if len(found) != 0 {
		t.Errorf("%v", found)
	}
}

func TestLintSeesEveryLayerThroughSamples(t *testing.T) {
	t.Parallel()
	global := layerOf(t, "global", "g", `, "rules": {"s": {"hard": "7d", "windows": ["always"]}}, "locks": {"rules.s.hard": "locked"}`)
	group := layerOf(t, "group", "laptops", `, "hosts": ["label.role=laptop", "site=london"], "rules": {"s": {"hard": "9d"}}`)
	found := schedule.LintLayers([]*schedule.Layer{global, group}, nil, time.LoadLocation, instant(t, "2026-01-01T00:00:00Z"), nil, nil)
	if !slices.ContainsFunc(found, func(f schedule.Finding) bool {
		return f.Code == schedule.LintRefused+"-contradiction" && f.File == "laptops.json" && f.Field == "rules.s.hard"
	}) {
		t.Errorf("a lock broken by a group's layer: %v", found)
	}
}
