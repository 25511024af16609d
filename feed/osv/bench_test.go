package osv_test

import (
	"archive/zip"
	"bytes"
	"fmt"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/applicability"
	"github.com/fettle-dev/fettle/feed"
	"github.com/fettle-dev/fettle/feed/osv"
	"github.com/fettle-dev/fettle/internal/osvgen"
	"github.com/fettle-dev/fettle/inventory"
)

// debianHost is the made-up host as an inventory.
func debianHost(n int) *inventory.Record {
	var r inventory.Record
	r.Snapshot.OS = inventory.OS{Family: "linux", ID: "debian", Version: "12", Codename: "bookworm"}
	for _, p := range osvgen.Packages(n, 1) {
		r.Snapshot.Packages = append(r.Snapshot.Packages, inventory.Package{
			Type: "deb", Name: p.Name, Version: p.Version, Arch: "amd64", Source: p.Source, SourceVersion: p.SourceVersion,
		})
	}
	r.Snapshot.Scope.Packages = []inventory.PackageScope{{Type: "deb", All: true}}
	r.Snapshot.Sort()
	return &r
}

// feeds returns n advisories as one file with one a line, and as a zip archive.
func feeds(tb testing.TB, n int) (fstest.MapFS, int64) {
	tb.Helper()
	var joined, packed bytes.Buffer
	z := zip.NewWriter(&packed)
	for name, text := range osvgen.Advisories(n, 1) {
		joined.Write(text)
		joined.WriteByte('\n')
		w, err := z.Create(name)
		require.NoError(tb, err)
		_, err = w.Write(text)
		require.NoError(tb, err)
	}
	require.NoError(tb, z.Close())
	return fstest.MapFS{
		"all.json": &fstest.MapFile{Data: joined.Bytes()}, "all.zip": &fstest.MapFile{Data: packed.Bytes()},
	}, int64(joined.Len())
}

// The engine's answer about a made-up Debian host is that of going through the
// advisories one by one.
func TestMadeUpHost(t *testing.T) {
	t.Parallel()
	fsys, _ := feeds(t, 1000)
	got, err := feed.Collect(t.Context(), osv.NewSource(fsys, "all.json", nil), "")
	require.NoError(t, err)
	t.Logf("%s %v", got.Tally.String(), got.Tally.Notes)
	again, err := feed.Collect(t.Context(), osv.NewSource(fsys, "all.zip", nil), "")
	require.NoError(t, err)
	require.Equal(t, got.Patches, again.Patches)
	catalog, problems := applicability.Compile(got.Patches, nil)
	require.Empty(t, problems)
	host := debianHost(2000)
	assessment := catalog.Assess(host, time.Time{})
	installed := map[string][]string{}
	for _, p := range host.Snapshot.Packages {
		installed[p.Source] = append(installed[p.Source], p.SourceVersion)
	}
	exposed, unfixed := 0, 0
	for _, text := range osvgen.Advisories(1000, 1) {
		record, _, err := osv.Parse(text)
		require.NoError(t, err)
		want, fixable := false, true
		for _, a := range record.Affected {
			if a.Package.Ecosystem != "Debian:12" {
				continue
			}
			for _, v := range installed[a.Package.Name] {
				events := a.Ranges[0].Events
				if len(events) == 1 {
					want, fixable = true, false
				} else if c, err := applicability.SchemeDeb.Compare(v, events[1].Version); err == nil && c < 0 {
					want = true
				}
			}
		}
		if !want {
			continue
		}
		exposed++
		i, ok := catalog.Find(fettle.PatchID(record.ID))
		require.True(t, ok, record.ID)
		require.Equal(t, fettle.Yes, assessment.Of(i).Exposed, record.ID)
		if !fixable {
			unfixed++
		}
	}
	require.Equal(t, exposed, assessment.Exposed[fettle.Yes])
	require.Equal(t, unfixed, assessment.Counts[applicability.Blocked])
	require.Positive(t, unfixed)
	require.Greater(t, exposed, unfixed)
	t.Logf("%d advisories: host exposed to %d, of %d no fix", len(got.Patches), exposed, unfixed)
}

// BenchmarkFetch measures reading: one file with one advisory a line, and a zip
// archive of single files.
func BenchmarkFetch(b *testing.B) {
	for _, n := range []int{1_000, 50_000} {
		fsys, size := feeds(b, n)
		for _, name := range []string{"all.json", "all.zip"} {
			b.Run(fmt.Sprintf("%s/advisories=%d", name, n), func(b *testing.B) {
				b.SetBytes(size)
				b.ReportAllocs()
				for b.Loop() {
					got, err := feed.Collect(b.Context(), osv.NewSource(fsys, name, nil), "")
					if err != nil || got.Tally.Read != n {
						b.Fatal(got.Tally.String(), err)
					}
				}
			})
		}
	}
}

// BenchmarkAllIn measures everything for one host of 2,000 packages: read the
// advisories, compile them, judge.
func BenchmarkAllIn(b *testing.B) {
	const n = 50_000
	fsys, size := feeds(b, n)
	host := debianHost(2000)
	b.SetBytes(size)
	b.ReportAllocs()
	for b.Loop() {
		got, err := feed.Collect(b.Context(), osv.NewSource(fsys, "all.json", nil), "")
		if err != nil {
			b.Fatal(err)
		}
		catalog, _ := applicability.Compile(got.Patches, nil)
		assessment := catalog.Assess(host, time.Time{})
		b.ReportMetric(float64(len(assessment.Findings)), "findings")
	}
}

// BenchmarkMatch judges one host of 2,000 packages, from its snapshot, against
// 50,000 advisories that were compiled before.
func BenchmarkMatch(b *testing.B) {
	fsys, _ := feeds(b, 50_000)
	got, err := feed.Collect(b.Context(), osv.NewSource(fsys, "all.json", nil), "")
	if err != nil {
		b.Fatal(err)
	}
	catalog, _ := applicability.Compile(got.Patches, nil)
	host := debianHost(2000)
	b.ReportAllocs()
	for b.Loop() {
		assessment := catalog.Assess(host, time.Time{})
		b.ReportMetric(float64(len(assessment.Findings)), "findings")
	}
}
