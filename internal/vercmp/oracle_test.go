package vercmp_test

import (
	"testing"

	"github.com/fettle-dev/fettle/internal/oracle"
	"github.com/fettle-dev/fettle/internal/vercmp"
)

type pair struct {
	A, B     string
	Expected int
}

// TestOracle holds each order against the answers of the tool that owns it.
func TestOracle(t *testing.T) {
	t.Parallel()
	for file, compare := range map[string]func(a, b string) (int, error){
		"dpkg-compare":    vercmp.CompareDeb,
		"rpm-evr-compare": vercmp.CompareRPM,
		"apk-compare":     vercmp.CompareAPK,
		"pep440-compare":  vercmp.ComparePEP440,
		"semver-compare":  vercmp.CompareSemver,
	} {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			cases := oracle.Lines[pair](t, "oracles/"+file+".jsonl")
			right := 0
			for _, c := range cases {
				got, err := compare(c.A, c.B)
				if err != nil || got != c.Expected {
					t.Errorf("compare(%q, %q) = %d, %v; want %d", c.A, c.B, got, err, c.Expected)
					continue
				}
				right++
			}
			t.Logf("%d of %d as the tool says", right, len(cases))
		})
	}
}
