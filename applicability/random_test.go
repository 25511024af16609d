package applicability_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/applicability"
	"github.com/fettle-dev/fettle/applicability/internal/randomtest"
	"github.com/fettle-dev/fettle/inventory"
)

// TestAgreesWithTwin lets the engine and the twin judge random catalogues on
// random hosts, the same facts twice with reused memory, with and without
// proofs, all patches allowed and some.
func TestAgreesWithTwin(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)
	var facts *applicability.Facts
	var reuse *applicability.Assessment
	verdicts := map[applicability.Verdict]int{}
	for seed := range uint64(1200) {
		g := randomtest.New(seed, 7)
		patches := g.Patches(2 + g.IntN(10))
		catalog, problems := applicability.Compile(patches, nil)
		if len(problems) > 0 {
			t.Fatalf("seed %d: %v", seed, problems[0])
		}
		allowed := func(int) bool { return true }
		if seed%2 == 1 {
			bits := g.Uint64()
			allowed = func(i int) bool { return bits>>i&1 == 1 }
			catalog = catalog.Allow(func(id fettle.PatchID) bool { i, _ := catalog.Find(id); return allowed(i) })
		}
		for range 3 {
			r := g.Record("h")
			w := &twin{patches: patches, allowed: allowed, r: r}
			facts = catalog.Intern(r, facts)
			reuse = catalog.AssessFacts(facts, now, reuse)
			for i := range patches {
				got, want := reuse.Of(i), w.finding(i)
				verdicts[got.Verdict]++
				if !same(got, want) {
					t.Fatalf("seed %d, patch %s:\ngot  %+v\nwant %+v\n%s\nhost %s", seed, patches[i].ID, got, want, listing(patches), dump(r))
				}
				if seed%8 < 2 {
					sameProof(t, catalog, r, patches[i].ID, got)
				}
			}
		}
	}
	for v := range applicability.Verdicts {
		if n := verdicts[applicability.Verdict(v)]; n < 25 {
			t.Errorf("the random hosts gave %v %d times: the test shows little", applicability.Verdict(v), n)
		}
	}
	t.Log(verdicts)
}

func same(got applicability.Finding, want twinFinding) bool {
	if got.Verdict != want.Verdict || got.Exposed != want.Exposed || got.Target != want.Target && got.Verdict != applicability.NotApplicable {
		return false
	}
	if got.Verdict == applicability.NotApplicable {
		return true
	}
	return got.Installed == want.Installed && got.Active == want.Active && got.Has(applicability.Held) == want.Held &&
		got.Has(applicability.Broken) == want.Broken && (got.Verdict != applicability.Superseded || int(got.By) == want.By)
}

// sameProof checks that the proofs, which are made from the footprint and the
// record, say what the engine says.
func sameProof(t *testing.T, c *applicability.Catalog, r *inventory.Record, id fettle.PatchID, f applicability.Finding) {
	t.Helper()
	e, err := c.Explain(r, id, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	if e.Finding != f {
		t.Fatalf("%s: with proof %+v, without %+v", id, e.Finding, f)
	}
	if f.Verdict != applicability.NotApplicable && (e.Target.Truth != f.Target || e.Installed.Truth != f.Installed && !f.Has(applicability.Broken)) {
		t.Fatalf("%s: proof says %v %v, finding %+v\n%s", id, e.Target.Truth, e.Installed.Truth, f, e)
	}
}

func listing(patches []applicability.Patch) string {
	var w strings.Builder
	for _, p := range patches {
		fmt.Fprintf(&w, "%s %s restart %s supersedes %v requires %v conflicts %v\n  target: %s\n  installed: %s\n  active: %s\n  unfixed: %s\n",
			p.ID, p.State, p.Restart, p.Supersedes, p.Requires, p.Conflicts, p.Target, p.Installed, p.Active, p.Unfixed)
	}
	return w.String()
}

func dump(v any) string {
	text, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		return err.Error()
	}
	return string(text)
}
