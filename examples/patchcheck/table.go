package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/applicability"
	"github.com/fettle-dev/fettle/examples/internal/plaintext"
)

// order is the order of verdicts in the table: what asks for action first.
func order(v applicability.Verdict) int {
	return slices.Index([]applicability.Verdict{
		applicability.Needed, applicability.Blocked, applicability.PendingRestart, applicability.VerdictUnknown,
		applicability.Superseded, applicability.Installed, applicability.NotApplicable,
	}, v)
}

// printTable writes the host, the patches that ask for action, and the counts.
func printTable(out io.Writer, a *answer) {
	printHost(out, a)
	findings := listed(a)
	if len(findings) > 0 {
		fmt.Fprintln(out)
		rows := [][]string{{"VERDICT", "SEVERITY", "PATCH", "PACKAGE", "INSTALLED", "FIXED", "REMARKS"}}
		for _, f := range findings {
			rows = append(rows, a.rows(f)...)
		}
		printRows(out, rows)
	}
	fmt.Fprintln(out)
	printCounts(out, a)
}

// listed returns the findings for the table, in its order.
func listed(a *answer) []applicability.Finding {
	var list []applicability.Finding
	for i := range a.catalog.Len() {
		f := a.assessment.Of(i)
		if a.options.all || order(f.Verdict) < order(applicability.Superseded) {
			list = append(list, f)
		}
	}
	slices.SortStableFunc(list, func(x, y applicability.Finding) int {
		p, q := a.catalog.Patch(int(x.Patch)), a.catalog.Patch(int(y.Patch))
		return cmp.Or(
			cmp.Compare(order(x.Verdict), order(y.Verdict)),
			-cmp.Compare(p.Severity, q.Severity),
			cmp.Compare(p.ID, q.ID),
		)
	})
	return list
}

// rows are the lines of one finding: one a package, the first with the patch.
func (a *answer) rows(f applicability.Finding) [][]string {
	p := a.catalog.Patch(int(f.Patch))
	head := []string{f.Verdict.String(), p.Severity.String(), string(p.ID)}
	if p.Severity == fettle.SeverityUnknown {
		head[1] = "-"
	}
	var remarks []string
	for _, r := range a.catalog.Reasons(a.facts, f) {
		remarks = append(remarks, applicability.ReasonText(r))
	}
	remark := strings.Join(remarks, "; ")
	packages := a.catalog.Packages(a.facts, f)
	if len(packages) == 0 {
		return [][]string{append(head, "-", "-", "-", remark)}
	}
	var rows [][]string
	for _, pkg := range packages {
		name := pkg.Name
		if pkg.Arch != "" {
			name += ":" + pkg.Arch
		}
		rows = append(rows, append(slices.Clone(head), name, cmp.Or(pkg.Installed, "-"), cmp.Or(pkg.Fixed, "-"), remark))
		head, remark = []string{"", "", ""}, ""
	}
	return rows
}

// printRows writes rows in columns. What becomes of the output is told where it is
// flushed.
func printRows(out io.Writer, rows [][]string) { _ = plaintext.Table(out, rows) }
