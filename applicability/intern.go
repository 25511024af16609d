package applicability

import (
	"slices"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/internal/program"
	"github.com/fettle-dev/fettle/inventory"
)

// Facts is one host's record as one catalogue sees it: packages by number,
// versions by rank, every other fact judged. It can be assessed many times, and
// belongs to the catalogue that made it and its views. It keeps the record,
// which must not change while the Facts are used; assessing Facts does not
// change them.
type Facts struct {
	program.Facts
	record  *inventory.Record
	host    *host
	found   []program.Instance // before they are put in their places
	catalog *compiled
	ranks   ranks
}

// Record returns the record that the facts were made of.
func (f *Facts) Record() *inventory.Record { return f.record }

// Intern reads a record once. reuse may be nil, or facts that nobody uses any
// more, of any catalogue, whose memory is then used again. The snapshot is
// taken as it is: its Sort order is needed for look-ups of files and registry
// keys.
func (c *Catalog) Intern(r *inventory.Record, reuse *Facts) *Facts {
	f := c.find(r, reuse)
	f.KernelKnown = f.host.running.version != ""
	f.RestartsKnown = f.host.restartsKnown()
	c.place(f)
	c.internScope(f)
	f.Scalars, f.Waiting = slices.Grow(f.Scalars[:0], len(c.scalars)), slices.Grow(f.Waiting[:0], len(c.scalars))
	for _, criterion := range c.scalars {
		f.Scalars = append(f.Scalars, f.host.judge(criterion, nil))
		f.Waiting = append(f.Waiting, f.host.waiting(criterion))
	}
	c.program.Prepare(&f.Facts)
	return f
}

// find begins facts with the instances of the record's packages, in f.found.
func (c *compiled) find(r *inventory.Record, reuse *Facts) *Facts {
	f := reuse
	if f == nil {
		f = &Facts{}
	}
	f.record, f.catalog, f.host = r, c, newHost(r)
	f.ranks.last = [8]ranked{}
	packages := r.Snapshot.Packages
	f.found = slices.Grow(f.found[:0], len(packages))
	var keys *typeKeys
	var last lastKeys
	typ := ""
	for i := range packages {
		p := &packages[i]
		if keys == nil || p.Type != typ {
			typ, keys = p.Type, c.keys.types[p.Type]
			if keys == nil {
				continue
			}
			last = lastKeys{byName: keys.names.key(c.asked, ""), bySource: keys.sources.key(c.asked, "")}
		}
		if p.Present() {
			c.internPackage(f, keys, &last, p, int32(i))
		}
	}
	return f
}

// lastKeys are what a package's name and source lead to, program.None: to no key.
// Packages that follow one another often have them in common.
type lastKeys struct {
	name, source     string
	byName, bySource int32
}

// place puts the instances that were found in the order of their keys.
func (c *compiled) place(f *Facts) {
	f.Start = append(f.Start[:0], make([]int32, len(c.program.Keys)+1)...)
	for i := range f.found {
		f.Start[f.found[i].Key+1]++
	}
	for k := 1; k < len(f.Start); k++ {
		f.Start[k] += f.Start[k-1]
	}
	f.Instances = slices.Grow(f.Instances[:0], len(f.found))[:len(f.found)]
	for _, in := range slices.Backward(f.found) { // Start[k+1] goes down to where k starts
		at := &f.Start[in.Key+1]
		*at--
		f.Instances[*at] = in
	}
	copy(f.Start, f.Start[1:])
	f.Start[len(f.Start)-1] = int32(len(f.found))
	for _, key := range c.newest {
		c.order(f, key)
	}
}

// order numbers the instances of a key by version. Ranks would not do: they
// tell versions apart only where a bound lies between them.
func (c *compiled) order(f *Facts, key int32) {
	list := f.Of(key)
	if len(list) < 2 {
		return
	}
	info := &c.keyInfo[key]
	version := func(in *program.Instance) string {
		p := &f.record.Snapshot.Packages[in.Package]
		criterion := Package{Type: info.typ, Name: info.name, Source: info.source}
		if versions := criterion.versionsOf(p); len(versions) > 0 {
			return versions[0]
		}
		return ""
	}
	valid := make([]*program.Instance, 0, len(list))
	for i := range list {
		list[i].Order = program.Invalid
		if list[i].Rank != program.Invalid {
			valid = append(valid, &list[i])
		}
	}
	compare := func(x, y *program.Instance) int {
		order, err := info.scheme.Compare(version(x), version(y))
		if err != nil {
			return 0
		}
		return order
	}
	slices.SortStableFunc(valid, compare)
	for i, in := range valid {
		in.Order = int32(i)
		if i > 0 && compare(valid[i-1], in) == 0 {
			in.Order = valid[i-1].Order
		}
	}
}

func (c *compiled) internPackage(f *Facts, keys *typeKeys, last *lastKeys, p *inventory.Package, i int32) {
	if p.Name != last.name {
		last.name, last.byName = p.Name, keys.names.key(c.asked, p.Name)
	}
	if last.byName != program.None {
		c.internUnder(f, last.byName, p, i, p.Version)
	}
	source, version := sourceOf(p)
	if source != last.source {
		last.source, last.bySource = source, keys.sources.key(c.asked, source)
	}
	if last.bySource != program.None {
		c.internUnder(f, last.bySource, p, i, version)
	}
	if signedKernel(p) {
		if key := keys.sources.key(c.asked, "linux"); key != program.None {
			c.internUnder(f, key, p, i, p.Version)
		}
	}
}

// internUnder notes the instance under a key and those chained to it.
func (c *compiled) internUnder(f *Facts, key int32, p *inventory.Package, i int32, version string) {
	in := program.Instance{
		Arch: c.word(p.Arch), Module: program.Other, Package: i, Flags: f.host.flags(p), Running: program.Invalid,
	}
	switch {
	case p.Module != "":
		in.Module = c.word(moduleStream(p.Module))
	case streamUntold(p):
		in.Module = program.Untold
	}
	for ; key != program.None; key = c.asked[key].next {
		in.Key = key
		in.Rank = c.rank(key, version, &f.ranks)
		if in.Flags&program.Image != 0 && f.host.running.version != "" {
			in.Running = c.rank(key, f.host.running.under(&c.keyInfo[key]), &f.ranks)
		}
		f.found = append(f.found, in)
	}
}

func (c *compiled) word(w string) int32 {
	if w == "" {
		return program.Other
	}
	if id, ok := c.words[w]; ok {
		return id
	}
	return program.Other
}

// internScope notes of which keys there may be instances that nobody saw.
func (c *compiled) internScope(f *Facts) {
	n := len(c.program.Keys)
	f.Incomplete = slices.Grow(f.Incomplete[:0], n)[:n]
	clear(f.Incomplete)
	f.Unsure = f.Unsure[:0]
	s := &f.record.Snapshot
	for _, typ := range c.program.Types {
		scope := s.Scope.Type(typ)
		sources := !c.keys.types[typ].sources.used || sourcesKnown(s, typ)
		if scope.All && len(scope.Unread) == 0 && sources {
			continue
		}
		for _, key := range c.keys.types[typ].all {
			if !keyComplete(&scope, sources, &c.keyInfo[key]) {
				f.Incomplete[key] = true
				f.Unsure = append(f.Unsure, key)
			}
		}
	}
}

func keyComplete(scope *inventory.PackageScope, sources bool, key *keyInfo) bool {
	if key.source {
		return sources && scope.HasSource(key.name)
	}
	return scope.HasName(key.name)
}

// sourcesKnown reports whether every package of the type says what it was built
// from; one that does not could be of any source. Public keys, which rpm lists
// as packages, are built from nothing.
func sourcesKnown(s *inventory.Snapshot, typ string) bool {
	for i := range s.Packages {
		p := &s.Packages[i]
		if p.Type == typ && p.Source == "" && p.Name != "gpg-pubkey" && p.Present() {
			return false
		}
	}
	return true
}

// Holds evaluates a footprint on one record, as Installed evaluates it (so that
// ByUse of a range means every instance). It returns Unknown for a footprint
// that Check refuses. For many footprints on one host, or a footprint on many
// hosts, compile a catalogue.
func (f Footprint) Holds(r *inventory.Record) fettle.Truth {
	if f.Check() != nil {
		return fettle.Unknown
	}
	return newHost(r).evaluate(f, useInstalled, nil)
}
