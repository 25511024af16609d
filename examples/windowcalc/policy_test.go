package main

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/fettle-dev/fettle/schedule"
)

// windowcalc runs the program and returns what it says.
func windowcalc(args ...string) (status int, out, errs string) {
	var o, e bytes.Buffer
	status = run(args, strings.NewReader(""), &o, &e)
	return status, o.String(), e.String()
}

func TestPolicyCommandsAnswer(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		args   string
		status int
		want   []string
	}{
		{
			"decide -policy testdata/policies/global.json testdata/policies/laptops.json -host testdata/laptop.json -now 2026-11-11T09:05:00Z", 0,
			[]string{"LDN-0042 at 2026-11-11T09:05:00Z: offer", "user-decides", "defer KB5034441 by at most 1d (3 left)", "would change it", "wait from 2026-11-24T18:00:00Z on"},
		},
		{
			"decide -policy testdata/policies -host testdata/server.json -now 2026-11-01T07:00:00Z", 0,
			[]string{"db1 at 2026-11-01T07:00:00Z: wait", "outside-window", "2026-11-01T07:30:00Z"},
		},
		{
			"timeline -policy testdata/policies/global.json,testdata/policies/laptops.json -host testdata/laptop.json -from 2026-11-11 -to 2026-11-26", 0,
			[]string{"Tue 2026-11-24 19:00:00  install", "deadline 2026-11-24T18:00:00Z has passed"},
		},
		{
			"why -policy testdata/policies -field rules.security.windows -host testdata/laptop.json", 0,
			[]string{`won       group laptops (testdata/policies/laptops.json): ["evening","weekend","any-time"]`},
		},
		{"why -policy testdata/policies -field windows", 0, []string{`windows.evening.window = "weekdays 19:00 for 11h local"`}},
		{
			"lint -policy testdata/policies -from 2026-11-01 -zone Europe/London", 1,
			[]string{
				"clock-change: testdata/policies/laptops.json: windows.restart-night.window", "2027-03-27 22:00 GMT",
				"items of this rule are never installed (host sample)", "(host sample label.role=laptop)",
			},
		},
		{
			"forecast -policy testdata/policies -hosts testdata/fleet.jsonl -from 2026-11-10 -by 2026-11-14", 0,
			[]string{"12 of 24 hosts can (50.0 %)", "8 hosts: outside-window", "4 hosts: no-window", "LON-0002"},
		},
		{"compare testdata/policies testdata/proposed -hosts testdata/fleet.jsonl -from 2026-11-10", 0, []string{"sooner"}},
		{
			"compare testdata/policies testdata/proposed -hosts testdata/fleet.jsonl -from 2026-11-10 -by 2026-11-14", 0,
			[]string{"only now 8", `rules.security.hard: "14d" -> "10d" (12 hosts)`, "gained: never ->"},
		},
	} {
		status, out, errs := windowcalc(strings.Fields(c.args)...)
		if status != c.status || errs != "" {
			t.Errorf("%s: status %d, want %d\n%s", c.args, status, c.status, errs)
		}
		for _, w := range c.want {
			if !strings.Contains(out, w) {
				t.Errorf("%s: %q is missing in\n%s", c.args, w, out)
			}
		}
	}
}

func TestPolicyCommandsRefuseRubbish(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	good := "testdata/policies/global.json"
	for _, c := range []struct {
		args string
		want string
	}{
		{"decide", "-policy is missing"},
		{"decide -policy", "flag needs an argument"},
		{"decide -policy " + good, "-host is missing"},
		{"decide -polcy " + good, "there is no flag -polcy; there is -policy"},
		{"decide -policy nowhere.json -host testdata/laptop.json", "no such file"},
		{"decide -policy " + dir + "/none -host testdata/laptop.json", "no such file"},
		{"decide -policy " + good + " -host testdata/laptop.json -now yesterday", "want an instant"},
		{"decide -policy " + good + " -host " + file("empty.json", ""), "no host in it"},
		{"decide -policy " + good + " -host " + file("half.json", `{"version": 1, "host": {"id"`), "half.json: record 1"},
		{"decide -policy " + good + " -host " + file("noid.json", `{"version": 1, "host": {}}`), "host.id is missing"},
		{"decide -policy " + good + " -host " + file("new.json", `{"version": 99, "host": {"id": "x"}}`), "version 99"},
		{"decide -policy " + good + " -host " + file("typo.json", `{"version": 1, "host": {"id": "x"}, "schedule": {"items": [{"patch": "P", "grnat": "yes"}]}}`), "grnat"},
		{
			"decide -policy " + good + " -host " + file("length.json", `{"version": 1, "host": {"id": "x"}, "schedule": {"items": [{"patch": "P"}, {"patch": "Q", "installTime": "-3h"}]}}`),
			`length.json: record 1: schedule.items[1].installTime: "-3h": want a length`,
		},
		{
			"decide -policy " + good + " -host " + file("truth.json", `{"version": 1, "host": {"id": "x"}, "schedule": {"state": {"user": "maybe"}, "itmes": []}}`),
			`schedule.itmes: []: json: unknown field`,
		},
		{
			"decide -policy " + good + " -host " + file("maybe.json", `{"version": 1, "host": {"id": "x"}, "schedule": {"state": {"user": "maybe"}}}`),
			`schedule.state.user: "maybe": `,
		},
		{"decide -policy " + good + " -host " + file("twice.json", `{"version": 1, "host": {"id": "x"}, "schedule": {"items": [{"patch": "P"}, {"patch": "P"}]}}`), "stated twice"},
		{"decide -policy " + good + " -host testdata/fleet.jsonl", "more than one host"},
		{"decide -policy " + file("bad.json", `{"version": 1, "level": "site", "name": "x", "rules": {"s": {"hrad": "1d", "soft": "soon"}}}`) + " -host testdata/laptop.json", "did you mean hard?"},
		{"decide -policy " + file("zone.json", `{"version": 1, "level": "site", "name": "x", "windows": {"w": "daily 02:00 for 1h Mars/Olympus"}}`) + " -host testdata/laptop.json", "zone"},
		{"timeline -policy " + good + " -host testdata/laptop.json -from 2026-01-02 -to 2026-01-01", "after -from"},
		{"timeline -policy " + good + " -host testdata/laptop.json", "-from is missing"},
		{"why -policy " + good + " -field rules.security.hrad", "did you mean rules.security.hard?"},
		{"lint -policy " + good + " -zone Nowhere", "Nowhere"},
		{"forecast -policy " + good + " -by 2026-01-01", "-hosts is missing"},
		{"forecast -policy " + good + " -hosts testdata/fleet.jsonl", "-by is missing, or not after -from"},
		{"forecast -policy " + good + " -hosts testdata/fleet.jsonl -from 2026-02-01 -by 2026-01-01", "not after -from"},
		{"forecast -policy " + good + " -hosts testdata/fleet.jsonl -by 2036-01-01 -class secuirty", "want one of"}, //nolint:misspell // on purpose
		{"forecast -policy " + good + " -hosts " + file("cut.jsonl", `{"version": 1, "host": {"id": "a"}}`+"\n"+`{"version": 1, "ho`) + " -by 2036-01-01", "record 2"},
		{"compare " + good + " -hosts testdata/fleet.jsonl -by 2036-01-01", "OLD and NEW"},
		{"forecast -policy " + good + " -hosts testdata/fleet.jsonl -by 2036-01-01 -install -5m", "-install -5m0s"},
		{"forecast -policy " + good + " -hosts " + file("none.jsonl", "\n") + " -by 2036-01-01", "none.jsonl: no host in it"},
		{"compare " + good + " " + good + " -hosts " + file("none.jsonl", ""), "none.jsonl: no host in it"},
		{"lint -policy " + good + " -hosts " + file("none.jsonl", ""), "none.jsonl: no host in it"},
	} {
		status, out, errs := windowcalc(strings.Fields(c.args)...)
		if status != exitUsage || !strings.Contains(errs, c.want) || out != "" {
			t.Errorf("%s: status %d\nout %q\nerrs %q\nwant %q", c.args, status, out, errs, c.want)
		}
	}
	// Both faults of a file are told, and both files.
	_, _, errs := windowcalc("decide", "-policy", filepath.Join(dir, "bad.json"), "gone.json", "-host", "testdata/laptop.json")
	for _, w := range []string{"rules.s.hrad", "rules.s.soft", "gone.json"} {
		if !strings.Contains(errs, w) {
			t.Errorf("%q is missing in\n%s", w, errs)
		}
	}
}

func TestPolicyCommandsTeach(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"decide", "timeline", "why", "lint", "forecast", "compare"} {
		status, out, errs := windowcalc(name, "-h")
		if status != exitOK || errs != "" || !strings.Contains(out, "windowcalc "+name+" ") || !strings.Contains(out, "usage:") {
			t.Errorf("%s -h: status %d\n%s\n%s", name, status, out, errs)
		}
	}
}

func TestDecideJSONCarriesTheLedger(t *testing.T) {
	t.Parallel()
	status, out, errs := windowcalc("decide", "-json", "-policy", "testdata/policies", "-host", "testdata/laptop.json", "-now", "2026-11-11T09:05:00Z")
	var d schedule.Decision
	if err := json.Unmarshal([]byte(out), &d); err != nil || status != exitOK {
		t.Fatal(status, errs, err)
	}
	if d.Action != schedule.Offer || len(d.Ledger.Items) != 1 || d.Next.IsZero() || len(d.Choices) != 2 {
		t.Errorf("%s", out)
	}
}

// TestPictureShowsEverything reads the picture as XML and looks for each thing
// that it is to show.
func TestPictureShowsEverything(t *testing.T) {
	t.Parallel()
	svg := filepath.Join(t.TempDir(), "a.svg")
	status, _, errs := windowcalc("timeline", "-policy", "testdata/policies", "-host", "testdata/laptop.json",
		"-from", "2026-11-20", "-to", "2026-12-24", "-svg", svg)
	if status != exitOK {
		t.Fatal(errs)
	}
	data, err := os.ReadFile(svg)
	if err != nil {
		t.Fatal(err)
	}
	for dec := xml.NewDecoder(bytes.NewReader(data)); ; {
		if _, err := dec.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
	for _, w := range []string{
		"LDN-0042", "evening", "any-time", "restart-lunch", "year-end", "decision", "deadline KB5034441",
		"mandatory window", "optional window", "freeze", "decision: install", "hard deadline",
		bandColour(schedule.BandFreeze), actionColour(schedule.Offer), actionColour(schedule.InstallPatches),
	} {
		if !strings.Contains(string(data), w) {
			t.Errorf("%q is not in the picture", w)
		}
	}
}
