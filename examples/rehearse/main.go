// Command rehearse runs a rollout on paper: the same core that decides about
// hosts decides here about simulated ones, many times over, and the program says
// when each ring would start and finish, how likely a halt is, how many hosts a
// bad patch would hit before it, and who cannot make the deadline and why.
//
// It asks no network and changes nothing.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"time"
	_ "time/tzdata" // works where the machine has no zone database

	"github.com/fettle-dev/fettle/examples/internal/plaintext"
	"github.com/fettle-dev/fettle/examples/internal/statusline"
)

// Exit statuses.
const (
	exitOK      = 0
	exitLate    = 1   // in at least half of the runs some hosts miss the deadline
	exitUsage   = 2   // there is no answer: the command line or an input file is wrong
	exitStopped = 130 // interrupted: the answer is of the runs that were done
)

// program is what a run may touch of the world.
type program struct {
	out      io.Writer
	errs     io.Writer
	terminal bool // errs is a terminal
	now      time.Time
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	p := program{out: os.Stdout, errs: os.Stderr, terminal: isTerminal(os.Stderr), now: time.Now()}
	status := p.run(ctx, os.Args[1:])
	stop()
	os.Exit(status)
}

func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// run carries out one command line and returns the exit status.
func (p program) run(ctx context.Context, args []string) int {
	o, err := parseOptions(args, p.now, p.out)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return exitOK
	case err != nil:
		return p.complain(err)
	}
	status, err := p.rehearse(ctx, o)
	if err != nil {
		p.complain(err)
	}
	return status
}

// complain prints every fault that an error joins, a line each.
func (p program) complain(err error) int {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		for _, e := range joined.Unwrap() {
			p.complain(e)
		}
		return exitUsage
	}
	fmt.Fprintf(plaintext.Writer{Writer: p.errs}, "rehearse: %v\n", err)
	if _, ok := errors.AsType[usageError](err); ok {
		fmt.Fprintln(p.errs, "rehearse -h shows what there is, with examples")
	}
	return exitUsage
}

// rehearse simulates and prints.
func (p program) rehearse(ctx context.Context, o *options) (int, error) {
	in, err := readInputs(o)
	if err != nil {
		return exitUsage, err
	}
	if o.page != "" { // known before the long part
		if _, err := os.Stat(filepath.Dir(o.page)); err != nil {
			return exitUsage, fmt.Errorf("-html %s: %w", o.page, err)
		}
	}
	line := statusline.New(p.errs, p.terminal)
	out, err := simulate(ctx, in.rehearsal, o, line)
	line.Done()
	if err != nil {
		return exitUsage, err
	}
	if o.page != "" {
		if err := writePage(o.page, in, out); err != nil {
			return exitUsage, err
		}
	}
	if o.json {
		err = printJSON(p.out, in, out)
	} else {
		err = printTable(plaintext.Writer{Writer: p.out}, in, out, o)
	}
	switch {
	case err != nil:
		return exitUsage, err
	case ctx.Err() != nil:
		return exitStopped, fmt.Errorf("stopped after %d of %d runs; what is printed is of those", out.Runs, o.runs)
	case out.Verified.P50 < int64(out.Hosts):
		return exitLate, nil
	}
	return exitOK, nil
}
