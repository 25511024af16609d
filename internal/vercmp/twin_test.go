package vercmp_test

import (
	"cmp"
	"math/big"
	"regexp"
	"slices"
	"strings"
	"unicode"

	masterminds "github.com/Masterminds/semver/v3"
	hashicorp "github.com/hashicorp/go-version"
)

var (
	debExpr        = regexp.MustCompile(`^[ \t]*(?:[+-]?([0-9]+):)?(.*?)(?:-([^-]*?))?[ \t]*$`)
	debEpochExpr   = regexp.MustCompile(`^(\+?[0-9]+|-0+)$`)
	debRunExpr     = regexp.MustCompile(`[^0-9]*[0-9]*`)
	printableExpr  = regexp.MustCompile(`^[!-~]*$`)
	rpmExpr        = regexp.MustCompile(`^(?:[0-9]+:)?([!-~]*?)(?:-([!-,.-~]*))?$`)
	rpmEpochExpr   = regexp.MustCompile(`^[0-9]+:`)
	rpmTokens      = regexp.MustCompile(`[0-9]+|[A-Za-z]+|~|\^`)
	alnumExpr      = regexp.MustCompile(`[0-9A-Za-z]`)
	evrExpr        = regexp.MustCompile(`^(?:([0-9]+):)?(.*?)(-[^-]*)?$`)
	pep440PartExpr = regexp.MustCompile(`[a-z0-9]+`)
	peExpr         = regexp.MustCompile(`^[0-9]+(\.[0-9]+){0,3}$`)
	textExpr       = regexp.MustCompile(`(?s).`)
	oddExpr        = regexp.MustCompile(`(^|\.)(-|0)[0-9]+(\.|$)`) // a number with a leading zero or a minus
	longNumber     = regexp.MustCompile(`[0-9]{19}`)               // what the libraries do not hold
	apkTypes       = []*regexp.Regexp{
		regexp.MustCompile(`^[0-9]+`), regexp.MustCompile(`^\.[0-9]+`), regexp.MustCompile(`^[a-z]`),
		regexp.MustCompile(`^_[a-z]+`), regexp.MustCompile(`^[0-9]+`), regexp.MustCompile(`^~[0-9a-f]+`), regexp.MustCompile(`^-r[0-9]+`),
	}
)

// matches returns a twinCheck that knows every answer.
func matches(re *regexp.Regexp) func(v string) (valid, known bool) {
	return func(v string) (bool, bool) { return re.MatchString(v), true }
}

func number(s string) *big.Int {
	n, _ := new(big.Int).SetString("0"+s, 10)
	return n
}

// byTuple returns a twin that compares two lists element by element, where a
// list that ends early goes on with pad.
func byTuple[E any](list func(v string) []E, pad E, compare func(a, b E) int) func(a, b string) (int, bool) {
	return func(a, b string) (int, bool) {
		x, y := list(a), list(b)
		for i := range max(len(x), len(y)) {
			p, q := pad, pad
			if i < len(x) {
				p = x[i]
			}
			if i < len(y) {
				q = y[i]
			}
			if c := compare(p, q); c != 0 {
				return c, true
			}
		}
		return 0, true
	}
}

// weight is an element of the twins' lists: ordered by rank, then number, then
// text.
type weight struct {
	rank int
	n    *big.Int
	text string
}

func compareWeights(a, b weight) int {
	if c := cmp.Compare(a.rank, b.rank); c != 0 {
		return c
	}
	if a.n != nil && b.n != nil {
		if c := a.n.Cmp(b.n); c != 0 {
			return c
		}
	}
	return cmp.Compare(a.text, b.text)
}

func debCheck(v string) (valid, known bool) {
	v = strings.Trim(v, " \t")
	epoch, rest, found := strings.Cut(v, ":")
	if !found {
		epoch, rest = "0", v
	}
	upstream := rest
	if i := strings.LastIndex(rest, "-"); i >= 0 {
		upstream = rest[:i]
	}
	return printableExpr.MatchString(v) && !strings.HasSuffix(rest, "-") &&
		strings.ContainsAny(upstream, "0123456789") && debEpochExpr.MatchString(epoch) &&
		number(strings.TrimLeft(epoch, "+-")).Cmp(number("2147483647")) <= 0, true
}

// debRun is a run of other characters and the number after it.
type debRun struct {
	word string
	n    *big.Int
}

func debRuns(part string) []debRun {
	var all []debRun
	for _, run := range debRunExpr.FindAllString(part, -1) {
		word := strings.TrimRight(run, "0123456789")
		all = append(all, debRun{word, number(run[len(word):])})
	}
	return all
}

func compareDebRuns(a, b debRun) int {
	rank := func(word string, i int) int {
		switch {
		case i >= len(word):
			return 0
		case word[i] == '~':
			return -1
		case unicode.IsLetter(rune(word[i])):
			return int(word[i])
		default:
			return int(word[i]) + 256
		}
	}
	for i := range max(len(a.word), len(b.word)) {
		if c := cmp.Compare(rank(a.word, i), rank(b.word, i)); c != 0 {
			return c
		}
	}
	return a.n.Cmp(b.n)
}

func twinDeb(a, b string) (int, bool) {
	x, y := debExpr.FindStringSubmatch(a), debExpr.FindStringSubmatch(b)
	part := byTuple(debRuns, debRun{n: number("")}, compareDebRuns)
	upstream, _ := part(x[2], y[2])
	revision, _ := part(x[3], y[3])
	return cmp.Or(number(x[1]).Cmp(number(y[1])), upstream, revision), true
}

func rpmCheck(v string) (valid, known bool) {
	m := rpmExpr.FindStringSubmatch(v)
	if m == nil || strings.Contains(v, ":") && !rpmEpochExpr.MatchString(v) {
		return false, true
	}
	return alnumExpr.MatchString(m[1]) && (alnumExpr.MatchString(m[2]) || !strings.Contains(v, "-")), true
}

func rpmWeights(part string) []weight {
	var all []weight
	for _, token := range rpmTokens.FindAllString(part, -1) {
		switch {
		case token == "~":
			all = append(all, weight{rank: -1})
		case token == "^":
			all = append(all, weight{rank: 1})
		case token[0] <= '9':
			all = append(all, weight{rank: 3, n: number(token)})
		default:
			all = append(all, weight{rank: 2, text: token})
		}
	}
	return all
}

func twinRPM(a, b string) (int, bool) {
	x, y := evrExpr.FindStringSubmatch(a), evrExpr.FindStringSubmatch(b)
	part := byTuple(rpmWeights, weight{}, compareWeights)
	version, _ := part(x[2], y[2])
	release, _ := part(x[3], y[3])
	return cmp.Or(number(x[1]).Cmp(number(y[1])), version, cmp.Compare(min(len(x[3]), 1), min(len(y[3]), 1)), release), true
}

var apkExpr = regexp.MustCompile(`^[0-9]+(\.[0-9]+)*[a-z]?(_(alpha|beta|pre|rc|cvs|svn|git|hg|p)[0-9]*)*(~[0-9a-f]+)?(-r[0-9]+)?$`)

// twinAPK walks the tokens as apk-tools does: by the type of the token first,
// where the end is a type and a pre-release suffix beats the types.
func twinAPK(a, b string) (int, bool) {
	suffixes := []string{"_alpha", "_beta", "_pre", "_rc", "", "_cvs", "_svn", "_git", "_hg", "_p"}
	next := func(v string, last int) (kind int, token, rest string) {
		if v == "" {
			return len(apkTypes), "", ""
		}
		for k, re := range apkTypes {
			afterSuffix := k == 4 && last == 3
			if token := re.FindString(v); token != "" && (k > last || k == last && (k == 1 || k == 3) || k == 3 && last == 4) && (k != 4 || afterSuffix) {
				return k, token, v[len(token):]
			}
		}
		panic("not valid: " + v)
	}
	for kindA, kindB := -1, -1; ; {
		var x, y string
		kindA, x, a = next(a, kindA)
		kindB, y, b = next(b, kindB)
		suffixA, suffixB := slices.Index(suffixes, x), slices.Index(suffixes, y)
		switch {
		case kindA == kindB && kindA == len(apkTypes):
			return 0, true
		case kindA != kindB && kindA == 3 && suffixA < 4:
			return -1, true
		case kindA != kindB && kindB == 3 && suffixB < 4:
			return 1, true
		case kindA != kindB:
			return cmp.Compare(kindB, kindA), true
		}
		c := cmp.Compare(x, y)
		switch leadingZero := strings.HasPrefix(x, ".0") || strings.HasPrefix(y, ".0"); {
		case kindA == 3:
			c = cmp.Compare(suffixA, suffixB)
		case kindA != 2 && kindA != 5 && !leadingZero:
			c = number(strings.TrimLeft(x, ".-r")).Cmp(number(strings.TrimLeft(y, ".-r")))
		}
		if c != 0 {
			return c, true
		}
	}
}

var pep440Expr = regexp.MustCompile(`(?i)^[ \t\n\v\f\r]*v?(?:([0-9]+)!)?([0-9]+(?:\.[0-9]+)*)` +
	`([-_.]?(alpha|a|beta|b|preview|pre|c|rc)[-_.]?([0-9]+)?)?` +
	`(-([0-9]+)|[-_.]?(?:post|rev|r)[-_.]?([0-9]+)?)?` +
	`([-_.]?dev[-_.]?([0-9]+)?)?(?:\+([a-z0-9]+(?:[-_.][a-z0-9]+)*))?[ \t\n\v\f\r]*$`)

// pep440Weights is the sort key of PEP 440 as one list.
func pep440Weights(v string) []weight {
	m := pep440Expr.FindStringSubmatch(strings.ToLower(v))
	all := []weight{{n: number(m[1])}}
	release := strings.Split(m[2], ".")
	for len(release) < 64 { // no release in these tests is longer
		release = append(release, "")
	}
	for _, n := range release {
		all = append(all, weight{n: number(n)})
	}
	pre := map[string]int{"a": 1, "alpha": 1, "b": 2, "beta": 2, "c": 3, "rc": 3, "pre": 3, "preview": 3, "": 4}[m[4]]
	if m[3] == "" && m[6] == "" && m[9] != "" {
		pre = 0
	}
	all = append(all, weight{rank: pre, n: number(m[5])})
	all = append(all, weight{rank: min(len(m[6]), 1), n: number(m[7] + m[8])})
	all = append(all, weight{rank: -min(len(m[9]), 1), n: number(m[10])})
	for _, part := range pep440PartExpr.FindAllString(m[11], -1) {
		if strings.Trim(part, "0123456789") == "" {
			all = append(all, weight{rank: 2, n: number(part)})
		} else {
			all = append(all, weight{rank: 1, text: part})
		}
	}
	return all
}

func peWeights(v string) []weight {
	var all []weight
	for n := range strings.SplitSeq(v, ".") {
		all = append(all, weight{n: number(n)})
	}
	return all
}

func bytesOf(v string) []weight {
	var all []weight
	for _, c := range []byte(v) {
		all = append(all, weight{rank: int(c)})
	}
	return all
}

func mastermindsCheck(v string) (valid, known bool) {
	_, err := masterminds.NewVersion(v)
	return err == nil, !longNumber.MatchString(v)
}

func mastermindsCompare(a, b string) (int, bool) {
	if longNumber.MatchString(a) || longNumber.MatchString(b) {
		return 0, false
	}
	return masterminds.MustParse(a).Compare(masterminds.MustParse(b)), true
}

func hashicorpCheck(v string) (valid, known bool) {
	_, err := hashicorp.NewVersion(v)
	return err == nil, !longNumber.MatchString(v)
}

// hashicorpCompare has no answer where the library's are no order: see
// CompareDotted.
func hashicorpCompare(a, b string) (int, bool) {
	if longNumber.MatchString(a) || longNumber.MatchString(b) {
		return 0, false
	}
	x, y := hashicorp.Must(hashicorp.NewVersion(a)), hashicorp.Must(hashicorp.NewVersion(b))
	preX, preY := x.Prerelease(), y.Prerelease()
	if len(x.Segments()) != len(y.Segments()) && preX+preY != "" {
		return 0, false
	}
	if oddExpr.MatchString(preX) || oddExpr.MatchString(preY) {
		return 0, false
	}
	short, long := strings.Split(preX, "."), strings.Split(preY, ".")
	if len(short) > len(long) {
		short, long = long, short
	}
	if preX != "" && preY != "" && slices.Equal(short, long[:len(short)]) && len(short) < len(long) && strings.Trim(long[len(short)], "0123456789") != "" {
		return 0, false
	}
	return x.Compare(y), true
}
