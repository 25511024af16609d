package inventory

import (
	"cmp"
	"slices"
	"strings"
)

// Sort puts every list of s into the order that look-ups need and that makes
// equal snapshots equal in JSON, and takes out entries that occur twice word for
// word.
func (s *Snapshot) Sort() {
	s.Packages = sortUnique(s.Packages, Package.Compare, func(a, b Package) bool { return a == b })
	fold := s.folds()
	slices.SortStableFunc(s.Files, func(a, b File) int { return comparePath(a.Path, b.Path, fold) })
	slices.SortStableFunc(s.Registry, compareKeys)
	for i := range s.Registry {
		slices.SortStableFunc(s.Registry[i].Values, func(a, b RegistryValue) int { return compareName(a.Name, b.Name) })
	}
	slices.SortStableFunc(s.Products, func(a, b Product) int { return cmp.Compare(a.Code, b.Code) })
	for i := range s.Products {
		slices.SortStableFunc(s.Products[i].Patches, func(a, b ProductPatch) int { return cmp.Compare(a.Code, b.Code) })
	}
	slices.SortStableFunc(s.Services, func(a, b Service) int { return cmp.Compare(a.Name, b.Name) })
	s.Hotfixes = sortUnique(s.Hotfixes, compareHotfixes, func(a, b Hotfix) bool { return a == b })
	s.Kernel.Packages = sortWords(s.Kernel.Packages)
	s.Kernel.Livepatches = sortWords(s.Kernel.Livepatches)
	s.Restart.sort(fold)
	s.Scope.sort(fold)
}

func (r *RestartEvidence) sort(fold bool) {
	r.Packages = sortWords(r.Packages)
	slices.SortStableFunc(r.Mapped, func(a, b MappedFile) int { return comparePath(a.Path, b.Path, fold) })
	for i := range r.Mapped {
		slices.SortStableFunc(r.Mapped[i].Processes, func(a, b Process) int { return cmp.Compare(a.PID, b.PID) })
	}
	// Renames keep their order: Windows carries them out one after the other.
	r.Components = sortWords(r.Components)
	r.Marks = sortWords(r.Marks)
}

func (s *Scope) sort(fold bool) {
	slices.SortStableFunc(s.Packages, func(a, b PackageScope) int { return cmp.Compare(a.Type, b.Type) })
	for i := range s.Packages {
		p := &s.Packages[i]
		p.Names, p.Sources = sortWords(p.Names), sortWords(p.Sources)
		p.Unread = sortUnique(p.Unread, func(a, b UnreadPackage) int {
			return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Source, b.Source))
		}, func(a, b UnreadPackage) bool { return a == b })
	}
	slices.SortStableFunc(s.Files, func(a, b string) int { return comparePath(a, b, fold) })
	s.Files = slices.Compact(s.Files)
	slices.SortStableFunc(s.Registry, func(a, b KeyScope) int {
		return cmp.Or(compareName(a.Key, b.Key), cmp.Compare(a.View, b.View), slices.Compare(a.Values, b.Values))
	})
	s.Services, s.Folders, s.Facts = sortWords(s.Services), sortWords(s.Folders), sortWords(s.Facts)
	s.Evidence = sortWords(s.Evidence)
}

func sortUnique[T any](list []T, compare func(a, b T) int, equal func(a, b T) bool) []T {
	if !slices.IsSortedFunc(list, compare) {
		slices.SortStableFunc(list, compare)
	}
	return slices.CompactFunc(list, equal)
}

func sortWords[T ~string](list []T) []T {
	slices.Sort(list)
	return slices.Compact(list)
}

func compareKeys(a, b RegistryKey) int {
	return cmp.Or(compareName(a.Key, b.Key), cmp.Compare(a.View, b.View))
}

// compareName orders registry keys and value names, in which case does not
// count.
func compareName(a, b string) int {
	if strings.EqualFold(a, b) {
		return 0
	}
	return cmp.Compare(strings.ToLower(a), strings.ToLower(b))
}

func compareHotfixes(a, b Hotfix) int {
	return cmp.Or(cmp.Compare(a.ID, b.ID), a.InstalledOn.Compare(b.InstalledOn), cmp.Compare(a.Kind, b.Kind))
}
