package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"slices"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/applicability"
	"github.com/fettle-dev/fettle/applicability/baseline"
	"github.com/fettle-dev/fettle/applicability/lint"
	"github.com/fettle-dev/fettle/examples/internal/plaintext"
	"github.com/fettle-dev/fettle/examples/internal/statusline"
	"github.com/fettle-dev/fettle/inventory"
)

// answer is everything that a check found out.
type answer struct {
	host       seenHost
	feeds      []loaded
	catalog    *applicability.Catalog
	problems   []*applicability.Problem
	facts      *applicability.Facts
	assessment *applicability.Assessment
	since      *since          // with -diff
	installer  *installerCheck // with -installer
	// assessor and report are of the baselines; nil where there are none.
	assessor *baseline.Assessor
	report   *baseline.Report
	options  options
}

// check carries out the command without a name.
func (p program) check(ctx context.Context, args []string) int {
	o, err := parseOptions(args, p.now, p.errOut)
	if errors.Is(err, flag.ErrHelp) {
		return nothingNeeded
	}
	if err == nil && o.lint {
		var status int
		if status, err = p.lintFeeds(ctx, o); err == nil {
			return status
		}
	} else if err == nil {
		var a *answer
		if a, err = p.judge(ctx, o); err == nil {
			err = p.print(a)
		}
		if err == nil {
			return p.status(a)
		}
	}
	fmt.Fprintf(p.errOut, "patchcheck: %v\n", err)
	if _, ok := errors.AsType[usageError](err); ok {
		fmt.Fprintln(p.errOut, "patchcheck -h shows what there is, with examples")
	}
	return noAnswer
}

// judge reads host and feeds and judges every patch.
func (p program) judge(ctx context.Context, o options) (*answer, error) {
	files := opener{statusline.New(p.bar, p.terminal)}
	defer files.line.Done()
	a := &answer{options: o}
	var err error
	if o.host != "" {
		if a.host, err = loadHost(o, files); err != nil {
			return nil, err
		}
	}
	anySystem := o.host != "" && a.host.record.Snapshot.OS.ID == ""
	var manifest lint.Manifest
	if o.installer != "" {
		if manifest, err = loadManifest(o.installer, files); err != nil {
			return nil, err
		}
	}
	feeds, baselines, err := loadPatches(ctx, o, anySystem, files)
	if err != nil {
		return nil, err
	}
	a.feeds = feeds.read
	a.catalog, a.problems = feeds.compile()
	if o.save != "" {
		if anySystem && slices.ContainsFunc(o.feeds, func(f feedArg) bool { return f.kind == "apt" }) {
			return nil, errors.New("-save: the host does not say what system it is, so the apt lists were taken for its own: name its os-release with -os")
		}
		if err = saveCatalog(o.save, o.at, a.catalog, a.feeds); err != nil {
			return nil, err
		}
	}
	if len(baselines) > 0 {
		if a.assessor, err = baseline.New(a.catalog, baselines...); err != nil {
			return nil, err
		}
	}
	if o.host == "" {
		needs := a.needs()
		needs.Files = append(needs.Files, manifest.Needs()...)
		for _, document := range feeds.documents {
			wanted := document.Needs()
			needs.Packages = append(needs.Packages, wanted.Packages...)
			needs.Files = append(needs.Files, wanted.Files...)
			needs.Registry = append(needs.Registry, wanted.Registry...)
		}
		if a.host, err = localHost(ctx, needs); err != nil {
			return nil, err
		}
	}
	for _, document := range feeds.documents {
		document.Observe(&a.host.record, nil)
	}
	a.facts = a.catalog.Intern(&a.host.record, nil)
	a.assessment = a.catalog.AssessFacts(a.facts, o.at, nil)
	if o.installer != "" {
		found, err := lint.Downgrades(manifest, a.catalog, hostsOf([]inventory.Record{a.host.record}), o.at)
		if err != nil {
			return nil, err
		}
		a.installer = asInstallerCheck(&manifest, found)
	}
	if o.diff != "" {
		if a.since, err = p.compareWith(o, a); err != nil {
			return nil, err
		}
	}
	if a.assessor != nil {
		a.assessBaselines()
	}
	return a, nil
}

// needs are the facts that are wanted of this host.
func (a *answer) needs() inventory.Needs {
	if a.assessor != nil {
		return a.assessor.Needs()
	}
	return a.catalog.Needs()
}

// print writes what the command line asked for to the output, and what could
// not be read to the error output.
func (p program) print(a *answer) error {
	p.warn(a)
	out := bufio.NewWriter(p.out)
	var err error
	switch {
	case a.installer != nil:
		err = printInstaller(out, a)
	case a.since != nil:
		err = printDiff(out, a)
	case a.options.explain != "":
		err = printProof(out, a)
	case a.options.order:
		err = printOrder(out, a)
	case a.options.json:
		err = printJSON(out, a)
	case a.report != nil:
		printBaseline(out, a)
	case a.options.summary:
		printSummary(plaintext.Writer{Writer: out}, a)
	default:
		printTable(plaintext.Writer{Writer: out}, a)
	}
	return errors.Join(err, a.catalog.Damage(), out.Flush())
}

// warn names what could not be read: a run that says nothing here has read
// everything.
func (p program) warn(a *answer) {
	const most = 10 // of each kind
	say := func(i, n int, err error) {
		if i < most {
			fmt.Fprintf(p.errOut, "patchcheck: not used: %v\n", err)
		} else if i == most {
			fmt.Fprintf(p.errOut, "patchcheck: not used: %d more\n", n-most)
		}
	}
	for i, problem := range a.host.report.Problems {
		say(i, len(a.host.report.Problems), problem)
	}
	for i, problem := range a.host.problems {
		say(i, len(a.host.problems), problem)
	}
	for _, f := range a.feeds {
		for i, refused := range f.Tally.Refused {
			say(i, len(f.Tally.Refused), refused)
		}
		if f.Insecure {
			fmt.Fprintf(p.errOut, "patchcheck: %s: NOT VERIFIED: signatures and dates were not checked (-insecure)\n", f.Name)
		}
	}
	for i, problem := range a.problems {
		say(i, len(a.problems), problem)
	}
	if a.assessor != nil {
		p.warnBaselines(a)
	}
}

// unread is how many records of feeds could not be read.
func (a *answer) unread() (n int) {
	for _, f := range a.feeds {
		n += len(f.Tally.Refused)
	}
	return n
}

// status is the exit status. Where nothing is known to be needed but something
// could not be judged, there is no answer.
func (p program) status(a *answer) int {
	if a.installer != nil {
		return p.installerStatus(a.installer, a.unread())
	}
	if a.assessment.Exposed[fettle.Yes] > 0 && (a.report == nil || !excused(a.report)) {
		return somethingNeeded
	}
	if a.report != nil && a.catalog.Len() == 0 {
		fmt.Fprintln(p.errOut, "patchcheck: the baselines hold exceptions only: there is nothing to judge")
		return noAnswer
	}
	unread := a.unread()
	unknown := a.assessment.Counts[applicability.VerdictUnknown]
	if unread+unknown > 0 || a.catalog.Len() == 0 {
		fmt.Fprintf(p.errOut, "patchcheck: nothing is known to be needed, but that is no answer: %s judged, %d unknown, %s not read\n",
			plaintext.Count(a.catalog.Len(), "patch"), unknown, plaintext.Count(unread, "record"))
		return noAnswer
	}
	return nothingNeeded
}
