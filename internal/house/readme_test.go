package house_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestReadmeShowsTheExample holds the program in the README equal to the one
// whose output is checked.
func TestReadmeShowsTheExample(t *testing.T) {
	t.Parallel()
	program := read(t, "example_test.go")
	if !strings.Contains(read(t, "README.md"), "```go\n"+program+"```\n") {
		t.Error("README.md does not hold example_test.go as it is")
	}
	if n := strings.Count(program, "\n"); n > 40 {
		t.Errorf("the shortest program has %d lines, want at most 40", n)
	}
}

// TestReadmeListsThePackages holds the README's table equal to the packages
// that other modules can import, in both directions.
func TestReadmeListsThePackages(t *testing.T) {
	t.Parallel()
	readme := read(t, "README.md")
	table := map[string]bool{}
	for _, row := range regexp.MustCompile("(?m)^\\| `([a-z0-9/]+)`").FindAllStringSubmatch(readme, -1) {
		table[row[1]] = true
	}
	for _, l := range list(t) {
		pkg := below(l.ImportPath)
		if pkg == "" {
			pkg = "fettle"
		}
		if strings.Contains("/"+pkg+"/", "/internal/") || strings.HasPrefix(pkg, "examples") {
			continue
		}
		if !table[pkg] {
			t.Errorf("README.md has no row for the package %s", pkg)
		}
		delete(table, pkg)
	}
	for pkg := range table {
		t.Errorf("README.md has a row for %s, and there is no such package", pkg)
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(top, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
