package inventory_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/inventory"
)

func TestPackagesNamed(t *testing.T) {
	t.Parallel()
	s := inventory.Snapshot{Packages: []inventory.Package{
		{Type: "rpm", Name: "kernel", Version: "2"},
		{Type: "deb", Name: "b", Version: "1", Source: "s"},
		{Type: "rpm", Name: "kernel", Version: "1"},
		{Type: "deb", Name: "a", Version: "1", Source: "s"},
	}}
	s.Scope.Packages = []inventory.PackageScope{
		{Type: "deb", All: true, Unread: []inventory.UnreadPackage{{Name: "bad", Source: "t"}}},
		{Type: "rpm", Names: []string{"kernel", "glibc"}, Sources: []string{"kernel"}},
	}
	s.Sort()
	for _, c := range []struct {
		typ, name string
		found     int
		complete  bool
	}{
		{"deb", "a", 1, true},
		{"deb", "zzz", 0, true}, // every deb was looked at: it is absent
		{"deb", "bad", 0, false},
		{"rpm", "kernel", 2, true},
		{"rpm", "glibc", 0, true},
		{"rpm", "bash", 0, false}, // nobody asked for it
		{"apk", "musl", 0, false},
	} {
		got, complete := s.PackagesNamed(c.typ, c.name)
		require.Len(t, got, c.found, "%s %s", c.typ, c.name)
		require.Equal(t, c.complete, complete, "%s %s", c.typ, c.name)
	}
	for _, c := range []struct {
		typ, source string
		found       int
		complete    bool
	}{
		{"deb", "s", 2, true}, {"deb", "t", 0, false}, {"deb", "u", 0, true}, {"rpm", "kernel", 0, true}, {"rpm", "bash", 0, false},
	} {
		got, complete := s.PackagesOfSource(c.typ, c.source)
		require.Len(t, got, c.found, c.source)
		require.Equal(t, c.complete, complete, c.source)
	}
	// A package that could not be read and whose source is not known could be of
	// any source.
	s.Scope.Packages[0].Unread = append(s.Scope.Packages[0].Unread, inventory.UnreadPackage{Name: "worse"})
	_, complete := s.PackagesOfSource("deb", "s")
	require.False(t, complete)
}

func TestFiles(t *testing.T) {
	t.Parallel()
	s := inventory.Snapshot{
		OS:    inventory.OS{Family: "windows"},
		Files: []inventory.File{{Path: `C:\Program Files\Mozilla\Firefox.exe`, Size: 7}, {Path: `C:\Windows\a.dll`}},
		Scope: inventory.Scope{Files: []string{`c:\program files\mozilla\*.exe`, `C:\Windows\B.dll`}},
	}
	s.Sort()
	for path, want := range map[string]fettle.Truth{
		`c:/PROGRAM FILES/mozilla/firefox.exe`: fettle.Yes,
		`C:\Program Files\Mozilla\other.exe`:   fettle.No, // the pattern was looked at
		`C:\Program Files\Mozilla\other.dll`:   fettle.Unknown,
		`C:\Windows\a.dll`:                     fettle.Yes, // seen, whatever the scope says
		`C:\Windows\b.dll`:                     fettle.No,
	} {
		_, got := s.FileAt(path)
		require.Equal(t, want, got, path)
	}
	files, complete := s.FilesMatching(`C:\Program Files\Mozilla\*.exe`)
	require.Len(t, files, 1)
	require.True(t, complete)
	files, complete = s.FilesMatching(`C:\*\*.dll`)
	require.Len(t, files, 1)
	require.False(t, complete)

	s.OS.Family = "linux" // case counts
	s.Sort()
	_, got := s.FileAt(`c:\windows\a.dll`)
	require.Equal(t, fettle.Unknown, got)
}

func TestRegistry(t *testing.T) {
	t.Parallel()
	s := inventory.Snapshot{
		OS: inventory.OS{Family: "windows", Arch: "amd64"},
		Registry: []inventory.RegistryKey{
			{Key: `HKLM\SOFTWARE\Mozilla`, View: inventory.View32, Values: []inventory.RegistryValue{{Name: "Path", Type: inventory.RegString, Data: []string{"x86"}}}},
			{Key: `HKLM\SOFTWARE\Mozilla`, View: inventory.View64, Values: []inventory.RegistryValue{{Name: "Path", Type: inventory.RegString, Data: []string{"x64"}}}},
		},
		Scope: inventory.Scope{Registry: []inventory.KeyScope{
			{Key: `HKLM\Software\*`, View: inventory.View64}, {Key: `HKLM\SOFTWARE\Mozilla`, View: inventory.View32, Values: []string{"Path", "Other"}},
		}},
	}
	s.Sort()
	for _, c := range []struct {
		key, value string
		view       inventory.View
		data       string
		want       fettle.Truth
	}{
		{`HKLM\software\mozilla`, "path", inventory.ViewNative, "x64", fettle.Yes},
		{`HKLM\SOFTWARE\Mozilla`, "Path", inventory.View32, "x86", fettle.Yes},
		{`HKLM\SOFTWARE\Mozilla`, "Other", inventory.View32, "", fettle.No},
		{`HKLM\SOFTWARE\Mozilla`, "Third", inventory.View32, "", fettle.Unknown},
		{`HKLM\SOFTWARE\Adobe`, "Path", inventory.View64, "", fettle.No},
		{`HKLM\SOFTWARE\Adobe`, "Path", inventory.View32, "", fettle.Unknown},
		{`HKLM\SOFTWARE\Adobe\Deeper`, "Path", inventory.View64, "", fettle.Unknown},
	} {
		v, got := s.RegistryValue(c.key, c.view, c.value)
		require.Equal(t, c.want, got, "%v", c)
		require.Equal(t, c.data, strings.Join(v.Data, ""), "%v", c)
	}
	keys, complete := s.RegistryKeys(`HKLM\SOFTWARE\*`, inventory.ViewNative)
	require.Len(t, keys, 1)
	require.True(t, complete)
	_, complete = s.RegistryKeys(`HKLM\SOFTWARE\*`, inventory.View32)
	require.False(t, complete)
	_, got := s.RegistryKey(`HKLM\SOFTWARE\Mozilla`, inventory.View32)
	require.Equal(t, fettle.Yes, got)
	_, got = s.RegistryKey(`HKLM\SOFTWARE\Adobe`, inventory.View64)
	require.Equal(t, fettle.No, got)
	_, got = s.RegistryKey(`HKLM\SOFTWARE\Adobe`, inventory.View32)
	require.Equal(t, fettle.Unknown, got)

	s.OS.Arch = "386" // one view, whatever is asked for
	s.Registry = s.Registry[1:]
	_, got = s.RegistryValue(`HKLM\SOFTWARE\Mozilla`, inventory.View64, "Path")
	require.Equal(t, fettle.Yes, got)
}

func TestOtherLookups(t *testing.T) {
	t.Parallel()
	s := full().Snapshot
	_, got := s.Product("{ac76ba86-7ad7-1033-7b44-ac0f074e4100}")
	require.Equal(t, fettle.Yes, got)
	_, got = s.Product("{0}")
	require.Equal(t, fettle.No, got)
	_, got = s.Service("sshd.service")
	require.Equal(t, fettle.Yes, got)
	_, got = s.Service("telnetd.service")
	require.Equal(t, fettle.No, got)
	_, got = s.Hotfix("kb5034441")
	require.Equal(t, fettle.Yes, got)
	value, got := s.Fact("bios.version")
	require.Equal(t, fettle.Yes, got)
	require.Equal(t, "1.2", value)
	_, got = s.Fact("bios.vendor")
	require.Equal(t, fettle.Unknown, got)
	_, got = s.Folder("windows")
	require.Equal(t, fettle.Yes, got)

	var empty inventory.Snapshot
	for _, got := range []fettle.Truth{
		second(empty.Product("x")), second(empty.Service("x")), second(empty.Hotfix("x")), second(empty.Fact("x")),
		second(empty.Folder("x")), second(empty.FileAt("/x")), second(empty.RegistryKey(`HKLM\X`, 0)),
	} {
		require.Equal(t, fettle.Unknown, got)
	}
}

func second[T any](_ T, truth fettle.Truth) fettle.Truth { return truth }

func TestMatchPath(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		pattern, path string
		fold, want    bool
	}{
		{"/usr/lib/*.so", "/usr/lib/a.so", false, true},
		{"/usr/lib/*.so", "/usr/lib/.so", false, true},
		{"/usr/lib/*.so", "/usr/lib/x/a.so", false, false},
		{"/usr/*/a.so", "/usr/lib/a.so", false, true},
		{"/usr/lib/?.so", "/usr/lib/ä.so", false, true},
		{"/usr/lib/?.so", "/usr/lib/.so", false, false},
		{"/a*b*c", "/axxbyyc", false, true},
		{"/a*b*c", "/axxbyy", false, false},
		{"/A", "/a", false, false},
		{"/A", "/a", true, true},
		{`C:\x\*`, `c:/X/y`, true, true},
		{`/a\b`, `/a\b`, false, true},
		{"*", "", false, true},
		{"", "", false, true},
		{"/a/[x]", "/a/[x]", false, true},
		{"/" + strings.Repeat("*a", 50), "/" + strings.Repeat("a", 200) + "b", false, false},
	} {
		require.Equal(t, c.want, inventory.MatchPath(c.pattern, c.path, c.fold), "%q %q", c.pattern, c.path)
	}
}

// FuzzMatchPath holds the matcher to a slow twin.
func FuzzMatchPath(f *testing.F) {
	f.Add("/a*b?/c", "/axb1/c")
	f.Add("**?*", "ab")
	f.Fuzz(func(t *testing.T, pattern, path string) {
		if len(pattern) > 12 || len(path) > 24 || !utf8.ValidString(pattern+path) {
			return
		}
		if got, want := inventory.MatchPath(pattern, path, false), slowMatch([]rune(pattern), []rune(path)); got != want {
			t.Errorf("MatchPath(%q, %q) = %t, want %t", pattern, path, got, want)
		}
	})
}

func slowMatch(pattern, path []rune) bool {
	if len(pattern) == 0 {
		return len(path) == 0
	}
	switch pattern[0] {
	case '*':
		return slowMatch(pattern[1:], path) || len(path) > 0 && path[0] != '/' && slowMatch(pattern, path[1:])
	case '?':
		return len(path) > 0 && path[0] != '/' && slowMatch(pattern[1:], path[1:])
	default:
		return len(path) > 0 && path[0] == pattern[0] && slowMatch(pattern[1:], path[1:])
	}
}

func TestCleanKey(t *testing.T) {
	t.Parallel()
	for key, want := range map[string]string{
		`HKEY_LOCAL_MACHINE\SOFTWARE\\Mozilla\`: `HKLM\SOFTWARE\Mozilla`,
		`hklm\a/b\*`:                            `HKLM\a/b\*`,
		`HKU`:                                   `HKU`,
	} {
		got, err := inventory.CleanKey(key)
		require.NoError(t, err)
		require.Equal(t, want, got)
	}
	for _, key := range []string{"", `\`, `SOFTWARE\X`, "HKLM\\a\x00b", "HKLM\\\xff", `HKLM/SOFTWARE`} {
		_, err := inventory.CleanKey(key)
		require.ErrorIs(t, err, inventory.ErrPath, "%q", key)
	}
}

func TestArchOf(t *testing.T) {
	t.Parallel()
	for word, want := range map[string]string{
		"x86_64": "amd64", "amd64": "amd64", "i686": "386", "aarch64": "arm64", "armv7l": "arm", "ppc64el": "ppc64le",
		"s390x": "s390x", "x64-based PC": "amd64", "X86-based PC": "386",
	} {
		got, ok := inventory.ArchOf(word)
		require.True(t, ok)
		require.Equal(t, want, got)
	}
	got, ok := inventory.ArchOf("vax")
	require.False(t, ok)
	require.Equal(t, "vax", got)
}
