package oval

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/fettle-dev/fettle/applicability"
)

// entity is a condition on one field of an item.
type entity struct {
	name     string
	op       string // equals, pattern match, less than, ...
	datatype string
	values   []string // what the field is compared with
	check    operator // over values
	each     operator // over the values of the field, where it has several
	isNil    bool     // the field is not used at all
	more     *unusual // nil: nothing of that
}

// unusual is what few entities have.
type unusual struct {
	varRef   string // where values come from; empty: one value of its own
	patterns []*pattern
	fault    error
}

// unusual returns what there is of it, for reading.
func (e *entity) unusual() unusual {
	if e.more == nil {
		return unusual{}
	}
	return *e.more
}

// set returns it for writing.
func (e *entity) set() *unusual {
	if e.more == nil {
		e.more = &unusual{}
	}
	return e.more
}

// entity reads an entity of an object or a state.
func (p *parser) entity(to *[]entity, inObject bool) error {
	e := entity{name: p.shared(p.s.Name()), op: cmp.Or(p.word("operation"), "equals"), datatype: cmp.Or(p.word("datatype"), "string"), isNil: p.isTrue("nil")}
	varRef := string(p.s.Attr("var_ref"))
	if word := p.s.Attr("var_check"); len(word) > 0 {
		var ok bool
		if e.check, ok = checkOf(word); !ok {
			e.set().fault = fmt.Errorf("%w: var_check %.40q", ErrUnsupported, word)
		}
	}
	if word := p.s.Attr("entity_check"); len(word) > 0 {
		var ok bool
		if e.each, ok = checkOf(word); !ok {
			e.set().fault = fmt.Errorf("%w: entity_check %.40q", ErrUnsupported, word)
		}
	}
	value, err := p.content()
	isReference := e.name == "var_ref" && inObject // of variable_object, whose content is the reference
	if isReference {
		varRef = value
	}
	if varRef != "" {
		e.set().varRef = varRef
	} else if !isReference {
		e.values = with(nil, &p.values, value)
	}
	*to = with(*to, &p.entities, e)
	return err
}

// prepare resolves the entity's variable and compiles its patterns, for which
// flags says how they match.
func (l *linker) prepare(e *entity, b behaviors) {
	if ref := e.unusual().varRef; ref != "" {
		v := l.d.variable(ref)
		switch {
		case v == nil:
			e.fail(fmt.Errorf("%w: variable %.100q", ErrReference, ref))
			return
		case v.fault != nil:
			e.fail(fmt.Errorf("variable %.100q: %w", ref, v.fault))
			return
		case len(v.values) == 0:
			e.fail(fmt.Errorf("%w: variable %.100q has no value", ErrFormat, ref))
			return
		}
		e.values = v.values
	}
	if !comparable(e.op, e.datatype) {
		e.fail(fmt.Errorf("%w: operation %.40q on datatype %.40q", ErrUnsupported, e.op, e.datatype))
		return
	}
	if e.op != "pattern match" {
		return
	}
	flags := ""
	if e.name == "pattern" {
		flags = b.flags()
	}
	for _, v := range e.values {
		pattern, err := l.pattern(flags, v)
		if err != nil {
			e.fail(fmt.Errorf("%w: pattern %.100q: %w", ErrUnsupported, v, err))
			return
		}
		e.set().patterns = append(e.set().patterns, pattern)
	}
}

// flags says how patterns match under the behaviors.
func (b behaviors) flags() string {
	flags := ""
	if !b.oneLine {
		flags += "m"
	}
	if b.ignoreCase {
		flags += "i"
	}
	if b.singleLine {
		flags += "s"
	}
	if flags == "" {
		return ""
	}
	return "(?" + flags + ")"
}

// pattern compiles a pattern, once for all that are alike: feeds repeat one of
// the architectures with every state.
func (l *linker) pattern(flags, text string) (*pattern, error) {
	if p := l.patterns[flags+text]; p != nil {
		return p, nil
	}
	p, err := compile(flags, text)
	if err == nil {
		l.patterns[flags+text] = p
	}
	return p, err
}

func (e *entity) fail(err error) {
	if more := e.set(); more.fault == nil {
		more.fault = err
	}
}

// comparable reports whether an operation is defined for a datatype (OVAL
// common schema, OperationEnumeration and the datatypes).
func comparable(op, datatype string) bool {
	ordered := false
	switch op {
	case "equals", "not equal":
		return knownDatatype(datatype)
	case "case insensitive equals", "case insensitive not equal", "pattern match":
		return datatype == "string"
	case "greater than", "greater than or equal", "less than", "less than or equal":
		ordered = true
	case "bitwise and", "bitwise or":
		return datatype == "int"
	}
	return ordered && datatype != "string" && datatype != "boolean" && knownDatatype(datatype)
}

func knownDatatype(d string) bool {
	switch d {
	case "string", "int", "float", "boolean", "version", "evr_string", "debian_evr_string":
		return true
	default:
		return false
	}
}

// isLiteral reports whether a field has to be one of the entity's values. e may
// be nil.
func (e *entity) isLiteral() bool {
	return e != nil && e.op == "equals" && e.datatype == "string" && (e.check == or || e.check != none && len(e.values) == 1)
}

// distinct returns values each once: what an object names twice is one item.
func distinct(values []string) []string {
	if len(values) < 2 {
		return values
	}
	return slices.Compact(slices.Sorted(slices.Values(values)))
}

// matches compares the field's value with the entity's.
func (e *entity) matches(value string) Result {
	if len(e.values) == 1 && e.check != none {
		return e.compare(value, 0)
	}
	var t tally
	for i := range e.values {
		t.add(e.compare(value, i))
	}
	return e.check.of(t)
}

func (e *entity) compare(value string, i int) Result {
	want := e.values[i]
	switch e.op {
	case "pattern match":
		return yes(e.more.patterns[i].matches(value))
	case "case insensitive equals":
		return yes(strings.EqualFold(value, want))
	case "case insensitive not equal":
		return yes(!strings.EqualFold(value, want))
	case "bitwise and", "bitwise or":
		a, errA := strconv.ParseInt(value, 10, 64)
		b, errB := strconv.ParseInt(want, 10, 64)
		if errA != nil || errB != nil {
			return Error
		}
		if e.op == "bitwise and" {
			return yes(a&b == b)
		}
		return yes(a|b == b)
	}
	c, ok := order(e.datatype, value, want)
	if !ok {
		return Error
	}
	switch e.op {
	case "equals":
		return yes(c == 0)
	case "not equal":
		return yes(c != 0)
	case "greater than":
		return yes(c > 0)
	case "greater than or equal":
		return yes(c >= 0)
	case "less than":
		return yes(c < 0)
	default:
		return yes(c <= 0)
	}
}

func yes(holds bool) Result {
	if holds {
		return True
	}
	return False
}

// order compares two values of a datatype; false where one is no value of it.
func order(datatype, a, b string) (int, bool) {
	switch datatype {
	case "string":
		return strings.Compare(a, b), true
	case "int":
		return numbers(a, b, func(s string) (int64, error) { return strconv.ParseInt(s, 10, 64) })
	case "float":
		return numbers(a, b, func(s string) (float64, error) { return strconv.ParseFloat(s, 64) })
	case "boolean":
		x, okX := boolean(a)
		y, okY := boolean(b)
		return x - y, okX && okY
	case "version":
		c, err := applicability.SchemeDotted.Compare(dotted(a), dotted(b))
		return c, err == nil
	case "evr_string":
		c, err := applicability.SchemeRPM.Compare(a, b)
		return c, err == nil
	default:
		c, err := applicability.SchemeDeb.Compare(a, b)
		return c, err == nil
	}
}

func numbers[T int64 | float64](a, b string, parse func(string) (T, error)) (int, bool) {
	x, errX := parse(strings.TrimSpace(a))
	y, errY := parse(strings.TrimSpace(b))
	switch {
	case errX != nil || errY != nil || x != x || y != y:
		return 0, false
	case x < y:
		return -1, true
	case x > y:
		return 1, true
	default:
		return 0, true
	}
}

func boolean(s string) (int, bool) {
	switch s {
	case "true", "1":
		return 1, true
	case "false", "0":
		return 0, true
	default:
		return 0, false
	}
}

// dotted writes a version with dots between its numbers, which OVAL allows to
// be any character that is no digit.
func dotted(s string) string {
	return strings.Map(func(r rune) rune {
		if r < '0' || r > '9' {
			return '.'
		}
		return r
	}, s)
}
