package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// status is a small Debian host, release and packages a small archive for it.
const (
	hostStatus = `Package: hello
Status: install ok installed
Architecture: amd64
Version: 2.10-3

Package: bash
Status: install ok installed
Architecture: amd64
Version: 5.2.15-2
`
	archivePackages = `Package: hello
Version: 2.10-3+deb12u1
Architecture: amd64
Filename: pool/h.deb
Size: 1
SHA256: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855

`
	osRelease = "ID=debian\nVERSION_ID=\"12\"\nVERSION_CODENAME=bookworm\nPRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\n"
)

// folder writes the small host and archive and returns where they lie.
func folder(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	release := "Origin: Debian\nLabel: Debian\nSuite: oldstable\nCodename: bookworm\nDate: Fri, 20 Nov 2026 00:00:00 UTC\nArchitectures: amd64\nComponents: main\nSHA256:\n " +
		sum(archivePackages) + " " + decimal(len(archivePackages)) + " main/binary-amd64/Packages\n"
	for name, text := range map[string]string{
		"status": hostStatus, "mended": strings.Replace(hostStatus, "2.10-3", "2.10-3+deb12u1", 1), "os-release": osRelease, "Packages": archivePackages, "InRelease": release,
		"advisory.json": `{"id":"TEST-1","modified":"2026-01-01T00:00:00Z","affected":[{"package":{"ecosystem":"Debian:12","name":"hello"},"ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"},{"fixed":"2.10-3+deb12u1"}]}]}]}`,
		"cut.json":      `{"id":"TEST-2","affected":[{"package":`,
		"empty.json":    "",
		"manifest.json": `{"product":"App 1","files":[{"path":"/opt/app.dll","version":"1.0"}]}`,
		"escape.json":   `{"id":"TEST-\u001b[31m1","modified":"2026-01-01T00:00:00Z","affected":[{"package":{"ecosystem":"Debian:12","name":"hello"},"ranges":[{"type":"ECOSYSTEM","events":[{"introduced":"0"},{"fixed":"2.10-3+deb12u1"}]}]}]}`,
		"rubbish":       "\x00\x01\x02 neither host nor feed",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	pending := filepath.Join(dir, "dpkg", "updates")
	for _, err := range []error{
		os.MkdirAll(pending, 0o700),
		os.Mkdir(filepath.Join(dir, "empty"), 0o700),
		os.WriteFile(filepath.Join(dir, "dpkg", "status"), []byte(hostStatus), 0o600),
		os.WriteFile(filepath.Join(pending, "0001"), []byte("Package: hello\nStatus: install ok unpacked\nArchitecture: amd64\nVersion: 2.10-3+deb12u1\n"), 0o600),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestCommandLines(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	at := func(args string) []string { return strings.Fields(strings.ReplaceAll(args, "@", dir+"/")) }
	for name, c := range map[string]struct {
		args        string
		status      int
		out, errOut string // parts of what is written; empty: nothing is
	}{
		"needed":              {"-host @status -os @os-release -feed osv:@advisory.json", 1, "needed   -         TEST-1  hello:amd64  2.10-3     2.10-3+deb12u1", ""},
		"steers a terminal":   {"-host @status -os @os-release -feed osv:@escape.json", 1, `TEST-\x1b[31m1`, ""},
		"proof of such":       {"-host @status -os @os-release -feed osv:@escape.json -explain TEST-\x1b[31m1", 1, `TEST-\x1b[31m1: needed`, ""},
		"a wrong keyring":     {"-host @status -feed apt:@InRelease,@Packages -keyring @os-release", 2, "", "os-release: pgp: not a usable keyring"},
		"dpkg's folder":       {"-host @dpkg -os @os-release -feed osv:@advisory.json", 1, "broken: repair hello[amd64]", ""},
		"updates beside it":   {"-host @dpkg/status -os @os-release -feed osv:@advisory.json", 1, "broken: repair hello[amd64]", ""},
		"an empty folder":     {"-host @empty -feed osv:@advisory.json", 2, "", "neither a status file nor a status.d folder"},
		"feed without a flag": {"-host @status -os @os-release -feed osv:@advisory.json osv:@advisory.json", 1, "TEST-1", "two patches have one id"},
		"summary":             {"-host @status -os @os-release -feed osv:@advisory.json -summary", 1, "needed           1", ""},
		"proof":               {"-host @status -os @os-release -feed osv:@advisory.json -explain TEST-1", 1, "2.10-3+deb12u1", ""},
		"insecure says so":    {"-host @status -feed apt:@InRelease,@Packages -insecure", 1, "NOT VERIFIED", "NOT VERIFIED"},
		"unsigned":            {"-host @status -feed apt:@InRelease,@Packages -keyring @InRelease", 2, "", "not a usable keyring"},
		"order":               {"-host @status -os @os-release -feed osv:@advisory.json -order", 1, "stage 1: 1 patch\n  TEST-1", ""},
		"order as JSON":       {"-host @status -os @os-release -feed osv:@advisory.json -order -json", 1, `{"stages":[{"patches":["TEST-1"],"restart":"host","assumed":true`, ""},
		"order and summary":   {"-order -summary", 2, "", "one or the other"},
		"no such patch":       {"-host @status -os @os-release -feed osv:@advisory.json -explain TEST", 2, "", "these come near:\n  TEST-1"},
		"not such a patch":    {"-host @status -os @os-release -feed osv:@advisory.json -explain DSA-1", 2, "", "of 1 patch none has this id"},
		"no system stated":    {"-host @status -feed osv:@advisory.json", 2, "unknown", "no answer"},
		"a mistyped flag":     {"-hots @status", 2, "", "there is no flag -hots; there is -host\npatchcheck -h shows"},
		"a flag's rubbish":    {"-at yesterday", 2, "", "want an instant such as"},
		"a stray word":        {"status", 2, "", `"status": want a flag, or first of all one of the commands`},
		"an unknown kind":     {"-host @status -feed deb:@Packages", 2, "", "want KIND:PATH, KIND being apt, osv"},
		"apt without lists":   {"-host @status -feed apt:@InRelease", 2, "", "want apt:InRelease,PACKAGES"},
		"host without feed":   {"-host @status", 2, "", "-host needs a -feed"},
		"os without host":     {"-os @os-release", 2, "", "-os goes with -host"},
		"absent host":         {"-host @nobody -feed osv:@advisory.json", 2, "", "no such file"},
		"absent feed":         {"-host @status -feed osv:@nothing", 2, "", "no such file"},
		"a folder as a file":  {"-host @status -os @ -feed osv:@advisory.json", 2, "", "is a folder, want a file"},
		"rubbish as host":     {"-host @rubbish -feed osv:@advisory.json", 2, "", "cannot tell what kind of host file"},
		"empty feed":          {"-host @status -os @os-release -feed osv:@empty.json", 2, "", "empty file"},
		"cut feed":            {"-host @status -os @os-release -feed osv:@cut.json", 2, "", "/cut.json:1: jsonscan: the text ends inside a value"},
		"help":                {"-h", 0, "", "Examples:"},
		"lint finds nothing":  {"-lint -feed osv:@advisory.json", 0, "1 patch reasoned about, 0 findings, 0 questions undecided", ""},
		"lint twice":          {"-lint -feed osv:@advisory.json osv:@advisory.json", 1, "fault: refused: TEST-1", ""},
		"lint as JSON":        {"-lint -json -feed osv:@advisory.json osv:@advisory.json", 1, `{"code":"refused","grade":"fault","patch":"TEST-1"`, ""},
		"lint reads no host":  {"-lint -host @status -feed osv:@advisory.json", 2, "", "-lint reads no host"},
		"lint of nothing":     {"-lint -feed osv:@empty.json", 2, "0 patches", "the feeds hold no patch"},
		"diff with itself":    {"-host @status -os @os-release -diff @status -feed osv:@advisory.json", 1, "1 patch judged on both sides, 0 changes", ""},
		"diff":                {"-host @status -os @os-release -diff @mended -feed osv:@advisory.json", 1, "regressed: TEST-1, installed to needed\n    went down: deb:hello 2.10-3+deb12u1 to 2.10-3", ""},
		"diff back":           {"-host @mended -os @os-release -diff @status -feed osv:@advisory.json -json", 0, `"kind":"fixed","patch":"TEST-1"`, ""},
		"diff of nobody":      {"-host @status -diff @nobody -feed osv:@advisory.json", 2, "", "no such file"},
		"diff and order":      {"-host @status -diff @status -order -feed osv:@advisory.json", 2, "", "-diff goes with"},
		"installer":           {"-host @status -os @os-release -installer @manifest.json", 2, "not known: /opt/app.dll, on 1 host", "that is no answer"},
		"installer and order": {"-installer @manifest.json -order", 2, "", "is a question of its own"},
		"installer and OVAL":  {"-host @status -installer @manifest.json -feed oval:@advisory.json", 2, "", "some tests of OVAL"},
		"a bad manifest":      {"-host @status -installer @os-release", 2, "", "os-release: lint: not a usable manifest"},
		"no manifest":         {"-host @status -installer @nothing", 2, "", "no such file"},
		"versions":            {"versions", 2, "", "scheme"},
		"help, as a word":     {"help", 0, "", "Examples:"},
		"a host twice":        {"-host @status -host @mended -feed osv:@advisory.json", 2, "", "for flag -host: is there twice"},
		"a forgotten value":   {"-diff -host @status -feed osv:@advisory.json", 2, "", "its value is missing: what follows is the flag -host"},
		"as of a date":        {"-host @status -os @os-release -feed osv:@advisory.json -at 2026-03-01", 1, "as of  2026-03-01 00:00 UTC", ""},
		"keys for nothing":    {"-host @status -feed osv:@advisory.json -keyring @InRelease", 2, "", "-keyring verifies feeds of the kind apt"},
		"saved to a folder":   {"-host @status -feed osv:@advisory.json -save @empty", 2, "", "/empty is a folder, want a file"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			out, errOut, status := run(t, at(c.args)...)
			if status != c.status {
				t.Errorf("status %d, want %d", status, c.status)
			}
			if !strings.Contains(out, c.out) || c.out == "" && out != "" && c.status == noAnswer && c.errOut == "" {
				t.Errorf("wrote %q, want %q in it", out, c.out)
			}
			if !strings.Contains(errOut, c.errOut) || c.errOut == "" && errOut != "" {
				t.Errorf("said %q, want %q in it", errOut, c.errOut)
			}
		})
	}
}

// The members of a line are what other programs build on.
func TestJSONLine(t *testing.T) {
	t.Parallel()
	dir := folder(t)
	out, _, _ := run(t, "-host", dir+"/status", "-os", dir+"/os-release", "-feed", "osv:"+dir+"/advisory.json", "-json")
	want := `{"patch":"TEST-1","verdict":"needed","exposed":"yes","severity":"unknown","restart":"unknown",` +
		`"packages":[{"name":"hello","arch":"amd64","installed":"2.10-3","fixed":"2.10-3+deb12u1"}],"reasons":[]}` + "\n"
	if out != want {
		t.Errorf("got  %swant %s", out, want)
	}
	var compact bytes.Buffer
	if err := json.Compact(&compact, []byte(out)); err != nil {
		t.Error(err)
	}
}

// TestEmptyValue: a script whose variable is not set must not hear of this host
// when it asks for another, or of all patches when it asks for one.
func TestEmptyValue(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"-host", "-explain", "-diff", "-os", "-keyring", "-save", "-installer"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			out, errOut, status := run(t, name, "")
			if status != noAnswer || out != "" || !strings.Contains(errOut, "for flag "+name+": is empty") {
				t.Errorf("status %d, wrote %q, said %q, want %d and that %s is empty", status, out, errOut, noAnswer, name)
			}
		})
	}
}
