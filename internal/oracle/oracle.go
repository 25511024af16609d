// Package oracle finds what tests compare with: programs of this machine, and the shared test data: real feeds, real inventories and
// the answers that other tools gave to them. The data lies outside the
// repository. Where it is absent a test skips and says so; where
// FETTLE_TESTDATA_REQUIRED is set, as in the gate, it fails instead.
package oracle

import (
	"archive/tar"
	"bufio"
	"bytes"
	"compress/bzip2"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"iter"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

// Path returns the path of a file or folder of the shared data, named relative
// to its top. FETTLE_TESTDATA names the top; its default is ../shared/data
// beside the checkout.
func Path(tb testing.TB, name string) string {
	tb.Helper()
	top := os.Getenv("FETTLE_TESTDATA")
	if top == "" {
		_, here, _, _ := runtime.Caller(0)
		top = filepath.Join(filepath.Dir(here), "..", "..", "..", "shared", "data")
	}
	path := filepath.Join(top, filepath.FromSlash(name))
	if _, err := os.Stat(path); err != nil {
		absent(tb, "shared test data: %v (set FETTLE_TESTDATA)", err)
	}
	return path
}

// Program returns the path of a program of this machine, which a test compares
// with. It is absent as data is: the test skips, or fails in the gate.
func Program(tb testing.TB, name string) string {
	tb.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		absent(tb, "%s is not installed", name)
	}
	return path
}

func absent(tb testing.TB, format string, args ...any) {
	tb.Helper()
	if os.Getenv("FETTLE_TESTDATA_REQUIRED") != "" {
		tb.Fatalf(format, args...)
	}
	tb.Skipf(format, args...)
}

// Read returns the content of a file of the shared data, decompressed as its
// ending says (.xz by the xz program, .gz, .bz2).
func Read(tb testing.TB, name string) []byte {
	tb.Helper()
	path := Path(tb, name)
	if strings.HasSuffix(name, ".xz") {
		out, err := exec.CommandContext(tb.Context(), "xz", "-dc", path).Output()
		if errors.Is(err, exec.ErrNotFound) {
			absent(tb, "shared test data: %s needs the xz program", name)
		}
		if err != nil {
			tb.Fatalf("xz -dc %s: %v", path, err)
		}
		return out
	}
	data, err := os.ReadFile(path)
	if err != nil {
		tb.Fatal(err)
	}
	return inflate(tb, name, data)
}

func inflate(tb testing.TB, name string, data []byte) []byte {
	tb.Helper()
	var r io.Reader
	switch {
	case strings.HasSuffix(name, ".gz"):
		gz, err := gzip.NewReader(bytes.NewReader(data))
		if err != nil {
			tb.Fatalf("%s: %v", name, err)
		}
		r = gz
	case strings.HasSuffix(name, ".bz2"):
		r = bzip2.NewReader(bytes.NewReader(data))
	default:
		return data
	}
	out, err := io.ReadAll(r)
	if err != nil {
		tb.Fatalf("%s: %v", name, err)
	}
	return out
}

// Tar yields name and content of every regular file in a .tar.xz of the shared
// data, in the archive's order.
func Tar(tb testing.TB, name string) iter.Seq2[string, []byte] {
	tb.Helper()
	data := Read(tb, name)
	return func(yield func(string, []byte) bool) {
		tb.Helper()
		for r := tar.NewReader(bytes.NewReader(data)); ; {
			h, err := r.Next()
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				tb.Fatalf("%s: %v", name, err)
			}
			if h.Typeflag != tar.TypeReg {
				continue
			}
			content, err := io.ReadAll(r)
			if err != nil {
				tb.Fatalf("%s: %s: %v", name, h.Name, err)
			}
			if !yield(h.Name, content) {
				return
			}
		}
	}
}

// Lines decodes every line of a JSON-lines file of the shared data into a T.
func Lines[T any](tb testing.TB, name string) []T {
	tb.Helper()
	var all []T
	scan := bufio.NewScanner(bytes.NewReader(Read(tb, name)))
	scan.Buffer(nil, 64<<20)
	for n := 1; scan.Scan(); n++ {
		if len(bytes.TrimSpace(scan.Bytes())) == 0 {
			continue
		}
		var v T
		if err := json.Unmarshal(scan.Bytes(), &v); err != nil {
			tb.Fatalf("%s:%d: %v", name, n, err)
		}
		all = append(all, v)
	}
	if err := scan.Err(); err != nil {
		tb.Fatalf("%s: %v", name, err)
	}
	if len(all) == 0 {
		tb.Fatalf("%s: no lines", name)
	}
	return all
}
