package main

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"github.com/fettle-dev/fettle/inventory"
	"github.com/fettle-dev/fettle/inventory/hostfile"
	"github.com/fettle-dev/fettle/inventory/local"
	"github.com/fettle-dev/fettle/inventory/osrelease"
)

// seenHost is the host to be judged, with what its file was taken for.
type seenHost struct {
	record inventory.Record
	source string // for people: where the record comes from
	report inventory.Report
	// problems are what could not be looked at, so that answers which need it
	// are unknown.
	problems []error
}

// loadHost reads the host of the command line's files.
func loadHost(o options, files opener) (seenHost, error) {
	h, err := readHost(o.host, files)
	if err != nil || o.osRelease == "" {
		return h, err
	}
	f, err := files.open(o.osRelease)
	if err != nil {
		return h, err
	}
	system, err := osrelease.Parse(f, o.osRelease)
	if err = errors.Join(err, f.Close()); err != nil {
		return h, err
	}
	system.Family, system.Arch = "linux", h.record.Snapshot.OS.Arch
	h.record.Snapshot.OS = system
	return h, nil
}

// readHost reads the one host of a file.
func readHost(path string, files opener) (seenHost, error) {
	found, err := readHostFile(path, files)
	if err != nil {
		return seenHost{}, err
	}
	if n := len(found.Records); n != 1 {
		return seenHost{}, fmt.Errorf("%s: holds %d hosts, want one (patchcheck fleet takes many)", path, n)
	}
	return seenHost{record: found.Records[0], source: fmt.Sprintf("%s, %s", path, found.Kind), report: found.Report}, nil
}

// readHostFile reads a host file or, of dpkg's database, the folder: where the
// status file lies beside dpkg's pending updates, they are part of it.
func readHostFile(path string, files opener) (hostfile.Result, error) {
	info, err := os.Stat(path)
	if err != nil {
		return hostfile.Result{}, err
	}
	folder := path
	if !info.IsDir() {
		folder = filepath.Dir(path)
	}
	if pending, _ := filepath.Glob(filepath.Join(folder, "updates", "[0-9]*")); info.IsDir() || filepath.Base(path) == "status" && len(pending) > 0 {
		found, err := hostfile.ReadDpkg(os.DirFS(folder), ".")
		if err != nil {
			return found, fmt.Errorf("%s: a folder is read as a copy of /var/lib/dpkg: %w", folder, err)
		}
		return found, nil
	}
	f, err := files.open(path)
	if err != nil {
		return hostfile.Result{}, err
	}
	found, err := hostfile.Read(f, path, nil)
	return found, errors.Join(err, f.Close())
}

// localHost observes this host, as far as the catalogue needs.
func localHost(ctx context.Context, needs inventory.Needs) (seenHost, error) {
	collector, err := local.New(nil)
	if err != nil {
		return seenHost{}, err
	}
	host, err := collector.Host(ctx)
	if err != nil && !errors.Is(err, local.ErrNoID) {
		return seenHost{}, err
	}
	seen, err := collector.Observe(ctx, needs)
	if err != nil {
		return seenHost{}, err
	}
	h := seenHost{
		record: inventory.Record{Version: inventory.RecordVersion, Host: host, Snapshot: seen.Snapshot},
		source: "this host", problems: seen.Problems,
	}
	for _, typ := range slices.Sorted(maps.Keys(seen.Reports)) {
		h.report.Merge(seen.Reports[typ])
	}
	return h, nil
}
