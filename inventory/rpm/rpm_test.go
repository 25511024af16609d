package rpm_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fettle-dev/fettle/internal/oracle"
	"github.com/fettle-dev/fettle/inventory"
	"github.com/fettle-dev/fettle/inventory/internal/readertest"
	"github.com/fettle-dev/fettle/inventory/rpm"
)

const (
	bash    = "bash\t(none)\t5.1.8\t6.el9\tx86_64\tbash-5.1.8-6.el9.src.rpm\t(none)\t1700000000\tRed Hat, Inc.\n"
	dbus    = "dbus-libs\t1\t1.12.20\t8.el9\tx86_64\tdbus-1.12.20-8.el9.src.rpm\t(none)\t1700000000\tRed Hat, Inc.\n"
	nodejs  = "npm\t1\t8.19.2\t1.16.18.1.3.module+el9\tx86_64\tnodejs-16.18.1-3.module+el9.src.rpm\tnodejs:16:9010020221118:rhel9\t1700000000\t(none)\n"
	gpgKey  = "gpg-pubkey\t(none)\tfd431d51\t4ae0493b\t(none)\t(none)\t(none)\t1700000000\t(none)\n"
	kernelA = "kernel-core\t(none)\t5.14.0\t70.el9\tx86_64\tkernel-5.14.0-70.el9.src.rpm\t(none)\t1700000000\tRed Hat, Inc.\n"
	kernelB = "kernel-core\t(none)\t5.14.0\t162.el9\tx86_64\tkernel-5.14.0-162.el9.src.rpm\t(none)\t1700000000\tRed Hat, Inc.\n"
)

func TestParse(t *testing.T) {
	t.Parallel()
	l, err := rpm.Parse(strings.NewReader(kernelB+bash+gpgKey+dbus+nodejs+kernelA), "rpm-qa")
	require.NoError(t, err)
	at := time.Unix(1700000000, 0).UTC()
	pkg := func(name, version, source, sourceVersion, module, vendor string) inventory.Package {
		return inventory.Package{
			Type: "rpm", Name: name, Version: version, Arch: "x86_64", Source: source, SourceVersion: sourceVersion,
			Module: module, Vendor: vendor, InstalledAt: at,
		}
	}
	require.Equal(t, []inventory.Package{
		pkg("bash", "5.1.8-6.el9", "bash", "5.1.8-6.el9", "", "Red Hat, Inc."),
		pkg("dbus-libs", "1:1.12.20-8.el9", "dbus", "1:1.12.20-8.el9", "", "Red Hat, Inc."),
		{Type: "rpm", Name: "gpg-pubkey", Version: "fd431d51-4ae0493b", InstalledAt: at},
		pkg("kernel-core", "5.14.0-162.el9", "kernel", "5.14.0-162.el9", "", "Red Hat, Inc."),
		pkg("kernel-core", "5.14.0-70.el9", "kernel", "5.14.0-70.el9", "", "Red Hat, Inc."),
		// The source's epoch is not told, and it has a version of its own.
		pkg("npm", "1:8.19.2-1.16.18.1.3.module+el9", "nodejs", "", "nodejs:16:9010020221118:rhel9", ""),
	}, l.Packages)
	require.True(t, l.Scope.All)
	require.Equal(t, "read 6, used 6, refused 0", l.Report.String())
}

func TestRealInventories(t *testing.T) {
	t.Parallel()
	for file, want := range map[string]int{
		"oracles/rpm-advisories/centos6.inventory.jsonl": 316,
		"oracles/oval-photon3/inventory-real.jsonl":      33,
		"oracles/oval-photon3/inventory-mixed.jsonl":     162,
	} {
		l, err := rpm.ParseLines(bytes.NewReader(oracle.Read(t, file)), file)
		require.NoError(t, err)
		require.Empty(t, l.Report.Problems)
		require.Empty(t, l.Report.Notes)
		require.Len(t, l.Packages, want, file)
		require.True(t, l.Scope.All)
	}
}

// TestFormsAgree writes each real inventory in Format and reads it back.
func TestFormsAgree(t *testing.T) {
	t.Parallel()
	type line struct{ Name, Epoch, Version, Release, Arch string }
	const file = "oracles/rpm-advisories/centos6.inventory.jsonl"
	var text strings.Builder
	for _, p := range oracle.Lines[line](t, file) {
		fmt.Fprintf(&text, "%s\t%s\t%s\t%s\t%s\t(none)\t(none)\t(none)\t(none)\n", p.Name, p.Epoch, p.Version, p.Release, p.Arch)
	}
	want, err := rpm.ParseLines(bytes.NewReader(oracle.Read(t, file)), file)
	require.NoError(t, err)
	got, err := rpm.Parse(strings.NewReader(text.String()), "rpm-qa")
	require.NoError(t, err)
	require.Equal(t, want, got)
}

func TestParseLines(t *testing.T) {
	t.Parallel()
	text := `{"name":"a","epoch":2,"version":"1","release":"1.el9","arch":"noarch","installtime":1700000000,"sourcerpm":"a-1-1.el9.src.rpm","size":9}` + "\n\n" +
		`{"name":"b","epoch":null,"version":"1","release":"1","arch":"noarch","size":9,"vendor":"(none)"}` // no end of line, but whole
	l, err := rpm.ParseLines(strings.NewReader(text), "list")
	require.NoError(t, err)
	require.Equal(t, []inventory.Package{
		{Type: "rpm", Name: "a", Version: "2:1-1.el9", Arch: "noarch", Source: "a", SourceVersion: "2:1-1.el9", InstalledAt: time.Unix(1700000000, 0).UTC()},
		{Type: "rpm", Name: "b", Version: "1-1", Arch: "noarch"},
	}, l.Packages)
	require.Equal(t, map[string]int{`unknown field "size"`: 2}, l.Report.Notes)
}

func TestDamage(t *testing.T) {
	t.Parallel()
	const file = "f"
	qf := func(line string) (inventory.Listing, error) {
		return rpm.Parse(strings.NewReader(bash+line), file)
	}
	json := func(line string) (inventory.Listing, error) {
		return rpm.ParseLines(strings.NewReader(`{"name":"bash","version":"5","release":"6","arch":"x86_64"}`+"\n"+line), file)
	}
	for _, c := range []struct {
		name    string
		read    func(string) (inventory.Listing, error)
		line    string
		problem string
		all     bool
		unread  []inventory.UnreadPackage
	}{
		{"columns", qf, "bad\t(none)\t1\n", "f:2: bad: 3 columns", true, []inventory.UnreadPackage{{Name: "bad"}}},
		{"epoch", qf, strings.Replace(dbus, "\t1\t", "\tx\t", 1), `f:2: dbus-libs: epoch: "x"`, true, []inventory.UnreadPackage{{Name: "dbus-libs", Source: "dbus"}}},
		{"no name", qf, strings.Replace(dbus, "dbus-libs", "(none)", 1), "f:2: name: it is empty", false, nil},
		{"time", qf, strings.Replace(dbus, "1700000000", "yesterday", 1), `installtime: "yesterday"`, true, []inventory.UnreadPackage{{Name: "dbus-libs", Source: "dbus"}}},
		{"hyphen", qf, strings.Replace(dbus, "1.12.20\t", "1.12-20\t", 1), "version:", true, []inventory.UnreadPackage{{Name: "dbus-libs", Source: "dbus"}}},
		{"source", qf, strings.Replace(dbus, "dbus-1.12.20-8.el9.src.rpm", "dbus.rpm", 1), "sourcerpm:", true, []inventory.UnreadPackage{{Name: "dbus-libs"}}},
		{"truncated", qf, strings.TrimSuffix(dbus, ", Inc.\n"), "f:2: dbus-libs: inventory: the file ends in the middle of a record", false, nil},
		{"long", qf, "bad\t" + strings.Repeat("9", 2<<20) + "\n", "too large", true, []inventory.UnreadPackage{{Name: "bad"}}},
		{"json truncated", json, `{"name":"bad","version":"1"`, "f:2: inventory: the file ends in the middle", false, nil},
		{"json missing", json, `{"name":"bad","version":"1","arch":"noarch"}`, "f:2: bad: release: it is empty", true, []inventory.UnreadPackage{{Name: "bad"}}},
		{"json type", json, `{"name":"bad","version":{},"release":"1","arch":"noarch"}`, "f:2: bad: version: {}: want text", true, []inventory.UnreadPackage{{Name: "bad"}}},
		{"json not UTF-8", json, "{\"name\":\"b\xff\"}", "not UTF-8", false, nil},
		{"json long", json, `{"name":"` + strings.Repeat("x", 40<<10) + `"}`, "too large", false, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			l, err := c.read(c.line)
			require.NoError(t, err)
			require.Len(t, l.Packages, 1)
			require.Len(t, l.Report.Problems, 1)
			require.Contains(t, l.Report.Problems[0].Error(), c.problem)
			require.Equal(t, c.all, l.Scope.All)
			require.Equal(t, c.unread, l.Scope.Unread)
		})
	}
}

func TestWholeFileRefused(t *testing.T) {
	t.Parallel()
	_, err := rpm.Parse(strings.NewReader("\n"), "f")
	require.ErrorIs(t, err, inventory.ErrEmpty)
	_, err = rpm.Parse(strings.NewReader("bash-5.1.8-6.el9.x86_64\n"), "f")
	require.ErrorIs(t, err, inventory.ErrFormat)
	require.Contains(t, err.Error(), "--qf")
	_, err = rpm.ParseLines(strings.NewReader("hello\nworld\n"), "f")
	require.ErrorIs(t, err, inventory.ErrFormat)
	_, err = rpm.ParseLines(strings.NewReader(""), "f")
	require.ErrorIs(t, err, inventory.ErrEmpty)
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(bash + gpgKey + nodejs))
	f.Add([]byte("bash\t(none)\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		l, err := rpm.Parse(bytes.NewReader(text), "f")
		readertest.Check(t, l, err)
	})
}

func FuzzParseLines(f *testing.F) {
	f.Add([]byte(`{"name":"a","epoch":2,"version":"1","release":"1.el9","arch":"noarch","sourcerpm":"a-1-1.el9.src.rpm"}`))
	f.Add([]byte(`{"name":"a","epoch":"(none)","version":null}` + "\n{"))
	f.Fuzz(func(t *testing.T, text []byte) {
		l, err := rpm.ParseLines(bytes.NewReader(text), "f")
		readertest.Check(t, l, err)
	})
}
