package schedule_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/schedule"
)

// layerOf reads a layer from the body of its object.
func layerOf(t *testing.T, level, name, body string) *schedule.Layer {
	t.Helper()
	l, err := schedule.ParseLayer(name+".json",
		fmt.Appendf(nil, `{"version": 1, "level": %q, "name": %q%s}`, level, name, body))
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func merged(t *testing.T, host schedule.Host, layers ...*schedule.Layer) *schedule.Policy {
	t.Helper()
	p, err := schedule.Merge(layers, host, time.LoadLocation, nil)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// valueOf is the JSON of one field.
func valueOf(t *testing.T, p *schedule.Policy, field string) string {
	t.Helper()
	why, err := p.Why(field)
	if err != nil || len(why) != 1 {
		t.Fatalf("%s: %v, %v", field, why, err)
	}
	return why[0].Value
}

func TestLocksLetLowerLevelsOnlyTighten(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ field, upper, lower, verdict string }{
		{"rules.s.hard", `"7d"`, `"3d"`, "tighter"},
		{"rules.s.hard", `"7d"`, `"8d"`, "looser"},
		{"rules.s.hard", `"7d"`, `"never"`, "looser"},
		{"rules.s.hard", `"never"`, `"90d"`, "tighter"},
		{"rules.s.deferrals", `3`, `2`, "tighter"},
		{"rules.s.deferrals", `3`, `"never"`, "looser"},
		{"rules.s.deferrals", `"never"`, `1000`, "tighter"},
		{"rules.s.conditions", `["a"]`, `["a", "b"]`, "tighter"},
		{"rules.s.conditions", `["a"]`, `["b"]`, "looser"},
		{"rules.s.windows", `["w", "x"]`, `["x"]`, "tighter"},
		{"rules.s.windows", `["w"]`, `["w", "x"]`, "looser"},
		{"rules.s.freezeExtends", `true`, `false`, "tighter"},
		{"rules.s.freezeExtends", `false`, `true`, "looser"},
		{"rules.s.reserve", `"30m"`, `"1h"`, "tighter"},
		{"rules.s.reserve", `"30m"`, `"10m"`, "looser"},
		{"rules.s.order", `5`, `6`, "looser"}, // no direction: as locked
		{"rules.s.order", `5`, `5`, "tighter"},
		{"restarts.default.forced", `false`, `true`, "tighter"},
		{"restarts.default.forced", `true`, `false`, "looser"},
		{"networks.vpn.install", `"mandatory"`, `"never"`, "tighter"},
		{"networks.vpn.install", `"optional"`, `"mandatory"`, "looser"},
		{"freezes.f.until", `"2027-01-01T00:00:00Z"`, `"2027-01-05T00:00:00Z"`, "tighter"},
		{"freezes.f.until", `"2027-01-01T00:00:00Z"`, `"2026-12-31T00:00:00Z"`, "looser"},
		{"overrides.o.expires", `"2027-01-01T00:00:00Z"`, `"2026-12-30T00:00:00Z"`, "tighter"},
		{"overrides.o.expires", `"2027-01-01T00:00:00Z"`, `"2027-02-01T00:00:00Z"`, "looser"},
	} {
		t.Run(c.field+" "+c.upper+" to "+c.lower, func(t *testing.T) {
			t.Parallel()
			base := layerOf(t, "global", "base", `,
			  "windows": {"w": "daily 01:00 for 1h UTC", "x": "daily 03:00 for 1h UTC"},
			  "conditions": {"a": {"kind": "safety"}, "b": {"kind": "safety"}},
			  "freezes": {"f": {"blocks": ["install"], "owner": "o", "reason": "r", "until": "2028-01-01T00:00:00Z"}},
			  "overrides": {"o": {"approver": "a", "reason": "r", "install": true, "patches": ["P"], "expires": "2028-01-01T00:00:00Z"}},
			  "rules": {"s": {}}`)
			part := strings.SplitN(c.field, ".", 3)
			state := func(v string) string { return fmt.Sprintf(`, %q: {%q: {%q: %s}}`, part[0], part[1], part[2], v) }
			upper := layerOf(t, "organisation", "upper", state(c.upper)+fmt.Sprintf(`, "locks": {%q: "may-tighten"}`, c.field))
			lower := layerOf(t, "host", "lower", state(c.lower))
			p, err := schedule.Merge([]*schedule.Layer{lower, base, upper}, schedule.Host{}, nil, nil)
			if c.verdict == "looser" {
				var fe *schedule.FieldError
				if !errors.Is(err, schedule.ErrContradiction) || !errors.As(err, &fe) ||
					fe.File != "lower.json" || fe.Field != c.field || fe.Value == "" || !strings.Contains(fe.Rule, "upper") {
					t.Fatalf("got %v, want a contradiction that names file, field, value and rule", err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := valueOf(t, p, c.field); got != strings.ReplaceAll(c.lower, ", ", ",") {
				t.Errorf("got %s, want %s", got, c.lower)
			}
			// Locked, the same change is refused either way, unless it is none.
			upper.Locks[c.field] = schedule.LockLocked
			_, err = schedule.Merge([]*schedule.Layer{lower, base, upper}, schedule.Host{}, nil, nil)
			if same := c.upper == c.lower; same != (err == nil) {
				t.Errorf("locked: %v", err)
			}
		})
	}
}

func TestLayersTakeEffectByLevelPriorityAndScope(t *testing.T) {
	t.Parallel()
	hard := func(level, name, value, more string) *schedule.Layer {
		return layerOf(t, level, name, fmt.Sprintf(`, "rules": {"s": {"hard": %q}}%s`, value, more))
	}
	host := schedule.Host{ID: "h1", Site: "london", Labels: map[string]string{"role": "laptop"}}
	p := merged(t, host,
		hard("host", "mine", "inherit", ""),
		hard("group", "travel", "5d", `, "priority": 20, "hosts": ["label.role=laptop|tablet"]`),
		hard("group", "laptops", "6d", `, "priority": 10, "hosts": ["label.role"]`),
		hard("group", "servers", "1d", `, "priority": 30, "hosts": ["label.role!=laptop"]`),
		hard("site", "london", "8d", `, "hosts": ["site=london"]`),
		hard("global", "firm", "14d", ""),
	)
	why, err := p.Why("rules.s.hard")
	if err != nil {
		t.Fatal(err)
	}
	want := `rules.s.hard = "5d"
  lost      default: "never"
  lost      global firm (firm.json): "14d"
  lost      site london (london.json): "8d"
  lost      group laptops (laptops.json): "6d"
  won       group travel (travel.json): "5d"
  inherits  host mine (mine.json): "inherit"
`
	if got := why[0].String(); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
	if _, err := p.Why("rules.s.hrad"); !errors.Is(err, schedule.ErrUnknownField) || !strings.Contains(err.Error(), "rules.s.hard") {
		t.Errorf("a field that is not there must be named beside those that are: %v", err)
	}
	if _, err := p.Why("rules.t.hard"); err == nil || !strings.Contains(err.Error(), "rules.s") {
		t.Errorf("a rule that is not there: %v", err)
	}
}

func TestContradictionsAreAllReported(t *testing.T) {
	t.Parallel()
	global := layerOf(t, "global", "firm", `, "rules": {"s": {"hard": "14d", "soft": "7d"}}, "locks": {"rules": "locked"}`)
	one := layerOf(t, "group", "one", `, "priority": 1, "freezes": {"f": {"reason": "a"}}, "rules": {"s": {"hard": "20d"}}`)
	two := layerOf(t, "group", "two", `, "priority": 1, "freezes": {"f": {"reason": "b"}}, "rules": {"s": {"soft": "9d"}, "new": {"order": 3}},
	  "locks": {"rules.s.soft": "free"}`)
	_, err := schedule.Merge([]*schedule.Layer{global, one, two}, schedule.Host{}, nil, nil)
	var got []string
	for _, fe := range schedule.FieldErrors(err) {
		got = append(got, fe.File+" "+fe.Field)
		if !errors.Is(fe, schedule.ErrContradiction) {
			t.Errorf("%v is no contradiction", fe)
		}
	}
	want := []string{
		"one.json rules.s.hard", "two.json rules.new.order", "two.json rules.s.soft", "two.json freezes.f.reason",
		"two.json locks.rules.s.soft",
	}
	if !slices.Equal(want, got) {
		t.Errorf("got %v\nwant %v\n%v", got, want, err)
	}
	// The same statements agree where the values do, or the priorities differ.
	two.Freezes["f"].Reason, two.Rules, two.Locks, one.Rules = schedule.Stated("a"), nil, nil, nil
	two.Freezes["f"].Owner, two.Freezes["f"].Until = schedule.Stated("o"), schedule.Stated(time.Unix(2e9, 0))
	two.Freezes["f"].Blocks = schedule.Stated([]string{"install"})
	merged(t, schedule.Host{}, global, one, two)
	two.Priority, two.Freezes["f"].Reason = 2, schedule.Stated("b")
	if got := valueOf(t, merged(t, schedule.Host{}, global, one, two), "freezes.f.reason"); got != `"b"` {
		t.Errorf("the larger priority must win, got %s", got)
	}
}

func TestMergeNamesWhatIsMissing(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ body, field, rule string }{
		{`"windows": {"w": "daily 01:00 for 1h Mars/Olympus"}`, "windows.w.window", "zone"},
		{`"windows": {"w": "daily 01:00 for 1h local"}`, "windows.w.window", "zone"},
		{`"windows": {"always": "daily 01:00 for 1h UTC"}`, "windows.always.window", "taken"},
		{`"rules": {"r": {"windows": ["nightly"]}}`, "rules.r.windows", "no window of this name; known are always"},
		{`"rules": {"r": {"cycle": "weekly"}}`, "rules.r.cycle", "no cycle"},
		{`"rules": {"r": {"conditions": ["idle"]}}`, "rules.r.conditions", "no condition"},
		{`"rules": {"r": {"restart": "night"}}`, "rules.r.restart", "no restart rule"},
		{`"cycles": {"c": {}}`, "cycles.c.window", "either"},
		{`"cycles": {"c": "always"}`, "cycles.c.window", "recurs"},
		{`"conditions": {"c": {"patience": "1h"}}`, "conditions.c.kind", "required"},
		{`"freezes": {"f": {"owner": "o", "reason": "r", "until": "2026-01-01T00:00:00Z"}}`, "freezes.f.blocks", "required"},
		{`"freezes": {"f": {"owner": "o", "reason": "r", "blocks": ["install"]}}`, "freezes.f.window", "either"},
		{`"freezes": {"f": {"owner": "o", "reason": "r", "blocks": ["reboot"], "window": "always"}}`, "freezes.f.blocks", "download, install or restart"},
		{`"overrides": {"o": {"patches": ["P"], "install": true, "approver": "a", "reason": "r"}}`, "overrides.o.expires", "required"},
		{`"overrides": {"o": {"install": true, "approver": "a", "reason": "r", "expires": "2026-01-01T00:00:00Z"}}`, "overrides.o.patches", "patches or severities"},
		{`"overrides": {"o": {"patches": ["P"], "approver": "a", "reason": "r", "expires": "2026-01-01T00:00:00Z"}}`, "overrides.o.install", "true"},
		{`"hostFreezes": {"h": {"owner": "o"}}`, "hostFreezes.h.reason", "required"},
		{`"hostFreezes": {"h": {"owner": "o", "reason": "r", "from": "2026-02-01T00:00:00Z", "until": "2026-01-01T00:00:00Z"}}`, "hostFreezes.h.until", "after from"},
		{`"assess": {"patches": {"spread": "1h"}}`, "assess.patches.every", "required"},
		{`"restarts": {"r": {"countdown": "never"}}`, "restarts.r.countdown", "length"},
		{`"where": "site = london"`, "where", "nobody here can read it"},
	} {
		l := layerOf(t, "site", "file", ", "+c.body)
		p, err := schedule.Merge([]*schedule.Layer{l}, schedule.Host{}, time.LoadLocation, nil)
		found := false
		for _, fe := range schedule.FieldErrors(err) {
			found = found || (fe.Field == c.field && strings.Contains(fe.Rule, c.rule) && fe.File == "file.json")
		}
		if p != nil || !found {
			t.Errorf("%s\n got %v\nwant %s: %s", c.body, err, c.field, c.rule)
		}
	}
	if _, err := schedule.Merge(nil, schedule.Host{Zone: "Nowhere"}, time.LoadLocation, nil); !errors.Is(err, schedule.ErrZone) {
		t.Errorf("an unknown zone of the host: %v", err)
	}
}

// TestAWrongWindowIsToldOnce: what refers to it is not at fault.
func TestAWrongWindowIsToldOnce(t *testing.T) {
	t.Parallel()
	l := layerOf(t, "site", "file", `, "windows": {"w": "daily 02:00 for 1h Mars/Olympus"},
		"restarts": {"default": {"windows": ["w"]}}, "rules": {"r": {"windows": ["w"]}}`)
	_, err := schedule.Merge([]*schedule.Layer{l}, schedule.Host{}, time.LoadLocation, nil)
	if found := schedule.FieldErrors(err); len(found) != 1 || found[0].Field != "windows.w.window" || !errors.Is(err, schedule.ErrZone) {
		t.Errorf("%v", err)
	}
}

func TestWhereIsAskedAndNeverGuessed(t *testing.T) {
	t.Parallel()
	l := layerOf(t, "site", "w", `, "where": "expr", "rules": {"s": {"hard": "1d"}}`)
	answer := fettle.Yes
	opt := &schedule.MergeOptions{Where: func(string, schedule.Host) (fettle.Truth, error) { return answer, nil }}
	for _, c := range []struct {
		answer fettle.Truth
		layers int
		err    bool
	}{{fettle.Yes, 1, false}, {fettle.No, 0, false}, {fettle.Unknown, 0, true}} {
		answer = c.answer
		p, err := schedule.Merge([]*schedule.Layer{l}, schedule.Host{}, nil, opt)
		if (err != nil) != c.err {
			t.Errorf("%s: %v", c.answer, err)
		}
		if err == nil {
			_, missing := p.Why("rules.s.hard")
			if (missing == nil) != (c.layers == 1) {
				t.Errorf("%s: the layer must apply only if it holds", c.answer)
			}
		}
	}
}

func TestLayerFilesRoundTrip(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/policies/*.json")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		l, err := schedule.ParseLayer(file, data)
		if err != nil {
			t.Errorf("%v", err)
			continue
		}
		text, err := json.Marshal(l)
		if err != nil {
			t.Fatal(err)
		}
		again, err := schedule.ParseLayer(file, text)
		if err != nil {
			t.Fatalf("%s: its own form is refused: %v", file, err)
		}
		second, err := json.Marshal(again)
		if err != nil || string(second) != string(text) {
			t.Errorf("%s: %v\n%s\n%s", file, err, text, second)
		}
	}
}

func TestBadLayerFiles(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ text, field, rule string }{
		{``, "", "JSON object"},
		{`[]`, "", "JSON object"},
		{`{"version": 1, "level": "site", "name": "x"`, "", "not JSON"},
		{`{"version": 1, "level": "site", "name": "x"} {}`, "", "nothing after"},
		{`{"level": "site", "name": "x"}`, "version", "want 1"},
		{`{"version": 2, "level": "site", "name": "x", "future": 1}`, "version", "want 1"},
		{`{"version": 1, "name": "x"}`, "level", "required"},
		{`{"version": 1, "level": "planet", "name": "x"}`, "level", "global"},
		{`{"version": 1, "level": "site"}`, "name", "required"},
		{`{"version": 1, "level": "site", "name": "x", "rule": {}}`, "rule", "did you mean rules?"},
		{`{"version": 1, "level": "site", "name": "x", "rules": {"s": {"hardd": "1d"}}}`, "rules.s.hardd", "did you mean hard?"},
		{`{"version": 1, "level": "site", "name": "x", "rules": {"s": {"hard": "1 fortnight"}}}`, "rules.s.hard", "length"},
		{`{"version": 1, "level": "site", "name": "x", "rules": {"s": {"hard": 3}}}`, "rules.s.hard", "text"},
		{`{"version": 1, "level": "site", "name": "x", "rules": {"s": {"hard": null}}}`, "rules.s.hard", "inherit"},
		{`{"version": 1, "level": "site", "name": "x", "rules": {"s": {"hard": "1d", "hard": "2d"}}}`, "rules.s.hard", "twice"},
		{`{"version": 1, "level": "site", "name": "x", "rules": {"s": {"hard": "200000000000d"}}}`, "rules.s.hard", ""},
		{`{"version": 1, "level": "site", "name": "x", "rules": {"s": {"deferrals": -1}}}`, "rules.s.deferrals", "from 0"},
		{`{"version": 1, "level": "site", "name": "x", "rules": {"s": {"deferrals": 1.5}}}`, "rules.s.deferrals", "whole"},
		{`{"version": 1, "level": "site", "name": "x", "rules": {"s": {"classes": ["safety"]}}}`, "rules.s.classes", "security"},
		{`{"version": 1, "level": "site", "name": "x", "rules": {"s": {"enabled": "yes"}}}`, "rules.s.enabled", "true or false"},
		{`{"version": 1, "level": "site", "name": "x", "rules": {"S!": {}}}`, "rules", "lower-case"},
		{`{"version": 1, "level": "site", "name": "x", "rules": []}`, "rules", "JSON object"},
		{`{"version": 1, "level": "site", "name": "x", "rules": {"s": {"hosts": ["role=laptop"]}}}`, "rules.s.hosts", "label.NAME"},
		{`{"version": 1, "level": "site", "name": "x", "hosts": ["label.role="]}`, "hosts", "attribute"},
		{`{"version": 1, "level": "site", "name": "x", "locks": {"rules.s.hrd": "locked"}}`, "locks", "path of a field"},
		{`{"version": 1, "level": "site", "name": "x", "locks": {"rules": "shut"}}`, "locks", "may-tighten"},
		{`{"version": 1, "level": "site", "name": "x", "windows": {"w": "daily 25:00 for 1h UTC"}}`, "windows.w.window", "23:59"},
		{`{"version": 1, "level": "site", "name": "x", "windows": {"w": "daily 02:00 for 0h UTC"}}`, "windows.w.window", ""},
		{`{"version": 1, "level": "site", "name": "x", "windows": {"w": "tue#2 +32d 02:00 for 1h UTC"}}`, "windows.w.window", "31"},
		{`{"version": 1, "level": "site", "name": "x", "windows": {"w": "every 2 weeks sat 02:00 for 1h UTC"}}`, "windows.w.window", "anchor"},
		{`{"version": 1, "level": "site", "name": "x", "windows": {"w": "monthly 31 in feb 02:00 for 1h UTC"}}`, "windows.w.window", ""},
		{`{"version": 1, "level": "site", "name": "x", "overrides": {"o": {"expires": "tomorrow"}}}`, "overrides.o.expires", ""},
	} {
		l, err := schedule.ParseLayer("bad.json", []byte(c.text))
		found := false
		for _, fe := range schedule.FieldErrors(err) {
			found = found || (strings.HasPrefix(fe.Field, c.field) && strings.Contains(fe.Rule, c.rule) && fe.File == "bad.json")
		}
		if l != nil || !found {
			t.Errorf("%s\n got %v\nwant %s: %s", c.text, err, c.field, c.rule)
		}
	}
}

// TestEveryDefaultIsReadable keeps the tables of the schema honest.
func TestEveryDefaultIsReadable(t *testing.T) {
	t.Parallel()
	for _, f := range schedule.Fields() {
		if f.Default == "" {
			continue
		}
		part := strings.SplitN(f.Path, ".", 3)
		text := fmt.Sprintf(`{"version": 1, "level": "site", "name": "x", %q: {"n": {%q: %s}}}`, part[0], part[2], f.Default)
		if _, err := schedule.ParseLayer("default", []byte(text)); err != nil {
			t.Errorf("%s: %v", f.Path, err)
		}
	}
}

func FuzzParseLayer(f *testing.F) {
	files, err := filepath.Glob("testdata/policies/*.json")
	if err != nil || len(files) == 0 {
		f.Fatal(files, err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte(`{"version":1,"level":"host","name":"h","rules":{"a":{"hard":"never","deferrals":"never"}},"locks":{"rules":"locked"}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		l, err := schedule.ParseLayer("f", data)
		if err != nil {
			if l != nil || len(schedule.FieldErrors(err)) == 0 {
				t.Fatalf("half read, or an error without a field: %v", err)
			}
			return
		}
		text, err := json.Marshal(l)
		if err != nil {
			t.Fatalf("read and cannot be written: %v", err)
		}
		again, err := schedule.ParseLayer("f", text)
		if err != nil {
			t.Fatalf("its own form is refused: %v\n%s", err, text)
		}
		if second, err := json.Marshal(again); err != nil || string(second) != string(text) {
			t.Fatalf("%v\n%s\n%s", err, text, second)
		}
		p, err := schedule.Merge([]*schedule.Layer{l}, schedule.Host{Zone: "Europe/Berlin"}, time.LoadLocation, nil)
		if err != nil {
			return
		}
		s := schedule.State{Clock: fettle.Yes}
		items := []schedule.Item{{Patch: "P", Grant: fettle.Yes, Ring: fettle.Yes, Released: time.Unix(1.7e9, 0)}}
		if _, err := p.Decide(s, items, schedule.Ledger{}, time.Unix(1.76e9, 0)); err != nil {
			t.Fatal(err)
		}
	})
}
