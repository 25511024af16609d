package applicability_test

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/applicability"
	"github.com/fettle-dev/fettle/inventory"
)

// debianLike makes n advisories of the form that Debian's take, over four
// releases and 4,000 source packages of which a few get most of them, with a
// fixed version for each release, and one host of the release bookworm with
// 2,000 packages.
func debianLike(n, packages int) ([]applicability.Patch, *inventory.Record) {
	g := rand.New(rand.NewPCG(1, 2))
	releases := []string{"bullseye", "bookworm", "trixie", "sid"}
	const sources = 4000
	pick := func() int { f := g.Float64(); return int(f * f * sources) }
	patches := make([]applicability.Patch, n)
	for i := range patches {
		name := fmt.Sprintf("source-%04d", pick())
		release := releases[g.IntN(len(releases))]
		p := applicability.Package{Type: "deb", Name: name, Source: true}
		fixed := p
		fixed.Which = applicability.Some
		fixed.Range = applicability.Range{Scheme: applicability.SchemeDeb, Intervals: []applicability.Interval{{High: debVersion(g)}}}
		patches[i] = applicability.Patch{
			ID: fettle.PatchID(fmt.Sprintf("DSA-%d-1", i)), Severity: fettle.SeverityHigh, Class: fettle.ClassSecurity,
			Target: applicability.That(applicability.All{Of: []applicability.Footprint{
				applicability.That(applicability.OS{Attribute: applicability.OSID, Is: "debian"}),
				applicability.That(applicability.OS{Attribute: applicability.OSCodename, Is: release}),
				applicability.That(p),
			}}),
			Installed: applicability.That(applicability.Not{Of: applicability.That(fixed)}),
		}
	}
	r := &inventory.Record{Version: inventory.RecordVersion, Host: inventory.Host{ID: "bench"}}
	s := &r.Snapshot
	s.OS = inventory.OS{Family: "linux", ID: "debian", Version: "12", Codename: "bookworm", Arch: "amd64"}
	s.Scope.Packages = []inventory.PackageScope{{Type: "deb", All: true}}
	s.Scope.Evidence = []inventory.Evidence{inventory.EvidenceFlag, inventory.EvidenceMapped}
	for i := range packages {
		version := debVersion(g)
		s.Packages = append(s.Packages, inventory.Package{
			Type: "deb", Name: fmt.Sprintf("package-%05d", i), Version: version, Arch: "amd64",
			Source: fmt.Sprintf("source-%04d", i*2%sources), SourceVersion: version,
		})
	}
	s.Sort()
	return patches, r
}

func debVersion(g *rand.Rand) string {
	v := fmt.Sprintf("%d.%d.%d-%d", g.IntN(8), g.IntN(20), g.IntN(20), 1+g.IntN(5))
	if g.IntN(3) == 0 {
		v += fmt.Sprintf("+deb12u%d", 1+g.IntN(4))
	}
	return v
}

func sizes(b *testing.B, run func(b *testing.B, c *applicability.Catalog, r *inventory.Record)) {
	b.Helper()
	for _, n := range []int{500, 5000, 50000} {
		patches, r := debianLike(n, 2000)
		c, problems := applicability.Compile(patches, nil)
		if len(problems) > 0 {
			b.Fatal(problems[0])
		}
		b.Run(fmt.Sprintf("patches=%d", n), func(b *testing.B) {
			b.ReportAllocs()
			run(b, c, r)
		})
	}
}

func BenchmarkAssessFacts(b *testing.B) {
	sizes(b, func(b *testing.B, c *applicability.Catalog, r *inventory.Record) {
		b.Helper()
		facts := c.Intern(r, nil)
		a := c.AssessFacts(facts, time.Time{}, nil)
		for b.Loop() {
			a = c.AssessFacts(facts, time.Time{}, a)
		}
		b.ReportMetric(float64(a.Counts[applicability.Needed]), "needed")
		b.ReportMetric(float64(len(a.Findings)), "findings")
	})
}

func BenchmarkAssessSnapshot(b *testing.B) {
	sizes(b, func(b *testing.B, c *applicability.Catalog, r *inventory.Record) {
		b.Helper()
		for b.Loop() {
			c.Assess(r, time.Time{})
		}
	})
}

func BenchmarkIntern(b *testing.B) {
	sizes(b, func(b *testing.B, c *applicability.Catalog, r *inventory.Record) {
		b.Helper()
		facts := c.Intern(r, nil)
		for b.Loop() {
			facts = c.Intern(r, facts)
		}
	})
}

func BenchmarkCompile(b *testing.B) {
	for _, n := range []int{500, 5000, 50000} {
		patches, _ := debianLike(n, 2000)
		b.Run(fmt.Sprintf("patches=%d", n), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				applicability.Compile(patches, nil)
			}
		})
	}
}

func BenchmarkReadCatalog(b *testing.B) {
	patches, _ := debianLike(5000, 10)
	var file bytes.Buffer
	err := applicability.WriteCatalog(&file, applicability.CatalogHeader{}, func(yield func(*applicability.Patch) bool) {
		for i := range patches {
			if !yield(&patches[i]) {
				return
			}
		}
	})
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(file.Len()))
	b.ReportAllocs()
	for b.Loop() {
		_, all, err := applicability.ReadCatalog(bytes.NewReader(file.Bytes()))
		if err != nil {
			b.Fatal(err)
		}
		for _, err := range all {
			if err != nil {
				b.Fatal(err)
			}
		}
	}
}

// savedLike is the catalogue of debianLike as a saved file, and the host.
func savedLike(b *testing.B, n int) ([]byte, *inventory.Record) {
	b.Helper()
	patches, r := debianLike(n, 2000)
	c, _ := applicability.Compile(patches, nil)
	var file bytes.Buffer
	if err := c.Save(&file, nil); err != nil {
		b.Fatal(err)
	}
	return file.Bytes(), r
}

func BenchmarkOpenSaved(b *testing.B) {
	for _, n := range []int{500, 5000, 50000} {
		b.Run(fmt.Sprintf("patches=%d", n), func(b *testing.B) {
			file, _ := savedLike(b, n)
			b.ReportAllocs()
			for b.Loop() {
				if _, _, err := applicability.OpenSaved(bytes.NewReader(file), int64(len(file))); err != nil {
					b.Fatal(err)
				}
			}
			b.ReportMetric(float64(len(file)), "file-bytes")
		})
	}
}

// BenchmarkSavedAllIn opens a saved catalogue and judges one host from its
// snapshot.
func BenchmarkSavedAllIn(b *testing.B) {
	for _, n := range []int{500, 5000, 50000} {
		b.Run(fmt.Sprintf("patches=%d", n), func(b *testing.B) {
			file, r := savedLike(b, n)
			b.ReportAllocs()
			for b.Loop() {
				c, _, err := applicability.OpenSaved(bytes.NewReader(file), int64(len(file)))
				if err != nil {
					b.Fatal(err)
				}
				c.Assess(r, time.Time{})
			}
		})
	}
}

func BenchmarkSave(b *testing.B) {
	patches, _ := debianLike(50000, 10)
	c, _ := applicability.Compile(patches, nil)
	b.ReportAllocs()
	for b.Loop() {
		if err := c.Save(io.Discard, nil); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkChain judges one host by a chain of patches each of which supersedes
// the one before, as cumulative updates do; the host lacks all of them.
func BenchmarkChain(b *testing.B) {
	for _, n := range []int{1_000, 10_000} {
		b.Run(fmt.Sprintf("patches=%d", n), func(b *testing.B) {
			catalog, problems := applicability.Compile(longChain(n), nil)
			if len(problems) > 0 {
				b.Fatal(problems[0])
			}
			facts := catalog.Intern(unpatched(), nil)
			now := time.Date(2026, 11, 1, 0, 0, 0, 0, time.UTC)
			a := catalog.AssessFacts(facts, now, nil)
			b.ReportAllocs()
			for b.Loop() {
				a = catalog.AssessFacts(facts, now, a)
			}
		})
	}
}

func longChain(n int) []applicability.Patch {
	patches := make([]applicability.Patch, n)
	for i := range patches {
		patches[i] = applicability.Patch{
			ID: fettle.PatchID(fmt.Sprintf("KB%d", 5_000_000+i)), Target: applicability.MustParse("os.family = windows"),
			Installed: applicability.MustParse(fmt.Sprintf("hotfix KB%d", 5_000_000+i)),
		}
		if i > 0 {
			patches[i].Supersedes = []fettle.PatchID{patches[i-1].ID}
		}
	}
	return patches
}

func unpatched() *inventory.Record {
	return &inventory.Record{Host: inventory.Host{ID: "h"}, Snapshot: inventory.Snapshot{
		OS: inventory.OS{Family: "windows"}, Scope: inventory.Scope{Hotfixes: true},
	}}
}

// TestLongChain: of a long chain in either order the last one is needed, and
// every other one superseded by it.
func TestLongChain(t *testing.T) {
	t.Parallel()
	const n = 10_000
	for _, reversed := range []bool{false, true} {
		patches := longChain(n)
		last := patches[n-1].ID
		for i := range patches {
			patches[i].Released = time.Unix(int64(i), 0)
		}
		if reversed {
			slices.Reverse(patches)
		}
		catalog, _ := applicability.Compile(patches, nil)
		a := catalog.Assess(unpatched(), time.Unix(1e9, 0))
		if a.Counts[applicability.Needed] != 1 || a.Counts[applicability.Superseded] != n-1 {
			t.Fatalf("%v", a.Counts)
		}
		for _, f := range a.Findings {
			if f.Verdict == applicability.Superseded && catalog.ID(int(f.By)) != last {
				t.Fatalf("%s is superseded by %s", catalog.ID(int(f.Patch)), catalog.ID(int(f.By)))
			}
		}
	}
}
