package main

import (
	"fmt"
	"io"

	"github.com/fettle-dev/fettle/examples/internal/plaintext"
	"github.com/fettle-dev/fettle/schedule"
)

const whyUsage = `usage: windowcalc why -policy FILE... [-field PATH] [-host FILE]

How a policy comes by a field: the layers that speak of it, in order of effect,
what each said, which one won, and who holds a lock. PATH is a field such as
rules.security.hard, or the beginning of several, such as rules.security; none
means every field. Without -host the layers are merged for a made-up host that
as many of them as possible are for, and of which every where holds.

  windowcalc why -policy global.json laptops.json -field rules.security.hard
  windowcalc why -policy policies/ -field rules -host laptop.json
`

func runWhy(args []string, _ io.Reader, out, errs io.Writer) int {
	f := flags("why", whyUsage)
	var files policyFlags
	files.add(f)
	field := once(f, "field", "the `PATH` of a field, or the beginning of several")
	host := once(f, "host", "the host's `FILE`")
	if status, ok := parse(f, spread(args), out, errs); !ok {
		return status
	}
	var p *schedule.Policy
	var err error
	if *host != "" {
		p, _, err = merged(&files, *host)
	} else {
		p, err = sampled(&files)
	}
	if err != nil {
		return complainAll(errs, err)
	}
	out = plaintext.Writer{Writer: out}
	list, err := p.Why(*field)
	if err != nil {
		return complainAll(errs, err)
	}
	if *host == "" {
		fmt.Fprintf(out, "for the made-up host %s\n", p.Host())
	}
	for _, w := range list {
		fmt.Fprint(out, w)
	}
	return exitOK
}

// sampled merges the layers for the made-up host that most of them are for.
func sampled(files *policyFlags) (*schedule.Policy, error) {
	layers, _, err := files.layers()
	if err != nil {
		return nil, err
	}
	var best *schedule.Policy
	var failed error
	for _, h := range schedule.SampleHosts(layers, "UTC") {
		p, err := schedule.Merge(layers, h, loadZone, madeUp())
		if err != nil {
			failed = err
			continue
		}
		if best == nil || len(p.Layers()) > len(best.Layers()) {
			best = p
		}
	}
	if failed != nil {
		return nil, failed
	}
	return best, nil
}
