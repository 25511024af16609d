// Command windowcalc evaluates maintenance windows and patching policies from
// the command line: when a window opens, what a policy decides, and why.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
	_ "time/tzdata" // works where the machine has no zone database

	"github.com/fettle-dev/fettle/examples/internal/cmdline"
	"github.com/fettle-dev/fettle/examples/internal/plaintext"
	"github.com/fettle-dev/fettle/schedule"
)

// Exit statuses.
const (
	exitOK     = 0
	exitFailed = 1 // some of the input could not be answered
	exitUsage  = 2 // nothing was done: the command line or an input file is wrong
)

// command is one sub-command. run parses its own flags.
type command struct {
	name    string
	summary string
	run     func(args []string, in io.Reader, out, errs io.Writer) int
}

// commands lists the sub-commands in the order of the help.
func commands() []command {
	return []command{
		{"next", "when a window opens next", runNext},
		{"batch", "the same for JSON lines, and for recurrence rules", runBatch},
		{"decide", "what a policy decides for a host now, why, and when that changes", runDecide},
		{"timeline", "how the decision changes over time, as a table and a picture", runTimeline},
		{"why", "how a policy comes by a field: every layer and what it said", runWhy},
		{"lint", "what policies say and probably do not mean", runLint},
		{"forecast", "which share of a fleet has a window by a date, and who has none", runForecast},
		{"compare", "what changes for a fleet between two sets of policies", runCompare},
	}
}

func main() {
	os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

func run(args []string, in io.Reader, out, errs io.Writer) int {
	errs = plaintext.Writer{Writer: errs}
	if len(args) == 0 {
		help(errs)
		return exitUsage
	}
	for _, c := range commands() {
		if c.name == args[0] {
			return c.run(args[1:], in, out, errs)
		}
	}
	switch args[0] {
	case "-h", "-help", "--help", "help":
		help(out)
		return exitOK
	}
	fmt.Fprintf(errs, "windowcalc: no command %q; windowcalc -h shows what there is\n", args[0])
	return exitUsage
}

func help(w io.Writer) {
	fmt.Fprint(w, `windowcalc evaluates maintenance windows and patching policies.

usage: windowcalc COMMAND [flags]

`)
	for _, c := range commands() {
		fmt.Fprintf(w, "  %-9s %s\n", c.name, c.summary)
	}
	fmt.Fprint(w, `
windowcalc COMMAND -h shows the flags of a command, with examples.

The text form of a window is a pattern of days, clauses, and the zone:

  daily 02:30 for 1h Europe/Berlin
  weekdays 22:00 for 8h local
  tue#2 +3d 02:00 for 4h America/New_York      three days after the second Tuesday
  every 2 weeks sat,sun from 2026-01-10 01:00 for 6h UTC
  monthly -1 22:00 for 8h never past 06:00 Europe/Paris
  once 2026-03-14 02:00 for 4h cutoff 1h spread 30m Europe/London
`)
}

// flags returns a flag set that prints usage and examples on -h.
func flags(name, usage string) *flag.FlagSet {
	f := flag.NewFlagSet("windowcalc "+name, flag.ContinueOnError)
	f.Usage = func() {
		fmt.Fprint(f.Output(), usage+"\nflags:\n")
		f.PrintDefaults()
	}
	return f
}

// once defines a flag for a text that is given once and is not empty.
func once(f *flag.FlagSet, name, usage string) *string {
	text := new(string)
	cmdline.Once(f, text, name, usage)
	return text
}

// parse parses flags and refuses arguments that are none. It returns the exit
// status and false if the command is not to run.
func parse(f *flag.FlagSet, args []string, out, errs io.Writer) (status int, ok bool) {
	usage := f.Usage
	f.Usage = func() {} // what is wrong stands alone
	f.SetOutput(io.Discard)
	err := cmdline.Explain(f, f.Parse(args))
	switch {
	case errors.Is(err, flag.ErrHelp):
		f.SetOutput(out)
		usage()
		return exitOK, false
	case err == nil && f.NArg() > 0:
		err = fmt.Errorf("%q is no flag; quote a window that has spaces", f.Arg(0))
	}
	if err != nil {
		misused(errs, f, err)
		return exitUsage, false
	}
	return exitOK, true
}

// misused says what is wrong with a command line, and where to read on.
func misused(errs io.Writer, f *flag.FlagSet, err error) {
	fmt.Fprintf(errs, "%s: %v\n%s -h shows what there is, with examples\n", f.Name(), err, f.Name())
}

// complain prints an error, and where a window's text cannot be read a caret
// below the character.
func complain(errs io.Writer, err error) {
	fmt.Fprintf(errs, "windowcalc: %v\n", err)
	if syntax, ok := errors.AsType[*schedule.SyntaxError](err); ok {
		fmt.Fprintln(errs, "\n  "+strings.ReplaceAll(syntax.Caret(), "\n", "\n  "))
	}
}

// loadZone returns a zone of the zone database.
func loadZone(name string) (*time.Location, error) {
	if name == "" || name == "Local" {
		return nil, fmt.Errorf("zone %q: want an IANA zone name such as Europe/Berlin", name)
	}
	zone, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("zone %q: want an IANA zone name such as Europe/Berlin", name)
	}
	return zone, nil
}

// instant reads an instant as RFC 3339, or a date for midnight in UTC.
func instant(name, text string) (time.Time, error) {
	if text == "" {
		return time.Time{}, fmt.Errorf("%s is missing", name)
	}
	t, err := cmdline.ParseInstant(text)
	if err != nil {
		return t, fmt.Errorf("%s %q: %w", name, text, err)
	}
	return t, nil
}
