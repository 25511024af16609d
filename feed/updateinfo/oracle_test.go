package updateinfo_test

import (
	"bytes"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/applicability"
	"github.com/fettle-dev/fettle/feed"
	"github.com/fettle-dev/fettle/feed/updateinfo"
	"github.com/fettle-dev/fettle/internal/oracle"
	"github.com/fettle-dev/fettle/inventory"
	rpmreader "github.com/fettle-dev/fettle/inventory/rpm"
)

// centos6 judges the advisories of CentOS 6 on the inventory that zypper and
// dnf were asked about.
func centos6(t *testing.T) (*applicability.Catalog, *applicability.Facts, *applicability.Assessment) {
	t.Helper()
	fsys := fstest.MapFS{"u.xml": &fstest.MapFile{Data: oracle.Read(t, "updateinfo/centos6-updateinfo.xml.xz")}}
	got, err := feed.Collect(t.Context(), updateinfo.NewSource(fsys, []string{"u.xml"}, nil), "")
	require.NoError(t, err)
	require.Equal(t, "read 427, used 427 in 427 patches, refused 0", got.Tally.String())
	catalog, problems := applicability.Compile(got.Patches, nil)
	require.Empty(t, problems)
	list, err := rpmreader.ParseLines(bytes.NewReader(oracle.Read(t, "oracles/rpm-advisories/centos6.inventory.jsonl")), "centos6")
	require.NoError(t, err)
	var record inventory.Record
	record.Snapshot.Add(list)
	facts := catalog.Intern(&record, nil)
	return catalog, facts, catalog.AssessFacts(facts, time.Time{}, nil)
}

func TestVerdictsAsZypperGivesThem(t *testing.T) {
	t.Parallel()
	type line struct {
		Advisory string `json:"advisory"`
		Expected string `json:"expected"`
	}
	catalog, _, assessment := centos6(t)
	counts := map[string]int{}
	for _, l := range oracle.Lines[line](t, "oracles/rpm-advisories/centos6.zypper-patches.jsonl") {
		i, ok := catalog.Find(fettle.PatchID(l.Advisory))
		require.True(t, ok, l.Advisory)
		finding := assessment.Of(i)
		want := map[string][]applicability.Verdict{
			"needed":     {applicability.Needed, applicability.Superseded},
			"not needed": {applicability.NotApplicable},
			"applied":    {applicability.Installed},
		}[l.Expected]
		require.Contains(t, want, finding.Verdict, "%s: zypper says %s", l.Advisory, l.Expected)
		counts[finding.Verdict.String()]++
	}
	t.Logf("427 of 427: %v", counts)
	require.Equal(t, 427, counts["needed"]+counts["superseded"]+counts["not-applicable"]+counts["installed"])
	require.Positive(t, counts["superseded"])
}

// For each package of an advisory of which an instance is installed dnf says
// whether that instance is older (available) or not (installed).
func TestPackagesAsDNFGivesThem(t *testing.T) {
	t.Parallel()
	type line struct {
		Advisory string `json:"advisory"`
		NEVRA    string `json:"nevra"`
		Expected string `json:"expected"`
	}
	catalog, facts, assessment := centos6(t)
	lines := oracle.Lines[line](t, "oracles/rpm-advisories/centos6.dnf-updateinfo.jsonl")
	for _, l := range lines {
		i, ok := catalog.Find(fettle.PatchID(l.Advisory))
		require.True(t, ok, l.Advisory)
		name, evr, arch := split(l.NEVRA)
		got := "installed"
		for _, p := range catalog.Packages(facts, assessment.Of(i)) {
			if p.Name != name || p.Arch != arch {
				continue
			}
			if c, err := applicability.SchemeRPM.Compare(p.Installed, evr); err == nil && c < 0 {
				got = "available"
			}
		}
		require.Equal(t, l.Expected, got, "%s %s", l.Advisory, l.NEVRA)
	}
	require.Len(t, lines, 1018)
	t.Logf("%d of %d", len(lines), len(lines))
}

// split takes name-[epoch:]version-release.arch apart.
func split(nevra string) (name, evr, arch string) {
	dot := strings.LastIndexByte(nevra, '.')
	release := strings.LastIndexByte(nevra[:dot], '-')
	version := strings.LastIndexByte(nevra[:release], '-')
	return nevra[:version], nevra[version+1 : dot], nevra[dot+1:]
}
