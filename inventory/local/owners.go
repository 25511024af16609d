package local

import (
	"context"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/inventory"
	"github.com/fettle-dev/fettle/inventory/dpkg"
	"github.com/fettle-dev/fettle/inventory/internal/scan"
)

// owners enters the packages that own the mapped files, the files that were
// looked at and the running kernel's image.
func (t *tree) owners(ctx context.Context) {
	s := &t.Snapshot
	wanted := make(map[string][]string)
	for _, m := range s.Restart.Mapped {
		wanted[plainPath(m.Path)] = nil
	}
	for _, f := range s.Files {
		wanted[plainPath(f.Path)] = nil
	}
	var images []string
	if release := s.Kernel.Release; release != "" && !strings.Contains(release, "/") {
		images = []string{"/boot/vmlinuz-" + release, plainPath("/usr/lib/modules/" + release + "/vmlinuz")}
		for _, image := range images {
			wanted[image] = nil
		}
	}
	if len(wanted) == 0 {
		return
	}
	if t.wants(inventory.TypeDeb) {
		t.dpkgOwners(wanted)
	}
	if dir, err := t.rpmDir(); err == nil && dir != "" && t.wants(inventory.TypeRPM) {
		t.rpmOwners(ctx, dir, wanted, images)
	}
	for i, m := range s.Restart.Mapped {
		if names := wanted[plainPath(m.Path)]; len(names) > 0 {
			s.Restart.Mapped[i].Package = names[0]
		}
	}
	for i, f := range s.Files {
		if names := wanted[plainPath(f.Path)]; len(names) > 0 && !f.Dir {
			s.Files[i].Package = names[0]
		}
	}
	for _, image := range images {
		s.Kernel.Packages = append(s.Kernel.Packages, wanted[image]...)
	}
}

// plainPath takes /usr off the paths of systems whose /lib and /bin lie in /usr:
// packages name them either way.
func plainPath(p string) string {
	if rest, ok := strings.CutPrefix(p, "/usr/"); ok {
		for _, dir := range []string{"lib", "bin/", "sbin/"} {
			if strings.HasPrefix(rest, dir) {
				return "/" + rest
			}
		}
	}
	return p
}

// dpkgOwners looks through dpkg's lists of files.
func (t *tree) dpkgOwners(wanted map[string][]string) {
	dir := path.Join(dpkg.Dir, "info")
	entries, err := fs.ReadDir(t.fsys, dir)
	if err != nil {
		return
	}
	for _, e := range entries {
		name, isList := strings.CutSuffix(e.Name(), ".list")
		if !isList {
			continue
		}
		name, _, _ = strings.Cut(name, ":") // libc6:amd64
		f, err := t.fsys.Open(path.Join(dir, e.Name()))
		if err != nil {
			continue
		}
		for lines := scan.NewLines(f); lines.Next(); {
			line := plainPath(string(lines.Bytes()))
			if names, ok := wanted[line]; ok && !slices.Contains(names, name) {
				wanted[line] = append(names, name)
			}
		}
		_ = f.Close()
	}
}

// rpmOwners asks rpm, file by file, because one file without an owner fails the
// whole question. Files beyond the first 200 stay without.
func (t *tree) rpmOwners(ctx context.Context, dir string, wanted map[string][]string, images []string) {
	const most = 200
	var files []string
	for _, m := range t.Snapshot.Restart.Mapped {
		files = append(files, m.Path)
	}
	for _, f := range t.Snapshot.Files {
		files = append(files, f.Path)
	}
	for _, file := range files[:min(len(files), most)] {
		t.rpmOwner(ctx, dir, wanted, file)
	}
	for _, image := range images {
		if exists(t.fsys, strings.TrimPrefix(image, "/")) {
			t.rpmOwner(ctx, dir, wanted, image)
		}
	}
}

func (t *tree) rpmOwner(ctx context.Context, dir string, wanted map[string][]string, file string) {
	out, err := t.rpm(ctx, dir, "-qf", "--qf", `%{NAME}\n`, file)
	if err != nil {
		return
	}
	for name := range strings.Lines(string(out)) {
		if name = strings.TrimSpace(name); scan.CheckWord(name) == nil && !slices.Contains(wanted[plainPath(file)], name) {
			wanted[plainPath(file)] = append(wanted[plainPath(file)], name)
		}
	}
}
