package vercmp_test

import (
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/fettle-dev/fettle/internal/vercmp"
)

// order is one version order as the tests see it.
type order struct {
	name      string
	check     func(v string) error
	compare   func(a, b string) (int, error)
	appendKey func(dst []byte, v string) ([]byte, error)
	twin      func(a, b string) (c int, known bool)
	twinCheck func(v string) (valid, known bool)
	tokens    []string  // what random versions are made of
	seeds     []string  // real versions, and ones at the edges of the grammar
	bench     [2]string // the first is older
}

var orders = []order{
	{
		name: "deb", check: vercmp.CheckDeb, compare: vercmp.CompareDeb, appendKey: vercmp.AppendDebKey,
		twin: twinDeb, twinCheck: debCheck,
		tokens: []string{"0", "1", "00", "10", "9", "~", "~~", "+", "-", ".", ":", "1:", "0:", "a", "Z", "_", "rc", "+b1", "+deb12u3", "18446744073709551616", " "},
		seeds: []string{
			"1:2.30.2-1+deb12u2", "3.0.17-1~deb12u3", "0.0~git20200813.59cf068-1+b4", "2.0.4.1+ds1-1", "1.0", "1.0-0", "1.0-",
			"2147483647:1", "2147483648:1", "+1:1", "-0:1", "-1:1", " 1.0\t", "1 0", "v1", "1_2", "1é", "(none)", "<unknown>", "", "~", "-1", ":1", "1:", "1:-1", "a:1",
		},
		bench: [2]string{"1:2.30.2+dfsg-1+deb12u2", "1:2.30.2+dfsg-1+deb12u3"},
	},
	{
		name: "rpm", check: vercmp.CheckRPM, compare: vercmp.CompareRPM, appendKey: vercmp.AppendRPMKey,
		twin: twinRPM, twinCheck: rpmCheck,
		tokens: []string{"0", "1", "00", "10", "9", "~", "^", "+", "-", ".", "_", "1:", "0:", "a", "Z", "el8", "git", ".el9_2", "18446744073709551616"},
		seeds: []string{
			"1:7.1.8.1-12.el9_4.alma.1", "8.2.31-1.module_el9.8.0+254+5708f44c", "6.0.23-1.el9_2^git1", "15-7.el8_1.alma~rc1", "2.4", "2.4-1", "2.4-~1",
			"(none):2.4-1", ":1", "1:", "1-", "-1", "1:2:3-1", "1-2-3", "a:1", "1..0", "1.0.", "~", "^", "", "...", "1 0",
		},
		bench: [2]string{"1:7.1.8.1-12.el9_4.alma.1", "1:7.1.8.1-12.el9_4.alma.2"},
	},
	{
		name: "apk", check: vercmp.CheckAPK, compare: vercmp.CompareAPK, appendKey: vercmp.AppendAPKKey,
		twin: twinAPK, twinCheck: matches(apkExpr),
		tokens: []string{"0", "1", "10", "01", ".", ".0", ".1", ".10", ".010", "a", "z", "_", "_alpha", "_beta1", "_pre", "_rc2", "_p", "_p0", "_git", "_hg", "_cvs", "_svn20200101", "~0ab", "~0", "-r", "-r0", "-r1", "18446744073709551616"},
		seeds: []string{
			"2.34", "0.1.0_alpha", "1.3_alpha2", "2.3.0b-r4", "4.8-r1", "8.2.0015", "8.2.002", "1.2~0a1b-r1", "1.0_rc1_p2", "1a.2", "1.", "1._p", "1-1", "1-r", "1~", "1~g", "1_foo", "_p1", "", "1_", "1_p1~a-r1x",
		},
		bench: [2]string{"2.30.2_git20210101-r1", "2.30.2_git20210101-r2"},
	},
	{
		name: "pep440", check: vercmp.CheckPEP440, compare: vercmp.ComparePEP440, appendKey: vercmp.AppendPEP440Key,
		twin: byTuple(pep440Weights, weight{}, compareWeights), twinCheck: matches(pep440Expr),
		tokens: []string{"0", "1", "10", "01", ".", "-", "_", "v", "1!", "a", "b", "c", "rc", "alpha", "beta", "pre", "preview", "post", "rev", "r", "dev", "+", "+abc", "+1.X", "RC", "18446744073709551616", " "},
		seeds: []string{
			"1.0.dev456", "1.0a1", "1.0a2.dev456", "1.0b1.dev456", "1.0rc1", "1.0", "1.0+abc.5", "1.0+abc.7", "1.0+5", "1.0.post456.dev34", "1.0.post456", "1.1.dev1", "1!0.1",
			"V1.0-1", "1.0-r-4", "1.0PREVIEW2", "1.0a.dev1", "1.0.0.0", " 1.0\n", "1.0+", "1.0+a..b", "1.0-", "1.0.", "1.0m1", "1..0", "!1", "1!", "v", "", "0.1-bulbasaur", "1.0ar1", "1.0a--1", "1.0.post_", "1.0 0",
		},
		bench: [2]string{"1!2.30.2rc1.post2.dev3+deb.1", "1!2.30.2rc1.post2.dev3+deb.2"},
	},
	{
		name: "pe", check: vercmp.CheckPE, compare: vercmp.ComparePE, appendKey: vercmp.AppendPEKey,
		twin: byTuple(peWeights, weight{n: number("")}, compareWeights), twinCheck: matches(peExpr),
		tokens: []string{"0", "1", "10", "007", "65535", ".", "4294967296", "18446744073709551616"},
		seeds:  []string{"10.0.19041.1", "10.0.19041.01", "6.1.7601.17514", "1", "1.2", "1.2.0", "1.2.3.4.5", "1.", ".1", "1..2", "", "1.2a", "6, 1, 7601, 17514", "10.0.19041.1 (WinBuild.160101.0800)"},
		bench:  [2]string{"10.0.19041.3930", "10.0.19041.3996"},
	},
	{
		name: "semver", check: vercmp.CheckSemver, compare: vercmp.CompareSemver, appendKey: vercmp.AppendSemverKey,
		twin: mastermindsCompare, twinCheck: mastermindsCheck,
		tokens: []string{"0", "1", "10", "01", ".", "1.2.3", "-", "--", "v", "a", "Z", "rc", "alpha.", "-beta.11", "+b1", "+", "18446744073709551616"},
		seeds: []string{
			"1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta.2", "1.0.0-beta.11", "1.0.0-rc.1", "1.0.0", "1.0.0+20130313144700", "0.0.0-20200813000000-59cf068fb54a", "3.0.15--", "0.14.0-rc.1+b1",
			"v1.2", "0", "1.02.3", "1.0.0-01", "1.0.0-", "1.0.0-a..b", "1.0.0+", "1.2.3.4", "1.0.0-é", "V1.0.0", "", "v", "1.", "1.0.0-0a", " 1.0.0", "1.0.0+a+b",
		},
		bench: [2]string{"2.10.20-beta.11", "2.10.20-beta.12"},
	},
	{
		name: "dotted", check: vercmp.CheckDotted, compare: vercmp.CompareDotted, appendKey: vercmp.AppendDottedKey,
		twin: hashicorpCompare, twinCheck: hashicorpCheck,
		tokens: []string{"0", "1", "10", "01", ".", "1.2.3", "-", "--", "~", "v", "a", "Z", "beta", "-beta.11", "+b1", "+", "18446744073709551616"},
		seeds: []string{
			"1.2.3", "1.2.3-beta", "1.2-beta.1", "1.2.0-x.Y.0+metadata", "1.2.3.4", "1.7rc2", "v1.7rc2", "1.0-", "1.0--5", "1.0-4", "1.0~1", "1.0-beta.x", "1.0-beta",
			"1.0.0.0-a", "1", "1.", "v", "", "1.0+", "1.0-a..b", "1.0+a+b", "1.0_1", "1.0-.x", "12.04", "10.0.19045.3930", "6.1.0-18-amd64",
		},
		bench: [2]string{"6.1.0-18-amd64", "6.1.0-19-amd64"},
	},
	{
		name: "text", check: vercmp.CheckText, compare: vercmp.CompareText, appendKey: vercmp.AppendTextKey,
		twin: byTuple(bytesOf, weight{rank: -1}, compareWeights), twinCheck: matches(textExpr),
		tokens: []string{"0", "1", "a", ".", "\x00", "\xff", "é"},
		seeds:  []string{"", "1.0", "1.0.RELEASE", "2021a", "é", "\xff"},
		bench:  [2]string{"2.5.6.SEC02", "2.5.6.SEC03"},
	},
}

// orderNamed returns the order of that name.
func orderNamed(tb testing.TB, name string) *order {
	tb.Helper()
	i := slices.IndexFunc(orders, func(o order) bool { return o.name == name })
	if i < 0 {
		tb.Fatalf("no order %s", name)
	}
	return &orders[i]
}

func (o *order) key(tb testing.TB, v string) []byte {
	tb.Helper()
	key, err := o.appendKey(nil, v)
	if err != nil {
		tb.Fatalf("%s: key of %q: %v", o.name, v, err)
	}
	return key
}

// random returns a string of up to eight tokens, or a seed with one token put
// in or one stretch taken out. It need not be valid.
func (o *order) random(r *rand.Rand) string {
	token := func() string { return o.tokens[r.IntN(len(o.tokens))] }
	if r.IntN(2) == 0 {
		var v strings.Builder
		for range 1 + r.IntN(8) {
			v.WriteString(token())
		}
		return v.String()
	}
	v := o.seeds[r.IntN(len(o.seeds))]
	i := r.IntN(len(v) + 1)
	j := i + r.IntN(len(v)-i+1)
	if r.IntN(2) == 0 {
		return v[:i] + token() + v[i:]
	}
	return v[:i] + v[j:]
}

// versions returns the valid seeds and, from a fixed seed, random valid
// versions up to n.
func (o *order) versions(tb testing.TB, n int) []string {
	tb.Helper()
	var all []string
	for _, v := range o.seeds {
		if o.check(v) == nil {
			all = append(all, v)
		}
	}
	r := rand.New(rand.NewPCG(2, uint64(len(o.name))))
	for tries := 0; len(all) < n; tries++ {
		if tries > 100*n {
			tb.Fatalf("%s: %d of %d random strings are valid: too few", o.name, len(all), tries)
		}
		if v := o.random(r); o.check(v) == nil {
			all = append(all, v)
		}
	}
	return all
}
