package osv

import (
	"compress/gzip"
	"io"
)

// Options are what a source may be told. The zero value, and nil, mean the
// defaults.
type Options struct {
	// MaxRecord is the size in bytes of the largest advisory that is read; a
	// larger one is refused with ErrTooLarge. 0: 16 MiB.
	MaxRecord int
	// YAML converts an advisory in YAML to JSON, in which numbers and dates are
	// strings as they were written. nil: such advisories are refused with
	// ErrYAML.
	YAML func(text []byte) ([]byte, error)
	// Decompress returns the content of a compressed file, told by its first
	// bytes; what is not compressed it returns as it is. It sets its own bounds,
	// and is closed where it is an io.Closer.
	// nil: gzip is understood.
	Decompress func(r io.Reader) (io.Reader, error)
}

func (o *Options) maxRecord() int {
	if o == nil || o.MaxRecord <= 0 {
		return 16 << 20
	}
	return o.MaxRecord
}

func (o *Options) yaml(text []byte) ([]byte, error) {
	if o == nil || o.YAML == nil {
		return nil, ErrYAML
	}
	return o.YAML(text)
}

// decompress returns the content of r and what frees it.
func (o *Options) decompress(r io.Reader) (content io.Reader, closed func(), err error) {
	if o != nil && o.Decompress != nil {
		content, err = o.Decompress(r)
		return content, func() { closeReader(content) }, err
	}
	head, r, err := peek(r, 2)
	if err == nil && string(head) == "\x1f\x8b" {
		r, err = gzip.NewReader(r)
	}
	return r, func() {}, err
}

// closeReader closes what was only read from, if it can be closed.
func closeReader(r io.Reader) {
	if c, ok := r.(io.Closer); ok {
		_ = c.Close()
	}
}
