package lint

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"slices"
	"strings"
	"time"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/applicability"
	"github.com/fettle-dev/fettle/internal/jsonscan"
	"github.com/fettle-dev/fettle/inventory"
)

// Manifest is what an installer puts on a host.
type Manifest struct {
	Product string         `json:"product"` // for people: Ledger 7
	Files   []ManifestFile `json:"files"`
}

// ManifestFile is one file that an installer brings.
type ManifestFile struct {
	Path   string `json:"path"`             // literal; with Folder relative to it
	Folder string `json:"folder,omitempty"` // a known folder: System
	// Version and Product are the file and product version of a Windows image,
	// four-part; empty: it has none.
	Version string        `json:"version,omitempty"`
	Product string        `json:"productVersion,omitempty"`
	Digest  fettle.Digest `json:"digest,omitempty"`
	Size    int64         `json:"size,omitempty"` // bytes; 0: not stated
	// KeepsNewer: the installer leaves a file of a higher version alone, as
	// Windows Installer does with versioned files unless it is told otherwise.
	KeepsNewer bool `json:"keepsNewer,omitempty"`
}

// Bounds of a manifest file.
const (
	MaxManifest      = 16 << 20 // bytes
	MaxManifestFiles = 100_000
)

// ErrManifest is wrapped by what ReadManifest returns for a manifest that it
// refuses; the error names file and field.
var ErrManifest = errors.New("lint: not a usable manifest")

// ReadManifest reads a manifest in its JSON form. Unknown members are refused:
// what an installer does and nobody understood must not be passed over.
func ReadManifest(r io.Reader) (Manifest, error) {
	data, err := io.ReadAll(io.LimitReader(r, MaxManifest+1))
	if err != nil {
		return Manifest{}, fmt.Errorf("lint: reading a manifest: %w", err)
	}
	if len(data) > MaxManifest {
		return Manifest{}, fmt.Errorf("%w: larger than %d bytes", ErrManifest, MaxManifest)
	}
	if err := wellFormed(data); err != nil {
		return Manifest{}, fmt.Errorf("%w: %w", ErrManifest, err)
	}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	var m Manifest
	if err := dec.Decode(&m); err != nil {
		return Manifest{}, fmt.Errorf("%w: %w", ErrManifest, err)
	}
	return m, m.Check()
}

// wellFormed refuses what encoding/json would settle by guessing: a member that
// is named twice, in whatever case, and text that is not UTF-8.
func wellFormed(data []byte) error {
	s, err := jsonscan.New(data)
	if err != nil {
		return err
	}
	if err := oneMeaning(s); err != nil {
		return err
	}
	return s.Close()
}

func oneMeaning(s *jsonscan.Scanner) error {
	switch s.Kind() {
	case jsonscan.Object:
		folded := map[string]bool{}
		return s.Object(func(name []byte) error {
			low := strings.ToLower(string(name))
			if folded[low] {
				return s.Fail("member named twice")
			}
			folded[low] = true
			return oneMeaning(s)
		})
	case jsonscan.Array:
		return s.Array(func(int) error { return oneMeaning(s) })
	default:
		return s.Skip()
	}
}

// Check returns the first thing that makes m unusable; the error wraps
// ErrManifest.
func (m *Manifest) Check() error {
	if len(m.Files) == 0 || len(m.Files) > MaxManifestFiles {
		return fmt.Errorf("%w: %d files: want 1 to %d", ErrManifest, len(m.Files), MaxManifestFiles)
	}
	for i, f := range m.Files {
		bad := func(field string, err error) error {
			return fmt.Errorf("%w: files[%d].%s: %w", ErrManifest, i, field, err)
		}
		if err := inventory.CheckPath(f.Path); err != nil {
			return bad("path", err)
		}
		if inventory.IsPattern(f.Path) {
			return bad("path", errors.New("want one file, not a pattern"))
		}
		for _, v := range [][2]string{{"version", f.Version}, {"productVersion", f.Product}} {
			if v[1] == "" {
				continue
			}
			if err := applicability.SchemePE.Check(v[1]); err != nil {
				return bad(v[0], err)
			}
		}
		if f.Digest != "" {
			if err := f.Digest.Check(); err != nil {
				return bad("digest", err)
			}
		}
		if f.Size < 0 {
			return bad("size", errors.New("it is negative"))
		}
	}
	return nil
}

// Needs returns the files that Downgrades looks at, as a collector is told to.
func (m *Manifest) Needs() []inventory.FileNeed {
	needs := make([]inventory.FileNeed, len(m.Files))
	for i, f := range m.Files {
		needs[i] = inventory.FileNeed{Path: f.Path, Folder: f.Folder, Version: f.Version+f.Product != ""}
		if f.Folder != "" {
			needs[i].Path = strings.TrimLeft(f.Path, `/\`)
		}
	}
	return needs
}

// Downgrade is one file that an installer would replace by an older one, or
// whose replacement takes a patch off.
type Downgrade struct {
	Path    string           `json:"path"`              // as the hosts write it
	Has     string           `json:"has,omitempty"`     // the version there; empty: not known
	Brings  string           `json:"brings,omitempty"`  // the version in the manifest; empty: none
	Package string           `json:"package,omitempty"` // that the file belongs to now, where known
	Patches []fettle.PatchID `json:"patches,omitempty"` // that are installed there and would not be any more
	// Unsure are patches of which, with the file replaced, nothing could be said.
	Unsure []fettle.PatchID `json:"unsure,omitempty"`
	Hosts  int              `json:"hosts"`
	First  fettle.HostID    `json:"first"` // one of them
}

// String says in one line what would happen.
func (d Downgrade) String() string {
	text := fmt.Sprintf("this installer would replace %s %s by %s on %d hosts (%s)", d.Path, cmp.Or(d.Has, "of no known version"), cmp.Or(d.Brings, "one without a version"), d.Hosts, d.First)
	if len(d.Patches) > 0 {
		text += fmt.Sprintf(", taking off %v", d.Patches)
	}
	if len(d.Unsure) > 0 {
		text += fmt.Sprintf(", of %v nothing could be said then", d.Unsure)
	}
	return text
}

// PreCheck is the outcome of Downgrades.
type PreCheck struct {
	// Downgrades are by path, version and patches; hosts that fare alike are
	// counted together.
	Downgrades []Downgrade `json:"downgrades,omitempty"`
	Hosts      int         `json:"hosts"` // that were looked at
	// NotLooked are the manifest's files, by path, at which a host's snapshot
	// did not look, or whose version nobody read where the manifest states one,
	// with the count of such hosts: no version is compared there.
	NotLooked map[string]int `json:"notLooked,omitempty"`
}

// Downgrades lays the files of a manifest over hosts, those of a fleet or the
// one of a base build, and says which of their files it would replace by older
// ones, and which patches of the catalogue that takes off. An error of hosts, or
// a manifest that Check refuses, ends it. Instants matter only to a catalogue
// with age limits. Each file is laid by itself, so that the culprit is plain.
func Downgrades(m Manifest, c *applicability.Catalog, hosts iter.Seq2[*inventory.Record, error], now time.Time) (*PreCheck, error) {
	if err := m.Check(); err != nil {
		return nil, err
	}
	p := &PreCheck{NotLooked: map[string]int{}}
	reads := c.Needs().Files
	alike := map[string]int{}
	for r, err := range hosts {
		if err != nil {
			return p, err
		}
		p.Hosts++
		before := c.Assess(r, now)
		for i := range m.Files {
			d, ok := p.lay(&m.Files[i], reads, c, r, before, now)
			if !ok {
				continue
			}
			key := fmt.Sprintf("%q %q %q %q %q %q", d.Path, d.Has, d.Brings, d.Package, d.Patches, d.Unsure)
			if at, seen := alike[key]; seen {
				p.Downgrades[at].Hosts++
				continue
			}
			alike[key] = len(p.Downgrades)
			p.Downgrades = append(p.Downgrades, d)
		}
	}
	slices.SortStableFunc(p.Downgrades, func(a, b Downgrade) int {
		return cmp.Or(cmp.Compare(a.Path, b.Path), cmp.Compare(a.Has, b.Has), slices.Compare(a.Patches, b.Patches), slices.Compare(a.Unsure, b.Unsure))
	})
	return p, nil
}

// lay puts one file on a host and judges the host again, unless the catalogue
// reads no file of such a name.
func (p *PreCheck) lay(f *ManifestFile, reads []inventory.FileNeed, c *applicability.Catalog, r *inventory.Record, before *applicability.Assessment, now time.Time) (d Downgrade, bad bool) {
	path, known := f.on(&r.Snapshot)
	if known == fettle.No {
		return d, false // no such folder: the installer makes it, and nothing is replaced
	}
	old, there := inventory.File{}, fettle.Unknown
	if known == fettle.Yes {
		old, there = r.Snapshot.FileAt(path)
	}
	switch there {
	case fettle.Unknown:
		p.NotLooked[f.label()]++
		return d, false
	case fettle.No:
		return d, false
	case fettle.Yes:
	}
	if f.Version != "" && old.FileVersion == "" && old.Versioned == fettle.Unknown {
		p.NotLooked[f.label()]++
	}
	order, err := applicability.SchemePE.Compare(cmp.Or(f.Version, "0"), cmp.Or(old.FileVersion, "0"))
	if f.KeepsNewer && err == nil && order < 0 {
		return d, false
	}
	d = Downgrade{Path: old.Path, Has: old.FileVersion, Brings: f.Version, Package: old.Package, Hosts: 1, First: r.Host.ID}
	older := err == nil && order < 0
	if !slices.ContainsFunc(reads, func(n inventory.FileNeed) bool {
		return inventory.MatchPath(lastElement(n.Path), lastElement(old.Path), true)
	}) {
		return d, older
	}
	after := c.Assess(f.laidOver(r, old.Path), now)
	for i := range before.Findings {
		was := before.Findings[i]
		if was.Verdict != applicability.Installed && was.Verdict != applicability.PendingRestart {
			continue
		}
		switch is := after.Of(int(was.Patch)); {
		case is.Target == fettle.Yes && is.Installed == fettle.No:
			d.Patches = append(d.Patches, c.ID(int(was.Patch)))
		case is.Verdict == applicability.VerdictUnknown:
			d.Unsure = append(d.Unsure, c.ID(int(was.Patch)))
		}
	}
	return d, older || len(d.Patches)+len(d.Unsure) > 0
}

func lastElement(path string) string { return path[strings.LastIndexAny(path, `/\`)+1:] }

func (f *ManifestFile) label() string {
	if f.Folder == "" {
		return f.Path
	}
	return f.Folder + `\` + f.Path
}

// on returns where the file goes on a host.
func (f *ManifestFile) on(s *inventory.Snapshot) (path string, known fettle.Truth) {
	if f.Folder == "" {
		return f.Path, fettle.Yes
	}
	folder, known := s.Folder(f.Folder)
	separator := "/"
	if s.OS.Family == "windows" {
		separator = `\`
	}
	return strings.TrimRight(folder, `/\`) + separator + strings.TrimLeft(f.Path, `/\`), known
}

// laidOver returns the host as the installer leaves it; r stays as it is.
func (f *ManifestFile) laidOver(r *inventory.Record, path string) *inventory.Record {
	after := *r
	after.Snapshot.Files = slices.Clone(r.Snapshot.Files)
	for i := range after.Snapshot.Files {
		if after.Snapshot.Files[i].Path == path {
			after.Snapshot.Files[i] = inventory.File{
				Path: path, Size: f.Size, Digest: f.Digest, FileVersion: f.Version, ProductVersion: f.Product,
				Versioned: fettle.TruthOf(f.Version+f.Product != ""),
			}
		}
	}
	return &after
}
