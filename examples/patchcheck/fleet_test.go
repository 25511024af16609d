package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// fleetFolder writes two hosts of the small Debian host's kind, one of them
// patched, a file that is no host, and what TestCommandLines uses beside them.
func fleetFolder(t *testing.T) (dir, hosts string) {
	t.Helper()
	dir = folder(t)
	hosts = filepath.Join(dir, "hosts")
	for name, text := range map[string]string{
		"web-1":       hostStatus,
		"sub/web-2":   strings.Replace(hostStatus, "2.10-3", "2.10-3+deb12u1", 1),
		"sub/rubbish": "\x00\x01\x02 no host",
		"zz.json":     `{"version":1,"host":{"id":"web-1"},"snapshot":{}}` + "\n" + `{"version":1,"host":{"id":"db-1"},"snapshot":{}}` + "\n",
	} {
		path := filepath.Join(hosts, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	pc := func(id, version string) string {
		return `{"version":1,"host":{"id":"` + id + `"},"snapshot":{"os":{"family":"windows"},"files":[{"path":"/opt/app.dll","versioned":"yes","fileVersion":"` + version + `"}],"scope":{"files":["/opt/app.dll"]}}}` + "\n"
	}
	for name, text := range map[string]string{
		"pcs/all.jsonl": pc("pc-1", "2.0") + pc("pc-2", "1.4") + pc("pc-3", "2.0"),
		"checks.json":   `{"version":1,"name":"servers","checks":[{"id":"hello","title":"hello is new","severity":"high","applies":"always","expect":"deb:hello >= 2.10-3+deb12u1","restart":"none"}]}`,
		"risks.json": `{"version":1,"name":"risks","exceptions":[{"id":"R-1","kind":"waiver","patches":["servers/hello"],"where":"deb:hello","owner":"ops","reason":"later",
			"expires":"2026-12-01T00:00:00Z"}]}`,
		"app.json":       `{"version":1,"name":"app","checks":[{"id":"app","applies":"os.family = windows","expect":"file \"/opt/app.dll\" version >= 2"}]}`,
		"installer.json": `{"product":"Ledger 7","files":[{"path":"/opt/app.dll","version":"1.5"},{"path":"/opt/new.dll","version":"1.0"}]}`,
		"harmless.json":  `{"product":"Ledger 8","files":[{"path":"/opt/app.dll","version":"2.0.1"}]}`,
	} {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir, hosts
}

func TestFleetCommandLines(t *testing.T) {
	t.Parallel()
	dir, hosts := fleetFolder(t)
	for name, c := range map[string]struct {
		args        string
		status      int
		out, errOut string // parts of what is written
	}{
		"table":                    {"-feed osv:@advisory.json -os @os-release %", 1, "TEST-1  unknown   1       0        0           0        1        1          0         1\n\n3 hosts, 1 patch, 1 of them listed; 2 files", "rubbish: hostfile: cannot tell"},
		"a host twice":             {"-feed osv:@advisory.json -os @os-release %", 1, "", `host "web-1" is in`},
		"hosts of a patch":         {"-feed osv:@advisory.json -os @os-release -patch TEST-1 %", 1, "web-1  needed     yes", ""},
		"as csv":                   {"-feed osv:@advisory.json -os @os-release -patch TEST-1 -csv %", 1, "HOST,VERDICT,EXPOSED,FILE\n", ""},
		"as json":                  {"-feed osv:@advisory.json -os @os-release -json %", 1, `"exposed":{"no":0,"unknown":2,"yes":1}`, ""},
		"select":                   {"-select host.id=db-1 -json %", 0, `{"host":"db-1","holds":"yes"`, ""},
		"checks":                   {"-baseline @checks.json %", 1, "servers/hello   high      1      0                1        0       0          1    0               1         1        0        hello is new\n\n3 hosts: conforming to the baselines 1, not conforming 1, not known 1\nchecks and patches 1, of them listed 1; 2 files or records could not be read", "rubbish"},
		"excused checks":           {"-baseline @checks.json -baseline @risks.json %", 2, "1        1       0          1    0               1         1        1        hello is new", "that is no answer: 3 hosts and 1 patch judged, 1 answer unknown, 2 files"},
		"a check":                  {"-baseline @checks.json -baseline @risks.json -check servers/hello %", 2, "web-1  waived   yes      R-1        no remedy comes with this check; waiver R-1 until 2026-12-01T00:00:00Z: later (ops)", ""},
		"a check as csv":           {"-baseline @checks.json -check servers/hello -csv %", 1, "HOST,STATUS,EXPOSED,EXCEPTION,REMARKS,FILE\nweb-1,unmet,yes,-,", ""},
		"a check as json":          {"-baseline @checks.json -baseline @risks.json -check servers/hello -json %", 2, `{"host":"web-1","patch":"servers/hello","verdict":"blocked","exposed":"yes","file":"`, ""},
		"checks as json":           {"-baseline @checks.json -baseline @risks.json -json %", 2, `"statuses":{"met":1,"mitigated":0,"not-applicable":0,"pending-restart":0,"unknown":1,"unmet":0,"waived":1},"excused":1}`, ""},
		"checks and a feed":        {"-feed osv:@advisory.json -os @os-release -baseline @checks.json -csv %", 1, "\nTEST-1,unknown,1,0,1,0,0,1,0,", ""},
		"a check nobody has":       {"-baseline @checks.json -check hello %", 2, "", "these come near:\n  servers/hello"},
		"a check alone":            {"-check servers/hello %", 2, "", "-check goes with the -baseline"},
		"checks of a footprint":    {"-baseline @checks.json -select os.id=debian %", 2, "", "without -baseline"},
		"installer":                {"-installer @installer.json @pcs", 1, "/opt/app.dll  2.0  1.5     2      pc-1         -          -", ""},
		"installer by checks":      {"-installer @installer.json -baseline @app.json @pcs", 1, "1.5     2      pc-1         app/app", ""},
		"installer as csv":         {"-installer @installer.json -csv @pcs", 1, "/opt/app.dll,2.0,1.5,2,pc-1,-,-\n", "not known: /opt/new.dll, on 3 hosts"},
		"installer as json":        {"-installer @installer.json -json @pcs", 1, `{"product":"Ledger 7","files":2,"downgrades":[{"path":"/opt/app.dll","has":"2.0","brings":"1.5","hosts":2,"first":"pc-1"}],"hosts":3,"notLooked":{"/opt/new.dll":3}}`, ""},
		"a harmless one":           {"-installer @harmless.json @pcs", 0, "it would harm 0 of the files there", ""},
		"no manifest":              {"-installer @status @pcs", 2, "", "status: lint: not a usable manifest"},
		"an installer and a patch": {"-installer @installer.json -patch X @pcs", 2, "", "-patch and -installer are two questions"},
		"select nobody":            {"-select host.id=db-9 @hosts/sub", 2, "HOST", "rubbish"},
		"no such patch":            {"-feed osv:@advisory.json -patch TEST %", 2, "", `-patch "TEST": no patch has this id`},
		"no feed":                  {"%", 2, "", "want a -feed or a -baseline"},
		"no folder":                {"-feed osv:@advisory.json", 2, "", "want the folder"},
		"two folders":              {"-feed osv:@advisory.json % %", 2, "", "one folder is enough"},
		"a file":                   {"-feed osv:@advisory.json @status", 2, "", "is a file, want a folder"},
		"nothing there":            {"-feed osv:@advisory.json @nowhere", 2, "", "no such file"},
		"a mistyped flag":          {"-ptach X %", 2, "", "there is no flag -ptach; there is -patch"},
		"two questions":            {"-patch X -select site=x %", 2, "", "two questions"},
		"two forms":                {"-json -csv -select site=x %", 2, "", "two forms"},
		"a bad footprint":          {"-select site= %", 2, "", "-select: applicability: footprint"},
		"help":                     {"-h", 0, "", "Examples:"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			args := strings.NewReplacer("@", dir+"/", "%", hosts).Replace(c.args)
			out, errOut, status := run(t, append([]string{"fleet"}, strings.Fields(args)...)...)
			if status != c.status {
				t.Errorf("status %d, want %d", status, c.status)
			}
			if !strings.Contains(out, c.out) {
				t.Errorf("wrote %q, want %q in it", out, c.out)
			}
			if !strings.Contains(errOut, c.errOut) {
				t.Errorf("said %q, want %q in it", errOut, c.errOut)
			}
		})
	}
}

// TestFleetSkipsPipes: opening a pipe would wait for ever.
func TestFleetSkipsPipes(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := os.Symlink(os.DevNull, filepath.Join(dir, "device")); err != nil {
		t.Skip("no symbolic links here:", err)
	}
	if err := os.WriteFile(filepath.Join(dir, "web-1"), []byte(hostStatus), 0o600); err != nil {
		t.Fatal(err)
	}
	out, errOut, status := run(t, "fleet", "-select", "deb:hello", dir)
	if status != nothingNeeded || !strings.Contains(out, "web-1  yes") || !strings.Contains(errOut, "device: is a pipe or a device, want a file") {
		t.Errorf("status %d, wrote %q, said %q", status, out, errOut)
	}
}
