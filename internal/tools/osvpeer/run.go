//go:build linux

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"syscall"
	"time"
)

// runPatchcheck takes every exposed patch with the sources of its packages:
// osv-scanner lists one binary package of each source.
func runPatchcheck(ctx context.Context, b bench) (measured, error) {
	m, out, err := timed(ctx, "patchcheck", exec.CommandContext(ctx, b.patchcheck,
		"-host", b.status, "-os", b.osRelease, "-feed", "osv:"+b.archive, "-json"))
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
			m.findings = append(m.findings, finding.Patch+" "+b.source[p.Name])
		}
	}
	m.settle()
	return m, nil
}

// runScanner takes every vulnerability with each source package that it is
// listed under.
func runScanner(ctx context.Context, scanner string, b bench) (measured, error) {
	cmd := exec.CommandContext(ctx, scanner, "scan", "source", "--offline-vulnerabilities", "--format", "json",
		"--verbosity", "error", "--experimental-plugins", "os/dpkg", "-L", "dpkg-status:"+b.status)
	cmd.Env = append(os.Environ(), "OSV_SCANNER_LOCAL_DB_CACHE_DIRECTORY="+b.cache)
	m, out, err := timed(ctx, "osv-scanner", cmd)
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
				m.findings = append(m.findings, v.ID+" "+p.Package.Name)
			}
		}
	}
	m.settle()
	return m, nil
}

func (m *measured) settle() {
	slices.Sort(m.findings)
	m.findings = slices.Compact(m.findings)
}

// timed runs a program to its end. An exit status of 1 says that something was
// found.
func timed(_ context.Context, name string, cmd *exec.Cmd) (measured, []byte, error) {
	var out, errOut bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errOut
	begun := time.Now()
	err := cmd.Run()
	m := measured{name: name, took: time.Since(begun)}
	if exit, ok := errors.AsType[*exec.ExitError](err); ok && exit.ExitCode() == 1 {
		err = nil
	}
	if err != nil {
		return m, nil, fmt.Errorf("%s: %w: %.2000s", name, err, errOut.String())
	}
	if usage, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage); ok {
		m.peak = usage.Maxrss << 10
	}
	return m, out.Bytes(), nil
}
