package baseline_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/applicability"
	"github.com/fettle-dev/fettle/applicability/baseline"
	"github.com/fettle-dev/fettle/internal/scenario"
	"github.com/fettle-dev/fettle/inventory"
)

// TestScenarios runs the stories in testdata. Commands:
//
//	baseline [and]            a baseline as JSON; with and, beside those before
//	host name=NAME            what is seen of the host from now on, a line each; see addFact
//	assess host=NAME          one line a check, then the counts
//	drift host=NAME           against the host as it was before it was last stated
//	explain host=NAME check=ID
//	now INSTANT               the clock
func TestScenarios(t *testing.T) {
	t.Parallel()
	scenario.RunSteps(t, "testdata/*.txt", func() func(scenario.Step) (string, error) {
		s := &story{hosts: map[string][]*inventory.Record{}, now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
		return s.step
	})
}

type story struct {
	baselines []*baseline.Baseline
	assessor  *baseline.Assessor
	hosts     map[string][]*inventory.Record
	now       time.Time
}

func (s *story) step(step scenario.Step) (string, error) {
	switch step.Name {
	case "baseline":
		return s.read(step)
	case "host":
		return "", s.host(step)
	case "now":
		for word := range step.Args {
			var err error
			if s.now, err = time.Parse(time.RFC3339, word); err != nil {
				return "", err
			}
		}
		return "", nil
	}
	seen := s.hosts[step.Args["host"]]
	if len(seen) == 0 {
		return "", fmt.Errorf("no host %q", step.Args["host"])
	}
	last := seen[len(seen)-1]
	switch step.Name {
	case "assess":
		return showReport(s.assessor.Assess(last, s.now)), nil
	case "explain":
		e, err := s.assessor.Explain(last, fettle.PatchID(step.Args["check"]), s.now)
		if err != nil {
			return "", err
		}
		return e.String(), nil
	case "drift":
		if len(seen) < 2 {
			return "", errors.New("seen once only")
		}
		list, err := s.assessor.Drift(seen[len(seen)-2], last, s.now)
		return showDrift(list), err
	default:
		return "", fmt.Errorf("no command %q", step.Name)
	}
}

func (s *story) read(step scenario.Step) (string, error) {
	b, err := baseline.Read(strings.NewReader(step.Input), "baseline.json")
	if err != nil {
		return err.Error(), nil
	}
	if _, and := step.Args["and"]; !and {
		s.baselines = nil
	}
	s.baselines = append(s.baselines, b)
	var patches []applicability.Patch
	for _, b := range s.baselines {
		patches = append(patches, b.Patches()...)
	}
	catalog, problems := applicability.Compile(patches, nil)
	var out strings.Builder
	for _, p := range problems {
		fmt.Fprintf(&out, "%v\n", p)
	}
	if s.assessor, err = baseline.New(catalog, s.baselines...); err != nil {
		return out.String() + err.Error(), nil
	}
	for _, u := range s.assessor.Unmatched() {
		fmt.Fprintf(&out, "%s names %s, which is not here\n", u.Exception, u.Patch)
	}
	return out.String(), nil
}

func showReport(r *baseline.Report) string {
	var out strings.Builder
	for i := range r.Results {
		result := &r.Results[i]
		fmt.Fprintf(&out, "%s: %s", result.Patch, result.Status)
		if result.Exposed != fettle.No {
			fmt.Fprintf(&out, ", exposed %s", result.Exposed)
		}
		for _, reason := range result.Reasons {
			fmt.Fprintf(&out, "; %s", baseline.ReasonText(reason))
		}
		out.WriteByte('\n')
	}
	for status, n := range r.Checks {
		if n > 0 {
			fmt.Fprintf(&out, "%d %s, ", n, baseline.Status(status))
		}
	}
	fmt.Fprintf(&out, "%d exposed, conforms: %s", r.Exposed[fettle.Yes], r.Conforms())
	if until := r.Until(); !until.IsZero() {
		fmt.Fprintf(&out, ", may change at %s", until.Format(time.RFC3339))
	}
	return out.String()
}

func showDrift(list []baseline.Drift) string {
	if len(list) == 0 {
		return "nothing moved"
	}
	var out strings.Builder
	for _, d := range list {
		fmt.Fprintf(&out, "%s %s: %s to %s", d.Patch, d.Way, d.Before, d.After)
		for _, reason := range d.Reasons {
			fmt.Fprintf(&out, "; %s", baseline.ReasonText(reason))
		}
		out.WriteByte('\n')
		for _, m := range d.Moved {
			fmt.Fprintf(&out, "  %s: %s to %s\n    was %s\n    is  %s\n", m.Criterion, m.From, m.To, showSeen(m.Before), showSeen(m.After))
		}
	}
	return out.String()
}

func showSeen(list []applicability.Seen) string {
	values := make([]string, len(list))
	for i, s := range list {
		values[i] = s.Value
	}
	return strings.Join(values, ", ")
}

func (s *story) host(step scenario.Step) error {
	name := step.Args["name"]
	r := &inventory.Record{Version: inventory.RecordVersion, Host: inventory.Host{ID: fettle.HostID(name)}}
	r.Snapshot.Taken = s.now
	for line := range strings.Lines(step.Input) {
		words := strings.Fields(line)
		for i := range words {
			words[i] = strings.ReplaceAll(words[i], "%20", " ")
		}
		if err := addFact(r, words); err != nil {
			return fmt.Errorf("%q: %w", line, err)
		}
	}
	r.Snapshot.Sort()
	s.hosts[name] = append(s.hosts[name], r)
	return nil
}

// addFact reads one line of a host; %20 is a space.
//
//	os FAMILY ID VERSION
//	site NAME; label NAME=VALUE; folder NAME=PATH; hotfix ID...; product CODE VERSION
//	file PATH [version=V] [absent]; registry KEY NAME=VALUE or absent; rename PATH
//	complete                  no restart evidence, product or update beside what is listed
func addFact(r *inventory.Record, words []string) error {
	s := &r.Snapshot
	name, value, _ := strings.Cut(words[len(words)-1], "=")
	switch words[0] {
	case "os":
		s.OS = inventory.OS{Family: words[1], ID: words[2], Version: words[3]}
	case "site":
		r.Host.Site = words[1]
	case "label":
		r.Host.Labels = map[string]string{name: value}
	case "folder":
		s.Folders, s.Scope.Folders = map[string]string{name: value}, []string{name}
	case "hotfix":
		s.Scope.Hotfixes = true
		for _, id := range words[1:] {
			s.Hotfixes = append(s.Hotfixes, inventory.Hotfix{ID: id})
		}
	case "product":
		s.Scope.Products = true
		s.Products = append(s.Products, inventory.Product{Code: words[1], Version: words[2]})
	case "rename":
		s.Restart.Renames = append(s.Restart.Renames, inventory.PendingRename{From: words[1]})
	case "complete":
		s.Scope.Products, s.Scope.Hotfixes = true, true
		s.Scope.Evidence = []inventory.Evidence{inventory.EvidenceRenames, inventory.EvidenceComponents, inventory.EvidenceMarks, inventory.EvidenceFlag, inventory.EvidenceMapped}
	case "file":
		s.Scope.Files = append(s.Scope.Files, words[1])
		if name == "version" {
			s.Files = append(s.Files, inventory.File{Path: words[1], FileVersion: value, Versioned: fettle.Yes})
		} else if name != "absent" {
			s.Files = append(s.Files, inventory.File{Path: words[1]})
		}
	case "registry":
		s.Scope.Registry = append(s.Scope.Registry, inventory.KeyScope{Key: words[1]})
		if name != "absent" {
			s.Registry = append(s.Registry, inventory.RegistryKey{
				Key: words[1], Values: []inventory.RegistryValue{{Name: name, Type: inventory.RegString, Data: []string{value}}},
			})
		}
	default:
		return errors.New("no such fact")
	}
	return nil
}
