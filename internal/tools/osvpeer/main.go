//go:build linux

// Command osvpeer measures patchcheck beside osv-scanner: the same made-up host
// and advisories, both offline, one run each after the other, and the findings
// compared. It writes a table; it fails where the findings differ.
//
//	go run ./internal/tools/osvpeer -scanner osv-scanner [-advisories 50000] [-packages 2000] [-runs 3]
//
// osv-scanner comes from `go install
// github.com/google/osv-scanner/v2/cmd/osv-scanner@v2.2.4`, the newest version
// that builds with Go 1.26.
package main

import (
	"archive/zip"
	"cmp"
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"

	"github.com/fettle-dev/fettle/internal/osvgen"
)

func main() {
	scanner := flag.String("scanner", "osv-scanner", "the osv-scanner `program`")
	advisories := flag.Int("advisories", 50_000, "how many advisories")
	packages := flag.Int("packages", 2_000, "how many packages the host has")
	runs := flag.Int("runs", 3, "how often each is run; the median counts")
	flag.Parse()
	if err := compare(context.Background(), *scanner, *advisories, *packages, *runs); err != nil {
		fmt.Fprintln(os.Stderr, "osvpeer:", err)
		os.Exit(1)
	}
}

// bench is the folder in which both programs find their input.
type bench struct {
	status, osRelease, archive, cache, patchcheck string
	// source is the source package of each binary package.
	source map[string]string
}

func compare(ctx context.Context, scanner string, advisories, packages, runs int) error {
	dir, err := os.MkdirTemp("", "osvpeer")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	b, err := prepare(ctx, dir, advisories, packages)
	if err != nil {
		return err
	}
	ours, err := median(runs, func() (measured, error) { return runPatchcheck(ctx, b) })
	if err != nil {
		return err
	}
	theirs, err := median(runs, func() (measured, error) { return runScanner(ctx, scanner, b) })
	if err != nil {
		return err
	}
	fmt.Printf("| %d advisories, %d packages | median of %d | peak memory | findings |\n| --- | --- | --- | --- |\n", advisories, packages, runs)
	for _, m := range []measured{ours, theirs} {
		fmt.Printf("| %s | %.2f s | %d MB | %d |\n", m.name, m.took.Seconds(), m.peak>>20, len(m.findings))
	}
	fmt.Printf("\nratio: %.1f\n", theirs.took.Seconds()/ours.took.Seconds())
	if !slices.Equal(ours.findings, theirs.findings) {
		return fmt.Errorf("the findings differ: only ours %v; only theirs %v",
			few(minus(ours.findings, theirs.findings)), few(minus(theirs.findings, ours.findings)))
	}
	fmt.Println("the findings are the same")
	return nil
}

func prepare(ctx context.Context, dir string, advisories, packages int) (bench, error) {
	b := bench{
		status: filepath.Join(dir, "host", "var", "lib", "dpkg", "status"), osRelease: filepath.Join(dir, "host", "etc", "os-release"),
		cache: filepath.Join(dir, "cache"), patchcheck: filepath.Join(dir, "patchcheck"),
		source: map[string]string{},
	}
	b.archive = filepath.Join(b.cache, "osv-scanner", "Debian", "all.zip")
	for _, path := range []string{b.status, b.osRelease, b.archive} {
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			return b, err
		}
	}
	installed := osvgen.Packages(packages, 1)
	for _, p := range installed {
		b.source[p.Name] = cmp.Or(p.Source, p.Name)
	}
	if err := os.WriteFile(b.status, osvgen.Status(installed), 0o600); err != nil {
		return b, err
	}
	if err := os.WriteFile(b.osRelease, osvgen.OSRelease(), 0o600); err != nil {
		return b, err
	}
	if err := writeArchive(b.archive, advisories); err != nil {
		return b, err
	}
	build := exec.CommandContext(ctx, "go", "build", "-o", b.patchcheck, "github.com/fettle-dev/fettle/examples/patchcheck")
	build.Stderr = os.Stderr
	return b, build.Run()
}

func writeArchive(path string, advisories int) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	z := zip.NewWriter(f)
	for name, text := range osvgen.Advisories(advisories, 1) {
		w, err := z.Create(name)
		if err != nil {
			return err
		}
		if _, err := w.Write(text); err != nil {
			return err
		}
	}
	if err := z.Close(); err != nil {
		return err
	}
	return f.Close()
}

// measured is one run of a program, or the median of several.
type measured struct {
	name     string
	took     time.Duration
	peak     int64    // bytes of resident memory
	findings []string // advisory and source package, sorted
}

func median(runs int, run func() (measured, error)) (measured, error) {
	all := make([]measured, 0, runs)
	for range runs {
		m, err := run()
		if err != nil {
			return m, err
		}
		all = append(all, m)
	}
	slices.SortFunc(all, func(a, b measured) int { return int(a.took - b.took) })
	return all[len(all)/2], nil
}

func minus(a, b []string) []string {
	return slices.DeleteFunc(slices.Clone(a), func(s string) bool {
		_, found := slices.BinarySearch(b, s)
		return found
	})
}

func few(all []string) []string { return all[:min(len(all), 5)] }
