package oval

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/fettle-dev/fettle/internal/xmlscan"
)

// Parse reads a document. It streams the text and keeps only what evaluation
// needs. An error says that the document as a whole is no good: it wraps ErrXML,
// ErrCut, ErrFormat, ErrTooLarge or the reader's error. What is wrong with one definition,
// its Err says.
func Parse(r io.Reader) (*Document, error) {
	p := parser{s: xmlscan.New(r), shared: map[string]string{}, d: &Document{
		tests: map[string]*test{}, objects: map[string]*object{}, states: map[string]*state{}, variables: map[string]*variable{}, byID: map[string]*Definition{},
	}}
	if _, err := p.s.Next(); err != nil {
		return nil, inXML(err)
	}
	if string(p.s.Name()) != "oval_definitions" {
		return nil, fmt.Errorf("%w: the root element is %.40q", ErrFormat, p.s.Name())
	}
	parts := 0
	counted := func(read func(name string) error) func(name string) error {
		return func(name string) error {
			if parts++; parts > maxParts {
				return fmt.Errorf("%w: more than %d definitions, tests, objects, states and variables", ErrTooLarge, maxParts)
			}
			return read(name)
		}
	}
	err := p.children(func(name string) error {
		switch name {
		case "definitions":
			return p.children(counted(func(string) error { return p.definition() }))
		case "tests":
			return p.children(counted(p.test))
		case "objects":
			return p.children(counted(p.object))
		case "states":
			return p.children(counted(p.state))
		case "variables":
			return p.children(counted(p.variable))
		default:
			return p.s.Skip()
		}
	})
	if err == nil {
		_, err = p.s.Next()
	}
	if err != nil {
		return nil, inXML(err)
	}
	p.d.link()
	return p.d, nil
}

// maxParts bounds a document, which is held in memory; the largest that vendors
// publish has some 400,000 parts.
const maxParts = 4_000_000

// inXML wraps a fault of the document.
func inXML(err error) error {
	switch {
	case errors.Is(err, xmlscan.ErrTruncated), errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("%w: %w", ErrCut, err)
	case errors.As(err, new(*xmlscan.Error)):
		return fmt.Errorf("%w: %w", ErrXML, err)
	default:
		return err
	}
}

type parser struct {
	s      *xmlscan.Scanner
	d      *Document
	shared map[string]string
}

// share returns b as a string, the same one for equal short texts.
func (p *parser) share(b []byte) string {
	if len(b) == 0 {
		return ""
	}
	const longest, most = 40, 1 << 16
	if len(b) > longest {
		return string(b)
	}
	s, there := p.shared[string(b)]
	if !there {
		s = string(b)
		if len(p.shared) < most {
			p.shared[s] = s
		}
	}
	return s
}

// attr returns a copy of an attribute of the element that has just started.
func (p *parser) attr(name string) string { return p.share(p.s.Attr(name)) }

func (p *parser) content() (string, error) {
	b, err := p.s.Content()
	return p.share(b), err
}

// children calls each for every child of the element that has just started.
// each reads the child to its end.
func (p *parser) children(each func(name string) error) error {
	return p.s.Children(func() error { return each(p.share(p.s.Name())) })
}

func (p *parser) definition() error {
	d := &Definition{
		ID: string(p.s.Attr("id")), Version: p.attr("version"), Class: p.attr("class"),
		Deprecated: p.isTrue("deprecated"), Line: p.s.Line(),
	}
	err := p.children(func(name string) error {
		switch name {
		case "metadata":
			return p.metadata(d)
		case "criteria":
			c, err := p.criteria(0, d)
			d.criteria = c
			return err
		default:
			return p.s.Skip()
		}
	})
	if _, there := p.d.byID[d.ID]; there {
		d.duplicate = true
	} else {
		p.d.byID[d.ID] = d
	}
	p.d.Definitions = append(p.d.Definitions, d)
	return err
}

func (p *parser) isTrue(name string) bool {
	v := p.s.Attr(name)
	return string(v) == "true" || string(v) == "1"
}

func (p *parser) metadata(d *Definition) error {
	return p.children(func(name string) (err error) {
		switch name {
		case "title":
			d.Title, err = p.content()
		case "reference":
			if id := string(p.s.Attr("ref_id")); id != "" {
				d.References = append(d.References, Reference{Source: p.attr("source"), ID: id})
			}
			err = p.s.Skip()
		case "advisory", "debian", "dates":
			err = p.metadata(d)
		case "severity":
			d.Severity, err = p.content()
		case "cve":
			var id string
			if id, err = p.content(); strings.HasPrefix(id, "CVE-") {
				d.References = append(d.References, Reference{Source: "CVE", ID: id})
			}
		case "issued", "updated":
			to := &d.Issued
			if name == "updated" {
				to = &d.Updated
			}
			*to, _ = time.Parse(time.DateOnly, string(p.s.Attr("date"))) // zero: not a date, on which nothing rests
			err = p.s.Skip()
		default:
			err = p.s.Skip()
		}
		return err
	})
}

const maxCriteria = 64 // levels

func (p *parser) criteria(depth int, d *Definition) (*criteria, error) {
	c := &criteria{negate: p.isTrue("negate")}
	switch op := string(p.s.Attr("operator")); op {
	case "", "AND":
	case "OR":
		c.op = or
	case "ONE":
		c.op = one
	case "XOR":
		c.op = xor
	default:
		d.fail(fmt.Errorf("%w: operator %.40q", ErrUnsupported, op))
	}
	if depth == maxCriteria {
		d.fail(fmt.Errorf("%w: criteria nested more than %d deep", ErrTooLarge, maxCriteria))
		return c, p.s.Skip()
	}
	err := p.children(func(name string) error {
		switch name {
		case "criteria":
			inner, err := p.criteria(depth+1, d)
			c.add(inner)
			return err
		case "criterion":
			c.of = append(c.of, &criteria{test: string(p.s.Attr("test_ref")), negate: p.isTrue("negate")})
		case "extend_definition":
			c.of = append(c.of, &criteria{definition: string(p.s.Attr("definition_ref")), negate: p.isTrue("negate")})
		}
		return p.s.Skip()
	})
	c.of = slices.Clip(c.of)
	return c, err
}

// add adds an inner list. One that says nothing of its own is left out, since
// feeds wrap most criteria in several: a list of one has its only member's
// result, and AND within AND and OR within OR combine as one list does.
func (c *criteria) add(inner *criteria) {
	switch {
	case len(inner.of) == 1:
		only := *inner.of[0]
		only.negate = only.negate != inner.negate
		c.of = append(c.of, &only)
	case inner.op == c.op && !inner.negate && (c.op == and || c.op == or):
		c.of = append(c.of, inner.of...)
	default:
		c.of = append(c.of, inner)
	}
}

// fail keeps the first fault.
func (d *Definition) fail(err error) {
	if d.fault == nil {
		d.fault = err
	}
}

func (p *parser) test(name string) error {
	t := &test{id: string(p.s.Attr("id"))}
	kind, isTest := strings.CutSuffix(name, "_test")
	if t.kind = kind; !isTest || !supported(kind) {
		t.fault = fmt.Errorf("%w: %s", ErrUnsupported, name)
	}
	var ok bool
	if t.existence, ok = existenceOf(p.s.Attr("check_existence")); !ok {
		t.fault = fmt.Errorf("%w: check_existence %.40q", ErrUnsupported, p.s.Attr("check_existence"))
	}
	switch check := string(p.s.Attr("check")); check {
	case "none exist":
		t.noneExist, t.check = true, none
	default:
		if t.check, ok = checkOf(check); !ok {
			t.fault = fmt.Errorf("%w: check %.40q", ErrUnsupported, check)
		}
	}
	if t.stateOp, ok = operatorOf(p.s.Attr("state_operator")); !ok {
		t.fault = fmt.Errorf("%w: state_operator %.40q", ErrUnsupported, p.s.Attr("state_operator"))
	}
	p.d.tests[t.id] = t
	return p.children(func(name string) error {
		switch name {
		case "object":
			t.object = string(p.s.Attr("object_ref"))
		case "state":
			t.states = append(t.states, string(p.s.Attr("state_ref")))
		}
		return p.s.Skip()
	})
}

func existenceOf(word []byte) (existence, bool) {
	switch string(word) {
	case "", "at_least_one_exists", "all_exist":
		return atLeastOneExists, true
	case "any_exist":
		return anyExist, true
	case "none_exist":
		return noneExist, true
	case "only_one_exists":
		return onlyOneExists, true
	default:
		return 0, false
	}
}

// checkOf reads a CheckEnumeration; the schema's default is all.
func checkOf(word string) (operator, bool) {
	switch word {
	case "", "all":
		return and, true
	case "at least one":
		return or, true
	case "only one":
		return one, true
	case "none satisfy", "none exist":
		return none, true
	default:
		return 0, false
	}
}

func operatorOf(word []byte) (operator, bool) {
	switch string(word) {
	case "", "AND":
		return and, true
	case "OR":
		return or, true
	case "ONE":
		return one, true
	case "XOR":
		return xor, true
	default:
		return 0, false
	}
}

func (p *parser) object(name string) error {
	o := &object{id: string(p.s.Attr("id")), kind: strings.TrimSuffix(name, "_object")}
	p.d.objects[o.id] = o
	return p.children(func(name string) error {
		switch name {
		case "set":
			var err error
			o.set, err = p.set(0)
			return err
		case "filter":
			f, err := p.filter()
			o.filters = append(o.filters, f)
			return err
		case "behaviors":
			if err := p.behaviors(&o.behaviors); err != nil {
				o.fault = err
			}
			return p.s.Skip()
		case "notes":
			return p.s.Skip()
		default:
			e, err := p.entity(name, true)
			o.entities = append(o.entities, e)
			return err
		}
	})
}

func (p *parser) behaviors(b *behaviors) error {
	for _, a := range p.s.Attrs() {
		value := string(a.Value)
		switch name := string(a.Name); name {
		case "max_depth":
			n, err := strconv.Atoi(value)
			if err != nil || n < -1 {
				return fmt.Errorf("%w: max_depth %.40q", ErrUnsupported, value)
			}
			b.depth = n
		case "recurse_direction":
			if b.up = value == "up"; value == "none" {
				b.depth = 0
			}
		case "ignore_case":
			b.ignoreCase = value == "true" || value == "1"
		case "singleline":
			b.singleLine = value == "true" || value == "1"
		case "multiline":
			b.oneLine = value == "false" || value == "0"
		case "recurse", "recurse_file_system", "windows_view", "filepaths", "nolinkto", "nomd5", "nosize", "nouser", "nogroup", "nomtime", "nomode", "nordev", "noconfigfiles", "noghostfiles":
		default:
			return fmt.Errorf("%w: behaviour %.40q", ErrUnsupported, name)
		}
	}
	if p.s.Attr("recurse_direction") == nil || string(p.s.Attr("recurse_direction")) == "none" {
		b.depth = 0
	}
	return nil
}

func (p *parser) filter() (filter, error) {
	f := filter{include: string(p.s.Attr("action")) == "include"}
	id, err := p.s.Content()
	f.state = string(id)
	return f, err
}

func (p *parser) set(depth int) (*set, error) {
	s := &set{op: p.attr("set_operator")}
	if depth == maxCriteria {
		return s, p.s.Skip()
	}
	return s, p.children(func(name string) error {
		switch name {
		case "set":
			inner, err := p.set(depth + 1)
			s.sets = append(s.sets, inner)
			return err
		case "object_reference":
			id, err := p.s.Content()
			s.objects = append(s.objects, string(id))
			return err
		case "filter":
			f, err := p.filter()
			s.filters = append(s.filters, f)
			return err
		default:
			return p.s.Skip()
		}
	})
}

func (p *parser) state(string) error {
	s := &state{id: string(p.s.Attr("id"))}
	var ok bool
	if s.op, ok = operatorOf(p.s.Attr("operator")); !ok {
		s.fault = fmt.Errorf("%w: operator %.40q", ErrUnsupported, p.s.Attr("operator"))
	}
	p.d.states[s.id] = s
	return p.children(func(name string) error {
		if name == "notes" {
			return p.s.Skip()
		}
		e, err := p.entity(name, false)
		s.entities = append(s.entities, e)
		return err
	})
}

func (p *parser) variable(name string) error {
	v := &variable{id: string(p.s.Attr("id"))}
	p.d.variables[v.id] = v
	if name != "constant_variable" {
		v.fault = fmt.Errorf("%w: %s", ErrUnsupported, name)
		return p.s.Skip()
	}
	return p.children(func(name string) error {
		if name != "value" {
			return p.s.Skip()
		}
		value, err := p.content()
		v.values = append(v.values, value)
		return err
	})
}
