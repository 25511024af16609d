package decompress

import (
	"bufio"
	"compress/bzip2"
	"compress/gzip"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"
	"github.com/mikelolasagasti/xz"
	"github.com/pierrec/lz4/v4"
)

// ErrTooLarge is wrapped by the error of a stream that decompresses to more
// than Options.MaxSize.
var ErrTooLarge = errors.New("decompress: larger than allowed")

// ErrMemory is wrapped by the error of a stream whose header asks for more
// memory than Options.MaxMemory.
var ErrMemory = errors.New("decompress: wants more memory than allowed")

// Options bound what a stream may cost. A nil *Options and zero fields ask for
// the defaults.
type Options struct {
	MaxSize   int64 // decompressed bytes; default 4 GiB
	MaxMemory int64 // bytes of dictionary or window; default 128 MiB, at most 4 GiB - 1; xz -9 needs 64 MiB
}

// Error says which format could not be read and how far reading came.
type Error struct {
	Format  Format
	Offset  int64 // compressed bytes taken in when the fault was seen: it lies at or before this one
	Decoded int64 // decompressed bytes given out before it
	Err     error
}

// Error names format, offsets and cause.
func (e *Error) Error() string {
	return fmt.Sprintf("decompress: %s: at compressed byte %d (decompressed %d): %v", e.Format, e.Offset, e.Decoded, e.Err)
}

// Unwrap returns the cause: ErrTooLarge, ErrMemory, io.ErrUnexpectedEOF for a
// stream that was cut, the input's own error, or the decoder's.
func (e *Error) Unwrap() error { return e.Err }

// Reader decompresses a stream. It is not safe for concurrent use.
type Reader struct {
	format  Format
	in      *counter
	out     io.Reader
	release func()
	left    int64 // bytes that may still be given out
	decoded int64
	failure error // sticky
}

// NewReader tells in's format by its first bytes and returns a Reader of what
// it decompresses to; a stream of no known format is given out as it is.
// Concatenated streams of one format are read to the end of the last. It reads
// ahead of what it gives out. Its error is that of the first bytes: an *Error.
func NewReader(in io.Reader, o *Options) (*Reader, error) {
	options := Options{MaxSize: 4 << 30, MaxMemory: 128 << 20}
	if o != nil && o.MaxSize > 0 {
		options.MaxSize = o.MaxSize
	}
	if o != nil && o.MaxMemory > 0 {
		options.MaxMemory = min(o.MaxMemory, 1<<32-1)
	}
	count := &counter{in: in}
	buffered := bufio.NewReaderSize(count, 64<<10)
	first, err := buffered.Peek(sniffed)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, &Error{Offset: count.n, Err: err}
	}
	r := &Reader{format: Detect(first), in: count, left: options.MaxSize, release: func() {}}
	if err := r.guard(func() error { return r.open(buffered, options.MaxMemory) }); err != nil {
		return nil, r.fault(err)
	}
	return r, nil
}

func (r *Reader) open(in io.Reader, memory int64) error {
	switch r.format {
	case Gzip:
		d, err := gzip.NewReader(in)
		r.out = d
		return err
	case Bzip2:
		r.out = bzip2.NewReader(in)
	case XZ:
		d, err := xz.NewReader(in, uint32(memory)) //nolint:gosec // bounded by NewReader
		r.out = d
		return err
	case Zstd:
		d, err := zstd.NewReader(in, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
			zstd.WithDecoderMaxMemory(uint64(memory)), zstd.WithDecoderMaxWindow(uint64(max(memory, zstd.MinWindowSize))))
		if err != nil {
			return err
		}
		r.out, r.release = d, d.Close
	case LZ4:
		r.out = lz4.NewReader(in)
	case Plain:
		r.out = in
	}
	return nil
}

// Format returns the format that the first bytes told.
func (r *Reader) Format() Format { return r.format }

// Read gives out decompressed bytes. Its errors are io.EOF behind the last
// byte of a whole stream, and *Error; they stay.
func (r *Reader) Read(p []byte) (int, error) {
	if r.failure != nil {
		return 0, r.failure
	}
	if int64(len(p)) > r.left+1 {
		p = p[:r.left+1] // one more shows that there is more
	}
	n := 0
	err := r.guard(func() (err error) {
		n, err = r.out.Read(p)
		return err
	})
	if int64(n) > r.left {
		n, err = int(r.left), ErrTooLarge
	}
	r.left -= int64(n)
	r.decoded += int64(n)
	if err != nil && err != io.EOF { //nolint:errorlint // a wrapped io.EOF is a fault, not the end
		err = r.fault(err)
	}
	r.failure = err
	return n, err
}

// Close frees the decoder. It does not close the input.
func (r *Reader) Close() error {
	r.release()
	r.release = func() {}
	if r.failure == nil {
		r.failure = &Error{Format: r.format, Offset: r.in.n, Decoded: r.decoded, Err: io.ErrClosedPipe}
	}
	return nil
}

// guard turns a panic of a decoder, which is foreign code on hostile input,
// into an error.
func (r *Reader) guard(do func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("the decoder failed: %v", p)
		}
	}()
	return do()
}

func (r *Reader) fault(err error) error {
	switch {
	case errors.Is(err, xz.ErrMemlimit), errors.Is(err, zstd.ErrWindowSizeExceeded), errors.Is(err, zstd.ErrDecoderSizeExceeded):
		err = fmt.Errorf("%w: %w", ErrMemory, err)
	case errors.Is(err, xz.ErrBuf), errors.Is(err, io.EOF):
		err = io.ErrUnexpectedEOF
	}
	return &Error{Format: r.format, Offset: r.in.n, Decoded: r.decoded, Err: err}
}

// counter counts what is read from in.
type counter struct {
	in io.Reader
	n  int64
}

func (c *counter) Read(p []byte) (int, error) {
	n, err := c.in.Read(p)
	c.n += int64(n)
	return n, err
}
