package osrelease_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fettle-dev/fettle/internal/oracle"
	"github.com/fettle-dev/fettle/inventory"
	"github.com/fettle-dev/fettle/inventory/osrelease"
)

// TestRealFiles reads all real files: id, version and code name of each.
func TestRealFiles(t *testing.T) {
	t.Parallel()
	want := map[string]string{
		"alpine/3.10": "alpine 3.10.9 -", "alpine/3.12": "alpine 3.12.9 -", "alpine/3.14": "alpine 3.14.3 -",
		"alpine/3.16": "alpine 3.16.0 -", "alpine/3.18": "alpine 3.18.4 -", "alpine/3.4": "alpine 3.4.6 -",
		"alpine/3.6": "alpine 3.6.5 -", "alpine/3.8": "alpine 3.8.5 -", "alpine/edge": "alpine 3.19_alpha20230901 -",
		"debian/dist/11": "debian 11 bullseye", "debian/dist/7": "debian 7 wheezy", "debian/dist/9": "debian 9 stretch",
		"debian/distroless_dist/11": "debian 11 bullseye",
		"rhel/releasefiles/7":       "rhel 7.7 -", "rhel/releasefiles/9": "rhel 9.0 -",
		"rhel/releasefiles/hummingbird": "hummingbird 20251124 -",
		"ubuntu/dist/12.04":             "ubuntu 12.04 precise", "ubuntu/dist/13.04": "ubuntu 13.04 raring",
		"ubuntu/dist/14.04": "ubuntu 14.04 trusty", "ubuntu/dist/15.04": "ubuntu 15.04 vivid",
		"ubuntu/dist/16.04": "ubuntu 16.04 xenial", "ubuntu/dist/17.04": "ubuntu 17.04 zesty",
		"ubuntu/dist/18.04": "ubuntu 18.04 bionic", "ubuntu/dist/19.04": "ubuntu 19.04 disco",
		"ubuntu/dist/20.04": "ubuntu 20.04 focal", "ubuntu/dist/21.04": "ubuntu 21.04 hirsute",
		"ubuntu/dist/22.04": "ubuntu 22.04 jammy", "ubuntu/dist/23.04": "ubuntu 23.04 lunar",
	}
	got := make(map[string]string)
	for name, content := range oracle.Tar(t, "os-release/os-release.tar.xz") {
		os, err := osrelease.Parse(bytes.NewReader(content), name)
		require.NoError(t, err)
		require.Equal(t, "linux", os.Family)
		require.NotEmpty(t, os.Name)
		if os.Codename == "" {
			os.Codename = "-"
		}
		got[strings.TrimSuffix(name, "/etc/os-release")] = fmt.Sprintf("%s %s %s", os.ID, os.Version, os.Codename)
	}
	require.Equal(t, want, got)
}

// TestAgreesWithTheShell lets sh source each real file.
func TestAgreesWithTheShell(t *testing.T) {
	t.Parallel()
	sh := oracle.Program(t, "sh")
	const script = `. "$1"; printf '%s\n' "$ID" "$ID_LIKE" "$VERSION_ID" "$VARIANT_ID" "$CPE_NAME" "$PRETTY_NAME"`
	for name, content := range oracle.Tar(t, "os-release/os-release.tar.xz") {
		file := filepath.Join(t.TempDir(), "os-release")
		require.NoError(t, os.WriteFile(file, content, 0o600))
		out, err := exec.CommandContext(t.Context(), sh, "-c", script, "sh", file).Output()
		require.NoError(t, err)
		os, err := osrelease.Parse(bytes.NewReader(content), name)
		require.NoError(t, err)
		got := strings.Join([]string{os.ID, strings.Join(os.IDLike, " "), os.Version, os.Variant, os.CPE, os.Name}, "\n") + "\n"
		require.Equal(t, string(out), got, name)
	}
}

func TestQuoting(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ value, want, wrong string }{
		{`fedora`, "fedora", ""},
		{`"a b"`, "a b", ""},
		{`'a "b" \c'`, `a "b" \c`, ""},
		{`"\$HOME \"x\" \\ \` + "`" + `"`, "$HOME \"x\" \\ `", ""},
		{`"\d stays"`, `\d stays`, ""},
		{`a\ b`, "a b", ""},
		{``, "", ""},
		{`""`, "", ""},
		{`"a`, "", "the quote does not end"},
		{`a b`, "", "wants quotes"},
		{`"a""b"`, "", "several quoted strings"},
		{`a\`, "", "ends in a backslash"},
		{"\"a\x01b\"", "", "control character"},
		{`"$HOME"`, "$HOME", ""}, // nothing is expanded
	} {
		os, err := osrelease.Parse(strings.NewReader("ID=x\nPRETTY_NAME="+c.value+"\nNAME=n\n"), "os-release")
		if c.wrong != "" {
			require.ErrorContains(t, err, c.wrong, c.value)
			require.ErrorContains(t, err, "os-release:2: PRETTY_NAME", c.value)
			continue
		}
		require.NoError(t, err, c.value)
		if c.want == "" {
			c.want = "n" // the name without a version
		}
		require.Equal(t, c.want, os.Name, c.value)
	}
}

func TestRules(t *testing.T) {
	t.Parallel()
	os, err := osrelease.Parse(strings.NewReader("# comment\n\nNAME=x\r\nVERSION_ID=1\nVERSION_ID=2\n"), "os-release")
	require.NoError(t, err)
	require.Equal(t, inventory.OS{Family: "linux", ID: "linux", Version: "2", Name: "x"}, os)

	for text, want := range map[string]error{
		"":                               inventory.ErrEmpty,
		"# only\n":                       inventory.ErrEmpty,
		"<html>\n":                       inventory.ErrFormat,
		"a b=c\n":                        inventory.ErrFormat,
		"ID=\xff\n":                      inventory.ErrFormat,
		strings.Repeat("# long\n", 10e3): inventory.ErrTooLarge,
	} {
		_, err := osrelease.Parse(strings.NewReader(text), "os-release")
		require.ErrorIs(t, err, want, "%.20q", text)
	}
}

func TestParseRedHat(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"CentOS release 6.10 (Final)\n":                           "centos 6.10",
		"CentOS Linux release 7.9.2009 (Core)":                    "centos 7.9.2009",
		"Red Hat Enterprise Linux Server release 6.9 (Santiago)":  "rhel 6.9",
		"Fedora release 20 (Heisenbug)":                           "fedora 20",
		"Scientific Linux release 6.3 (Carbon)":                   "scientific 6.3",
		"Oracle Linux Server release 6.8":                         "ol 6.8",
		"Red Hat Enterprise Linux AS release 4 (Nahant Update 8)": "rhel 4",
	} {
		os, err := osrelease.ParseRedHat(strings.NewReader(text), "redhat-release")
		require.NoError(t, err)
		require.Equal(t, want, os.ID+" "+os.Version)
	}
	for _, text := range []string{"", "Gentoo release 2", "CentOS release", "CentOS release x"} {
		_, err := osrelease.ParseRedHat(strings.NewReader(text), "redhat-release")
		require.ErrorIs(t, err, inventory.ErrFormat, text)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("ID=debian\nVERSION=\"12 (bookworm)\"\n"))
	f.Add([]byte("ID='a'\nNAME=\"\\\"\"\n#\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		os, err := osrelease.Parse(bytes.NewReader(text), "os-release")
		if err == nil && (os.ID == "" || os.Family != "linux") {
			t.Fatalf("%+v without an id", os)
		}
		_, _ = osrelease.ParseRedHat(bytes.NewReader(text), "redhat-release")
	})
}
