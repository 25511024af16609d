package apk_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fettle-dev/fettle/internal/oracle"
	"github.com/fettle-dev/fettle/inventory"
	"github.com/fettle-dev/fettle/inventory/apk"
	"github.com/fettle-dev/fettle/inventory/internal/readertest"
)

const musl = `C:Q1TTLFXL1w5Tn2s3UcKLxUs3jb9dM=
P:musl
V:1.1.22-r3
A:x86_64
S:368204
I:598016
T:the musl c library (libc) implementation
o:musl
m:Timo <timo@example.org>
t:1565162130
c:0c777cf840e82cdc528651e3f3f8f9dda6b1b028
p:so:libc.musl-x86_64.so.1=1
F:lib
R:libc.musl-x86_64.so.1
a:0:0:777
Z:Q17yJ3JFNypA4mxhJJr0ou6CzsJVI=

`

func TestParse(t *testing.T) {
	t.Parallel()
	text := musl + "P:libcrypto1.1\nV:1.1.1c-r0\nA:x86_64\no:openssl\nf:s\n\nP:.build-deps\nV:20240101.000000\nA:noarch\n\n" +
		"P:files\nV:1\nA:x86_64\nf:f\n\nP:attrs\nV:1\nA:x86_64\nf:x\n\n"
	l, err := apk.Parse(strings.NewReader(text), "installed")
	require.NoError(t, err)
	require.Equal(t, []inventory.Package{
		{Type: "apk", Name: ".build-deps", Version: "20240101.000000", Arch: "noarch"},
		{Type: "apk", Name: "attrs", Version: "1", Arch: "x86_64", Reinstall: true},
		{Type: "apk", Name: "files", Version: "1", Arch: "x86_64", State: inventory.HalfInstalled},
		{Type: "apk", Name: "libcrypto1.1", Version: "1.1.1c-r0", Arch: "x86_64", Source: "openssl", SourceVersion: "1.1.1c-r0", State: inventory.HalfConfigured},
		{Type: "apk", Name: "musl", Version: "1.1.22-r3", Arch: "x86_64", Source: "musl", SourceVersion: "1.1.22-r3"},
	}, l.Packages)
	require.True(t, l.Scope.All)
}

// TestRealImage writes the package list of a real Alpine image as apk would and
// finds the same packages in it.
func TestRealImage(t *testing.T) {
	t.Parallel()
	type entry struct{ Name, Version, Arch, SrcName, SrcVersion string }
	var list []entry
	for name, content := range oracle.Tar(t, "inventory-containers/inventory-containers.tar.xz") {
		if strings.Contains(name, "alpine") {
			require.NoError(t, json.Unmarshal(content, &list))
		}
	}
	require.Len(t, list, 14)
	var text strings.Builder
	for _, e := range list {
		fmt.Fprintf(&text, "C:Q1TTLFXL1w5Tn2s3UcKLxUs3jb9dM=\nP:%s\nV:%s\nA:%s\no:%s\nF:usr\n\n", e.Name, e.Version, e.Arch, e.SrcName)
	}
	l, err := apk.Parse(strings.NewReader(text.String()), "installed")
	require.NoError(t, err)
	require.Empty(t, l.Report.Problems)
	require.Len(t, l.Packages, len(list))
	for i, e := range list {
		require.Equal(t, entry{l.Packages[i].Name, l.Packages[i].Version, l.Packages[i].Arch, l.Packages[i].Source, l.Packages[i].SourceVersion}, e)
	}
}

func TestDamage(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, text, problem string
		all                 bool
		unread              []inventory.UnreadPackage
	}{
		{"no version", "P:bad\nA:x86_64\no:src\n\n", "installed:18: bad: V: it is empty", true, []inventory.UnreadPackage{{Name: "bad", Source: "src"}}},
		{"no name", "V:1\nA:x86_64\n\n", "installed:18: P: it is empty", false, nil},
		{"no colon", "P:bad\nV:1\nA:x86_64\nwhat\n\n", "installed:18: bad: line 21", true, []inventory.UnreadPackage{{Name: "bad"}}},
		{"twice", "P:bad\nV:1\nV:2\nA:x86_64\n\n", "installed:18: bad: V: the field occurs twice", true, []inventory.UnreadPackage{{Name: "bad"}}},
		{"contradiction", "P:bad\nV:1\nA:x86_64\n\nP:bad\nV:2\nA:x86_64\n\n", "installed:22: bad: P: another stanza", true, []inventory.UnreadPackage{{Name: "bad"}}},
		{"truncated", "P:bad\nV:1\nA:x8", "installed:18: bad: inventory: the file ends in the middle of a record", false, []inventory.UnreadPackage{{Name: "bad"}}},
		{"gigantic", "P:bad\nV:" + strings.Repeat("1", 2<<20) + "\nA:x86_64\n\n", "installed:18: bad: V: inventory: too large", true, []inventory.UnreadPackage{{Name: "bad"}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			l, err := apk.Parse(strings.NewReader(musl+c.text), "installed")
			require.NoError(t, err)
			require.Len(t, l.Packages, 1)
			require.Len(t, l.Report.Problems, 1)
			require.Contains(t, l.Report.Problems[0].Error(), c.problem)
			require.Equal(t, c.all, l.Scope.All)
			require.Equal(t, c.unread, l.Scope.Unread)
			require.Equal(t, l.Report.Read, l.Report.Used+l.Report.Refused+l.Report.Passed)
		})
	}
	_, err := apk.Parse(strings.NewReader("\n"), "installed")
	require.ErrorIs(t, err, inventory.ErrEmpty)
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(musl))
	f.Add([]byte("P:a\nV:1\nA:x\nf:sx\n\nP:a\nV:1\nA:x"))
	f.Fuzz(func(t *testing.T, text []byte) {
		l, err := apk.Parse(bytes.NewReader(text), "installed")
		readertest.Check(t, l, err)
	})
}
