package filejournal

import (
	"errors"
	"io"
)

// scanner reads the frames of a part of a file, one after the other.
type scanner struct {
	file  file
	at    int64 // of the next frame
	end   int64 // of the part
	reuse bool  // frames are views that last until the next call of next

	buf    []byte // what is read of the file
	offset int64  // of buf in the file
}

// rest returns what is buffered from the next frame on.
func (r *scanner) rest() []byte {
	if at := r.at - r.offset; at >= 0 && at < int64(len(r.buf)) {
		return r.buf[at:]
	}
	return nil
}

// buffered returns how much memory the views of the last frame hold.
func (r *scanner) buffered() int { return len(r.buf) }

// ready reports whether the whole next frame is in memory.
func (r *scanner) ready() bool {
	rest := r.rest()
	if len(rest) < frameHead {
		return false
	}
	size, ok := frameSize(rest)
	return ok && size <= len(rest)
}

// next returns the next frame and moves behind it. If there is none, rule says
// what does not hold, and the scanner stays.
func (r *scanner) next() (f frame, size int, rule string, err error) {
	if !r.ready() {
		if err := r.fill(chunkSize); err != nil {
			return f, 0, "", err
		}
		if rest := r.rest(); len(rest) >= frameHead {
			if size, ok := frameSize(rest); ok && size > len(rest) && int64(size) <= r.end-r.at {
				if err := r.fill(size); err != nil {
					return f, 0, "", err
				}
			}
		}
	}
	f, size, rule = parseFrame(r.rest())
	if rule == "" {
		r.at += int64(size)
	}
	return f, size, rule, nil
}

// fill reads size bytes from the next frame on, less where the part or the file
// ends.
func (r *scanner) fill(size int) error {
	size = int(min(int64(size), r.end-r.at))
	if !r.reuse || cap(r.buf) < size {
		r.buf = make([]byte, size)
	}
	n, err := r.file.ReadAt(r.buf[:size], r.at)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	r.buf, r.offset = r.buf[:n], r.at
	return nil
}
