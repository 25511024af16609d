package apt_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/applicability"
	"github.com/fettle-dev/fettle/feed/apt"
	"github.com/fettle-dev/fettle/internal/deb822"
	"github.com/fettle-dev/fettle/internal/oracle"
)

var november = time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC)

// host is a host in the few facts that an archive's patches ask for.
type host struct {
	id, codename, native string
	packages             []installed
}

type installed struct{ name, arch, version string }

// holds is the slow twin of the engine for the criteria that this package
// writes: two-valued, one package after the other.
func (h host) holds(f applicability.Footprint) bool {
	switch c := f.Criterion().(type) {
	case applicability.All:
		return !slices.ContainsFunc(c.Of, func(f applicability.Footprint) bool { return !h.holds(f) })
	case applicability.Any:
		return slices.ContainsFunc(c.Of, h.holds)
	case applicability.Not:
		return !h.holds(c.Of)
	case applicability.OS:
		return c.Is == map[applicability.OSAttribute]string{
			applicability.OSID: h.id, applicability.OSCodename: h.codename, applicability.OSArch: h.native,
		}[c.Attribute]
	case applicability.Package:
		return slices.ContainsFunc(h.packages, func(p installed) bool {
			return c.Type == "deb" && p.name == c.Name && p.arch == c.Arch && within(p.version, c.Range)
		})
	default:
		panic(fmt.Sprintf("criterion %T", c))
	}
}

func within(v string, r applicability.Range) bool {
	for _, i := range r.Intervals {
		if i.High != "" && order(v, i.High) >= 0 || i.Low != "" && order(v, i.Low) <= 0 {
			return false
		}
	}
	return true
}

func order(a, b string) int {
	c, err := applicability.SchemeDeb.Compare(a, b)
	if err != nil {
		panic(err)
	}
	return c
}

// upgradable names the packages that the needed patches would change, with the
// highest version that any of them brings, as apt list does.
func (h host) upgradable(patches []applicability.Patch) map[string]string {
	found := map[string]string{}
	for _, p := range patches {
		if !h.holds(p.Target) || h.holds(p.Installed) {
			continue
		}
		for _, c := range h.packagesOf(p.Installed) {
			high := c.Range.Intervals[0].High
			for _, i := range h.packages {
				key := i.name + ":" + i.arch
				if i.name == c.Name && i.arch == c.Arch && within(i.version, c.Range) && (found[key] == "" || order(found[key], high) < 0) {
					found[key] = high
				}
			}
		}
	}
	return found
}

// packagesOf returns the criteria on packages that concern the host.
func (h host) packagesOf(f applicability.Footprint) []applicability.Package {
	switch c := f.Criterion().(type) {
	case applicability.Package:
		return []applicability.Package{c}
	case applicability.Not:
		return h.packagesOf(c.Of)
	case applicability.All:
		var all []applicability.Package
		for _, f := range c.Of {
			if os, ok := f.Criterion().(applicability.OS); ok && !h.holds(applicability.That(os)) {
				return nil
			}
			all = append(all, h.packagesOf(f)...)
		}
		return all
	default:
		return nil
	}
}

// readHost reads a dpkg status file: what is on disk.
func readHost(tb testing.TB, status []byte) host {
	tb.Helper()
	h := host{id: "debian", codename: "bookworm", native: "amd64"}
	for r := deb822.NewReader(bytes.NewReader(status), nil); ; {
		s, err := r.Next()
		if errors.Is(err, io.EOF) {
			return h
		}
		if err != nil {
			tb.Fatal(err)
		}
		if strings.HasSuffix(s.Get("Status"), " installed") {
			h.packages = append(h.packages, installed{s.Get("Package"), s.Get("Architecture"), s.Get("Version")})
		}
	}
}

// readSuite reads a suite of the shared data without its signature, which
// package pgp's tests check.
func readSuite(tb testing.TB, suite string) *apt.List {
	tb.Helper()
	r, err := apt.OpenRelease(suite+"/InRelease", oracle.Read(tb, "apt/"+suite+"/InRelease"), nil, november, &apt.Check{Insecure: true, Suite: suite})
	if err != nil {
		tb.Fatal(err)
	}
	l, err := r.ReadPackages(suite+"/Packages", bytes.NewReader(oracle.Read(tb, "apt/"+suite+"/Packages.xz")), nil)
	if err != nil {
		tb.Fatal(err)
	}
	return l
}

// TestUpgradable compares with what apt list --upgradable said.
func TestUpgradable(t *testing.T) {
	t.Parallel()
	lists := []*apt.List{readSuite(t, "bookworm"), readSuite(t, "bookworm-security")}
	patches := apt.Patches(lists, nil)
	type line struct{ Package, Arch, Installed, Candidate string }
	for _, folder := range []string{"", "with-holds/"} {
		base := "oracles/apt-upgradable/" + folder + "bookworm"
		want := map[string]string{}
		for _, l := range oracle.Lines[line](t, base+".upgradable.jsonl") {
			want[l.Package+":"+l.Arch] = l.Candidate
		}
		got := readHost(t, oracle.Read(t, base+".status.xz")).upgradable(patches)
		for name, version := range want {
			if got[name] != version {
				t.Errorf("%s: %q, apt says %s", name, got[name], version)
			}
			delete(got, name)
		}
		for name, version := range got {
			t.Errorf("%s: %s, apt says nothing", name, version)
		}
		t.Logf("%s: %d packages as apt lists them", base, len(want))
	}
}

// TestArchiveCounts holds the numbers against grep -c ^Package:.
func TestArchiveCounts(t *testing.T) {
	t.Parallel()
	for suite, want := range map[string]int{"bookworm": 63440, "bookworm-security": 3006, "bookworm-updates": 38} {
		l := readSuite(t, suite)
		if l.Read != want || len(l.Refused) != 0 || len(l.Skipped) != 0 {
			t.Errorf("%s: read %d, want %d; refused %v, skipped %v", suite, l.Read, want, l.Refused, l.Skipped)
		}
		if l.Arch != "amd64" || l.Entry != "main/binary-amd64/Packages" || l.Release.Name() != suite {
			t.Errorf("%s: %s %s %s", suite, l.Release.Name(), l.Arch, l.Entry)
		}
		patches := apt.Patches([]*apt.List{l}, nil)
		t.Logf("%s: %d stanzas, %d patches, notes %v", suite, l.Read, len(patches), l.Release.Notes)
		ids := map[fettle.PatchID]bool{}
		for _, p := range patches {
			if ids[p.ID] || p.Target.IsZero() || p.Installed.IsZero() || !strings.HasPrefix(string(p.ID), suite+"/") {
				t.Errorf("patch %+v", p)
			}
			ids[p.ID] = true
			if wantClass := map[bool]fettle.Class{true: fettle.ClassSecurity}[suite == "bookworm-security"]; p.Class != wantClass {
				t.Errorf("%s: class %s", p.ID, p.Class)
			}
		}
	}
}

func BenchmarkReadPackages(b *testing.B) {
	r, err := apt.OpenRelease("InRelease", oracle.Read(b, "apt/bookworm/InRelease"), nil, november, &apt.Check{Insecure: true})
	if err != nil {
		b.Fatal(err)
	}
	data := oracle.Read(b, "apt/bookworm/Packages.xz")
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := r.ReadPackages("Packages", bytes.NewReader(data), nil); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkPatches(b *testing.B) {
	lists := []*apt.List{readSuite(b, "bookworm"), readSuite(b, "bookworm-security")}
	b.ReportAllocs()
	for b.Loop() {
		if len(apt.Patches(lists, nil)) == 0 {
			b.Fatal("no patches")
		}
	}
}
