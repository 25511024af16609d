package inventory

import (
	"cmp"
	"slices"
)

// diffPackages goes over two sorted lists at once, a group of instances at a
// time.
func diffPackages(before, after *Snapshot) []PackageChange {
	var changes []PackageChange
	a, b := before.Packages, after.Packages
	for len(a) > 0 || len(b) > 0 {
		var olds, news []Package
		switch c := compareGroups(a, b); {
		case c < 0:
			olds, a = cutGroup(a)
		case c > 0:
			news, b = cutGroup(b)
		default:
			olds, a = cutGroup(a)
			news, b = cutGroup(b)
		}
		changes = append(changes, diffGroup(before, after, olds, news)...)
	}
	return changes
}

// sameGroup orders packages by what makes them instances of one another.
func sameGroup(p, q Package) int {
	return cmp.Or(cmp.Compare(p.Type, q.Type), cmp.Compare(p.Name, q.Name), cmp.Compare(p.Arch, q.Arch))
}

func compareGroups(a, b []Package) int {
	switch {
	case len(a) == 0:
		return 1
	case len(b) == 0:
		return -1
	default:
		return sameGroup(a[0], b[0])
	}
}

func cutGroup(list []Package) (group, rest []Package) {
	n := 1
	for n < len(list) && sameGroup(list[0], list[n]) == 0 {
		n++
	}
	return list[:n], list[n:]
}

// diffGroup pairs the instances of one group: equal ones first, then, path by
// path, the one that is left on either side.
func diffGroup(before, after *Snapshot, olds, news []Package) []PackageChange {
	olds, news = without(olds, news), without(news, olds)
	var changes []PackageChange
	for _, old := range olds {
		i := slices.IndexFunc(news, func(p Package) bool { return p.Path == old.Path })
		if i >= 0 && count(olds, old.Path) == 1 && count(news, old.Path) == 1 {
			changes = append(changes, PackageChange{Op: Changed, Before: old, After: news[i]})
			news = slices.Delete(news, i, i+1)
			continue
		}
		op := Removed
		if scope := after.Scope.Type(old.Type); !scope.HasName(old.Name) {
			op = Unseen
		}
		changes = append(changes, PackageChange{Op: op, Before: old})
	}
	for _, p := range news {
		op := Added
		if scope := before.Scope.Type(p.Type); !scope.HasName(p.Name) {
			op = Seen
		}
		changes = append(changes, PackageChange{Op: op, After: p})
	}
	return changes
}

// without returns the elements of list that other does not hold, in a slice of
// its own.
func without(list, other []Package) []Package {
	var rest []Package
	for _, p := range list {
		if !slices.Contains(other, p) {
			rest = append(rest, p)
		}
	}
	return rest
}

func count(list []Package, path string) int {
	n := 0
	for _, p := range list {
		if p.Path == path {
			n++
		}
	}
	return n
}
