package applicability

import (
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/inventory"
)

// Needs returns the facts that the catalogue's footprints read, payload variants
// included, so that a collector gathers these and no more. Restart evidence is
// wanted as soon as a patch leaves it to the library whether it is in force.
func (c *Catalog) Needs() inventory.Needs {
	if c.saved != nil {
		got, err := c.saved.readNeeds()
		if err == nil {
			return got
		}
		c.saved.failed(err)
	}
	var n needs
	for i := range c.Len() {
		p := c.Patch(i)
		n.add(p.Target)
		n.add(p.Installed)
		n.add(p.Active)
		n.add(p.Unfixed)
		for k := range p.Payloads {
			n.add(p.Payloads[k].When)
		}
		if p.Active.IsZero() {
			n.derived = true
		}
	}
	return n.sorted()
}

// Needs returns the facts that f reads.
func (f Footprint) Needs() inventory.Needs {
	var n needs
	n.add(f)
	return n.sorted()
}

// needs collects facts, each once.
type needs struct {
	inventory.Needs
	types   map[string]*packageNeed
	files   map[inventory.FileNeed]bool // From apart
	from    map[fileFrom]bool
	keys    map[RegistryPlace]bool
	words   map[string]map[string]bool // services, folders, facts
	derived bool
}

type packageNeed struct{ names, sources map[string]bool }

type fileFrom struct {
	file inventory.FileNeed
	at   RegistryPlace
}

func (n *needs) add(f Footprint) {
	switch c := f.criterion.(type) {
	case All:
		n.addAll(c.Of)
	case Any:
		n.addAll(c.Of)
	case AtLeast:
		n.addAll(c.Of)
	case Not:
		n.add(c.Of)
	case Package:
		n.pkg(c)
	case Fact:
		n.word("fact", c.Name)
	case Service:
		n.word("service", c.Name)
	case File:
		n.file(c)
	case Registry:
		put(&n.keys, c.Place)
	case Product, ProductPatch:
		n.Products = true
	case Hotfix:
		n.Hotfixes = true
	}
}

func (n *needs) addAll(of []Footprint) {
	for _, f := range of {
		n.add(f)
	}
}

func put[K comparable](m *map[K]bool, key K) {
	if *m == nil {
		*m = map[K]bool{}
	}
	(*m)[key] = true
}

func (n *needs) word(kind, name string) {
	if n.words == nil {
		n.words = map[string]map[string]bool{}
	}
	list := n.words[kind]
	put(&list, name)
	n.words[kind] = list
}

func (n *needs) pkg(c Package) {
	if n.types == nil {
		n.types = map[string]*packageNeed{}
	}
	t := n.types[c.Type]
	if t == nil {
		t = &packageNeed{}
		n.types[c.Type] = t
	}
	if c.Source {
		put(&t.sources, c.Name)
	} else {
		put(&t.names, c.Name)
	}
}

func (n *needs) file(c File) {
	need := inventory.FileNeed{
		Path: c.Path.Path, Folder: c.Path.Folder,
		Digest: c.Digest != "", Version: !c.Version.IsZero() || !c.Product.IsZero(),
	}
	if c.Path.Folder != "" {
		n.word("folder", c.Path.Folder)
	}
	if c.Path.Key.IsZero() {
		put(&n.files, need)
		return
	}
	put(&n.from, fileFrom{need, c.Path.Key})
	put(&n.keys, c.Path.Key)
}

func (n *needs) sorted() inventory.Needs {
	out := n.Needs
	for typ, t := range n.types {
		out.Packages = append(out.Packages, inventory.PackageNeed{Type: typ, Names: words(t.names), Sources: words(t.sources)})
	}
	slices.SortFunc(out.Packages, func(a, b inventory.PackageNeed) int { return strings.Compare(a.Type, b.Type) })
	for need := range n.files {
		out.Files = append(out.Files, need)
	}
	for from := range n.from {
		need, at := from.file, from.at.need()
		need.From = &at
		out.Files = append(out.Files, need)
	}
	slices.SortFunc(out.Files, compareFileNeeds)
	for at := range n.keys {
		out.Registry = append(out.Registry, at.need())
	}
	slices.SortFunc(out.Registry, compareRegistryNeeds)
	out.Services, out.Folders, out.Facts = words(n.words["service"]), words(n.words["folder"]), words(n.words["fact"])
	if n.derived {
		out.Evidence = []inventory.Evidence{
			inventory.EvidenceComponents, inventory.EvidenceFlag, inventory.EvidenceMapped,
			inventory.EvidenceMarks, inventory.EvidenceRenames,
		}
	}
	return out
}

// need names the place's value; a key on its own wants all of its values, since
// that is how a look-up of the key is answered.
func (p RegistryPlace) need() inventory.RegistryNeed {
	need := inventory.RegistryNeed{Key: p.Key, View: p.View}
	if p.namesValue() {
		need.Values = []string{p.Value}
	}
	return need
}

func words(set map[string]bool) []string {
	var list []string
	for w := range set {
		list = append(list, w)
	}
	slices.Sort(list)
	return list
}

func compareFileNeeds(a, b inventory.FileNeed) int {
	key := func(f inventory.FileNeed) string {
		text := f.Folder + "\x00" + f.Path + "\x00" + pick(f.Digest, "1", "0") + pick(f.Version, "1", "0")
		if f.From != nil {
			text = f.From.Key + "\x00" + strings.Join(f.From.Values, "\x00") + "\x00" + f.From.View.String() + text
		}
		return text
	}
	return strings.Compare(key(a), key(b))
}

func compareRegistryNeeds(a, b inventory.RegistryNeed) int {
	key := func(r inventory.RegistryNeed) string {
		return r.Key + "\x00" + r.View.String() + "\x00" + strings.Join(r.Values, "\x00")
	}
	return strings.Compare(key(a), key(b))
}
