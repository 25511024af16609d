package oval

import (
	"iter"
	"maps"
	"slices"
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
	if !name.isLiteral() {
		scope := s.Scope.Type(typ)
		return instances{seen: true, complete: scope.All && len(scope.Unread) == 0, packages: s.Packages}
	}
	named := instances{seen: true, complete: true}
	for i, v := range distinct(name.values) {
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

// registry finds values, or with no name keys.
func (e *Evaluation) registry(o *object) itemSet {
	s := &e.r.Snapshot
	found := itemSet{complete: true}
	view, name := o.behaviors.view, o.entity("name")
	for need := range o.registry() {
		key := need.Key
		fields := map[string][]string{"hive": {need.hive}, "key": {need.key}}
		if name == nil || name.isNil {
			keys, complete := s.RegistryKeys(key, view)
			found.complete = found.complete && (complete || len(keys) > 0)
			if len(keys) > 0 {
				found.items = append(found.items, item{key: key, fields: fields})
			}
			continue
		}
		for _, n := range distinct(name.values) {
			v, there := s.RegistryValue(key, view, n)
			found.complete = found.complete && there != fettle.Unknown
			if there != fettle.Yes {
				continue
			}
			fields := maps.Clone(fields)
			fields["name"], fields["value"], fields["type"] = []string{n}, v.Data, []string{"reg_" + strings.ReplaceAll(v.Type.String(), "-", "_")}
			found.items = append(found.items, item{key: key + `\` + n, fields: fields})
		}
	}
	return found
}

// registryKey is a key that an object names.
type registryKey struct {
	inventory.RegistryNeed

	hive, key string // as the object has them
}

// registry yields the keys that an object names.
func (o *object) registry() iter.Seq[registryKey] {
	return func(yield func(registryKey) bool) {
		for _, h := range distinct(o.entity("hive").values) {
			for _, k := range distinct(o.entity("key").values) { // an empty one, where it is nil
				clean, err := inventory.CleanKey(h + `\` + k)
				if err == nil && !yield(registryKey{inventory.RegistryNeed{Key: clean, View: o.behaviors.view}, h, k}) {
					return
				}
			}
		}
	}
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
// set incomplete; one that cannot be compared with the state is not in it.
func (e *Evaluation) filter(found itemSet, filters []filter) itemSet {
	for _, f := range filters {
		var kept []item
		for i := range found.items {
			it, s := &found.items[i], e.d.states.at(f.state)
			switch r := e.state(it, s); {
			case r == Unknown && !it.tells(s.entities):
				found.complete = false
			case (r == True) == f.include:
				kept = append(kept, *it)
			}
		}
		found.items = kept
	}
	return found
}
