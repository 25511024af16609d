package applicability

import (
	"bytes"
	"fmt"
	"math"
	"slices"

	"github.com/fettle-dev/fettle/internal/program"
)

// use says where a footprint stands, which decides what ByUse means.
type use uint8

const (
	useTarget use = iota
	useInstalled
)

// resolve returns the quantifier that ByUse stands for: in a Target Some; in an
// Installed or Active footprint Newest for kernels, of which old ones stay
// beside new, and Every for all else. Without a range all ask the same, whether
// one is present.
func (q Quantifier) resolve(u use, p Package) Quantifier {
	switch {
	case len(p.Range.Intervals) == 0:
		return Some
	case q != ByUse:
		return q
	case u == useTarget:
		return Some
	case KernelPackage(p.Type, p.Name):
		return Newest
	default:
		return Every
	}
}

type leafKey struct {
	key, arch, module int32
	which             program.Which
	from, to          int32
}

// node returns the node of an operation over kids, one for equal ones. For
// OpNot, OpScalar and OpPackage n is the operand, by which they are found; the
// others are looked up by their kids.
func (b *builder) node(op program.Op, n int32, kids []int32) int32 {
	var known *[]int32
	switch op {
	case program.OpNot:
		known = &b.nots
	case program.OpScalar:
		known = &b.scalarNodes
	case program.OpPackage:
		known = &b.leafNodes
	case program.OpTrue, program.OpUnknown, program.OpAll, program.OpAny, program.OpAtLeast:
		return b.listNode(op, n, kids)
	}
	for int(n) >= len(*known) {
		*known = append(*known, program.None)
	}
	if id := (*known)[n]; id != program.None {
		return id
	}
	id := b.addNode(program.Node{Op: op, From: n})
	(*known)[n] = id
	return id
}

func (b *builder) addNode(node program.Node) int32 {
	id := int32(len(b.program.Nodes))
	b.program.Nodes = append(b.program.Nodes, node)
	b.weights = append(b.weights, b.weigh(node))
	return id
}

func (b *builder) listNode(op program.Op, n int32, kids []int32) int32 {
	id, hash := b.lists.find(&b.program, op, n, kids)
	if id != program.None {
		return id
	}
	node := program.Node{Op: op, N: n, From: int32(len(b.program.Kids))}
	b.program.Kids = append(b.program.Kids, kids...)
	node.To = int32(len(b.program.Kids))
	id = b.addNode(node)
	b.lists.table.Enter(hash, uint32(id))
	return id
}

// weigh returns how many criteria there are below a node when shared ones are
// counted wherever they stand: what evaluating it may cost. References between
// patches can make it grow without bound, so it stops above MaxCriteria.
func (b *builder) weigh(n program.Node) int32 {
	weight := int32(1)
	switch n.Op {
	case program.OpNot:
		weight += b.weights[n.From]
	case program.OpAll, program.OpAny, program.OpAtLeast:
		for _, kid := range b.program.Kids[n.From:n.To] {
			weight = min(weight+b.weights[kid], MaxCriteria+1)
		}
	case program.OpTrue, program.OpUnknown, program.OpScalar, program.OpPackage:
	}
	return min(weight, MaxCriteria+1)
}

// footprint returns the node of f, which Check accepted.
func (b *builder) footprint(f Footprint, u use) int32 {
	switch c := f.criterion.(type) {
	case nil, Opaque:
		return b.node(program.OpUnknown, 0, nil)
	case Always:
		return b.node(program.OpTrue, 0, nil)
	case All:
		return b.list(program.OpAll, 0, c.Of, u)
	case Any:
		return b.list(program.OpAny, 0, c.Of, u)
	case AtLeast:
		return b.list(program.OpAtLeast, c.N, c.Of, u)
	case Not:
		return b.node(program.OpNot, b.footprint(c.Of, u), nil)
	case Package:
		return b.node(program.OpPackage, b.leaf(f.criterion, c, u), nil)
	case PatchInstalled:
		return b.reference(c.Patch)
	default:
		return b.node(program.OpScalar, b.scalarOf(c, u), nil)
	}
}

func (b *builder) list(op program.Op, n int, of []Footprint, u use) int32 {
	if op != program.OpAtLeast && len(of) == 1 {
		return b.footprint(of[0], u)
	}
	from := len(b.kids)
	for _, f := range of {
		kid := b.footprint(f, u)
		b.kids = append(b.kids, kid)
	}
	id := b.node(op, int32(n), b.kids[from:])
	b.kids = b.kids[:from]
	return id
}

// scalarOf returns the number of a criterion that is judged once a host.
// Quantifiers are resolved here, so that the judge needs no use.
func (b *builder) scalarOf(c Criterion, u use) int32 {
	switch k := c.(type) {
	case File:
		k.Which = resolveFile(k.Which, u)
		c = k
	case Registry:
		k.Which = resolveFile(k.Which, u)
		c = k
	}
	key := scalarKeyOf(c)
	if id, ok := b.scalar[key]; ok {
		return id
	}
	id := int32(len(b.scalars))
	b.scalars = append(b.scalars, c)
	b.scalar[key] = id
	b.program.Scalars = len(b.scalars)
	return id
}

// scalarKey tells criteria apart. Those that a catalogue is full of are cheap
// to tell; of the others text is the whole.
type scalarKey struct {
	kind    string
	is, has string
	text    string
}

func scalarKeyOf(c Criterion) scalarKey {
	switch c := c.(type) {
	case OS:
		if len(c.Range.Intervals) == 0 {
			return scalarKey{kind: kindOS, has: string(c.Attribute), is: c.Is}
		}
	case Hotfix:
		return scalarKey{kind: kindHotfix, is: c.ID}
	case Fact:
		if c.Range.IsZero() {
			return scalarKey{kind: kindFact, has: c.Name, is: c.Is}
		}
	}
	return scalarKey{text: fmt.Sprintf("%T%#v", c, c)}
}

func resolveFile(q Quantifier, u use) Quantifier {
	switch {
	case q != ByUse:
		return q
	case u == useTarget:
		return Some
	default:
		return Every
	}
}

func (b *builder) leaf(criterion Criterion, c Package, u use) int32 {
	scheme := c.Range.Scheme
	if scheme == SchemeUnknown {
		scheme = SchemeFor(c.Type)
	}
	key := b.key(c.Type, c.Name, c.Source, scheme)
	l := leafKey{key: key, arch: b.intern(c.Arch), module: b.intern(c.Module)}
	switch c.Which.resolve(u, c) {
	case Every:
		l.which = program.Every
	case Newest:
		l.which = program.Newest
		b.keyInfo[key].newest = true
	case Some, ByUse:
		l.which = program.Some
	}
	l.from, l.to = b.spansOf(key, scheme, c.Range)
	if id, ok := b.leaves[l]; ok {
		return id
	}
	id := int32(len(b.program.Leaves))
	b.program.Leaves = append(b.program.Leaves, program.Leaf{
		Key: l.key, Arch: l.arch, Module: l.module, From: l.from, To: l.to, Which: l.which,
	})
	b.leafCriteria = append(b.leafCriteria, criterion)
	b.leaves[l] = id
	return id
}

func (b *builder) intern(word string) int32 {
	if word == "" {
		return program.None
	}
	id, ok := b.words[word]
	if !ok {
		id = int32(len(b.words))
		b.words[word] = id
	}
	return id
}

// pendingSpan is a span whose bounds are numbers in the key's boundSet; they
// become ranks once all bounds are known.
type pendingSpan struct {
	key       int32
	low, high int32 // None: open
	interval  Interval
}

// spansOf interns a range as spans of a key. A range without intervals has none.
func (b *builder) spansOf(key int32, scheme Scheme, r Range) (from, to int32) {
	if len(r.Intervals) == 0 {
		return 0, 0
	}
	b.keyInfo[key].ranged = true
	at := spanKey{key: key}
	if len(r.Intervals) == 1 {
		at.one = r.Intervals[0]
	} else {
		at.text = fmt.Sprintf("%#v", r.Intervals)
	}
	if got, ok := b.spans[at]; ok {
		return got[0], got[1]
	}
	from = int32(len(b.pending))
	for _, v := range r.Intervals {
		b.pending = append(b.pending, pendingSpan{
			key: key, interval: v, low: b.bounds[key].add(scheme, v.Low), high: b.bounds[key].add(scheme, v.High),
		})
	}
	to = int32(len(b.pending))
	b.spans[at] = [2]int32{from, to}
	return from, to
}

// spanKey tells ranges of one key apart.
type spanKey struct {
	key  int32
	one  Interval // of one interval
	text string   // of several
}

// boundSet collects the version bounds of one key, some of them many times.
type boundSet struct {
	keys [][]byte
	rank []int32 // by number, after sorted
}

func (s *boundSet) add(scheme Scheme, version string) int32 {
	if version == "" {
		return program.None
	}
	key, err := scheme.AppendKey(nil, version)
	if err != nil {
		return program.None // Check refused it before
	}
	s.keys = append(s.keys, key)
	return int32(len(s.keys) - 1)
}

// sorted returns the different bounds in order and notes the place of each.
func (s *boundSet) sorted() (bounds [][]byte) {
	order := make([]int32, len(s.keys))
	for i := range order {
		order[i] = int32(i)
	}
	slices.SortFunc(order, func(x, y int32) int { return bytes.Compare(s.keys[x], s.keys[y]) })
	s.rank = make([]int32, len(order))
	for _, number := range order {
		if n := len(bounds); n == 0 || !bytes.Equal(bounds[n-1], s.keys[number]) {
			bounds = append(bounds, s.keys[number])
		}
		s.rank[number] = int32(len(bounds) - 1)
	}
	return bounds
}

// span turns numbers into ranks; program.Key says what a rank is.
func (p *pendingSpan) span(s *boundSet) program.Span {
	out := program.Span{Lo: 0, Hi: math.MaxInt32}
	if p.low != program.None {
		out.Lo = 2*s.rank[p.low] + 1
		if p.interval.LowExcluded {
			out.Lo++
		}
	}
	if p.high != program.None {
		out.Hi = 2*s.rank[p.high] + 1
		if p.interval.HighIncluded {
			out.Hi++
		}
	}
	return out
}
