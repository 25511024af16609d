package oval

import (
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/inventory"
)

// find returns what an object finds on the host. Packages it puts into a list
// that the next call may use again, where one is given.
func (e *Evaluation) find(n uint32, reused *[]item) itemSet {
	o := e.d.objects.at(n)
	if o.set == nil && (o.kind == "dpkginfo" || o.kind == "rpminfo") {
		return e.filter(e.packages(n, o, reused), o.filters) // looked up faster than remembered
	}
	found, there := e.found[o]
	if !there {
		found = e.filter(e.collect(o), o.filters)
		e.found[o] = found
	}
	return found
}

func (e *Evaluation) collect(o *object) itemSet {
	if o.set != nil {
		return e.set(o.set)
	}
	switch o.kind {
	case "family", "uname":
		return singles(e.r, o.kind)
	case "file":
		return e.files(o)
	case "textfilecontent54":
		return e.texts(o)
	case "registry":
		return e.registry(o)
	case "variable":
		v := o.entity("var_ref")
		ref := v.unusual().varRef
		return itemSet{complete: true, items: []item{{key: ref, fields: map[string][]string{"value": v.values, "var_ref": {ref}}}}}
	default:
		return itemSet{}
	}
}

// packages finds present packages by name.
func (e *Evaluation) packages(n uint32, o *object, reused *[]item) itemSet {
	var found itemSet
	if reused != nil {
		found.items = (*reused)[:0]
	}
	named := &e.named[n]
	if !named.seen {
		*named = e.namedBy(o)
	}
	found.complete = named.complete
	typ := inventory.TypeDeb
	if o.kind == "rpminfo" {
		typ = inventory.TypeRPM
	}
	for i := range named.packages {
		p := &named.packages[i]
		if p.Type == typ && p.Present() && e.meets(&item{pkg: p}, o.entities) == True {
			found.items = append(found.items, item{pkg: p})
		}
	}
	if reused != nil {
		*reused = found.items
	}
	return found
}

// namedBy returns the packages that an object's name can mean, as a part of the
// host's where that is one name.
func (e *Evaluation) namedBy(o *object) instances {
	s := &e.r.Snapshot
	typ := inventory.TypeDeb
	if o.kind == "rpminfo" {
		typ = inventory.TypeRPM
	}
	name := o.entity("name")
	if name.op != "equals" || len(name.values) != 1 && name.check != or {
		scope := s.Scope.Type(typ)
		return instances{seen: true, complete: scope.All && len(scope.Unread) == 0, packages: s.Packages}
	}
	named := instances{seen: true, complete: true}
	for i, v := range name.values {
		all, complete := s.PackagesNamed(typ, v)
		named.complete = named.complete && complete
		if i == 0 {
			named.packages = all
		} else {
			named.packages = append(named.packages, all...)
		}
	}
	return named
}

// files finds files and folders.
func (e *Evaluation) files(o *object) itemSet {
	s := &e.r.Snapshot
	var found itemSet
	if paths, literal := literalPaths(o); literal {
		found.complete = true
		for _, p := range paths {
			f, there := s.FileAt(p)
			found.complete = found.complete && there != fettle.Unknown
			if there == fettle.Yes && e.isFile(o, &f) {
				found.items = append(found.items, item{file: &f})
			}
		}
		return found
	}
	found.complete = e.opt.AllFiles
	for i := range s.Files {
		if f := &s.Files[i]; e.isFile(o, f) {
			found.items = append(found.items, item{file: f})
		}
	}
	return found
}

// literalPaths returns the paths that an object names, if it names them one by
// one.
func literalPaths(o *object) ([]string, bool) {
	literal := func(x *entity) bool { return x != nil && x.op == "equals" && (len(x.values) == 1 || x.check == or) }
	if x := o.entity("filepath"); x != nil {
		return x.values, literal(x)
	}
	folder, name := o.entity("path"), o.entity("filename")
	if !literal(folder) || o.behaviors.depth != 0 {
		return nil, false
	}
	if name == nil || name.isNil {
		return folder.values, true
	}
	if !literal(name) {
		return nil, false
	}
	var all []string
	for _, f := range folder.values {
		for _, n := range name.values {
			all = append(all, strings.TrimSuffix(f, "/")+"/"+n)
		}
	}
	return all, true
}

// isFile reports whether a file meets an object's entities.
func (e *Evaluation) isFile(o *object, f *inventory.File) bool {
	if x := o.entity("filepath"); x != nil {
		return !f.Dir && x.matches(f.Path) == True
	}
	name := o.entity("filename")
	folder := path.Dir(f.Path)
	if wantsFolder := name == nil || name.isNil; wantsFolder {
		if !f.Dir {
			return false
		}
		folder = f.Path
	} else if f.Dir || name.matches(path.Base(f.Path)) != True {
		return false
	}
	return within(o.entity("path"), folder, o.behaviors)
}

// within reports whether folder is one that the entity names, or lies below or
// above such a one as far as the recursion goes.
func within(want *entity, folder string, b behaviors) bool {
	if b.up {
		for _, start := range want.values {
			for steps := 0; b.depth < 0 || steps <= b.depth; steps++ {
				if start == folder {
					return true
				}
				if start == "/" || start == "." {
					break
				}
				start = path.Dir(start)
			}
		}
		return false
	}
	for steps := 0; b.depth < 0 || steps <= b.depth; steps++ {
		if want.matches(folder) == True {
			return true
		}
		if folder == "/" || folder == "." {
			break
		}
		folder = path.Dir(folder)
	}
	return false
}

// texts finds the matches of a pattern in files, each an item.
func (e *Evaluation) texts(o *object) itemSet {
	files := e.files(o)
	found := itemSet{complete: files.complete}
	pattern, instance := o.entity("pattern"), o.entity("instance")
	for _, f := range files.items {
		if f.file.Text == nil {
			found.complete = false // it is there, and nobody read it
			continue
		}
		for i, p := range pattern.unusual().patterns {
			for n, m := range p.FindAllStringSubmatch(*f.file.Text, maxMatches) {
				number := strconv.Itoa(n + 1)
				if instance.matches(number) != True {
					continue
				}
				found.items = append(found.items, item{key: f.file.Path + "\x00" + strconv.Itoa(i) + "\x00" + number, fields: map[string][]string{
					"filepath": {f.file.Path}, "path": {path.Dir(f.file.Path)}, "filename": {path.Base(f.file.Path)},
					"pattern": {pattern.values[i]}, "instance": {number}, "text": {m[0]}, "subexpression": m[1:],
				}})
			}
		}
	}
	return found
}

const maxMatches = 10_000 // of one pattern in one file

// registry finds a value, or with no name a key.
func (e *Evaluation) registry(o *object) itemSet {
	s := &e.r.Snapshot
	key := hive(o.entity("hive").values[0]) + `\` + o.entity("key").values[0]
	fields := map[string][]string{"hive": o.entity("hive").values, "key": o.entity("key").values}
	name := o.entity("name")
	if name == nil || name.isNil {
		keys, complete := s.RegistryKeys(key, inventory.ViewNative)
		if len(keys) == 0 {
			return itemSet{complete: complete}
		}
		return itemSet{items: []item{{key: key, fields: fields}}, complete: true}
	}
	v, there := s.RegistryValue(key, inventory.ViewNative, name.values[0])
	if there != fettle.Yes {
		return itemSet{complete: there == fettle.No}
	}
	fields["name"], fields["value"], fields["type"] = name.values, v.Data, []string{"reg_" + strings.ReplaceAll(v.Type.String(), "-", "_")}
	return itemSet{items: []item{{key: key + `\` + name.values[0], fields: fields}}, complete: true}
}

// set combines objects. What is not complete on either side makes the result
// incomplete.
func (e *Evaluation) set(s *set) itemSet {
	var sides []itemSet
	for _, n := range s.objects {
		sides = append(sides, e.filter(e.find(n, nil), s.filters))
	}
	for _, inner := range s.sets {
		sides = append(sides, e.set(inner))
	}
	found := sides[0]
	if len(sides) == 1 {
		return found
	}
	other := sides[1]
	keys := map[string]bool{}
	for _, it := range other.items {
		keys[it.id()] = true
	}
	found.items = slices.Clone(found.items)
	switch s.op {
	case "INTERSECTION":
		found.items = slices.DeleteFunc(found.items, func(it item) bool { return !keys[it.id()] })
	case "COMPLEMENT":
		found.items = slices.DeleteFunc(found.items, func(it item) bool { return keys[it.id()] })
	default:
		for _, it := range found.items {
			delete(keys, it.id())
		}
		for _, it := range other.items {
			if keys[it.id()] {
				found.items = append(found.items, it)
			}
		}
	}
	found.complete = found.complete && other.complete
	return found
}

// filter drops items by states. An item of which it cannot be told makes the
// set incomplete.
func (e *Evaluation) filter(found itemSet, filters []filter) itemSet {
	for _, f := range filters {
		var kept []item
		for i := range found.items {
			switch r := e.state(&found.items[i], e.d.states.at(f.state)); {
			case r != True && r != False:
				found.complete = false
			case (r == True) == f.include:
				kept = append(kept, found.items[i])
			}
		}
		found.items = kept
	}
	return found
}
