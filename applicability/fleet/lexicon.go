package fleet

import (
	"cmp"
	"slices"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/applicability"
	"github.com/fettle-dev/fettle/internal/program"
	"github.com/fettle-dev/fettle/inventory"
)

// lexicon is what one catalogue makes of the columns and profiles: each column's
// version compared once.
type lexicon struct {
	catalog *applicability.Catalog
	program *program.Program

	instances []program.Instance
	of        [][2]uint32 // by column: which of the instances; see instancesOf
	versions  []string    // version keys of the instances that have to be ordered; their Order is an index
	packages  int32       // how many were numbered, so that each has its own
	byKey     [][]entry   // by key: entries by rank

	judgements []judgement
	byText     map[string]int32
	ofProfile  []int32           // judgement by profile
	ofHost     []int32           // judgement by position, of those that hold a host
	unsure     map[int32][]int32 // by key: judgements with unseen instances of it
	named      []named           // scalars about a host's id or name

	keyChanged  []uint64 // by key: when hosts, other than their template's, gained or lost an instance; see changed
	freeChanged uint64   // when anything else about a host changed

	terms    []term // by patch: terms[termFrom[i]:termFrom[i+1]]
	termFrom []int32
	free     []int32 // by patch: its gate where no key leads to it, else program.None
	groupKey []int32 // by group
	units    units
	cache    *cache

	scratch *applicability.Facts

	// Scratch of lookUp.
	record  inventory.Record
	columns []int              // by package of record: its column
	fresh   []program.Instance // of the columns that are looked up,
	found   [][2]uint32        // by column: which of them
	texts   []string           // by column

	unread int64 // a column whose text is none; -1: there is none
}

// entry is one instance that a column brings to a key.
type entry struct {
	rank, arch, module int32
	column             uint32
	flags              program.Flags
}

// special instances mean what the whole footprint makes of them; see
// program.Run.
const special = program.Image | program.Ahead | program.Adrift | program.Pending

func (e *entry) special() bool { return e.rank == program.Invalid || e.flags&special != 0 }

// term is one posting of a patch.
type term struct{ group, lo, hi int32 }

// named is a scalar that asks for the host's id or name, which profiles lack.
type named struct {
	scalar int32
	host   applicability.Host
}

// setCatalog makes the index answer from a catalogue. order may be all columns, those
// of one name after one another, if that is known.
func (f *Fleet) setCatalog(c *applicability.Catalog, order []uint32) {
	old := f.lexicon
	if old != nil {
		f.enterPending() // which is news to the old one
	}
	f.changes++
	if old != nil && old.program == c.Program() {
		same := *old
		same.catalog = c
		f.lexicon = &same
		same.cache.forgetUnits(&same.units)
		return
	}
	if order == nil {
		order = f.byName()
	}
	x := newLexicon(f, c, order)
	f.lexicon = x
	x.cache.carry(f, old, x)
}

// newLexicon looks up everything that the index holds. order are all columns: it
// takes less time where those of one name follow one another.
func newLexicon(f *Fleet, c *applicability.Catalog, order []uint32) *lexicon {
	x := &lexicon{
		catalog: c, program: c.Program(), byText: map[string]int32{}, unsure: map[int32][]int32{},
		cache: newCache(c.Len()), unread: -1,
	}
	x.byKey = make([][]entry, len(x.program.Keys))
	x.keyChanged = make([]uint64, len(x.program.Keys))
	for i := range x.program.Scalars {
		if h, ok := c.Scalar(i).(applicability.Host); ok && h.Attribute != applicability.HostSite {
			x.named = append(x.named, named{int32(i), h})
		}
	}
	x.fileTerms()
	x.units = unitsOf(c)
	x.learnAll(f, order)
	for n := range f.profiles.list {
		x.judge(f, uint32(n))
	}
	x.ofHost = make([]int32, len(f.hosts))
	for at := range f.hosts {
		if f.hosts[at].template >= 0 {
			x.ofHost[at] = x.judgementOf(f, uint32(at))
		}
	}
	return x
}

// fileTerms turns the postings, which lead from packages to patches, around.
func (x *lexicon) fileTerms() {
	p := x.program
	n := len(p.Patches)
	x.groupKey = make([]int32, len(p.Groups))
	for k := range p.Keys {
		for g := p.Keys[k].From; g < p.Keys[k].To; g++ {
			x.groupKey[g] = int32(k)
		}
	}
	x.termFrom = make([]int32, n+1)
	for _, patch := range p.Posting.Patches {
		x.termFrom[patch+1]++
	}
	for i := range n {
		x.termFrom[i+1] += x.termFrom[i]
	}
	x.terms = make([]term, len(p.Posting.Patches))
	next := slices.Clone(x.termFrom)
	for g := range p.Groups {
		for i := p.Groups[g].From; i < p.Groups[g].To; i++ {
			patch := p.Posting.Patches[i]
			x.terms[next[patch]] = term{group: int32(g), lo: p.Posting.Los[i], hi: p.Posting.His[i]}
			next[patch]++
		}
	}
	x.free = make([]int32, n)
	for i := range x.free {
		x.free[i] = program.None
	}
	for _, g := range p.Free {
		for _, patch := range g.Patches {
			x.free[patch] = p.Gates[g.Gate]
		}
	}
}

// learn looks up the columns that are new since the last time.
func (x *lexicon) learn(f *Fleet) {
	if len(x.of) == len(f.columns) {
		return
	}
	fresh := make([]uint32, 0, len(f.columns)-len(x.of))
	for c := len(x.of); c < len(f.columns); c++ {
		fresh = append(fresh, uint32(c))
	}
	x.learnAll(f, fresh)
}

// learnAll looks up columns, which are all that x does not know yet.
func (x *lexicon) learnAll(f *Fleet, columns []uint32) {
	first := len(x.instances)
	if len(x.of) == 0 {
		x.of = make([][2]uint32, 0, len(columns)+len(columns)/slack)
		x.instances = make([]program.Instance, 0, len(columns)+len(columns)/slack) // most have one
	}
	x.of = append(x.of, make([][2]uint32, len(columns))...)
	for part := range slices.Chunk(columns, learnAtOnce) {
		x.lookUp(f, part)
	}
	x.file(first, columns)
}

// learnAtOnce is how many columns are interned as if one host had them.
const learnAtOnce = 256

// instancesOf returns what the catalogue makes of a column.
func (x *lexicon) instancesOf(c uint32) []program.Instance {
	return x.instances[x.of[c][0]:x.of[c][1]]
}

// lookUp appends the instances of some columns. Packages and kernels are interned
// apart, and those that wait for a restart are named as restart evidence names
// them, by which none that do not wait may be meant.
func (x *lexicon) lookUp(f *Fleet, columns []uint32) {
	x.found = append(x.found[:0], make([][2]uint32, len(columns))...)
	x.fresh, x.texts = x.fresh[:0], x.texts[:0]
	for _, c := range columns {
		x.texts = append(x.texts, f.columns[c].text)
	}
	for _, pending := range []bool{false, true} {
		x.lookUpPackages(columns, pending)
	}
	for i, text := range x.texts {
		if text == "" || isPackage(text) {
			continue
		}
		if k := unpackKernels(text); k != nil {
			x.lookUpKernels(i, k)
		} else {
			x.unread = int64(columns[i])
		}
	}
	for i, c := range columns {
		from := uint32(len(x.instances))
		x.instances = append(x.instances, x.fresh[x.found[i][0]:x.found[i][1]]...)
		x.of[c] = [2]uint32{from, uint32(len(x.instances))}
	}
}

func (x *lexicon) lookUpPackages(columns []uint32, pending bool) {
	s := &x.record.Snapshot
	s.Packages, x.columns = s.Packages[:0], x.columns[:0]
	var names []string
	for i, text := range x.texts {
		if !isPackage(text) || isPending(text) != pending {
			continue
		}
		p, ok := unpackPackage(text)
		if !ok {
			x.unread = int64(columns[i])
			continue
		}
		s.Packages, x.columns = append(s.Packages, p), append(x.columns, i)
		if pending {
			names = append(names, p.Name)
		}
	}
	if len(s.Packages) == 0 {
		return
	}
	s.Restart.Packages = names
	instances, scratch := x.catalog.Instances(&x.record, x.scratch)
	x.scratch = scratch
	for _, in := range instances {
		at := x.columns[in.Package]
		x.number(&in, &s.Packages[in.Package])
		if x.found[at][1] == 0 {
			x.found[at] = [2]uint32{uint32(len(x.fresh)), uint32(len(x.fresh))}
		}
		x.fresh = append(x.fresh, in)
		x.found[at][1]++
	}
	x.packages += int32(len(s.Packages))
}

// file enters the instances from first on, which are of some columns, under their
// keys.
func (x *lexicon) file(first int, columns []uint32) {
	const half = 32
	fresh := x.instances[first:]
	byKey := make([]uint64, 0, len(fresh)) // key, and number of the instance
	of := make([]uint32, 0, len(fresh))    // by number of the instance
	for _, c := range columns {
		for _, in := range x.instancesOf(c) {
			byKey = append(byKey, uint64(in.Key)<<half|uint64(len(of)))
			of = append(of, c)
		}
	}
	if !slices.IsSorted(byKey) {
		byKey, _ = sortNumbers(byKey, nil, half, uint64(len(x.byKey))<<half)
	}
	room := make([]entry, 0, len(fresh)) // of keys that had none
	for i := 0; i < len(byKey); {
		key, end := byKey[i]>>half, i
		for end < len(byKey) && byKey[end]>>half == key {
			end++
		}
		for k, n := range byKey[i:end] { // by rank from here on
			byKey[i+k] = uint64(int64(fresh[uint32(n)].Rank)+1)<<half | n&(1<<half-1)
		}
		slices.Sort(byKey[i:end])
		from := len(room)
		for _, n := range byKey[i:end] {
			in := &fresh[uint32(n)]
			room = append(room, entry{in.Rank, in.Arch, in.Module, of[uint32(n)], in.Flags})
		}
		x.byKey[key] = merged(x.byKey[key], room[from:len(room):len(room)])
		i = end
	}
}

// merged returns the entries of two lists by rank, which may be one of them.
func merged(old, fresh []entry) []entry {
	if len(old) == 0 {
		return fresh
	}
	all := append(append(make([]entry, 0, len(old)+len(fresh)), old...), fresh...)
	slices.SortStableFunc(all, func(a, b entry) int { return cmp.Compare(a.rank, b.rank) })
	return all
}

// number gives an instance a package number of its own and, where the newest of
// its key is asked for, keeps its version.
func (x *lexicon) number(in *program.Instance, p *inventory.Package) {
	in.Package += x.packages
	if x.catalog.Ordered(in.Key) {
		in.Order = int32(len(x.versions))
		x.versions = append(x.versions, string(x.catalog.VersionKey(in, p)))
	}
}

// order numbers the instances of one key of one host by version, as
// program.Instance.Order is defined.
func (x *lexicon) order(key int32, list []program.Instance) {
	if !x.catalog.Ordered(key) {
		return
	}
	versions := make([]string, len(list))
	for i := range list {
		versions[i] = x.versions[list[i].Order]
	}
	for i := range list {
		list[i].Order = program.Invalid
		if list[i].Rank == program.Invalid {
			continue
		}
		list[i].Order = 0
		for j := range list {
			if list[j].Rank != program.Invalid && versions[j] < versions[i] {
				list[i].Order++
			}
		}
	}
}

// lookUpKernels finds the instances of the kernels that column i of some is.
func (x *lexicon) lookUpKernels(i int, k *kernels) {
	var r inventory.Record
	s := &r.Snapshot
	s.Packages = k.Packages
	s.Kernel.Release, s.Kernel.Version = k.Release, k.Version
	if k.Livepatch {
		s.Kernel.Livepatches = []string{standIn}
	}
	s.Restart.Packages = k.Evidence
	instances, scratch := x.catalog.Instances(&r, x.scratch)
	x.scratch = scratch
	from := uint32(len(x.fresh))
	for _, in := range instances {
		x.number(&in, &r.Snapshot.Packages[in.Package])
		x.fresh = append(x.fresh, in)
	}
	x.found[i] = [2]uint32{from, uint32(len(x.fresh))}
	x.packages += int32(len(k.Packages))
}

// judge judges one profile.
func (x *lexicon) judge(f *Fleet, n uint32) {
	for len(x.ofProfile) <= int(n) {
		x.ofProfile = append(x.ofProfile, -1)
	}
	p := f.profiles.list[n]
	if p == nil {
		return
	}
	x.scratch = x.catalog.Intern(&p.record, x.scratch)
	j := judgement{
		scalars: x.scratch.Scalars, waiting: x.scratch.Waiting, unsure: x.scratch.Unsure, restarts: x.scratch.RestartsKnown,
	}
	slices.Sort(j.unsure)
	x.ofProfile[n] = x.enter(&j)
}

// enter returns the number of a judgement, copying it where it is new.
func (x *lexicon) enter(j *judgement) int32 {
	text := j.text()
	n, ok := x.byText[text]
	if ok {
		return n
	}
	n = int32(len(x.judgements))
	x.byText[text] = n
	x.judgements = append(x.judgements, judgement{
		scalars: slices.Clone(j.scalars), waiting: slices.Clone(j.waiting), unsure: slices.Clone(j.unsure), restarts: j.restarts,
	})
	for _, key := range j.unsure {
		x.unsure[key] = append(x.unsure[key], n)
	}
	return n
}

// judgementOf returns the judgement of a host: that of its profile, with what
// asks for its id or name.
func (x *lexicon) judgementOf(f *Fleet, at uint32) int32 {
	n := x.ofProfile[f.hosts[at].profile]
	if len(x.named) == 0 {
		return n
	}
	j := x.judgements[n]
	j.scalars = slices.Clone(j.scalars)
	for _, s := range x.named {
		value := string(f.ids[at])
		if s.host.Attribute == applicability.HostName {
			value = f.hosts[at].name
		}
		j.scalars[s.scalar] = fettle.Unknown
		if value != "" {
			j.scalars[s.scalar] = fettle.TruthOf(value == s.host.Is)
		}
	}
	return x.enter(&j)
}

// touch notes that a host gained or lost columns.
func (x *lexicon) touch(f *Fleet, columns []uint32) {
	for _, c := range columns {
		x.touchColumn(f, c)
	}
}

func (x *lexicon) touchColumn(f *Fleet, c uint32) {
	for _, in := range x.instancesOf(c) {
		x.keyChanged[in.Key] = f.changes
	}
}

// place judges the host at a position, which is new there unless it is known.
func (x *lexicon) place(f *Fleet, at uint32, known bool) {
	for len(x.ofHost) < len(f.hosts) {
		x.ofHost = append(x.ofHost, 0)
	}
	now := x.judgementOf(f, at)
	if known && now == x.ofHost[at] {
		return
	}
	if known { // whatever its packages lead to may be judged differently
		x.touchJudged(f, x.ofHost[at])
		f.list = f.columnsAt(at, f.list)
		x.touch(f, f.list)
	}
	x.ofHost[at] = now
	x.touchJudged(f, now)
}

// gone notes that the host at a position leaves, whose difference from its
// template is d.
func (x *lexicon) gone(f *Fleet, at uint32, d *difference) {
	x.touch(f, d.without)
	x.touch(f, d.with)
	x.touchJudged(f, x.ofHost[at])
}

// touchJudged notes that a judgement has one host more or less.
func (x *lexicon) touchJudged(f *Fleet, judgement int32) {
	x.cache.forgetJudged()
	x.freeChanged = f.changes
	for _, key := range x.judgements[judgement].unsure {
		x.keyChanged[key] = f.changes
	}
}

// changed returns when the hosts with an instance of a key last changed.
func (x *lexicon) changed(f *Fleet, key int32) uint64 {
	at := x.keyChanged[key]
	for i := range x.byKey[key] {
		for _, t := range f.columns[x.byKey[key][i].column].templates {
			at = max(at, f.templates[t].changed)
		}
	}
	return at
}
