package rollout_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"strconv"
	"strings"
	"testing"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/rollout"
)

// Every code that the package lists has a sentence for people.
func TestEveryReasonHasASentence(t *testing.T) {
	t.Parallel()
	files := token.NewFileSet()
	packages, err := parser.ParseDir(files, ".", func(f fs.FileInfo) bool { return !strings.HasSuffix(f.Name(), "_test.go") }, 0) //nolint:staticcheck // one folder, no build tags
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]string{}
	ast.Inspect(packages["rollout"], func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || len(spec.Values) != len(spec.Names) {
			return true
		}
		for i, name := range spec.Names {
			value, ok := spec.Values[i].(*ast.BasicLit)
			if !ok || !strings.HasPrefix(name.Name, "Reason") {
				continue
			}
			code, err := strconv.Unquote(value.Value)
			if err != nil {
				continue
			}
			if other, ok := seen[code]; ok {
				t.Errorf("%s and %s are both %q", name.Name, other, code)
			}
			seen[code] = name.Name
			if text := rollout.ReasonText(fettle.Reason{Code: code, Args: map[string]string{"x": "1"}}); text == code+" x=1" {
				t.Errorf("%s: %q has no sentence", name.Name, code)
			}
		}
		return true
	})
	if len(seen) < 40 {
		t.Errorf("only %d codes found", len(seen))
	}
}
