package dpkg_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"github.com/fettle-dev/fettle/internal/oracle"
	"github.com/fettle-dev/fettle/inventory"
	"github.com/fettle-dev/fettle/inventory/dpkg"
	"github.com/fettle-dev/fettle/inventory/internal/readertest"
)

// TestRealStatusFiles counts what grep counts in the same files.
func TestRealStatusFiles(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		file                             string
		packages, held, configs, unready int
	}{
		{"inventory-dpkg/bookworm-half-upgraded.status.xz", 316, 3, 1, 2},
		{"inventory-dpkg/debian-texlive.status.xz", 357, 0, 0, 0},
		{"oracles/apt-upgradable/bookworm.status.xz", 316, 0, 0, 0},
		{"oracles/apt-upgradable/with-holds/bookworm.status.xz", 316, 3, 1, 0},
	} {
		t.Run(c.file, func(t *testing.T) {
			t.Parallel()
			l, err := dpkg.Parse(bytes.NewReader(oracle.Read(t, c.file)), c.file, nil)
			require.NoError(t, err)
			require.Empty(t, l.Report.Problems)
			require.True(t, l.Scope.All)
			require.Len(t, l.Packages, c.packages)
			var held, configs, unready int
			for _, p := range l.Packages {
				if p.Hold {
					held++
				}
				if p.State == inventory.ConfigFiles {
					configs++
				}
				if p.Broken() {
					unready++
				}
				require.NotEmpty(t, p.Source, p.Name)
				require.NotEmpty(t, p.SourceVersion, p.Name)
			}
			require.Equal(t, []int{c.held, c.configs, c.unready}, []int{held, configs, unready})
		})
	}
}

// TestAgreesWithDpkgQuery asks the real dpkg-query for the same files.
func TestAgreesWithDpkgQuery(t *testing.T) {
	t.Parallel()
	tool := oracle.Program(t, "dpkg-query")
	const format = `${Package}\t${Version}\t${Architecture}\t${db:Status-Want}\t${db:Status-Status}\t${source:Package}\t${source:Version}\n`
	for _, file := range []string{
		"inventory-dpkg/bookworm-half-upgraded.status.xz", "inventory-dpkg/debian-texlive.status.xz",
		"oracles/apt-upgradable/bookworm.status.xz", "oracles/apt-upgradable/with-holds/bookworm.status.xz",
	} {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			status := oracle.Read(t, file)
			admin := adminDir(t, map[string][]byte{"status": status})
			out, err := exec.CommandContext(t.Context(), tool, "--admindir="+admin, "-W", "-f", format).Output()
			require.NoError(t, err)
			l, err := dpkg.Parse(bytes.NewReader(status), file, nil)
			require.NoError(t, err)
			require.Equal(t, sortLines(string(out)), sortLines(asQuery(l.Packages)))
		})
	}
}

// TestUpdatesAgreeWithDpkgQuery lets dpkg-query read a status file with pending
// updates: a package in the middle of an upgrade, one removed, one new.
func TestUpdatesAgreeWithDpkgQuery(t *testing.T) {
	t.Parallel()
	tool := oracle.Program(t, "dpkg-query")
	const format = `${Package}\t${Version}\t${Architecture}\t${db:Status-Want}\t${db:Status-Status}\t${source:Package}\t${source:Version}\n`
	files := pendingUpdates()
	admin := adminDir(t, files)
	out, err := exec.CommandContext(t.Context(), tool, "--admindir="+admin, "-W", "-f", format).Output()
	require.NoError(t, err)

	fsys := fstest.MapFS{}
	for name, content := range files {
		fsys["var/lib/dpkg/"+name] = &fstest.MapFile{Data: content}
	}
	l, err := dpkg.Read(fsys, dpkg.Dir)
	require.NoError(t, err)
	require.Equal(t, sortLines(string(out)), sortLines(asQuery(l.Packages)))
}

func TestPendingUpdatesOverrideInOrder(t *testing.T) {
	t.Parallel()
	fsys := fstest.MapFS{}
	for name, content := range pendingUpdates() {
		fsys["var/lib/dpkg/"+name] = &fstest.MapFile{Data: content}
	}
	l, err := dpkg.Read(fsys, dpkg.Dir)
	require.NoError(t, err)
	require.Equal(t, ""+
		"base 1 installed\n"+
		"new 5 unpacked\n"+
		"openssl 3.0.2 half-configured\n", states(l.Packages))
	require.True(t, l.Scope.All)
	require.Equal(t, "read 8, used 3, refused 0, passed over 5", l.Report.String())
}

// TestUpdateHealsItsArchitectureOnly: an update tells the state of one damaged
// stanza anew, and that of no other.
func TestUpdateHealsItsArchitectureOnly(t *testing.T) {
	t.Parallel()
	damaged := func(arch string) string {
		return "Package: libc6\nSource: glibc\nArchitecture: " + arch + "\nStatus: install ok melted\nVersion: 1\n\n"
	}
	l, err := dpkg.Parse(strings.NewReader(damaged("amd64")+damaged("i386")), "status", &dpkg.Options{Updates: []dpkg.Update{
		{Name: "0000", Content: strings.NewReader(stanza("libc6", "install ok unpacked", "2"))},
	}})
	require.NoError(t, err)
	require.Equal(t, "libc6 2 unpacked\n", states(l.Packages))
	require.Equal(t, []inventory.UnreadPackage{{Name: "libc6", Source: "glibc"}}, l.Scope.Unread)
}

func pendingUpdates() map[string][]byte {
	return map[string][]byte{
		"status": []byte(stanza("base", "install ok installed", "1") + stanza("openssl", "install ok installed", "3.0.1") +
			stanza("old", "install ok installed", "9")),
		"updates/0000":  []byte(stanza("openssl", "install ok half-installed", "3.0.1")),
		"updates/0001":  []byte(stanza("openssl", "install ok unpacked", "3.0.2")),
		"updates/0002":  []byte(stanza("openssl", "install ok half-configured", "3.0.2")),
		"updates/0003":  []byte(stanza("new", "install ok unpacked", "5")),
		"updates/0004":  []byte("Package: old\nStatus: purge ok not-installed\nArchitecture: amd64\nMaintainer: A <a@b.example>\n\n"),
		"updates/tmp.i": []byte(strings.Repeat("#padding\n", 512)),
	}
}

func stanza(name, status, version string) string {
	return fmt.Sprintf("Package: %s\nStatus: %s\nMaintainer: A <a@b.example>\nArchitecture: amd64\nVersion: %s\nDescription: d\n more\n\n", name, status, version)
}

func TestStates(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		status string
		want   inventory.Package
	}{
		{"install ok installed", inventory.Package{}},
		{"hold ok installed", inventory.Package{Hold: true}},
		{"install hold installed", inventory.Package{Hold: true}},
		{"deinstall ok config-files", inventory.Package{Want: inventory.WantDeinstall, State: inventory.ConfigFiles}},
		{"deinstall ok installed", inventory.Package{Want: inventory.WantDeinstall}},
		{"purge ok config-files", inventory.Package{Want: inventory.WantPurge, State: inventory.ConfigFiles}},
		{"install reinstreq half-installed", inventory.Package{State: inventory.HalfInstalled, Reinstall: true}},
		{"install hold-reinstreq unpacked", inventory.Package{State: inventory.Unpacked, Hold: true, Reinstall: true}},
		{"install ok post-inst-failed", inventory.Package{State: inventory.HalfConfigured}},
		{"unknown ok triggers-awaited", inventory.Package{Want: inventory.WantUnknown, State: inventory.TriggersAwaited}},
		{"install ok triggers-pending", inventory.Package{State: inventory.TriggersPending}},
	} {
		t.Run(c.status, func(t *testing.T) {
			t.Parallel()
			l, err := dpkg.Parse(strings.NewReader(stanza("a", c.status, "1:2-3")), "status", nil)
			require.NoError(t, err)
			c.want.Type, c.want.Name, c.want.Version, c.want.Arch = "deb", "a", "1:2-3", "amd64"
			c.want.Source, c.want.SourceVersion = "a", "1:2-3"
			require.Equal(t, []inventory.Package{c.want}, l.Packages)
		})
	}
}

func TestSource(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ field, name, version string }{
		{"", "a", "1"}, {"Source: b", "b", "1"}, {"Source: b (1:0.9)", "b", "1:0.9"}, {"source:b(2)", "b", "2"},
	} {
		text := "Package: a\nStatus: install ok installed\nVersion: 1\n" + c.field + "\n\n"
		l, err := dpkg.Parse(strings.NewReader(text), "status", nil)
		require.NoError(t, err)
		require.Len(t, l.Packages, 1, c.field)
		require.Equal(t, []string{c.name, c.version}, []string{l.Packages[0].Source, l.Packages[0].SourceVersion}, c.field)
	}
}

// TestDamage says what each kind of damage costs: the stanza, never the rest,
// and never in silence.
func TestDamage(t *testing.T) {
	t.Parallel()
	good := stanza("good", "install ok installed", "1")
	for _, c := range []struct {
		name, text, problem string
		all                 bool
		unread              []inventory.UnreadPackage
	}{
		{
			"no version", good + "Package: bad\nSource: src\nStatus: install ok installed\n\n",
			"status:9: bad: Version: it is empty", true,
			[]inventory.UnreadPackage{{Name: "bad", Source: "src"}},
		},
		{
			"no package", good + "Status: install ok installed\nVersion: 1\n\n",
			"status:9: Package: it is empty", false, nil,
		},
		{
			"no status", good + "Package: bad\nVersion: 1\n\n",
			`status:9: bad: Status: "": want three words`, true,
			[]inventory.UnreadPackage{{Name: "bad", Source: "bad"}},
		},
		{
			"unknown state", good + stanza("bad", "install ok melted", "1"),
			`status:9: bad: Status: "install ok melted": unknown state "melted"`, true,
			[]inventory.UnreadPackage{{Name: "bad", Source: "bad"}},
		},
		{
			"line without colon", good + "Package: bad\nStatus: install ok installed\nVersion 1\n\n",
			`status:9: bad: line 11 is not of the form`, true,
			[]inventory.UnreadPackage{{Name: "bad"}},
		},
		{
			"field twice", good + "Package: bad\nVersion: 1\nVersion: 2\nSource: s\nStatus: install ok installed\n\n",
			"status:9: bad: Version: the field occurs twice", true,
			[]inventory.UnreadPackage{{Name: "bad", Source: "s"}},
		},
		{
			"contradiction", good + stanza("bad", "install ok installed", "1") + stanza("bad", "install ok installed", "2"),
			"status:17: bad: Package: another stanza says something else", true,
			[]inventory.UnreadPackage{{Name: "bad", Source: "bad"}},
		},
		{
			"truncated", good + "Package: bad\nStatus: install ok installed\nVersion: 1.2",
			"status:9: bad: inventory: the file ends in the middle of a record", false,
			[]inventory.UnreadPackage{{Name: "bad"}},
		},
		{
			"gigantic field", good + "Package: bad\nDepends: " + strings.Repeat("x", 3<<20) + "\nVersion: 1\nSource: s\nStatus: install ok installed\n\n",
			"status:9: bad: Depends: inventory: too large: longer than 1048576 bytes", true,
			[]inventory.UnreadPackage{{Name: "bad", Source: "s"}},
		},
		{
			"not UTF-8", good + "Package: bad\nVersion: 1\xff\nStatus: install ok installed\n\n",
			`status:9: bad: Version: "1\xff" is not UTF-8`, true,
			[]inventory.UnreadPackage{{Name: "bad", Source: "bad"}},
		},
		{
			"bad source", good + "Package: bad\nVersion: 1\nSource: s (1\nStatus: install ok installed\n\n",
			`status:9: bad: Source: "s (1" is not of the form`, true,
			[]inventory.UnreadPackage{{Name: "bad"}},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			l, err := dpkg.Parse(strings.NewReader(c.text), "status", nil)
			require.NoError(t, err)
			require.Equal(t, "good 1 installed\n", states(l.Packages))
			require.Len(t, l.Report.Problems, 1)
			require.Contains(t, l.Report.Problems[0].Error(), c.problem)
			require.Equal(t, c.all, l.Scope.All)
			require.Equal(t, c.unread, l.Scope.Unread)
			require.Equal(t, l.Report.Read, l.Report.Used+l.Report.Refused+l.Report.Passed)
			require.Len(t, l.Packages, l.Report.Used)
		})
	}
}

func TestRepeatedWordForWord(t *testing.T) {
	t.Parallel()
	one := stanza("a", "install ok installed", "1")
	l, err := dpkg.Parse(strings.NewReader(one+one), "status", nil)
	require.NoError(t, err)
	require.Len(t, l.Packages, 1)
	require.Equal(t, "read 2, used 1, refused 0, passed over 1", l.Report.String())
}

func TestTwoArchitectures(t *testing.T) {
	t.Parallel()
	text := stanza("libc6", "install ok installed", "2") + strings.ReplaceAll(stanza("libc6", "install ok installed", "1"), "amd64", "i386")
	l, err := dpkg.Parse(strings.NewReader(text), "status", nil)
	require.NoError(t, err)
	require.Equal(t, "libc6 2 installed\nlibc6 1 installed\n", states(l.Packages))
}

func TestWholeFileRefused(t *testing.T) {
	t.Parallel()
	for _, text := range []string{"", "\n\n \n", "# a comment\n"} {
		_, err := dpkg.Parse(strings.NewReader(text), "status", nil)
		require.ErrorIs(t, err, inventory.ErrEmpty, "%q", text)
	}
	broken := errors.New("disk on fire")
	_, err := dpkg.Parse(io.MultiReader(strings.NewReader("Package: a\n"), iotest.ErrReader(broken)), "status", nil)
	require.ErrorIs(t, err, broken)
	require.Contains(t, err.Error(), "status:1")
}

func TestDistroless(t *testing.T) {
	t.Parallel()
	fsys := fstest.MapFS{
		"var/lib/dpkg/status.d/base":         {Data: []byte("Package: base-files\nVersion: 12\nArchitecture: amd64\n")},
		"var/lib/dpkg/status.d/base.md5sums": {Data: []byte("00  a\n")},
		"var/lib/dpkg/status.d/tzdata":       {Data: []byte("Package: tzdata\nVersion: 2024a\nArchitecture: all\n")},
	}
	l, err := dpkg.Read(fsys, dpkg.Dir)
	require.NoError(t, err)
	require.Equal(t, "base-files 12 installed\ntzdata 2024a installed\n", states(l.Packages))
	require.True(t, l.Scope.All)
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(stanza("a", "install ok installed", "1")), []byte(stanza("a", "install ok unpacked", "2")))
	f.Add([]byte("Package: a\nVersion: 1"), []byte("#padding\n"))
	f.Add([]byte("\r"), []byte("\n \n:\n"))
	for _, content := range pendingUpdates() {
		f.Add(content, content)
	}
	f.Fuzz(func(t *testing.T, status, update []byte) {
		opt := &dpkg.Options{Updates: []dpkg.Update{{Name: "0001", Content: bytes.NewReader(update)}}}
		l, err := dpkg.Parse(bytes.NewReader(status), "status", opt)
		readertest.Check(t, l, err)
	})
}

func BenchmarkParse(b *testing.B) {
	for _, n := range []int{200, 2_000, 20_000} {
		b.Run(fmt.Sprintf("packages=%d", n), func(b *testing.B) {
			text := statusOf(n)
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				if _, err := dpkg.Parse(bytes.NewReader(text), "status", nil); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkSnapshotSize reports the memory that the packages of one host keep.
func BenchmarkSnapshotSize(b *testing.B) {
	const n = 2_000
	text := statusOf(n)
	var keep []inventory.Listing
	var before, after runtime.MemStats
	runtime.GC()
	runtime.GC() // what was finalised in the first
	runtime.ReadMemStats(&before)
	for b.Loop() {
		l, err := dpkg.Parse(bytes.NewReader(text), "status", nil)
		if err != nil {
			b.Fatal(err)
		}
		keep = append(keep, l)
	}
	runtime.GC()
	runtime.ReadMemStats(&after)
	b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/float64(len(keep)*n), "B/package")
	runtime.KeepAlive(text)
	runtime.KeepAlive(keep)
}

// statusOf writes a status file of n packages with the shape of a real one:
// about 1.1 KB a stanza, three binaries a source.
func statusOf(n int) []byte {
	var out bytes.Buffer
	for i := range n {
		fmt.Fprintf(&out, "Package: libpackage%d\nStatus: install ok installed\nPriority: optional\nSection: libs\nInstalled-Size: %d\nMaintainer: Debian Team <team@lists.example.org>\nArchitecture: amd64\nMulti-Arch: same\nSource: source%d (%d.2-1)\nVersion: %d.2-1+b1\nDepends: libc6 (>= 2.34), %sDescription: a package\n", i, i, i/3, i%50, i%50, strings.Repeat("libdependency (>= 1.0), ", 20)+"\n")
		out.WriteString(strings.Repeat(" some text about what the package is for, in a long line\n", 8))
		out.WriteByte('\n')
	}
	return out.Bytes()
}
