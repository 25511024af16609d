//go:build linux

// Package peer runs fettle's programs and others on the same input, one after
// the other, and compares what they took and what they found.
package peer

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"time"
)

// Measured is one run of a program, or the median of several.
type Measured struct {
	Name     string
	Took     time.Duration
	Peak     int64    // bytes of resident memory
	Findings []string // sorted, each once
}

// Settle sorts the findings and keeps each once.
func (m *Measured) Settle() {
	slices.Sort(m.Findings)
	m.Findings = slices.Compact(m.Findings)
}

// Medians runs several programs by turns, so that all have the same weather,
// and returns the run of median time of each.
func Medians(runs int, programs ...func() (Measured, error)) ([]Measured, error) {
	all := make([][]Measured, len(programs))
	for range runs {
		for i, run := range programs {
			m, err := run()
			if err != nil {
				return nil, err
			}
			all[i] = append(all[i], m)
		}
	}
	medians := make([]Measured, len(programs))
	for i := range all {
		slices.SortFunc(all[i], func(a, b Measured) int { return int(a.Took - b.Took) })
		medians[i] = all[i][runs/2]
	}
	return medians, nil
}

// Table writes what all took under a title, beside how many times as long the
// last one took, and fails where findings differ from those of the last.
func Table(w io.Writer, title string, runs int, all []Measured) error {
	theirs := all[len(all)-1]
	fmt.Fprintf(w, "| %s | median of %d | peak memory | findings | %s takes |\n| --- | --- | --- | --- | --- |\n", title, runs, theirs.Name)
	for _, m := range all {
		fmt.Fprintf(w, "| %s | %.2f s | %d MB | %d | %.1f times as long |\n", m.Name, m.Took.Seconds(), m.Peak>>20, len(m.Findings), theirs.Took.Seconds()/m.Took.Seconds())
	}
	for _, m := range all {
		if !slices.Equal(m.Findings, theirs.Findings) {
			return fmt.Errorf("the findings differ: only of %s %v; only of %s %v",
				m.Name, few(minus(m.Findings, theirs.Findings)), theirs.Name, few(minus(theirs.Findings, m.Findings)))
		}
	}
	_, err := fmt.Fprintln(w, "\nthe findings are the same")
	return err
}

// Patchcheck builds patchcheck at path.
func Patchcheck(ctx context.Context, path string) error {
	build := exec.CommandContext(ctx, "go", "build", "-o", path, "github.com/fettle-dev/fettle/examples/patchcheck")
	build.Stderr = os.Stderr
	return build.Run()
}

func minus(a, b []string) []string {
	return slices.DeleteFunc(slices.Clone(a), func(s string) bool {
		_, found := slices.BinarySearch(b, s)
		return found
	})
}

func few(all []string) []string { return all[:min(len(all), 5)] }
