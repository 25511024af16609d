package rollout

// keyIndex is an interned Key; keySet an interned list of them, in the order in
// which the host named them. keySet 0 is the empty list.
type (
	keyIndex uint32
	keySet   uint32
)

// keyTable interns the values of hosts by dimension. Many hosts share them.
type keyTable struct {
	keys  []Key
	byKey map[Key]keyIndex
	hosts []int // present hosts that have the key
	sets  [][]keyIndex
	bySet listIndex[keyIndex]
}

func newKeyTable() keyTable {
	return keyTable{byKey: map[Key]keyIndex{}, sets: [][]keyIndex{nil}}
}

func (t *keyTable) key(k Key) keyIndex {
	i, ok := t.byKey[k]
	if !ok {
		i = keyIndex(len(t.keys))
		t.byKey[k] = i
		t.keys = append(t.keys, k)
		t.hosts = append(t.hosts, 0)
	}
	return i
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
