package oval

import (
	"errors"
	"strings"

	"github.com/fettle-dev/fettle/applicability"
)

// errFact says that a test has no criterion that says exactly the same.
var errFact = errors.New("oval: no exact criterion")

// FactOf returns the name of the fact that stands for a test in footprints. Its
// value is true or false.
func FactOf(testID string) string { return "oval." + testID }

// translator makes footprints of a document's criteria. One test is translated
// once.
type translator struct {
	d      *Document
	tests  []*translated             // by their numbers
	exists []applicability.Footprint // by the numbers of objects: that one of their packages is there
	nodes  int                       // of the definition that is being translated
}

// maxNodes bounds one definition with all that it extends: each is written out,
// and a chain of definitions that extend one another twice doubles with each.
const maxNodes = 1 << 14

// translated is a test as a footprint, and the presence of packages without
// which it cannot be true; a zero needs is no condition.
type translated struct {
	is, needs applicability.Footprint
}

func newTranslator(d *Document) *translator {
	return &translator{d: d, tests: make([]*translated, d.tests.len()), exists: make([]applicability.Footprint, d.objects.len())}
}

func that(c applicability.Criterion) applicability.Footprint { return applicability.That(c) }

func not(f applicability.Footprint) applicability.Footprint { return that(applicability.Not{Of: f}) }

func allOf(of []applicability.Footprint) applicability.Footprint {
	if len(of) == 1 {
		return of[0]
	}
	return that(applicability.All{Of: of})
}

func anyOf(of []applicability.Footprint) applicability.Footprint {
	if len(of) == 1 {
		return of[0]
	}
	return that(applicability.Any{Of: of})
}

// criteria returns the footprint that holds where c is true, and the presence
// of packages without which c cannot be true: zero where there is no such. That
// makes the patch's Target, which therefore reads nothing that installing it
// changes.
func (t *translator) criteria(c node) (is, needs applicability.Footprint) {
	t.nodes++
	switch {
	case t.nodes > maxNodes || c.what == isList && c.n == 0:
		return that(applicability.Opaque{Kind: "oval-criteria", JSON: "null"}), applicability.Footprint{}
	case c.what == isTest:
		one := t.test(c.of)
		is, needs = one.is, one.needs
	case c.what == isDefinition:
		if inner := *t.d.definitions.at(c.of); inner.hasCriteria {
			is, needs = t.criteria(inner.root)
		} else {
			is = that(applicability.Opaque{Kind: "oval-definition", JSON: "null"})
		}
	default:
		is, needs = t.list(c)
	}
	if c.negate {
		return not(is), applicability.Footprint{}
	}
	return is, needs
}

func (t *translator) list(c node) (is, needs applicability.Footprint) {
	var each, wanted []applicability.Footprint
	every := c.n > 0 // every child needs something
	for _, inner := range t.d.in(c) {
		f, n := t.criteria(inner)
		each = append(each, f)
		if n.IsZero() {
			every = false
			continue
		}
		wanted = append(wanted, n)
	}
	switch c.op {
	case or:
		is = anyOf(each)
	case one:
		is = allOf([]applicability.Footprint{
			that(applicability.AtLeast{N: 1, Of: each}), not(that(applicability.AtLeast{N: min(2, len(each)), Of: each})),
		})
		if len(each) == 1 {
			is = each[0]
		}
	case xor:
		is = odd(each)
	default:
		is = allOf(each)
		every = len(wanted) > 0 // one is enough
		if every {
			return is, allOf(wanted)
		}
	}
	if !every {
		return is, applicability.Footprint{}
	}
	return is, anyOf(wanted)
}

// odd holds where an odd number of members do: at least 1 and not 2, or at
// least 3 and not 4, and so on.
func odd(each []applicability.Footprint) applicability.Footprint {
	var some []applicability.Footprint
	for n := 1; n <= len(each); n += 2 {
		exactly := that(applicability.AtLeast{N: n, Of: each})
		if n < len(each) {
			exactly = allOf([]applicability.Footprint{exactly, not(that(applicability.AtLeast{N: n + 1, Of: each}))})
		}
		some = append(some, exactly)
	}
	return anyOf(some)
}

// test translates a test: into package criteria where these say exactly the
// same, else into a fact.
func (t *translator) test(n uint32) *translated {
	if one := t.tests[n]; one != nil {
		return one
	}
	one, err := t.packages(t.d.tests.at(n))
	if err != nil {
		one = translated{is: that(applicability.Fact{Name: FactOf(t.d.tests.id(n)), Is: "true"})}
	}
	t.tests[n] = &one
	return &one
}

// packages translates dpkginfo and rpminfo tests on packages by name, without a
// state or with one of version and architectures.
func (t *translator) packages(test *test) (translated, error) {
	s, err := t.stated(test)
	if err != nil {
		return translated{}, err
	}
	exists := t.exists[test.object]
	if exists.IsZero() {
		var present []applicability.Footprint
		for _, name := range s.names {
			present = append(present, that(applicability.Package{Type: s.typ, Name: name}))
		}
		exists = anyOf(present)
		t.exists[test.object] = exists
	}
	switch {
	case test.existence == noneExist:
		return translated{is: not(exists)}, nil
	case !s.hasState && test.existence == anyExist:
		return translated{is: that(applicability.Always{})}, nil
	case !s.hasState:
		return translated{is: exists, needs: exists}, nil
	}
	is := s.checked(test.check)
	if test.existence == anyExist {
		return translated{is: anyOf([]applicability.Footprint{not(exists), is})}, nil
	}
	if test.check != or {
		is = allOf([]applicability.Footprint{exists, is})
	}
	return translated{is: is, needs: exists}, nil
}

// stated is what a test says of packages, where criteria can say the same.
type stated struct {
	typ      string
	names    []string
	hasState bool
	versions applicability.Range
	arches   []string
}

// stated reads a test, errFact where it is to become a fact.
func (t *translator) stated(test *test) (stated, error) {
	var s stated
	switch test.kind {
	case "dpkginfo":
		s.typ = "deb"
	case "rpminfo":
		s.typ = "rpm"
	default:
		return s, errFact
	}
	o, states := t.d.objects.at(test.object), t.d.statesOf(test)
	name := o.entity("name")
	if o.set != nil || len(o.filters) > 0 || len(o.entities) != 1 || !name.isLiteral() ||
		len(states) > 1 || test.existence == onlyOneExists || test.noneExist {
		return s, errFact
	}
	s.names = name.values
	if test.existence == noneExist || len(states) == 0 {
		return s, nil
	}
	s.hasState = true
	var err error
	s.versions, s.arches, err = stateOf(t.d.states.at(states[0]), s.typ)
	switch {
	case err != nil:
		return s, err
	case test.check != and && test.check != or && test.check != none:
		return s, errFact
	case len(s.arches) > 0 && test.check == and:
		return s, errFact // an instance of another architecture is in the object, and not in the state
	}
	return s, nil
}

// checked asks the state of the instances of the packages.
func (s *stated) checked(check operator) applicability.Footprint {
	arches := s.arches
	if len(arches) == 0 {
		arches = []string{""}
	}
	var each []applicability.Footprint
	for _, name := range s.names {
		p := applicability.Package{Type: s.typ, Name: name, Range: s.versions, Which: applicability.Some}
		if check == and {
			p.Which = applicability.Every
			every := that(p)
			if len(s.names) > 1 {
				absent := not(that(applicability.Package{Type: s.typ, Name: name}))
				every = anyOf([]applicability.Footprint{absent, every})
			}
			each = append(each, every)
			continue
		}
		for _, arch := range arches {
			p.Arch = arch
			each = append(each, that(p))
		}
	}
	switch check {
	case and:
		return allOf(each)
	case none:
		return not(anyOf(each))
	default:
		return anyOf(each)
	}
}

// stateOf reads a state of a version and architectures, each at most once.
func stateOf(s *state, typ string) (r applicability.Range, arches []string, err error) {
	if s.op != and && len(s.entities) > 1 || len(s.entities) == 0 {
		return r, nil, errFact
	}
	for i := range s.entities {
		e := &s.entities[i]
		if len(e.values) != 1 || e.check == none || e.each == none {
			return r, nil, errFact
		}
		switch {
		case e.name == "evr" && len(r.Intervals) == 0:
			r, err = versions(e, typ)
		case e.name == "arch" && arches == nil && e.op == "equals" && e.datatype == "string":
			arches = e.values
		case e.name == "arch" && arches == nil && e.op == "pattern match":
			if arches = architectures(typ, e.more.patterns[0]); len(arches) == 0 {
				err = errFact
			}
		default:
			err = errFact
		}
		if err != nil {
			return r, nil, err
		}
	}
	return r, arches, nil
}

// architectures returns those of a package type that a pattern matches.
func architectures(typ string, pattern *pattern) (matched []string) {
	all := "noarch x86_64 aarch64 ppc64le s390x i386 i486 i586 i686 x86_64_v2 ppc64 ppc s390 ia64 armv7hl armv7l armv6hl riscv64 loongarch64"
	if typ == "deb" {
		all = "all amd64 arm64 armel armhf i386 mips mips64el mipsel powerpc ppc64el riscv64 s390x loong64"
	}
	for arch := range strings.FieldsSeq(all) {
		if pattern.matches(arch) {
			matched = append(matched, arch)
		}
	}
	return matched
}

// versions returns the range of a comparison with an evr.
func versions(e *entity, typ string) (applicability.Range, error) {
	scheme := applicability.SchemeFor(typ)
	want := "debian_evr_string"
	if typ == "rpm" {
		want = "evr_string"
	}
	if e.datatype != want || scheme.Check(e.values[0]) != nil {
		return applicability.Range{}, errFact
	}
	v := e.values[0]
	var intervals []applicability.Interval
	switch e.op {
	case "equals":
		intervals = []applicability.Interval{{Low: v, High: v, HighIncluded: true}}
	case "not equal":
		intervals = []applicability.Interval{{High: v}, {Low: v, LowExcluded: true}}
	case "less than":
		intervals = []applicability.Interval{{High: v}}
	case "less than or equal":
		intervals = []applicability.Interval{{High: v, HighIncluded: true}}
	case "greater than":
		intervals = []applicability.Interval{{Low: v, LowExcluded: true}}
	case "greater than or equal":
		intervals = []applicability.Interval{{Low: v}}
	default:
		return applicability.Range{}, errFact
	}
	return applicability.Range{Scheme: scheme, Intervals: intervals}, nil
}
