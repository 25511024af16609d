package filejournal

import (
	"errors"
	"fmt"
)

var (
	// ErrLocked is returned by Open while another process, or another Journal of
	// this one, has the folder open for writing.
	ErrLocked = errors.New("filejournal: the folder is open for writing elsewhere")
	// ErrFailed is returned by every call after a write or a sync has failed; the
	// error wraps that cause too. Close the journal and open it again.
	ErrFailed = errors.New("filejournal: an earlier write failed")
	// ErrClosed is returned by every call after Close.
	ErrClosed = errors.New("filejournal: the journal is closed")
	// ErrDamaged is wrapped by every DamageError. The folder is left as it is:
	// restore it from a copy, or look at the named file.
	ErrDamaged = errors.New("filejournal: the journal is damaged")
)

// DamageError says what in the folder is not as it was written.
type DamageError struct {
	File   string // without the folder
	Offset int64  // in bytes from the start of the file
	Rule   string // what does not hold
}

// Error names file, offset and rule.
func (e *DamageError) Error() string {
	return fmt.Sprintf("%v: %s at byte %d: %s", ErrDamaged, e.File, e.Offset, e.Rule)
}

// Unwrap returns ErrDamaged.
func (e *DamageError) Unwrap() error { return ErrDamaged }

func damaged(file string, offset int64, rule string, args ...any) error {
	return &DamageError{File: file, Offset: offset, Rule: fmt.Sprintf(rule, args...)}
}
