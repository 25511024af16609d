package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/fettle-dev/fettle/examples/internal/statusline"
	"github.com/fettle-dev/fettle/feed/decompress"
)

// opener opens files, decompressed as they come; the line on the terminal tells how
// far they are read.
type opener struct{ line *statusline.Line }

// open opens the file path, which is not empty; what it yields is plain.
func (o opener) open(path string) (io.ReadCloser, error) {
	if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() && info.Size() == 0 {
		return nil, fmt.Errorf("%s: is empty", path)
	}
	f, err := o.raw(path)
	if err != nil {
		return nil, err
	}
	r, err := decompress.NewReader(f, nil)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", path, err), f.Close())
	}
	return stacked{Reader: r, closers: []io.Closer{r, f}}, nil
}

// raw opens the file path as it is. A folder is no file.
func (o opener) raw(path string) (io.ReadCloser, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err == nil && info.IsDir() {
		err = fmt.Errorf("%s: is a folder, want a file", path)
	}
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return reading(o.line, f, path, info.Size()), nil
}

// stacked closes what it reads through, the outermost first.
type stacked struct {
	io.Reader
	closers []io.Closer
}

func (s stacked) Close() error {
	var err error
	for _, c := range s.closers {
		err = errors.Join(err, c.Close())
	}
	return err
}
