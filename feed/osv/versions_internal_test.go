package osv

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fettle-dev/fettle/applicability"
	"github.com/fettle-dev/fettle/internal/oracle"
)

func TestEventsAsTheSchemaEvaluatesThem(t *testing.T) {
	t.Parallel()
	type line struct {
		Version  string              `json:"version"`
		Events   []map[string]string `json:"events"`
		Expected bool                `json:"expected"`
	}
	lines := oracle.Lines[line](t, "oracles/osv-semver-events.jsonl")
	for _, l := range lines {
		var events []Event
		for _, e := range l.Events {
			for name, version := range e {
				events = append(events, Event{eventKind([]byte(name)), version})
			}
		}
		all, err := intervalsOf(applicability.SchemeSemver, events)
		require.NoError(t, err)
		require.Equal(t, l.Expected, contains(applicability.SchemeSemver, all, l.Version), "%s in %v: %v", l.Version, l.Events, all)
	}
	t.Logf("%d of %d", len(lines), len(lines))
}

// affectedTwin is the algorithm of the schema, word for word: sort the events
// and follow them for one version.
func affectedTwin(events []Event, version int) bool {
	limited, below := false, false
	for _, e := range events {
		if e.Kind == Limit {
			limited = true
			below = below || e.Version == unlimited || version < number(e.Version)
		}
	}
	if limited && !below {
		return false
	}
	affected := false
	for at := range 12 {
		for _, e := range events {
			if e.Kind == Limit || number(e.Version) != at {
				continue
			}
			switch {
			case e.Kind == Introduced && version >= at:
				affected = true
			case e.Kind == Fixed && version >= at, e.Kind == LastAffected && version > at:
				affected = false
			}
		}
	}
	return affected
}

func number(version string) int {
	n := 0
	for _, c := range version {
		n = n*10 + int(c-'0')
	}
	return n
}

func TestEventsTwin(t *testing.T) {
	t.Parallel()
	rng := rand.New(rand.NewPCG(7, 1))
	versions := []string{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "10", "11"}
	for range 4_000 {
		var events []Event
		for range 1 + rng.IntN(6) {
			e := Event{EventKind(1 + rng.IntN(4)), versions[rng.IntN(len(versions)-1)]}
			if e.Kind == Limit && rng.IntN(3) == 0 {
				e.Version = unlimited
			}
			events = append(events, e)
		}
		all, err := intervalsOf(applicability.SchemeDotted, events)
		require.NoError(t, err)
		joined := union(applicability.SchemeDotted, all)
		for n, v := range versions[1:] {
			want := affectedTwin(events, n+1)
			require.Equal(t, want, contains(applicability.SchemeDotted, all, v), "%v: %s in %v", events, v, all)
			require.Equal(t, want, contains(applicability.SchemeDotted, joined, v), "%v: %s in %v", events, v, joined)
		}
		for i := 1; i < len(joined); i++ {
			require.Negative(t, compare(applicability.SchemeDotted, joined[i-1].High, joined[i].Low), "%v", joined)
		}
	}
}

func TestEcosystems(t *testing.T) {
	t.Parallel()
	os := func(attribute applicability.OSAttribute, is string) applicability.Footprint {
		return applicability.That(applicability.OS{Attribute: attribute, Is: is})
	}
	release := func(low, high string) applicability.Footprint {
		return applicability.That(applicability.OS{Attribute: applicability.OSVersion, Range: applicability.Range{
			Scheme: applicability.SchemeDotted, Intervals: []applicability.Interval{{Low: low, High: high}},
		}})
	}
	for name, want := range map[string]place{
		"Debian:12":                      {typ: "deb", scheme: applicability.SchemeDeb, source: true, kind: debian, system: []applicability.Footprint{os("id", "debian"), os("version", "12")}},
		"Debian":                         {typ: "deb", scheme: applicability.SchemeDeb, source: true, kind: debian, system: []applicability.Footprint{os("id", "debian")}},
		"Debian:sid":                     {typ: "deb", scheme: applicability.SchemeDeb, source: true, kind: debian, system: []applicability.Footprint{os("id", "debian")}, release: "sid"},
		"Ubuntu:22.04:LTS":               {typ: "deb", scheme: applicability.SchemeDeb, source: true, kind: ubuntu, system: []applicability.Footprint{os("id", "ubuntu"), os("version", "22.04")}},
		"Ubuntu:Pro:16.04:LTS":           {typ: "deb", scheme: applicability.SchemeDeb, source: true, kind: ubuntu, system: []applicability.Footprint{os("id", "ubuntu"), os("version", "16.04")}},
		"Alpine:v3.18":                   {typ: "apk", scheme: applicability.SchemeAPK, source: true, kind: alpine, system: []applicability.Footprint{os("id", "alpine"), release("3.18", "3.19")}},
		"AlmaLinux:9":                    {typ: "rpm", scheme: applicability.SchemeRPM, kind: redhatLike, system: []applicability.Footprint{os("id", "almalinux"), release("9", "10")}},
		"Rocky Linux:8":                  {typ: "rpm", scheme: applicability.SchemeRPM, kind: redhatLike, system: []applicability.Footprint{os("id", "rocky"), release("8", "9")}},
		"Red Hat:rhel_aus:8.6::baseos":   {typ: "rpm", scheme: applicability.SchemeRPM, kind: redhat, system: []applicability.Footprint{os("id", "rhel"), release("8.6", "8.7")}},
		"Red Hat:openshift:4.16::el9":    {typ: "rpm", scheme: applicability.SchemeRPM, kind: redhat, system: []applicability.Footprint{os("id", "rhel"), release("9", "10")}},
		"Red Hat:openshift":              {typ: "rpm", scheme: applicability.SchemeRPM, kind: redhat, system: []applicability.Footprint{os("id", "rhel")}, release: "openshift"},
		"openSUSE:Leap 15.5":             {typ: "rpm", scheme: applicability.SchemeRPM, kind: openSUSE, system: []applicability.Footprint{os("id", "opensuse-leap"), os("version", "15.5")}},
		"openSUSE:Tumbleweed":            {typ: "rpm", scheme: applicability.SchemeRPM, kind: openSUSE, system: []applicability.Footprint{os("id", "opensuse-tumbleweed")}},
		"PyPI":                           {typ: "pypi", scheme: applicability.SchemePEP440},
		"npm":                            {typ: "npm", scheme: applicability.SchemeSemver},
		"Go":                             {typ: "golang", scheme: applicability.SchemeSemver},
		"crates.io":                      {typ: "cargo", scheme: applicability.SchemeSemver},
		"Maven:https://repo.example.org": {typ: "maven"},
		"OSS-Fuzz":                       {kind: elsewhere},
	} {
		got, known := resolve(name)
		require.True(t, known, name)
		require.Equal(t, want, got, name)
	}
	sles, _ := resolve("SUSE:Linux Enterprise Module for Basesystem 15 SP5")
	require.Empty(t, sles.release)
	require.Equal(t, os("version", "15.5"), sles.system[1])
	_, known := resolve("Haiku:5")
	require.False(t, known)
}

func TestNames(t *testing.T) {
	t.Parallel()
	require.Equal(t, "zope-interface", name("pypi", "Zope.Interface"))
	require.Equal(t, "a-b", name("pypi", "A-_.b"))
	require.Equal(t, "Zope.Interface", name("npm", "Zope.Interface"))
	require.Equal(t, qualifiers{arch: "x86_64", module: "nodejs:18"}, qualifiersOf("pkg:rpm/redhat/npm@1?arch=x86_64&rpmmod=nodejs%3A18:8080:63b34585#a"))
	require.Equal(t, qualifiers{source: true}, qualifiersOf("pkg:deb/debian/openssl?arch=source"))
	require.Equal(t, qualifiers{}, qualifiersOf("pkg:pypi/a?arch=%zz"))
}
