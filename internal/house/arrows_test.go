// Package house holds the tests that keep the repository's own rules: which
// package may import which, which modules there are, what they require.
package house_test

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"path"
	"strings"
	"testing"
)

const module = "github.com/fettle-dev/fettle"

// allowed says which packages of the root module a package may import, by
// longest prefix of its path below the module ("" is the root package). The
// root package and internal packages are open to everyone and not listed. A trailing
// /... admits everything below.
var allowed = map[string][]string{
	"":                       {},
	"inventory":              {},
	"inventory/...":          {"inventory", "inventory/..."},
	"applicability":          {"inventory"},
	"applicability/fleet":    {"applicability", "inventory"},
	"applicability/lint":     {"applicability", "inventory"},
	"applicability/sequence": {"applicability"},
	"applicability/baseline": {"applicability", "inventory"},
	"schedule":               {},
	"schedule/ical":          {"schedule"},
	"rollout":                {"applicability", "schedule"},
	"rollout/coordinator":    {"rollout", "applicability", "schedule", "inventory"},
	"rollout/agent":          {"rollout", "applicability", "applicability/sequence", "schedule", "inventory"},
	"rollout/relay":          {"rollout"},
	"rollout/rollouthttp":    {"rollout"},
	"rollout/memjournal":     {"rollout"},
	"rollout/filejournal":    {"rollout"},
	"rollout/...":            {"rollout"},
	"feed":                   {"applicability"},
	"feed/...":               {"feed", "feed/...", "applicability", "inventory"},
	"internal/...":           {},

	"applicability/internal/...": {"applicability", "inventory"}, // what tests share
}

// kits are imported by nobody but tests.
func isKit(pkg string) bool { return strings.HasSuffix(pkg, "test") }

type listed struct {
	ImportPath string
	Imports    []string
}

func list(t *testing.T) []listed {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Imports", module+"/...")
	cmd.Dir = "../.."
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []listed
	for dec := json.NewDecoder(strings.NewReader(string(out))); ; {
		var l listed
		if err := dec.Decode(&l); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, l)
	}
	if len(all) < 5 {
		t.Fatalf("go list found %d packages", len(all))
	}
	return all
}

func TestArrowsPointOneWay(t *testing.T) {
	t.Parallel()
	for _, l := range list(t) {
		from := below(l.ImportPath)
		if ownModule(from) {
			continue // nested modules have their own rule, below
		}
		rule, ok := ruleFor(from)
		if !ok {
			t.Errorf("%s: no row in the table of allowed imports", l.ImportPath)
		}
		for _, imp := range l.Imports {
			if !strings.HasPrefix(imp, module+"/") || strings.Contains(imp, "/internal/") {
				continue // internal packages are the compiler's to guard
			}
			to := below(imp)
			if !admits(rule, to) {
				t.Errorf("%s imports %s: the design's table does not allow it", l.ImportPath, imp)
			}
			if isKit(to) && !isKit(from) {
				t.Errorf("%s imports the kit %s outside a test", l.ImportPath, imp)
			}
		}
	}
}

func TestAdaptersLeaveInternalAlone(t *testing.T) {
	t.Parallel()
	for _, l := range list(t) {
		from := below(l.ImportPath)
		if !ownModule(from) || strings.HasPrefix(from, "examples") || strings.HasPrefix(from, "internal") {
			continue
		}
		for _, imp := range l.Imports {
			if strings.HasPrefix(imp, module+"/internal/") {
				t.Errorf("the adapter %s imports %s", l.ImportPath, imp)
			}
		}
	}
}

func below(importPath string) string {
	return strings.TrimPrefix(strings.TrimPrefix(importPath, module), "/")
}

// ruleFor finds the row for a package: its own, or the nearest "/..." above.
func ruleFor(pkg string) ([]string, bool) {
	if rule, ok := allowed[pkg]; ok {
		return rule, true
	}
	for dir := path.Dir(pkg); dir != "."; dir = path.Dir(dir) {
		if rule, ok := allowed[dir+"/..."]; ok {
			return rule, true
		}
	}
	return nil, false
}

func admits(rule []string, to string) bool {
	for _, r := range rule {
		if dir, ok := strings.CutSuffix(r, "/..."); to == r || ok && strings.HasPrefix(to, dir+"/") {
			return true
		}
	}
	return false
}
