package vercmp_test

import (
	"encoding/json"
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

// TestVersSpec runs the comparison cases of the version range specification for
// the one ecosystem of it that is an order here. The others (conan, nginx,
// nuget, openssl, lexicographic) are orders of their own.
func TestVersSpec(t *testing.T) {
	t.Parallel()
	var suite struct {
		Tests []struct {
			Type     string                      `json:"test_type"`
			Input    struct{ Versions []string } `json:"input"`
			Expected json.RawMessage             `json:"expected_output"`
		} `json:"tests"`
	}
	if err := json.Unmarshal(oracle.Read(t, "oracles/vers/alpine_version_cmp_test.json"), &suite); err != nil {
		t.Fatal(err)
	}
	for _, c := range suite.Tests {
		if len(c.Input.Versions) != 2 {
			t.Fatalf("%q: want two versions", c.Input.Versions)
		}
		a, b := c.Input.Versions[0], c.Input.Versions[1]
		got, err := vercmp.CompareAPK(a, b)
		if err != nil {
			t.Errorf("compare(%q, %q): %v", a, b, err)
		}
		right := false
		switch c.Type {
		case "equality":
			var equal bool
			err = json.Unmarshal(c.Expected, &equal)
			right = equal == (got == 0)
		case "comparison":
			var sorted []string
			err = json.Unmarshal(c.Expected, &sorted)
			right = len(sorted) == 2 && got != 0 && (got < 0) == (sorted[0] == a)
		default:
			t.Fatalf("unknown test type %q", c.Type)
		}
		if err != nil || !right {
			t.Errorf("compare(%q, %q) = %d; want %s of %s (%v)", a, b, got, c.Type, c.Expected, err)
		}
	}
	t.Logf("%d cases", len(suite.Tests))
}
