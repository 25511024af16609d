package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/applicability"
	"github.com/fettle-dev/fettle/applicability/baseline"
	"github.com/fettle-dev/fettle/examples/internal/plaintext"
	"github.com/fettle-dev/fettle/examples/internal/statusline"
)

// since is what happened to a host in between: to the patches, and to the
// checks of baselines.
type since struct {
	*applicability.Comparison
	Drift []baseline.Drift `json:"drift,omitempty"`
}

// compareWith judges the older record of -diff by the same catalogue.
func (p program) compareWith(o options, a *answer) (*since, error) {
	files := opener{statusline.New(p.bar, p.terminal)}
	defer files.line.Done()
	older := o
	older.host = o.diff
	h, err := loadHost(older, files)
	if err != nil {
		return nil, err
	}
	old, now := h.record.Host.ID, a.host.record.Host.ID
	if old != "" && now != "" && old != now {
		fmt.Fprintf(p.errOut, "patchcheck: -diff: %q and %q are two hosts by their ids\n", old, now)
	}
	h.record.Snapshot.Sort()
	a.host.record.Snapshot.Sort()
	present := applicability.Past{Catalog: a.catalog, Record: &a.host.record, Assessment: a.assessment}
	s := &since{Comparison: applicability.Compare(a.catalog.Judge(&h.record, o.at), present, nil)}
	if a.assessor != nil {
		h.record.Host.ID = now // it is one host: the command line says so
		s.Drift, err = a.assessor.Drift(&h.record, &a.host.record, o.at)
	}
	return s, err
}

// printDiff writes what happened to the patches and checks of the host since
// -diff.
func printDiff(out io.Writer, a *answer) error {
	c := a.since
	if a.options.json {
		enc := json.NewEncoder(out)
		enc.SetEscapeHTML(false)
		return enc.Encode(c)
	}
	out = plaintext.Writer{Writer: out}
	for _, f := range c.Fallen {
		fmt.Fprintf(out, "counter %s fell from %d to %d: the host went back to an older state of itself\n", f.Name, f.Before, f.After)
	}
	if c.Reversed {
		fmt.Fprintln(out, "the host of -diff was seen later than the other one")
	}
	for i := range c.Drift {
		printDrift(out, &c.Drift[i])
	}
	drifted := map[fettle.PatchID]bool{}
	for _, d := range c.Drift {
		drifted[d.Patch] = true
	}
	for _, s := range c.Shifts {
		if drifted[s.Patch] {
			continue // said as a check
		}
		fmt.Fprintf(out, "%s: %s, %s to %s\n", s.Kind, s.Patch, s.Before, s.After)
		for _, why := range s.Why {
			fmt.Fprintf(out, "    %s\n", applicability.ShiftText(why))
		}
	}
	printChanges(out, a)
	return nil
}

// printDrift writes one check that moved, with the criteria that moved it.
func printDrift(out io.Writer, d *baseline.Drift) {
	fmt.Fprintf(out, "%s: %s, %s to %s", d.Way, d.Patch, d.Before, d.After)
	if d.Title != "" {
		fmt.Fprintf(out, ": %s", d.Title)
	}
	fmt.Fprintln(out)
	for _, m := range d.Moved {
		fmt.Fprintf(out, "    %s: %s (%s) to %s (%s)\n", m.Criterion, m.From, seenText(m.Before), m.To, seenText(m.After))
	}
	for _, r := range d.Reasons {
		fmt.Fprintf(out, "    now: %s\n", baseline.ReasonText(r))
	}
}

func seenText(seen []applicability.Seen) string {
	if len(seen) == 0 {
		return "nothing seen"
	}
	values := make([]string, len(seen))
	for i, s := range seen {
		values[i] = s.Value
	}
	return "saw " + strings.Join(values, ", ")
}

// printChanges writes the closing line.
func printChanges(out io.Writer, a *answer) {
	c := a.since
	fmt.Fprintf(out, "%s judged on both sides, %s", plaintext.Count(a.catalog.Len(), "patch"), plaintext.Count(len(c.Shifts), "change"))
	for k := applicability.Regressed; k <= applicability.Gone; k++ {
		if n := len(c.Of(k)); n > 0 {
			fmt.Fprintf(out, ", %d %s", n, k)
		}
	}
	ways := map[baseline.Way]int{}
	for _, d := range c.Drift {
		ways[d.Way]++
	}
	if a.assessor != nil {
		fmt.Fprintf(out, "; %s moved", plaintext.Count(len(c.Drift), "check"))
	}
	for w := baseline.Moving; w <= baseline.Left; w++ {
		if ways[w] > 0 {
			fmt.Fprintf(out, ", %d %s", ways[w], w)
		}
	}
	if c.Rebooted != fettle.Unknown {
		fmt.Fprintf(out, "; rebooted in between: %s", c.Rebooted)
	}
	fmt.Fprintln(out)
}
