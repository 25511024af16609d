package dpkg

import (
	"errors"
	"fmt"
	"io/fs"
	"path"

	"github.com/fettle-dev/fettle/inventory"
)

// Dir is where Debian keeps dpkg's database, relative to the root.
const Dir = "var/lib/dpkg"

// maxUpdates bounds the files of the updates folder; dpkg rewrites the status
// file after 50 of them.
const maxUpdates = 10_000

// Read reads the database in the folder dir of fsys, usually Dir: status with
// updates, or, in a distroless image, status.d. An error that wraps
// fs.ErrNotExist means that there is no database.
func Read(fsys fs.FS, dir string) (inventory.Listing, error) {
	status, err := fsys.Open(path.Join(dir, "status"))
	if errors.Is(err, fs.ErrNotExist) {
		return readFolder(fsys, path.Join(dir, "status.d"))
	}
	if err != nil {
		return inventory.Listing{}, fmt.Errorf("dpkg: %w", err)
	}
	defer status.Close()
	updates, done, err := openUpdates(fsys, path.Join(dir, "updates"))
	defer done()
	if err != nil {
		return inventory.Listing{}, fmt.Errorf("dpkg: pending updates: %w", err)
	}
	return Parse(status, path.Join(dir, "status"), &Options{Updates: updates})
}

// openUpdates opens the pending updates. No such folder means none.
func openUpdates(fsys fs.FS, dir string) (updates []Update, done func(), err error) {
	var open []fs.File
	done = func() {
		for _, f := range open {
			_ = f.Close() // read only
		}
	}
	entries, err := fs.ReadDir(fsys, dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, done, nil
	}
	if err != nil {
		return nil, done, err
	}
	if len(entries) > maxUpdates {
		return nil, done, fmt.Errorf("%w: %s holds more than %d files", inventory.ErrTooLarge, dir, maxUpdates)
	}
	for _, e := range entries {
		if !IsUpdate(e.Name()) {
			continue
		}
		f, err := fsys.Open(path.Join(dir, e.Name()))
		if err != nil {
			return nil, done, err
		}
		open = append(open, f)
		updates = append(updates, Update{Name: path.Join(dir, e.Name()), Content: f})
	}
	return updates, done, nil
}

// readFolder reads the status.d folder of a distroless image, in which each
// package has a file of its own beside its list of digests.
func readFolder(fsys fs.FS, dir string) (inventory.Listing, error) {
	entries, err := fs.ReadDir(fsys, dir)
	if err != nil {
		return inventory.Listing{}, fmt.Errorf("dpkg: neither a status file nor a status.d folder: %w", err)
	}
	all := inventory.Listing{Scope: inventory.PackageScope{Type: inventory.TypeDeb, All: true}}
	for _, e := range entries {
		if e.IsDir() || path.Ext(e.Name()) == ".md5sums" {
			continue
		}
		if len(all.Packages) > maxStanzas {
			return inventory.Listing{}, fmt.Errorf("dpkg: %w: %s holds more than %d packages", inventory.ErrTooLarge, dir, maxStanzas)
		}
		one, err := readFile(fsys, path.Join(dir, e.Name()))
		if err != nil {
			return inventory.Listing{}, err
		}
		all.Packages = append(all.Packages, one.Packages...)
		all.Scope.All = all.Scope.All && one.Scope.All
		all.Scope.Unread = append(all.Scope.Unread, one.Scope.Unread...)
		all.Report.Merge(one.Report)
	}
	if all.Report.Read == 0 {
		return inventory.Listing{}, &inventory.RecordError{File: dir, Err: inventory.ErrEmpty}
	}
	return all, nil
}

func readFile(fsys fs.FS, name string) (inventory.Listing, error) {
	f, err := fsys.Open(name)
	if err != nil {
		return inventory.Listing{}, fmt.Errorf("dpkg: %w", err)
	}
	defer f.Close()
	return Parse(f, name, &Options{StatusOptional: true})
}
