package fleet_test

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/applicability"
	"github.com/fettle-dev/fettle/applicability/fleet"
	"github.com/fettle-dev/fettle/applicability/internal/randomtest"
	"github.com/fettle-dev/fettle/inventory"
)

var now = time.Date(2026, 1, 3, 0, 0, 0, 0, time.UTC)

// loop is the slow twin of a fleet: it keeps the records and assesses one after
// the other.
type loop struct {
	catalog *applicability.Catalog
	records map[fettle.HostID]*inventory.Record
}

// answers is everything that can be asked, in a form that can be compared.
type answers struct {
	Len     int
	Counts  []fleet.Counts
	Hosts   []map[applicability.Verdict][]fettle.HostID
	Exposed []map[fettle.Truth][]fettle.HostID
}

func newAnswers(n int) answers {
	a := answers{Counts: make([]fleet.Counts, n)}
	for range n {
		a.Hosts = append(a.Hosts, map[applicability.Verdict][]fettle.HostID{})
		a.Exposed = append(a.Exposed, map[fettle.Truth][]fettle.HostID{})
	}
	return a
}

func (l *loop) answers() answers {
	a := newAnswers(l.catalog.Len())
	a.Len = len(l.records)
	ids := make([]fettle.HostID, 0, len(l.records))
	for id := range l.records {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	for _, id := range ids {
		assessed := l.catalog.Assess(l.records[id], now)
		for i := range a.Counts {
			f := assessed.Of(i)
			if len(assessed.Findings) == l.catalog.Len() {
				f = assessed.Findings[i]
			}
			a.Counts[i].Verdicts[f.Verdict]++
			a.Counts[i].Exposed[f.Exposed]++
			if f.Verdict == applicability.Installed && f.Verified() {
				a.Counts[i].Verified++
			}
			a.Hosts[i][f.Verdict] = append(a.Hosts[i][f.Verdict], id)
			a.Exposed[i][f.Exposed] = append(a.Exposed[i][f.Exposed], id)
		}
	}
	return a
}

func ask(f *fleet.Fleet, all bool) answers {
	n := f.Catalog().Len()
	a := newAnswers(n)
	a.Len = f.Len()
	if all {
		a.Counts = f.All(now)
	}
	for i := range n {
		if !all {
			a.Counts[i] = f.Counts(i, now)
		}
		for v := range applicability.Verdict(applicability.Verdicts) {
			if ids := slices.Sorted(f.Hosts(i, v, now)); len(ids) > 0 {
				a.Hosts[i][v] = ids
			}
		}
		for _, truth := range []fettle.Truth{fettle.Unknown, fettle.No, fettle.Yes} {
			if ids := slices.Sorted(f.Exposed(i, truth, now)); len(ids) > 0 {
				a.Exposed[i][truth] = ids
			}
		}
	}
	return a
}

// check compares the fleet with its twin, in all it can be asked.
func check(t *testing.T, f *fleet.Fleet, l *loop, g random, what string) {
	t.Helper()
	want := l.answers()
	for _, all := range []bool{g.Chance(50), true} { // the second time from what was kept
		if diff := cmp.Diff(want, ask(f, all)); diff != "" {
			t.Fatalf("%s: the fleet does not say what Assess says (-assess +fleet):\n%s\n%s", what, diff, l.listing())
		}
	}
	for id, r := range l.records {
		got, want := f.Assess(id, now), l.catalog.Assess(r, now)
		if diff := cmp.Diff(want.Findings, got.Findings); diff != "" || want.Counts != got.Counts || want.Exposed != got.Exposed {
			line, _ := json.Marshal(r)
			t.Fatalf("%s: host %s (-record +fleet):\n%s\n%s\n%+v\n%+v\n%s", what, id, diff, line, want.Findings, got.Findings, l.listing())
		}
	}
}

func (l *loop) listing() string {
	var w strings.Builder
	for i := range l.catalog.Len() {
		p := l.catalog.Patch(i)
		fmt.Fprintf(&w, "%s %v restart %v supersedes %v requires %v conflicts %v\n  target %s\n  installed %s\n  active %s\n  unfixed %s\n",
			p.ID, p.State, p.Restart, p.Supersedes, p.Requires, p.Conflicts, p.Target, p.Installed, p.Active, p.Unfixed)
	}
	for _, r := range l.records {
		line, _ := json.Marshal(r)
		fmt.Fprintf(&w, "%s\n", line)
	}
	return w.String()[:min(w.Len(), 12000)]
}

// random makes all there is, and catalogues and changes of a fleet.
type random struct{ randomtest.Random }

func newRandom(seed uint64) random {
	g := randomtest.New(seed, 11)
	g.Wide = true
	return random{g}
}

func (g random) catalog() *applicability.Catalog {
	o := &applicability.Options{}
	if g.Chance(20) {
		o.MaxSnapshotAge = 30 * time.Hour
	}
	if g.Chance(5) {
		o.Published, o.MaxAge = now.Add(-time.Hour), time.Minute
	}
	c, _ := applicability.Compile(g.Patches(2+g.IntN(9)), o)
	if g.Chance(40) {
		c = g.view(c)
	}
	return c
}

func (g random) view(c *applicability.Catalog) *applicability.Catalog {
	bits := g.Uint64()
	return c.Allow(func(id fettle.PatchID) bool { i, _ := c.Find(id); return bits>>i&1 == 1 })
}

// step changes fleet and twin alike.
func (g random) step(t *testing.T, f *fleet.Fleet, l *loop) {
	t.Helper()
	id := fettle.HostID(fmt.Sprintf("h%d", g.IntN(30)))
	old := l.records[id]
	switch k := g.IntN(100); {
	case k < 15:
		if got := f.Remove(id); got != (old != nil) {
			t.Fatalf("Remove(%s) = %v", id, got)
		}
		if f.Remove(id) {
			t.Fatalf("Remove(%s) twice", id)
		}
		delete(l.records, id)
	case k < 20:
		l.catalog = g.catalog()
		f.SetCatalog(l.catalog)
	case k < 24:
		l.catalog = g.view(l.catalog)
		f.SetCatalog(l.catalog)
	case k < 28: // a catalogue with one patch changed
		patches := make([]applicability.Patch, l.catalog.Len())
		for i := range patches {
			patches[i] = *l.catalog.Patch(i)
		}
		patches[g.IntN(len(patches))].Target = g.Footprint(2, nil)
		o := l.catalog.Options()
		l.catalog, _ = applicability.Compile(patches, &o)
		f.SetCatalog(l.catalog)
	default:
		r := g.Record(id)
		if old != nil && g.Chance(70) {
			r = g.Edit(old)
		}
		l.records[id] = r
		put(t, f, r, g)
		if g.Chance(20) {
			put(t, f, r, g)
		}
	}
}

func put(t *testing.T, f *fleet.Fleet, r *inventory.Record, g random) {
	t.Helper()
	if g.Chance(50) {
		if err := f.Put(r); err != nil {
			t.Fatal(err)
		}
		return
	}
	facts, err := f.Intern(r)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.PutFacts(facts); err != nil {
		t.Fatal(err)
	}
}

// TestAgreesWithAssess changes random fleets and catalogues step by step and
// compares every answer with a loop of Assess over the records. So the index that
// grew also equals one that was made anew: both equal the same loop.
func TestAgreesWithAssess(t *testing.T) {
	t.Parallel()
	runs := uint64(40)
	switch {
	case testing.Short(): // under the race detector
		runs = 10
	case os.Getenv("FETTLE_NIGHTLY") != "":
		runs = 400
	}
	total := map[applicability.Verdict]int{}
	for seed := range runs {
		g := newRandom(seed)
		l := &loop{catalog: g.catalog(), records: map[fettle.HostID]*inventory.Record{}}
		f := fleet.New(l.catalog)
		for step := range 60 {
			g.step(t, f, l)
			if step%6 != 5 {
				continue
			}
			check(t, f, l, g, fmt.Sprintf("seed %d, step %d", seed, step))
			for _, c := range f.All(now) {
				for v, n := range c.Verdicts {
					total[applicability.Verdict(v)] += n
				}
			}
		}
	}
	for v := range applicability.Verdict(applicability.Verdicts) {
		if total[v] < 2*int(runs) { // of ten looks a run, each at some fifteen hosts and six patches
			t.Errorf("verdict %v came up %d times: the test shows little", v, total[v])
		}
	}
}

// TestSelect compares Select with the target of a patch, assessed host by host.
func TestSelect(t *testing.T) {
	t.Parallel()
	for seed := range uint64(200) {
		g := newRandom(seed)
		f := fleet.New(g.catalog())
		var records []*inventory.Record
		for i := range 20 {
			r := g.Record(fettle.HostID(fmt.Sprintf("h%d", i)))
			records = append(records, r)
			put(t, f, r, g)
		}
		footprint := g.Footprint(3, nil)
		got, err := f.Select(footprint)
		if err != nil {
			t.Fatal(err)
		}
		c, _ := applicability.Compile([]applicability.Patch{{ID: "x", Target: footprint, Installed: applicability.That(applicability.Always{})}}, nil)
		var want fleet.Selection
		for _, r := range records {
			switch c.Assess(r, now).Of(0).Target {
			case fettle.Yes:
				want.Yes = append(want.Yes, r.Host.ID)
			case fettle.Unknown:
				want.Unknown = append(want.Unknown, r.Host.ID)
			case fettle.No:
			}
		}
		for _, list := range [][]fettle.HostID{got.Yes, got.Unknown, want.Yes, want.Unknown} {
			slices.Sort(list)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("seed %d: %s (-want +got):\n%s", seed, footprint, diff)
		}
	}
}
