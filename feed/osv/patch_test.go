package osv_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/applicability"
	"github.com/fettle-dev/fettle/feed/osv"
)

func meaning(t *testing.T, text string) osv.Meaning {
	t.Helper()
	record, _, err := osv.Parse([]byte(text))
	require.NoError(t, err)
	m, err := record.Meaning()
	require.NoError(t, err)
	return m
}

func that(c applicability.Criterion) applicability.Footprint { return applicability.That(c) }

func allOf(of ...applicability.Footprint) applicability.Footprint {
	return that(applicability.All{Of: of})
}

func not(f applicability.Footprint) applicability.Footprint { return that(applicability.Not{Of: f}) }

func debian(release string) []applicability.Footprint {
	return []applicability.Footprint{
		that(applicability.OS{Attribute: applicability.OSID, Is: "debian"}),
		that(applicability.OS{Attribute: applicability.OSVersion, Is: release}),
	}
}

func deb(source string, intervals ...applicability.Interval) applicability.Package {
	p := applicability.Package{Type: "deb", Name: source, Source: true}
	if intervals != nil {
		p.Which = applicability.Some
		p.Range = applicability.Range{Scheme: applicability.SchemeDeb, Intervals: intervals}
	}
	return p
}

func TestDebianAdvisory(t *testing.T) {
	t.Parallel()
	m := meaning(t, `{
		"schema_version": "1.7.0", "id": "DSA-5678-1", "published": "2024-05-01T10:00:00Z", "modified": "2024-05-02T10:00:00Z",
		"summary": "glibc - security update", "upstream": ["CVE-2024-33599", "CVE-2024-33600"], "aliases": ["GHSA-xxxx-yyyy-zzzz", "CVE-2024-33601"],
		"severity": [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}],
		"affected": [{"package": {"ecosystem": "Debian:12", "name": "glibc", "purl": "pkg:deb/debian/glibc?arch=source"},
			"ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "2.36-9+deb12u7"}]}],
			"versions": ["2.36-9", "2.36-9+deb12u1"], "ecosystem_specific": {"urgency": "not yet assigned"}}]}`)
	require.Empty(t, m.Skip)
	require.Empty(t, m.Notes)
	require.Equal(t, applicability.Patch{
		ID: "DSA-5678-1", Revision: 1714644000, Title: "glibc - security update", Class: fettle.ClassSecurity, Severity: fettle.SeverityCritical,
		Released:  time.Date(2024, 5, 1, 10, 0, 0, 0, time.UTC),
		Aliases:   []fettle.PatchID{"GHSA-xxxx-yyyy-zzzz"},
		Fixes:     []string{"CVE-2024-33601", "CVE-2024-33599", "CVE-2024-33600"},
		Target:    allOf(append(debian("12"), that(deb("glibc")))...),
		Installed: not(that(deb("glibc", applicability.Interval{High: "2.36-9+deb12u7"}))),
	}, m.Patch)
}

// One advisory for two releases, on one of which there is no fix: a host of
// each is judged by its own release alone.
func TestReleasesAndMissingFix(t *testing.T) {
	t.Parallel()
	m := meaning(t, `{"id": "DEBIAN-CVE-2024-1", "modified": "2024-05-02T10:00:00Z", "affected": [
		{"package": {"ecosystem": "Debian:11", "name": "curl"}, "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}]}]},
		{"package": {"ecosystem": "Debian:12", "name": "curl"}, "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "7.80-1"}, {"fixed": "7.88.1-10+deb12u5"}]}]}]}`)
	any11 := that(applicability.Package{Type: "deb", Name: "curl", Source: true, Which: applicability.Some})
	eleven := allOf(append(debian("11"), any11)...)
	twelve := allOf(append(debian("12"), that(deb("curl", applicability.Interval{Low: "7.80-1", High: "7.88.1-10+deb12u5"})))...)
	require.Equal(t, allOf(not(eleven), not(twelve)), m.Patch.Installed)
	require.Equal(t, eleven, m.Patch.Unfixed)
	require.Equal(t, that(applicability.Any{Of: []applicability.Footprint{
		allOf(append(debian("11"), that(deb("curl")))...), allOf(append(debian("12"), that(deb("curl")))...),
	}}), m.Patch.Target)
	require.Equal(t, map[string]int{"no fix stated": 1}, m.Notes)
}

// The image that a Debian host boots is built from another source, with the
// version spelled differently, and old kernels stay beside the new one.
func TestDebianKernel(t *testing.T) {
	t.Parallel()
	m := meaning(t, `{"id": "DSA-1-1", "affected": [{"package": {"ecosystem": "Debian:11", "name": "linux-6.1"},
		"ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "6.1.76-1"}]}]}]}`)
	all := m.Patch.Installed.Criterion().(applicability.All)
	require.Len(t, all.Of, 4)
	want := deb("linux-signed-6.1-amd64", applicability.Interval{High: "6.1.76+1"})
	want.Which = applicability.Newest
	require.Equal(t, not(that(want)), all.Of[1])
	require.Equal(t, fettle.RestartHost, m.Patch.Restart)

	m = meaning(t, `{"id": "USN-1-1", "affected": [{"package": {"ecosystem": "Ubuntu:22.04:LTS", "name": "linux-aws"},
		"ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "5.15.0-1053.58"}]}]}]}`)
	all = m.Patch.Installed.Criterion().(applicability.All)
	require.Len(t, all.Of, 2)
	want = deb("linux-signed-aws", applicability.Interval{High: "5.15.0-1053.58"})
	want.Which = applicability.Newest
	require.Equal(t, not(that(want)), all.Of[1])
}

func TestWithdrawnIsKept(t *testing.T) {
	t.Parallel()
	m := meaning(t, `{"id": "PYSEC-1", "withdrawn": "2024-01-01T00:00:00Z", "affected": [{"package": {"ecosystem": "PyPI", "name": "A.b"}, "versions": ["1.0"]}]}`)
	require.Equal(t, applicability.Withdrawn, m.Patch.State)
}

// What cannot be decided is Unknown on the hosts that have the package.
func TestUndecided(t *testing.T) {
	t.Parallel()
	for name, affected := range map[string]string{
		"no known version order":      `{"package": {"ecosystem": "Maven", "name": "a:b"}, "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "2"}]}]}`,
		"invalid version":             `{"package": {"ecosystem": "npm", "name": "b"}, "ranges": [{"type": "SEMVER", "events": [{"introduced": "0"}, {"fixed": "not a version"}]}]}`,
		"an event of an unknown kind": `{"package": {"ecosystem": "npm", "name": "b"}, "ranges": [{"type": "SEMVER", "events": [{"introduced": "0"}, {"mended": "2.0.0"}]}]}`,
		"unknown type of range":       `{"package": {"ecosystem": "npm", "name": "b"}, "ranges": [{"type": "CALVER", "events": [{"introduced": "0"}, {"fixed": "2.0.0"}]}]}`,
	} {
		m := meaning(t, `{"id": "X-1", "affected": [`+affected+`]}`)
		require.Empty(t, m.Skip, name)
		require.Equal(t, 1, m.Notes["undecided range: "+name], "%s: %v", name, m.Notes)
		of := m.Patch.Installed.Criterion().(applicability.Not).Of.Criterion().(applicability.All).Of
		require.Equal(t, m.Patch.Target, of[0], name)
		require.Equal(t, "osv-range", of[1].Criterion().(applicability.Opaque).Kind, name)
	}
}

// Where the order is not known the versions that are listed decide.
func TestListedVersionsOfAnUnknownOrder(t *testing.T) {
	t.Parallel()
	m := meaning(t, `{"id": "X-1", "affected": [{"package": {"ecosystem": "Maven", "name": "a:b"},
		"ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "2.RELEASE"}]}], "versions": ["1.RELEASE", "1.1.RELEASE"]}]}`)
	r := applicability.Exactly("1.RELEASE", "1.1.RELEASE")
	r.Scheme = applicability.SchemeText
	require.Equal(t, not(that(applicability.Package{Type: "maven", Name: "a:b", Which: applicability.Some, Range: r})), m.Patch.Installed)
	require.Empty(t, m.Notes)
}

func TestListedVersionsBesideRanges(t *testing.T) {
	t.Parallel()
	m := meaning(t, `{"id": "X-1", "affected": [{"package": {"ecosystem": "PyPI", "name": "a"},
		"ranges": [{"type": "GIT", "repo": "https://git.example.org/a", "events": [{"introduced": "0"}, {"fixed": "deadbeef"}]},
			{"type": "ECOSYSTEM", "events": [{"fixed": "1.2"}, {"introduced": "1.0"}, {"introduced": "0"}, {"last_affected": "0.5"}]}],
		"versions": ["0.4", "0.7", "1.1", "2004d"]}]}`)
	want := func(r applicability.Range) applicability.Footprint {
		return not(that(applicability.Package{Type: "pypi", Name: "a", Which: applicability.Some, Range: r}))
	}
	listed := applicability.Exactly("2004d")
	listed.Scheme = applicability.SchemeText
	require.Equal(t, allOf(want(applicability.Range{Scheme: applicability.SchemePEP440, Intervals: []applicability.Interval{
		{High: "0.5", HighIncluded: true}, {Low: "0.7", High: "0.7", HighIncluded: true}, {Low: "1.0", High: "1.2"},
	}}), want(listed)), m.Patch.Installed)
	require.Equal(t, map[string]int{"GIT range": 1}, m.Notes)
}

func TestSUSEBinaries(t *testing.T) {
	t.Parallel()
	m := meaning(t, `{"id": "SUSE-RU-2024:1-1", "affected": [{"package": {"ecosystem": "SUSE:Linux Enterprise Server 15 SP5", "name": "apache2"},
		"ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "2.4.51-150400.6.17.1"}]}],
		"ecosystem_specific": {"binaries": [{"apache2": "2.4.51-150400.6.17.1", "apache2-utils": "2.4.52-1"}]}}]}`)
	require.Equal(t, fettle.ClassBugfix, m.Patch.Class)
	fixed := func(name, version string) applicability.Footprint {
		return not(that(applicability.Package{Type: "rpm", Name: name, Which: applicability.Some, Range: applicability.Range{
			Scheme: applicability.SchemeRPM, Intervals: []applicability.Interval{{High: version}},
		}}))
	}
	require.Equal(t, allOf(fixed("apache2", "2.4.51-150400.6.17.1"), fixed("apache2-utils", "2.4.52-1")), m.Patch.Installed)
}

func TestNotForHosts(t *testing.T) {
	t.Parallel()
	for want, text := range map[string]string{
		"GIT ranges only":    `{"id": "A", "affected": [{"package": {"ecosystem": "PyPI", "name": "a"}, "ranges": [{"type": "GIT", "events": [{"introduced": "0"}]}]}]}`,
		"names no package":   `{"id": "A", "affected": [{"ranges": [{"type": "GIT", "events": [{"introduced": "0"}]}]}]}`,
		"ecosystem OSS-Fuzz": `{"id": "A", "affected": [{"package": {"ecosystem": "OSS-Fuzz", "name": "a"}, "versions": ["1"]}]}`,
		"states no versions": `{"id": "A", "affected": [{"package": {"ecosystem": "npm", "name": "a"}}]}`,
	} {
		require.Equal(t, want, meaning(t, text).Skip)
	}
	record, _, err := osv.Parse([]byte(`{"id": "A", "affected": [{"package": {"ecosystem": "Haiku", "name": "a"}, "versions": ["1"]}]}`))
	require.NoError(t, err)
	_, err = record.Meaning()
	require.ErrorIs(t, err, osv.ErrEcosystem)
}

func TestSeverity(t *testing.T) {
	t.Parallel()
	const affected = `"affected": [{"package": {"ecosystem": "npm", "name": "a"}, "versions": ["1.0.0"]}]`
	for _, c := range []struct {
		text string
		want fettle.Severity
	}{
		{`"severity": [{"type": "CVSS_V2", "score": "AV:N/AC:L/Au:N/C:C/I:C/A:C"}, {"type": "CVSS_V3", "score": "CVSS:3.1/AV:L/AC:H/PR:H/UI:R/S:U/C:L/I:N/A:N"}]`, fettle.SeverityLow},
		{`"severity": [{"type": "CVSS_V4", "score": "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N"}]`, fettle.SeverityCritical},
		{`"severity": [{"type": "CVSS_V3", "score": "7.5"}], "database_specific": {"severity": "MODERATE"}`, fettle.SeverityMedium},
		{`"severity": [{"type": "Ubuntu", "score": "negligible"}]`, fettle.SeverityLow},
		{`"summary": "Important: a security update"`, fettle.SeverityHigh},
		{`"summary": "a: a"`, fettle.SeverityUnknown},
	} {
		m := meaning(t, `{"id": "A", `+c.text+`, `+affected+`}`)
		require.Equal(t, c.want, m.Patch.Severity, c.text)
	}
}
