package filejournal

import (
	"errors"
	"io"
	"os"
	"syscall"
)

// errSharingViolation is ERROR_SHARING_VIOLATION: another handle is open.
const errSharingViolation = syscall.Errno(32)

// lock opens the lock file so that nobody else can open it until the handle is
// closed, which the system does when the process ends.
func (d folder) lock() (io.Closer, error) {
	path, err := syscall.UTF16PtrFromString(d.path(lockName))
	if err != nil {
		return nil, err
	}
	handle, err := syscall.CreateFile(path, syscall.GENERIC_READ|syscall.GENERIC_WRITE, 0, nil,
		syscall.OPEN_ALWAYS, syscall.FILE_ATTRIBUTE_NORMAL, 0)
	if errors.Is(err, errSharingViolation) {
		return nil, ErrLocked
	}
	if err != nil {
		return nil, &os.PathError{Op: "lock", Path: d.path(lockName), Err: err}
	}
	return os.NewFile(uintptr(handle), d.path(lockName)), nil
}

// syncDir does nothing: a folder cannot be synced here, and NTFS writes renames
// in order through its own log.
func (d folder) syncDir() error { return nil }
