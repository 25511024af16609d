package local_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/inventory"
	"github.com/fettle-dev/fettle/inventory/inventorytest"
	"github.com/fettle-dev/fettle/inventory/local"
	"github.com/fettle-dev/fettle/inventory/rpm"
)

// everything wants all that has an end.
var everything = inventory.Needs{
	AllPackages: true, Products: true, Hotfixes: true, Services: []string{"*"},
	Facts:    []string{local.FactBIOSVersion, local.FactProduct, "no.such.fact"},
	Evidence: []inventory.Evidence{inventory.EvidenceFlag, inventory.EvidenceMapped, inventory.EvidenceRenames, inventory.EvidenceComponents, inventory.EvidenceMarks},
}

// plant makes a tree of files; a content that begins with "-> " is a link.
func plant(t *testing.T, files map[string]string) string {
	t.Helper()
	root := t.TempDir()
	for name, content := range files {
		full := filepath.Join(root, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(full), 0o755))
		if target, isLink := strings.CutPrefix(content, "-> "); isLink {
			require.NoError(t, os.Symlink(target, full))
			continue
		}
		require.NoError(t, os.WriteFile(full, []byte(content), 0o600))
	}
	return root
}

// debian is a small Debian system that was upgraded and not restarted.
func debian() map[string]string {
	return map[string]string{
		"etc/os-release":                             "-> ../usr/lib/os-release",
		"usr/lib/os-release":                         "ID=debian\nVERSION_ID=12\nVERSION_CODENAME=bookworm\nPRETTY_NAME=\"Debian GNU/Linux 12\"\n",
		"etc/machine-id":                             "0123456789abcdef0123456789abcdef\n",
		"etc/localtime":                              "-> ../usr/share/zoneinfo/Europe/London",
		"proc/sys/kernel/hostname":                   "web-01\n",
		"proc/sys/kernel/osrelease":                  "6.1.0-18-amd64\n",
		"proc/sys/kernel/version":                    "#1 SMP Debian 6.1.76-1 (2024-02-01)\n",
		"proc/sys/kernel/arch":                       "x86_64\n",
		"proc/sys/kernel/random/boot_id":             "11111111-2222-3333-4444-555555555555\n",
		"proc/stat":                                  "cpu 1 2 3\nbtime 1700000000\n",
		"var/lib/dpkg/status":                        "Package: libssl3\nStatus: install ok installed\nArchitecture: amd64\nSource: openssl\nVersion: 3.0.11\n\n",
		"var/lib/dpkg/updates/0001":                  "Package: libssl3\nStatus: install ok unpacked\nArchitecture: amd64\nSource: openssl\nVersion: 3.0.13\n\n",
		"var/lib/dpkg/info/libssl3:amd64.list":       "/.\n/usr\n/usr/lib/x86_64-linux-gnu/libssl.so.3\n",
		"var/lib/dpkg/info/linux-image-6.1.0-1.list": "/boot/vmlinuz-6.1.0-18-amd64\n",
		"run/reboot-required":                        "*** System restart required ***\n",
		"run/reboot-required.pkgs":                   "linux-image-6.1.0-18-amd64\nlibssl3\nlibssl3\n",
		"proc/1/maps":                                "55d0-55d1 r-xp 00000000 fe:01 10  /usr/lib/systemd/systemd\n",
		"proc/42/maps": "7f00-7f01 r--p 00000000 fe:01 20  /usr/lib/x86_64-linux-gnu/libssl.so.3 (deleted)\n" +
			"7f01-7f02 r-xp 00001000 fe:01 20                         /usr/lib/x86_64-linux-gnu/libssl.so.3 (deleted)\n" +
			"7f02-7f03 r-xp 00000000 00:05 30  /memfd:jit (deleted)\n" +
			"7f03-7f04 r-xp 00000000 fe:01 31  /opt/app/lib with space.so;5f3a0b1c (deleted)\n" +
			"7f04-7f05 rw-p 00000000 fe:01 32  /var/lib/app/data (deleted)\n",
		"proc/42/comm":                             "nginx\n",
		"proc/42/cgroup":                           "0::/system.slice/nginx.service\n",
		"proc/43/maps":                             "7f01-7f02 r-xp 00001000 fe:01 20  /usr/lib/x86_64-linux-gnu/libssl.so.3.dpkg-tmp (deleted)\n",
		"proc/43/comm":                             "worker\n",
		"sys/kernel/livepatch/fix_a/enabled":       "1\n",
		"sys/kernel/livepatch/fix_b/enabled":       "0\n",
		"sys/class/dmi/id/bios_version":            "1.2.3\n",
		"dev/disk/by-uuid/aaaa-bbbb":               "-> ../../vda1",
		"sys/fs/ext4/vda1/lifetime_write_kbytes":   "123456\n",
		"sys/fs/ext4/vdb1/lifetime_write_kbytes":   "1\n",
		"run/systemd/system/.keep":                 "",
		"etc/ssh/sshd_config":                      "PermitRootLogin no\n",
		"etc/ssh/sshd_config.d/10-local.conf":      "UsePAM yes\n",
		"etc/ssh/sshd_config.d/20-more.conf":       "X11Forwarding no\n",
		"etc/ssh/sshd_config.d/readme":             "no\n",
		"etc/secret-that-nobody-asked-for":         "x",
		"usr/lib/x86_64-linux-gnu/libssl.so.3":     "new",
		"proc/sys/kernel/this/is/no/process/9/map": "",
	}
}

func fixedNow() time.Time { return time.Date(2026, 3, 1, 12, 0, 0, 0, time.FixedZone("x", 3600)) }

func systemctl(_ context.Context, name string, args ...string) ([]byte, error) {
	if name != "systemctl" {
		return nil, fmt.Errorf("unexpected program %s %q", name, args)
	}
	if args[0] == "list-units" {
		return []byte("nginx.service loaded active running A web server\n● broken.service loaded failed failed Broken\ngone.service not-found inactive dead gone.service\n"), nil
	}
	return []byte("nginx.service enabled enabled\nssh.service disabled enabled\ntelnet.service masked enabled\n"), nil
}

func TestDebian(t *testing.T) {
	t.Parallel()
	c, err := local.New(&local.Options{Root: plant(t, debian()), Now: fixedNow, Run: systemctl})
	require.NoError(t, err)
	o, err := c.Observe(t.Context(), everything)
	require.NoError(t, err)
	require.Empty(t, o.Problems)
	require.Equal(t, inventory.Snapshot{
		Taken: time.Date(2026, 3, 1, 11, 0, 0, 0, time.UTC),
		OS:    inventory.OS{Family: "linux", ID: "debian", Version: "12", Codename: "bookworm", Arch: "amd64", Name: "Debian GNU/Linux 12"},
		Kernel: inventory.Kernel{
			Release: "6.1.0-18-amd64", Version: "#1 SMP Debian 6.1.76-1 (2024-02-01)", Machine: "x86_64",
			Packages: []string{"linux-image-6.1.0-1"}, Livepatches: []string{"fix_a"},
		},
		BootID: "11111111-2222-3333-4444-555555555555", BootTime: time.Unix(1700000000, 0).UTC(),
		Packages: []inventory.Package{{
			Type: "deb", Name: "libssl3", Version: "3.0.13", Arch: "amd64", Source: "openssl", SourceVersion: "3.0.13", State: inventory.Unpacked,
		}},
		Services: []inventory.Service{
			{Name: "broken.service", State: "failed"},
			{Name: "nginx.service", State: "running", Start: "auto"},
			{Name: "ssh.service", State: "stopped", Start: "manual"},
			{Name: "telnet.service", State: "stopped", Start: "disabled"},
		},
		Facts:    map[string]string{local.FactBIOSVersion: "1.2.3"},
		Counters: map[string]uint64{"ext4/aaaa-bbbb/lifetimeWriteKB": 123456},
		Restart: inventory.RestartEvidence{
			Required: true, Packages: []string{"libssl3", "linux-image-6.1.0-18-amd64"},
			Mapped: []inventory.MappedFile{
				{Path: "/opt/app/lib with space.so", Processes: []inventory.Process{{PID: 42, Name: "nginx", Unit: "nginx.service"}}},
				{Path: "/usr/lib/x86_64-linux-gnu/libssl.so.3", Package: "libssl3", Processes: []inventory.Process{
					{PID: 42, Name: "nginx", Unit: "nginx.service"}, {PID: 43, Name: "worker"},
				}},
			},
		},
		Scope: inventory.Scope{
			Packages: []inventory.PackageScope{{Type: "apk", All: true}, {Type: "deb", All: true}, {Type: "rpm", All: true}},
			Products: true, Hotfixes: true, Services: []string{"*"},
			Facts:    []string{local.FactBIOSVersion, local.FactProduct},
			Evidence: []inventory.Evidence{"components", "flag", "mapped", "marks", "renames"},
		},
	}, o.Snapshot)
	require.Equal(t, 2, o.Reports["deb"].Read)
}

// TestNeeds: who asks for three files gets three files looked at, and nothing
// else.
func TestNeeds(t *testing.T) {
	t.Parallel()
	c, err := local.New(&local.Options{Root: plant(t, debian()), Now: fixedNow, Run: func(context.Context, string, ...string) ([]byte, error) {
		return nil, errors.New("nothing is to be run")
	}})
	require.NoError(t, err)
	o, err := c.Observe(t.Context(), inventory.Needs{Files: []inventory.FileNeed{
		{Path: "/etc/ssh/sshd_config", Text: true, Digest: true},
		{Path: "/etc/ssh/sshd_config.d/*.conf"},
		{Path: "/etc/ssh/absent", Version: true},
		{Path: "/usr/lib/x86_64-linux-gnu/libssl.so.3", Version: true},
		{Path: `Mozilla\firefox.exe`, Folder: "ProgramFiles"},
	}})
	require.NoError(t, err)
	require.Empty(t, o.Problems)
	s := o.Snapshot
	require.Empty(t, s.Packages)
	require.Empty(t, s.Services)
	require.Equal(t, inventory.Scope{
		Files: []string{
			"/etc/ssh/absent", "/etc/ssh/sshd_config", "/etc/ssh/sshd_config.d/*.conf", "/usr/lib/x86_64-linux-gnu/libssl.so.3",
		},
		Folders: []string{"ProgramFiles"},
	}, s.Scope)
	var paths []string
	for _, f := range s.Files {
		paths = append(paths, f.Path)
	}
	require.Equal(t, []string{
		"/etc/ssh/sshd_config", "/etc/ssh/sshd_config.d/10-local.conf", "/etc/ssh/sshd_config.d/20-more.conf", "/usr/lib/x86_64-linux-gnu/libssl.so.3",
	}, paths)
	require.Equal(t, "PermitRootLogin no\n", *s.Files[0].Text)
	require.Equal(t, fettle.DigestOf([]byte("PermitRootLogin no\n")), s.Files[0].Digest)
	require.Empty(t, s.Files[1].Digest)
	require.Equal(t, fettle.No, s.Files[3].Versioned)
	require.Empty(t, s.Files[3].Package) // no packages are wanted
	_, there := s.FileAt("/etc/ssh/absent")
	require.Equal(t, fettle.No, there)
	_, there = s.FileAt("/etc/secret-that-nobody-asked-for")
	require.Equal(t, fettle.Unknown, there)
	_, there = s.Folder("ProgramFiles")
	require.Equal(t, fettle.No, there)
}

// TestFileOwners: with packages wanted, a file says which one put it there.
func TestFileOwners(t *testing.T) {
	t.Parallel()
	c, err := local.New(&local.Options{Root: plant(t, debian()), Run: systemctl})
	require.NoError(t, err)
	s, err := c.Collect(t.Context(), inventory.Needs{
		Packages: []inventory.PackageNeed{{Type: "deb", Names: []string{"libssl3"}}},
		Files:    []inventory.FileNeed{{Path: "/usr/lib/x86_64-linux-gnu/libssl.so.3"}, {Path: "/etc/ssh/sshd_config"}},
	})
	require.NoError(t, err)
	require.Equal(t, []string{"", "libssl3"}, []string{s.Files[0].Package, s.Files[1].Package})
}

func TestAlpine(t *testing.T) {
	t.Parallel()
	c, err := local.New(&local.Options{Root: plant(t, map[string]string{
		"etc/os-release":       "ID=alpine\nVERSION_ID=3.18.4\n",
		"lib/apk/db/installed": "P:musl\nV:1.2.4-r1\nA:x86_64\no:musl\n\n",
	})})
	require.NoError(t, err)
	s, err := c.Collect(t.Context(), inventory.Needs{AllPackages: true})
	require.NoError(t, err)
	require.Equal(t, []inventory.Package{{Type: "apk", Name: "musl", Version: "1.2.4-r1", Arch: "x86_64", Source: "musl", SourceVersion: "1.2.4-r1"}}, s.Packages)
}

// TestRPM runs a stand-in for rpm: one of before 4.15, which refuses the module
// label.
func TestRPM(t *testing.T) {
	t.Parallel()
	var asked []string
	old := func(_ context.Context, name string, args ...string) ([]byte, error) {
		asked = append(asked, name+" "+strings.Join(args, " "))
		if args[len(args)-1] == rpm.Format {
			return nil, errors.New("incorrect format: unknown tag")
		}
		return []byte("bash\t(none)\t4.1.2\t48.el6\tx86_64\tbash-4.1.2-48.el6.src.rpm\t(none)\t1400000000\tCentOS\n"), nil
	}
	root := plant(t, map[string]string{"etc/redhat-release": "CentOS release 6.10 (Final)\n", "var/lib/rpm/Packages": "db"})
	c, err := local.New(&local.Options{Root: root, Run: old})
	require.NoError(t, err)
	s, err := c.Collect(t.Context(), inventory.Needs{Packages: []inventory.PackageNeed{{Type: "rpm", All: true}}})
	require.NoError(t, err)
	require.Equal(t, "centos 6.10", s.OS.ID+" "+s.OS.Version)
	require.Equal(t, "4.1.2-48.el6", s.Packages[0].Version)
	require.Equal(t, []string{"rpm --root " + root + " --dbpath /var/lib/rpm -qa --qf " + rpm.Format, "rpm --root " + root + " --dbpath /var/lib/rpm -qa --qf " + rpm.FormatOld}, asked)
	require.Equal(t, []inventory.PackageScope{{Type: "rpm", All: true}}, s.Scope.Packages)
}

// TestUnreadIsUnknown: what could not be read is out of scope and named.
func TestUnreadIsUnknown(t *testing.T) {
	t.Parallel()
	files := debian()
	files["var/lib/rpm/rpmdb.sqlite"] = "damaged"
	files["var/lib/dpkg/status"] = ""
	files["etc/ssh/sshd_config"] = "\xff"
	c, err := local.New(&local.Options{Root: plant(t, files), Run: func(context.Context, string, ...string) ([]byte, error) {
		return nil, os.ErrNotExist // no rpm program: not the same as no rpm database
	}})
	require.NoError(t, err)
	needs := everything
	needs.Files = []inventory.FileNeed{{Path: "/etc/ssh/sshd_config", Text: true}, {Path: "relative"}, {Path: "/a\x00b"}}
	o, err := c.Observe(t.Context(), needs)
	require.NoError(t, err)
	require.Equal(t, []inventory.PackageScope{{Type: "apk", All: true}}, o.Snapshot.Scope.Packages)
	require.Empty(t, o.Snapshot.Scope.Services)
	require.Nil(t, o.Snapshot.Files[0].Text)
	all := errors.Join(o.Problems...).Error()
	for _, want := range []string{"packages of type deb", "packages of type rpm", "services", "its text is not UTF-8", `"relative"`} {
		require.Contains(t, all, want)
	}
}

func TestNoPermissionIsUnknown(t *testing.T) {
	t.Parallel()
	root := plant(t, debian())
	require.NoError(t, os.Chmod(filepath.Join(root, "proc/42/maps"), 0))
	require.NoError(t, os.Chmod(filepath.Join(root, "etc/ssh/sshd_config.d"), 0))
	withoutPrivilege(t, root)
	c, err := local.New(&local.Options{Root: root, Run: systemctl})
	require.NoError(t, err)
	needs := everything
	needs.Files = []inventory.FileNeed{{Path: "/etc/ssh/sshd_config.d/*"}}
	o, err := c.Observe(t.Context(), needs)
	require.NoError(t, err)
	require.False(t, o.Snapshot.Scope.HasEvidence(inventory.EvidenceMapped))
	require.Len(t, o.Snapshot.Restart.Mapped, 1) // what could be seen is there
	require.Empty(t, o.Snapshot.Scope.Files)
	require.Len(t, o.Problems, 2)
	require.NoError(t, os.Chmod(filepath.Join(root, "etc/ssh/sshd_config.d"), 0o755))
}

// TestLinksStayInTheRoot: an image cannot make the collector read the host.
func TestLinksStayInTheRoot(t *testing.T) {
	t.Parallel()
	files := debian()
	files["etc/evil"] = "-> ../../../../../../../../etc/passwd"
	c, err := local.New(&local.Options{Root: plant(t, files), Run: systemctl})
	require.NoError(t, err)
	o, err := c.Observe(t.Context(), inventory.Needs{Files: []inventory.FileNeed{{Path: "/etc/evil", Text: true}}})
	require.NoError(t, err)
	require.Empty(t, o.Snapshot.Files)
	require.Len(t, o.Problems, 1)
	require.Empty(t, o.Snapshot.Scope.Files)
}

func TestHost(t *testing.T) {
	t.Parallel()
	c, err := local.New(&local.Options{Root: plant(t, debian())})
	require.NoError(t, err)
	h, err := c.Host(t.Context())
	require.NoError(t, err)
	// printf 'fettle host id' | openssl dgst -sha256 -hmac 0123456789abcdef0123456789abcdef
	require.Equal(t, inventory.Host{ID: "machine-d3253b7653edd9582bdab587b2a1ba02", Name: "web-01", Zone: "Europe/London"}, h)

	c, err = local.New(&local.Options{Root: plant(t, map[string]string{"etc/machine-id": "uninitialized\n", "etc/hostname": "new\n"})})
	require.NoError(t, err)
	h, err = c.Host(t.Context())
	require.ErrorIs(t, err, local.ErrNoID)
	require.Equal(t, inventory.Host{Name: "new"}, h)
}

func TestContract(t *testing.T) {
	t.Parallel()
	needs := everything
	needs.Files = []inventory.FileNeed{{Path: "/etc/ssh/*", Digest: true}, {Path: "/etc/absent"}, {Path: `Mozilla\firefox.exe`, Folder: "ProgramFiles"}}
	needs.Registry = []inventory.RegistryNeed{{Key: `HKLM\SOFTWARE\Mozilla`}}
	inventorytest.RunCollector(t, func(t *testing.T) inventory.Collector {
		t.Helper()
		c, err := local.New(&local.Options{Root: plant(t, debian()), Run: systemctl})
		require.NoError(t, err)
		return c
	}, needs)
}

func TestNothingThere(t *testing.T) {
	t.Parallel()
	c, err := local.New(&local.Options{Root: t.TempDir()})
	require.NoError(t, err)
	_, err = c.Collect(t.Context(), everything)
	require.ErrorIs(t, err, local.ErrNothing)
	_, err = local.New(&local.Options{Root: filepath.Join(t.TempDir(), "absent")})
	require.ErrorIs(t, err, os.ErrNotExist)
}

func TestContextEnds(t *testing.T) {
	t.Parallel()
	c, err := local.New(&local.Options{Root: plant(t, debian()), Run: systemctl})
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err = c.Collect(ctx, everything)
	require.ErrorIs(t, err, context.Canceled)
}

// TestThisHost observes the machine that runs the test.
func TestThisHost(t *testing.T) {
	t.Parallel()
	if runtime.GOOS != "linux" {
		t.Skip("on Linux only")
	}
	c, err := local.New(nil)
	require.NoError(t, err)
	o, err := c.Observe(t.Context(), everything)
	require.NoError(t, err)
	require.Equal(t, "linux", o.Snapshot.OS.Family)
	require.NotEmpty(t, o.Snapshot.Kernel.Release)
	require.NotEmpty(t, o.Snapshot.OS.Arch)
	require.False(t, o.Snapshot.BootTime.IsZero())
	for typ, r := range o.Reports {
		t.Logf("%s: %s", typ, &r)
	}
	for _, p := range o.Problems {
		t.Logf("not in scope: %v", p)
	}
	r := inventory.Record{Host: inventory.Host{ID: "here"}, Snapshot: o.Snapshot}
	_, err = r.Line()
	require.NoError(t, err)
}
