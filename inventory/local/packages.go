package local

import (
	"bytes"
	"context"
	"errors"
	"io/fs"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/inventory"
	"github.com/fettle-dev/fettle/inventory/apk"
	"github.com/fettle-dev/fettle/inventory/dpkg"
	"github.com/fettle-dev/fettle/inventory/rpm"
)

// packages reads the package databases of the wanted types. Where a database
// is not there, the system has no packages of the type.
func (t *tree) packages(ctx context.Context) {
	for _, kind := range []struct {
		typ  string
		read func(context.Context) (inventory.Listing, error)
	}{
		{inventory.TypeAPK, t.readAPK}, {inventory.TypeDeb, t.readDpkg}, {inventory.TypeRPM, t.readRPM},
	} {
		if !t.wants(kind.typ) {
			continue
		}
		listing, err := kind.read(ctx)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			listing = inventory.Listing{Scope: inventory.PackageScope{Type: kind.typ, All: true}}
		case err != nil:
			t.problem("packages of type %s: %w", kind.typ, err)
			continue
		default:
			t.Reports[kind.typ] = listing.Report
		}
		t.Snapshot.Add(listing)
	}
}

func (t *tree) wants(typ string) bool {
	return t.needs.AllPackages || slices.ContainsFunc(t.needs.Packages, func(p inventory.PackageNeed) bool { return p.Type == typ })
}

func (t *tree) readDpkg(context.Context) (inventory.Listing, error) {
	return dpkg.Read(t.fsys, dpkg.Dir)
}

func (t *tree) readAPK(context.Context) (inventory.Listing, error) {
	name := apk.File
	f, err := t.fsys.Open(name)
	if errors.Is(err, fs.ErrNotExist) {
		name = apk.FileUsr
		f, err = t.fsys.Open(name)
	}
	if err != nil {
		return inventory.Listing{}, err
	}
	defer f.Close()
	return apk.Parse(f, name)
}

// rpmDirs are where rpm keeps its database: classic, from Fedora 36 on, and in
// image-based systems.
func rpmDirs() []string { return []string{"var/lib/rpm", "usr/lib/sysimage/rpm", "usr/share/rpm"} }

// rpmDir finds the folder of the rpm database, empty where there is none: a
// folder with files in it. An error means that nobody can tell.
func (t *tree) rpmDir() (string, error) {
	for _, dir := range rpmDirs() {
		entries, err := fs.ReadDir(t.fsys, dir)
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			return "", err
		}
		for _, e := range entries {
			if !strings.HasPrefix(e.Name(), ".") { // lock files
				return dir, nil
			}
		}
	}
	return "", nil
}

func (t *tree) readRPM(ctx context.Context) (inventory.Listing, error) {
	dir, err := t.rpmDir()
	if err != nil {
		return inventory.Listing{}, err
	}
	if dir == "" {
		return inventory.Listing{}, fs.ErrNotExist
	}
	out, err := t.rpm(ctx, dir, "-qa", "--qf", rpm.Format)
	if err != nil && ctx.Err() == nil { // an rpm before 4.15 knows no module labels
		var again error
		if out, again = t.rpm(ctx, dir, "-qa", "--qf", rpm.FormatOld); again == nil {
			err = nil
		}
	}
	if err != nil {
		return inventory.Listing{}, programError{err}
	}
	listing, err := rpm.Parse(bytes.NewReader(out), "rpm -qa")
	if errors.Is(err, inventory.ErrEmpty) { // rpm succeeded: its database is empty
		return inventory.Listing{Scope: inventory.PackageScope{Type: inventory.TypeRPM, All: true}}, nil
	}
	return listing, err
}

// rpm runs rpm on the database in dir. The folder is named because an rpm that
// is not the system's own (Debian's, looking at another root) would look
// elsewhere, find nothing and report success.
func (t *tree) rpm(ctx context.Context, dir string, args ...string) ([]byte, error) {
	args = append([]string{"--dbpath", "/" + dir}, args...)
	if t.root != "/" {
		args = append([]string{"--root", t.root}, args...)
	}
	return t.run(ctx, "rpm", args...)
}

// programError hides that a program was not found, so that it is not taken for
// a database that is not there.
type programError struct{ err error }

func (e programError) Error() string { return e.err.Error() }
