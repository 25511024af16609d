package applicability_test

import (
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/applicability"
	"github.com/fettle-dev/fettle/applicability/internal/randomtest"
	"github.com/fettle-dev/fettle/internal/scenario"
	"github.com/fettle-dev/fettle/inventory"
)

// compare is the step of that name.
func (s *story) compare(step scenario.Step) (string, error) {
	before, after := s.hosts[step.Args["before"]], s.hosts[step.Args["after"]]
	if before == nil || after == nil {
		return "", fmt.Errorf("no host %q or %q", step.Args["before"], step.Args["after"])
	}
	var granted []fettle.PatchID
	if list, ok := step.Args["granted"]; ok {
		granted = []fettle.PatchID{}
		for id := range strings.SplitSeq(list, ",") {
			granted = append(granted, fettle.PatchID(id))
		}
	}
	was, is := s.catalog, s.catalog
	if s.former != nil {
		was = s.former
	}
	c := applicability.Compare(was.Judge(before, s.now), is.Judge(after, s.now), granted)
	var out strings.Builder
	for _, f := range c.Fallen {
		fmt.Fprintf(&out, "fallen: %s %d to %d\n", f.Name, f.Before, f.After)
	}
	for _, shift := range c.Shifts {
		fmt.Fprintf(&out, "%s: %s, %s to %s\n", shift.Patch, shift.Kind, shift.Before, shift.After)
		for _, why := range shift.Why {
			fmt.Fprintf(&out, "  %s\n", applicability.ShiftText(why))
		}
	}
	return out.String(), nil
}

func addCounter(s *inventory.Snapshot, text string) error {
	name, value, _ := strings.Cut(text, "=")
	n, err := strconv.ParseUint(value, 10, 64)
	if s.Counters == nil {
		s.Counters = map[string]uint64{}
	}
	s.Counters[name] = n
	return err
}

// TestCompareAgreesWithVerdicts holds Compare to what the two assessments say,
// on random catalogues and hosts: no shift without a difference, no difference
// that matters without a shift, each patch at most once beside
// InstalledWithoutGrant.
func TestCompareAgreesWithVerdicts(t *testing.T) {
	t.Parallel()
	seen := map[applicability.ShiftKind]int{}
	for seed := range uint64(1500) {
		g := randomtest.New(seed, 21)
		catalog, _ := applicability.Compile(g.Patches(2+g.IntN(8)), nil)
		before, after := catalog.Judge(g.Record("h"), time.Time{}), catalog.Judge(g.Record("h"), time.Time{})
		c := applicability.Compare(before, after, []fettle.PatchID{"P1"})
		once := map[fettle.PatchID]bool{}
		for _, s := range c.Shifts {
			seen[s.Kind]++
			i, _ := catalog.Find(s.Patch)
			f, h := before.Assessment.Of(i), after.Assessment.Of(i)
			if f == h && s.Kind != applicability.Regressed {
				t.Fatalf("seed %d: %s %s, and nothing differs: %+v", seed, s.Patch, s.Kind, f)
			}
			if s.Kind == applicability.InstalledWithoutGrant {
				if s.Patch == "P1" || h.Installed != fettle.Yes || f.Installed != fettle.No {
					t.Fatalf("seed %d: %s without grant: %+v, %+v", seed, s.Patch, f, h)
				}
				continue
			}
			if once[s.Patch] {
				t.Fatalf("seed %d: %s has two shifts", seed, s.Patch)
			}
			once[s.Patch] = true
		}
		for i := range catalog.Len() {
			f, h := before.Assessment.Of(i), after.Assessment.Of(i)
			if (f.Exposed == fettle.Yes) != (h.Exposed == fettle.Yes) && !once[catalog.ID(i)] {
				t.Fatalf("seed %d: %s: exposed %v, then %v, and no shift", seed, catalog.ID(i), f.Exposed, h.Exposed)
			}
		}
	}
	for k := applicability.Regressed; k <= applicability.Gone; k++ {
		if seen[k] == 0 {
			t.Errorf("no random host has shown %s", k)
		}
	}
	t.Log(seen)
}

// TestCompareWithItself: a host compared with itself has not changed.
func TestCompareWithItself(t *testing.T) {
	t.Parallel()
	for seed := range uint64(200) {
		g := randomtest.New(seed, 22)
		catalog, _ := applicability.Compile(g.Patches(6), nil)
		p := catalog.Judge(g.Record("h"), time.Time{})
		got := applicability.Compare(p, p, []fettle.PatchID{})
		want := &applicability.Comparison{Rebooted: got.Rebooted}
		if d := cmp.Diff(want, got); d != "" {
			t.Fatalf("seed %d: %s", seed, d)
		}
	}
}

func TestShiftKindWords(t *testing.T) {
	t.Parallel()
	for k := applicability.Regressed; k <= applicability.Gone; k++ {
		text, err := k.MarshalText()
		if err != nil {
			t.Fatal(err)
		}
		var back applicability.ShiftKind
		if err := back.UnmarshalText(text); err != nil || back != k {
			t.Errorf("%s comes back as %s: %v", k, back, err)
		}
	}
}
