package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/fettle-dev/fettle/examples/internal/plaintext"
	"github.com/fettle-dev/fettle/schedule"
)

const compareUsage = `usage: windowcalc compare OLD NEW -hosts FILE [-by T] [-from T] [-class C] [-severity S] [-install D] [-restart D] [-json]

What changes for a fleet from one set of policies to another: the fields that
differ, for how many hosts, and which hosts could start such a patch sooner,
later, no longer, or only now. OLD and NEW are a file, several separated by
commas, or a folder. Without -by, 30 days from -from on are looked at.

  windowcalc compare policies/ proposed/ -hosts fleet.jsonl -from 2026-11-10 -by 2026-11-17
  windowcalc compare global.json,old.json global.json,new.json -hosts fleet.jsonl -by 2026-11-17
`

func runCompare(args []string, _ io.Reader, out, errs io.Writer) int {
	f := flags("compare", compareUsage)
	ask := addQuestion(f)
	ask.horizon = 30 * 24 * time.Hour
	var sets []string
	for len(args) > 0 && len(sets) < 2 && !strings.HasPrefix(args[0], "-") {
		sets, args = append(sets, args[0]), args[1:]
	}
	if status, ok := parse(f, args, out, errs); !ok {
		return status
	}
	if len(sets) != 2 {
		misused(errs, f, errors.New("want OLD and NEW before the flags"))
		return exitUsage
	}
	q, err := ask.question()
	if err != nil {
		return complainAll(errs, err)
	}
	before, errOld := readLayers(strings.Split(sets[0], ","))
	after, errNew := readLayers(strings.Split(sets[1], ","))
	where, errWhere := readConditions(before, after)
	if err := errors.Join(errOld, errNew, errWhere); err != nil {
		return complainAll(errs, err)
	}
	var failed error
	got, err := schedule.Compare(before, after, fleet(*ask.hosts, where, &failed), loadZone, q,
		&schedule.ForecastOptions{Listed: *ask.listed, Merge: where.options()})
	if err == nil {
		err = failed
	}
	if err != nil {
		return complainAll(errs, err)
	}
	if *ask.asJSON {
		if err := json.NewEncoder(out).Encode(got); err != nil {
			complain(errs, err)
			return exitFailed
		}
		return exitOK
	}
	writeComparison(plaintext.Writer{Writer: out}, &got)
	return exitOK
}

func writeComparison(out io.Writer, c *schedule.Comparison) {
	fmt.Fprintf(out, "of %s concerned: %d\n", plaintext.Count(c.Hosts, "host"), c.Changed)
	fmt.Fprintf(out, "can start sooner %d, later %d, at the same time %d; no longer %d, only now %d, neither before nor after %d\n",
		c.Sooner, c.Later, c.Same, c.Lost, c.Gained, c.Neither)
	if len(c.Fields) > 0 {
		fmt.Fprintln(out, "\nfields:")
	}
	said := func(v string) string {
		if v == "" {
			return "nothing"
		}
		return v
	}
	for _, fc := range c.Fields {
		fmt.Fprintf(out, "  %s: %s -> %s (%s)\n", fc.Field, said(fc.Old), said(fc.New), plaintext.Count(fc.Hosts, "host"))
	}
	stamp := func(t time.Time) string {
		if t.IsZero() {
			return "never"
		}
		return t.Format(time.RFC3339)
	}
	if len(c.Moved) > 0 {
		fmt.Fprintf(out, "\nhosts (%d of %d):\n", len(c.Moved), c.Sooner+c.Later+c.Lost+c.Gained)
	}
	for _, m := range c.Moved {
		fmt.Fprintln(out, strings.TrimRight(fmt.Sprintf("  %s\t%s\t%s: %s -> %s %s %s",
			m.Host, m.Site, m.Change, stamp(m.Old), stamp(m.New), m.Code, m.Detail), " "))
	}
}
