package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/applicability/baseline"
)

// loadBaselines reads the files of -baseline.
func loadBaselines(o options, files opener) ([]*baseline.Baseline, error) {
	var all []*baseline.Baseline
	for _, path := range o.baselines {
		f, err := files.open(path)
		if err != nil {
			return nil, err
		}
		b, err := baseline.Read(f, path)
		if err = errors.Join(err, f.Close()); err != nil {
			return nil, err
		}
		all = append(all, b)
	}
	return all, nil
}

// loadPatches reads the feeds and baselines of the command line; the checks are
// among the patches. With baselines alone, or an installer alone, no feed is read.
func loadPatches(ctx context.Context, o options, anySystem bool, files opener) (catalogueFeeds, []*baseline.Baseline, error) {
	var feeds catalogueFeeds
	baselines, err := loadBaselines(o, files)
	if err == nil && (len(o.feeds) > 0 || len(baselines) == 0 && o.installer == "") {
		feeds, err = loadFeeds(ctx, o, anySystem, files)
	}
	for _, b := range baselines {
		feeds.patches = append(feeds.patches, b.Patches()...)
	}
	return feeds, baselines, err
}

// statusOrder is the order of statuses in the table: what asks for action first.
var statusOrder = []baseline.Status{
	baseline.Unmet, baseline.PendingRestart, baseline.Unknown, baseline.Waived, baseline.Mitigated, baseline.Met, baseline.NotApplicable,
}

func statusRank(s baseline.Status) int { return slices.Index(statusOrder, s) }

// printBaseline writes the host, the checks and patches that ask for action or
// are excused, and the counts.
func printBaseline(out io.Writer, a *answer) {
	printHost(out, a)
	var results []baseline.Result
	for _, r := range a.report.Results {
		if a.options.all || statusRank(r.Status) < statusRank(baseline.Met) {
			results = append(results, r)
		}
	}
	slices.SortStableFunc(results, func(x, y baseline.Result) int {
		return cmp.Or(cmp.Compare(statusRank(x.Status), statusRank(y.Status)), -cmp.Compare(x.Severity, y.Severity))
	})
	if len(results) > 0 && !a.options.summary {
		fmt.Fprintln(out)
		rows := [][]string{{"STATUS", "SEVERITY", "CHECK OR PATCH", "TITLE", "REMARKS"}}
		for i := range results {
			rows = append(rows, statusRow(&results[i]))
		}
		printRows(out, rows)
	}
	fmt.Fprintln(out)
	printStatusCounts(out, a.report)
}

func statusRow(r *baseline.Result) []string {
	severity := r.Severity.String()
	if r.Severity == fettle.SeverityUnknown {
		severity = "-"
	}
	remarks := make([]string, len(r.Reasons))
	for i, reason := range r.Reasons {
		remarks[i] = baseline.ReasonText(reason)
	}
	return []string{r.Status.String(), severity, string(r.Patch), cmp.Or(r.Title, "-"), strings.Join(remarks, "; ")}
}

func printStatusCounts(out io.Writer, r *baseline.Report) {
	count := func(name string, by [baseline.Statuses]int) {
		var parts []string
		for _, s := range statusOrder {
			if by[s] > 0 {
				parts = append(parts, fmt.Sprintf("%d %s", by[s], s))
			}
		}
		if len(parts) > 0 {
			fmt.Fprintf(out, "%s: %s\n", name, strings.Join(parts, ", "))
		}
	}
	count("checks", r.Checks)
	count("patches", r.Patches)
	fmt.Fprintf(out, "exposed: %d, of them excused %d; conforms to its baselines: %s\n", r.Exposed[fettle.Yes],
		r.Checks[baseline.Waived]+r.Patches[baseline.Waived]+r.Checks[baseline.Mitigated]+r.Patches[baseline.Mitigated], r.Conforms())
}

// excused reports whether everything that the host is exposed to is covered by
// an exception.
func excused(r *baseline.Report) bool {
	return !slices.ContainsFunc(r.Results, func(result baseline.Result) bool {
		return result.Exposed == fettle.Yes && result.Exception == ""
	})
}

// assessBaselines holds the host against checks and exceptions, too.
func (a *answer) assessBaselines() { a.report = a.assessor.Assess(&a.host.record, a.options.at) }

// warnBaselines names what exceptions say of nothing.
func (p program) warnBaselines(a *answer) {
	for _, u := range a.assessor.Unmatched() {
		fmt.Fprintf(p.errOut, "patchcheck: exception %s names %s, and no patch or check has this id\n", u.Exception, u.Patch)
	}
}
