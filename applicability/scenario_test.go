package applicability_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/applicability"
	"github.com/fettle-dev/fettle/internal/scenario"
	"github.com/fettle-dev/fettle/inventory"
)

// TestScenarios runs the stories in testdata. Commands:
//
//	catalog [age=DUR] [max-age=DUR]   patches: "patch ID", then "field: value" lines
//	host name=NAME                    facts, one a line; see addFact
//	assess host=NAME [allow=ID,ID]    one line a patch
//	explain host=NAME patch=ID        the proof
//	compare before=NAME after=NAME [granted=ID,ID]   what happened in between
//	footprint                         text in, the text as it is understood out, or the error
func TestScenarios(t *testing.T) {
	t.Parallel()
	scenario.RunSteps(t, "testdata/*.txt", func() func(scenario.Step) (string, error) {
		s := &story{hosts: map[string]*inventory.Record{}, now: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
		return s.step
	})
}

type story struct {
	catalog *applicability.Catalog
	former  *applicability.Catalog // the one before, for compare
	hosts   map[string]*inventory.Record
	now     time.Time
}

func (s *story) step(step scenario.Step) (string, error) {
	switch step.Name {
	case "catalog":
		return s.compile(step)
	case "host":
		return "", s.host(step)
	case "assess":
		return s.assess(step)
	case "compare":
		return s.compare(step)
	case "explain":
		catalog := s.view(step)
		e, err := catalog.Explain(s.hosts[step.Args["host"]], fettle.PatchID(step.Args["patch"]), s.now)
		if err != nil {
			return err.Error(), nil
		}
		return e.String(), nil
	case "footprint":
		return understand(step.Input), nil
	default:
		return "", fmt.Errorf("no command %q", step.Name)
	}
}

func understand(text string) string {
	f, err := applicability.ParseFootprint(text)
	if bad, ok := errors.AsType[*applicability.ParseError](err); ok {
		return bad.Show() + "\n" + bad.Error()
	}
	if err := f.Check(); err != nil {
		return f.String() + "\n" + err.Error()
	}
	return f.String()
}

func (s *story) compile(step scenario.Step) (string, error) {
	patches, err := readPatches(step.Input)
	if err != nil {
		return "", err
	}
	options := applicability.Options{Published: s.now}
	for name, set := range map[string]func(time.Duration){
		"age":              func(d time.Duration) { options.Published = s.now.Add(-d) },
		"max-age":          func(d time.Duration) { options.MaxAge = d },
		"max-snapshot-age": func(d time.Duration) { options.MaxSnapshotAge = d },
	} {
		if text := step.Args[name]; text != "" {
			d, err := time.ParseDuration(text)
			if err != nil {
				return "", err
			}
			set(d)
		}
	}
	var problems []*applicability.Problem
	s.former = s.catalog
	s.catalog, problems = applicability.Compile(patches, &options)
	var out strings.Builder
	for _, p := range problems {
		fmt.Fprintf(&out, "%v\n", p)
	}
	return out.String(), nil
}

func readPatches(text string) ([]applicability.Patch, error) {
	var patches []applicability.Patch
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if id, ok := strings.CutPrefix(line, "patch "); ok {
			patches = append(patches, applicability.Patch{ID: fettle.PatchID(id)})
			continue
		}
		field, value, ok := strings.Cut(line, ": ")
		if !ok || len(patches) == 0 {
			return nil, fmt.Errorf("%q: want patch ID or field: value", line)
		}
		if err := setField(&patches[len(patches)-1], field, value); err != nil {
			return nil, fmt.Errorf("%q: %w", line, err)
		}
	}
	return patches, nil
}

func setField(p *applicability.Patch, field, value string) (err error) {
	footprints := map[string]*applicability.Footprint{
		"target": &p.Target, "installed": &p.Installed, "active": &p.Active, "unfixed": &p.Unfixed,
	}
	if f := footprints[field]; f != nil {
		*f, err = applicability.ParseFootprint(value)
		return err
	}
	switch field {
	case "supersedes":
		p.Supersedes = ids(value)
	case "conflicts":
		p.Conflicts = ids(value)
	case "requires":
		for any := range strings.SplitSeq(value, " and ") {
			p.Requires = append(p.Requires, ids(strings.ReplaceAll(any, " or ", " ")))
		}
	case "state":
		return p.State.UnmarshalText([]byte(value))
	case "restart":
		return p.Restart.UnmarshalText([]byte(value))
	default:
		return errors.New("no such field")
	}
	return nil
}

func ids(text string) (list []fettle.PatchID) {
	for id := range strings.FieldsSeq(text) {
		list = append(list, fettle.PatchID(id))
	}
	return list
}

func (s *story) host(step scenario.Step) error {
	r := &inventory.Record{Version: inventory.RecordVersion, Host: inventory.Host{ID: fettle.HostID(step.Args["name"])}}
	r.Snapshot.Taken = s.now
	for line := range strings.Lines(step.Input) {
		words := strings.Fields(line)
		if len(words) == 0 {
			continue
		}
		if err := addFact(r, words[0], words[1:], strings.TrimSpace(line)); err != nil {
			return fmt.Errorf("%q: %w", line, err)
		}
	}
	r.Snapshot.Sort()
	s.hosts[step.Args["name"]] = r
	return nil
}

// addFact reads one line of a host:
//
//	os FAMILY ID VERSION CODENAME
//	TYPE NAME VERSION [ARCH] [source=NAME[/VERSION]] [state=STATE] [hold]
//	complete TYPE...                 the package lists that were read to their end
//	looked flag mapped ...           the restart evidence that was looked at
//	kernel RELEASE; uname TEXT       what runs
//	restart-required [PACKAGE...]; mapped PATH PACKAGE; staged PACKAGE; mark MARK; rename PATH
//	site, label, fact, file, folder, registry, service, product, hotfix
//
// In the items of the last line %20 is a space.
func addFact(r *inventory.Record, word string, args []string, line string) error {
	s := &r.Snapshot
	switch word {
	case "os":
		s.OS = inventory.OS{Family: args[0], ID: args[1], Version: args[2], Arch: "amd64"}
		if len(args) > 3 {
			s.OS.Codename = args[3]
		}
	case "complete":
		for _, typ := range args {
			s.Scope.Packages = append(s.Scope.Packages, inventory.PackageScope{Type: typ, All: true})
		}
	case "looked":
		for _, e := range args {
			s.Scope.Evidence = append(s.Scope.Evidence, inventory.Evidence(e))
		}
	case "kernel":
		s.Kernel.Release = args[0]
	case "uname":
		s.Kernel.Version = strings.TrimPrefix(line, "uname ")
	case "restart-required":
		s.Restart.Required, s.Restart.Packages = true, args
	case "mapped":
		s.Restart.Mapped = append(s.Restart.Mapped, inventory.MappedFile{Path: args[0], Package: args[1]})
	case "staged":
		s.Restart.Components = append(s.Restart.Components, args[0])
	case "mark":
		s.Restart.Marks = append(s.Restart.Marks, args[0])
	case "rename":
		s.Restart.Renames = append(s.Restart.Renames, inventory.PendingRename{From: args[0]})
	case "site":
		r.Host.Site = args[0]
	case "boot":
		s.BootID = args[0]
	case "taken":
		return s.Taken.UnmarshalText([]byte(args[0]))
	default:
		return addItem(r, word, args)
	}
	return nil
}

func addItem(r *inventory.Record, word string, args []string) error {
	s := &r.Snapshot
	put := func(m *map[string]string) {
		if *m == nil {
			*m = map[string]string{}
		}
		key, value, _ := strings.Cut(args[0], "=")
		(*m)[key] = value
	}
	for i := range args {
		args[i] = strings.ReplaceAll(args[i], "%20", " ")
	}
	switch word {
	case "label":
		put(&r.Host.Labels)
	case "counter":
		return addCounter(s, args[0])
	case "fact":
		put(&s.Facts)
	case "folder":
		put(&s.Folders)
	case "file":
		return addFile(s, args)
	case "registry":
		return addValue(s, args)
	case "service":
		s.Services = append(s.Services, inventory.Service{Name: args[0], State: args[1]})
		s.Scope.Services = []string{"*"}
	case "hotfix":
		for _, id := range args {
			s.Hotfixes = append(s.Hotfixes, inventory.Hotfix{ID: id})
		}
		s.Scope.Hotfixes = true
	case "product":
		s.Products = append(s.Products, inventory.Product{Code: args[0], Version: args[1]})
		s.Scope.Products = true
	case "deb", "rpm", "apk", "pypi", "npm":
		return addPackage(s, word, args)
	default:
		return errors.New("no such fact")
	}
	return nil
}

func addFile(s *inventory.Snapshot, args []string) error {
	f := inventory.File{Path: args[0]}
	s.Scope.Files = append(s.Scope.Files, f.Path)
	for _, a := range args[1:] {
		switch key, value, _ := strings.Cut(a, "="); key {
		case "absent":
			return nil
		case "version":
			f.FileVersion, f.Versioned = value, fettle.Yes
		case "package":
			f.Package = value
		default:
			return errors.New("no such attribute of a file")
		}
	}
	s.Files = append(s.Files, f)
	return nil
}

func addValue(s *inventory.Snapshot, args []string) error {
	s.Scope.Registry = append(s.Scope.Registry, inventory.KeyScope{Key: args[0]})
	if args[1] == "absent" {
		return nil
	}
	name, value, _ := strings.Cut(args[1], "=")
	s.Registry = append(s.Registry, inventory.RegistryKey{
		Key: args[0], Values: []inventory.RegistryValue{{Name: name, Type: inventory.RegString, Data: []string{value}}},
	})
	return nil
}

func addPackage(s *inventory.Snapshot, typ string, args []string) error {
	p := inventory.Package{Type: typ, Name: args[0], Version: args[1], Source: args[0], SourceVersion: args[1]}
	for _, a := range args[2:] {
		key, value, ok := strings.Cut(a, "=")
		switch {
		case key == "hold":
			p.Hold = true
		case !ok:
			p.Arch = a
		case key == "source":
			p.Source, p.SourceVersion, ok = strings.Cut(value, "/")
			if !ok {
				p.SourceVersion = p.Version
			}
		case key == "state":
			if err := p.State.UnmarshalText([]byte(value)); err != nil {
				return err
			}
		case key == "module":
			p.Module = value
		}
	}
	s.Packages = append(s.Packages, p)
	return nil
}

func (s *story) view(step scenario.Step) *applicability.Catalog {
	allow, ok := step.Args["allow"]
	if !ok {
		return s.catalog
	}
	allowed := strings.Split(allow, ",")
	return s.catalog.Allow(func(id fettle.PatchID) bool { return slices.Contains(allowed, string(id)) })
}

func (s *story) assess(step scenario.Step) (string, error) {
	catalog := s.view(step)
	r := s.hosts[step.Args["host"]]
	if r == nil {
		return "", fmt.Errorf("no host %q", step.Args["host"])
	}
	facts := catalog.Intern(r, nil)
	a := catalog.AssessFacts(facts, s.now, nil)
	var out strings.Builder
	for i := range catalog.Len() {
		f := a.Of(i)
		fmt.Fprintf(&out, "%s: %s", catalog.ID(i), f.Verdict)
		if f.Exposed != fettle.No {
			fmt.Fprintf(&out, ", exposed %s", f.Exposed)
		}
		for _, reason := range catalog.Reasons(facts, f) {
			fmt.Fprintf(&out, "; %s", applicability.ReasonText(reason))
		}
		out.WriteByte('\n')
	}
	return out.String(), nil
}
