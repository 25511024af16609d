package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/inventory"
	"github.com/fettle-dev/fettle/inventory/hostfile"
	"github.com/fettle-dev/fettle/inventory/osrelease"
)

// folderHosts are the hosts of a folder, and what could not be read.
type folderHosts struct {
	records  []inventory.Record
	from     map[fettle.HostID]string // the file that a host came from
	unread   int                      // files and host records that could not be used
	report   inventory.Report         // of the files that could
	problems []error
}

// readFolder reads all host files of a folder and of those in it, by name. The
// error is for a folder, or an os-release file, that cannot be read itself.
func readFolder(o fleetOptions, files opener) (*folderHosts, error) {
	h := &folderHosts{from: map[fettle.HostID]string{}}
	var system inventory.OS
	if o.osRelease != "" {
		f, err := files.open(o.osRelease)
		if err != nil {
			return nil, err
		}
		system, err = osrelease.Parse(f, o.osRelease)
		if err = errors.Join(err, f.Close()); err != nil {
			return nil, err
		}
		system.Family = "linux"
	}
	err := filepath.WalkDir(o.dir, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil && path == o.dir:
			return err
		case err != nil:
			h.refuse(err)
			return nil
		case entry.IsDir():
			return nil
		}
		if info, err := os.Stat(path); err == nil && !info.IsDir() && !info.Mode().IsRegular() {
			h.refuse(fmt.Errorf("%s: is a pipe or a device, want a file", path))
			return nil // opening a pipe waits for whoever writes to it
		}
		h.readFile(path, files)
		return nil
	})
	for i := range h.records {
		if s := &h.records[i].Snapshot; s.OS.ID == "" && s.OS.Family == "" && o.osRelease != "" {
			system.Arch = s.OS.Arch
			s.OS = system
		}
	}
	return h, err
}

func (h *folderHosts) refuse(err error) {
	h.unread++
	h.problems = append(h.problems, err)
}

func (h *folderHosts) readFile(path string, files opener) {
	f, err := files.open(path)
	if err != nil {
		h.refuse(err)
		return
	}
	found, err := hostfile.Read(f, path, nil)
	if err = errors.Join(err, f.Close()); err != nil {
		h.refuse(err)
		return
	}
	if len(found.Records) == 0 && len(found.Report.Problems) == 0 {
		h.refuse(fmt.Errorf("%s: holds no host", path))
	}
	h.report.Merge(found.Report)
	if found.Kind == hostfile.Records {
		h.unread += len(found.Report.Problems)
	}
	for _, r := range found.Records {
		if r.Host.ID == "" {
			r.Host.ID = hostNamed(path)
		}
		if other, twice := h.from[r.Host.ID]; twice {
			h.refuse(fmt.Errorf("%s: host %q is in %s already", path, r.Host.ID, other))
			continue
		}
		h.from[r.Host.ID] = path
		h.records = append(h.records, r)
	}
}

// hostNamed makes an id of a file's name, without what compression added to it.
func hostNamed(path string) fettle.HostID {
	name := filepath.Base(path)
	for _, end := range []string{".xz", ".zst", ".lz4", ".gz", ".bz2"} {
		name = strings.TrimSuffix(name, end)
	}
	return fettle.HostID(name)
}

// anySystem reports whether no host says what system it is.
func (h *folderHosts) anySystem() bool {
	for i := range h.records {
		if h.records[i].Snapshot.OS.ID != "" {
			return false
		}
	}
	return len(h.records) > 0
}

// seen is what is said about hosts that were not read.
func (h *folderHosts) seen() seenHost { return seenHost{report: h.report, problems: h.problems} }
