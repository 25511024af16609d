package lint

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/inventory"
)

// host writes down the host that a query found: what the way to it asks for,
// and nothing else, with everything that the query speaks of looked at.
func (q *query) host() *inventory.Record {
	w := &writer{r: &inventory.Record{Version: inventory.RecordVersion, Host: inventory.Host{ID: "example"}}}
	w.s = &w.r.Snapshot
	w.sources, w.binaries = map[string]bool{}, map[string]bool{}
	w.s.OS.Family = "linux"
	for _, g := range q.order {
		w.look(g)
	}
	slices.SortStableFunc(q.order, func(a, b *group) int { return early(a) - early(b) })
	for _, g := range q.order {
		for _, values := range g.instances() {
			w.put(&g.subject, values)
		}
	}
	w.s.Scope.Products, w.s.Scope.Hotfixes, w.s.Scope.Services = true, true, []string{"*"}
	w.s.Scope.Evidence = []inventory.Evidence{
		inventory.EvidenceFlag, inventory.EvidenceMapped, inventory.EvidenceRenames, inventory.EvidenceComponents, inventory.EvidenceMarks,
	}
	w.s.Sort()
	return w.r
}

// early orders subjects: the system first, since paths depend on it.
func early(g *group) int {
	if g.subject.kind == kindOS {
		return 0
	}
	return 1
}

// instances returns the values of the instances that the demands on g come to,
// as few as possible.
func (g *group) instances() []map[string]string {
	if len(g.asked) == 0 {
		if g.subject.kind == kindOS && g.size > 1 { // a system has each of its attributes
			if c := g.common(""); c >= 0 {
				values, _ := g.write(c)
				return []map[string]string{values}
			}
		}
		return nil
	}
	if c := g.common(""); c >= 0 {
		values, _ := g.write(c)
		return []map[string]string{values}
	}
	var list []map[string]string
	done := map[string]bool{"": true}
	for _, d := range g.asked {
		c := -1
		switch {
		case d.newest == "":
			c = g.first(d.may)
		case !done[d.newest]:
			done[d.newest] = true
			c = g.common(d.newest)
		}
		if c >= 0 {
			values, _ := g.write(c)
			list = append(list, values)
		}
	}
	return list
}

// writer builds a record.
type writer struct {
	r                 *inventory.Record
	s                 *inventory.Snapshot
	sources, binaries map[string]bool // that the query speaks of
}

// look enters in the scope what the query speaks of.
func (w *writer) look(g *group) {
	u := &g.subject
	scope := &w.s.Scope
	switch u.kind {
	case kindPackage:
		if !scope.Type(u.typ).All {
			scope.Packages = append(scope.Packages, inventory.PackageScope{Type: u.typ, All: true})
		}
		if u.source {
			w.sources[u.name] = true
		} else {
			w.binaries[u.name] = true
		}
	case kindFact:
		scope.Facts = append(scope.Facts, u.name)
	case kindHotfix, kindProduct, kindProductPatch:
		w.s.OS.Family = "windows"
	case kindFile:
		if u.path.Folder != "" {
			scope.Folders = append(scope.Folders, u.path.Folder)
		} else if k := u.path.Key; !k.IsZero() {
			scope.Registry = append(scope.Registry, inventory.KeyScope{Key: k.Key, View: k.View})
		} else {
			scope.Files = append(scope.Files, u.path.Path)
		}
		if windowsPath(u.path) {
			w.s.OS.Family = "windows"
		}
	case kindRegistry:
		w.s.OS.Family = "windows"
		key := inventory.KeyScope{Key: u.place.Key, View: u.place.View}
		scope.Registry = append(scope.Registry, key)
	}
}

func (w *writer) put(u *subject, v map[string]string) {
	s := w.s
	switch u.kind {
	case kindPackage:
		w.pkg(u, v)
	case kindOS:
		w.system(u.name, v["value"])
	case kindKernel:
		s.Kernel.Release = v["value"]
	case kindFact:
		set(&s.Facts, u.name, v["value"])
	case kindHost:
		switch u.name {
		case "id":
			w.r.Host.ID = fettle.HostID(v["value"])
		case "name":
			w.r.Host.Name = v["value"]
		case "site":
			w.r.Host.Site = v["value"]
		}
	case kindLabel:
		set(&w.r.Host.Labels, u.name, v["value"])
	case kindService:
		s.Services = append(s.Services, inventory.Service{Name: u.name, State: v["state"], Start: v["start"]})
	case kindHotfix:
		s.Hotfixes = append(s.Hotfixes, inventory.Hotfix{ID: u.name})
	case kindProduct:
		s.Products = append(s.Products, inventory.Product{Code: u.name, Version: or(v["version"], "1.0")})
	case kindProductPatch:
		w.productPatch(u.name, or(v["product"], "{00000000-0000-0000-0000-000000000000}"))
	case kindFile:
		w.file(u, v)
	case kindRegistry:
		w.value(u, v)
	}
}

func (w *writer) pkg(u *subject, v map[string]string) {
	version := or(v["version"], "1")
	p := inventory.Package{
		Type: u.typ, Name: u.name, Version: version, Arch: or(v["arch"], "amd64"), Module: v["module"],
		Source: u.name, SourceVersion: version,
	}
	switch {
	case u.source && w.binaries[u.name]:
		p.Name += "-bin"
	case !u.source && w.sources[u.name]:
		p.Source += "-src"
	}
	w.s.Packages = append(w.s.Packages, p)
}

func (w *writer) system(attribute, value string) {
	o := &w.s.OS
	switch attribute {
	case "family":
		o.Family = value
	case "id":
		o.ID = value
	case "like":
		o.IDLike = append(o.IDLike, value)
	case "version":
		o.Version = value
	case "codename":
		o.Codename = value
	case "variant":
		o.Variant = value
	case "build":
		o.Build = value
	case "arch":
		o.Arch = value
	}
}

func (w *writer) productPatch(code, product string) {
	patch := inventory.ProductPatch{Code: code}
	for i := range w.s.Products {
		if strings.EqualFold(w.s.Products[i].Code, product) {
			w.s.Products[i].Patches = append(w.s.Products[i].Patches, patch)
			return
		}
	}
	w.s.Products = append(w.s.Products, inventory.Product{Code: product, Version: "1.0", Patches: []inventory.ProductPatch{patch}})
}

// one returns a path that a pattern matches.
func one(pattern string) string { return strings.NewReplacer("*", "x", "?", "x").Replace(pattern) }

func (w *writer) file(u *subject, v map[string]string) {
	f := inventory.File{
		Path: one(u.path.Path), Digest: fettle.Digest(v["digest"]),
		FileVersion: v["version"], ProductVersion: v["product"], Versioned: fettle.TruthOf(v["version"]+v["product"] != ""),
	}
	f.Size, _ = strconv.ParseInt(v["size"], 10, 64)
	f.Modified, _ = time.Parse(time.RFC3339, v["changed"])
	pattern := u.path.Path
	if folder := w.folder(u); folder != "" {
		rest := strings.TrimLeft(pattern, `\/`)
		f.Path, pattern = folder+`\`+one(rest), folder+`\`+rest
	}
	w.s.Files = append(w.s.Files, f)
	w.s.Scope.Files = append(w.s.Scope.Files, pattern)
}

// folder returns the folder that a path is relative to, which the host then
// has.
func (w *writer) folder(u *subject) string {
	k := u.path.Key
	switch {
	case u.path.Folder != "":
		folder := `C:\` + u.path.Folder
		set(&w.s.Folders, u.path.Folder, folder)
		return folder
	case !k.IsZero():
		folder := `C:\` + or(k.Value, "Folder")
		w.s.Registry = append(w.s.Registry, inventory.RegistryKey{
			Key: k.Key, View: k.View,
			Values: []inventory.RegistryValue{{Name: k.Value, Type: inventory.RegString, Data: []string{folder}}},
		})
		return folder
	default:
		return ""
	}
}

func (w *writer) value(u *subject, v map[string]string) {
	key := inventory.RegistryKey{Key: one(u.place.Key), View: u.place.View}
	if u.place.Value != "" || u.place.Default {
		value := inventory.RegistryValue{Name: u.place.Value, Type: inventory.RegString, Data: []string{v["value"]}}
		if word := v["type"]; word != "" {
			_ = value.Type.UnmarshalText([]byte(word)) // a word that String gave
		}
		key.Values = append(key.Values, value)
	}
	for i := range w.s.Registry {
		if k := &w.s.Registry[i]; strings.EqualFold(k.Key, key.Key) && k.View == key.View {
			k.Values = append(k.Values, key.Values...)
			return
		}
	}
	w.s.Registry = append(w.s.Registry, key)
}

func set(m *map[string]string, name, value string) {
	if *m == nil {
		*m = map[string]string{}
	}
	(*m)[name] = value
}

func or(v, otherwise string) string {
	if v == "" {
		return otherwise
	}
	return v
}
