package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/fettle-dev/fettle/examples/internal/cmdline"
)

const usage = `patchcheck says which patches a host needs, and how it knows.

  patchcheck                               this host, against the archive lists that apt has fetched
  patchcheck -host FILE -feed KIND:PATH    another host, any feeds
  patchcheck -host FILE -baseline FILE     a host against an expected configuration, with its waivers
  patchcheck fleet -feed KIND:PATH DIR     a folder of hosts: which need a patch; -h tells more
  patchcheck versions -scheme NAME         compares versions; -h tells more

Examples:
  patchcheck -summary
      how many patches this host needs, and what was read to know it
  patchcheck -explain bookworm-security/openssl@3.0.17-1~deb12u3
      the proof for one patch: what was seen, what was wanted, what would change the answer
  patchcheck -host status -os os-release -feed apt:InRelease,Packages.xz -keyring keys.gpg
      a Debian host from a copy of its /var/lib/dpkg/status
  patchcheck -host packages.jsonl -feed updateinfo:updateinfo.xml.gz
      an rpm host from JSON lines {"name","epoch","version","release","arch"}
  patchcheck -host today.json -diff yesterday.json -feed osv:all.zip
      what happened in between: fixed, newly needed, regressed, and the likely culprit
  patchcheck -host today.json -diff yesterday.json -baseline servers.json
      what drifted from the expected configuration, what is right again, and which criterion moved
  patchcheck -host base-build.json -installer ledger7.json -baseline pc.json
      would this product's installer put older files over newer ones, and undo a patch or a check
  patchcheck -lint -feed osv:all.zip
      what the feed says and cannot mean, each with a small host that shows it
  patchcheck -host status -feed osv:all.zip -json | jq 'select(.exposed == "yes")'
      what is exposed, for other programs
  patchcheck -host status -feed osv:all.zip -save all.catalog
  patchcheck -host other-status -feed catalog:all.catalog
      the feeds read and compiled once, then judged again in a moment, on any host

Host files are told apart by their content: fettle's own host records, dpkg's status, "rpm -qa" in
the format that package inventory/rpm documents, rpm JSON lines, apk's installed database. A copy of the
folder /var/lib/dpkg is a host too: dpkg's pending updates are read with its status. Any file may be
compressed with xz, zstd, lz4, gzip or bzip2.

Feeds (repeat -feed, or separate several with spaces):
  apt:InRelease,PACKAGES[,PACKAGES]   a Debian-style archive: its signed index and package lists
  osv:PATH                            OSV records: a folder, a zip, a tar, JSON or JSON lines, YAML
  updateinfo:PATH                     updateinfo.xml of dnf, yum and zypper
  oval:PATH                           OVAL definitions
  patches:FILE                        patches written by hand, as JSON objects: docs/guide.md has some
  catalog:FILE                        what -save wrote, on its own: opened, not compiled anew

Baselines are JSON files of checks, waivers and mitigations, as package applicability/baseline
documents them; with -baseline alone, no feed is read. What a waiver or a mitigation covers stays
exposed and is listed, but is not needed any more; -order leaves it out, and says why.

Manifests of installers are JSON: {"product": "Ledger 7", "files": [{"folder": "System",
"path": "shared.dll", "version": "5.1.0.0", "keepsNewer": true}]}, as package applicability/lint
documents them; without a feed versions alone are compared.

Exit status: 0 nothing is needed, 1 something is needed, 2 there is no answer. With -installer: 0 it
does no harm, 1 it does, 2 there is no answer.

Flags:
`

// options is one command line of the check.
type options struct {
	host      string
	osRelease string
	feeds     []feedArg
	baselines []string
	keyring   string
	insecure  bool
	at        time.Time
	json      bool
	all       bool
	explain   string
	summary   bool
	order     bool
	lint      bool
	diff      string
	installer string
	save      string
}

// feedArg is one KIND:PATH[,PATH] of the command line.
type feedArg struct {
	kind  string
	paths []string
}

// String returns the argument as it was given.
func (f feedArg) String() string { return f.kind + ":" + strings.Join(f.paths, ",") }

// describe names several arguments together.
func describe(args []feedArg) string {
	names := make([]string, len(args))
	for i, a := range args {
		names[i] = a.String()
	}
	return strings.Join(names, " ")
}

// feedKinds says how many paths a kind takes, and how they are written.
var feedKinds = map[string]struct {
	least, most int
	form        string
}{
	"apt":        {2, 64, "apt:InRelease,PACKAGES[,PACKAGES]"},
	"osv":        {1, 64, "osv:PATH[,PATH]"},
	"updateinfo": {1, 64, "updateinfo:PATH[,PATH]"},
	"oval":       {1, 64, "oval:FILE[,FILE]"},
	"patches":    {1, 64, "patches:FILE[,FILE]"},
	"catalog":    {1, 1, "catalog:FILE"},
}

func parseFeed(text string) (feedArg, error) {
	kind, rest, ok := strings.Cut(text, ":")
	limits, known := feedKinds[kind]
	if !ok || !known {
		return feedArg{}, errors.New("want KIND:PATH, KIND being apt, osv, updateinfo, oval, patches or catalog")
	}
	paths := strings.Split(rest, ",")
	if len(paths) < limits.least || len(paths) > limits.most || slices.Contains(paths, "") {
		return feedArg{}, fmt.Errorf("want %s, %d paths at most", limits.form, limits.most)
	}
	return feedArg{kind, paths}, nil
}

// usageError is what is wrong with the command line.
type usageError struct{ error }

func (e usageError) Unwrap() error { return e.error }

// parseOptions reads the command line. On flag.ErrHelp the help was printed.
func parseOptions(args []string, now time.Time, errOut io.Writer) (options, error) {
	o, err := readOptions(args, now, errOut)
	if err == nil {
		err = o.validate()
	}
	if err != nil && !errors.Is(err, flag.ErrHelp) {
		err = usageError{err}
	}
	return o, err
}

// feedFlags are the flags of every command that judges by feeds: which they
// are, what they must pass, and the instant.
func feedFlags(fs *flag.FlagSet, o *options, feedUsage string) {
	cmdline.Once(fs, &o.keyring, "keyring", "verify apt signatures with the keys of this `FILE` (default: this host's own)")
	fs.BoolVar(&o.insecure, "insecure", false, "use apt lists without a good signature, or past their time")
	cmdline.Instant(fs, &o.at, "at", "judge as of this `INSTANT` (RFC 3339 or a date; default: now)")
	fs.Func("feed", feedUsage, func(s string) error {
		f, err := parseFeed(s)
		o.feeds = append(o.feeds, f)
		return err
	})
}

// judgedFlags are the flags of every command that holds hosts against something
// beside feeds.
func judgedFlags(fs *flag.FlagSet, o *options) {
	fs.Func("baseline", "hold the host against the checks and exceptions of this `FILE`, too (may be repeated)", func(s string) error {
		if s == "" {
			return errors.New("want a file")
		}
		o.baselines = append(o.baselines, s)
		return nil
	})
	cmdline.Once(fs, &o.installer, "installer", "say what the installer with the file `MANIFEST` would replace by something older, and which patches it takes off")
}

func readOptions(args []string, now time.Time, errOut io.Writer) (options, error) {
	o := options{at: now}
	fs := flag.NewFlagSet("patchcheck", flag.ContinueOnError)
	fs.SetOutput(io.Discard)
	cmdline.Once(fs, &o.host, "host", "the host `FILE` (default: this host)")
	cmdline.Once(fs, &o.osRelease, "os", "the host's os-release `FILE`, where the host file or the feed does not make it plain")
	fs.BoolVar(&o.json, "json", false, "print every patch as one JSON object a line")
	fs.BoolVar(&o.all, "all", false, "list patches that are installed or do not apply, too")
	cmdline.Once(fs, &o.explain, "explain", "print the proof for the patch `ID`")
	fs.BoolVar(&o.summary, "summary", false, "print counts only: per verdict, and per feed read, used and refused")
	fs.BoolVar(&o.order, "order", false, "print the order in which the needed patches go in with the fewest restarts")
	fs.BoolVar(&o.lint, "lint", false, "reason about the feeds, without a host: what they say and cannot mean")
	cmdline.Once(fs, &o.diff, "diff", "print what happened to the patches since the host was as in this older `FILE`")
	judgedFlags(fs, &o)
	cmdline.Once(fs, &o.save, "save", "keep what the feeds compile to in this `FILE`, for -feed catalog:FILE; dates and signatures of the feeds are checked now and not then")
	feedFlags(fs, &o, "`KIND:PATH[,PATH]`, see above")
	for len(args) > 0 {
		if err := fs.Parse(args); err != nil {
			if errors.Is(err, flag.ErrHelp) {
				fmt.Fprint(errOut, usage)
				fs.SetOutput(errOut)
				fs.PrintDefaults()
			}
			return o, cmdline.Explain(fs, err)
		}
		args = fs.Args()
		if len(args) == 0 {
			break
		}
		if len(o.feeds) == 0 {
			return o, fmt.Errorf("%q: want a flag, or first of all one of the commands fleet and versions", args[0])
		}
		f, err := parseFeed(args[0])
		if err != nil {
			return o, fmt.Errorf("feed %q: %w", args[0], err)
		}
		o.feeds, args = append(o.feeds, f), args[1:]
	}
	return o, nil
}

// validateKeys refuses keys that nothing would be verified with.
func (o options) validateKeys() error {
	signed := func(f feedArg) bool { return f.kind == "apt" }
	if o.keyring == "" || len(o.feeds)+len(o.baselines) == 0 && o.installer == "" || slices.ContainsFunc(o.feeds, signed) {
		return nil // without a feed and a baseline, this host's own lists are read
	}
	return errors.New("-keyring verifies feeds of the kind apt, and there is none: OSV, updateinfo and OVAL files carry no signatures")
}

func (o options) validate() error {
	switch {
	case o.lint && (o.host != "" || o.diff != "" || o.explain != "" || o.summary || o.order || o.all):
		return errors.New("-lint reads no host and goes with -feed, -baseline and -json alone")
	case o.diff != "" && (o.explain != "" || o.summary || o.order || o.all):
		return errors.New("-diff goes with -json, without -explain, -summary, -order and -all")
	}
	if err := errors.Join(o.validateInstaller(), o.validateKeys()); err != nil {
		return err
	}
	if o.host != "" && len(o.feeds)+len(o.baselines) == 0 && o.installer == "" {
		return errors.New("-host needs a -feed or a -baseline to judge the host against")
	}
	if o.osRelease != "" && o.host == "" {
		return errors.New("-os goes with -host: this host's own os-release is read")
	}
	if o.summary && (o.json || o.explain != "") || o.order && (o.summary || o.explain != "") {
		return errors.New("-summary, -explain and -order are one or the other; -summary has no -json")
	}
	return o.validateSaved()
}
