package oval

import (
	"path"
	"slices"
	"strconv"
	"strings"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/inventory"
)

// items returns what an object finds on the host.
func (e *Evaluation) items(o *object) itemSet {
	if found, there := e.found[o]; there {
		return found
	}
	found := e.collect(o)
	if o.set != nil || o.kind != "dpkginfo" && o.kind != "rpminfo" {
		e.found[o] = found // packages are looked up faster than remembered
	}
	return found
}

func (e *Evaluation) collect(o *object) itemSet {
	var found itemSet
	switch {
	case o.set != nil:
		found = e.set(o.set)
	case o.kind == "family" || o.kind == "uname":
		found = singles(e.r, o.kind)
	case o.kind == "dpkginfo":
		found = e.packages(o, inventory.TypeDeb)
	case o.kind == "rpminfo":
		found = e.packages(o, inventory.TypeRPM)
	case o.kind == "file":
		found = e.files(o)
	case o.kind == "textfilecontent54":
		found = e.texts(o)
	case o.kind == "registry":
		found = e.registry(o)
	case o.kind == "variable":
		found.complete = true
		v := o.entity("var_ref")
		found.items = []item{{key: v.varRef, fields: map[string][]string{"value": v.values, "var_ref": {v.varRef}}}}
	}
	return e.filter(found, o.filters)
}

// packages finds present packages by name.
func (e *Evaluation) packages(o *object, typ string) itemSet {
	s := &e.r.Snapshot
	name := o.entity("name")
	found := itemSet{complete: true}
	add := func(all []inventory.Package) {
		for i := range all {
			p := &all[i]
			if p.Type == typ && p.Present() && e.meets(&item{pkg: p}, o.entities) == True {
				found.items = append(found.items, item{key: p.Name + " " + p.Arch + " " + p.Version, pkg: p})
			}
		}
	}
	if name.op == "equals" && name.check == or || name.op == "equals" && len(name.values) == 1 {
		for _, v := range name.values {
			all, complete := s.PackagesNamed(typ, v)
			found.complete = found.complete && complete
			add(all)
		}
		return found
	}
	scope := s.Scope.Type(typ)
	found.complete = scope.All && len(scope.Unread) == 0
	add(s.Packages)
	return found
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
				found.items = append(found.items, item{key: f.Path, file: &f})
			}
		}
		return found
	}
	found.complete = e.opt.AllFiles
	for i := range s.Files {
		if f := &s.Files[i]; e.isFile(o, f) {
			found.items = append(found.items, item{key: f.Path, file: f})
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
		for i, p := range pattern.patterns {
			for n, m := range p.FindAllStringSubmatch(*f.file.Text, maxMatches) {
				number := strconv.Itoa(n + 1)
				if instance.matches(number) != True {
					continue
				}
				found.items = append(found.items, item{key: f.key + "\x00" + strconv.Itoa(i) + "\x00" + number, fields: map[string][]string{
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
	for _, id := range s.objects {
		sides = append(sides, e.filter(e.items(e.d.objects[id]), s.filters))
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
		keys[it.key] = true
	}
	found.items = slices.Clone(found.items)
	switch s.op {
	case "INTERSECTION":
		found.items = slices.DeleteFunc(found.items, func(it item) bool { return !keys[it.key] })
	case "COMPLEMENT":
		found.items = slices.DeleteFunc(found.items, func(it item) bool { return keys[it.key] })
	default:
		for _, it := range found.items {
			delete(keys, it.key)
		}
		for _, it := range other.items {
			if keys[it.key] {
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
			switch r := e.state(&found.items[i], e.d.states[f.state]); {
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
