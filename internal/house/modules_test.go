package house_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const top = "../.."

// modules returns the folders that modules.txt lists, "." for the root.
func modules() []string {
	text, err := os.ReadFile(filepath.Join(top, "modules.txt"))
	if err != nil {
		panic(err)
	}
	var dirs []string
	for line := range strings.Lines(string(text)) {
		if f := strings.Fields(line); len(f) == 2 && f[0] != "#" {
			dirs = append(dirs, f[0])
		}
	}
	return dirs
}

// ownModule reports whether a package, named relative to the root, lies in a
// nested module.
func ownModule(pkg string) bool {
	return slices.ContainsFunc(modules(), func(dir string) bool {
		return dir != "." && (pkg == dir || strings.HasPrefix(pkg, dir+"/"))
	})
}

func TestModulesAreListedOnce(t *testing.T) {
	t.Parallel()
	var found []string
	err := filepath.WalkDir(top, func(p string, d os.DirEntry, err error) error {
		if err == nil && d.IsDir() && strings.HasPrefix(d.Name(), ".") && p != top {
			return filepath.SkipDir
		}
		if err == nil && d.Name() == "go.mod" {
			rel, _ := filepath.Rel(top, filepath.Dir(p))
			found = append(found, filepath.ToSlash(rel))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	listed := modules()
	slices.Sort(found)
	slices.Sort(listed)
	if !slices.Equal(found, listed) {
		t.Errorf("modules.txt lists %v, the tree holds %v", listed, found)
	}
	work, err := os.ReadFile(filepath.Join(top, "go.work"))
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range listed {
		if dir != "." {
			dir = "./" + dir
		}
		if !slices.Contains(strings.Fields(string(work)), dir) {
			t.Errorf("go.work does not use %s", dir)
		}
	}
}

// TestRequirementsAreKnown holds the modules that each module's packages and
// tests are built from equal to the committed list, so that a new one is seen in review and gets its paragraph
// in docs/decisions.md.
func TestRequirementsAreKnown(t *testing.T) {
	t.Parallel()
	var got bytes.Buffer
	for _, dir := range modules() {
		if dir == "internal/tools" {
			continue // development only: peers and tools, pinned in its own go.mod
		}
		cmd := exec.CommandContext(t.Context(), "go", "list", "-deps", "-test", "-f", "{{with .Module}}{{.Path}}{{end}}", "./...")
		cmd.Dir = filepath.Join(top, dir)
		cmd.Env = append(os.Environ(), "GOWORK=off", "GOFLAGS=-mod=readonly")
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("%s: go list: %v", dir, err)
		}
		paths := strings.Fields(string(out))
		slices.Sort(paths)
		got.WriteString(dir + "\n")
		for _, p := range slices.Compact(paths) {
			if !strings.HasPrefix(p, module) {
				got.WriteString("\t" + p + "\n")
			}
		}
	}
	const file = "testdata/requirements.txt"
	if os.Getenv("FETTLE_WRITE") != "" {
		if err := os.WriteFile(file, got.Bytes(), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if got.String() != string(want) {
		t.Errorf("requirements differ from %s (FETTLE_WRITE=1 rewrites it)\ngot:\n%s\nwant:\n%s", file, got.String(), want)
	}
}

func TestFilesStayShort(t *testing.T) {
	t.Parallel()
	err := filepath.WalkDir(top, func(p string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(p, ".go") {
			return err
		}
		text, err := os.ReadFile(p)
		if n := bytes.Count(text, []byte("\n")); err == nil && n > 500 {
			t.Errorf("%s has %d lines: a file holds one idea, 500 lines at most", p, n)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
