package filejournal

import (
	"errors"
	"io"
	"os"
	"path/filepath"
)

// fileSystem is the door to the disk. What a file or the folder was told is on
// disk only after Sync or syncDir has returned nil; until then a crash may
// keep any part of it, in any order.
//
//nolint:interfacebloat // the calls of one system, not a contract for others
type fileSystem interface {
	open(name string) (file, error)   // for reading and writing; it exists
	view(name string) (file, error)   // for reading; it exists
	create(name string) (file, error) // empty, in place of what had the name
	rename(from, to string) error     // at once, in place of what had the name
	remove(name string) error
	list() ([]string, error)
	syncDir() error
	lock() (io.Closer, error) // ErrLocked if another has it
}

// file is an open file of a fileSystem.
//
//nolint:interfacebloat // likewise
type file interface {
	io.ReaderAt
	io.WriterAt
	io.Closer
	Sync() error
	Truncate(size int64) error
	size() (int64, error)
}

// folder is the fileSystem of a folder on disk.
type folder string

type diskFile struct{ *os.File }

func (f diskFile) size() (int64, error) {
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}

func (d folder) path(name string) string { return filepath.Join(string(d), name) }

func (d folder) openWith(name string, flag int) (file, error) {
	f, err := os.OpenFile(d.path(name), flag, 0o600)
	if err != nil {
		return nil, err
	}
	return diskFile{f}, nil
}

func (d folder) open(name string) (file, error) { return d.openWith(name, os.O_RDWR) }
func (d folder) view(name string) (file, error) { return d.openWith(name, os.O_RDONLY) }

func (d folder) create(name string) (file, error) {
	return d.openWith(name, os.O_RDWR|os.O_CREATE|os.O_TRUNC)
}

func (d folder) rename(from, to string) error { return os.Rename(d.path(from), d.path(to)) }
func (d folder) remove(name string) error     { return os.Remove(d.path(name)) }

func (d folder) list() ([]string, error) {
	entries, err := os.ReadDir(string(d))
	if err != nil {
		return nil, err
	}
	names := make([]string, len(entries))
	for i, entry := range entries {
		names[i] = entry.Name()
	}
	return names, nil
}

// makeFolder makes dir and the folders above it that are missing, and sees to it
// that their names are on disk.
func makeFolder(dir string) error {
	if _, err := os.Stat(dir); !errors.Is(err, os.ErrNotExist) {
		return err
	}
	above := filepath.Dir(dir)
	if err := makeFolder(above); err != nil {
		return err
	}
	if err := os.Mkdir(dir, 0o700); err != nil && !errors.Is(err, os.ErrExist) {
		return err
	}
	return folder(above).syncDir()
}

// writeFile makes a file that is complete and on disk whenever its name is
// there: written and synced under another name, then renamed.
func writeFile(fs fileSystem, name string, parts ...[]byte) (err error) {
	f, err := fs.create(name + tmpSuffix)
	if err != nil {
		return err
	}
	at := int64(0)
	for _, part := range parts {
		if _, err := f.WriteAt(part, at); err != nil {
			_ = f.Close()
			return err
		}
		at += int64(len(part))
	}
	if err := f.Sync(); err != nil {
		_ = f.Close()
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	if err := fs.rename(name+tmpSuffix, name); err != nil {
		return err
	}
	return fs.syncDir()
}
