package main

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"time"
)

// progress shows on a terminal how far long reads have come. The nil progress
// is silent.
type progress struct {
	out   io.Writer
	begun time.Time
	shown time.Time
	width int // of the line that stands there
}

const (
	quiet    = 700 * time.Millisecond // reads that end sooner show nothing
	interval = 100 * time.Millisecond
)

func newProgress(out io.Writer, terminal bool) *progress {
	if !terminal {
		return nil
	}
	return &progress{out: out, begun: time.Now()}
}

// reading returns r with its progress shown; size may be 0 where it is not
// known.
func (p *progress) reading(r io.ReadCloser, path string, size int64) io.ReadCloser {
	if p == nil {
		return r
	}
	return &watched{ReadCloser: r, progress: p, name: filepath.Base(path), size: size}
}

// show replaces the line on the terminal.
func (p *progress) show(line string) {
	now := time.Now()
	if p == nil || now.Sub(p.begun) < quiet || now.Sub(p.shown) < interval {
		return
	}
	fmt.Fprintf(p.out, "\r%s%s", line, strings.Repeat(" ", max(0, p.width-len(line))))
	p.shown, p.width = now, len(line)
}

// done takes the line away.
func (p *progress) done() {
	if p != nil && p.width > 0 {
		fmt.Fprintf(p.out, "\r%s\r", strings.Repeat(" ", p.width))
		p.width = 0
	}
}

type watched struct {
	io.ReadCloser
	progress *progress
	name     string
	size     int64
	read     int64
}

func (w *watched) Read(b []byte) (int, error) {
	n, err := w.ReadCloser.Read(b)
	w.read += int64(n)
	if w.size > 0 {
		w.progress.show(fmt.Sprintf("reading %s %3d %%", w.name, min(100, 100*w.read/w.size)))
	} else {
		w.progress.show(fmt.Sprintf("reading %s %d MB", w.name, w.read>>20))
	}
	return n, err
}
