package dpkg_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/fettle-dev/fettle/inventory"
)

// adminDir makes a dpkg database of files in a folder of its own.
func adminDir(t *testing.T, files map[string][]byte) string {
	t.Helper()
	dir := t.TempDir()
	for _, sub := range []string{"updates", "info", "triggers"} {
		require.NoError(t, os.Mkdir(filepath.Join(dir, sub), 0o755))
	}
	for name, content := range files {
		require.NoError(t, os.WriteFile(filepath.Join(dir, filepath.FromSlash(name)), content, 0o600))
	}
	return dir
}

// asQuery writes packages as the dpkg-query format of the tests does.
func asQuery(packages []inventory.Package) string {
	var out strings.Builder
	for _, p := range packages {
		want := p.Want.String()
		if p.Hold {
			want = "hold"
		}
		fmt.Fprintf(&out, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", p.Name, p.Version, p.Arch, want, p.State, p.Source, p.SourceVersion)
	}
	return out.String()
}

func sortLines(text string) []string {
	lines := strings.Split(strings.TrimSpace(text), "\n")
	slices.Sort(lines)
	return lines
}

func states(packages []inventory.Package) string {
	var out strings.Builder
	for _, p := range packages {
		fmt.Fprintf(&out, "%s %s %s\n", p.Name, p.Version, p.State)
	}
	return out.String()
}
