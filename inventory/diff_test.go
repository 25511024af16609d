package inventory_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/inventory"
)

func describe(c inventory.Changes) string {
	var out strings.Builder
	for _, p := range c.Packages {
		fmt.Fprintf(&out, "%s package %s %s>%s\n", p.Op, cmp.Or(p.Before.Name, p.After.Name), p.Before.Version, p.After.Version)
	}
	for _, f := range c.Facts {
		fmt.Fprintf(&out, "%s %s %q %s %s>%s\n", f.Op, f.Kind, f.Name, f.Field, f.Before, f.After)
	}
	for _, f := range c.Fallen {
		fmt.Fprintf(&out, "fallen %s %d>%d\n", f.Name, f.Before, f.After)
	}
	return out.String()
}

func TestDiffOfTheSame(t *testing.T) {
	t.Parallel()
	a, b := full().Snapshot, full().Snapshot
	a.Sort()
	b.Sort()
	b.Taken = b.Taken.Add(time.Hour)
	c := inventory.Diff(&a, &b)
	require.True(t, c.Empty(), describe(c))
	require.Equal(t, fettle.No, c.Rebooted)
}

func TestDiff(t *testing.T) {
	t.Parallel()
	kernel := func(version string) inventory.Package {
		return inventory.Package{Type: "rpm", Name: "kernel", Version: version, Arch: "x86_64"}
	}
	deb := func(name, version string) inventory.Package {
		return inventory.Package{Type: "deb", Name: name, Version: version, Arch: "amd64"}
	}
	scope := inventory.Scope{
		Packages: []inventory.PackageScope{{Type: "deb", All: true}, {Type: "rpm", All: true}},
		Files:    []string{"/a", "/b", "/c"}, Facts: []string{"x", "y"}, Hotfixes: true, Evidence: []inventory.Evidence{inventory.EvidenceFlag},
		Registry: []inventory.KeyScope{{Key: `HKLM\SOFTWARE\A B`}},
	}
	before := inventory.Snapshot{
		Scope: scope, BootID: "1", Counters: map[string]uint64{"boots": 7, "writes": 10, "gone": 1},
		Packages: []inventory.Package{deb("gone", "1"), deb("same", "1"), deb("up", "1"), kernel("1"), kernel("2"), {Type: "pypi", Name: "p", Version: "1", Path: "/v"}},
		Files:    []inventory.File{{Path: "/a", Size: 5, FileVersion: "2.0.0.0", Digest: "sha256:x"}, {Path: "/b"}, {Path: "/z"}},
		Facts:    map[string]string{"x": "1", "unscoped": "1"},
		Hotfixes: []inventory.Hotfix{{ID: "KB1"}},
		Registry: []inventory.RegistryKey{{Key: `HKLM\SOFTWARE\A B`, Values: []inventory.RegistryValue{{Name: "V 1", Type: inventory.RegString, Data: []string{"x"}}}}},
		Kernel:   inventory.Kernel{Release: "6.1"},
	}
	after := inventory.Snapshot{
		Scope: scope, BootID: "2", Counters: map[string]uint64{"boots": 3, "writes": 11},
		Packages: []inventory.Package{deb("new", "1"), deb("same", "1"), deb("up", "2"), kernel("2"), kernel("3"), kernel("4")},
		Files:    []inventory.File{{Path: "/a", Size: 5, FileVersion: "1.0.0.0"}, {Path: "/c"}, {Path: "/y"}},
		Facts:    map[string]string{"x": "2", "y": "1"},
		Restart:  inventory.RestartEvidence{Required: true, Packages: []string{"libc6"}},
		Kernel:   inventory.Kernel{Release: "6.2"},
	}
	before.Sort()
	after.Sort()
	c := inventory.Diff(&before, &after)
	require.Equal(t, `removed package gone 1>
added package new >1
changed package up 1>2
unseen package p 1>
removed package kernel 1>
added package kernel >3
added package kernel >4
unseen fact "unscoped"  1>
changed fact "x"  1>2
added fact "y"  >1
changed file "/a" fileVersion 2.0.0.0>1.0.0.0
removed file "/b"  >
added file "/c"  >
seen file "/y"  >
unseen file "/z"  >
removed hotfix "KB1"  >
changed kernel "running" release 6.1>6.2
removed registry "hklm\\software\\a b\tnative\tv 1"  sz:x>
added restart "flag"  >
added restart "flag libc6"  >
fallen boots 7>3
`, describe(c))
	require.Equal(t, fettle.Yes, c.Rebooted)
}

// TestDiffRebuilds: before, with what changed, is after; on random hosts.
func TestDiffRebuilds(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(1, 2))
	random := func() inventory.Snapshot {
		s := inventory.Snapshot{Scope: inventory.Scope{Packages: []inventory.PackageScope{{Type: "deb", All: true}}}}
		for range rng.IntN(8) {
			s.Packages = append(s.Packages, inventory.Package{
				Type: "deb", Name: strconv.Itoa(rng.IntN(3)), Version: strconv.Itoa(rng.IntN(3)), Arch: strconv.Itoa(rng.IntN(2)), Path: strconv.Itoa(rng.IntN(2)),
			})
		}
		s.Sort()
		return s
	}
	for range 2_000 {
		a, b := random(), random()
		rebuilt := slices.Clone(a.Packages)
		for _, c := range inventory.Diff(&a, &b).Packages {
			if c.Op == inventory.Changed || c.Op == inventory.Removed {
				i := slices.Index(rebuilt, c.Before)
				require.GreaterOrEqual(t, i, 0)
				rebuilt = slices.Delete(rebuilt, i, i+1)
			}
			if c.Op == inventory.Changed || c.Op == inventory.Added {
				rebuilt = append(rebuilt, c.After)
			}
		}
		slices.SortFunc(rebuilt, inventory.Package.Compare)
		require.True(t, slices.Equal(b.Packages, rebuilt), "%v\n%v\n%v", a.Packages, b.Packages, rebuilt)
	}
}

func TestReconcile(t *testing.T) {
	t.Parallel()
	day := func(n int) time.Time { return time.Date(2026, 3, n, 0, 0, 0, 0, time.UTC) }
	asserted := []inventory.Host{{ID: "clone"}, {ID: "fine"}, {ID: "missing"}, {ID: "restored"}, {ID: "stale"}, {ID: "twice"}, {ID: "twice"}}
	seen := []inventory.Sighting{
		{Host: "stale", Taken: day(1), BootID: "s"},
		{Host: "fine", Taken: day(9), BootID: "f2"},
		{Host: "fine", Taken: day(2), BootID: "f1"},
		{Host: "fine", Taken: day(3), BootID: "f1"},
		{Host: "clone", Taken: day(6), BootID: "a"},
		{Host: "clone", Taken: day(7), BootID: "b"},
		{Host: "clone", Taken: day(8), BootID: "a"},
		{Host: "clone", Taken: day(9), BootID: "b"},
		{Host: "restored", Taken: day(7), BootID: "x"},
		{Host: "restored", Taken: day(8), BootID: "y"},
		{Host: "restored", Taken: day(9), BootID: "x"},
		{Host: "twice", Taken: day(9)},
		{Host: "foreign", Taken: day(9), BootID: "f2"},
	}
	got := inventory.Reconcile(asserted, seen, day(10), 72*time.Hour)
	require.Equal(t, inventory.Reconciliation{
		Repeated: []fettle.HostID{"twice"}, Missing: []fettle.HostID{"missing"}, Foreign: []fettle.HostID{"foreign"},
		Stale:    []inventory.Stale{{Host: "stale", Last: day(1)}},
		Returned: []inventory.BootPattern{{Host: "restored", Boots: []string{"x", "y", "x"}}},
		Cloned:   []inventory.BootPattern{{Host: "clone", Boots: []string{"a", "b", "a", "b"}}},
		Shared:   []inventory.SharedBoot{{BootID: "f2", Hosts: []fettle.HostID{"fine", "foreign"}}},
	}, got)
	require.Empty(t, inventory.Reconcile(asserted, seen, day(10), 0).Stale)
}
