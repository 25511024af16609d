package main

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestReadmeShowsWhatIsPrinted runs the command of the README's section and
// holds what stands below it equal to what it prints.
func TestReadmeShowsWhatIsPrinted(t *testing.T) {
	t.Parallel()
	readme, err := os.ReadFile("../../README.md")
	require.NoError(t, err)
	_, section, found := strings.Cut(string(readme), "## A rollout on paper\n")
	require.True(t, found)
	section, _, _ = strings.Cut(section, "\n## ")
	blocks := strings.Split(section, "```\n")
	require.Len(t, blocks, 5, "want a command and its output")
	args, found := strings.CutPrefix(strings.TrimSpace(blocks[1]), "go run ./examples/rehearse ")
	require.True(t, found)
	_, out, errs := rehearse(t, strings.Fields(strings.ReplaceAll(args, "examples/rehearse/", ""))...)
	require.Empty(t, errs)
	if *update {
		text := strings.Replace(string(readme), "```\n"+blocks[3]+"```\n", "```\n"+out+"```\n", 1)
		require.NoError(t, os.WriteFile("../../README.md", []byte(text), 0o644))
		return
	}
	require.Equal(t, blocks[3], out)
}
