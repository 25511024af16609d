package local

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io/fs"
	"maps"
	"os"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"github.com/fettle-dev/fettle/inventory"
)

// evidence gathers what speaks for a pending restart.
func (t *tree) evidence(ctx context.Context) {
	if slices.Contains(t.needs.Evidence, inventory.EvidenceFlag) {
		t.flag()
	}
	if slices.Contains(t.needs.Evidence, inventory.EvidenceMapped) {
		t.mapped(ctx)
	}
	for _, e := range []inventory.Evidence{inventory.EvidenceRenames, inventory.EvidenceComponents, inventory.EvidenceMarks} {
		if slices.Contains(t.needs.Evidence, e) { // Windows has these, Linux cannot
			t.Snapshot.Scope.Evidence = append(t.Snapshot.Scope.Evidence, e)
		}
	}
}

// flag reads Debian's and Ubuntu's flag. No flag is in scope too, although on a
// host where no hook sets it that says little.
func (t *tree) flag() {
	_, err := fs.Stat(t.fsys, "run/reboot-required")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.problem("%w", err)
		return
	}
	t.Snapshot.Restart.Required = err == nil
	text, err := readSmall(t.fsys, "run/reboot-required.pkgs")
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.problem("%w", err)
		return
	}
	for line := range strings.Lines(text) {
		if name := strings.TrimSpace(line); name != "" {
			t.Snapshot.Restart.Packages = append(t.Snapshot.Restart.Packages, name)
		}
	}
	t.Snapshot.Scope.Evidence = append(t.Snapshot.Scope.Evidence, inventory.EvidenceFlag)
}

// mapped finds the deleted files that processes still execute from.
func (t *tree) mapped(ctx context.Context) {
	entries, err := fs.ReadDir(t.fsys, "proc")
	if err != nil {
		t.problem("%w", err)
		return
	}
	unread, processes := 0, 0
	files := make(map[string][]inventory.Process)
	for _, e := range entries {
		pid, err := strconv.Atoi(e.Name())
		if err != nil {
			continue
		}
		if ctx.Err() != nil {
			return
		}
		paths, err := t.deletedOf(pid)
		switch {
		case err == nil:
			processes++
		case errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ESRCH): // it has ended
		default:
			unread++
		}
		for _, p := range paths {
			files[p] = append(files[p], t.process(pid))
		}
	}
	for _, p := range slices.Sorted(maps.Keys(files)) {
		t.Snapshot.Restart.Mapped = append(t.Snapshot.Restart.Mapped, inventory.MappedFile{Path: p, Processes: files[p]})
	}
	switch {
	case processes == 0:
		t.problem("proc: no process could be looked at")
	case unread > 0:
		t.problem("proc: of %d processes the memory maps of %d could not be read: as root, and outside of a container, they can be", processes+unread, unread)
	default:
		t.Snapshot.Scope.Evidence = append(t.Snapshot.Scope.Evidence, inventory.EvidenceMapped)
	}
}

// maxMaps bounds the memory map of one process, in lines.
const maxMaps = 1 << 20

// deletedOf lists the deleted files of which the process has executable
// mappings, once each.
func (t *tree) deletedOf(pid int) ([]string, error) {
	dir := path.Join("proc", strconv.Itoa(pid))
	f, err := t.fsys.Open(path.Join(dir, "maps"))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	seen := make(map[string]bool)
	scan := bufio.NewScanner(f)
	for n := 0; scan.Scan(); n++ {
		if n > maxMaps {
			return nil, inventory.ErrTooLarge
		}
		if p, ok := deletedPath(scan.Bytes()); ok {
			seen[p] = true
		}
	}
	if err := scan.Err(); err != nil {
		return nil, err
	}
	if len(seen) == 0 || t.elsewhere(dir) {
		return nil, nil
	}
	return slices.Sorted(maps.Keys(seen)), nil
}

// elsewhere reports whether the process has another root, as in a container:
// its paths are not this host's.
func (t *tree) elsewhere(dir string) bool {
	theirs, err := fs.Stat(t.fsys, path.Join(dir, "root"))
	if err != nil {
		return false
	}
	ours, err := fs.Stat(t.fsys, ".")
	return err == nil && !os.SameFile(theirs, ours)
}

// While they replace a file, rpm gives the old one a suffix of ; and eight
// hexadecimal digits, dpkg .dpkg-tmp or .dpkg-new.
var replacing = regexp.MustCompile(`(;[0-9a-f]{8}|\.dpkg-(tmp|new))$`)

// owned reports whether a mapped path can be a package's: not shared memory, a
// device or what programs make for themselves.
func owned(p string) bool {
	for _, prefix := range []string{
		"/dev/", "/memfd:", "/SYSV", "/proc/", "/sys/", "/run/", "/tmp/", "/var/tmp/", "/[", "/anon_hugepage", "/i915", "/drm", "/home/",
	} {
		if strings.HasPrefix(p, prefix) {
			return false
		}
	}
	return true
}

// deletedPath reads one line of proc/pid/maps (proc(5)):
//
//	7f..-7f.. r-xp 00028000 fe:01 1234  /usr/lib/libssl.so.3 (deleted)
func deletedPath(line []byte) (string, bool) {
	line, deleted := bytes.CutSuffix(line, []byte(" (deleted)"))
	if !deleted {
		return "", false
	}
	i := bytes.IndexByte(line, '/')
	words := bytes.Fields(line[:max(i, 0)])
	if len(words) != 5 || !bytes.Contains(words[1], []byte("x")) {
		return "", false
	}
	p := replacing.ReplaceAllString(string(line[i:]), "")
	return p, owned(p) && inventory.CheckPath(p) == nil
}

// process names a process and its systemd unit, which is the last element of
// its control group.
func (t *tree) process(pid int) inventory.Process {
	dir := path.Join("proc", strconv.Itoa(pid))
	p := inventory.Process{PID: pid, Name: strings.ToValidUTF8(t.line(path.Join(dir, "comm")), "?")}
	text, err := readSmall(t.fsys, path.Join(dir, "cgroup"))
	if err != nil {
		return p
	}
	for line := range strings.Lines(text) {
		parts := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(parts) != 3 {
			continue
		}
		for unit := range strings.SplitSeq(parts[2], "/") {
			if strings.HasSuffix(unit, ".service") || strings.HasSuffix(unit, ".scope") {
				p.Unit = unit
			}
		}
	}
	return p
}
