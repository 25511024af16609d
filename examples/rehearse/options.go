package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/examples/internal/cmdline"
	"github.com/fettle-dev/fettle/rollout"
	"github.com/fettle-dev/fettle/schedule"
)

const usage = `rehearse runs a rollout on paper, many times, and says what would happen.

usage: rehearse -spec FILE -hosts FILE|-synthetic N [flags]

Examples:
  rehearse -spec specs/weekend.json -synthetic 10000
      a made-up fleet in twelve cities, all of it targets, under the sample policy
  rehearse -spec specs/weekend.json -hosts fleet.jsonl -policy policies/ -by 2026-12-01
      your hosts (inventory records, a JSON object each), your windows, a deadline
  rehearse -spec specs/emergency.json -synthetic 100000 -regions 5 -bad-patch 0.5 -html report.html
      what a bad patch would do, with pictures for a browser that needs no network
  rehearse -spec specs/weekend.json -synthetic 1000 -json | jq '.halt'
      for other programs

A host's label "presence" says when it is on the network: around (the default: round the clock, but
now and then away for days, as -offline says), always-on, office-hours. Its label "region" names its
region; else sites are dealt out over -regions. Its label "link" names the link that its payload
comes over; else that is its site.

A SHARE is 0.02 or 2%; a LENGTH 20m, 4h or 5d; a SIZE 200MB or 1GiB; a T an instant in RFC 3339, or
a date for its first instant in UTC.

The same seed gives the same answer. Exit status: 0 every host makes the deadline in most runs,
1 some do not, 2 there is no answer.

Flags:
`

// options is one command line.
type options struct {
	spec, hosts, config string
	policies            []string
	synthetic, regions  int
	runs                int
	seed                uint64
	from, by            time.Time
	json                bool
	page                string
	now                 time.Time
	item                schedule.Item
	assume              rollout.Assumptions
}

func parseOptions(args []string, now time.Time, out io.Writer) (*options, error) {
	o := &options{now: now}
	fs := flag.NewFlagSet("rehearse", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	o.inputFlags(fs)
	o.assumptionFlags(fs)
	err := cmdline.Explain(fs, fs.Parse(args))
	if errors.Is(err, flag.ErrHelp) {
		fmt.Fprint(out, usage)
		fs.SetOutput(out)
		fs.PrintDefaults()
		return nil, err
	}
	if err == nil && fs.NArg() > 0 {
		err = fmt.Errorf("%q is no flag", fs.Arg(0))
	}
	if err == nil {
		err = o.check()
	}
	if err != nil {
		err = usageError{err}
	}
	return o, err
}

// usageError is what is wrong with the command line.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

func (o *options) inputFlags(fs *flag.FlagSet) {
	cmdline.Once(fs, &o.spec, "spec", "the rollout's spec, a JSON `FILE`")
	cmdline.Once(fs, &o.hosts, "hosts", "the hosts, a `FILE` of inventory records, a JSON object each")
	fs.IntVar(&o.synthetic, "synthetic", 0, "make up `N` hosts instead")
	fs.IntVar(&o.regions, "regions", 1, "deal the sites out over `N` regions, each with a coordinator of its own")
	cmdline.Once(fs, &o.config, "config", "the region's configuration with its budgets, a JSON `FILE` (default: polls every 15 minutes, no budgets; with -synthetic the sample, specs/region.json)")
	fs.Func("policy", "a policy layer as a JSON `FILE`, or a folder of them; may be repeated (default: always open; with -synthetic the sample policy)",
		func(s string) error {
			if s == "" {
				return errors.New("want a file or a folder")
			}
			o.policies = append(o.policies, s)
			return nil
		})
	cmdline.Instant(fs, &o.from, "from", "the instant `T` at which the approved rollout starts, RFC 3339 or a date (default: the first ring's notBefore, else the coming full hour)")
	cmdline.Instant(fs, &o.by, "by", "the deadline `T` (default: the spec's notAfter, else the end of the simulation)")
	fs.IntVar(&o.runs, "runs", 0, "simulate `N` times (default: 200, of large fleets fewer: about 4,000,000 hosts in all, but 5 at least)")
	fs.Uint64Var(&o.seed, "seed", 1, "the `N` that chance goes by: the same one gives the same answer")
	fs.BoolVar(&o.json, "json", false, "print one JSON object")
	cmdline.Once(fs, &o.page, "html", "write a report with pictures to this `FILE`")
	o.item.Class, o.item.Restart = fettle.ClassSecurity, fettle.RestartHost
	fs.Func("class", "the patch's `CLASS`, for the policy (default security)", func(s string) error { return o.item.Class.UnmarshalText([]byte(s)) })
	fs.Func("severity", "the patch's `SEVERITY`, for the policy (default unknown)", func(s string) error { return o.item.Severity.UnmarshalText([]byte(s)) })
}

func (o *options) assumptionFlags(fs *flag.FlagSet) {
	a := &o.assume
	*a = rollout.Assumptions{
		Fail: rollout.Percent(2), Bad: rollout.Percent(10), BadFail: rollout.Percent(30), BadSilent: rollout.Percent(30),
		Offline: rollout.Percent(15), Payload: 200 << 20, Message: 2 << 10, Install: minutes(20), Restart: minutes(10),
		Vary: rollout.Percent(50), Approve: minutes(240),
	}
	share := func(s *rollout.Share, name, usage string) {
		fs.Func(name, usage+" (default "+fraction(*s)+")", shareFlag(s))
	}
	share(&a.Fail, "fail", "the `SHARE` of attempts that fail although the patch is good")
	share(&a.Reach, "reach", "the `SHARE` of attempts that cannot be served: no room, network, agent")
	share(&a.Silent, "silent", "the `SHARE` of attempts of which nothing is heard again")
	share(&a.Bad, "bad-patch", "the `SHARE` of runs in which the patch is bad")
	share(&a.BadFail, "bad-fail", "the `SHARE` of hosts that a bad patch breaks")
	share(&a.BadSilent, "bad-silent", "the `SHARE` of the hosts broken by a bad patch that fall silent instead of reporting")
	fs.Func("bad-only", "a bad patch breaks nothing but hosts with this `DIMENSION=VALUE`, such as model=ThinkPad-T14", func(s string) error {
		name, value, ok := strings.Cut(s, "=")
		if !ok || name == "" {
			return errors.New("want DIMENSION=VALUE")
		}
		a.BadOnly = rollout.Key{Dimension: name, Value: value}
		return nil
	})
	share(&a.Offline, "offline", "the `SHARE` of hosts that are away for days at any instant")
	length := func(d *rollout.Duration, name, usage string) {
		fs.Func(name, usage+" (default "+d.String()+")", func(s string) error { return d.UnmarshalText([]byte(s)) })
	}
	a.AwayFor = rollout.Duration(5 * 24 * time.Hour)
	length(&a.AwayFor, "away", "the `LENGTH` for which hosts are away, on average")
	length(&a.Install, "install", "the `LENGTH` of an installation")
	length(&a.Restart, "restart", "the `LENGTH` of a restart; 0: none is needed")
	share(&a.Vary, "vary", "the `SHARE` by which installations and restarts are shorter or longer than that")
	length(&a.Approve, "approve", "the `LENGTH` of time in which people approve")
	length(&a.Resume, "resume", "the `LENGTH` of time in which people resume a rollout that is held; 0: they do not")
	fs.Func("payload", "what a host fetches, as `SIZE`: 200MB, 1GB (default 200MiB)", sizeFlag(&a.Payload))
	fs.Func("link-rate", "the capacity of a link in `SIZE` a second (default: no limit)", sizeFlag(&a.LinkRate))
}

func minutes(n int) rollout.Duration { return rollout.Duration(time.Duration(n) * time.Minute) }

func (o *options) check() error {
	switch {
	case o.spec == "":
		return errors.New("-spec is missing")
	case (o.hosts == "") == (o.synthetic == 0):
		return errors.New("want either -hosts or -synthetic")
	case o.synthetic < 0 || o.synthetic > maxSynthetic:
		return fmt.Errorf("-synthetic %d: want 1 to %d", o.synthetic, maxSynthetic)
	case o.regions < 1 || o.regions > 10_000:
		return fmt.Errorf("-regions %d: want 1 to 10000", o.regions)
	case o.runs < 0 || o.runs > 100_000:
		return fmt.Errorf("-runs %d: want 1 to 100000", o.runs)
	}
	if o.assume.Restart == 0 {
		o.item.Restart = fettle.RestartNone
	}
	return nil
}

// runsFor returns how many runs to make of so many hosts, if it was not said.
func runsFor(hosts int) int { return min(200, max(5, 4_000_000/max(hosts, 1))) }

// shareFlag reads 0.02 as well as 2%.
func shareFlag(into *rollout.Share) func(string) error {
	return func(s string) error {
		if strings.HasSuffix(s, "%") {
			return into.UnmarshalText([]byte(s))
		}
		f, err := strconv.ParseFloat(s, 64)
		if err != nil || !(f >= 0 && f <= 1) {
			return errors.New("want 0 to 1, or per cents as 2%")
		}
		*into = rollout.Share(math.Round(f * float64(rollout.Whole)))
		return nil
	}
}

func fraction(s rollout.Share) string {
	return strconv.FormatFloat(float64(s)/float64(rollout.Whole), 'f', -1, 64)
}

// sizeFlag reads a number of bytes with a unit.
func sizeFlag(into *int64) func(string) error {
	return func(s string) error {
		number, factor := s, int64(1)
		for _, u := range []struct {
			suffix string
			factor int64
		}{
			{"KiB", 1 << 10}, {"MiB", 1 << 20}, {"GiB", 1 << 30}, {"kB", 1e3}, {"KB", 1e3}, {"MB", 1e6}, {"GB", 1e9}, {"B", 1},
		} {
			if n, ok := strings.CutSuffix(s, u.suffix); ok {
				number, factor = n, u.factor
				break
			}
		}
		n, err := strconv.ParseInt(strings.TrimSpace(number), 10, 64)
		if err != nil || n < 0 || n > (1<<42)/factor {
			return errors.New("want a number of bytes with a unit, such as 200MB, up to 4096GiB")
		}
		*into = n * factor
		return nil
	}
}
