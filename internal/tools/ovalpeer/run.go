//go:build linux

package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"

	"github.com/fettle-dev/fettle/feed/oval"
	"github.com/fettle-dev/fettle/internal/tools/peer"
	"github.com/fettle-dev/fettle/inventory"
)

// evaluate writes the result of each definition on the host of a file.
func evaluate(w io.Writer, definitions, host string) error {
	document, err := oval.Open(os.DirFS(filepath.Dir(definitions)), filepath.Base(definitions), &oval.Options{Run: together})
	if err != nil {
		return err
	}
	file, err := os.Open(host)
	if err != nil {
		return err
	}
	defer file.Close()
	out := bufio.NewWriter(w)
	for r, err := range inventory.NewReader(file, host, nil).All() {
		if err != nil {
			return err
		}
		e := document.Evaluate(&r, nil)
		for _, d := range document.Definitions {
			fmt.Fprintf(out, "Definition %s: %s\n", d.ID, e.Definition(d.ID))
		}
	}
	return out.Flush()
}

// together calls do for 0 to n-1 on all processors.
func together(n int, do func(i int)) {
	var next atomic.Int64
	var workers sync.WaitGroup
	for range min(n, runtime.GOMAXPROCS(0)) {
		workers.Go(func() {
			for i := next.Add(1) - 1; int(i) < n; i = next.Add(1) - 1 {
				do(int(i))
			}
		})
	}
	workers.Wait()
}

// runLibrary takes every definition that package feed/oval finds true.
func runLibrary(ctx context.Context, b bench) (peer.Measured, error) {
	self, err := os.Executable()
	if err != nil {
		return peer.Measured{}, err
	}
	return results("feed/oval", exec.CommandContext(ctx, self, "-library", b.definitions, b.host))
}

// runPatchcheck takes every definition to which the host is exposed.
func runPatchcheck(ctx context.Context, b bench) (peer.Measured, error) {
	m, out, err := peer.Run("patchcheck", exec.CommandContext(ctx, b.patchcheck, "-host", b.host, "-feed", "oval:"+b.definitions, "-json"), 1)
	if err != nil {
		return m, err
	}
	for line := range bytes.Lines(out) {
		var finding struct{ Patch, Exposed string }
		if err := json.Unmarshal(line, &finding); err != nil {
			return m, err
		}
		switch finding.Exposed {
		case "yes":
			m.Findings = append(m.Findings, finding.Patch)
		case "unknown":
			return m, fmt.Errorf("%s is unknown", finding.Patch)
		}
	}
	m.Settle()
	return m, nil
}

// runOscap takes every definition that is true.
func runOscap(ctx context.Context, oscap string, b bench) (peer.Measured, error) {
	cmd := exec.CommandContext(ctx, oscap, "oval", "eval", "--skip-validation", b.definitions)
	cmd.Env = append(os.Environ(), "APT_CONFIG="+b.aptConfig)
	return results("oscap", cmd)
}

// results takes every definition that a program says is true.
func results(name string, cmd *exec.Cmd) (peer.Measured, error) {
	m, out, err := peer.Run(name, cmd, 0)
	if err != nil {
		return m, err
	}
	found := 0
	for line := range bytes.Lines(out) {
		rest, ok := bytes.CutPrefix(bytes.TrimSpace(line), []byte("Definition "))
		if !ok {
			continue
		}
		id, result, ok := bytes.Cut(rest, []byte(": "))
		switch {
		case !ok || string(result) != "true" && string(result) != "false":
			return m, fmt.Errorf("%s says %q", name, line)
		case string(result) == "true":
			m.Findings = append(m.Findings, string(id))
		}
		found++
	}
	if found == 0 {
		return m, fmt.Errorf("%s gives no result: %.500q", name, out)
	}
	m.Settle()
	return m, nil
}
