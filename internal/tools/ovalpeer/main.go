//go:build linux

// Command ovalpeer measures fettle beside oscap: the same definitions in the form
// of Debian's feed and the same made-up host, by turns, and every definition's
// result compared. fettle runs twice: package feed/oval alone, which gives each
// definition's result as oscap does, and patchcheck, which makes patches of them. It writes a table; it fails where results
// differ.
//
//	go run ./internal/tools/ovalpeer [-oscap oscap] [-definitions 50000] [-packages 2000] [-runs 3]
//
// oscap comes from the Debian package openscap-scanner. It reads packages by
// apt's library, which is told of the made-up host's in a configuration of its
// own, and the release from this machine's /etc/debian_version, which the host
// that patchcheck gets therefore has, too. Neither program validates the
// document by its schema.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/fettle-dev/fettle/internal/osvgen"
	"github.com/fettle-dev/fettle/internal/tools/peer"
	"github.com/fettle-dev/fettle/inventory"
)

func main() {
	peer.Child()
	oscap := flag.String("oscap", "oscap", "the oscap `program`")
	definitions := flag.Int("definitions", 50_000, "how many definitions")
	packages := flag.Int("packages", 2_000, "how many packages the host has")
	runs := flag.Int("runs", 3, "how often each is run; the median counts")
	library := flag.Bool("library", false, "evaluate the files of definitions and host that are the arguments; for the comparison's own use")
	flag.Parse()
	if *library {
		if err := evaluate(os.Stdout, flag.Arg(0), flag.Arg(1)); err != nil {
			fmt.Fprintln(os.Stderr, "ovalpeer:", err)
			os.Exit(1)
		}
		return
	}
	if err := compare(context.Background(), *oscap, *definitions, *packages, *runs); err != nil {
		fmt.Fprintln(os.Stderr, "ovalpeer:", err)
		os.Exit(1)
	}
}

// bench is the folder in which both programs find their input.
type bench struct{ definitions, host, aptConfig, patchcheck string }

func compare(ctx context.Context, oscap string, definitions, packages, runs int) error {
	dir, err := os.MkdirTemp("", "ovalpeer")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	b, err := prepare(ctx, dir, definitions, packages)
	if err != nil {
		return err
	}
	all, err := peer.Medians(runs, func() (peer.Measured, error) { return runLibrary(ctx, b) },
		func() (peer.Measured, error) { return runPatchcheck(ctx, b) },
		func() (peer.Measured, error) { return runOscap(ctx, oscap, b) })
	if err != nil {
		return err
	}
	return peer.Table(os.Stdout, fmt.Sprintf("%d OVAL definitions, %d packages", definitions, packages), runs, all)
}

func prepare(ctx context.Context, dir string, definitions, packages int) (bench, error) {
	at := func(name string) string { return filepath.Join(dir, name) }
	b := bench{definitions: at("definitions.xml"), host: at("host.json"), aptConfig: at("apt.conf"), patchcheck: at("patchcheck")}
	release, err := os.ReadFile("/etc/debian_version")
	if err != nil {
		return b, fmt.Errorf("a Debian machine is wanted: %w", err)
	}
	number, _, _ := strings.Cut(strings.TrimSpace(string(release)), ".")
	installed := osvgen.Packages(packages, 1)
	line, err := record(installed, string(release))
	if err != nil {
		return b, err
	}
	config := fmt.Sprintf("Dir::State %q;\nDir::State::status %q;\nDir::State::Lists %q;\nDir::Cache %q;\nDir::Etc::sourcelist \"/dev/null\";\nDir::Etc::sourceparts \"/dev/null\";\n",
		at("state"), at("status"), at("state/lists"), at("cache"))
	for _, folder := range []string{"state/lists/partial", "cache/archives/partial"} {
		if err := os.MkdirAll(at(folder), 0o700); err != nil {
			return b, err
		}
	}
	for path, text := range map[string][]byte{
		b.definitions: document(definitions, number), b.host: line, b.aptConfig: []byte(config), at("status"): osvgen.Status(installed),
	} {
		if err := os.WriteFile(path, text, 0o600); err != nil {
			return b, err
		}
	}
	return b, peer.Patchcheck(ctx, b.patchcheck)
}

// record is the made-up host with the release of this machine.
func record(installed []osvgen.Installed, release string) ([]byte, error) {
	r := inventory.Record{Host: inventory.Host{ID: "made-up"}}
	s := &r.Snapshot
	s.Taken = time.Unix(1_750_000_000, 0)
	s.OS = inventory.OS{Family: "linux", ID: "debian"}
	s.Kernel.Machine = "x86_64"
	s.Files = []inventory.File{{Path: "/etc/debian_version", Size: int64(len(release)), Text: &release}}
	s.Scope.Files = []string{"/etc/debian_version"}
	s.Scope.Packages = []inventory.PackageScope{{Type: inventory.TypeDeb, All: true}}
	s.Scope.Evidence = []inventory.Evidence{inventory.EvidenceFlag, inventory.EvidenceMapped}
	for _, p := range installed {
		s.Packages = append(s.Packages, inventory.Package{
			Type: inventory.TypeDeb, Name: p.Name, Version: p.Version, Arch: "amd64", Source: p.Source, SourceVersion: p.SourceVersion,
		})
	}
	return r.Line()
}

// advisory is as much of osvgen's advisories as definitions are made of.
type advisory struct {
	ID       string
	Details  string
	Affected []struct {
		Package struct{ Ecosystem, Name string }
		Ranges  []struct{ Events []struct{ Fixed string } }
	}
}

// fixed returns the package and the version that mends it in the release of the
// made-up packages.
func (a *advisory) fixed() (name, version string) {
	for _, affected := range a.Affected {
		if affected.Package.Ecosystem != "Debian:12" {
			continue
		}
		for _, r := range affected.Ranges {
			for _, e := range r.Events {
				if e.Fixed != "" {
					return affected.Package.Name, e.Fixed
				}
			}
		}
	}
	return "", ""
}

// advisories yields n advisories that have a fixed version.
func advisories(n int, yield func(i int, a *advisory, name, version string)) {
	i := 0
	for _, text := range osvgen.Advisories(3*n, 1) {
		if i == n {
			return
		}
		var a advisory
		if err := json.Unmarshal(text, &a); err != nil {
			continue // osvgen's own always parse
		}
		if name, version := a.fixed(); name != "" {
			yield(i, &a, name, version)
			i++
		}
	}
}
