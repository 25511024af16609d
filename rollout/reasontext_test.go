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

func TestReasonTextCountsOneAndMany(t *testing.T) {
	t.Parallel()
	for want, reason := range map[string]fettle.Reason{
		"0 of 1 host failed, the limit is 0":                                 {Code: rollout.ReasonRawPassed, Args: map[string]string{"failed": "0", "started": "1", "limit": "0"}},
		"0 of 2 hosts failed, the limit is 0":                                {Code: rollout.ReasonRawPassed, Args: map[string]string{"failed": "0", "started": "2", "limit": "0"}},
		"1 of 1 late host failed, 1 is enough to show more than 5%":          {Code: rollout.ReasonGateHalted, Args: map[string]string{"failed": "1", "started": "1", "among": "late", "bound": "1", "limit": "5%"}},
		"budget region is spent: 1 of 1 is taken":                            {Code: rollout.ReasonBudgetSpent, Args: map[string]string{"budget": "region", "units": "1", "used": "1"}},
		"the bake time of 1d begins when the 1 host at work has a result":    {Code: rollout.ReasonBakeBusy, Args: map[string]string{"for": "1d", "unresolved": "1"}},
		"the bake time of 1d begins when the 11 hosts at work have a result": {Code: rollout.ReasonBakeBusy, Args: map[string]string{"for": "1d", "unresolved": "11"}},
	} {
		if got := rollout.ReasonText(reason); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
