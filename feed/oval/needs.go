package oval

import (
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/inventory"
)

// Needs returns the facts that the document's tests read, for a collector: the
// packages by name, the files with their text where a test asks for it, the
// registry values. What a collector cannot be asked for, such as every file
// below the root that a pattern matches, is not in it, and the tests that want
// it stay unknown. So do those that are refused.
func (d *Document) Needs() inventory.Needs {
	c := needs{d: d, seen: make([]bool, d.objects.len()), files: map[string]int{}}
	for s := range d.states.all() {
		c.versions = c.versions || s.kind == "file" && slices.ContainsFunc(s.entities, func(e entity) bool { return e.name == "version" })
	}
	for t := range d.tests.all() {
		if t.there && t.fault == nil && t.kind != "unknown" {
			c.object(t.object)
		}
	}
	for _, p := range []inventory.PackageNeed{c.deb, c.rpm} {
		if p.Type == "" {
			continue
		}
		if slices.Sort(p.Names); p.All {
			p.Names = nil
		}
		p.Names = slices.Compact(p.Names)
		c.Packages = append(c.Packages, p)
	}
	slices.SortFunc(c.Files, func(a, b inventory.FileNeed) int { return strings.Compare(a.Path, b.Path) })
	return c.Needs
}

// needs collects what objects read.
type needs struct {
	inventory.Needs

	d        *Document
	seen     []bool         // by the numbers of objects
	files    map[string]int // places in Files
	deb, rpm inventory.PackageNeed
	versions bool // of files are asked for
}

func (c *needs) object(n uint32) {
	if c.seen[n] {
		return
	}
	c.seen[n] = true
	o := c.d.objects.at(n)
	if o.set != nil {
		c.set(o.set)
		return
	}
	switch o.kind {
	case "dpkginfo":
		c.packages(&c.deb, inventory.TypeDeb, o.entity("name"))
	case "rpminfo":
		c.packages(&c.rpm, inventory.TypeRPM, o.entity("name"))
	case "file", "textfilecontent54":
		c.file(o)
	case "registry":
		for key := range o.registry() {
			if name := o.entity("name"); name != nil && !name.isNil {
				key.Values = name.values
			}
			c.Registry = append(c.Registry, key.RegistryNeed)
		}
	}
}

func (c *needs) set(s *set) {
	for _, n := range s.objects {
		c.object(n)
	}
	for _, inner := range s.sets {
		c.set(inner)
	}
}

func (c *needs) packages(need *inventory.PackageNeed, typ string, name *entity) {
	need.Type = typ
	if name.op != "equals" {
		need.All = true
		return
	}
	need.Names = append(need.Names, name.values...)
}

func (c *needs) file(o *object) {
	all, literal := literalPaths(o)
	if !literal {
		all, _, _ = globs(o)
	}
	for _, path := range all {
		if inventory.CheckPath(path) != nil {
			continue
		}
		i, known := c.files[path]
		if !known {
			i = len(c.Files)
			c.files[path] = i
			c.Files = append(c.Files, inventory.FileNeed{Path: path})
		}
		c.Files[i].Text = c.Files[i].Text || o.kind == "textfilecontent54"
		c.Files[i].Version = c.Files[i].Version || o.kind == "file" && c.versions
	}
}
