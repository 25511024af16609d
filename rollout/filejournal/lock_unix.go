//go:build darwin || dragonfly || freebsd || linux || netbsd || openbsd

package filejournal

import (
	"errors"
	"io"
	"os"
	"syscall"
)

// lock holds an exclusive lock on the lock file until it is closed or the
// process ends.
func (d folder) lock() (io.Closer, error) {
	f, err := os.OpenFile(d.path(lockName), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		_ = f.Close()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, ErrLocked
		}
		return nil, &os.PathError{Op: "flock", Path: d.path(lockName), Err: err}
	}
	return f, nil
}

func (d folder) syncDir() error {
	f, err := os.Open(string(d))
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Sync()
}
