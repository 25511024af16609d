package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/examples/internal/plaintext"
	"github.com/fettle-dev/fettle/schedule"
)

const forecastUsage = `usage: windowcalc forecast -policy FILE... -hosts FILE -by T [-from T] [-class C] [-severity S] [-install D] [-restart D] [-json]

Which share of a fleet has a window, by a date, in which such a patch and its
restart fit: by site, and which hosts have none, and why. Hosts are inventory
records, a JSON object each.

  windowcalc forecast -policy policies/ -hosts fleet.jsonl -from 2026-11-10 -by 2026-11-17 -class security -severity critical
`

// questionFlags are the flags of what is asked of a fleet.
type questionFlags struct {
	by, from, class, severity, category, released *string
	install, restart                              *time.Duration
	hosts                                         *string
	listed                                        *int
	asJSON                                        *bool
	horizon                                       time.Duration // from -from to -by where that is not given; 0: required
}

func addQuestion(f *flag.FlagSet) *questionFlags {
	return &questionFlags{
		hosts:    once(f, "hosts", "a `FILE` of hosts, as inventory records"),
		by:       once(f, "by", "the instant `T` by which it has to be done, RFC 3339 or a date"),
		from:     once(f, "from", "the instant `T` from which on it may start (default now)"),
		class:    f.String("class", "security", "the patch's class"),
		severity: f.String("severity", "unknown", "the patch's severity"),
		category: once(f, "category", "the patch's category"),
		released: once(f, "released", "the instant `T` of its release; without it delays and cycles are left aside"),
		install:  f.Duration("install", 30*time.Minute, "what the installation takes"),
		restart:  f.Duration("restart", 10*time.Minute, "what the restart takes; 0: it needs none"),
		listed:   f.Int("listed", 20, "how many hosts to name"),
		asJSON:   f.Bool("json", false, "print one JSON object"),
	}
}

func (q *questionFlags) question() (schedule.Question, error) {
	var out schedule.Question
	var err error
	if *q.hosts == "" {
		return out, errors.New("-hosts is missing")
	}
	if out.From, err = when("from", *q.from, time.Now()); err != nil {
		return out, err
	}
	if out.By, err = when("by", *q.by, out.From.Add(q.horizon)); err != nil {
		return out, err
	}
	if !out.From.Before(out.By) {
		return out, errors.New("-by is missing, or not after -from")
	}
	if out.Item.Released, err = when("released", *q.released, time.Time{}); err != nil {
		return out, err
	}
	if err := out.Item.Class.UnmarshalText([]byte(*q.class)); err != nil {
		return out, fmt.Errorf("-class: %w", err)
	}
	if err := out.Item.Severity.UnmarshalText([]byte(*q.severity)); err != nil {
		return out, fmt.Errorf("-severity: %w", err)
	}
	if *q.install < 0 || *q.restart < 0 {
		return out, fmt.Errorf("-install %s, -restart %s: want no length below 0", *q.install, *q.restart)
	}
	out.Item.Category = *q.category
	out.Item.InstallTime, out.Item.RestartTime = *q.install, *q.restart
	out.Item.Restart = fettle.RestartHost
	if *q.restart == 0 {
		out.Item.Restart = fettle.RestartNone
	}
	return out, nil
}

func runForecast(args []string, _ io.Reader, out, errs io.Writer) int {
	f := flags("forecast", forecastUsage)
	var files policyFlags
	files.add(f)
	ask := addQuestion(f)
	if status, ok := parse(f, spread(args), out, errs); !ok {
		return status
	}
	q, err := ask.question()
	if err != nil {
		return complainAll(errs, err)
	}
	layers, where, err := files.layers()
	if err != nil {
		return complainAll(errs, err)
	}
	var failed error
	got, err := schedule.Forecast(layers, fleet(*ask.hosts, where, &failed), loadZone, q,
		&schedule.ForecastOptions{Listed: *ask.listed, Merge: where.options()})
	if err == nil {
		err = failed
	}
	if err != nil {
		return complainAll(errs, err)
	}
	if *ask.asJSON {
		err = json.NewEncoder(out).Encode(got)
	} else {
		err = writeForecast(plaintext.Writer{Writer: out}, &got)
	}
	if err != nil {
		complain(errs, err)
		return exitFailed
	}
	return exitOK
}

// share is a percentage, rounded down: 100 % means all.
func share(part, whole int) string {
	if whole == 0 {
		return "-"
	}
	return fmt.Sprintf("%d.%d %%", part*100/whole, part*1000/whole%10)
}

func writeForecast(out io.Writer, got *schedule.Outlook) error {
	fmt.Fprintf(out, "%d of %s can (%s), under %s\n\n", got.Able, plaintext.Count(got.Hosts, "host"),
		share(got.Able, got.Hosts), plaintext.Count(got.Policies, "different policy"))
	rows := [][]string{{"site", "hosts", "able", "share", "first start", "last done"}}
	stamp := func(t time.Time) string {
		if t.IsZero() {
			return "-"
		}
		return t.Format(time.RFC3339)
	}
	for _, s := range got.Sites {
		name := s.Site
		if name == "" {
			name = "(none)"
		}
		rows = append(rows, []string{name, strconv.Itoa(s.Hosts), strconv.Itoa(s.Able), share(s.Able, s.Hosts), stamp(s.First), stamp(s.Last)})
	}
	if err := plaintext.Table(out, rows); err != nil {
		return err
	}
	if len(got.Why) > 0 {
		fmt.Fprintln(out, "\nwhy not:")
	}
	for _, w := range got.Why {
		fmt.Fprintln(out, strings.TrimRight(fmt.Sprintf("  %s: %s %s", plaintext.Count(w.Hosts, "host"), w.Code, w.Detail), " "))
	}
	for i, u := range got.Unable {
		if i == 0 {
			fmt.Fprintf(out, "\nhosts (%d of %d):\n", len(got.Unable), got.Hosts-got.Able)
		}
		fmt.Fprintln(out, strings.TrimRight(fmt.Sprintf("  %s\t%s\t%s %s", u.Host, u.Site, u.Code, u.Detail), " "))
	}
	return nil
}
