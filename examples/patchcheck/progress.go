package main

import (
	"fmt"
	"io"
	"path/filepath"
	"time"

	"github.com/fettle-dev/fettle/examples/internal/statusline"
)

// reading returns r with its progress shown on the line; size may be 0 where it is
// not known.
func reading(line *statusline.Line, r io.ReadCloser, path string, size int64) io.ReadCloser {
	if line == nil {
		return r
	}
	return &watched{ReadCloser: r, line: line, name: filepath.Base(path), size: size}
}

type watched struct {
	io.ReadCloser
	line *statusline.Line
	name string
	size int64
	read int64
}

func (w *watched) Read(b []byte) (int, error) {
	n, err := w.ReadCloser.Read(b)
	w.read += int64(n)
	w.line.Show(func(time.Duration) string {
		if w.size > 0 {
			return fmt.Sprintf("reading %s %3d %%", w.name, min(100, 100*w.read/w.size))
		}
		return fmt.Sprintf("reading %s %d MB", w.name, w.read>>20)
	})
	return n, err
}
