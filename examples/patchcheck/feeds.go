package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/fettle-dev/fettle/applicability"
	"github.com/fettle-dev/fettle/feed"
	"github.com/fettle-dev/fettle/feed/apt"
	"github.com/fettle-dev/fettle/feed/apt/lists"
	"github.com/fettle-dev/fettle/feed/decompress"
	"github.com/fettle-dev/fettle/feed/osv"
	"github.com/fettle-dev/fettle/feed/pgp"
	"github.com/fettle-dev/fettle/feed/updateinfo"
)

// loaded is one feed that was read, with what became of its records.
type loaded struct {
	Name     string
	Insecure bool // it carries signatures, and they were not checked
	Tally    feed.Tally
}

// loadFeeds reads all feeds of the command line. A host that does not say what
// system it is, is judged by apt lists as if they were its own.
func loadFeeds(ctx context.Context, o options, anySystem bool, files opener) ([]applicability.Patch, []loaded, error) {
	named, err := openFeeds(o, anySystem, files)
	if err != nil {
		return nil, nil, err
	}
	var patches []applicability.Patch
	var all []loaded
	for _, f := range named {
		c, err := collect(ctx, f, files.progress)
		if err != nil {
			return nil, nil, err
		}
		patches = append(patches, c.Patches...)
		all = append(all, loaded{f.name, o.insecure && f.signed, c.Tally})
	}
	return patches, all, nil
}

// collect reads a source to its end, with its records counted on the terminal.
func collect(ctx context.Context, f namedFeed, bar *progress) (feed.Collected, error) {
	var c feed.Collected
	for batch, err := range f.source.Fetch(ctx, "") {
		if err != nil {
			return feed.Collected{}, err
		}
		c.Patches = append(c.Patches, batch.Patches...)
		c.Tally.Add(batch)
		bar.show(fmt.Sprintf("reading %s: %d records", f.name, c.Tally.Read))
	}
	return c, nil
}

// namedFeed is a source with what the output calls it.
type namedFeed struct {
	name   string
	signed bool // its files carry signatures
	source feed.Source
}

// openFeeds makes the sources of the command line. What several archives offer
// is weighed together, so all apt lists are one source.
func openFeeds(o options, anySystem bool, files opener) ([]namedFeed, error) {
	if len(o.feeds) == 0 {
		source, err := ownLists(o)
		return []namedFeed{{"this host's archive lists", true, source}}, err
	}
	var all []namedFeed
	var archives []feedArg
	for _, arg := range o.feeds {
		if arg.kind == "apt" {
			archives = append(archives, arg)
			continue
		}
		source, err := openFeed(arg)
		if err != nil {
			return nil, err
		}
		all = append(all, namedFeed{arg.String(), false, source})
	}
	if len(archives) == 0 {
		return all, nil
	}
	source, err := aptFeed(archives, o, anySystem, files)
	return append(all, namedFeed{describe(archives), true, source}), err
}

func openFeed(arg feedArg) (feed.Source, error) {
	if arg.kind == "osv" {
		return osvFeed(arg)
	}
	return updateinfoFeed(arg)
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
	return pgp.NewKeyring(blocks...)
}

// osvFeed chains the paths of one argument.
func osvFeed(arg feedArg) (feed.Source, error) {
	var all sources
	for _, path := range arg.paths {
		if _, err := os.Stat(path); err != nil {
			return nil, err
		}
		all = append(all, osv.NewSource(disk{}, path, &osv.Options{YAML: yamlToJSON, Decompress: plainReader}))
	}
	return all, nil
}

// updateinfoFeed takes the paths of one argument together: an advisory may be
// spread over repositories.
func updateinfoFeed(arg feedArg) (feed.Source, error) {
	for _, path := range arg.paths {
		if _, err := os.Stat(path); err != nil {
			return nil, err
		}
	}
	return updateinfo.NewSource(disk{}, arg.paths, &updateinfo.Options{Decompress: plainReader}), nil
}

func plainReader(r io.Reader) (io.Reader, error) { return plain(r) }

// disk is the file system as the command line names it: relative to the
// working folder or absolute, so that errors name files as they were typed.
type disk struct{}

func (disk) Open(name string) (fs.File, error)          { return os.Open(name) }
func (disk) ReadDir(name string) ([]fs.DirEntry, error) { return os.ReadDir(name) }
