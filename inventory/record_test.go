package inventory_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/inventory"
)

func at(text string) time.Time {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		panic(err)
	}
	return t
}

// full has every field of a record set to something.
func full() inventory.Record {
	text := "Port 22\n"
	return inventory.Record{
		Version: inventory.RecordVersion,
		Host:    inventory.Host{ID: "web-01", Name: "web", Site: "london", Labels: map[string]string{"role": "web", "ring": "2"}, Zone: "Europe/London"},
		Snapshot: inventory.Snapshot{
			Taken: at("2026-03-01T10:00:00Z"),
			OS: inventory.OS{
				Family: "linux", ID: "debian", IDLike: []string{"x"}, Version: "12", Codename: "bookworm", Variant: "server",
				Build: "7", CPE: "cpe:/o:debian:debian_linux:12", Arch: "amd64", Name: "Debian GNU/Linux 12 (bookworm)",
			},
			Kernel: inventory.Kernel{
				Release: "6.1.0-18-amd64", Version: "#1 SMP Debian 6.1.76-1 (2024-02-01)", Machine: "x86_64",
				Packages: []string{"linux-image-6.1.0-18-amd64"}, Livepatches: []string{"fix1"},
			},
			BootID: "b1", BootTime: at("2026-02-01T00:00:00Z"),
			Packages: []inventory.Package{
				{
					Type: "deb", Name: "openssl", Version: "3.0.11-1~deb12u2", Arch: "amd64", Source: "openssl", SourceVersion: "3.0.11-1~deb12u2",
					State: inventory.HalfConfigured, Want: inventory.WantDeinstall, Hold: true, Reinstall: true, Vendor: "Debian", InstalledAt: at("2026-01-01T00:00:00Z"),
				},
				{Type: "pypi", Name: "requests", Version: "2.31.0", Path: "/srv/venv"},
				{Type: "rpm", Name: "npm", Version: "1:8.19.2-1.el9", Arch: "x86_64", Module: "nodejs:16:9010020221118:rhel9"},
			},
			Files: []inventory.File{
				{Path: "/etc/ssh", Dir: true},
				{
					Path: "/etc/ssh/sshd_config", Size: 8, Modified: at("2026-01-01T00:00:00Z"), Digest: fettle.DigestOf([]byte(text)),
					Versioned: fettle.No, Text: &text, Package: "openssh-server",
				},
				{Path: "/opt/x.dll", Size: 9, Versioned: fettle.Yes, FileVersion: "1.2.3.4", ProductVersion: "1.2.0.0"},
			},
			Registry: []inventory.RegistryKey{{
				Key: `HKLM\SOFTWARE\Mozilla`, View: inventory.View32,
				Values: []inventory.RegistryValue{
					{Type: inventory.RegString, Data: []string{"default"}},
					{Name: "List", Type: inventory.RegMulti, Data: []string{"a", "b"}},
				},
			}},
			Products: []inventory.Product{{
				Code: "{AC76BA86-7AD7-1033-7B44-AC0F074E4100}", Name: "Acrobat", Version: "24.001.20604", Publisher: "Adobe",
				Patches: []inventory.ProductPatch{{Code: "{AC76BA86-7AD7-0000-2550-AC0F074E4100}", Name: "KB1", State: "applied"}},
			}},
			Services: []inventory.Service{{Name: "sshd.service", State: "running", Start: "auto"}},
			Hotfixes: []inventory.Hotfix{{ID: "KB5034441", Kind: "Security Update", InstalledOn: at("2026-01-09T00:00:00Z")}},
			Folders:  map[string]string{"Windows": `C:\Windows`},
			Facts:    map[string]string{"bios.version": "1.2"},
			Counters: map[string]uint64{"boots": 12},
			Restart: inventory.RestartEvidence{
				Required: true, Packages: []string{"libc6"},
				Mapped:  []inventory.MappedFile{{Path: "/usr/lib/libssl.so.3", Package: "libssl3", Processes: []inventory.Process{{PID: 1, Name: "init", Unit: "init.scope"}}}},
				Renames: []inventory.PendingRename{{From: `C:\a`, To: `C:\b`}}, Components: []string{"Package_for_KB5034441"},
				Marks: []string{inventory.MarkCBSPending},
			},
			Scope: inventory.Scope{
				Packages: []inventory.PackageScope{
					{Type: "deb", All: true, Unread: []inventory.UnreadPackage{{Name: "bad", Source: "src"}}},
					{Type: "rpm", Names: []string{"npm"}, Sources: []string{"nodejs"}},
				},
				Files: []string{"/etc/ssh", "/etc/ssh/*"}, Registry: []inventory.KeyScope{{Key: `HKLM\SOFTWARE\Mozilla`, View: inventory.View32, Values: []string{"", "List"}}},
				Products: true, Hotfixes: true, Services: []string{"*"}, Folders: []string{"Windows"}, Facts: []string{"bios.version"},
				Evidence: []inventory.Evidence{inventory.EvidenceFlag},
			},
		},
	}
}

// TestRecordForm holds the JSON form to its golden file: it is an API.
func TestRecordForm(t *testing.T) {
	t.Parallel()
	record := full()
	line, err := record.Line()
	require.NoError(t, err)
	golden := filepath.Join("testdata", "record.json")
	if os.Getenv("UPDATE_GOLDEN") != "" {
		require.NoError(t, os.WriteFile(golden, line, 0o600))
	}
	want, err := os.ReadFile(golden)
	require.NoError(t, err)
	require.Equal(t, string(want), string(line))

	got, report := readAll(t, string(line))
	require.Equal(t, []inventory.Record{record}, got)
	require.Empty(t, report.Notes)
	again, err := got[0].Line()
	require.NoError(t, err)
	require.Equal(t, string(line), string(again))
}

func readAll(t *testing.T, text string) ([]inventory.Record, inventory.Report) {
	t.Helper()
	rd := inventory.NewReader(strings.NewReader(text), "hosts.jsonl", nil)
	var records []inventory.Record
	for r, err := range rd.All() {
		require.NoError(t, err)
		records = append(records, r)
	}
	return records, rd.Report()
}

// TestOrderDoesNotMatter: the same facts in another order give the same line.
func TestOrderDoesNotMatter(t *testing.T) {
	t.Parallel()
	a, b := full(), full()
	s := &b.Snapshot
	s.Packages[0], s.Packages[2] = s.Packages[2], s.Packages[0]
	s.Packages = append(s.Packages, s.Packages[1]) // and once more, word for word
	s.Files[0], s.Files[1] = s.Files[1], s.Files[0]
	s.Scope.Files = []string{"/etc/ssh/*", "/etc/ssh", "/etc/ssh"}
	s.Taken = s.Taken.In(time.FixedZone("x", 3600))
	first, err := a.Line()
	require.NoError(t, err)
	second, err := b.Line()
	require.NoError(t, err)
	require.Equal(t, string(first), string(second))
}

const small = `{"version":1,"host":{"id":"%s"},"snapshot":{}}`

// TestBadRecords: each costs itself, is named by file, line, host and field,
// and never its neighbours.
func TestBadRecords(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, line, want string }{
		{"truncated", `{"version":1,"host":{"id":"bad"},"snap`, "hosts.jsonl:2: inventory: the file ends in the middle of a record"},
		{"no brace", `hello`, "hosts.jsonl:2: inventory: not of this format"},
		{"two on a line", fmt.Sprintf(small+small, "bad", "bad"), "not of this format: jsonscan: not valid JSON at byte 47"},
		{"no version", `{"host":{"id":"bad"},"snapshot":{}}`, `hosts.jsonl:2: bad: version: inventory: not of this format: want "version": 1`},
		{"newer", `{"version":2,"host":{"id":"bad"},"snapshot":{"packages":"elsewhere"}}`, "hosts.jsonl:2: bad: version: inventory: record of a newer version: 2"},
		{"no id", `{"version":1,"host":{},"snapshot":{}}`, "hosts.jsonl:2: host.id: it is empty"},
		{"type", `{"version":1,"host":{"id":"bad"},"snapshot":{"packages":{}}}`, "hosts.jsonl:2: bad: snapshot.packages: inventory: not of this format: object where slice is wanted"},
		{"word", `{"version":1,"host":{"id":"bad"},"snapshot":{"packages":[{"type":"deb","name":"a","version":"1","state":"melted"}]}}`, `"melted": want one of installed`},
		{"no name", `{"version":1,"host":{"id":"bad"},"snapshot":{"packages":[{"type":"deb","version":"1"}]}}`, "hosts.jsonl:2: bad: snapshot.packages[0].name: it is empty"},
		{"no package version", `{"version":1,"host":{"id":"bad"},"snapshot":{"packages":[{"type":"deb","name":"a"}]}}`, "snapshot.packages[0].version: it is empty"},
		{"twice", `{"version":1,"host":{"id":"bad","id":"b"},"snapshot":{}}`, `hosts.jsonl:2: b: host: inventory: not of this format: jsonscan: duplicate member at byte 32: "id"`},
		{"case", `{"version":1,"host":{"ID":"bad"},"snapshot":{}}`, `host.ID: inventory: not of this format: want "id": the case of field names counts`},
		{"not UTF-8", "{\"version\":1,\"host\":{\"id\":\"b\xff\"},\"snapshot\":{}}", "not valid UTF-8 at byte 28"},
		{"deep", `{"version":1,"host":{"id":"bad"},"snapshot":{"x":` + strings.Repeat("[", 200) + strings.Repeat("]", 200) + `}}`, "nested too deeply"},
		{"wide", `{"version":1,"host":{"id":"bad"},"snapshot":{"packages":[` + strings.Repeat("{},", 2000) + `{}]}}`, "more than 1000 entries"},
		{"many", `{"version":1,"host":{"id":"bad"},"snapshot":{"facts":{` + manyFields(2000) + `}}}`, "more than 1000 fields"},
		{"long", `{"version":1,"host":{"id":"bad"},"snapshot":{"bootId":"` + strings.Repeat("x", 200_000) + `"}}`, "too large: more than 100000 bytes"},
		{"NUL in a path", `{"version":1,"host":{"id":"bad"},"snapshot":{"files":[{"path":"/a\u0000b"}]}}`, "snapshot.files[0].path: inventory: not a usable path"},
		{"file twice", `{"version":1,"host":{"id":"bad"},"snapshot":{"files":[{"path":"/a"},{"path":"/a"}]}}`, "snapshot.files[1]: it occurs twice"},
		{"year", `{"version":1,"host":{"id":"bad"},"snapshot":{"files":[{"path":"/a","modified":"9999-12-31T23:59:59-01:00"}]}}`, "snapshot.files[0].modified: civil: the year in UTC is not one of 0 to 9999"},
		{"year of the snapshot", `{"version":1,"host":{"id":"bad"},"snapshot":{"taken":"0000-01-01T00:00:00+01:00"}}`, "snapshot.taken: civil: the year"},
		{"hive", `{"version":1,"host":{"id":"bad"},"snapshot":{"registry":[{"key":"HKXX\\A"}]}}`, "snapshot.registry[0].key: inventory: not a usable path"},
		{"scope twice", `{"version":1,"host":{"id":"bad"},"snapshot":{"scope":{"packages":[{"type":"deb"},{"type":"deb"}]}}}`, "snapshot.scope.packages[1]: it occurs twice"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			text := fmt.Sprintf(small, "before") + "\n" + c.line + "\n" + fmt.Sprintf(small, "after") + "\n"
			rd := inventory.NewReader(strings.NewReader(text), "hosts.jsonl", &inventory.ReaderOptions{MaxRecord: 100_000, MaxList: 1000})
			var hosts []string
			var refused []error
			for r, err := range rd.All() {
				if err != nil {
					refused = append(refused, err)
					continue
				}
				hosts = append(hosts, string(r.Host.ID))
			}
			require.Equal(t, []string{"before", "after"}, hosts)
			require.Len(t, refused, 1)
			require.ErrorContains(t, refused[0], c.want)
			report := rd.Report()
			require.Equal(t, "read 3, used 2, refused 1", report.String())
		})
	}
}

func manyFields(n int) string {
	fields := make([]string, n)
	for i := range fields {
		fields[i] = fmt.Sprintf(`"f%d":"x"`, i)
	}
	return strings.Join(fields, ",")
}

func TestUnknownFieldsAreCounted(t *testing.T) {
	t.Parallel()
	text := `{"version":1,"new":{"a":[1,{"b":null}]},"host":{"id":"a","labels":{"any":"thing"}},"snapshot":{"packages":[{"type":"deb","name":"a","version":"1","colour":"red"},{"type":"deb","name":"b","version":"1","colour":"blue"}]}}`
	records, report := readAll(t, text)
	require.Len(t, records[0].Snapshot.Packages, 2)
	require.Equal(t, map[string]int{"unknown field new": 1, "unknown field snapshot.packages.[].colour": 2}, report.Notes)
}

func TestOneRecordOverManyLines(t *testing.T) {
	t.Parallel()
	records, _ := readAll(t, "{\n \"version\": 1,\n \"host\": {\"id\": \"a}\\\"{\"},\n \"snapshot\": {\n }\n}\n")
	require.Equal(t, "a}\"{", string(records[0].Host.ID))
}

func TestReadErrorEndsIt(t *testing.T) {
	t.Parallel()
	broken := errors.New("disk on fire")
	rd := inventory.NewReader(&failing{text: fmt.Sprintf(small, "a") + "\n", err: broken}, "hosts.jsonl", nil)
	var got []error
	for _, err := range rd.All() {
		got = append(got, err)
	}
	require.Len(t, got, 2)
	require.NoError(t, got[0])
	require.ErrorIs(t, got[1], broken)
}

type failing struct {
	text string
	err  error
}

func (f *failing) Read(p []byte) (int, error) {
	if f.text == "" {
		return 0, f.err
	}
	n := copy(p, f.text)
	f.text = f.text[n:]
	return n, nil
}

func FuzzReader(f *testing.F) {
	record := full()
	line, err := record.Line()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(line)
	f.Add([]byte(fmt.Sprintf(small, "a") + "\n{\n" + fmt.Sprintf(small, "b")))
	f.Add([]byte(`{"version":1,"host":{"id":"a"},"snapshot":{"taken":"9999-12-31T23:59:59-01:00"}}`))
	f.Add([]byte(`{"version":1,"host":{"id":"a"},"snapshot":{"registry":[{"key":"hkey_local_machine\\a\\"}]}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		for r, err := range inventory.NewReader(bytes.NewReader(text), "f", nil).All() {
			if err != nil {
				continue
			}
			first, err := r.Line()
			if err != nil {
				t.Fatalf("what was read cannot be written: %v", err)
			}
			for back, err := range inventory.NewReader(bytes.NewReader(first), "f", nil).All() {
				if err != nil {
					t.Fatalf("what was written cannot be read: %v\n%s", err, first)
				}
				second, err := back.Line()
				if err != nil || !bytes.Equal(first, second) {
					t.Fatalf("written twice, two texts (%v):\n%s%s", err, first, second)
				}
			}
		}
	})
}

func BenchmarkReader(b *testing.B) {
	record := full()
	for i := range 2_000 {
		record.Snapshot.Packages = append(record.Snapshot.Packages, inventory.Package{
			Type: "deb", Name: fmt.Sprintf("lib%d", i), Version: fmt.Sprintf("%d.2-1+b1", i%50), Arch: "amd64",
			Source: fmt.Sprintf("source%d", i/3), SourceVersion: fmt.Sprintf("%d.2-1", i%50),
		})
	}
	line, err := record.Line()
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(line)))
	b.ReportAllocs()
	for b.Loop() {
		for _, err := range inventory.NewReader(bytes.NewReader(line), "f", nil).All() {
			if err != nil {
				b.Fatal(err)
			}
		}
	}
}
