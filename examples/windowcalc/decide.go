package main

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/fettle-dev/fettle/examples/internal/plaintext"
	"github.com/fettle-dev/fettle/schedule"
)

const hostFileHelp = `
The host file is an inventory record with the host's situation beside it:

  {"version": 1,
   "host": {"id": "LDN-0042", "site": "london", "zone": "Europe/London", "labels": {"role": "laptop"}},
   "schedule": {
     "state": {"clock": "yes", "user": "yes", "network": "lan",
               "conditions": {"disk-free": "yes"}, "events": {"logon": "2026-11-11T08:30:00Z"},
               "online": "2026-11-11T08:25:00Z", "restart": {"pending": "no"}},
     "items": [{"patch": "KB5034441", "class": "security", "severity": "high", "released": "2026-11-10T18:00:00Z",
                "stage": "downloaded", "grant": "yes", "ring": "yes", "restart": "host", "installTime": "20m"}],
     "ledger": {}}}

What is left out is unknown: an unknown clock opens no window, an unknown user
is taken to be there, an unknown condition does not hold, a grant that is not
"yes" is none. The where of a layer is a footprint, such as "deb:postgresql-15"
or "os.id = debian and label.role = db", held against the record's snapshot.
`

const decideUsage = `usage: windowcalc decide -policy FILE... -host FILE [-now T] [-json]

What to do now on a host: the decision, its reasons, when it can change, and
what besides time would change it.

  windowcalc decide -policy global.json laptops.json -host laptop.json -now 2026-11-11T09:05:00Z
  windowcalc decide -policy policies/ -host laptop.json -json
` + hostFileHelp

// merged reads policies and a host, and makes the policy of the host.
func merged(files *policyFlags, hostName string) (*schedule.Policy, *hostFile, error) {
	layers, where, err := files.layers()
	if err != nil {
		return nil, nil, err
	}
	h, err := oneHost(hostName)
	if err != nil {
		return nil, nil, err
	}
	if err := where.see(hostName, h); err != nil {
		return nil, nil, err
	}
	p, err := schedule.Merge(layers, h.attributes(), loadZone, where.options())
	return p, h, err
}

func runDecide(args []string, _ io.Reader, out, errs io.Writer) int {
	f := flags("decide", decideUsage)
	var files policyFlags
	files.add(f)
	host := once(f, "host", "the host's `FILE`")
	at := once(f, "now", "the instant `T` of the decision, RFC 3339 or a date (default now)")
	asJSON := f.Bool("json", false, "print the decision as JSON, with the ledger to keep")
	if status, ok := parse(f, spread(args), out, errs); !ok {
		return status
	}
	now, err := when("now", *at, time.Now())
	if err != nil {
		return complainAll(errs, err)
	}
	p, h, err := merged(&files, *host)
	if err != nil {
		return complainAll(errs, err)
	}
	d, err := p.Decide(h.situation.State, h.situation.Items, h.situation.Ledger, now)
	if err != nil {
		return complainAll(errs, err)
	}
	if *asJSON {
		enc := json.NewEncoder(out)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		if err := enc.Encode(&d); err != nil {
			complain(errs, err)
			return exitFailed
		}
		return exitOK
	}
	out = plaintext.Writer{Writer: out}
	fmt.Fprintf(out, "%s at %s: %s\n", h.Host.ID, now.UTC().Format(time.RFC3339), d.Action)
	writeDecision(out, &d)
	writeNext(out, p, &h.situation, &d, now)
	fmt.Fprintf(out, "zone rules: %s\n", d.ZoneRules)
	return exitOK
}

// writeDecision prints verdicts, choices and what would unblock.
func writeDecision(out io.Writer, d *schedule.Decision) {
	for _, v := range d.Verdicts {
		name := string(v.Patch)
		if name == "" {
			name = "restart"
		}
		fmt.Fprintf(out, "  %s: %s", name, v.Action)
		if v.Rule != "" {
			fmt.Fprintf(out, " (rule %s)", v.Rule)
		}
		if !v.Hard.IsZero() {
			fmt.Fprintf(out, ", hard deadline %s", v.Hard.Format(time.RFC3339))
		}
		fmt.Fprintln(out)
		for _, r := range v.Reasons {
			fmt.Fprintf(out, "    %-22s %s\n", r.Code, schedule.ReasonText(r))
		}
	}
	for _, c := range d.Choices {
		fmt.Fprintf(out, "  the user may choose: %s", choiceText(c))
		fmt.Fprintln(out)
	}
	if d.Action == schedule.RestartHost && d.Countdown != (schedule.Limit{}) {
		fmt.Fprintf(out, "  countdown before the restart: %s\n", d.Countdown)
	}
	if len(d.Unblock) > 0 {
		var list []string
		for _, r := range d.Unblock {
			list = append(list, schedule.ReasonText(r))
		}
		fmt.Fprintf(out, "would change it: %s\n", strings.Join(list, "; "))
	}
}

func choiceText(c schedule.Choice) string {
	what := string(c.Patch)
	if what == "" {
		what = "the restart"
	}
	switch c.Kind {
	case schedule.ChooseDefer:
		text := fmt.Sprintf("defer %s by at most %s (%s left)", what, c.Longest, c.Left)
		if !c.Latest.IsZero() {
			text += ", not past " + c.Latest.Format(time.RFC3339)
		}
		return text
	case schedule.ChooseRefuse:
		return fmt.Sprintf("refuse %s (%s left)", what, c.Left)
	default:
		return what + " now"
	}
}

// maxAhead bounds the steps and the time that writeNext looks ahead.
const (
	maxAheadSteps = 200
	maxAhead      = 400 * 24 * time.Hour
)

// writeNext prints when the answer can change, and when the action does.
func writeNext(out io.Writer, p *schedule.Policy, s *schedule.Situation, d *schedule.Decision, now time.Time) {
	if d.Next.IsZero() {
		fmt.Fprintln(out, "next: time alone never changes it")
		return
	}
	fmt.Fprintf(out, "next: the answer can change at %s\n", d.Next.Format(time.RFC3339))
	ahead := *s
	ahead.Ledger = d.Ledger
	n := 0
	for step, err := range p.Timeline(ahead, now, now.Add(maxAhead), nil) {
		if n++; err != nil || n > maxAheadSteps {
			return
		}
		if step.Decision.Action != d.Action {
			fmt.Fprintf(out, "      if nothing but time passes: %s from %s on\n", step.Decision.Action, step.At.Format(time.RFC3339))
			return
		}
	}
}
