package main

import (
	"encoding/json"
	"fmt"
	"io"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/applicability"
)

// compareWith judges the older record of -diff by the same catalogue.
func (p program) compareWith(o options, a *answer) (*applicability.Comparison, error) {
	files := opener{newProgress(p.errOut, p.terminal)}
	defer files.progress.done()
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
	return applicability.Compare(a.catalog.Judge(&h.record, o.at), present, nil), nil
}

// printDiff writes what happened to the patches of the host since -diff.
func printDiff(out io.Writer, a *answer) error {
	c := a.since
	if a.options.json {
		enc := json.NewEncoder(out)
		enc.SetEscapeHTML(false)
		return enc.Encode(c)
	}
	out = visible{out}
	for _, f := range c.Fallen {
		fmt.Fprintf(out, "counter %s fell from %d to %d: the host went back to an older state of itself\n", f.Name, f.Before, f.After)
	}
	if c.Reversed {
		fmt.Fprintln(out, "the host of -diff was seen later than the other one")
	}
	for _, s := range c.Shifts {
		fmt.Fprintf(out, "%s: %s, %s to %s\n", s.Kind, s.Patch, s.Before, s.After)
		for _, why := range s.Why {
			fmt.Fprintf(out, "    %s\n", applicability.ShiftText(why))
		}
	}
	fmt.Fprintf(out, "%d patches judged on both sides, %d changes", a.catalog.Len(), len(c.Shifts))
	for k := applicability.Regressed; k <= applicability.Gone; k++ {
		if n := len(c.Of(k)); n > 0 {
			fmt.Fprintf(out, ", %d %s", n, k)
		}
	}
	if c.Rebooted != fettle.Unknown {
		fmt.Fprintf(out, "; rebooted in between: %s", c.Rebooted)
	}
	fmt.Fprintln(out)
	return nil
}
