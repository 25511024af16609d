package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/applicability/lint"
	"github.com/fettle-dev/fettle/examples/internal/plaintext"
	"github.com/fettle-dev/fettle/examples/internal/statusline"
)

// lintFeeds carries out -lint: it reasons about feeds and baselines, no host is
// read. The exit status is 1 where anything but notes was found.
func (p program) lintFeeds(ctx context.Context, o options) (int, error) {
	files := opener{statusline.New(p.bar, p.terminal)}
	feeds, _, err := loadPatches(ctx, o, false, files)
	files.line.Done()
	if err != nil {
		return noAnswer, err
	}
	a := &answer{options: o, feeds: feeds.read}
	a.catalog, a.problems = feeds.compile()
	p.warn(&answer{feeds: a.feeds}) // what Compile refused is among the findings
	report := lint.Check(a.catalog, a.problems, nil)
	out := bufio.NewWriter(p.out)
	if o.json {
		err = lintJSON(out, report)
	} else {
		lintText(plaintext.Writer{Writer: out}, report)
	}
	if err = errors.Join(err, a.catalog.Damage(), out.Flush()); err != nil {
		return noAnswer, err
	}
	if a.catalog.Len() == 0 {
		return noAnswer, errors.New("-lint: the feeds hold no patch")
	}
	if slices.ContainsFunc(report.Findings, func(f lint.Finding) bool { return f.Grade > lint.Note }) {
		return somethingNeeded, nil
	}
	return nothingNeeded, nil
}

func lintJSON(out io.Writer, report *lint.Report) error {
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	for _, f := range report.Findings {
		if err := enc.Encode(f); err != nil {
			return err
		}
	}
	return nil
}

// lintText writes the findings with their witnesses, then counts. Notes are
// counted only.
func lintText(out io.Writer, report *lint.Report) {
	counts := map[string]int{}
	for _, f := range report.Findings {
		counts[f.Grade.String()+" "+f.Code]++
		if f.Grade == lint.Note {
			continue
		}
		fmt.Fprintln(out, f)
		if f.Witness != nil {
			for line := range strings.Lines(lint.WitnessText(f.Witness)) {
				fmt.Fprint(out, "    ", line)
			}
		}
	}
	fmt.Fprintf(out, "%s reasoned about, %s, %s undecided\n",
		plaintext.Count(report.Patches, "patch"), plaintext.Count(len(report.Findings), "finding"), plaintext.Count(report.Undecided, "question"))
	for _, what := range slices.Sorted(maps.Keys(counts)) {
		fmt.Fprintf(out, "  %s: %d\n", what, counts[what])
	}
}
