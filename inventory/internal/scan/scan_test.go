package scan

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	"unsafe"

	"github.com/stretchr/testify/require"
)

// slowLines is the twin: all in memory.
func slowLines(text string, longest int) []string {
	var out []string
	for n, line := range strings.SplitAfter(text, "\n") {
		if line == "" {
			continue
		}
		body, ended := strings.CutSuffix(line, "\n")
		long := len(line) > longest && len(line) > 64<<10
		if long {
			body = line[:longest]
		}
		out = append(out, fmt.Sprintf("%d %t %t %s", n+1, long, !ended, strings.TrimSuffix(body, "\r")))
	}
	return out
}

func readLines(tb testing.TB, r io.Reader, longest int) []string {
	tb.Helper()
	lines := NewLongLines(r, longest)
	var out []string
	for lines.Next() {
		out = append(out, fmt.Sprintf("%d %t %t %s", lines.Number(), lines.Long(), lines.Open(), lines.Bytes()))
	}
	require.NoError(tb, lines.Err())
	return out
}

func TestLines(t *testing.T) {
	t.Parallel()
	big := strings.Repeat("x", 200_000)
	for _, text := range []string{
		"", "a", "a\n", "a\r\nb\n\n", "\n\n", "\r", big, big + "\nb\n", "a\n" + big + "\r\nb",
		strings.Repeat("y", 64<<10) + "\nb", strings.Repeat("y", 64<<10-1) + "\nb",
	} {
		require.Equal(t, slowLines(text, 100_000), readLines(t, strings.NewReader(text), 100_000))
		require.Equal(t, slowLines(text, 100_000), readLines(t, iotest.HalfReader(strings.NewReader(text)), 100_000))
	}
}

func TestLinesError(t *testing.T) {
	t.Parallel()
	broken := errors.New("disk on fire")
	lines := NewLines(io.MultiReader(strings.NewReader("a\nb"), iotest.ErrReader(broken)))
	require.True(t, lines.Next())
	require.True(t, lines.Next())
	require.False(t, lines.Next())
	require.ErrorIs(t, lines.Err(), broken)
}

func TestInterner(t *testing.T) {
	t.Parallel()
	var in Interner
	a, b := in.Bytes([]byte("openssl")), in.String(strings.Repeat("openssl", 1))
	require.Equal(t, "openssl", a)
	require.Same(t, unsafe.StringData(a), unsafe.StringData(b))
	for i := range maxKept + 10 { // bounded, and right beyond the bound
		require.Len(t, in.Bytes(fmt.Appendf(nil, "%07d", i)), 7)
	}
	require.LessOrEqual(t, len(in.kept), maxKept)
}

func TestCheckWord(t *testing.T) {
	t.Parallel()
	for _, good := range []string{"a", "libc6", "1:2.3-4~x+y", "ü"} {
		require.NoError(t, CheckWord(good))
	}
	for _, bad := range []string{"", "a b", "a\tb", "a\x00", "\xff", "a\u00a0b", strings.Repeat("x", 2000)} {
		require.Error(t, CheckWord(bad), "%q", bad)
	}
}

func FuzzLines(f *testing.F) {
	f.Add([]byte("a\r\nb\n\nc"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if len(text) < 60_000 {
			require.Equal(t, slowLines(string(text), MaxLine), readLines(t, bytes.NewReader(text), MaxLine))
		}
	})
}
