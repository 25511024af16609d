package applicability

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/internal/program"
)

// Options are what Compile may be told. The zero value is usable.
type Options struct {
	// Published is when the catalogue was published, UTC. Zero: not known, which
	// is past every MaxAge.
	Published time.Time
	// MaxAge is how old the catalogue may be when a host is assessed; zero: any
	// age will do.
	MaxAge time.Duration
	// MaxSnapshotAge is how old a snapshot may be when it is assessed; zero: any
	// age will do.
	MaxSnapshotAge time.Duration
}

// Catalog is a compiled set of patches. It is immutable and safe for
// concurrent use; so are the views that Allow makes of it.
type Catalog struct {
	*compiled
	allowed []bool // by patch; nil: all but the withdrawn
}

// compiled is what all views of a catalogue share.
type compiled struct {
	options      Options
	patches      []Patch          // none where saved is not nil; see patch
	saved        *saved           // the file that the patches and criteria are read from
	ids          []fettle.PatchID // patches first, then what they name and the catalogue has not
	index        map[fettle.PatchID]int32
	states       []State     // by patch
	released     []time.Time // by patch
	problems     []*Problem
	program      program.Program
	keys         keyTable
	keyInfo      []keyInfo
	asked        []askedKey       // by key
	prefixes     []uint64         // of all bounds, by key
	newest       []int32          // keys of which the instances have to be ordered
	words        map[string]int32 // architectures and module streams
	scalars      []Criterion
	leafCriteria []Criterion // by leaf: the Package; none where saved is not nil
	relation     relations
	bad          []bool
	plain        []plainness
}

// Compile makes a catalogue of patches. Problems are everything about them that
// keeps an answer from being what was meant, in the order of the patches; they
// never keep the rest from working. A patch with a Fatal problem assesses
// Unknown. Of two patches with one id the first is taken and the second is a
// problem. The catalogue keeps the slice and what it refers to.
func Compile(patches []Patch, options *Options) (*Catalog, []*Problem) {
	c := &compiled{patches: patches, index: make(map[fettle.PatchID]int32, len(patches)), words: map[string]int32{}}
	if options != nil {
		c.options = *options
	}
	b := newBuilder(c, len(patches))
	b.indexPatches()
	for i := range c.patches {
		b.check(int32(i))
	}
	for i := range c.patches {
		b.patch(int32(i))
	}
	b.finish()
	b.relate()
	b.markPlain()
	slices.SortStableFunc(b.problems, func(x, y *Problem) int { return cmp.Compare(x.Index, y.Index) })
	return &Catalog{compiled: c}, b.problems
}

// Allow returns a view of the catalogue in which only the patches that approved
// reports true for may take the place of others: Superseded and Requires count
// on nothing else. Withdrawn patches are never allowed. approved is called once
// a patch, now.
func (c *Catalog) Allow(approved func(fettle.PatchID) bool) *Catalog {
	view := &Catalog{compiled: c.compiled, allowed: make([]bool, c.Len())}
	for i := range view.allowed {
		view.allowed[i] = approved(c.ids[i]) && c.states[i] != Withdrawn
	}
	return view
}

// Len returns the count of patches.
func (c *Catalog) Len() int { return c.size() }

func (c *compiled) size() int { return len(c.states) }

// Patch returns patch i, 0 to Len()-1, in the order given to Compile. The
// catalogue owns it. A saved catalogue reads it from its file on first use; what
// it returns where that fails, Damage says.
func (c *Catalog) Patch(i int) *Patch { return c.patch(int32(i)) }

// ID returns the id of patch i. It also knows the indices beyond Len() that
// Finding.By may hold: patches that others name and the catalogue has not.
func (c *Catalog) ID(i int) fettle.PatchID { return c.ids[i] }

// Find returns the index of a patch by its id, or by an alias of it that is no
// other patch's id.
func (c *Catalog) Find(id fettle.PatchID) (int, bool) {
	i, ok := c.names()[id]
	return int(i), ok && int(i) < c.Len()
}

func (c *Catalog) allows(i int32) bool {
	if c.allowed != nil {
		return int(i) < c.Len() && c.allowed[i]
	}
	return int(i) < c.Len() && c.states[i] != Withdrawn
}

// Program returns the compiled form of the catalogue, for package fleet.
func (c *Catalog) Program() *program.Program { return &c.program }

// builder makes a compiled catalogue. Nodes and leaves are interned: equal
// criteria are one node.
type builder struct {
	*compiled
	lists                        listNodes
	weights                      []int32 // by node
	leaves                       map[leafKey]int32
	scalar                       map[scalarKey]int32
	keyIDs                       map[keyName]int32
	bounds                       []*boundSet // by key
	sorted                       []int32     // by key as it was numbered first: its number; see sortKeys
	spans                        map[spanKey][2]int32
	pending                      []pendingSpan   // by Span: bounds still by number
	state                        []visit         // by patch, of its Installed footprint
	nodesOf                      []int32         // by patch: the node of Installed
	gates                        map[int32]int32 // by node
	free                         map[int32]*program.FreeGroup
	groups                       map[groupKey][]posting
	alone                        []groupKey // scratch
	nots, scalarNodes, leafNodes []int32    // the nodes by operand
	kids                         []int32    // of the lists that are being compiled
}

type visit uint8

const (
	visitNew visit = iota
	visitOpen
	visitDone
)

func newBuilder(c *compiled, size int) *builder {
	return &builder{
		compiled: c,
		lists:    newListNodes(), keyIDs: map[keyName]int32{}, leaves: map[leafKey]int32{}, scalar: map[scalarKey]int32{},
		spans: make(map[spanKey][2]int32, size), gates: map[int32]int32{}, free: map[int32]*program.FreeGroup{}, groups: map[groupKey][]posting{},
	}
}

func (b *builder) report(i int32, field string, fatal bool, err error) {
	b.problems = append(b.problems, &Problem{
		Patch: b.ids[i], Index: int(i), Field: field, Fatal: fatal, Err: err,
	})
	if fatal {
		b.bad[i] = true
	}
}

// indexPatches gives every patch its number and every alias that is free to it.
func (b *builder) indexPatches() {
	n := len(b.patches)
	b.ids, b.bad = make([]fettle.PatchID, n), make([]bool, n)
	b.state, b.nodesOf = make([]visit, n), make([]int32, n)
	b.states, b.released = make([]State, n), make([]time.Time, n)
	b.program.Patches = make([]program.Patch, n)
	for i := range b.patches {
		id := b.patches[i].ID
		b.ids[i], b.states[i], b.released[i] = id, b.patches[i].State, b.patches[i].Released
		if _, taken := b.index[id]; taken {
			b.report(int32(i), "id", true, fmt.Errorf("%w: %q", ErrDuplicate, id))
			continue
		}
		b.index[id] = int32(i)
	}
	for i := range b.patches {
		for _, alias := range b.patches[i].Aliases {
			if _, taken := b.index[alias]; !taken {
				b.index[alias] = int32(i)
			}
		}
	}
}

func (b *builder) check(i int32) {
	for _, problem := range CheckPatch(&b.patches[i]) {
		problem.Index = int(i)
		b.problems = append(b.problems, problem)
		b.bad[i] = b.bad[i] || problem.Fatal
	}
}

// patch compiles the footprints of patch i and files it under its anchors.
func (b *builder) patch(i int32) {
	p, q := &b.patches[i], &b.program.Patches[i]
	*q = program.Patch{Target: program.None, Installed: program.None, Active: program.None, Unfixed: program.None, Restart: p.Restart}
	if !b.bad[i] {
		q.Installed = b.installed(i)
	}
	if !b.bad[i] {
		q.Target = b.footprint(p.Target, useTarget)
		if !p.Active.IsZero() {
			q.Active = b.footprint(p.Active, useInstalled)
		}
		if !p.Unfixed.IsZero() {
			q.Unfixed = b.footprint(p.Unfixed, useTarget)
		}
		b.checkWeights(i)
	}
	if b.bad[i] {
		q.Bad = true
		b.fileFree(b.node(program.OpTrue, 0, nil), i)
		return
	}
	b.collectRefs(q)
	b.file(i)
}

// checkWeights refuses footprints that grew too large through what they refer
// to.
func (b *builder) checkWeights(i int32) {
	q := &b.program.Patches[i]
	for _, f := range []struct {
		field string
		node  int32
	}{{"target", q.Target}, {"installed", q.Installed}, {"active", q.Active}, {"unfixed", q.Unfixed}} {
		if f.node != program.None && b.weights[f.node] > MaxCriteria {
			b.report(i, f.field, true, fmt.Errorf("%w, with what it refers to", ErrTooWide))
		}
	}
}

// installed returns the node of a patch's Installed footprint, following
// references to other patches; a reference that leads back is a cycle.
func (b *builder) installed(i int32) int32 {
	switch b.state[i] {
	case visitDone:
		return b.nodesOf[i]
	case visitOpen:
		b.report(i, "installed", true, fmt.Errorf("%w: its Installed footprint asks for itself", ErrCycle))
		return b.node(program.OpUnknown, 0, nil)
	case visitNew:
	}
	b.state[i] = visitOpen
	b.nodesOf[i] = b.footprint(b.patches[i].Installed, useInstalled)
	b.state[i] = visitDone
	return b.nodesOf[i]
}

// reference returns the node for another patch's Installed plane.
func (b *builder) reference(id fettle.PatchID) int32 {
	i, ok := b.index[id]
	if !ok || int(i) >= len(b.patches) || b.bad[i] {
		return b.node(program.OpUnknown, 0, nil)
	}
	return b.installed(i)
}
