//go:build linux

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"

	"github.com/fettle-dev/fettle/internal/tools/peer"
)

// runPatchcheck takes every exposed patch with the sources of its packages:
// osv-scanner lists one binary package of each source.
func runPatchcheck(ctx context.Context, b bench) (peer.Measured, error) {
	m, out, err := peer.Run("patchcheck", exec.CommandContext(ctx, b.patchcheck,
		"-host", b.status, "-os", b.osRelease, "-feed", "osv:"+b.archive, "-json"), 1)
	if err != nil {
		return m, err
	}
	for line := range bytes.Lines(out) {
		var finding struct {
			Patch    string
			Exposed  string
			Packages []struct{ Name string }
		}
		if err := json.Unmarshal(line, &finding); err != nil {
			return m, err
		}
		if finding.Exposed != "yes" {
			continue
		}
		for _, p := range finding.Packages {
			m.Findings = append(m.Findings, finding.Patch+" "+b.source[p.Name])
		}
	}
	m.Settle()
	return m, nil
}

// runScanner takes every vulnerability with each source package that it is
// listed under.
func runScanner(ctx context.Context, scanner string, b bench) (peer.Measured, error) {
	cmd := exec.CommandContext(ctx, scanner, "scan", "source", "--offline-vulnerabilities", "--format", "json",
		"--verbosity", "error", "--experimental-plugins", "os/dpkg", "-L", "dpkg-status:"+b.status)
	cmd.Env = append(os.Environ(), "OSV_SCANNER_LOCAL_DB_CACHE_DIRECTORY="+b.cache)
	m, out, err := peer.Run("osv-scanner", cmd, 1)
	if err != nil {
		return m, err
	}
	var report struct {
		Results []struct {
			Packages []struct {
				Package         struct{ Name string }
				Vulnerabilities []struct{ ID string }
			}
		}
	}
	if err := json.Unmarshal(out, &report); err != nil {
		return m, fmt.Errorf("%w in %.200q", err, out)
	}
	for _, r := range report.Results {
		for _, p := range r.Packages {
			for _, v := range p.Vulnerabilities {
				m.Findings = append(m.Findings, v.ID+" "+p.Package.Name)
			}
		}
	}
	m.Settle()
	return m, nil
}
