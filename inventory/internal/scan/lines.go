// Package scan is what the inventory readers share: lines of bounded length,
// and strings that are kept once.
package scan

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

// MaxLine is the longest line that Lines gives whole, in bytes. The longest
// field of a real package database is some tens of kilobytes.
const MaxLine = 1 << 20

// Lines reads lines of bounded length: memory stays bounded whatever the input
// holds.
type Lines struct {
	r    *bufio.Reader
	max  int
	buf  []byte
	line []byte
	n    int
	long bool
	open bool
	err  error
}

// NewLines returns Lines over r that gives lines of up to MaxLine bytes.
func NewLines(r io.Reader) *Lines { return NewLongLines(r, MaxLine) }

// NewLongLines returns Lines over r that gives lines of up to longest bytes.
func NewLongLines(r io.Reader, longest int) *Lines {
	return &Lines{r: bufio.NewReaderSize(r, 64<<10), max: longest}
}

// Next reads one line and reports whether there was one.
func (l *Lines) Next() bool {
	if l.err != nil {
		return false
	}
	l.buf, l.long, l.open = l.buf[:0], false, false
	part, err := l.r.ReadSlice('\n')
	if err == nil { // the common case, without a copy
		l.n++
		l.line = trim(part)
		return true
	}
	for {
		if room := l.max - len(l.buf); len(part) > room {
			l.long, part = true, part[:room]
		}
		l.buf = append(l.buf, part...)
		if !errors.Is(err, bufio.ErrBufferFull) {
			break
		}
		part, err = l.r.ReadSlice('\n')
	}
	if err != nil {
		l.err = err
		if len(l.buf) == 0 {
			return false
		}
		l.open = true
	}
	l.n++
	l.line = trim(l.buf)
	return true
}

func trim(line []byte) []byte {
	line = bytes.TrimSuffix(line, []byte{'\n'})
	return bytes.TrimSuffix(line, []byte{'\r'})
}

// Bytes returns the line without its end (LF or CR LF), valid until Next. A
// line that is too long is cut.
func (l *Lines) Bytes() []byte { return l.line }

// Number returns the number of the line, from 1.
func (l *Lines) Number() int { return l.n }

// Long reports whether the line was cut.
func (l *Lines) Long() bool { return l.long }

// Open reports whether the line is the last one and has no end: the file is
// likely truncated.
func (l *Lines) Open() bool { return l.open }

// Err returns the error that ended reading, nil at the end of the input.
func (l *Lines) Err() error {
	if errors.Is(l.err, io.EOF) {
		return nil
	}
	return l.err
}
