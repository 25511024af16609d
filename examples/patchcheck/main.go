// Command patchcheck says which patches a host needs, and how it knows.
//
// It is the evaluation program of fettle: it reads a host's inventory and one
// or more feeds, judges every patch, and prints what it found as a table, as
// JSON lines or as a proof. It changes nothing and asks no network.
package main

import (
	"context"
	"io"
	"os"
	"os/signal"
	"time"

	"github.com/fettle-dev/fettle/examples/internal/plaintext"
)

// The exit statuses.
const (
	nothingNeeded   = 0
	somethingNeeded = 1
	noAnswer        = 2
)

// program is what a run may touch of the world.
type program struct {
	in       io.Reader
	out      io.Writer
	errOut   io.Writer
	bar      io.Writer // errOut for what moves the cursor; run sets it
	terminal bool      // errOut is a terminal
	now      time.Time
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	p := program{in: os.Stdin, out: os.Stdout, errOut: os.Stderr, terminal: isTerminal(os.Stderr), now: time.Now()}
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
	p.bar, p.errOut = p.errOut, plaintext.Writer{Writer: p.errOut}
	if len(args) > 0 && args[0] == "versions" {
		return runVersions(args[1:], p.in, p.out, p.errOut)
	}
	if len(args) > 0 && args[0] == "fleet" {
		return p.runFleet(ctx, args[1:])
	}
	if len(args) > 0 && args[0] == "help" {
		args = []string{"-h"}
	}
	return p.check(ctx, args)
}
