package fleet_test

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/applicability"
	"github.com/fettle-dev/fettle/applicability/fleet"
	"github.com/fettle-dev/fettle/inventory"
)

func TestPutTwiceRemoveTwiceUnknownHost(t *testing.T) {
	t.Parallel()
	g := newRandom(1)
	f := fleet.New(g.catalog())
	require.False(t, f.Remove("h"), "remove what was never there")
	require.Nil(t, f.Assess("h", now))
	r := g.Record("h")
	require.NoError(t, f.Put(r))
	before := f.All(now)
	require.NoError(t, f.Put(r))
	require.Equal(t, 1, f.Len())
	require.Equal(t, before, f.All(now), "put twice is put once")
	require.True(t, f.Remove("h"))
	require.False(t, f.Remove("h"))
	require.Equal(t, 0, f.Len())
	for _, c := range f.All(now) {
		require.Equal(t, fleet.Counts{}, c)
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	g := newRandom(2)
	c := g.catalog()
	f, other := fleet.New(c), fleet.New(c)
	require.ErrorIs(t, f.Put(&inventory.Record{}), fleet.ErrNoID)
	_, err := f.Intern(&inventory.Record{})
	require.ErrorIs(t, err, fleet.ErrNoID)
	facts, err := other.Intern(g.Record("h"))
	require.NoError(t, err)
	require.ErrorIs(t, f.PutFacts(facts), fleet.ErrForeign)
	require.Equal(t, 0, f.Len())
	_, err = f.Select(applicability.Footprint{})
	require.ErrorIs(t, err, applicability.ErrNotStated)
	for _, i := range []int{-1, c.Len(), math.MaxInt32} {
		require.Equal(t, fleet.Counts{}, f.Counts(i, now))
		require.Empty(t, slices.Collect(f.Hosts(i, applicability.Needed, now)))
	}
}

// TestFactsOutliveChanges puts facts that were interned under another catalogue,
// and facts of a host that has moved on.
func TestFactsOutliveChanges(t *testing.T) {
	t.Parallel()
	g := newRandom(3)
	l := &loop{catalog: g.catalog(), records: map[fettle.HostID]*inventory.Record{}}
	f := fleet.New(l.catalog)
	r := g.Record("h1")
	facts, err := f.Intern(r)
	require.NoError(t, err)
	l.catalog = g.catalog()
	f.SetCatalog(l.catalog)
	require.NoError(t, f.Put(g.Record("h1")))
	f.Remove("h1")
	require.NoError(t, f.PutFacts(facts))
	l.records["h1"] = r
	check(t, f, l, g, "old facts")
}

// TestManyAlike puts hosts that drift from a few images, so that templates form,
// settle, move and go, and compares all answers.
func TestManyAlike(t *testing.T) {
	t.Parallel()
	for seed := range uint64(3) {
		g := newRandom(500 + seed)
		l := &loop{catalog: g.catalog(), records: map[fettle.HostID]*inventory.Record{}}
		f := fleet.New(l.catalog)
		var images []*inventory.Record
		for i := range 3 {
			r := g.Record("image")
			for n := range 60 {
				p := inventory.Package{Type: "deb", Name: fmt.Sprintf("lib%d", n), Version: strconv.Itoa(i), Source: "lib", SourceVersion: "1", Arch: "amd64"}
				r.Snapshot.Packages = append(r.Snapshot.Packages, p)
			}
			r.Snapshot.Sort()
			images = append(images, r)
		}
		for i := range 300 {
			r := g.Edit(images[g.IntN(3)])
			r.Host.ID = fettle.HostID(fmt.Sprintf("h%d", i%150)) // the second time round many change their image
			l.records[r.Host.ID] = r
			put(t, f, r, g)
		}
		check(t, f, l, g, "drifted")
		for range 8 { // one small change at a time, so that nothing else makes old counts new
			r := g.Edit(l.records["h7"])
			l.records["h7"] = r
			put(t, f, r, g)
			require.Equal(t, l.answers().Counts, f.All(now), "one host changed")
			twin := *r
			twin.Host.ID = "twin"
			l.records["twin"] = &twin
			put(t, f, &twin, g)
			require.Equal(t, l.answers().Counts, f.All(now), "a host like another came")
			f.Remove("twin")
			delete(l.records, "twin")
			require.Equal(t, l.answers().Counts, f.All(now), "and went")
		}
		for id := range l.records {
			if g.Chance(90) {
				f.Remove(id)
				delete(l.records, id)
			}
		}
		check(t, f, l, g, "nearly all gone")
	}
}

// TestReadersWhileWriting runs every question beside every change; the race
// detector judges it, and each count has to be of one moment.
func TestReadersWhileWriting(t *testing.T) {
	t.Parallel()
	g := newRandom(4)
	first, second := g.catalog(), g.catalog()
	f := fleet.New(first)
	var readers sync.WaitGroup
	done := make(chan struct{})
	for n := range 3 {
		readers.Go(func() {
			own := newRandom(uint64(n))
			for {
				select {
				case <-done:
					return
				default:
				}
				for i, c := range f.All(now) {
					total := 0
					for _, k := range c.Verdicts {
						total += k
					}
					if exposed := c.Exposed[0] + c.Exposed[1] + c.Exposed[2]; total != exposed || total > 40 {
						t.Errorf("patch %d: %d by verdict, %d by exposure", i, total, exposed)
					}
				}
				for range f.Hosts(own.IntN(3), applicability.Needed, now) {
				}
				f.Assess("h1", now)
				if _, err := f.Select(own.Scalar()); err != nil {
					t.Error(err)
				}
				if err := f.Save(&failing{left: 1 << 30}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for i := range 150 {
		id := fettle.HostID(fmt.Sprintf("h%d", g.IntN(40)))
		switch {
		case i%50 == 0:
			f.SetCatalog(second)
			first, second = second, first
		case g.Chance(20):
			f.Remove(id)
		default:
			put(t, f, g.Record(id), g)
		}
	}
	close(done)
	readers.Wait()
}

// TestHostsMayChangeTheIndex removes every host that the loop comes to.
func TestHostsMayChangeTheIndex(t *testing.T) {
	t.Parallel()
	g := newRandom(6)
	f := fleet.New(g.catalog())
	for i := range 10 {
		require.NoError(t, f.Put(g.Record(fettle.HostID(fmt.Sprintf("h%d", i)))))
	}
	seen := 0
	for _, v := range []applicability.Verdict{0, 1, 2, 3, 4, 5, 6} {
		for id := range f.Hosts(0, v, now) {
			require.True(t, f.Remove(id))
			seen++
		}
	}
	require.Equal(t, 10, seen)
	require.Equal(t, 0, f.Len())
}

// TestRelatedPatches has patches that are plain but for what they say about one
// another.
func TestRelatedPatches(t *testing.T) {
	t.Parallel()
	plain := func(id fettle.PatchID, before string) applicability.Patch {
		pkg := applicability.Package{Type: "deb", Name: "a", Which: applicability.Some}
		target := applicability.That(pkg)
		pkg.Range = applicability.Before(before)
		return applicability.Patch{
			ID: id, State: applicability.Approved, Target: target,
			Installed: applicability.That(applicability.Not{Of: applicability.That(pkg)}),
		}
	}
	patches := []applicability.Patch{plain("old", "2"), plain("new", "3"), plain("needs", "3"), plain("wants", "3")}
	patches[1].Supersedes = []fettle.PatchID{"old"}
	patches[2].Requires = [][]fettle.PatchID{{"nowhere"}}
	patches[3].Requires = [][]fettle.PatchID{{"new"}}
	c, problems := applicability.Compile(patches, nil)
	require.Empty(t, problems)
	l := &loop{catalog: c, records: map[fettle.HostID]*inventory.Record{}}
	f := fleet.New(c)
	for i, version := range []string{"1", "1", "2", "3"} {
		r := &inventory.Record{Host: inventory.Host{ID: fettle.HostID(strconv.Itoa(i))}}
		r.Snapshot.Packages = []inventory.Package{{Type: "deb", Name: "a", Version: version}}
		r.Snapshot.Scope.Packages = []inventory.PackageScope{{Type: "deb", All: true}}
		l.records[r.Host.ID] = r
		require.NoError(t, f.Put(r))
	}
	check(t, f, l, newRandom(1), "related")
	require.Equal(t, 2, f.Counts(0, now).Verdicts[applicability.Superseded])
	require.Equal(t, 3, f.Counts(2, now).Verdicts[applicability.Blocked])
	l.catalog = c.Allow(func(id fettle.PatchID) bool { return id != "new" })
	f.SetCatalog(l.catalog)
	check(t, f, l, newRandom(1), "new is not allowed")
	require.Equal(t, 2, f.Counts(0, now).Verdicts[applicability.Needed])

	// A catalogue in which one patch changed its state, and one its range.
	patches[3].State = applicability.Withdrawn
	patches[1].Supersedes = nil
	for _, before := range []string{"2", "4"} {
		changed := append([]applicability.Patch{plain("alone", before)}, patches...)
		l.catalog, _ = applicability.Compile(changed, nil)
		f.SetCatalog(l.catalog)
		check(t, f, l, newRandom(1), "changed")
	}
}
