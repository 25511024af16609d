package fleet

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"runtime"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/applicability"
	"github.com/fettle-dev/fettle/internal/cputime"
	"github.com/fettle-dev/fettle/inventory"
)

// estate makes up a fleet: hosts are made from images, in random order, and
// drift from them.
type estate struct {
	images   [][]uint16 // by image: the version of each package of the universe, 0: not there
	drift    int        // percent of a host's packages that differ from its image
	packages int        // of each image
}

// The made-up world: package names of which images take some, and versions.
const (
	universe = 20_000
	versions = 12
	common   = 800 // names that most images have
)

func newEstate(images, drift, packages int) *estate {
	e := &estate{drift: drift, packages: packages}
	g := rand.New(rand.NewPCG(1, 2))
	for range images {
		image := make([]uint16, universe)
		age := g.IntN(versions)
		for n := 0; n < packages; {
			p := g.IntN(universe)
			if n < packages*3/10 {
				p = g.IntN(common)
			}
			if image[p] == 0 {
				image[p] = uint16(1 + min(versions-1, max(0, age+g.IntN(5)-2)))
				n++
			}
		}
		e.images = append(e.images, image)
	}
	return e
}

// host yields the packages of host n and their versions.
func (e *estate) host(n int, yield func(pkg int, version uint16)) {
	g := rand.New(rand.NewPCG(uint64(n), 3))
	image := e.images[g.IntN(len(e.images))]
	for p, v := range image {
		if v == 0 {
			continue
		}
		if k := g.IntN(100); k >= e.drift {
			yield(p, v)
		} else if k%4 == 0 { // gone, and another one there
			if p+1 < universe && image[p+1] == 0 {
				yield(p+1, uint16(1+g.IntN(versions)))
			}
		} else {
			yield(p, uint16(max(1, min(versions, int(v)+g.IntN(5)-2)))) // a little behind or ahead
		}
	}
}

func versionText(v uint16) string { return "2." + strconv.Itoa(int(v)) + "-1" }

// catalog makes advisories: each names a package, sometimes three, and the
// version that mends it; most are for one release.
func (e *estate) catalog(tb testing.TB, advisories int) *applicability.Catalog {
	tb.Helper()
	g := rand.New(rand.NewPCG(4, 5))
	patches := make([]applicability.Patch, advisories)
	release := applicability.That(applicability.OS{Attribute: applicability.OSCodename, Is: "bookworm"})
	for i := range patches {
		var there, clean []applicability.Footprint
		n := 1
		if g.IntN(20) == 0 {
			n = 3
		}
		for p := g.IntN(universe); n > 0; n-- {
			pkg := applicability.Package{Type: "deb", Name: "p" + strconv.Itoa(p), Which: applicability.Some}
			there = append(there, applicability.That(pkg))
			pkg.Range = applicability.Before(versionText(uint16(2 + g.IntN(versions-1))))
			clean = append(clean, applicability.That(applicability.Not{Of: applicability.That(pkg)}))
			p = (p + 1) % universe
		}
		target := []applicability.Footprint{applicability.That(applicability.Any{Of: there})}
		if g.IntN(4) > 0 {
			target = append(target, release)
		}
		patches[i] = applicability.Patch{
			ID:        fettle.PatchID("A-" + strconv.Itoa(i)),
			State:     applicability.Approved,
			Target:    applicability.That(applicability.All{Of: target}),
			Installed: applicability.That(applicability.All{Of: clean}),
		}
	}
	c, problems := applicability.Compile(patches, nil)
	if len(problems) > 0 {
		tb.Fatal(problems[0])
	}
	return c
}

// record makes the full record of host n.
func (e *estate) record(n int) *inventory.Record {
	r := profiled(n)
	e.host(n, func(p int, v uint16) {
		r.Snapshot.Packages = append(r.Snapshot.Packages, madeUp(p, v))
	})
	r.Snapshot.Sort()
	return r
}

func madeUp(p int, v uint16) inventory.Package {
	name := "p" + strconv.Itoa(p)
	return inventory.Package{Type: "deb", Name: name, Version: versionText(v), Arch: "amd64", Source: name, SourceVersion: versionText(v)}
}

func profiled(n int) *inventory.Record {
	r := &inventory.Record{Version: inventory.RecordVersion}
	r.Host = inventory.Host{ID: fettle.HostID("host-" + strconv.Itoa(n)), Site: "site" + strconv.Itoa(n%7)}
	r.Host.Labels = map[string]string{"role": "role" + strconv.Itoa(n%5)}
	s := &r.Snapshot
	s.Taken = time.Date(2026, 1, 1, 0, 0, n%86400, 0, time.UTC)
	s.OS = inventory.OS{Family: "linux", ID: "debian", Codename: []string{"bookworm", "bookworm", "trixie"}[n%3]}
	s.Scope.Packages = []inventory.PackageScope{{Type: "deb", All: true}}
	s.Scope.Evidence = []inventory.Evidence{inventory.EvidenceFlag, inventory.EvidenceMapped}
	return r
}

// interner makes facts without records, for benchmarks of what comes after.
type interner struct {
	f       *Fleet
	e       *estate
	numbers []uint32 // by package and version: of the column, plus 1
	total   int      // packages interned
}

func newInterner(f *Fleet, e *estate) *interner {
	return &interner{f: f, e: e, numbers: make([]uint32, universe*(versions+1))}
}

// number returns the number of a column.
func (in *interner) number(p int, v uint16) uint32 {
	at := &in.numbers[p*(versions+1)+int(v)]
	if *at == 0 {
		pkg := madeUp(p, v)
		*at = in.f.number(packPackage(nil, &pkg, false)) + 1
	}
	return *at - 1
}

func (in *interner) facts(n int) *Facts {
	r := profiled(n)
	profile, err := newProfile(r)
	if err != nil {
		panic(err)
	}
	facts := in.f.intern(r, profile)
	in.e.host(n, func(p int, v uint16) {
		facts.columns = append(facts.columns, in.number(p, v))
	})
	slices.Sort(facts.columns)
	in.total += len(facts.columns)
	return facts
}

// build puts n hosts and returns how much processor time the putting took.
func (in *interner) build(tb testing.TB, n int) (took time.Duration) {
	tb.Helper()
	order := rand.New(rand.NewPCG(8, 9)).Perm(n)
	for part := range slices.Chunk(order, 2000) {
		all := make([]*Facts, len(part))
		for i, host := range part {
			all[i] = in.facts(host)
		}
		start := cputime.Used()
		for _, facts := range all {
			if err := in.f.PutFacts(facts); err != nil {
				tb.Fatal(err)
			}
		}
		took += cputime.Used() - start
	}
	return took
}

func heap() uint64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}

type shape struct{ hosts, images, drift int }

func (s shape) String() string {
	return fmt.Sprintf("hosts=%d,images=%d,drift=%d%%", s.hosts, s.images, s.drift)
}

// shapes are small unless FETTLE_BENCH asks for more: 20k, 100k, or 1M, which are all
// large ones.
func shapes() []shape {
	list := []shape{{2_000, 40, 5}, {2_000, 400, 20}}
	large := []shape{{100_000, 40, 5}, {100_000, 400, 20}}
	switch os.Getenv("FETTLE_BENCH") {
	case "20k":
		return append(list, shape{20_000, 40, 5})
	case "100k":
		return append(list, large...)
	case "1M":
		return append(append(list, large...), shape{1_000_000, 40, 5})
	}
	return list
}

// BenchmarkFleet measures one fleet of each shape: the build once, in metrics of
// its own, then all verdicts, one patch, one host.
func BenchmarkFleet(b *testing.B) {
	for _, s := range shapes() {
		b.Run(s.String(), func(b *testing.B) {
			e := newEstate(s.images, s.drift, 2000)
			catalog := e.catalog(b, 50_000)
			before := heap()
			f := New(catalog)
			in := newInterner(f, e)
			took := in.build(b, s.hosts)
			f.rlock() // with everything entered
			f.mu.RUnlock()
			total, last := in.total, in.numbers
			in.numbers = nil
			bytesEach := float64(heap()-before) / float64(total)
			in.numbers = last
			b.Run("build", func(b *testing.B) {
				for b.Loop() { // built once, above
				}
				b.ReportMetric(0, "ns/op")
				b.ReportMetric(took.Seconds(), "cpu-s/build")
				b.ReportMetric(bytesEach, "B/package")
				b.ReportMetric(float64(len(f.templates)), "templates")
			})
			verdicts := benchQueries(b, f)
			benchAgainstLoop(b, e, f, verdicts)
			benchPut(b, f, in, s.hosts)
			benchSaved(b, f)
		})
	}
}

// cpu reports, and returns, the processor time of an operation, which other programs
// on the machine do not change much, beside the time on the clock, which they do;
// and of the latter the median, which one long wait among few does not change.
func cpu(b *testing.B, run func()) (ns float64) {
	b.Helper()
	b.ReportAllocs()
	var took []time.Duration
	start := cputime.Used()
	for b.Loop() {
		begin := time.Now()
		run()
		took = append(took, time.Since(begin))
	}
	ns = float64((cputime.Used() - start).Nanoseconds()) / float64(len(took))
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Nanoseconds()), "median-ns/op")
	b.ReportMetric(ns, "cpu-ns/op")
	return ns
}

var benchNow = time.Date(2026, 1, 2, 0, 0, 0, 0, time.UTC)

// benchQueries returns the processor time of all verdicts, 0 where these were not
// asked for.
func benchQueries(b *testing.B, f *Fleet) (verdicts float64) {
	b.Helper()
	b.Run("all-verdicts", func(b *testing.B) {
		findings := 0
		verdicts = cpu(b, func() {
			reads := f.lexicon.cache.reads // of the catalogue alone
			f.lexicon.cache = newCache(f.lexicon.catalog.Len())
			f.lexicon.cache.reads = reads
			findings = 0
			for _, c := range f.All(benchNow) {
				findings += f.Len() - c.Verdicts[applicability.NotApplicable]
			}
		})
		b.ReportMetric(float64(findings)/1e6, "Mfindings")
	})
	f.All(benchNow)
	b.Run("all-verdicts-again", func(b *testing.B) {
		cpu(b, func() { f.All(benchNow) })
	})
	b.Run("hosts-of-patch", func(b *testing.B) {
		i, n, rounds := 0, 0, 0
		cpu(b, func() {
			for range f.Hosts(i%f.lexicon.catalog.Len(), applicability.Needed, benchNow) {
				n++
			}
			i, rounds = i+7919, rounds+1
		})
		b.ReportMetric(float64(n)/float64(rounds), "hosts/op")
	})
	b.Run("assess-host", func(b *testing.B) {
		i := 0
		cpu(b, func() {
			i++
			if f.Assess(fettle.HostID("host-"+strconv.Itoa(i%f.Len())), benchNow) == nil {
				b.Fatal(i)
			}
		})
	})
	b.Run("select-label", func(b *testing.B) {
		footprint := applicability.That(applicability.Label{Name: "role", Is: "role3"})
		cpu(b, func() {
			if _, err := f.Select(footprint); err != nil {
				b.Fatal(err)
			}
		})
	})
	return verdicts
}

// benchAgainstLoop reports how many times as long a loop over the hosts takes, by
// the processor time of some of them: from their snapshots, and from facts that the
// catalogue interned.
func benchAgainstLoop(b *testing.B, e *estate, f *Fleet, verdicts float64) {
	b.Helper()
	if verdicts == 0 {
		return
	}
	const some = 200
	catalog := f.Catalog()
	var records []*inventory.Record
	var facts []*applicability.Facts
	for i := range some {
		records = append(records, e.record(i))
		facts = append(facts, catalog.Intern(records[i], nil))
	}
	times := func(b *testing.B, loop func()) {
		b.Helper()
		b.ReportMetric(cpu(b, loop)/some*float64(f.Len())/verdicts, "x")
	}
	b.Run("loop-snapshots", func(b *testing.B) {
		times(b, func() {
			for _, r := range records {
				catalog.Assess(r, benchNow)
			}
		})
	})
	b.Run("loop-interned", func(b *testing.B) {
		var reuse *applicability.Assessment
		times(b, func() {
			for _, one := range facts {
				reuse = catalog.AssessFacts(one, benchNow, reuse)
			}
		})
	})
}

func benchPut(b *testing.B, f *Fleet, in *interner, hosts int) {
	b.Helper()
	changed := func(n, round int) *Facts { // host n with ten packages in another version
		facts := *in.facts(n)
		facts.columns = slices.Clone(facts.columns)
		for k := range 10 {
			at := (k*191 + round*17) % len(facts.columns)
			facts.columns[at] = in.number(at*7%universe, uint16(1+round%versions))
		}
		slices.Sort(facts.columns)
		facts.columns = slices.Compact(facts.columns)
		return &facts
	}
	b.Run("put-10-changed", func(b *testing.B) {
		all := make([]*Facts, 0, 2000)
		for round := range 2 {
			for i := range 1000 {
				all = append(all, changed(i*31%hosts, round))
			}
		}
		i := 0
		cpu(b, func() {
			if err := f.PutFacts(all[i%len(all)]); err != nil {
				b.Fatal(err)
			}
			i++
		})
	})
	b.Run("put-10-changed-snapshot", func(b *testing.B) {
		var all []*inventory.Record
		for i := range 50 {
			one, two := in.e.record(i), in.e.record(i)
			for k := range 10 {
				p := &two.Snapshot.Packages[k*150]
				p.Version, p.SourceVersion = versionText(9), versionText(9)
			}
			all = append(all, one, two)
		}
		i := 0
		cpu(b, func() {
			if err := f.Put(all[i%len(all)]); err != nil {
				b.Fatal(err)
			}
			i++
		})
	})
}

func benchSaved(b *testing.B, f *Fleet) {
	b.Helper()
	var saved bytes.Buffer
	b.Run("save", func(b *testing.B) {
		cpu(b, func() {
			saved.Reset()
			if err := f.Save(&saved); err != nil {
				b.Fatal(err)
			}
		})
		b.ReportMetric(float64(saved.Len())/1e6, "MB")
	})
	b.Run("load", func(b *testing.B) {
		cpu(b, func() {
			if _, err := Load(bytes.NewReader(saved.Bytes()), f.lexicon.catalog, nil); err != nil {
				b.Fatal(err)
			}
		})
	})
}
