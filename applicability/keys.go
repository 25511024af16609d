package applicability

import (
	"hash/maphash"

	"github.com/fettle-dev/fettle/internal/numtable"
	"github.com/fettle-dev/fettle/internal/program"
)

// keyTable leads from a package's type and name to the keys of a program.
type keyTable struct {
	types map[string]*typeKeys
}

// typeKeys are the keys of one package type: by binary name and by source.
type typeKeys struct {
	names, sources nameTable
	all            []int32
}

// nameTable finds keys by their names. Nearly all names have one key; others, used
// under several version orders, are chained through askedKey.next. The seed changes
// nothing but where in the table they are.
type nameTable struct {
	seed  maphash.Seed
	table numtable.Table
	used  bool
}

// key returns the first key of a name, program.None: there is none.
func (t *nameTable) key(asked []askedKey, name string) int32 {
	if !t.used {
		return program.None
	}
	id, _ := t.find(asked, name)
	return id
}

// find is key. It returns the hash to enter a key under, too.
func (t *nameTable) find(asked []askedKey, name string) (id int32, hash uint32) {
	hash = uint32(maphash.String(t.seed, name))
	for n := range t.table.At(hash) {
		if asked[n].name == name {
			return int32(n), hash
		}
	}
	return program.None, hash
}

// keyInfo says what a key is of.
type keyInfo struct {
	keyName
	newest bool // a leaf asks for the newest instance, so that they have to be ordered
	ranged bool // a leaf asks for a range, so that versions have to be valid
}

// keyName tells keys apart.
type keyName struct {
	typ, name string
	source    bool
	scheme    Scheme
}

// askedKey is what every package of a host asks of a key, apart from the rest: a
// host asks thousands of keys once each, and waits for the memory of most.
type askedKey struct {
	name     string
	from, to int32 // compiled.prefixes[from:to]
	next     int32 // another key of the same name, None: no more
	scheme   Scheme
	ranged   bool
}

// layOut fills what Intern goes by, once the keys have their bounds. It returns a
// key that is there twice, program.None: there is none.
func (c *compiled) layOut() (twice int32) {
	c.asked, c.prefixes = make([]askedKey, len(c.keyInfo)), nil
	c.keys.types = map[string]*typeKeys{}
	for id := range c.asked {
		info := &c.keyInfo[id]
		from := int32(len(c.prefixes))
		c.prefixes = c.program.Keys[id].AppendPrefixes(c.prefixes)
		c.asked[id] = askedKey{info.name, from, int32(len(c.prefixes)), program.None, info.scheme, info.ranged}
		if !c.keys.enter(c.asked, int32(id), info) {
			return int32(id)
		}
	}
	return program.None
}

// enter makes a key known by its name. It reports false for one that is known.
func (t *keyTable) enter(asked []askedKey, id int32, info *keyInfo) bool {
	k := t.types[info.typ]
	if k == nil {
		k = &typeKeys{names: nameTable{seed: maphash.MakeSeed()}, sources: nameTable{seed: maphash.MakeSeed()}}
		t.types[info.typ] = k
	}
	k.all = append(k.all, id)
	table := &k.names
	if info.source {
		table = &k.sources
	}
	table.used = true
	first, hash := table.find(asked, info.name)
	if first == program.None {
		table.table.Enter(hash, uint32(id))
		return true
	}
	for at := first; at != program.None; at = asked[at].next {
		if asked[at].scheme == info.scheme {
			return false
		}
	}
	asked[id].next, asked[first].next = asked[first].next, id
	return true
}

// key returns the number of a key, making it where it is new.
func (b *builder) key(typ, name string, source bool, scheme Scheme) int32 {
	at := keyName{typ, name, source, scheme}
	id, ok := b.keyIDs[at]
	if !ok {
		id = int32(len(b.keyInfo))
		b.keyIDs[at] = id
		b.keyInfo = append(b.keyInfo, keyInfo{keyName: at})
		b.bounds = append(b.bounds, &boundSet{})
	}
	return id
}

// ranks are what rank needs for a host.
type ranks struct {
	buffer []byte    // scratch
	last   [8]ranked // by the last bits of keys: packages of one source have one version
}

// ranked is a rank that was found.
type ranked struct {
	key     int32 // plus one
	rank    int32
	version string
}

// rank places a version among the bounds of a key; see program.Key.
func (c *compiled) rank(key int32, version string, r *ranks) int32 {
	k := &c.asked[key]
	if !k.ranged {
		return 0
	}
	last := &r.last[key%int32(len(r.last))]
	if last.key == key+1 && last.version == version {
		return last.rank
	}
	*last = ranked{key: key + 1, version: version, rank: program.Invalid}
	buffer, err := k.scheme.AppendKey(r.buffer[:0], version)
	if err == nil {
		last.rank = c.program.Keys[key].Rank(c.prefixes[k.from:k.to], buffer)
	}
	r.buffer = buffer[:0]
	return last.rank
}
