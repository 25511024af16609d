package lint_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/applicability"
	"github.com/fettle-dev/fettle/applicability/lint"
	"github.com/fettle-dev/fettle/internal/scenario"
)

// TestScenarios runs the stories in testdata. The only command is
//
//	lint [witness]   patches: "patch ID", then "field: value" lines
func TestScenarios(t *testing.T) {
	t.Parallel()
	scenario.Run(t, "testdata/*.txt", func(*testing.T) func(*testing.T, scenario.Step) string {
		return func(t *testing.T, step scenario.Step) string {
			t.Helper()
			patches, err := readPatches(step.Input)
			if err != nil {
				t.Fatalf("%s:%d: %v", step.File, step.Line, err)
			}
			catalog, problems := applicability.Compile(patches, nil)
			report := lint.Check(catalog, problems, nil)
			if report.Undecided > 0 {
				t.Errorf("%s:%d: %d undecided", step.File, step.Line, report.Undecided)
			}
			_, witness := step.Args["witness"]
			var out strings.Builder
			for _, f := range report.Findings {
				fmt.Fprintln(&out, f)
				if f.Witness != nil && witness {
					for line := range strings.Lines(lint.WitnessText(f.Witness)) {
						out.WriteString("  " + line)
					}
				}
			}
			if len(report.Findings) == 0 {
				return "nothing"
			}
			return out.String()
		}
	})
}

func readPatches(text string) ([]applicability.Patch, error) {
	var patches []applicability.Patch
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if id, ok := strings.CutPrefix(line, "patch "); ok {
			patches = append(patches, applicability.Patch{ID: fettle.PatchID(id)})
			continue
		}
		field, value, _ := strings.Cut(line, ":")
		value = strings.TrimSpace(value)
		if len(patches) == 0 {
			return nil, fmt.Errorf("%q before a patch", line)
		}
		if err := setField(&patches[len(patches)-1], field, value); err != nil {
			return nil, fmt.Errorf("%s: %w", line, err)
		}
	}
	return patches, nil
}

func setField(p *applicability.Patch, field, value string) (err error) {
	switch field {
	case "target":
		p.Target, err = applicability.ParseFootprint(value)
	case "installed":
		p.Installed, err = applicability.ParseFootprint(value)
	case "active":
		p.Active, err = applicability.ParseFootprint(value)
	case "unfixed":
		p.Unfixed, err = applicability.ParseFootprint(value)
	case "when":
		var when applicability.Footprint
		when, err = applicability.ParseFootprint(value)
		p.Payloads = append(p.Payloads, applicability.Payload{Name: "p", When: when})
	case "opaque":
		p.Target = applicability.That(applicability.Opaque{Kind: value, JSON: "{}"})
	case "state":
		err = p.State.UnmarshalText([]byte(value))
	case "supersedes":
		p.Supersedes = ids(value)
	case "conflicts":
		p.Conflicts = ids(value)
	case "requires":
		p.Requires = append(p.Requires, ids(value))
	default:
		err = fmt.Errorf("no field %q", field)
	}
	return err
}

func ids(text string) (list []fettle.PatchID) {
	for id := range strings.FieldsSeq(text) {
		list = append(list, fettle.PatchID(id))
	}
	return list
}
