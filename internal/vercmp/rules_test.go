package vercmp_test

import (
	"errors"
	"testing"

	"github.com/fettle-dev/fettle/internal/vercmp"
)

// rules are what the specifications say, in examples: a chain is in strictly
// rising order, the spellings of a group are equal, and an invalid string is
// refused at a byte for a reason.
var rules = map[string]struct {
	chain   []string
	equal   [][]string
	invalid []refusal
}{
	"deb": { // deb-version(7): ~~, ~~a, ~, the end, a; letters before the rest
		chain: []string{
			"0.9", "1.0~~", "1.0~~a", "1.0~", "1.0~rc1-1", "1.0", "1.0-0+b1", "1.0-0.1", "1.0-1~bpo12+1", "1.0-1", "1.0-1+b1",
			"1.0-1+deb12u1", "1.0-1.1", "1.0-2", "1.0a", "1.0+dfsg-1", "1.0-1-1", "1.0.1", "1.9", "1.10", "v1", "1:0.1",
		},
		equal: [][]string{{"1.0", "0:1.0", "1.0-0", "1.00", "01.0", " 1.0\t", "+0:1.0", "1.0-00"}, {"1a", "1a0"}},
		invalid: []refusal{
			{"", 0, "a digit in the upstream version"},
			{"1 0", 1, "printable ASCII characters and no blanks inside"},
			{"1.0é", 3, "printable ASCII characters and no blanks inside"},
			{"1.0\n", 3, "printable ASCII characters and no blanks inside"},
			{":1", 0, "a number as the epoch before the colon"},
			{" a:1", 1, "a number as the epoch before the colon"},
			{"2147483648:1", 0, "an epoch up to 2147483647"},
			{"-1:1", 0, "an epoch that is not negative"},
			{"1.0-", 4, "a revision after the last hyphen"},
			{"1:-1", 2, "a digit in the upstream version"},
			{"(none)", 0, "a digit in the upstream version"},
		},
	},
	"rpm": { // rpm-version(7): ~ before the end, ^ after it and before anything else
		chain: []string{
			"1.0~~-1", "1.0~a", "1.0~rc1-1", "1.0", "1.0-~1", "1.0-1~1", "1.0-1", "1.0-1^1", "1.0-1.a", "1.0-1.0", "1.0^", "1.0^-1",
			"1.0^git1-1", "1.0a-1", "1.0.1-1", "1.9-1", "1.10-1", "1:0.1",
		},
		equal: [][]string{{"1.0-1", "0:1.0-1", "1_0-1", "1..0-01", "1.00-1.", "+1.0-1"}, {"1a", "1.a"}},
		invalid: []refusal{
			{"", 0, "a letter or digit in the version"},
			{"(none):1.0-1", 0, "a number as the epoch before the colon"},
			{":1.0-1", 0, "a number as the epoch before the colon"},
			{"1:-1", 2, "a letter or digit in the version"},
			{"1.0-", 4, "a letter or digit in the release"},
			{"1.0 -1", 3, "printable ASCII characters only"},
		},
	},
	"apk": {
		chain: []string{
			"1.0_alpha", "1.0_alpha2", "1.0_beta", "1.0_pre", "1.0_rc1", "1.0", "1.0-r0", "1.0-r1", "1.0~0a", "1.0~0a-r1", "1.0_cvs",
			"1.0_svn1", "1.0_git20200101", "1.0_hg", "1.0_p_rc", "1.0_p", "1.0_p1", "1.0a", "1.0.01", "1.0.02", "1.0.1", "1.0.10", "1.1", "1.10", "10",
		},
		equal: [][]string{{"1.0-r1", "01.0-r01"}, {"1_p1", "1_p01"}},
		invalid: []refusal{
			{"", 0, "a version that starts with a digit"},
			{"a1", 0, "a version that starts with a digit"},
			{"1.", 2, "a number after the dot"},
			{"1_foo", 2, "one of alpha, beta, pre, rc, cvs, svn, git, hg, p after _"},
			{"1~", 2, "hexadecimal digits after ~"},
			{"1-1", 1, "-r and a number after a hyphen"},
			{"1-r", 3, "a number after -r"},
			{"1ab", 2, "number{.number}[letter]{_suffix[number]}[~hash][-rnumber]"},
			{"1-r1_p", 4, "number{.number}[letter]{_suffix[number]}[~hash][-rnumber]"},
		},
	},
	"pep440": { // PEP 440, "Summary of permitted suffixes and relative ordering"
		chain: []string{
			"1.0.dev456", "1.0a1", "1.0a2.dev456", "1.0a12.dev456", "1.0a12", "1.0b1.dev456", "1.0b2", "1.0b2.post345.dev456", "1.0b2.post345",
			"1.0rc1.dev456", "1.0rc1", "1.0", "1.0+abc.5", "1.0+abc.7", "1.0+5", "1.0.post456.dev34", "1.0.post456", "1.0.15", "1.1.dev1", "1!0.1",
		},
		equal: [][]string{
			{"1", "1.0", "1.0.0", "v1", " 01\n", "0!1"},
			{"1.0rc0", "1.0RC", "1.0-c", "1.0.pre", "1.0_preview_0"},
			{"1.0.post1", "1.0-1", "1.0r1", "1.0-rev.1"},
			{"1.0+a.1", "1.0+A-01"},
		},
		invalid: []refusal{
			{"", 0, "a number"},
			{" ", 0, "a number"},
			{"1!", 2, "a number"},
			{"1.0m1", 3, "[v][epoch!]number{.number}[pre][post][dev][+local]"},
			{"1.0+", 4, "a letter or digit in the local version"},
			{"1.0+a..b", 6, "a letter or digit in the local version"},
		},
	},
	"pe": {
		chain: []string{"0.9", "1", "1.0.0.1", "1.0.1", "1.9", "1.10", "10.0.19041.3930", "10.0.19045.1", "10.0.18446744073709551616"},
		equal: [][]string{{"6.1", "6.1.0", "6.01.0.000"}},
		invalid: []refusal{
			{"", 0, "a number"},
			{"1.", 2, "a number"},
			{"1.2.3.4.5", 7, "at most four numbers"},
			{"6, 1", 1, "digits and dots only"},
		},
	},
	"semver": { // semver.org 2.0.0, section 11
		chain: []string{
			"0.9.9", "1.0.0-0", "1.0.0-1", "1.0.0-alpha", "1.0.0-alpha.1", "1.0.0-alpha.beta", "1.0.0-beta", "1.0.0-beta.2", "1.0.0-beta.11",
			"1.0.0-rc.1", "1.0.0", "1.0.1-0", "1.0.1", "1.9.0", "1.10.0", "2", "18446744073709551616.0.0",
		},
		equal: [][]string{{"1.0.0", "v1", "1.0", "01.0.0", "1.0.0+b1", "1+b.01"}},
		invalid: []refusal{
			{"", 0, "a number"},
			{"V1", 0, "a number"},
			{"1.0.", 4, "a number"},
			{"1.0.0-01", 6, "a pre-release number without leading zeros"},
			{"1.0.0-a..b", 8, "an identifier that is not empty"},
			{"1.0.0+", 6, "an identifier that is not empty"},
			{"1.0.0-a_b", 7, "letters, digits and hyphens in an identifier"},
			{"1.0.0.0", 5, "[v]major[.minor[.patch]][-pre][+build]"},
		},
	},
	"dotted": {
		chain: []string{"1.0-4", "1.0-b", "1.0-b.1", "1.0-b.x", "1.0", "1.0.0.1", "1.1", "6.1.0-18-amd64", "6.1.0-9-amd64", "10.0.19045.3930"},
		equal: [][]string{{"1", "v1", "1.0", "1.0.0.0", "1.0+b1"}, {"1.0rc1", "1.0-rc1", "1.0.0.0-rc1"}},
		invalid: []refusal{
			{"", 0, "a number"},
			{"1..0", 2, "a number"},
			{"1.0_1", 3, "letters, digits, hyphens and tildes in an identifier"},
			{"1.0-a..b", 6, "an identifier that is not empty"},
			{"1.0+", 4, "an identifier that is not empty"},
			{"1.0+a+b", 5, "[v]number{.number}[pre][+build]"},
		},
	},
	"text": {
		chain:   []string{"1.0", "1.0 ", "1.0.RELEASE", "10", "2", "a"},
		invalid: []refusal{{"", 0, "a version that is not empty"}},
	},
}

type refusal struct {
	version string
	pos     int
	rule    string
}

func TestRules(t *testing.T) {
	t.Parallel()
	for _, o := range orders {
		t.Run(o.name, func(t *testing.T) {
			t.Parallel()
			r := rules[o.name]
			checkOrder(t, &o, r.chain)
			for i, a := range r.chain {
				for _, b := range r.chain[i+1:] {
					if c, err := o.compare(a, b); c != -1 || err != nil {
						t.Errorf("compare(%q, %q) = %d, %v; want -1", a, b, c, err)
					}
				}
			}
			for _, group := range r.equal {
				checkOrder(t, &o, group)
				for _, v := range group[1:] {
					if c, err := o.compare(group[0], v); c != 0 || err != nil {
						t.Errorf("compare(%q, %q) = %d, %v; want 0", group[0], v, c, err)
					}
				}
			}
			for _, want := range r.invalid {
				err := o.check(want.version)
				if got, ok := errors.AsType[*vercmp.Error](err); !ok || got.Pos != want.pos || got.Rule != want.rule {
					t.Errorf("check(%q) = %v; want byte %d: %s", want.version, err, want.pos, want.rule)
				}
			}
		})
	}
}
