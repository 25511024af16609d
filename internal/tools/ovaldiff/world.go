//go:build linux

package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"

	"github.com/fettle-dev/fettle/inventory"
	"github.com/fettle-dev/fettle/inventory/dpkg"
)

// What the made-up host has, and what documents ask for.
var (
	installed = []struct{ name, arch, version, status string }{
		{"alpha", "amd64", "1.0-1", "install ok installed"},
		{"beta", "all", "2:1.10-1~rc1", "install ok installed"},
		{"gamma", "amd64", "1.9", "install ok installed"},
		{"delta", "amd64", "0.1+git2024-2.1", "hold ok installed"},
		{"epsilon", "amd64", "3.0-1", "deinstall ok config-files"},
		{"zeta-dev", "amd64", "1.0-1+deb12u2", "install ok installed"},
		{"zeta", "all", "1.0-1+b1", "install ok installed"},
		{"eta", "amd64", "1.2.3-4", "install ok unpacked"},
		{"libx2.0-0", "amd64", "7-1", "install ok installed"},
	}
	names      = []string{"alpha", "beta", "gamma", "delta", "epsilon", "zeta", "zeta-dev", "eta", "absent", "Alpha"}
	versions   = []string{"1.0", "1.9", "1.10", "7", "1.2.3", "01.0", "1.0.0", "2"}
	debianEVRs = []string{"0:1.0-1", "1.0-1", "2:1.10-1", "2:1.10-1~rc1", "0:1.9", "1.9", "0:1.2.3-4", "7-1", "0:1.0-1+deb12u1", "0:0.1+git2024-2.1", "1:0"}
	evrs       = []string{"0:1.0-1", "2:1.10-1", "2:1.10-1~rc1", "0:1.9-1", "0:1.2.3-4.el8", "0:1.2.3-4.el8_5", "1:0-0", "0:1.0-1^git1", "0:1.0-01"} // oscap 1.3.7 does not take a missing epoch for 0
	floats     = []string{"1.0", "0", "1", "-2.5", "1e1", "10", "7.25"}

	valuePatterns = []string{"^a", "a$", "^alpha$", "[0-9]+", `^\d+(\.\d+)*$`, "", ".", "^(alpha|beta)$", "A", "(?i)ALPHA", `\.`, `\s`, "one|two", "^[^=]+=", `^$`, "x$"}

	contents = map[string]string{
		"one.conf": "one=1\ntwo = 2\n# two = 3\n\nthree=\n", "two.conf": "two=1.5", "empty.conf": "", "lines.txt": "\n\na\n\n", "crlf.txt": "one=a\r\ntwo=b\r\n",
		"deep/one.conf": "one=7\nALPHA=alpha\nalpha=ALPHA\n", "deep/er/one.conf": "one=0\none=1\none=1\n", "deep/er/other.list": "x\n  y\t\n", "utf8.txt": "ä=ö\n\u2028two\u00a0=2\n",
		"side/versions": "v1.2.3-4\nv 1.10\nv01.0\n1.0\n", "only": "\n",
	}
	paths          = []string{"one.conf", "two.conf", "empty.conf", "lines.txt", "crlf.txt", "deep/one.conf", "deep/er/one.conf", "utf8.txt", "side/versions", "only", "absent", "deep"}
	pathPatterns   = []string{`.*\.conf$`, `deep/.*$`, `[^/]+\.txt$`, `(one|two)\.conf$`, `deep(/er)?/one\.conf`, `side/v.*s`, `.`, `only$|^/nowhere$`}
	folderNames    = []string{"", "deep", "deep/er", "side", "absent", "one.conf", "deep/"}
	folderPatterns = []string{`deep$`, `deep`, `d.*r$`, `(side|deep)$`}
	fileNames      = []string{"one.conf", "two.conf", "other.list", "versions", "absent", "er"}
	namePatterns   = []string{`\.conf$`, `^one`, `^.*$`, `^[a-z]+$`, `o`}

	textPatterns = []string{
		`^one\s*=\s*(\d+)$`, `^(\w+)\s*=\s*(\S*)`, `^\s*#.*$`, `(one)|(two)`, `(?:^|\n)two\s*=\s*([^\n]*)`, `alpha`, `(?i)alpha=(.*)$`, `^v\s*([\d.]+)(-(\d+))?$`,
		`x`, `=(.*)\n`, `two.*\z`, `^[^#\n]+$`, `1$`, `\n$`, `^\s*y\s*$`, `ä`, `(a)|(b)|(c)?=`, `1.*2`, `\d+\Z`, `^.+$`,
	}
)

// world is a folder of made-up files and a made-up list of packages.
type world struct {
	dir, aptConfig string
	listing        inventory.Listing
	rpms           []inventory.Package // nil: there is no database of them
}

func newWorld(ctx context.Context) (*world, error) {
	dir, err := os.MkdirTemp("", "ovalworld")
	if err != nil {
		return nil, err
	}
	w := &world{dir: dir, aptConfig: filepath.Join(dir, "apt.conf")}
	if err := w.fill(); err != nil {
		return w, err
	}
	return w, w.fillRPM(ctx)
}

// environment says to oscap where the made-up packages are.
func (w *world) environment() []string { return []string{"APT_CONFIG=" + w.aptConfig, "HOME=" + w.dir} }

func (w *world) fill() error {
	at := func(name string) string { return filepath.Join(w.dir, name) }
	write := func(name, text string) error {
		if err := os.MkdirAll(filepath.Dir(at(name)), 0o700); err != nil {
			return err
		}
		return os.WriteFile(at(name), []byte(text), 0o600)
	}
	for name, text := range contents {
		if err := write("files/"+name, text); err != nil {
			return err
		}
	}
	var status strings.Builder
	for _, p := range installed {
		fmt.Fprintf(&status, "Package: %s\nStatus: %s\nPriority: optional\nSection: libs\nInstalled-Size: 1\nMaintainer: Nobody <nobody@example.org>\n"+
			"Architecture: %s\nVersion: %s\nDescription: made up\n\n", p.name, p.status, p.arch, p.version)
	}
	for _, folder := range []string{"state/lists/partial", "cache/archives/partial"} {
		if err := os.MkdirAll(at(folder), 0o700); err != nil {
			return err
		}
	}
	if err := write("status", status.String()); err != nil {
		return err
	}
	var err error
	if w.listing, err = dpkg.Parse(strings.NewReader(status.String()), "status", nil); err != nil {
		return err
	}
	return write("apt.conf", fmt.Sprintf("Dir::State %q;\nDir::State::status %q;\nDir::State::Lists %q;\nDir::Cache %q;\nDir::Etc::sourcelist \"/dev/null\";\nDir::Etc::sourceparts \"/dev/null\";\n",
		at("state"), at("status"), at("state/lists"), at("cache")))
}

// observe makes the record of this machine with the made-up packages.
func (w *world) observe(ctx context.Context, needs inventory.Needs) (*inventory.Record, error) {
	needs.Packages = nil
	r, err := observe(ctx, needs)
	if err != nil {
		return nil, err
	}
	r.Snapshot.Add(w.listing)
	if w.rpms != nil {
		r.Snapshot.Add(inventory.Listing{Packages: w.rpms, Scope: inventory.PackageScope{Type: inventory.TypeRPM, All: true}})
	}
	r.Snapshot.Sort()
	return r, nil
}

// madeUp compares made-up documents.
func (c *comparison) madeUp(ctx context.Context, n int, seed uint64) error {
	w, err := newWorld(ctx)
	if w != nil {
		defer os.RemoveAll(w.dir)
	}
	if err != nil {
		return err
	}
	for i := range uint64(n) {
		text := document(rand.New(rand.NewPCG(seed+i, 1)), filepath.Join(w.dir, "files"), w.rpms != nil)
		name := fmt.Sprintf("seed-%d.xml", seed+i)
		if err := c.compare(ctx, name, []byte(text), w.environment(), w.observe); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}
