package local

import (
	"errors"
	"io/fs"
	"path"
	"strconv"
	"strings"
	"time"

	"github.com/fettle-dev/fettle/inventory"
	"github.com/fettle-dev/fettle/inventory/osrelease"
)

// system observes what the host is: operating system, running kernel, boot.
func (t *tree) system() {
	s := &t.Snapshot
	s.OS = t.osRelease()
	s.Kernel.Release = t.line("proc/sys/kernel/osrelease")
	s.Kernel.Version = t.line("proc/sys/kernel/version")
	s.Kernel.Machine = t.line("proc/sys/kernel/arch") // from Linux 6.1 on
	if s.Kernel.Machine == "" && t.root == "/" {
		s.Kernel.Machine = machine()
	}
	if arch, known := inventory.ArchOf(s.Kernel.Machine); known {
		s.OS.Arch = arch
	}
	s.Kernel.Livepatches = t.livepatches()
	s.BootID = t.line("proc/sys/kernel/random/boot_id")
	s.BootTime = t.bootTime()
	s.Counters = t.counters()
}

// osRelease reads the first file there is; the rest is not looked at, as
// os-release(5) asks.
func (t *tree) osRelease() inventory.OS {
	for _, name := range []string{osrelease.File, osrelease.FileUsr, osrelease.FileRedHat} {
		f, err := t.fsys.Open(name)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			t.problem("%w", err)
			continue // the other copy may be readable
		}
		defer f.Close()
		parse := osrelease.Parse
		if name == osrelease.FileRedHat {
			parse = osrelease.ParseRedHat
		}
		os, err := parse(f, name)
		if err != nil {
			t.problem("%w", err)
		}
		return os
	}
	return inventory.OS{}
}

// bootTime reads "btime", seconds since 1970, of proc(5).
func (t *tree) bootTime() time.Time {
	text, err := readSmall(t.fsys, "proc/stat")
	if err != nil {
		return time.Time{}
	}
	for line := range strings.Lines(text) {
		if value, ok := strings.CutPrefix(line, "btime "); ok {
			if seconds, err := strconv.ParseInt(strings.TrimSpace(value), 10, 64); err == nil && seconds > 0 {
				return time.Unix(seconds, 0).UTC()
			}
		}
	}
	return time.Time{}
}

// livepatches lists the live patches that are enabled (Linux,
// Documentation/ABI/testing/sysfs-kernel-livepatch).
func (t *tree) livepatches() []string {
	const dir = "sys/kernel/livepatch"
	entries, err := fs.ReadDir(t.fsys, dir)
	if err != nil {
		return nil // a kernel without live patching
	}
	var names []string
	for _, e := range entries {
		if t.line(path.Join(dir, e.Name(), "enabled")) == "1" {
			names = append(names, e.Name())
		}
	}
	return names
}

// counters reads how much was ever written to each ext4 file system, by its
// UUID: device names change from boot to boot.
func (t *tree) counters() map[string]uint64 {
	devices := make(map[string]string)
	const byUUID = "dev/disk/by-uuid"
	entries, err := fs.ReadDir(t.fsys, byUUID)
	if err != nil {
		return nil
	}
	for _, e := range entries {
		if target, err := fs.ReadLink(t.fsys, path.Join(byUUID, e.Name())); err == nil {
			devices[path.Base(target)] = e.Name()
		}
	}
	counters := make(map[string]uint64)
	systems, err := fs.ReadDir(t.fsys, "sys/fs/ext4")
	if err != nil {
		return nil
	}
	for _, e := range systems {
		uuid, known := devices[e.Name()]
		if !known {
			continue
		}
		written, err := strconv.ParseUint(t.line(path.Join("sys/fs/ext4", e.Name(), "lifetime_write_kbytes")), 10, 64)
		if err == nil {
			counters["ext4/"+uuid+"/lifetimeWriteKB"] = written
		}
	}
	if len(counters) == 0 {
		return nil
	}
	return counters
}
