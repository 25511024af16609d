package hostfile_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fettle-dev/fettle/internal/oracle"
	"github.com/fettle-dev/fettle/inventory"
	"github.com/fettle-dev/fettle/inventory/hostfile"
)

// TestRealFiles tells every real host file for what it is.
func TestRealFiles(t *testing.T) {
	t.Parallel()
	for file, want := range map[string]hostfile.Kind{
		"inventory-dpkg/bookworm-half-upgraded.status.xz": hostfile.Dpkg,
		"inventory-dpkg/debian-texlive.status.xz":         hostfile.Dpkg,
		"oracles/apt-upgradable/bookworm.status.xz":       hostfile.Dpkg,
		"oracles/rpm-advisories/centos6.inventory.jsonl":  hostfile.RPMLines,
		"oracles/oval-photon3/inventory-real.jsonl":       hostfile.RPMLines,
	} {
		r, err := hostfile.Read(bytes.NewReader(oracle.Read(t, file)), file, nil)
		require.NoError(t, err)
		require.Equal(t, want, r.Kind, file)
		require.Len(t, r.Records, 1)
		require.NotEmpty(t, r.Records[0].Snapshot.Packages)
		require.Equal(t, len(r.Records[0].Snapshot.Packages), r.Report.Used)
	}
	for name, content := range oracle.Tar(t, "windows-inventory/windows-inventory.tar.xz") {
		want := hostfile.Kind("")
		switch {
		case strings.Contains(name, "systeminfo"):
			want = hostfile.SystemInfo
		case strings.Contains(name, "qfe") && len(content) > 100:
			want = hostfile.HotfixList
		}
		kind, err := hostfile.Sniff(content)
		require.Equal(t, want, kind, name)
		require.Equal(t, want == "", err != nil, name)
	}
}

const (
	rpmQuery = "bash\t(none)\t5.1.8\t6.el9\tx86_64\tbash-5.1.8-6.el9.src.rpm\t(none)\t1700000000\tRed Hat, Inc.\n"
	apkDB    = "C:Q1TTLFXL1w5Tn2s3UcKLxUs3jb9dM=\nP:musl\nV:1.1.22-r3\nA:x86_64\n\n"
	record   = `{"version":1,"host":{"id":"web-01"},"snapshot":{"packages":[{"type":"deb","name":"a","version":"1"}]}}` + "\n"
)

func TestKinds(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text  string
		want  hostfile.Kind
		hosts int
	}{
		{rpmQuery, hostfile.RPMQuery, 1},
		{apkDB, hostfile.APK, 1},
		{record + strings.Replace(record, "web-01", "web-02", 1), hostfile.Records, 2},
		{"{\n  \"version\": 1,\n  \"host\": {\n    \"id\": \"a\"\n  },\n  \"snapshot\": {}\n}\n", hostfile.Records, 1},
		{"\n\nStatus: install ok installed\nPackage: a\nVersion: 1\n\n", hostfile.Dpkg, 1},
		{"\ufeff" + record, hostfile.Records, 1},
	} {
		r, err := hostfile.Read(strings.NewReader(c.text), "f", nil)
		require.NoError(t, err, c.text)
		require.Equal(t, c.want, r.Kind)
		require.Len(t, r.Records, c.hosts)
	}
}

// TestRefused: what cannot be told is refused with what to do about it.
func TestRefused(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"":                                 "it is empty",
		" \n \n":                           "it is empty",
		"\x1f\x8b\x08\x00":                 "compressed (gzip)",
		"\xfd7zXZ\x00\x00":                 "compressed (xz)",
		"\x00\x01\x02":                     "it is binary",
		"bash-5.1.8-6.el9.x86_64\n":        "does not tell epochs; make it with rpm -qa --qf",
		"NAME=x\nID=debian\n":              "os-release",
		"[{}]":                             "one JSON object a line",
		`{"bomFormat":"CycloneDX"}`:        "CycloneDX",
		`{"spdxVersion":"SPDX-2.3"}`:       "SPDX",
		`{"hello":1}`:                      `neither the fields "host"`,
		"just some text\n":                 `begins with "just some text"; want fettle host records`,
		`{"host":{"id":"a"},"snapshot":{`:  "ends in the middle of a record",
		`{"host":{"id":"a"}}`:              `f:1: a: version`,
		"Package: a\nStatus: install ok\n": "",
	} {
		_, err := hostfile.Read(strings.NewReader(text), "f", nil)
		if want == "" { // a status file all of whose stanzas are damaged is still one
			require.NoError(t, err)
			continue
		}
		require.ErrorContains(t, err, want, "%q", text)
	}
	_, err := hostfile.Read(strings.NewReader(record+record), "f", &hostfile.Options{MaxHosts: 1})
	require.ErrorIs(t, err, inventory.ErrTooLarge)
}

func FuzzRead(f *testing.F) {
	for _, seed := range []string{rpmQuery, apkDB, record, "Package: a\nStatus: install ok installed\nVersion: 1\n\n", "{\"name\":1,\"version\":1,\"release\":1}"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, content []byte) {
		r, err := hostfile.Read(bytes.NewReader(content), "f", nil)
		if err != nil {
			return
		}
		for _, rec := range r.Records {
			rec.Host.ID = "h"
			if _, err := rec.Line(); err != nil {
				t.Fatalf("what was read as %s cannot be written: %v", r.Kind, err)
			}
		}
	})
}

// TestMachine reads the host's architecture off the package manager's own
// package, which is native also where others are foreign.
func TestMachine(t *testing.T) {
	t.Parallel()
	deb := func(name, arch string) string {
		return "Package: " + name + "\nStatus: install ok installed\nArchitecture: " + arch + "\nVersion: 1\n\n"
	}
	for text, want := range map[string]string{
		deb("libc6", "i386") + deb("dpkg", "amd64"):     "amd64",
		deb("dpkg", "armhf"):                            "arm",
		deb("libc6", "amd64"):                           "",
		deb("dpkg", "amd64") + deb("dpkg", "arm64"):     "",
		deb("dpkg", "vax"):                              "",
		strings.ReplaceAll(rpmQuery, "bash\t", "rpm\t"): "amd64",
		rpmQuery: "",
		strings.ReplaceAll(apkDB, "P:musl", "P:apk-tools"): "amd64",
	} {
		r, err := hostfile.Read(strings.NewReader(text), "host", nil)
		require.NoError(t, err)
		require.Equal(t, want, r.Records[0].Snapshot.OS.Arch, text)
	}
}
