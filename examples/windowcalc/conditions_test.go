package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestWhereAsksTheInventory gives a layer to the hosts that have a package, and
// looks at what each command makes of it.
func TestWhereAsksTheInventory(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	host := func(id, snapshot string) string {
		return `{"version": 1, "host": {"id": "` + id + `", "site": "lab", "zone": "UTC"}, "snapshot": ` + snapshot + `}` + "\n"
	}
	const (
		scope = `"scope": {"packages": [{"type": "deb", "all": true}]}`
		with  = `{"packages": [{"type": "deb", "name": "postgresql-15", "version": "15.4-1"}], ` + scope + `}`
	)
	base := file("base.json", `{"version": 1, "level": "global", "name": "firm",
		"windows": {"day": "daily 02:00 for 4h UTC"}, "restarts": {"default": {"windows": ["day"]}},
		"rules": {"all": {"windows": ["day"]}}}`)
	db := file("db.json", `{"version": 1, "level": "group", "name": "databases", "where": "deb:postgresql-15",
		"windows": {"day": "sun 02:00 for 4h UTC"}}`)
	typo := file("typo.json", `{"version": 1, "level": "group", "name": "x", "hosts": ["site=nowhere"], "where": "deb:postgresql-15 nad label.x"}`)
	yes, no, unknown := file("yes.json", host("yes", with)), file("no.json", host("no", `{`+scope+`}`)), file("unknown.json", host("unknown", `{}`))
	rubbish := file("rubbish.json", host("r", `{"packages": 7}`))
	fleet := file("fleet.jsonl", host("yes", with)+host("no", `{`+scope+`}`)+host("unknown", `{}`)+host("yes2", with))
	const day = " -field windows.day.window -host "
	for _, c := range []struct {
		args   string
		status int
		want   string
	}{
		{"why -policy " + base + " " + db + day + yes, exitOK, `"sun 02:00 for 4h UTC"`},
		{"why -policy " + base + " " + db + day + no, exitOK, `windows.day.window = "daily 02:00 for 4h UTC"`},
		{"why -policy " + base + " " + db + day + unknown, exitUsage, `db.json: where: "deb:postgresql-15": cannot be answered for host unknown`},
		{"why -policy " + base + " " + db + day + rubbish, exitUsage, "rubbish.json: r: snapshot.packages"},
		{"why -policy " + base + " " + db + " -field windows.day.window", exitOK, `= "sun 02:00 for 4h UTC"`},
		{"why -policy " + base + " " + typo + day + yes, exitUsage, `typo.json: where: "deb:postgresql-15 nad label.x": applicability: footprint: character 19`},
		{"forecast -policy " + base + " " + db + " -hosts " + fleet + " -from 2026-11-09 -by 2026-11-10", exitOK, "1 of 4 hosts can"},
		{"forecast -policy " + base + " " + db + " -hosts " + fleet + " -from 2026-11-09 -by 2026-11-16", exitOK, "3 of 4 hosts can"},
		{"compare " + base + " " + base + "," + db + " -hosts " + fleet + " -from 2026-11-09", exitOK, "later 2, at the same time 1; no longer 1"},
		{"compare " + base + " " + base + "," + typo + " -hosts " + fleet, exitUsage, "character 19"},
		{"lint -policy " + base + " " + db + " -from 2026-01-01 -hosts " + fleet, exitFailed, "cannot be answered for host unknown"},
		{"lint -policy " + base + " " + db + " -from 2026-01-01", exitOK, "nothing found"},
		{"compare " + base + " " + base + "," + db + " -hosts " + fleet + " -from 2026-11-09", exitOK, "-> never refused schedule: " + db + ": where"},
	} {
		status, out, errs := windowcalc(strings.Fields(c.args)...)
		if status != c.status || !strings.Contains(out+errs, c.want) {
			t.Errorf("%s: status %d, want %d and %q\n%s%s", strings.ReplaceAll(c.args, dir+"/", ""), status, c.status, c.want, out, errs)
		}
	}
}
