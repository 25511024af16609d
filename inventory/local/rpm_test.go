package local_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fettle-dev/fettle/internal/oracle"
	"github.com/fettle-dev/fettle/inventory"
	"github.com/fettle-dev/fettle/inventory/local"
)

const probeSpec = `Name: fettle-probe
Epoch: 2
Version: 1.0
Release: 3
Summary: probe
License: none
Vendor: Probe, Inc.
BuildArch: noarch
%description
probe
%package sub
Summary: probe
Version: 9.1
%description sub
probe
%files
/usr/share/fettle-probe
%files sub
%install
mkdir -p %{buildroot}/usr/share
echo x > %{buildroot}/usr/share/fettle-probe
`

// TestRealRPM builds two packages, enters them into a database of their own
// and collects them with the real rpm.
func TestRealRPM(t *testing.T) {
	t.Parallel()
	if os.Getuid() != 0 {
		t.Skip("rpm --root needs the superuser")
	}
	for _, tool := range []string{"rpm", "rpmbuild"} {
		oracle.Program(t, tool)
	}
	top, root := t.TempDir(), plant(t, map[string]string{
		"etc/os-release": "ID=fedora\nVERSION_ID=39\n", "usr/share/fettle-probe": "x", "var/lib/rpm/.keep": "",
	})
	do := func(name string, args ...string) {
		t.Helper()
		cmd := exec.CommandContext(t.Context(), name, args...)
		cmd.Env = append(os.Environ(), "HOME="+top)
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, "%s", out)
	}
	spec := filepath.Join(top, "probe.spec")
	require.NoError(t, os.WriteFile(spec, []byte(probeSpec), 0o600))
	do("rpmbuild", "-bb", "--define", "_topdir "+top, "--define", "modularitylabel probe:1:2:3", spec)
	packages, err := filepath.Glob(filepath.Join(top, "RPMS", "*", "*.rpm"))
	require.NoError(t, err)
	require.Len(t, packages, 2)
	do("rpm", "--root", root, "--dbpath", "/var/lib/rpm", "--initdb")
	do("rpm", append([]string{"--root", root, "--dbpath", "/var/lib/rpm", "-i", "--justdb", "--nodeps", "--noscripts", "--force-debian"}, packages...)...)

	c, err := local.New(&local.Options{Root: root})
	require.NoError(t, err)
	o, err := c.Observe(t.Context(), inventory.Needs{AllPackages: true, Files: []inventory.FileNeed{{Path: "/usr/share/fettle-probe"}}})
	require.NoError(t, err)
	require.Empty(t, o.Problems)
	require.Len(t, o.Snapshot.Packages, 2)
	p, sub := o.Snapshot.Packages[0], o.Snapshot.Packages[1]
	require.False(t, p.InstalledAt.IsZero())
	p.InstalledAt = sub.InstalledAt
	want := inventory.Package{
		Type: "rpm", Name: "fettle-probe", Version: "2:1.0-3", Arch: "noarch", Source: "fettle-probe", SourceVersion: "2:1.0-3",
		Module: "probe:1:2:3", Vendor: "Probe, Inc.", InstalledAt: sub.InstalledAt,
	}
	require.Equal(t, want, p)
	want.Name, want.Version, want.SourceVersion = "fettle-probe-sub", "2:9.1-3", ""
	require.Equal(t, want, sub)
	require.Equal(t, "fettle-probe", o.Snapshot.Files[0].Package)
}
