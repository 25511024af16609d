package fleet_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/applicability"
	"github.com/fettle-dev/fettle/applicability/fleet"
	"github.com/fettle-dev/fettle/inventory"
)

// odd makes hosts and catalogues of what is seldom seen: names of any bytes, one name
// under several version orders, numbers of any length, versions that are none.
type odd struct{ *rand.Rand }

func (g odd) pick(of ...string) string { return of[g.IntN(len(of))] }

func (g odd) name() string {
	return g.pick("a", "aa", "a\x00", "é", "日本", "A", " ", "linux", "linux-image-6.1", "kernel", strings.Repeat("x", 300), "z")
}

func (g odd) typ() string { return g.pick("deb", "deb", "rpm", "apk", "pypi", "npm", "generic") }

func (g odd) version() string {
	number := func() string {
		return g.pick("0", "00", "1", "29", "30", "31", "255", "256", "65536", "999999999999999999", "1000000000000000000", strings.Repeat("9", 60))
	}
	switch g.IntN(10) {
	case 0:
		return g.pick("", "not a version", "1:", "-1", "1..2", "2147483648:1", "é", "1\x002")
	case 1:
		return g.pick("2147483647:1", "0:1", "1~", "1~~", "1^a", "1+b", "1-1", "1-0", "v1", "1.0-alpha.30", "1_p30")
	default:
		numbers := []string{number(), number(), number(), number()}
		return strings.Join(numbers[:1+g.IntN(len(numbers))], ".")
	}
}

// criterion returns one that is valid, nearly always.
func (g odd) criterion() applicability.Footprint {
	for {
		if f := g.anyCriterion(); f.Check() == nil || g.IntN(30) == 0 {
			return f
		}
	}
}

func (g odd) anyCriterion() applicability.Footprint {
	p := applicability.Package{Type: g.typ(), Name: g.name(), Source: g.IntN(4) == 0, Which: applicability.Some}
	if g.IntN(3) == 0 {
		p.Which = applicability.Every
	}
	schemes := append(applicability.Schemes(), applicability.SchemeUnknown)
	p.Range.Scheme = schemes[g.IntN(len(schemes))]
	p.Range.Intervals = []applicability.Interval{{Low: g.pick("", g.version()), High: g.version(), LowExcluded: g.IntN(2) == 0, HighIncluded: g.IntN(2) == 0}}
	if g.IntN(5) == 0 {
		p.Range = applicability.Range{}
	}
	f := applicability.That(p)
	switch g.IntN(6) {
	case 0:
		return applicability.That(applicability.Not{Of: f})
	case 1:
		return applicability.That(applicability.Any{Of: []applicability.Footprint{f, g.criterion()}})
	default:
		return f
	}
}

func (g odd) catalog() *applicability.Catalog {
	patches := make([]applicability.Patch, 1+g.IntN(40))
	for i := range patches {
		patches[i] = applicability.Patch{
			ID: fettle.PatchID(fmt.Sprintf("P%d", i)), State: applicability.Approved, Target: g.criterion(), Installed: g.criterion(),
		}
	}
	c, _ := applicability.Compile(patches, nil)
	return c
}

func (g odd) record(id fettle.HostID) *inventory.Record {
	r := &inventory.Record{Version: inventory.RecordVersion, Host: inventory.Host{ID: id}}
	s := &r.Snapshot
	s.OS = inventory.OS{Family: "linux"}
	for _, typ := range []string{"deb", "rpm", "apk", "pypi", "npm", "generic"} {
		if g.IntN(4) > 0 {
			s.Scope.Packages = append(s.Scope.Packages, inventory.PackageScope{Type: typ, All: true})
		}
	}
	for range []int{0, 1, 5, 40, 1000}[g.IntN(5)] {
		p := inventory.Package{Type: g.typ(), Name: g.name(), Version: g.version(), Arch: g.pick("", "amd64", "日")}
		p.Source, p.SourceVersion = p.Name, p.Version
		if g.IntN(3) == 0 {
			p.Source, p.SourceVersion = g.name(), g.version()
		}
		s.Packages = append(s.Packages, p)
	}
	s.Sort()
	return r
}

// TestAgreesOnOddities compares the fleet with Assess, and Assess with what each
// footprint says by itself, on odd hosts under odd catalogues, which are replaced,
// and after the index was saved and loaded.
func TestAgreesOnOddities(t *testing.T) {
	t.Parallel()
	runs := uint64(20)
	switch {
	case testing.Short():
		runs = 4
	case os.Getenv("FETTLE_NIGHTLY") != "":
		runs = 400
	}
	for seed := range runs {
		g := odd{rand.New(rand.NewPCG(seed, 21))}
		l := &loop{catalog: g.catalog(), records: map[fettle.HostID]*inventory.Record{}}
		f := fleet.New(l.catalog)
		for round := range 4 {
			for range 8 {
				r := g.record(fettle.HostID(g.pick("h", "\x00", "é", strings.Repeat("h", 300), fmt.Sprintf("h%d", g.IntN(9)))))
				l.records[r.Host.ID] = r
				require.NoError(t, f.Put(r))
			}
			l.catalog = g.catalog()
			f.SetCatalog(l.catalog)
			what := fmt.Sprintf("seed %d, round %d", seed, round)
			check(t, f, l, newRandom(seed), what)
			for _, r := range l.records {
				l.saysWhatFootprintsSay(t, r, what)
			}
			loaded, err := fleet.Load(bytes.NewReader(saved(t, f)), l.catalog, nil)
			require.NoError(t, err)
			f = loaded
			check(t, f, l, newRandom(seed), what+", loaded")
		}
	}
}

// saysWhatFootprintsSay compares the truths of Assess with those of the footprints.
func (l *loop) saysWhatFootprintsSay(t *testing.T, r *inventory.Record, what string) {
	t.Helper()
	assessed := l.catalog.Assess(r, now)
	for i := range l.catalog.Len() {
		p, f := l.catalog.Patch(i), assessed.Of(i)
		if p.Target.Check() != nil || p.Installed.Check() != nil {
			require.Equal(t, applicability.VerdictUnknown, f.Verdict, what)
			continue
		}
		require.Equal(t, p.Target.Holds(r), f.Target, "%s: %q %s: target %s", what, r.Host.ID, p.ID, p.Target)
		if f.Target != fettle.No {
			require.Equal(t, p.Installed.Holds(r), f.Installed, "%s: %q %s: installed %s", what, r.Host.ID, p.ID, p.Installed)
		}
	}
}
