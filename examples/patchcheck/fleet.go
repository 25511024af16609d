package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/applicability"
	"github.com/fettle-dev/fettle/applicability/baseline"
	"github.com/fettle-dev/fettle/applicability/fleet"
	"github.com/fettle-dev/fettle/examples/internal/cmdline"
	"github.com/fettle-dev/fettle/examples/internal/plaintext"
	"github.com/fettle-dev/fettle/examples/internal/statusline"
)

const fleetUsage = `patchcheck fleet says which patches a folder of hosts needs, and which hosts need a patch.

  patchcheck fleet -feed KIND:PATH DIR                    a table of patches with counts of hosts
  patchcheck fleet -feed KIND:PATH -patch ID DIR          the hosts that one patch concerns
  patchcheck fleet -baseline FILE DIR                     a table of checks, exceptions counted
  patchcheck fleet -baseline FILE -check ID DIR           the hosts that one check concerns
  patchcheck fleet -installer MANIFEST DIR                where an installer would do harm
  patchcheck fleet -select FOOTPRINT DIR                  the hosts that a footprint speaks of

DIR and the folders in it hold host files of any kind that "patchcheck -host" reads; one file may
hold many host records. A file that says nothing about its host's name is called after the file. A
file that cannot be read is named and counted, and the rest goes on.

Examples:
  patchcheck fleet -feed osv:all.zip hosts
      which patches does somebody need
  patchcheck fleet -feed osv:all.zip -patch DSA-5532-1 -csv hosts > dsa-5532-1.csv
      which hosts have it, lack it, wait for a restart, or cannot tell
  patchcheck fleet -baseline servers.json -baseline risks.json -check servers/ssh-stopped hosts
      which hosts meet a check, which do not, and which are excused by whom and until when
  patchcheck fleet -installer ledger7.json -baseline pc.json hosts
      on which hosts would this product's installer put older files over newer ones
  patchcheck fleet -select 'site = london and not label.role = trading' hosts
      which hosts would a ring with these members have
  patchcheck fleet -feed osv:all.zip -json hosts | jq 'select(.exposed.yes > 0) | .patch'
      which patches leave a host exposed, for other programs

Columns: NEEDED, BLOCKED, SUPERSEDED (left to a newer patch), RESTART (on disk, not in force),
UNKNOWN (facts are missing), INSTALLED, of these VERIFIED (proven to be in force), EXPOSED.

With -baseline: UNMET (checks that do not hold, patches that are needed), PENDING RESTART, UNKNOWN,
WAIVED and MITIGATED (excused, and exposed all the same), MET, NOT APPLICABLE.

Exit status: 0 no host is exposed (or all that are, are excused; -select: some host was found;
-installer: it does no harm), 1 some host is exposed (-select: none was found; -installer: it does
harm), 2 there is no answer: a wrong command line, or nothing needed is known but some host or feed
record could not be read.

Flags:
`

// fleetOptions is one command line of patchcheck fleet.
type fleetOptions struct {
	options
	dir       string
	patch     string
	check     string
	selection string
	footprint applicability.Footprint
	csv       bool
}

// runFleet carries out patchcheck fleet.
func (p program) runFleet(ctx context.Context, args []string) int {
	o, err := parseFleet(args, p.now, p.errOut)
	if errors.Is(err, flag.ErrHelp) {
		return nothingNeeded
	}
	status := noAnswer
	if err == nil {
		out := bufio.NewWriter(p.out)
		status, err = p.fleet(ctx, o, out)
		err = errors.Join(err, out.Flush())
	}
	if err == nil {
		return status
	}
	fmt.Fprintf(p.errOut, "patchcheck fleet: %v\n", err)
	if _, ok := errors.AsType[usageError](err); ok {
		fmt.Fprintln(p.errOut, "patchcheck fleet -h shows what there is, with examples")
	}
	return noAnswer
}

func parseFleet(args []string, now time.Time, errOut io.Writer) (fleetOptions, error) {
	o := fleetOptions{options: options{at: now}}
	fs := flag.NewFlagSet("patchcheck fleet", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	cmdline.Once(fs, &o.patch, "patch", "list the hosts that the patch `ID` concerns")
	cmdline.Once(fs, &o.check, "check", "list the hosts that the check `BASELINE/CHECK` concerns")
	cmdline.Once(fs, &o.selection, "select", "list the hosts on which the `FOOTPRINT` holds")
	fs.BoolVar(&o.json, "json", false, "print one JSON object a line")
	fs.BoolVar(&o.csv, "csv", false, "print comma-separated values with a header")
	fs.BoolVar(&o.all, "all", false, "list patches that nobody needs, and hosts that a patch does not concern, too")
	cmdline.Once(fs, &o.osRelease, "os", "the os-release `FILE` of all hosts that do not say what system they are")
	judgedFlags(fs, &o.options)
	feedFlags(fs, &o.options, "`KIND:PATH[,PATH]`; patchcheck -h lists the kinds; repeat for more")
	for len(args) > 0 {
		if err := fs.Parse(args); err != nil {
			if errors.Is(err, flag.ErrHelp) {
				fmt.Fprint(errOut, fleetUsage)
				fs.SetOutput(errOut)
				fs.PrintDefaults()
				return o, err
			}
			return o, usageError{cmdline.Explain(fs, err)}
		}
		if args = fs.Args(); len(args) == 0 {
			break
		}
		if o.dir != "" {
			return o, usageError{fmt.Errorf("%q: one folder is enough, %q is there already", args[0], o.dir)}
		}
		o.dir, args = args[0], args[1:]
	}
	return o, o.validateFleet()
}

// validateFleet says what is wrong with the command line, and reads the footprint.
func (o *fleetOptions) validateFleet() error {
	if err := o.questions(); err != nil {
		return usageError{err}
	}
	o.patch = cmp.Or(o.patch, o.check)
	switch {
	case o.dir == "":
		return usageError{errors.New("want the folder of the host files")}
	case o.json && o.csv:
		return usageError{errors.New("-json and -csv are two forms")}
	case o.selection == "" && o.installer == "" && len(o.feeds)+len(o.baselines) == 0:
		return usageError{errors.New("want a -feed or a -baseline to judge the hosts against")}
	}
	if err := errors.Join(o.validateSaved(), o.validateInstaller(), o.validateKeys()); err != nil {
		return usageError{err}
	}
	if info, err := os.Stat(o.dir); err != nil {
		return err
	} else if !info.IsDir() {
		return usageError{fmt.Errorf("%s: is a file, want a folder (patchcheck -host takes one host)", o.dir)}
	}
	if o.selection == "" {
		return nil
	}
	var err error
	if o.footprint, err = applicability.ParseFootprint(o.selection); err != nil {
		return usageError{fmt.Errorf("-select: %w", err)}
	}
	return nil
}

// questions says which questions cannot be asked at once.
func (o *fleetOptions) questions() error {
	var asked []string
	for _, q := range [][2]string{{"-patch", o.patch}, {"-check", o.check}, {"-select", o.selection}, {"-installer", o.installer}} {
		if q[1] != "" {
			asked = append(asked, q[0])
		}
	}
	switch {
	case len(asked) > 1:
		return fmt.Errorf("%s are two questions", strings.Join(asked[:2], " and "))
	case o.check != "" && len(o.baselines) == 0:
		return errors.New("-check goes with the -baseline that has the check")
	case o.selection != "" && len(o.baselines) > 0:
		return errors.New("-select asks what hosts are: it goes without -baseline")
	}
	return nil
}

// fleet reads hosts and feeds and answers.
func (p program) fleet(ctx context.Context, o fleetOptions, out io.Writer) (int, error) {
	files := opener{statusline.New(p.bar, p.terminal)}
	defer files.line.Done()
	r, err := readFleet(ctx, o, files)
	if err != nil {
		return noAnswer, err
	}
	files.line.Done()
	r.out = out
	p.warn(&r.judge)
	if len(r.hosts.records) == 0 {
		if r.hosts.unread == 0 {
			return noAnswer, fmt.Errorf("%s: no file is in this folder", o.dir)
		}
		return noAnswer, fmt.Errorf("%s: no host was read: %s could not be", o.dir, plaintext.Count(r.hosts.unread, "file"))
	}
	unread := r.hosts.unread + r.judge.unread()
	var exposed bool
	switch {
	case o.selection != "":
		return r.selected()
	case r.manifest != nil:
		return r.installed(p, unread)
	case r.judge.assessor != nil:
		exposed, err = r.stand()
	default:
		exposed, err = r.judged()
	}
	if err != nil || exposed {
		return somethingNeeded, err
	}
	if unread+r.unknown > 0 || r.judge.catalog.Len() == 0 {
		fmt.Fprintf(p.errOut, "patchcheck fleet: no host is known to be exposed, but that is no answer: %s and %s judged, %s unknown, %s not read\n",
			plaintext.Count(len(r.hosts.records), "host"), plaintext.Count(r.judge.catalog.Len(), "patch"), plaintext.Count(r.unknown, "answer"), notRead(unread))
		return noAnswer, nil
	}
	return nothingNeeded, nil
}

// readFleet reads everything that the command line names.
func readFleet(ctx context.Context, o fleetOptions, files opener) (*fleetReport, error) {
	hosts, err := readFolder(o, files)
	if err != nil {
		return nil, err
	}
	r := &fleetReport{fleetOptions: o, hosts: hosts}
	if o.installer != "" {
		m, err := loadManifest(o.installer, files)
		if err != nil {
			return nil, err
		}
		r.manifest = &m
	}
	var feeds catalogueFeeds
	var baselines []*baseline.Baseline
	if len(o.feeds)+len(o.baselines) > 0 {
		if feeds, baselines, err = loadPatches(ctx, o.options, hosts.anySystem(), files); err != nil {
			return nil, err
		}
	}
	catalog, problems := feeds.compile()
	r.judge = answer{host: hosts.seen(), feeds: feeds.read, catalog: catalog, problems: problems}
	for _, document := range feeds.documents {
		for i := range hosts.records {
			document.Observe(&hosts.records[i], nil)
		}
	}
	r.index = fleet.New(catalog)
	if len(baselines) > 0 {
		r.judge.assessor, err = baseline.New(catalog, baselines...)
		return r, err // exceptions differ from host to host: the index cannot tell
	}
	for i := range hosts.records {
		if err := r.index.Put(&hosts.records[i]); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// exposedIs are the exposures in the order in which they are printed.
var exposedIs = [...]fettle.Truth{fettle.Yes, fettle.Unknown, fettle.No}
