package decompress_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/fettle-dev/fettle/feed/decompress"
)

// pressed are one text and its compressed forms, as the tools of that name make
// them.
func pressed(tb testing.TB, text []byte) map[decompress.Format][]byte {
	tb.Helper()
	forms := map[decompress.Format][]byte{decompress.Plain: text}
	for format, command := range map[decompress.Format][]string{
		decompress.Gzip:  {"gzip", "-nc"},
		decompress.Bzip2: {"bzip2", "-c"},
		decompress.XZ:    {"xz", "-c"},
		decompress.Zstd:  {"zstd", "-qc", "--check"},
		decompress.LZ4:   {"lz4", "-qc"},
	} {
		cmd := exec.CommandContext(tb.Context(), command[0], command[1:]...)
		cmd.Stdin = bytes.NewReader(text)
		out, err := cmd.Output()
		if errors.Is(err, exec.ErrNotFound) {
			tb.Logf("no %s here: %s is not tested", command[0], format)
			continue
		}
		if err != nil {
			tb.Fatal(err)
		}
		forms[format] = out
	}
	return forms
}

var sample = []byte(strings.Repeat("Package: openssl\nVersion: 3.0.17-1~deb12u3\n\n", 300) + "end of the sample\n")

func all(in io.Reader, o *decompress.Options) ([]byte, decompress.Format, error) {
	r, err := decompress.NewReader(in, o)
	if err != nil {
		return nil, 0, err
	}
	defer func() { _ = r.Close() }()
	got, err := io.ReadAll(r)
	return got, r.Format(), err
}

func TestRoundTrip(t *testing.T) {
	t.Parallel()
	for _, text := range [][]byte{sample, nil, []byte("x")} {
		for format, data := range pressed(t, text) {
			got, told, err := all(iotest.HalfReader(bytes.NewReader(data)), nil)
			if err != nil || told != format || !bytes.Equal(got, text) {
				t.Errorf("%s: told %s, %d bytes of %d, %v", format, told, len(got), len(text), err)
			}
		}
	}
}

func TestConcatenated(t *testing.T) {
	t.Parallel()
	for format, data := range pressed(t, sample) {
		got, _, err := all(bytes.NewReader(append(bytes.Clone(data), data...)), nil)
		if want := append(bytes.Clone(sample), sample...); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: %d bytes, want %d, %v", format, len(got), len(want), err)
		}
	}
}

func TestRubbishBehindTheEnd(t *testing.T) {
	t.Parallel()
	for format, data := range pressed(t, sample) {
		if format == decompress.Plain {
			continue
		}
		_, _, err := all(bytes.NewReader(append(bytes.Clone(data), "rubbish that follows"...)), nil)
		if _, ok := errors.AsType[*decompress.Error](err); !ok {
			t.Errorf("%s: %v, want an *Error", format, err)
		}
	}
}

// TestCut cuts each form at each byte: what comes out is never taken for whole.
func TestCut(t *testing.T) {
	t.Parallel()
	for format, data := range pressed(t, sample) {
		if format == decompress.Plain {
			continue
		}
		for n := 1; n < len(data); n++ {
			got, told, err := all(bytes.NewReader(data[:n]), nil)
			if told == decompress.Plain && err == nil {
				continue // cut inside the magic bytes: plain rubbish
			}
			var fault *decompress.Error
			if !errors.As(err, &fault) || fault.Format != format || fault.Offset != int64(n) {
				t.Fatalf("%s cut to %d of %d bytes: %d bytes out, %v", format, n, len(data), len(got), err)
			}
		}
	}
}

// TestFlipped flips each bit: the text comes out as it was, or an error does.
func TestFlipped(t *testing.T) {
	t.Parallel()
	for format, data := range pressed(t, sample) {
		if format == decompress.Plain {
			continue
		}
		for i := range len(data) * 8 {
			bad := bytes.Clone(data)
			bad[i/8] ^= 1 << (i % 8)
			got, told, err := all(bytes.NewReader(bad), &decompress.Options{MaxSize: 1 << 20, MaxMemory: 16 << 20})
			if err == nil && told == format && !bytes.Equal(got, sample) {
				t.Fatalf("%s: bit %d flipped: %d other bytes come out as if whole", format, i, len(got))
			}
		}
	}
}

func TestMaxSize(t *testing.T) {
	t.Parallel()
	for format, data := range pressed(t, sample) {
		size := int64(len(sample))
		if got, _, err := all(bytes.NewReader(data), &decompress.Options{MaxSize: size}); err != nil || len(got) != len(sample) {
			t.Errorf("%s: a limit of just the size: %d bytes, %v", format, len(got), err)
		}
		got, _, err := all(bytes.NewReader(data), &decompress.Options{MaxSize: size - 1})
		if !errors.Is(err, decompress.ErrTooLarge) || int64(len(got)) != size-1 {
			t.Errorf("%s: a limit below the size: %d bytes, %v", format, len(got), err)
		}
	}
}

// TestMaxMemory gives headers that ask for much memory and a text of nothing.
func TestMaxMemory(t *testing.T) {
	t.Parallel()
	for name, command := range map[string][]string{
		"xz":   {"xz", "-c", "--lzma2=dict=512MiB"},
		"zstd": {"zstd", "-qc", "--ultra", "--long=30", "--no-content-size"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cmd := exec.CommandContext(t.Context(), command[0], command[1:]...)
			cmd.Stdin = bytes.NewReader(sample)
			data, err := cmd.Output()
			if errors.Is(err, exec.ErrNotFound) && os.Getenv("FETTLE_TESTDATA_REQUIRED") == "" {
				t.Skipf("%s is not installed", name)
			}
			if err != nil {
				t.Fatal(err)
			}
			_, _, err = all(bytes.NewReader(data), nil)
			if !errors.Is(err, decompress.ErrMemory) {
				t.Errorf("%v, want ErrMemory", err)
			}
		})
	}
}

func TestFailureOfInput(t *testing.T) {
	t.Parallel()
	broken := errors.New("broken")
	for format, data := range pressed(t, sample) {
		_, _, err := all(io.MultiReader(bytes.NewReader(data[:len(data)-5]), iotest.ErrReader(broken)), nil)
		if !errors.Is(err, broken) {
			t.Errorf("%s: %v, want the input's error", format, err)
		}
	}
}

func TestClosed(t *testing.T) {
	t.Parallel()
	for format, data := range pressed(t, sample) {
		r, err := decompress.NewReader(bytes.NewReader(data), nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(r.Close(), r.Close()); err != nil {
			t.Errorf("%s: Close: %v", format, err)
		}
		if _, err := r.Read(make([]byte, 1)); err == nil || errors.Is(err, io.EOF) {
			t.Errorf("%s: Read after Close: %v", format, err)
		}
	}
}

func FuzzReader(f *testing.F) {
	for _, data := range pressed(f, sample[:200]) {
		f.Add(data)
	}
	f.Add([]byte("\x50\x2a\x4d\x18\x04\x00\x00\x00abcd"))
	f.Add([]byte("\x02\x21\x4c\x18\x04\x00\x00\x00abcd"))
	f.Fuzz(func(t *testing.T, data []byte) {
		const most = 1 << 20
		got, _, err := all(bytes.NewReader(data), &decompress.Options{MaxSize: most, MaxMemory: 1 << 20})
		var fault *decompress.Error
		if err != nil && !errors.As(err, &fault) {
			t.Errorf("an error without its place: %v", err)
		}
		if len(got) > most {
			t.Errorf("%d bytes came out", len(got))
		}
		again, _, err2 := all(iotest.OneByteReader(bytes.NewReader(data)), &decompress.Options{MaxSize: most, MaxMemory: 1 << 20})
		if (err == nil) != (err2 == nil) || err == nil && !bytes.Equal(got, again) {
			t.Errorf("byte by byte: %v and %v, %d and %d bytes", err, err2, len(got), len(again))
		}
	})
}
