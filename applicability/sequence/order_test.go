package sequence_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/applicability"
	"github.com/fettle-dev/fettle/applicability/sequence"
)

func TestOrderRefuses(t *testing.T) {
	t.Parallel()
	p := &applicability.Patch{ID: "P"}
	for name, items := range map[string][]sequence.Item{
		"no patch":  {{}},
		"no ID":     {{Patch: &applicability.Patch{}}},
		"twice":     {{Patch: p}, {Patch: &applicability.Patch{ID: "P"}}},
		"no state":  {{Patch: p, State: sequence.Pending + 1}},
		"too many":  make([]sequence.Item, sequence.MaxItems+1),
		"one of it": {{Patch: &applicability.Patch{ID: "Q"}}, {}},
	} {
		if plan, err := sequence.Order(items, nil); !errors.Is(err, sequence.ErrItems) || plan != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if plan, err := sequence.Order(nil, nil); err != nil || len(plan.Stages) != 0 || plan.Restarts != 0 {
		t.Errorf("nothing to do: %+v, %v", plan, err)
	}
}

// TestMany orders larger random sets, with conflicts and more to draw in than
// is tried out: what comes out always works.
func TestMany(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(21, 34))
	unproven := 0
	for round := range 400 {
		items := many(r, 60)
		p, err := sequence.Order(items, &sequence.Options{Effort: 200})
		if err != nil {
			t.Fatal(err)
		}
		if err := newWorld(items).replay(p); err != nil {
			t.Fatalf("round %d: %v\n%s%s", round, err, p, describe(items))
		}
		if p.AtLeast > p.Restarts {
			t.Errorf("round %d: %d restarts, at least %d", round, p.Restarts, p.AtLeast)
		}
		if p.AtLeast < p.Restarts {
			unproven++
		}
		here := map[fettle.PatchID]bool{}
		for _, s := range p.Stages {
			for _, id := range s.Patches {
				here[id] = true
			}
		}
		for _, i := range items {
			for _, c := range i.Patch.Conflicts {
				if here[i.Patch.ID] && here[c] {
					t.Errorf("round %d: %s and %s are both installed", round, i.Patch.ID, c)
				}
			}
		}
		slices.Reverse(items)
		if again, err := sequence.Order(items, &sequence.Options{Effort: 200}); err != nil || again.Restarts != p.Restarts {
			t.Errorf("round %d: in reverse %+v, %v", round, again, err)
		}
	}
	t.Logf("%d of 400 unproven", unproven)
}

func many(r *rand.Rand, n int) []sequence.Item {
	items := make([]sequence.Item, n)
	id := func(i int) fettle.PatchID { return fettle.PatchID(fmt.Sprintf("P%03d", i)) }
	for i := range items {
		p := &applicability.Patch{ID: id(i), Restart: fettle.Restart(1 + r.IntN(4)), Severity: fettle.Severity(r.IntN(6)), Exclusive: r.IntN(20) == 0}
		if p.Restart == fettle.RestartHostBeforeNext && r.IntN(3) > 0 {
			p.Restart = fettle.RestartNone
		}
		for range r.IntN(3) {
			if i > 0 {
				p.Requires = append(p.Requires, []fettle.PatchID{id(r.IntN(i)), id(r.IntN(i))})
			}
		}
		if r.IntN(15) == 0 {
			p.Conflicts = []fettle.PatchID{id(r.IntN(n))}
			if p.Conflicts[0] == p.ID {
				p.Conflicts = nil
			}
		}
		items[i] = sequence.Item{Patch: p, State: []sequence.State{sequence.Wanted, sequence.Wanted, sequence.Available}[r.IntN(3)]}
	}
	return items
}

func TestUnknownRestart(t *testing.T) {
	t.Parallel()
	items := []sequence.Item{{Patch: &applicability.Patch{ID: "P"}, State: sequence.Wanted}}
	for unknown, want := range map[fettle.Restart]int{
		fettle.RestartUnknown: 1, fettle.RestartHost: 1, fettle.RestartService: 0, fettle.RestartNone: 0,
	} {
		p, err := sequence.Order(items, &sequence.Options{Unknown: unknown})
		if err != nil || p.Restarts != want || p.Stages[0].Assumed != (want == 1) {
			t.Errorf("%s: %+v, %v", unknown, p, err)
		}
	}
}

// chain requires each patch of the one before it; every tenth is a restart.
func chain(n int) []sequence.Item {
	items := make([]sequence.Item, n)
	for i := range items {
		p := &applicability.Patch{ID: fettle.PatchID(fmt.Sprintf("P%06d", i)), Restart: fettle.RestartNone}
		if i%10 == 0 {
			p.Restart = fettle.RestartHost
		}
		if i > 0 {
			p.Requires = [][]fettle.PatchID{{items[i-1].Patch.ID}}
		}
		items[i] = sequence.Item{Patch: p, State: sequence.Wanted}
	}
	return items
}

func TestLongChain(t *testing.T) {
	t.Parallel()
	p, err := sequence.Order(chain(2000), nil)
	if err != nil || p.Restarts != 200 || p.AtLeast != 200 || len(p.LeftOut) != 0 {
		t.Errorf("%d restarts, at least %d, %v", p.Restarts, p.AtLeast, err)
	}
}

func BenchmarkOrder(b *testing.B) {
	for _, n := range []int{100, 1_000, 10_000} {
		flat := make([]sequence.Item, n)
		for i := range flat {
			flat[i] = sequence.Item{Patch: &applicability.Patch{ID: fettle.PatchID(strconv.Itoa(i))}, State: sequence.Wanted}
		}
		r := rand.New(rand.NewPCG(55, 89))
		for name, items := range map[string][]sequence.Item{"flat": flat, "chain": chain(n), "tangled": many(r, n)} {
			b.Run(fmt.Sprintf("%s/items=%d", name, n), func(b *testing.B) {
				b.ReportAllocs()
				for b.Loop() {
					if _, err := sequence.Order(items, nil); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// In which order do these go in, and how often does the host restart?
func ExampleOrder() {
	want := func(p applicability.Patch) sequence.Item { return sequence.Item{Patch: &p, State: sequence.Wanted} }
	plan, err := sequence.Order([]sequence.Item{
		want(applicability.Patch{ID: "cumulative", Severity: fettle.SeverityHigh, Restart: fettle.RestartHost, Estimate: 30 * time.Minute, Requires: [][]fettle.PatchID{{"servicing"}}}),
		want(applicability.Patch{ID: "servicing", Restart: fettle.RestartNone, Estimate: 2 * time.Minute}),
		want(applicability.Patch{ID: "browser", Severity: fettle.SeverityCritical, Restart: fettle.RestartNone, Estimate: time.Minute}),
		want(applicability.Patch{ID: "addon", Restart: fettle.RestartNone, Requires: [][]fettle.PatchID{{"cumulative"}}}),
		want(applicability.Patch{ID: "plugin", Restart: fettle.RestartNone, Requires: [][]fettle.PatchID{{"suite"}}}),
	}, &sequence.Options{HostRestart: 5 * time.Minute})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(strings.TrimSpace(plan.String()))
	// Output:
	// stage 1: browser, servicing, cumulative
	//   restart the host
	// stage 2: addon
	// left out: plugin: requires suite, not to be had here
	// restarts: 1; 38m0s, without 1 that give no estimate
}
