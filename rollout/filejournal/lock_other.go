//go:build !(darwin || dragonfly || freebsd || linux || netbsd || openbsd || windows)

package filejournal

import (
	"errors"
	"fmt"
	"io"
	"runtime"
)

// lock fails: without a lock that ends with the process, two writers could
// destroy each other's entries.
func (d folder) lock() (io.Closer, error) {
	return nil, fmt.Errorf("filejournal: no file locks on %s: %w", runtime.GOOS, errors.ErrUnsupported)
}

func (d folder) syncDir() error { return errors.ErrUnsupported }
