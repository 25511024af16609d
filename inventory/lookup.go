package inventory

import (
	"cmp"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle"
)

// folds reports whether the host's paths ignore case.
func (s *Snapshot) folds() bool { return s.OS.Family == "windows" }

// PackagesNamed returns the instances of the binary package name, those of
// which only configuration files are left among them, and whether these are
// known to be all. The slice is part of s.
func (s *Snapshot) PackagesNamed(typ, name string) (instances []Package, complete bool) {
	from, _ := slices.BinarySearchFunc(s.Packages, name, func(p Package, name string) int {
		return cmp.Or(cmp.Compare(p.Type, typ), cmp.Compare(p.Name, name))
	})
	to := from
	for to < len(s.Packages) && s.Packages[to].Type == typ && s.Packages[to].Name == name {
		to++
	}
	scope := s.Scope.Type(typ)
	return s.Packages[from:to:to], scope.HasName(name)
}

// PackagesOfSource returns the instances of all binary packages built from
// source, and whether these are known to be all. It looks at every package of
// the type.
func (s *Snapshot) PackagesOfSource(typ, source string) (instances []Package, complete bool) {
	for i := range s.Packages {
		if s.Packages[i].Type == typ && s.Packages[i].Source == source {
			instances = append(instances, s.Packages[i])
		}
	}
	scope := s.Scope.Type(typ)
	return instances, scope.HasSource(source)
}

// FileAt returns the file at path and whether it exists.
func (s *Snapshot) FileAt(path string) (File, fettle.Truth) {
	fold := s.folds()
	i, found := slices.BinarySearchFunc(s.Files, path, func(f File, path string) int {
		return comparePath(f.Path, path, fold)
	})
	if found {
		return s.Files[i], fettle.Yes
	}
	return File{}, presence(false, s.lookedAt(path, fold))
}

// FilesMatching returns the files that match pattern (see MatchPath), by path,
// and whether these are known to be all.
func (s *Snapshot) FilesMatching(pattern string) (files []File, complete bool) {
	fold := s.folds()
	for _, f := range s.Files {
		if MatchPath(pattern, f.Path, fold) {
			files = append(files, f)
		}
	}
	return files, s.lookedAt(pattern, fold)
}

// lookedAt reports whether everything that path matches was looked at: the
// path itself, or, for a literal one, a pattern that matches it.
func (s *Snapshot) lookedAt(path string, fold bool) bool {
	pattern := IsPattern(path)
	for _, looked := range s.Scope.Files {
		if comparePath(looked, path, fold) == 0 || !pattern && IsPattern(looked) && MatchPath(looked, path, fold) {
			return true
		}
	}
	return false
}

// RegistryValue returns the value called name (empty: the default value) of
// key and whether it exists. Key is in the form of CleanKey and not a pattern.
func (s *Snapshot) RegistryValue(key string, view View, name string) (RegistryValue, fettle.Truth) {
	view = s.resolve(view)
	for _, k := range s.keysNamed(key) {
		if s.resolve(k.View) != view {
			continue
		}
		for _, v := range k.Values {
			if strings.EqualFold(v.Name, name) {
				return v, fettle.Yes
			}
		}
	}
	return RegistryValue{}, presence(false, s.lookedAtKey(key, view, []string{name}))
}

// RegistryKey returns the key and whether it exists. Its values are those that
// were looked at. Key is in the form of CleanKey and not a pattern.
func (s *Snapshot) RegistryKey(key string, view View) (RegistryKey, fettle.Truth) {
	view = s.resolve(view)
	for _, k := range s.keysNamed(key) {
		if s.resolve(k.View) == view {
			return k, fettle.Yes
		}
	}
	for _, looked := range s.Scope.Registry { // for whatever values
		if s.resolve(looked.View) == view && matchKey(looked.Key, key) {
			return RegistryKey{}, fettle.No
		}
	}
	return RegistryKey{}, fettle.Unknown
}

// RegistryKeys returns the keys that match pattern (see CleanKey; * and ? match
// within an element) in view, by key, and whether these, with all their values,
// are known to be all.
func (s *Snapshot) RegistryKeys(pattern string, view View) (keys []RegistryKey, complete bool) {
	view = s.resolve(view)
	for _, k := range s.Registry {
		if s.resolve(k.View) == view && matchKey(pattern, k.Key) {
			keys = append(keys, k)
		}
	}
	return keys, s.lookedAtKey(pattern, view, nil)
}

func (s *Snapshot) keysNamed(key string) []RegistryKey {
	from, _ := slices.BinarySearchFunc(s.Registry, key, func(k RegistryKey, key string) int { return compareName(k.Key, key) })
	to := from
	for to < len(s.Registry) && strings.EqualFold(s.Registry[to].Key, key) {
		to++
	}
	return s.Registry[from:to]
}

// lookedAtKey reports whether the values (none: all values) of everything that
// key matches were looked at.
func (s *Snapshot) lookedAtKey(key string, view View, values []string) bool {
	for _, looked := range s.Scope.Registry {
		if s.resolve(looked.View) != view {
			continue
		}
		if !strings.EqualFold(looked.Key, key) && (IsPattern(key) || !IsPattern(looked.Key) || !matchKey(looked.Key, key)) {
			continue
		}
		if len(looked.Values) == 0 || len(values) > 0 && containsAllFold(looked.Values, values) {
			return true
		}
	}
	return false
}

func containsAllFold(list, wanted []string) bool {
	for _, w := range wanted {
		if !slices.ContainsFunc(list, func(have string) bool { return strings.EqualFold(have, w) }) {
			return false
		}
	}
	return true
}

// resolve returns the view that view means on this host. A 32-bit Windows has
// one view, which it gives whatever is asked for
// (learn.microsoft.com, "Accessing an Alternate Registry View").
func (s *Snapshot) resolve(view View) View {
	switch s.OS.Arch {
	case "386", "arm":
		return View32
	case "amd64", "arm64":
		if view == ViewNative {
			return View64
		}
	}
	return view
}

// Product returns the Windows Installer product with that code, whose case
// does not count, and whether it is installed.
func (s *Snapshot) Product(code string) (Product, fettle.Truth) {
	i := slices.IndexFunc(s.Products, func(p Product) bool { return strings.EqualFold(p.Code, code) })
	if i < 0 {
		return Product{}, presence(false, s.Scope.Products)
	}
	return s.Products[i], fettle.Yes
}

// Service returns the service of that name and whether there is one.
func (s *Snapshot) Service(name string) (Service, fettle.Truth) {
	fold := s.folds()
	for _, v := range s.Services {
		if v.Name == name || fold && strings.EqualFold(v.Name, name) {
			return v, fettle.Yes
		}
	}
	return Service{}, presence(false, s.Scope.HasService(name))
}

// Hotfix returns the Windows update with that id, whose case does not count,
// and whether it is installed.
func (s *Snapshot) Hotfix(id string) (Hotfix, fettle.Truth) {
	i := slices.IndexFunc(s.Hotfixes, func(h Hotfix) bool { return strings.EqualFold(h.ID, id) })
	if i < 0 {
		return Hotfix{}, presence(false, s.Scope.Hotfixes)
	}
	return s.Hotfixes[i], fettle.Yes
}

// Fact returns the generic fact of that name and whether the host has it.
func (s *Snapshot) Fact(name string) (string, fettle.Truth) {
	value, found := s.Facts[name]
	return value, presence(found, s.Scope.HasFact(name))
}

// Folder returns the path of a known folder and whether the host has it.
func (s *Snapshot) Folder(name string) (string, fettle.Truth) {
	for have, path := range s.Folders {
		if strings.EqualFold(have, name) {
			return path, fettle.Yes
		}
	}
	looked := slices.ContainsFunc(s.Scope.Folders, func(f string) bool { return strings.EqualFold(f, name) })
	return "", presence(false, looked)
}
