package lint

import (
	"strings"

	"github.com/fettle-dev/fettle/applicability"
)

// use says how a criterion without a quantifier is read; see
// applicability.ByUse.
type use uint8

const (
	useTarget    use = iota // Target, Unfixed, When
	useInstalled            // Installed, Active
)

// formula is a footprint with its negations pushed down to the literals.
type formula struct {
	op   op
	kids []*formula // and, or
	lit  literal
}

type op uint8

const (
	opAnd  op = iota // of nothing: holds
	opOr             // of nothing: does not hold
	opLit            // lit
	opFree           // nothing can be said: it may hold or not
)

// literal asks for an instance of a subject that passes all tests, or that no
// instance does.
type literal struct {
	subject subject
	tests   []test
	forbid  bool
	newest  string // not empty: it asks the newest of the instances that this filter passes; all that do ask the same one
}

// test is a condition on one detail of an instance: a value, or versions.
type test struct {
	detail string
	is     string // used where ranges is nil
	order  order
	ranges []applicability.Interval
	not    bool
}

// translator makes formulas of footprints of one catalogue.
type translator struct {
	catalog *applicability.Catalog
	depth   int
}

// maxReferences bounds how deep references to other patches are followed.
const maxReferences = 16

// maxCombinations bounds the choices that "at least n of" is spelled out in.
const maxCombinations = 64

// of returns what f, or with not its opposite, says.
func (t *translator) of(f applicability.Footprint, u use, not bool) *formula {
	switch c := f.Criterion().(type) {
	case nil:
		return &formula{op: opFree}
	case applicability.Always:
		return truth(!not)
	case applicability.All:
		return t.list(c.Of, u, not, opAnd)
	case applicability.Any:
		return t.list(c.Of, u, not, opOr)
	case applicability.AtLeast:
		n := c.N
		if not {
			n = len(c.Of) - c.N + 1
		}
		return t.atLeast(n, c.Of, u, not)
	case applicability.Not:
		return t.of(c.Of, u, !not)
	case applicability.PatchInstalled:
		i, ok := t.catalog.Find(c.Patch)
		if !ok || t.depth == maxReferences {
			return &formula{op: opFree}
		}
		t.depth++
		defer func() { t.depth-- }()
		return t.of(t.catalog.Patch(i).Installed, useInstalled, not)
	case applicability.Opaque:
		return &formula{op: opFree}
	default:
		return leaf(c, u, not)
	}
}

func truth(holds bool) *formula {
	if holds {
		return &formula{op: opAnd}
	}
	return &formula{op: opOr}
}

func and(kids ...*formula) *formula { return &formula{op: opAnd, kids: kids} }

func (t *translator) list(of []applicability.Footprint, u use, not bool, o op) *formula {
	if not {
		o = opAnd + opOr - o
	}
	f := &formula{op: o, kids: make([]*formula, len(of))}
	for i := range of {
		f.kids[i] = t.of(of[i], u, not)
	}
	return f
}

// atLeast spells out "n of the members hold".
func (t *translator) atLeast(n int, of []applicability.Footprint, u use, not bool) *formula {
	kids := make([]*formula, len(of))
	for i := range of {
		kids[i] = t.of(of[i], u, not)
	}
	if n <= 0 || n > len(of) {
		return truth(n <= 0)
	}
	if choices(len(of), n) > maxCombinations {
		return &formula{op: opFree}
	}
	any := &formula{op: opOr}
	pick := make([]*formula, 0, n)
	var choose func(from int)
	choose = func(from int) {
		if len(pick) == n {
			any.kids = append(any.kids, and(append([]*formula(nil), pick...)...))
			return
		}
		for i := from; i < len(kids); i++ {
			pick = append(pick, kids[i])
			choose(i + 1)
			pick = pick[:len(pick)-1]
		}
	}
	choose(0)
	return any
}

// choices returns n over k, or more than maxCombinations.
func choices(n, k int) int {
	c := 1
	for i := range min(k, n-k) {
		if c = c * (n - i) / (i + 1); c > maxCombinations {
			break
		}
	}
	return c
}

// exists asks for an instance that passes the filter and all conditions.
func exists(s subject, filter, conditions []test, newest string) *formula {
	return &formula{op: opLit, lit: literal{subject: s, tests: join(filter, conditions...), newest: newest}}
}

func none(s subject, filter []test, conditions ...test) *formula {
	return &formula{op: opLit, lit: literal{subject: s, tests: join(filter, conditions...), forbid: true}}
}

func join(filter []test, more ...test) []test {
	return append(append(make([]test, 0, len(filter)+len(more)), filter...), more...)
}

// filterKey tells filters apart; it is never empty.
func filterKey(filter []test) string {
	var key strings.Builder
	key.WriteString("newest")
	for i := range filter {
		key.WriteString("\x00" + filter[i].detail + "=" + filter[i].is)
	}
	return key.String()
}

// asked says that the instances which pass filter meet the conditions, as which
// says, or with not the opposite.
func asked(s subject, filter, conditions []test, which applicability.Quantifier, not bool) *formula {
	switch {
	case len(conditions) == 0 || which == applicability.Some:
		if not {
			return none(s, filter, conditions...)
		}
		return exists(s, filter, conditions, "")
	case which == applicability.Newest:
		if !not {
			return exists(s, filter, conditions, filterKey(filter))
		}
	case !not:
		every := and(exists(s, filter, nil, ""))
		for _, c := range conditions {
			c.not = !c.not
			every.kids = append(every.kids, none(s, filter, c))
		}
		return every
	}
	newest := ""
	if which == applicability.Newest {
		newest = filterKey(filter)
	}
	fails := &formula{op: opOr}
	for _, c := range conditions {
		c.not = !c.not
		fails.kids = append(fails.kids, exists(s, filter, []test{c}, newest))
	}
	fails.kids = append(fails.kids, none(s, filter))
	return fails
}

// leaf translates a criterion that has no members.
func leaf(c applicability.Criterion, u use, not bool) *formula {
	s, filter, conditions, which := describe(c)
	if s.kind == "" {
		return &formula{op: opFree}
	}
	if which == applicability.ByUse {
		which = applicability.Some
		if p, ok := c.(applicability.Package); u == useInstalled {
			which = applicability.Every
			if ok && applicability.KernelPackage(p.Type, p.Name) {
				which = applicability.Newest
			}
		}
	}
	if s.single { // one instance at most: all ways to ask are the same
		filter, conditions, which = join(filter, conditions...), nil, applicability.Some
	}
	return asked(s, filter, conditions, which, not)
}

// subject is a thing that footprints speak of.
type subject struct {
	kind   string
	name   string // what tells it from others of its kind, in the form that makes them equal
	source bool   // of a package: by source
	typ    string // of a package
	single bool   // there is at most one instance
	path   applicability.Path
	place  applicability.RegistryPlace
}

// id returns what tells subjects apart.
func (s *subject) id() subjectID {
	return subjectID{s.kind, s.typ, s.name, s.source}
}

type subjectID struct {
	kind, typ, name string
	source          bool
}

// The kinds of subjects.
const (
	kindPackage      = "package"
	kindOS           = "os"
	kindKernel       = "kernel"
	kindFact         = "fact"
	kindHost         = "host"
	kindLabel        = "label"
	kindService      = "service"
	kindHotfix       = "hotfix"
	kindProduct      = "product"
	kindProductPatch = "product patch"
	kindFile         = "file"
	kindRegistry     = "registry"
)

// String returns the subject for people.
func (s *subject) String() string {
	switch {
	case s.kind == kindPackage && s.source:
		return "source " + s.typ + ":" + s.name
	case s.kind == kindPackage:
		return s.typ + ":" + s.name
	case s.kind == kindFile && s.path.Folder != "":
		return "file " + s.path.Folder + `\` + s.path.Path
	case s.kind == kindFile:
		return "file " + s.path.Path
	case s.kind == kindRegistry:
		return strings.TrimSpace("registry " + s.place.Key + " " + s.place.Value)
	case s.kind == kindOS:
		return "os." + s.name
	default:
		return strings.TrimSpace(s.kind + " " + s.name)
	}
}
