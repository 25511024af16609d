package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/fettle-dev/fettle/applicability"
	"github.com/fettle-dev/fettle/examples/internal/statusline"
	"github.com/fettle-dev/fettle/feed"
	"github.com/fettle-dev/fettle/feed/apt"
	"github.com/fettle-dev/fettle/feed/apt/lists"
	"github.com/fettle-dev/fettle/feed/decompress"
	"github.com/fettle-dev/fettle/feed/osv"
	"github.com/fettle-dev/fettle/feed/oval"
	"github.com/fettle-dev/fettle/feed/pgp"
	"github.com/fettle-dev/fettle/feed/updateinfo"
)

// loaded is one feed that was read, with what became of its records.
type loaded struct {
	Name     string
	Insecure bool // it carries signatures, and they were not checked
	Tally    feed.Tally
}

// catalogueFeeds is what all feeds gave together.
type catalogueFeeds struct {
	patches []applicability.Patch
	read    []loaded
	// saved is a catalogue that was compiled before, with its problems; the
	// patches are in it.
	saved    *applicability.Catalog
	problems []*applicability.Problem
	// documents are the OVAL documents: some of their tests are evaluated on the
	// host itself and enter its facts.
	documents []*oval.Document
}

// loadFeeds reads all feeds of the command line. A host that does not say what
// system it is, is judged by apt lists as if they were its own.
func loadFeeds(ctx context.Context, o options, anySystem bool, files opener) (catalogueFeeds, error) {
	if usesCatalog(o.feeds) {
		return openCatalog(o.feeds[0].paths[0])
	}
	named, err := openFeeds(o, anySystem, files)
	if err != nil {
		return catalogueFeeds{}, err
	}
	var all catalogueFeeds
	for _, f := range named {
		c, err := collect(ctx, f, files.line)
		if err != nil {
			return catalogueFeeds{}, err
		}
		if all.patches == nil {
			all.patches = c.Patches
		} else {
			all.patches = append(all.patches, c.Patches...)
		}
		all.read = append(all.read, loaded{f.name, o.insecure && f.signed, c.Tally})
		if f.document != nil {
			all.documents = append(all.documents, f.document)
		}
	}
	return all, nil
}

// collect reads a source to its end, with its records counted on the terminal.
func collect(ctx context.Context, f namedFeed, line *statusline.Line) (feed.Collected, error) {
	var c feed.Collected
	var patches [][]applicability.Patch // joined once: there may be many
	for batch, err := range f.source.Fetch(ctx, "") {
		if err != nil {
			return feed.Collected{}, err
		}
		patches = append(patches, batch.Patches)
		c.Tally.Add(batch)
		line.Show(func(time.Duration) string { return fmt.Sprintf("reading %s: %d records", f.name, c.Tally.Read) })
	}
	c.Patches = slices.Concat(patches...)
	return c, nil
}

// namedFeed is a source with what the output calls it.
type namedFeed struct {
	name   string
	signed bool // its files carry signatures
	source feed.Source
	// document is what the source was made of, where that is OVAL.
	document *oval.Document
}

// openFeeds makes the sources of the command line. What several archives offer
// is weighed together, so all apt lists are one source.
func openFeeds(o options, anySystem bool, files opener) ([]namedFeed, error) {
	if len(o.feeds) == 0 {
		source, err := ownLists(o)
		return []namedFeed{{name: "this host's archive lists", signed: true, source: source}}, err
	}
	var all []namedFeed
	var archives []feedArg
	for _, arg := range o.feeds {
		if arg.kind == "apt" {
			archives = append(archives, arg)
			continue
		}
		f, err := openFeed(arg, files)
		if err != nil {
			return nil, err
		}
		all = append(all, f...)
	}
	if len(archives) == 0 {
		return all, nil
	}
	source, err := aptFeed(archives, o, anySystem, files)
	return append(all, namedFeed{name: describe(archives), signed: true, source: source}), err
}

// openFeed makes the sources of one argument of any kind but apt.
func openFeed(arg feedArg, files opener) ([]namedFeed, error) {
	for _, path := range arg.paths {
		info, err := os.Stat(path)
		switch {
		case err != nil:
			return nil, err
		case arg.kind == "oval" && info.IsDir():
			return nil, fmt.Errorf("%s: is a folder, want a file", path)
		case arg.kind != "osv" && info.Mode().IsRegular() && info.Size() == 0: // osv names an empty file as it names others
			return nil, fmt.Errorf("%s: is empty", path)
		}
	}
	switch arg.kind {
	case "osv":
		return osvFeeds(arg), nil
	case "oval":
		return ovalFeeds(arg)
	case "patches":
		all := make([]namedFeed, len(arg.paths))
		for i, path := range arg.paths {
			all[i] = namedFeed{name: "patches:" + path, source: patchFile{path, files}}
		}
		return all, nil
	default:
		source := updateinfo.NewSource(disk{}, arg.paths, &updateinfo.Options{Decompress: plainReader})
		return []namedFeed{{name: arg.String(), source: source}}, nil
	}
}

func aptFeed(args []feedArg, o options, anySystem bool, files opener) (feed.Source, error) {
	check := apt.Check{Insecure: o.insecure}
	if !o.insecure {
		ring, err := keyring(o)
		if err != nil {
			return nil, err
		}
		check.Verifier = ring
	}
	archives := make([]apt.Archive, len(args))
	for i, arg := range args {
		archives[i] = apt.Archive{Release: arg.paths[0], Check: check}
		for _, path := range arg.paths[1:] {
			archives[i].Packages = append(archives[i].Packages, apt.Packages{File: path})
		}
	}
	return apt.NewSource(files.raw, o.instant, archives, &apt.SourceOptions{
		Read:    apt.ReadOptions{Decompress: plain},
		Patches: apt.PatchOptions{AnySystem: anySystem},
	})
}

// ownLists is the source of the lists that apt has fetched on this host.
func ownLists(o options) (feed.Source, error) {
	opt := &lists.Options{
		Insecure: o.insecure,
		Keyring: func(keys [][]byte, only []string) (feed.Verifier, error) {
			ring, err := pgp.NewKeyring(keys...)
			if err != nil || len(only) == 0 {
				return ring, err
			}
			return ring.Only(only...), nil
		},
		Source: apt.SourceOptions{Read: apt.ReadOptions{Decompress: plain}, KeepGoing: true},
	}
	if o.keyring != "" {
		keys, err := os.ReadFile(o.keyring)
		if err != nil {
			return nil, err
		}
		opt.Keys = [][]byte{keys}
	}
	return lists.NewSource(os.DirFS("/"), o.instant, opt), nil
}

func (o options) instant() time.Time { return o.at }

func plain(r io.Reader) (io.ReadCloser, error) { return decompress.NewReader(r, nil) }

// keyring reads the keys of -keyring, else those that this host trusts for its
// own archives.
func keyring(o options) (*pgp.Keyring, error) {
	paths := []string{o.keyring}
	if o.keyring == "" {
		paths = nil
		for _, pattern := range []string{"/etc/apt/trusted.gpg", "/etc/apt/trusted.gpg.d/*.gpg", "/etc/apt/trusted.gpg.d/*.asc", "/usr/share/keyrings/*archive-keyring.gpg"} {
			found, err := filepath.Glob(pattern)
			if err != nil {
				return nil, err
			}
			paths = append(paths, found...)
		}
		if len(paths) == 0 {
			return nil, errors.New("this host has no archive keys: name them with -keyring FILE, or go without with -insecure")
		}
	}
	var blocks [][]byte
	for _, path := range paths {
		block, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		blocks = append(blocks, block)
	}
	ring, err := pgp.NewKeyring(blocks...)
	if err != nil {
		return nil, fmt.Errorf("keys of %s: %w", strings.Join(paths, ", "), err)
	}
	return ring, nil
}

func osvFeeds(arg feedArg) []namedFeed {
	all := make([]namedFeed, len(arg.paths))
	for i, path := range arg.paths {
		all[i].name = "osv:" + path
		all[i].source = osv.NewSource(disk{}, path, &osv.Options{YAML: yamlToJSON, Decompress: plainReader})
	}
	return all
}

func ovalFeeds(arg feedArg) ([]namedFeed, error) {
	all := make([]namedFeed, len(arg.paths))
	for i, path := range arg.paths {
		document, err := oval.Open(disk{}, path, &oval.Options{Decompress: plainReader, Run: together})
		if err != nil {
			return nil, err
		}
		all[i] = namedFeed{name: "oval:" + path, source: document.Source(path), document: document}
	}
	return all, nil
}

// together calls do for 0 to n-1 on all processors.
func together(n int, do func(i int)) {
	var next atomic.Int64
	var workers sync.WaitGroup
	for range min(n, runtime.GOMAXPROCS(0)) {
		workers.Go(func() {
			for i := next.Add(1) - 1; int(i) < n; i = next.Add(1) - 1 {
				do(int(i))
			}
		})
	}
	workers.Wait()
}

func plainReader(r io.Reader) (io.Reader, error) { return plain(r) }

// disk is the file system as the command line names it: relative to the
// working folder or absolute, so that errors name files as they were typed.
type disk struct{}

func (disk) Open(name string) (fs.File, error)          { return os.Open(name) }
func (disk) ReadDir(name string) ([]fs.DirEntry, error) { return os.ReadDir(name) }
