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
		"table":            {"-feed osv:@advisory.json -os @os-release %", 1, "TEST-1  unknown   1       0        0           0        1        1          0         1\n\n3 hosts, 1 patches, 1 of them listed; 2 files", "rubbish: hostfile: cannot tell"},
		"a host twice":     {"-feed osv:@advisory.json -os @os-release %", 1, "", `host "web-1" is in`},
		"hosts of a patch": {"-feed osv:@advisory.json -os @os-release -patch TEST-1 %", 1, "web-1  needed     yes", ""},
		"as csv":           {"-feed osv:@advisory.json -os @os-release -patch TEST-1 -csv %", 1, "HOST,VERDICT,EXPOSED,FILE\n", ""},
		"as json":          {"-feed osv:@advisory.json -os @os-release -json %", 1, `"exposed":{"no":0,"unknown":2,"yes":1}`, ""},
		"select":           {"-select host.id=db-1 -json %", 0, `{"host":"db-1","holds":"yes"`, ""},
		"select nobody":    {"-select host.id=db-9 @hosts/sub", 2, "HOST", "rubbish"},
		"no such patch":    {"-feed osv:@advisory.json -patch TEST %", 2, "", `-patch "TEST": no patch has this id`},
		"no feed":          {"%", 2, "", "want a -feed"},
		"no folder":        {"-feed osv:@advisory.json", 2, "", "want the folder"},
		"two folders":      {"-feed osv:@advisory.json % %", 2, "", "one folder is enough"},
		"a file":           {"-feed osv:@advisory.json @status", 2, "", "is a file, want a folder"},
		"nothing there":    {"-feed osv:@advisory.json @nowhere", 2, "", "no such file"},
		"a mistyped flag":  {"-ptach X %", 2, "", "flag provided but not defined"},
		"two questions":    {"-patch X -select site=x %", 2, "", "two questions"},
		"two forms":        {"-json -csv -select site=x %", 2, "", "two forms"},
		"a bad footprint":  {"-select site= %", 2, "", "-select: applicability: footprint"},
		"help":             {"-h", 0, "", "Examples:"},
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
