package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestBaselineCommandLines(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	for name, text := range map[string]string{
		"checks.json": `{"version": 1, "name": "servers", "checks": [
  {"id": "hello", "title": "hello is new", "severity": "high", "applies": "deb:hello", "expect": "deb:hello >= 2.10-3+deb12u1", "restart": "none"},
  {"id": "bash", "title": "bash is there", "applies": "always", "expect": "deb:bash", "restart": "none"}]}`,
		"risks.json": `{"version": 1, "name": "risks", "exceptions": [
  {"id": "R-1", "kind": "waiver", "patches": ["servers/hello", "TEST-1"], "where": "always", "owner": "ops", "reason": "tested next week", "expires": "2026-12-01T00:00:00Z"}]}`,
		"gone.json": `{"version": 1, "name": "gone", "exceptions": [
  {"id": "R-2", "kind": "waiver", "patches": ["servers/helo"], "where": "always", "owner": "ops", "reason": "misspelt", "expires": "2027-12-01T00:00:00Z"}]}`,
		"wrong.json": `{"version": 1, "name": "x", "chekcs": []}`,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, c := range map[string]struct {
		args        string
		status      int
		out, errOut string // parts of what is written; empty: nothing is
	}{
		"unmet":         {"-host @status -baseline @checks.json", 1, "unmet   high      servers/hello   hello is new", ""},
		"waived":        {"-host @status -baseline @checks.json -baseline @risks.json -at 2026-11-30T23:59:59Z", 0, "waiver R-1 until 2026-12-01T00:00:00Z: tested next week (ops)", "names TEST-1, and no patch"},
		"counted":       {"-host @status -baseline @checks.json -baseline @risks.json -summary", 0, "exposed: 1, of them excused 1; conforms to its baselines: no", "TEST-1"},
		"expired":       {"-host @status -baseline @checks.json -baseline @risks.json -at 2026-12-01T00:00:00Z", 1, "waiver R-1 expired at 2026-12-01T00:00:00Z", "TEST-1"},
		"with a feed":   {"-host @status -os @os-release -feed osv:@advisory.json -baseline @checks.json -baseline @risks.json", 0, "patches: 1 waived", ""},
		"json":          {"-host @status -baseline @checks.json -baseline @risks.json -json", 0, `"status":"waived","exception":"R-1"}`, "TEST-1"},
		"order":         {"-host @status -os @os-release -feed osv:@advisory.json -baseline @risks.json -order", 0, "left out: TEST-1: waiver R-1 until 2026-12-01T00:00:00Z: tested next week (ops)", "names servers/hello"},
		"order as JSON": {"-host @status -os @os-release -feed osv:@advisory.json -baseline @risks.json -order -json", 0, `{"stages":[],"leftOut":[{"patch":"TEST-1","reason":{"code":"excused"`, "servers/hello"},
		"order, over":   {"-host @status -os @os-release -feed osv:@advisory.json -baseline @risks.json -order -at 2026-12-01T00:00:00Z", 1, "stage 1: 1 patch\n  TEST-1", "servers/hello"},
		"drift":         {"-host @status -diff @mended -baseline @checks.json", 1, "drifted: servers/hello, met to unmet: hello is new\n    deb:hello >= 2.10-3+deb12u1: yes (saw ", ""},
		"drift mended":  {"-host @mended -diff @status -baseline @checks.json", 0, "restored: servers/hello, unmet to met", ""},
		"drift as JSON": {"-host @mended -diff @status -baseline @checks.json -json", 0, `"drift":[{"patch":"servers/hello","title":"hello is new","severity":"high","way":"restored"`, ""},
		"waived drift":  {"-host @status -diff @mended -baseline @checks.json -baseline @risks.json", 0, "now: waiver R-1 until", "TEST-1"},
		"waived proof":  {"-host @status -baseline @checks.json -baseline @risks.json -explain servers/hello", 0, "servers/hello: waived by R-1, exceptions counted\nservers/hello: blocked, exposed: yes\n  hello is new\nbecause no remedy comes with this check\nbecause waiver R-1 until", "TEST-1"},
		"proof as JSON": {"-host @status -baseline @checks.json -baseline @risks.json -explain servers/hello -json", 0, `"status":"waived","exception":"R-1"}`, "TEST-1"},
		"all":           {"-host @status -baseline @checks.json -all", 1, "met     -         servers/bash", ""},
		"proof":         {"-host @status -baseline @checks.json -explain servers/hello", 1, "2.10-3+deb12u1", ""},
		"misspelt":      {"-host @status -baseline @checks.json -baseline @gone.json", 1, "unmet", "exception R-2 names servers/helo"},
		"a wrong field": {"-host @status -baseline @wrong.json", 2, "", "wrong.json: chekcs: baseline: no such field"},
		"twice":         {"-host @status -baseline @checks.json -baseline @checks.json", 2, "", "one id for two: another baseline has"},
		"empty file":    {"-host @status -baseline @empty.json", 2, "", "empty.json: is empty"},
		"rubbish":       {"-host @status -baseline @rubbish", 2, "", "not of the form of a baseline"},
		"absent":        {"-host @status -baseline @nothing", 2, "", "no such file"},
		"no checks":     {"-host @status -baseline @risks.json", 2, "exposed: 0", "there is nothing to judge"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			out, errOut, status := run(t, strings.Fields(strings.ReplaceAll(c.args, "@", dir+"/"))...)
			if status != c.status || !strings.Contains(out, c.out) || !strings.Contains(errOut, c.errOut) || c.errOut == "" && errOut != "" {
				t.Errorf("status %d, want %d\nwrote %s\nwant %q in it\nsaid %s\nwant %q in it", status, c.status, out, c.out, errOut, c.errOut)
			}
		})
	}
}
