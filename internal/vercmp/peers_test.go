package vercmp_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/fettle-dev/fettle/internal/oracle"
)

// lines writes one line a string to a file and returns its path.
func lines(t *testing.T, all []string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "lines")
	if err := os.WriteFile(path, []byte(strings.Join(all, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// answers runs a program and returns the numbers it prints.
func answers(t *testing.T, want int, name string, args ...string) []int {
	t.Helper()
	var stderr bytes.Buffer
	cmd := exec.CommandContext(t.Context(), name, args...)
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", name, err, &stderr)
	}
	var all []int
	for word := range strings.FieldsSeq(string(out)) {
		n, err := strconv.Atoi(word)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, n)
	}
	if len(all) != want {
		t.Fatalf("%s: %d answers, want %d\n%s", name, len(all), want, &stderr)
	}
	return all
}

// handable reports whether a version can be handed over as an argument and as
// a line of a file.
func handable(v string) bool {
	return v != "" && v[0] != '-' && !strings.ContainsAny(v, "\n\x00")
}

// TestDpkgCompares asks the dpkg of this host to compare random versions.
func TestDpkgCompares(t *testing.T) {
	t.Parallel()
	dpkg, sh := oracle.Program(t, "dpkg"), oracle.Program(t, "sh")
	o := orderNamed(t, "deb")
	var pairs []string
	for _, p := range randomPairs(t, o, 400) {
		if handable(p[0]) && handable(p[1]) {
			pairs = append(pairs, p[0], p[1])
		}
	}
	const script = `while IFS= read -r a && IFS= read -r b; do
		if "$1" --compare-versions "$a" lt "$b"; then echo -1
		elif "$1" --compare-versions "$a" gt "$b"; then echo 1
		elif "$1" --compare-versions "$a" eq "$b"; then echo 0
		else echo 9; fi; done 2>/dev/null <"$2"`
	for i, want := range answers(t, len(pairs)/2, sh, "-c", script, "sh", dpkg, lines(t, pairs)) {
		if got, err := o.compare(pairs[2*i], pairs[2*i+1]); err != nil || got != want {
			t.Errorf("compare(%q, %q) = %d, %v; dpkg says %d", pairs[2*i], pairs[2*i+1], got, err, want)
		}
	}
}

// TestDpkgAccepts asks the dpkg of this host which random strings it can read.
func TestDpkgAccepts(t *testing.T) {
	t.Parallel()
	dpkg, sh := oracle.Program(t, "dpkg"), oracle.Program(t, "sh")
	o := orderNamed(t, "deb")
	r := rand.New(rand.NewPCG(7, 7))
	var all []string
	for _, v := range o.seeds {
		if handable(v) {
			all = append(all, v)
		}
	}
	for len(all) < 400 {
		if v := o.random(r); handable(v) {
			all = append(all, v)
		}
	}
	// Status 0 is valid, 1 valid with a warning, 2 invalid.
	const script = `while IFS= read -r v; do "$1" --validate-version "$v"; echo $?; done 2>/dev/null <"$2"`
	for i, status := range answers(t, len(all), sh, "-c", script, "sh", dpkg, lines(t, all)) {
		err := o.check(all[i])
		upstream := debExpr.FindStringSubmatch(all[i])[2]
		narrower := status == 1 && (!printableExpr.MatchString(all[i]) || !strings.ContainsAny(upstream, "0123456789"))
		if err == nil && status == 2 || err != nil && status != 2 && !narrower {
			t.Errorf("check(%q) = %v; dpkg --validate-version ends with %d", all[i], err, status)
		}
	}
}

// TestRPMCompares asks the rpm of this host to compare random EVRs.
func TestRPMCompares(t *testing.T) {
	t.Parallel()
	rpm := oracle.Program(t, "rpm")
	o := orderNamed(t, "rpm")
	var pairs []string
	for _, p := range randomPairs(t, o, 5000) {
		pairs = append(pairs, p[0], p[1])
	}
	script := fmt.Sprintf(`%%{lua:local f = io.open(%q)
		for a in f:lines() do print(rpm.vercmp(a, f:read("l")) .. "\n") end}`, lines(t, pairs))
	for i, want := range answers(t, len(pairs)/2, rpm, "--eval", script) {
		if got, err := o.compare(pairs[2*i], pairs[2*i+1]); err != nil || got != want {
			t.Errorf("compare(%q, %q) = %d, %v; rpm says %d", pairs[2*i], pairs[2*i+1], got, err, want)
		}
	}
}

// randomPairs returns n pairs of valid versions, half of which are one version
// and an edit of it, so that they differ late.
func randomPairs(t *testing.T, o *order, n int) [][2]string {
	t.Helper()
	r := rand.New(rand.NewPCG(11, 11))
	versions := o.versions(t, n)
	var pairs [][2]string
	for len(pairs) < n {
		a, b := versions[r.IntN(len(versions))], versions[r.IntN(len(versions))]
		if r.IntN(2) == 0 {
			i := r.IntN(len(a) + 1)
			b = a[:i] + o.tokens[r.IntN(len(o.tokens))] + a[i:]
		}
		if o.check(b) == nil {
			pairs = append(pairs, [2]string{a, b})
		}
	}
	return pairs
}
