package plaintext_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fettle-dev/fettle/examples/internal/plaintext"
)

func TestColumnsStandUnderEachOther(t *testing.T) {
	t.Parallel()
	var out strings.Builder
	require.NoError(t, plaintext.Table(plaintext.Writer{Writer: &out}, [][]string{
		{"HOST", "N", "FILE"},
		{"plain", "1", "a"},
		{"日本語 🚀", "20", "b"},
		{"e\u0301te\u0301", "300", "c"},
		{"\x1b[31mred", "4", "d"},
		{"", "", "e"},
	}, 1))
	require.Equal(t, `HOST           N  FILE
plain          1  a
日本語 🚀     20  b
été          300  c
\x1b[31mred    4  d
                  e
`, strings.ReplaceAll(out.String(), "e\u0301", "é"))
}

func TestCounts(t *testing.T) {
	t.Parallel()
	require.Equal(t, "1 patch", plaintext.Count(1, "patch"))
	require.Equal(t, "0 patches", plaintext.Count(0, "patch"))
	require.Equal(t, "2 hosts", plaintext.Count(2, "host"))
	require.Equal(t, "2 policies", plaintext.Count(2, "policy"))
}
