package fleet

import (
	"cmp"
	"slices"
	"strings"
)

// byNumber returns all columns in the order of their numbers.
func (f *Fleet) byNumber() []uint32 {
	out := make([]uint32, len(f.columns))
	for c := range out {
		out[c] = uint32(c)
	}
	return out
}

// byName returns all columns in the order of their names, those of one name in the
// order of their numbers; so lie the tables of catalogues, in which they are looked
// up. Of names with one hash, which is rare, that of one counts for all.
func (f *Fleet) byName() []uint32 {
	const half = 32
	list := make([]uint64, len(f.columns))
	for c := range list {
		list[c] = uint64(hashOf(f.columns[c].name()))<<half | uint64(c)
	}
	list, _ = sortNumbers(list, nil, half, 1<<63)
	type group struct {
		name string
		of   []uint64
	}
	var groups []group
	for from, to := 0, 0; from < len(list); from = to {
		for to = from + 1; to < len(list) && list[to]>>half == list[from]>>half; to++ {
		}
		groups = append(groups, group{f.columns[uint32(list[from])].name(), list[from:to]})
	}
	slices.SortFunc(groups, func(a, b group) int {
		return cmp.Or(strings.Compare(a.name, b.name), cmp.Compare(a.of[0], b.of[0]))
	})
	out := make([]uint32, 0, len(list))
	for _, g := range groups {
		for _, n := range g.of {
			out = append(out, uint32(n))
		}
	}
	return out
}

// name returns the name of the package that the column is; where it is none, or gone,
// there is none.
func (c *column) name() string {
	if c.gone() || !isPackage(c.text) {
		return ""
	}
	name, _, _ := cutText(c.text[1:])
	return name
}

// hashOf returns a hash (FNV-1a).
func hashOf(name string) uint32 {
	hash := uint32(2166136261)
	for i := range len(name) {
		hash = (hash ^ uint32(name[i])) * 16777619
	}
	return hash
}
