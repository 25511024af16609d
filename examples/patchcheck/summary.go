package main

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/applicability"
	"github.com/fettle-dev/fettle/examples/internal/plaintext"
)

// printSummary writes counts only.
func printSummary(out io.Writer, a *answer) {
	printHost(out, a)
	fmt.Fprintln(out)
	rows := [][]string{{"VERDICT", "PATCHES"}}
	for v := range applicability.Verdicts {
		rows = append(rows, []string{applicability.Verdict(v).String(), strconv.Itoa(a.assessment.Counts[v])})
	}
	slices.SortStableFunc(rows[1:], func(x, y []string) int {
		return cmp.Compare(order(verdictOf(x[0])), order(verdictOf(y[0])))
	})
	printRows(out, rows)
	fmt.Fprintln(out)
	printCounts(out, a)
}

func verdictOf(word string) (v applicability.Verdict) {
	_ = v.UnmarshalText([]byte(word)) // it was written by String
	return v
}

// printHost says whose patches these are and what they were judged by.
func printHost(out io.Writer, a *answer) {
	s := &a.host.record.Snapshot
	name := cmp.Or(a.host.record.Host.Name, string(a.host.record.Host.ID), "a host without a name")
	system := cmp.Or(s.OS.Name, s.OS.ID, "system not stated")
	rows := [][]string{
		{"host", fmt.Sprintf("%s, %s, %s", name, system, plaintext.Count(len(s.Packages), "package"))},
		{"from", a.host.source + ": " + a.host.report.String()},
	}
	for _, f := range a.feeds {
		rows = append(rows, []string{"feed", f.Name + ": " + f.Tally.String()})
		for _, note := range slices.Sorted(maps.Keys(f.Tally.Notes)) {
			rows = append(rows, []string{"", fmt.Sprintf("  noted: %s (%d)", note, f.Tally.Notes[note])})
		}
		if f.Insecure {
			rows = append(rows, []string{"", "  NOT VERIFIED: signatures and dates were not checked (-insecure)"})
		}
	}
	rows = append(rows, []string{"as of", a.options.at.UTC().Format("2006-01-02 15:04 UTC")})
	printRows(out, rows)
}

// printCounts writes the closing lines.
func printCounts(out io.Writer, a *answer) {
	c := &a.assessment.Counts
	packages := map[string]bool{}
	for _, f := range a.assessment.Findings {
		if f.Verdict != applicability.Needed {
			continue
		}
		for _, p := range a.catalog.Packages(a.facts, f) {
			packages[p.Name+":"+p.Arch] = true
		}
	}
	fmt.Fprintf(out, "%s judged: %d needed (%s), %d blocked, %d waiting for a restart, %d unknown, %d superseded, %d installed, %d not applicable\n",
		plaintext.Count(a.catalog.Len(), "patch"), c[applicability.Needed], plaintext.Count(len(packages), "package"), c[applicability.Blocked], c[applicability.PendingRestart],
		c[applicability.VerdictUnknown], c[applicability.Superseded], c[applicability.Installed], c[applicability.NotApplicable])
	fmt.Fprintf(out, "exposed without them: yes %d, no %d, unknown %d\n",
		a.assessment.Exposed[fettle.Yes], a.assessment.Exposed[fettle.No], a.assessment.Exposed[fettle.Unknown])
}
