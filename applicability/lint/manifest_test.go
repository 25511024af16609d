package lint_test

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/applicability"
	"github.com/fettle-dev/fettle/applicability/lint"
	"github.com/fettle-dev/fettle/inventory"
)

func TestReadManifestRefuses(t *testing.T) {
	t.Parallel()
	for name, text := range map[string]string{
		"empty":      ``,
		"cut":        `{"product": "x", "files": [{"path"`,
		"no files":   `{"product": "x"}`,
		"unknown":    `{"files": [{"path": "/a", "overwrite": true}]}`,
		"no path":    `{"files": [{"version": "1"}]}`,
		"NUL":        `{"files": [{"path": "/a\u0000b"}]}`,
		"pattern":    `{"files": [{"path": "/a/*"}]}`,
		"version":    `{"files": [{"path": "/a", "version": "one"}]}`,
		"digest":     `{"files": [{"path": "/a", "digest": "md5:00"}]}`,
		"size":       `{"files": [{"path": "/a", "size": -1}]}`,
		"twice":      `{"files": [{"path": "/a", "Path": "/b"}]}`,
		"two values": `{"files": [{"path": "/a"}]} {}`,
	} {
		if _, err := lint.ReadManifest(strings.NewReader(text)); !errors.Is(err, lint.ErrManifest) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestDowngrades lays one file over hosts that have it older, newer, not at all,
// and where nobody looked.
func TestDowngrades(t *testing.T) {
	t.Parallel()
	const path = `C:\App\lib.dll`
	catalog, _ := applicability.Compile([]applicability.Patch{{
		ID: "FIX", Target: applicability.MustParse(`file "C:\\App\\lib.dll"`), Installed: applicability.MustParse(`file "C:\\App\\lib.dll" version >= 2`),
	}}, nil)
	host := func(id fettle.HostID, version string, looked bool) *inventory.Record {
		r := &inventory.Record{Host: inventory.Host{ID: id}, Snapshot: inventory.Snapshot{OS: inventory.OS{Family: "windows"}}}
		if version != "" {
			r.Snapshot.Files = []inventory.File{{Path: path, FileVersion: version, Versioned: fettle.Yes}}
		}
		if looked {
			r.Snapshot.Scope.Files = []string{path}
		}
		return r
	}
	fleet := []*inventory.Record{
		host("older", "1.0", true), host("newer", "2.5", true), host("alike", "2.5", true), host("risen", "1.8", true), host("none", "", true), host("blind", "", false),
	}
	unread := host("unread", "", true) // somebody saw the file, nobody read its version
	unread.Snapshot.Files = []inventory.File{{Path: path}}
	fleet = append(fleet, unread)
	for _, c := range []struct {
		name  string
		file  lint.ManifestFile
		wants []string
	}{
		{"plain", lint.ManifestFile{Path: path, Version: "1.5"}, []string{
			`this installer would replace C:\App\lib.dll 1.8 by 1.5 on 1 hosts (risen)`,
			`this installer would replace C:\App\lib.dll 2.5 by 1.5 on 2 hosts (newer), taking off [FIX]`,
		}},
		{"another case", lint.ManifestFile{Path: `c:\app\LIB.DLL`, Version: "2.1"}, []string{
			`this installer would replace C:\App\lib.dll 2.5 by 2.1 on 2 hosts (newer)`,
		}},
		{"keeps newer", lint.ManifestFile{Path: path, Version: "1.5", KeepsNewer: true}, nil},
		{"newer", lint.ManifestFile{Path: path, Version: "3"}, nil},
	} {
		check, err := lint.Downgrades(lint.Manifest{Files: []lint.ManifestFile{c.file}}, catalog, one(fleet...), time.Time{})
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, d := range check.Downgrades {
			got = append(got, d.String())
		}
		if strings.Join(got, "\n") != strings.Join(c.wants, "\n") {
			t.Errorf("%s: got\n%s\nwant\n%s", c.name, strings.Join(got, "\n"), strings.Join(c.wants, "\n"))
		}
		if check.Hosts != len(fleet) || check.NotLooked[c.file.Path] != 2 {
			t.Errorf("%s: %d hosts, not looked %v", c.name, check.Hosts, check.NotLooked)
		}
		if v := fleet[1].Snapshot.Files[0].FileVersion; v != "2.5" {
			t.Errorf("%s: the host was changed: %s", c.name, v)
		}
	}
}

func FuzzReadManifest(f *testing.F) {
	f.Add(`{"product":"Ledger 7","files":[{"folder":"System","path":"shared.dll","version":"5.1.0.0","keepsNewer":true}]}`)
	f.Add(`{"files":[{"path":"/usr/lib/x.so","digest":"sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855","size":12}]}`)
	f.Add(`{"files":[]}`)
	f.Fuzz(func(t *testing.T, text string) {
		m, err := lint.ReadManifest(strings.NewReader(text))
		if err != nil {
			if !errors.Is(err, lint.ErrManifest) {
				t.Fatalf("an error of no kind: %v", err)
			}
			return
		}
		if err := m.Check(); err != nil {
			t.Fatalf("read, and not usable: %v", err)
		}
	})
}

// TestDowngradesFindEveryWayToAFile: however a patch names the file, it is
// judged again; a patch about another file is not.
func TestDowngradesFindEveryWayToAFile(t *testing.T) {
	t.Parallel()
	const path = `C:\App\lib.dll`
	r := &inventory.Record{Host: inventory.Host{ID: "h"}, Snapshot: inventory.Snapshot{
		OS: inventory.OS{Family: "windows"}, Folders: map[string]string{"App": `C:\App`},
		Files:    []inventory.File{{Path: path, FileVersion: "2.5", Versioned: fettle.Yes}, {Path: `C:\App\other.dll`, FileVersion: "9", Versioned: fettle.Yes}},
		Registry: []inventory.RegistryKey{{Key: `HKLM\SOFTWARE\App`, Values: []inventory.RegistryValue{{Name: "Path", Type: inventory.RegString, Data: []string{`C:\App`}}}}},
		Scope: inventory.Scope{
			Files: []string{path, `C:\App\*`, `C:\*\l?b.dll`}, Folders: []string{"App"}, Registry: []inventory.KeyScope{{Key: `HKLM\SOFTWARE\App`}},
		},
	}}
	for footprint, taken := range map[string]bool{
		`file "C:\\App\\lib.dll" version >= 2`:                                        true,
		`file "c:/app/LIB.dll" version >= 2`:                                          true,
		`file "C:\\*\\l?b.dll" version >= 2`:                                          true,
		`file in folder App "lib.dll" version >= 2`:                                   true,
		`file in registry "HKLM\\SOFTWARE\\App" value Path "lib.dll" version >= 2`:    true,
		`file "C:\\App\\other.dll" version >= 2`:                                      false,
		`file in folder App "other.dll" and not file "C:\\App\\lib.dll" version < 1`:  false,
		`file in folder App "other.dll" and file "C:\\App\\lib.dll" version >= 1.5.1`: true,
	} {
		catalog, problems := applicability.Compile([]applicability.Patch{{
			ID: "FIX", Target: applicability.MustParse("os.family = windows"), Installed: applicability.MustParse(footprint),
		}}, nil)
		if len(problems) > 0 {
			t.Fatal(problems[0])
		}
		if v := catalog.Assess(r, time.Time{}).Of(0).Verdict; v != applicability.Installed {
			e, _ := catalog.Explain(r, "FIX", time.Time{})
			t.Fatalf("%s: %s before\n%s", footprint, v, e)
		}
		check, err := lint.Downgrades(lint.Manifest{Files: []lint.ManifestFile{{Path: path, Version: "1.5"}}}, catalog, one(r), time.Time{})
		if err != nil || len(check.Downgrades) != 1 {
			t.Fatalf("%s: %v %v", footprint, check, err)
		}
		if got := len(check.Downgrades[0].Patches) == 1; got != taken {
			t.Errorf("%s: taken off %t, want %t", footprint, got, taken)
		}
	}
}
