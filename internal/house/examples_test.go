package house_test

import (
	"go/doc"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"strconv"
	"strings"
	"testing"
)

// TestExamplesStandAlone: who copies an example file into a module of their own
// has all that it needs: it uses nothing of other test files, and nothing that
// others may not import.
func TestExamplesStandAlone(t *testing.T) {
	t.Parallel()
	seen := 0
	err := fs.WalkDir(os.DirFS("../.."), ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasPrefix(path.Base(name), "example") || !strings.HasSuffix(name, "_test.go") {
			return err
		}
		seen++
		file, err := parser.ParseFile(token.NewFileSet(), "../../"+name, nil, parser.ParseComments)
		if err != nil {
			return err
		}
		imported := map[string]bool{}
		for _, spec := range file.Imports {
			where, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			if strings.Contains(where, "/internal/") {
				t.Errorf("%s imports %s", name, where)
			}
			imported[path.Base(where)] = true
			if spec.Name != nil {
				imported[spec.Name.Name] = true
			}
		}
		for _, ident := range file.Unresolved {
			if !imported[ident.Name] && !doc.IsPredeclared(ident.Name) {
				t.Errorf("%s: %s is declared in another file", name, ident.Name)
			}
		}
		for _, example := range doc.Examples(file) {
			if example.Output == "" && !example.EmptyOutput {
				t.Errorf("%s: Example%s has no checked output", name, example.Name)
			}
		}
		return nil
	})
	if err != nil || seen == 0 {
		t.Fatalf("%d example files: %v", seen, err)
	}
}
