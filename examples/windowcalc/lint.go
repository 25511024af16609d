package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/fettle-dev/fettle/examples/internal/plaintext"
	"github.com/fettle-dev/fettle/schedule"
)

const lintUsage = `usage: windowcalc lint -policy FILE... [-hosts FILE] [-from T] [-install D] [-restart D] [-poll D] [-json]

What the policies say and probably do not mean, over the 12 months from T:
deadlines before which no window opens, windows shorter than the estimate or
wholly inside freezes, hosts that sleep through a window, budgets beyond the
deadline, rules without a window, locks in conflict, unknown zones, and every
night on which a change of clocks touches a window. Each finding is told once,
with the first host that it was made on.

Without -hosts the layers are tried on made-up hosts, one for each combination
of layers, and of which every where holds. Exit status: 0 nothing found, 1 something found, 2 nothing was read.

  windowcalc lint -policy global.json laptops.json
  windowcalc lint -policy policies/ -hosts fleet.jsonl -from 2026-01-01 -poll 4h
`

func runLint(args []string, _ io.Reader, out, errs io.Writer) int {
	f := flags("lint", lintUsage)
	var files policyFlags
	files.add(f)
	hosts := once(f, "hosts", "a `FILE` of hosts, as inventory records")
	fromText := once(f, "from", "the instant `T` from which on to look (default now)")
	zone := f.String("zone", "UTC", "the `ZONE` of made-up hosts")
	opt := &schedule.LintOptions{}
	f.DurationVar(&opt.Install, "install", 30*time.Minute, "what an installation takes")
	f.DurationVar(&opt.Restart, "restart", 10*time.Minute, "what a restart takes")
	f.DurationVar(&opt.Poll, "poll", time.Hour, "how often a host asks")
	asJSON := f.Bool("json", false, "print one JSON object a finding")
	if status, ok := parse(f, spread(args), out, errs); !ok {
		return status
	}
	from, err := when("from", *fromText, time.Now())
	if err != nil {
		return complainAll(errs, err)
	}
	layers, where, err := files.layers()
	if err != nil {
		return complainAll(errs, err)
	}
	if _, err := loadZone(*zone); err != nil {
		return complainAll(errs, err)
	}
	list, merge := schedule.SampleHosts(layers, *zone), madeUp()
	if *hosts != "" {
		list, merge = slices.Collect(fleet(*hosts, where, &err)), where.options()
		if err != nil {
			return complainAll(errs, err)
		}
	}
	found := schedule.LintLayers(layers, list, loadZone, from, opt, merge)
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	for _, finding := range found {
		if !*asJSON {
			fmt.Fprintf(plaintext.Writer{Writer: out}, "%s (host %s)\n", finding, finding.Host)
			continue
		}
		if err := enc.Encode(finding); err != nil {
			complain(errs, err)
			return exitFailed
		}
	}
	if len(found) > 0 {
		return exitFailed
	}
	if !*asJSON {
		fmt.Fprintf(out, "nothing found in %s, tried on %s\n", plaintext.Count(len(layers), "layer"), plaintext.Count(len(list), "host"))
	}
	return exitOK
}
