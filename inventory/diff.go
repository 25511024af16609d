package inventory

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/internal/enum"
)

// Op says how something differs between two snapshots.
type Op uint8

// The operations. What was not looked at on one side is Seen or Unseen: it may
// have been there all the time.
const (
	Changed Op = iota // there before and after, and not the same
	Added             // known to be absent before
	Removed           // known to be absent after
	Seen              // nobody looked before
	Unseen            // nobody looked after
)

var opWords = enum.Words{Kind: "inventory: operation", Words: []string{"changed", "added", "removed", "seen", "unseen"}}

// String returns changed, added, removed, seen or unseen.
func (o Op) String() string { return opWords.Word(uint8(o)) }

// MarshalText returns the word that String returns.
func (o Op) MarshalText() ([]byte, error) { return opWords.Marshal(uint8(o)) }

// UnmarshalText accepts exactly the words that String returns.
func (o *Op) UnmarshalText(text []byte) error { return opWords.Unmarshal(text, (*uint8)(o)) }

// Changes is how one host's later snapshot differs from an earlier one.
type Changes struct {
	// Packages are in the order of Package.Compare. Instances are paired by type,
	// name, architecture and path; where several differ, as with kernels, each is
	// Added or Removed.
	Packages []PackageChange `json:"packages,omitempty"`
	// Facts are all other observations but the time of the snapshot, the boot
	// and the counters, by kind and name.
	Facts []FactChange `json:"facts,omitempty"`
	// Fallen are the counters that are lower after than before: the host went
	// back to an older state of itself, or is another host.
	Fallen []Fallen `json:"fallen,omitempty"`
	// Rebooted says whether the host booted in between.
	Rebooted fettle.Truth `json:"rebooted"`
}

// PackageChange is one package instance that differs. Before is zero where it
// was Added or Seen, After where it was Removed or Unseen.
type PackageChange struct {
	Op     Op      `json:"op"`
	Before Package `json:"before,omitzero"`
	After  Package `json:"after,omitzero"`
}

// FactChange is one observation that differs.
type FactChange struct {
	Op     Op     `json:"op"`
	Kind   string `json:"kind"`            // os, kernel, file, registry, product, productPatch, service, hotfix, folder, fact, restart
	Name   string `json:"name"`            // path; key, view and value, parted by tabs; code; ...
	Field  string `json:"field,omitempty"` // of a thing that is there before and after
	Before string `json:"before,omitempty"`
	After  string `json:"after,omitempty"`
}

// Fallen is a counter that went down.
type Fallen struct {
	Name   string `json:"name"`
	Before uint64 `json:"before"`
	After  uint64 `json:"after"`
}

// Diff returns how after differs from before, two snapshots of one host. Both
// must be sorted. Scope is minded: what one of them did not look at is Seen or
// Unseen, never Added or Removed; details that one side did not read (a digest)
// are not compared.
func Diff(before, after *Snapshot) Changes {
	c := Changes{Packages: diffPackages(before, after), Rebooted: rebooted(before, after)}
	a, b := before.observations(), after.observations()
	for _, key := range slices.SortedFunc(maps.Keys(union(a, b)), observation.compare) {
		old, had := a[key]
		now, has := b[key]
		change := FactChange{Kind: key.kind, Name: key.name, Field: key.field, Before: old, After: now}
		switch {
		case had && has && old == now:
			continue
		case had && has:
			change.Op = Changed
		case key.field != "": // a detail that one side did not read, or of a thing that came or went
			continue
		case had:
			change.Op = oneSided(after, key, Removed, Unseen)
		default:
			change.Op = oneSided(before, key, Added, Seen)
		}
		c.Facts = append(c.Facts, change)
	}
	for _, name := range slices.Sorted(maps.Keys(before.Counters)) {
		if now, ok := after.Counters[name]; ok && now < before.Counters[name] {
			c.Fallen = append(c.Fallen, Fallen{Name: name, Before: before.Counters[name], After: now})
		}
	}
	return c
}

// Empty reports whether nothing differs, a boot left aside.
func (c *Changes) Empty() bool { return len(c.Packages)+len(c.Facts)+len(c.Fallen) == 0 }

func rebooted(a, b *Snapshot) fettle.Truth {
	if a.BootID == "" || b.BootID == "" {
		return fettle.Unknown
	}
	return fettle.TruthOf(a.BootID != b.BootID)
}

// oneSided tells why something is in the other snapshot only.
func oneSided(s *Snapshot, key observation, looked, unknown Op) Op {
	if s.looked(key) {
		return looked
	}
	return unknown
}

// observation names one thing that was observed, or, with a field, a detail of
// it.
type observation struct{ kind, name, field string }

func (o observation) compare(p observation) int {
	return cmp.Or(cmp.Compare(o.kind, p.kind), cmp.Compare(o.name, p.name), cmp.Compare(o.field, p.field))
}

func union(a, b map[observation]string) map[observation]string {
	all := maps.Clone(a)
	maps.Copy(all, b)
	return all
}

// observations flattens everything but packages, boot and counters. A detail
// that is empty is not known and left out.
func (s *Snapshot) observations() map[observation]string {
	all := make(map[observation]string)
	fold := s.folds()
	thing := func(kind, name, value string, details ...string) {
		all[observation{kind, name, ""}] = value
		for i := 0; i+1 < len(details); i += 2 {
			if details[i+1] != "" {
				all[observation{kind, name, details[i]}] = details[i+1]
			}
		}
	}
	thing("os", s.OS.Family, "", "id", s.OS.ID, "version", s.OS.Version, "codename", s.OS.Codename, "variant", s.OS.Variant, "build", s.OS.Build, "arch", s.OS.Arch)
	thing("kernel", "running", "", "release", s.Kernel.Release, "version", s.Kernel.Version)
	for _, f := range s.Files {
		name := f.Path
		if fold {
			name = strings.Map(foldRune, name)
		}
		modified := ""
		if !f.Modified.IsZero() {
			modified = f.Modified.UTC().Format(time.RFC3339Nano)
		}
		text := ""
		if f.Text != nil {
			text = string(fettle.DigestOf([]byte(*f.Text)))
		}
		thing("file", name, "", "dir", strconv.FormatBool(f.Dir), "size", strconv.FormatInt(f.Size, 10), "modified", modified,
			"digest", string(f.Digest), "fileVersion", f.FileVersion, "productVersion", f.ProductVersion, "text", text, "package", f.Package)
	}
	for _, k := range s.Registry {
		for _, v := range k.Values {
			thing("registry", registryName(k.Key, s.resolve(k.View), v.Name), v.Type.String()+":"+strings.Join(v.Data, "\n"))
		}
	}
	for _, p := range s.Products {
		thing("product", p.Code, "", "version", p.Version, "name", p.Name)
		for _, patch := range p.Patches {
			thing("productPatch", p.Code+" "+patch.Code, patch.State)
		}
	}
	for _, v := range s.Services {
		thing("service", v.Name, "", "state", v.State, "start", v.Start)
	}
	for _, h := range s.Hotfixes {
		thing("hotfix", h.ID, "")
	}
	for name, value := range s.Facts {
		thing("fact", name, value)
	}
	for name, value := range s.Folders {
		thing("folder", name, value)
	}
	s.restartObservations(func(name string) { thing("restart", name, "") })
	return all
}

func (s *Snapshot) restartObservations(see func(name string)) {
	if s.Restart.Required {
		see(string(EvidenceFlag))
	}
	for _, p := range s.Restart.Packages {
		see(string(EvidenceFlag) + " " + p)
	}
	for _, m := range s.Restart.Mapped {
		see(string(EvidenceMapped) + " " + m.Path)
	}
	for _, r := range s.Restart.Renames {
		see(string(EvidenceRenames) + " " + r.From)
	}
	for _, c := range s.Restart.Components {
		see(string(EvidenceComponents) + " " + c)
	}
	for _, m := range s.Restart.Marks {
		see(string(markEvidence(m)) + " " + m)
	}
}

// markEvidence is the kind of evidence that a mark belongs to.
func markEvidence(mark string) Evidence {
	if mark == MarkCBSPending || mark == MarkCBSInProgress {
		return EvidenceComponents
	}
	return EvidenceMarks
}

func registryName(key string, view View, value string) string {
	return strings.ToLower(key) + "\t" + view.String() + "\t" + strings.ToLower(value)
}

// looked reports whether s would have the thing that key names if it were
// there.
func (s *Snapshot) looked(key observation) bool {
	switch key.kind {
	case "file":
		return s.lookedAt(key.name, s.folds())
	case "registry":
		key, value, _ := strings.Cut(key.name, "\t")
		word, value, _ := strings.Cut(value, "\t")
		var view View
		return view.UnmarshalText([]byte(word)) == nil && s.lookedAtKey(key, view, []string{value})
	case "product", "productPatch":
		return s.Scope.Products
	case "service":
		return s.Scope.HasService(key.name)
	case "hotfix":
		return s.Scope.Hotfixes
	case "fact":
		_, there := s.Fact(key.name)
		return there != fettle.Unknown
	case "folder":
		_, there := s.Folder(key.name)
		return there != fettle.Unknown
	case "restart":
		kind, _, _ := strings.Cut(key.name, " ")
		return s.Scope.HasEvidence(Evidence(kind))
	default: // os, kernel
		return true
	}
}
