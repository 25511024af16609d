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
	"path/filepath"

	"github.com/fettle-dev/fettle/internal/osvgen"
	"github.com/fettle-dev/fettle/internal/tools/peer"
)

func main() {
	peer.Child()
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
	all, err := peer.Medians(runs, func() (peer.Measured, error) { return runPatchcheck(ctx, b) },
		func() (peer.Measured, error) { return runScanner(ctx, scanner, b) })
	if err != nil {
		return err
	}
	return peer.Table(os.Stdout, fmt.Sprintf("%d advisories, %d packages", advisories, packages), runs, all)
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
	return b, peer.Patchcheck(ctx, b.patchcheck)
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
