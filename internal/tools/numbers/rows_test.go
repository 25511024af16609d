package main

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestRowsAreTold: each row has a text of its own, by which -only chooses it, and
// the README has every row.
func TestRowsAreTold(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("../../../README.md")
	require.NoError(t, err)
	seen := map[string]bool{}
	for _, r := range rows() {
		require.False(t, seen[r.what], r.what)
		seen[r.what] = true
		if !strings.HasPrefix(r.what, "1,000,000 hosts:") { // asked for apart
			require.Contains(t, string(readme), "\n| "+r.what+" | "+r.reach+" | ")
		}
	}
}
