package vercmp_test

import (
	"bytes"
	"math/rand/v2"
	"os"
	"slices"
	"testing"

	"github.com/fettle-dev/fettle/internal/oracle"
)

// checkOrder holds an order against the laws of a total order over all pairs of
// versions: sorted by it, no version is newer than a later one, each compares
// the other way round with its operands swapped, and the keys agree.
func checkOrder(t *testing.T, o *order, versions []string) {
	t.Helper()
	compare := func(a, b string) int {
		c, err := o.compare(a, b)
		if err != nil {
			t.Fatalf("compare(%q, %q): %v", a, b, err)
		}
		return c
	}
	versions = slices.Clone(versions)
	slices.SortFunc(versions, compare)
	keys := make([][]byte, len(versions))
	for i, v := range versions {
		keys[i] = o.key(t, v)
		if limit := 2*len(v) + 16; len(keys[i]) > limit {
			t.Errorf("key of %q has %d bytes, past %d", v, len(keys[i]), limit)
		}
	}
	for i, a := range versions {
		for j, b := range versions[i:] {
			c := compare(a, b)
			if c > 0 {
				t.Errorf("%q sorts before %q and compares newer: not transitive", a, b)
			}
			if back := compare(b, a); back != -c {
				t.Errorf("compare(%q, %q) = %d, and %d the other way", a, b, c, back)
			}
			if k := bytes.Compare(keys[i], keys[i+j]); k != c {
				t.Errorf("compare(%q, %q) = %d, their keys %x, %x compare %d", a, b, c, keys[i], keys[i+j], k)
			}
			if t.Failed() {
				return
			}
		}
		if compare(a, a) != 0 {
			t.Errorf("%q does not equal itself", a)
		}
	}
}

func TestLaws(t *testing.T) {
	t.Parallel()
	for _, o := range orders {
		t.Run(o.name, func(t *testing.T) {
			t.Parallel()
			checkOrder(t, &o, o.versions(t, 250))
		})
	}
}

// TestLawsReal runs the laws over the versions of real archives and feeds, 250
// of each order drawn from a fixed seed.
func TestLawsReal(t *testing.T) {
	t.Parallel()
	for _, o := range orders {
		file, ok := map[string]string{
			"deb": "dpkg-compare", "rpm": "rpm-evr-compare", "apk": "apk-compare",
			"pep440": "pep440-compare", "semver": "semver-compare",
		}[o.name]
		if !ok {
			continue
		}
		t.Run(o.name, func(t *testing.T) {
			t.Parallel()
			var all []string
			for _, c := range oracle.Lines[pair](t, "oracles/"+file+".jsonl") {
				all = append(all, c.A, c.B)
			}
			rand.New(rand.NewPCG(3, 3)).Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
			checkOrder(t, &o, all[:min(len(all), 250)])
		})
	}
}

// TestTwins compares each order with a slow one that is written differently,
// or with the library whose order it is. FETTLE_NIGHTLY makes it fifty times as
// many pairs.
func TestTwins(t *testing.T) {
	t.Parallel()
	random := 4000
	if os.Getenv("FETTLE_NIGHTLY") != "" {
		random *= 50
	}
	for _, o := range orders {
		t.Run(o.name, func(t *testing.T) {
			t.Parallel()
			r := rand.New(rand.NewPCG(5, 5))
			compared := 0
			for range random {
				if checkTwin(t, &o, o.random(r), o.random(r)) {
					compared++
				}
			}
			versions := o.versions(t, 90)
			for i, a := range versions {
				for _, b := range versions[i+1:] {
					if checkTwin(t, &o, a, b) {
						compared++
					}
				}
			}
			t.Logf("%d pairs compared", compared)
			if compared < 2000 {
				t.Errorf("the twin knows only %d pairs", compared)
			}
		})
	}
}

// checkTwin holds validity and order of a pair against the twin's, and reports
// whether the twin had an answer for the order.
func checkTwin(t *testing.T, o *order, a, b string) bool {
	t.Helper()
	for _, v := range []string{a, b} {
		valid, known := o.twinCheck(v)
		if err := o.check(v); known && (err == nil) != valid {
			t.Errorf("check(%q) = %v, the twin says valid: %t", v, err, valid)
		}
	}
	if o.check(a) != nil || o.check(b) != nil {
		return false
	}
	want, known := o.twin(a, b)
	if !known {
		return false
	}
	if got, err := o.compare(a, b); err != nil || got != want {
		t.Errorf("compare(%q, %q) = %d, %v; the twin says %d", a, b, got, err, want)
	}
	return true
}

// TestNoAllocation is not parallel: it counts what the whole process allocates.
func TestNoAllocation(t *testing.T) {
	for _, o := range orders {
		dst := make([]byte, 0, 256)
		versions := o.versions(t, 60)
		allocs := testing.AllocsPerRun(3, func() {
			for i, v := range versions {
				if err := o.check(v); err != nil {
					t.Fatal(err)
				}
				if _, err := o.compare(v, versions[len(versions)-1-i]); err != nil {
					t.Fatal(err)
				}
				if _, err := o.appendKey(dst, v); err != nil {
					t.Fatal(err)
				}
			}
		})
		if allocs != 0 {
			t.Errorf("%s: %v allocations", o.name, allocs)
		}
	}
}
