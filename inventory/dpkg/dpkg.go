package dpkg

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/inventory"
	"github.com/fettle-dev/fettle/inventory/internal/scan"
)

// Options refine Parse. The zero value reads a status file alone.
type Options struct {
	// Updates are the files of the updates folder; Parse orders them by name, as
	// dpkg does. A stanza in them replaces what was said of that package and
	// architecture before.
	Updates []Update
	// StatusOptional takes a stanza without a Status field for an installed
	// package, as in the status.d folder of distroless images. Otherwise such a
	// stanza is refused.
	StatusOptional bool
}

// Update is one file of the updates folder.
type Update struct {
	Name    string // of the file, for order and errors; see IsUpdate
	Content io.Reader
}

// IsUpdate reports whether dpkg reads a file of that name in its updates
// folder: the names are digits only, all else is work in progress.
func IsUpdate(name string) bool { return name != "" && strings.Trim(name, "0123456789") == "" }

// Parse reads a status file, which errors name as file. A nil opt is the zero
// Options.
//
// A stanza that cannot be used is refused, reported and named in Scope.Unread,
// or, where it does not even name its package, makes the listing incomplete;
// the rest is used. Two stanzas that say different things of one package and
// architecture are both refused. A file that ends within a line is taken for
// truncated: its last stanza is refused and the listing is incomplete. Stanzas
// of packages that are not installed are passed over.
//
// Parse returns an error where a file cannot be read at all, or where nothing
// was in it (inventory.ErrEmpty).
func Parse(r io.Reader, file string, opt *Options) (inventory.Listing, error) {
	if opt == nil {
		opt = &Options{}
	}
	p := parser{
		optional: opt.StatusOptional,
		known:    make(map[instance]int),
		unread:   make(map[instance]inventory.UnreadPackage),
		listing:  inventory.Listing{Scope: inventory.PackageScope{Type: inventory.TypeDeb, All: true}},
	}
	if err := p.file(r, file, false); err != nil {
		return inventory.Listing{}, err
	}
	if p.listing.Report.Read == 0 {
		return inventory.Listing{}, &inventory.RecordError{File: file, Err: inventory.ErrEmpty}
	}
	updates := slices.SortedFunc(slices.Values(opt.Updates), func(a, b Update) int { return cmp.Compare(a.Name, b.Name) })
	for _, u := range updates {
		if err := p.file(u.Content, u.Name, true); err != nil {
			return inventory.Listing{}, err
		}
	}
	return p.finish(), nil
}

// instance is what one stanza speaks of.
type instance struct{ name, arch string }

type parser struct {
	optional bool
	strings  scan.Interner
	known    map[instance]int // index in packages, -1 where it is unread or not installed
	unread   map[instance]inventory.UnreadPackage
	packages []inventory.Package
	gone     []bool
	listing  inventory.Listing
}

func (p *parser) file(r io.Reader, file string, update bool) error {
	open, err := stanzas(r, file, &p.strings, func(s *stanza) error {
		p.listing.Report.Read++
		p.stanza(s, file, update)
		return nil
	})
	if open {
		p.listing.Scope.All = false
	}
	return err
}

func (p *parser) stanza(s *stanza, file string, update bool) {
	refuse := func(field string, err error) {
		p.listing.Report.Refuse(&inventory.RecordError{File: file, Line: s.line, Record: s.name, Field: field, Err: err})
		p.lose(s)
	}
	if s.err != nil {
		refuse(s.field, s.err)
		return
	}
	pkg, installed, field, err := s.toPackage(p.optional)
	if err != nil {
		refuse(field, err)
		return
	}
	key := instance{s.name, s.arch}
	before, known := p.known[key]
	if known && !update {
		if before >= 0 && installed && p.packages[before] == pkg {
			p.listing.Report.Passed++
			p.listing.Report.Note("stanza repeated word for word")
			return
		}
		refuse("Package", errors.New("another stanza says something else of the same package and architecture"))
		return
	}
	if known {
		if before >= 0 {
			p.gone[before] = true
			p.listing.Report.Passed++
			p.listing.Report.Note("replaced by a pending update")
		}
		delete(p.unread, key) // its state is told anew
	}
	if !installed {
		p.known[key] = -1
		p.listing.Report.Passed++
		p.listing.Report.Note("not installed")
		return
	}
	pkg.Source, pkg.SourceVersion = p.strings.String(pkg.Source), p.strings.String(pkg.SourceVersion)
	p.known[key] = len(p.packages)
	p.packages, p.gone = append(p.packages, pkg), append(p.gone, false)
}

// lose notes that nothing is known of what s speaks of.
func (p *parser) lose(s *stanza) {
	if s.name == "" || scan.CheckWord(s.name) != nil {
		p.listing.Scope.All = false
		return
	}
	source, _, err := s.sourceOf()
	if err != nil || s.err != nil && s.source == "" { // the Source field may be the one that was lost
		source = ""
	}
	key := instance{s.name, s.arch}
	p.unread[key] = inventory.UnreadPackage{Name: s.name, Source: source}
	if before, known := p.known[key]; known && before >= 0 {
		p.gone[before] = true
		p.listing.Report.Refused++
		p.listing.Report.Note("refused, because a later stanza contradicts it or cannot be read")
	}
	p.known[key] = -1
}

func (p *parser) finish() inventory.Listing {
	l := p.listing
	l.Packages = make([]inventory.Package, 0, len(p.packages))
	for i, pkg := range p.packages {
		if !p.gone[i] {
			l.Packages = append(l.Packages, pkg)
		}
	}
	slices.SortFunc(l.Packages, inventory.Package.Compare)
	l.Scope.Unread = slices.SortedFunc(maps.Values(p.unread), func(a, b inventory.UnreadPackage) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Source, b.Source))
	})
	l.Report.Used = len(l.Packages)
	return l
}

// toPackage gives the package that s speaks of, and whether it is there in any
// state.
func (s *stanza) toPackage(optional bool) (pkg inventory.Package, installed bool, field string, err error) {
	if err := scan.CheckWord(s.name); err != nil {
		return pkg, false, "Package", err
	}
	pkg = inventory.Package{Type: inventory.TypeDeb, Name: s.name, Version: s.version, Arch: s.arch, Vendor: s.vendor}
	status := s.status
	if status == "" && optional {
		status = "install ok installed"
	}
	installed, err = setStatus(&pkg, status)
	if err != nil {
		return pkg, false, "Status", err
	}
	if !installed {
		return pkg, false, "", nil
	}
	if pkg.State == inventory.ConfigFiles && pkg.Version == "" {
		pkg.Version = s.configVersion
	}
	if err := scan.CheckWord(pkg.Version); err != nil {
		return pkg, false, "Version", err
	}
	if s.arch != "" {
		if err := scan.CheckWord(s.arch); err != nil {
			return pkg, false, "Architecture", err
		}
	}
	pkg.Source, pkg.SourceVersion, err = s.sourceOf()
	if err != nil {
		return pkg, false, "Source", err
	}
	if pkg.SourceVersion == "" {
		pkg.SourceVersion = pkg.Version
	}
	return pkg, true, "", nil
}

// sourceOf reads the Source field, "name" or "name (version)"; without one the
// source package has the binary package's name (deb-control(5)).
func (s *stanza) sourceOf() (name, version string, err error) {
	if s.source == "" {
		return s.name, "", nil
	}
	name, rest, found := strings.Cut(s.source, "(")
	name = strings.TrimSpace(name)
	if err := scan.CheckWord(name); err != nil {
		return "", "", err
	}
	if !found {
		return name, "", nil
	}
	version, after, closed := strings.Cut(rest, ")")
	version = strings.TrimSpace(version)
	if !closed || strings.TrimSpace(after) != "" {
		return "", "", fmt.Errorf("%.80q is not of the form \"name (version)\"", s.source)
	}
	if err := scan.CheckWord(version); err != nil {
		return "", "", fmt.Errorf("the version in brackets: %w", err)
	}
	return name, version, nil
}

// setStatus reads "want flag state" (dpkg(1), "Package states").
func setStatus(pkg *inventory.Package, status string) (installed bool, err error) {
	words := strings.Fields(status)
	if len(words) != 3 {
		return false, fmt.Errorf("%.80q: want three words, as in \"install ok installed\"", status)
	}
	switch words[0] {
	case "install":
		pkg.Want = inventory.WantInstall
	case "hold":
		pkg.Hold = true
	case "deinstall":
		pkg.Want = inventory.WantDeinstall
	case "purge":
		pkg.Want = inventory.WantPurge
	case "unknown":
		pkg.Want = inventory.WantUnknown
	default:
		return false, fmt.Errorf("%.80q: unknown selection %q", status, words[0])
	}
	switch words[1] {
	case "ok":
	case "reinstreq":
		pkg.Reinstall = true
	case "hold": // dpkg before 1.14 wrote holds here
		pkg.Hold = true
	case "hold-reinstreq":
		pkg.Hold, pkg.Reinstall = true, true
	default:
		return false, fmt.Errorf("%.80q: unknown flag %q", status, words[1])
	}
	state := words[2]
	if state == "not-installed" {
		return false, nil
	}
	if state == "post-inst-failed" { // dpkg's older word
		state = "half-configured"
	}
	if err := pkg.State.UnmarshalText([]byte(state)); err != nil {
		return false, fmt.Errorf("%.80q: unknown state %q", status, words[2])
	}
	return true, nil
}
