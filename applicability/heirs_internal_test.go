package applicability

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/inventory"
)

// TestHeirsAreTheBestOfAll holds the superseder found by heirs against the one
// found by looking through all, in catalogues full of chains, tombstones,
// circles of requirements and superseders that do not cover.
func TestHeirsAreTheBestOfAll(t *testing.T) {
	t.Parallel()
	g := rand.New(rand.NewPCG(7, 8))
	superseded := 0
	for round := range 3_000 {
		n := 2 + g.IntN(9)
		patches := make([]Patch, n)
		for i := range patches {
			patches[i] = tangled(g, i, n)
		}
		catalog, _ := Compile(patches, nil)
		if g.IntN(3) == 0 {
			catalog = catalog.Allow(func(fettle.PatchID) bool { return g.IntN(2) == 0 })
		}
		host := tangledHost(g, n)
		a := catalog.Assess(host, time.Unix(9, 0))
		for i := range int32(n) {
			if !catalog.relation.related[i] {
				continue
			}
			got, ok := a.resolver.supersederOf(i)
			want, exists := a.resolver.lookThrough(i)
			if ok != exists || ok && got != want {
				t.Fatalf("round %d, patch %d: got %v %v, want %v %v\n%v", round, i, got, ok, want, exists, patches)
			}
		}
		superseded += a.Counts[Superseded]
	}
	if superseded < 500 {
		t.Errorf("only %d were superseded: the catalogues are too plain", superseded)
	}
}

// tangled makes patch i of n.
func tangled(g *rand.Rand, i, n int) Patch {
	id := func(i int) fettle.PatchID { return fettle.PatchID(fmt.Sprintf("P%d", i)) }
	p := Patch{ID: id(i), Released: time.Unix(int64(g.IntN(4)), 0), Restart: fettle.RestartNone}
	if g.IntN(4) == 0 {
		p.Target, p.Installed = MustParse("os.family = windows"), MustParse(fmt.Sprintf("hotfix KB50000%02d", i))
	} else {
		one, two := string('a'+rune(g.IntN(3))), string('a'+rune(g.IntN(3)))
		p.Target = MustParse("deb:" + one)
		p.Installed = MustParse(fmt.Sprintf("every deb:%s >= 1.%d and every deb:%s >= 1.%d", one, g.IntN(5), two, g.IntN(5)))
	}
	if g.IntN(8) == 0 {
		p.State = Withdrawn
	}
	for range g.IntN(3) {
		p.Supersedes = append(p.Supersedes, id(g.IntN(n+3)))
	}
	for range max(0, g.IntN(4)-2) {
		p.Requires = append(p.Requires, []fettle.PatchID{id(g.IntN(n + 2)), id(g.IntN(n + 2))})
	}
	if g.IntN(6) == 0 {
		p.Conflicts = append(p.Conflicts, id(g.IntN(n)))
	}
	return p
}

func tangledHost(g *rand.Rand, n int) *inventory.Record {
	r := &inventory.Record{Host: inventory.Host{ID: "h"}}
	s := &r.Snapshot
	s.OS.Family, s.Scope.Hotfixes = "windows", true
	s.Scope.Packages = []inventory.PackageScope{{Type: "deb", All: true}}
	for _, name := range []string{"a", "b", "c"} {
		if g.IntN(3) > 0 {
			s.Packages = append(s.Packages, inventory.Package{Type: "deb", Name: name, Version: fmt.Sprintf("1.%d", g.IntN(5)), Arch: "amd64"})
		}
	}
	for i := range n {
		if g.IntN(4) == 0 {
			s.Hotfixes = append(s.Hotfixes, inventory.Hotfix{ID: fmt.Sprintf("KB50000%02d", i)})
		}
	}
	s.Sort()
	return r
}

// TestHeirsInACircle: a saved catalogue may come from another hand, so its
// relations may hold a circle that Compile would have left out.
func TestHeirsInACircle(t *testing.T) {
	t.Parallel()
	patches := make([]Patch, 4)
	for i := range patches {
		patches[i] = Patch{ID: fettle.PatchID(fmt.Sprintf("P%d", i)), Target: MustParse("always"), Installed: MustParse("fact.x = 1")}
		if i > 0 {
			patches[i].Supersedes = []fettle.PatchID{patches[i-1].ID}
		}
	}
	catalog, _ := Compile(patches, nil)
	by := catalog.relation.supersededBy
	by[3] = append(by[3], 0, 3)
	catalog.relation.related[3] = true
	a := catalog.Assess(&inventory.Record{Snapshot: inventory.Snapshot{Scope: inventory.Scope{Facts: []string{"x"}}}}, time.Unix(9, 0))
	if len(a.Findings) != len(patches) {
		t.Errorf("%v", a.Findings)
	}
}
