package lint

import (
	"slices"
	"strings"
)

// group is everything that a query says about one subject: the kinds of
// instance that its tests can tell apart, and which of them are ruled out and
// asked for on the path of the search.
type group struct {
	subject subject
	details []detail
	size    int // candidates: the product of the details' values
	forbid  []bool
	asked   []demand
}

// detail is one property of a subject's instances with the values that tests
// tell apart.
type detail struct {
	name   string
	order  order
	points []point // values, when something asks for them, and the rest
	other  bool    // the last candidate is a value that no test names
}

// demand is an instance that has to be there.
type demand struct {
	may    []bool // by candidate
	newest string // as in literal
}

// maxCandidates bounds the kinds of instance of one subject.
const maxCandidates = 4096

// detailOf returns the detail that a test speaks of, making it where it is new.
// Versions in another order are a detail of their own.
func (g *group) detailOf(t *test) *detail {
	for i := range g.details {
		d := &g.details[i]
		if d.name == t.detail && (t.ranges == nil || d.order == (order{}) || d.order == t.order) {
			if t.ranges != nil {
				d.order = t.order
			}
			return d
		}
	}
	g.details = append(g.details, detail{name: t.detail, order: t.order})
	return &g.details[len(g.details)-1]
}

// learn takes in the values that a test names.
func (g *group) learn(t *test) {
	d := g.detailOf(t)
	if t.ranges == nil {
		d.add(t.is)
		return
	}
	for _, v := range t.ranges {
		d.add(v.Low)
		d.add(v.High)
	}
}

func (d *detail) add(value string) {
	if value != "" && !slices.ContainsFunc(d.points, func(p point) bool { return p.at == value }) {
		d.points = append(d.points, point{at: value})
	}
}

// settle makes the candidates; false where there are too many.
func (g *group) settle() bool {
	g.size = 1
	for i := range g.details {
		g.details[i].settle()
		g.size *= g.details[i].count()
		if g.size > maxCandidates {
			return false
		}
	}
	g.forbid = make([]bool, g.size)
	return true
}

// settle adds to the values named by tests the gaps between them.
func (d *detail) settle() {
	named := d.points
	d.other = true
	if d.order == (order{}) {
		return
	}
	d.other = false
	var line []point
	for _, p := range named {
		if _, err := d.order.compare(p.at, p.at); err == nil {
			line = append(line, p)
		}
	}
	slices.SortStableFunc(line, func(a, b point) int {
		c, _ := d.order.compare(a.at, b.at)
		return c
	})
	last := ""
	for i, p := range line {
		if i > 0 && !d.order.less(last, p.at) {
			continue
		}
		named = append(named, point{gap: true, lo: last, hi: p.at}, point{at: p.at, spelled: true})
		last = p.at
	}
	d.points = append(named, point{gap: true, lo: last})
}

func (d *detail) count() int {
	if d.other {
		return len(d.points) + 1
	}
	return len(d.points)
}

// passes reports whether candidate i of the detail passes a test.
func (d *detail) passes(i int, t *test) bool {
	if i == len(d.points) {
		return t.not
	}
	p := d.points[i]
	if t.ranges == nil {
		return (!p.gap && !p.spelled && p.at == t.is) != t.not
	}
	if !p.gap {
		if _, err := d.order.compare(p.at, p.at); err != nil {
			return false // a value that has no place in the order meets nothing
		}
	}
	return p.in(d.order, t.ranges) != t.not
}

// set returns the candidates that pass all tests.
func (g *group) set(tests []test) []bool {
	may := make([]bool, g.size)
	for c := range may {
		may[c] = true
		for k := range tests {
			i, d := g.value(c, &tests[k])
			if may[c] = d.passes(i, &tests[k]); !may[c] {
				break
			}
		}
	}
	return may
}

// value returns which value of a test's detail candidate c has.
func (g *group) value(c int, t *test) (int, *detail) {
	want := g.detailOf(t)
	for i := range g.details {
		d := &g.details[i]
		n := d.count()
		if d == want {
			return c % n, d
		}
		c /= n
	}
	return 0, want
}

// feasible reports whether every demand can still be met.
func (g *group) feasible() bool {
	if g.subject.single {
		return len(g.asked) == 0 || g.any("")
	}
	return !slices.ContainsFunc(g.asked, func(d demand) bool {
		return d.newest == "" && !g.left(d.may) || d.newest != "" && !g.any(d.newest)
	})
}

// meets reports whether candidate c is not ruled out and meets all demands, or
// those on one newest instance.
func (g *group) meets(c int, newest string) bool {
	if g.forbid[c] {
		return false
	}
	for i := range g.asked {
		if d := &g.asked[i]; (newest == "" || d.newest == newest) && !d.may[c] {
			return false
		}
	}
	return true
}

func (g *group) any(newest string) bool {
	for c := range g.size {
		if g.meets(c, newest) {
			return true
		}
	}
	return false
}

// left reports whether a candidate of may is not ruled out.
func (g *group) left(may []bool) bool {
	for c, ok := range may {
		if ok && !g.forbid[c] {
			return true
		}
	}
	return false
}

// common returns a candidate that meets all demands, or those on one newest
// instance, -1: none. One whose values can be written down comes first.
func (g *group) common(newest string) int {
	all := make([]bool, g.size)
	for c := range all {
		all[c] = g.meets(c, newest)
	}
	return g.first(all)
}

// first returns a candidate of may that is not ruled out, -1: none. One whose
// values can be written down comes first.
func (g *group) first(may []bool) int {
	found := -1
	for c, ok := range may {
		if !ok || g.forbid[c] {
			continue
		}
		if _, written := g.write(c); written {
			return c
		}
		if found < 0 {
			found = c
		}
	}
	return found
}

// write returns the values of candidate c by detail.
func (g *group) write(c int) (values map[string]string, ok bool) {
	values, ok = make(map[string]string, len(g.details)), true
	for i := range g.details {
		d := &g.details[i]
		n := d.count()
		p := point{at: otherValue(d)}
		if c%n < len(d.points) {
			p = d.points[c%n]
		}
		c /= n
		v, written := p.value(d.order)
		if have, twice := values[d.name]; twice && have != v {
			written = false // two orders, two values
		}
		values[d.name] = v
		ok = ok && written
	}
	return values, ok
}

// otherValue is a value that no test names.
func otherValue(d *detail) string {
	if d.name == "digest" {
		return "sha256:" + strings.Repeat("0", 64)
	}
	if d.name == "type" {
		for _, word := range []string{"sz", "dword", "binary"} {
			if !slices.ContainsFunc(d.points, func(p point) bool { return p.at == word }) {
				return word
			}
		}
	}
	v := "other"
	for slices.ContainsFunc(d.points, func(p point) bool { return p.at == v }) {
		v += "-"
	}
	return v
}
