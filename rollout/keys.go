package rollout

import "strings"

// keyIndex is an interned Key; keySet an interned list of them, in the order in
// which the host named them. keySet 0 is the empty list.
type (
	keyIndex uint32
	keySet   uint32
)

// keyTable interns the values of hosts by dimension. Many hosts share them.
type keyTable struct {
	keys       []Key
	byKey      valueIndex[Key]
	dimensions map[string]string
	hosts      []int // present hosts that have the key
	sets       [][]keyIndex
	bySet      listIndex[keyIndex]
}

func newKeyTable() keyTable {
	return keyTable{dimensions: map[string]string{}, sets: [][]keyIndex{nil}}
}

func (t *keyTable) key(k Key) keyIndex {
	if i, ok := t.byKey.find(t.keys, k); ok {
		return keyIndex(i)
	}
	// The texts may be parts of a whole entry's, which would then be kept.
	t.keys = append(t.keys, Key{Dimension: t.dimension(k.Dimension), Value: strings.Clone(k.Value)})
	t.byKey.added(t.keys)
	t.hosts = append(t.hosts, 0)
	return keyIndex(len(t.keys) - 1)
}

// dimension returns the one copy of a dimension's name that all its keys share.
func (t *keyTable) dimension(name string) string {
	if shared, ok := t.dimensions[name]; ok {
		return shared
	}
	name = strings.Clone(name)
	t.dimensions[name] = name
	return name
}

func (t *keyTable) set(keys []Key) keySet {
	var few [8]keyIndex
	list := few[:0]
	for _, k := range keys {
		list = append(list, t.key(k))
	}
	return keySet(t.bySet.intern(&t.sets, list))
}

// count adds to the hosts that have the keys of a set.
func (t *keyTable) count(set keySet, by int) {
	for _, k := range t.sets[set] {
		t.hosts[k] += by
	}
}

// of returns the keys of a set.
func (t *keyTable) of(set keySet) []Key {
	keys := make([]Key, 0, len(t.sets[set]))
	for _, k := range t.sets[set] {
		keys = append(keys, t.keys[k])
	}
	return keys
}

// value returns a set's value in one dimension.
func (t *keyTable) value(set keySet, dimension string) (string, bool) {
	if k, ok := t.in(set, dimension); ok {
		return t.keys[k].Value, true
	}
	return "", false
}

// in returns a set's key in one dimension.
func (t *keyTable) in(set keySet, dimension string) (keyIndex, bool) {
	for _, k := range t.sets[set] {
		if t.keys[k].Dimension == dimension {
			return k, true
		}
	}
	return noKey, false
}

// within appends the keys of a set whose dimension is one of those, in their
// order.
func (t *keyTable) within(list []Key, set keySet, dimensions []string) []Key {
	for _, d := range dimensions {
		for _, k := range t.sets[set] {
			if t.keys[k].Dimension == d {
				list = append(list, t.keys[k])
				break
			}
		}
	}
	return list
}
