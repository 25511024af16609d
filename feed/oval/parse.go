package oval

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/fettle-dev/fettle/internal/xmlscan"
)

// Parse reads a document. It streams the text and keeps only what evaluation
// needs. An error says that the document as a whole is no good: it wraps ErrXML,
// ErrCut, ErrFormat, ErrTooLarge or the reader's error. What is wrong with one definition,
// its Err says.
func Parse(r io.Reader) (*Document, error) { return parse(r, runner{}) }

func parse(r io.Reader, run runner) (*Document, error) {
	p := parser{s: xmlscan.New(r), runner: run, words: map[string]string{}, d: newDocument()}
	if _, err := p.s.Next(); err != nil {
		return nil, inXML(err)
	}
	if string(p.s.Name()) != "oval_definitions" {
		return nil, fmt.Errorf("%w: the root element is %.40q", ErrFormat, p.s.Name())
	}
	err := p.s.Children(p.section)
	if err == nil {
		_, err = p.s.Next()
	}
	if err != nil {
		return nil, inXML(err)
	}
	p.d.link()
	return p.d, nil
}

// section reads a child of the root element.
func (p *parser) section() error {
	switch string(p.s.Name()) {
	case "definitions":
		return p.each((*parser).definition, "/definition>", ":definition>")
	case "tests":
		return p.each((*parser).test, "_test>")
	case "objects":
		return p.each((*parser).object)
	case "states":
		return p.each((*parser).state, "_state>")
	case "variables":
		return p.each((*parser).variable)
	default:
		return p.s.Skip()
	}
}

// each reads the parts of a section; marks are what the end of one ends with,
// where pieces of the section can be read side by side.
func (p *parser) each(read func(*parser) error, marks ...string) error {
	one := func(p *parser) error {
		if err := p.count(1, 0); err != nil {
			return err
		}
		return read(p)
	}
	if err := p.spread(marks, one); err != nil {
		return err
	}
	return p.s.Children(func() error { return one(p) })
}

// count adds what was read to what is bounded.
func (p *parser) count(parts, references int) error {
	p.parts += parts
	p.references += references
	switch {
	case p.parts > maxParts:
		return fmt.Errorf("%w: more than %d definitions, tests, objects, states and variables", ErrTooLarge, maxParts)
	case p.references > maxReferences:
		return fmt.Errorf("%w: more than %d criteria and states of tests", ErrTooLarge, maxReferences)
	default:
		return nil
	}
}

// maxParts bounds a document, which is held in memory; the largest that vendors
// publish has some 400,000 parts.
const maxParts = 4_000_000

// maxReferences bounds what parts rest on.
const maxReferences = 1 << 26

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
	runner

	s          *xmlscan.Scanner
	d          *Document
	parts      int
	references int
	texts      texts
	words      map[string]string // those that are met again and again
	open       []node            // what the criteria hold that are being read

	// Definitions and entities have what they hold side by side in these.
	definitions []Definition
	entities    []entity
	names       []Reference
	values      []string
}

// shared returns b as a string, the same one for equal words, of which a
// document has few.
func (p *parser) shared(b []byte) string {
	const longest, most = 40, 1 << 10
	s, there := p.words[string(b)]
	if there || len(b) == 0 {
		return s
	}
	s = string(b)
	if len(b) <= longest && len(p.words) < most {
		p.words[s] = s
	}
	return s
}

// word returns an attribute that says one of a few things.
func (p *parser) word(name string) string { return p.shared(p.s.Attr(name)) }

// content returns the text of the innermost open element, which ends with it.
func (p *parser) content() (string, error) {
	b, err := p.s.Content()
	return p.texts.keep(b), err
}

// refer counts a reference.
func (p *parser) refer() error {
	return p.count(0, 1)
}

// room returns a place for one more value at the end of many, which grow by
// pieces, so that places stay where they are.
func room[T any](many *[]T) *T {
	if len(*many) == cap(*many) {
		*many = make([]T, 0, chunk)
	}
	*many = (*many)[:len(*many)+1]
	return &(*many)[len(*many)-1]
}

// with appends a value to a list that mostly has one alone, which then lies in
// many.
func with[T any](list []T, many *[]T, value T) []T {
	if len(list) > 0 {
		return append(list, value)
	}
	*room(many) = value
	end := len(*many)
	return (*many)[end-1 : end : end]
}

func (p *parser) definition() error {
	d := room(&p.definitions)
	d.Version, d.Class, d.Deprecated, d.Line = p.word("version"), p.word("class"), p.isTrue("deprecated"), p.s.Line()
	number := p.d.definitions.number(p.s.Attr("id"), &p.texts)
	d.ID = p.d.definitions.id(number)
	if first := p.d.definitions.at(number); *first == nil {
		*first = d
	} else {
		d.duplicate, (*first).duplicate = true, true
	}
	p.d.Definitions = append(p.d.Definitions, d)
	for {
		more, err := p.s.Child()
		if err != nil || !more {
			return err
		}
		switch string(p.s.Name()) {
		case "metadata":
			err = p.metadata(d)
		case "criteria":
			d.hasCriteria = true
			d.root, err = p.criteria(0, d)
		default:
			err = p.s.Skip()
		}
		if err != nil {
			return err
		}
	}
}

func (p *parser) isTrue(name string) bool {
	v := p.s.Attr(name)
	return string(v) == "true" || string(v) == "1"
}

func (p *parser) metadata(d *Definition) error {
	for {
		more, err := p.s.Child()
		if err != nil || !more {
			return err
		}
		switch string(p.s.Name()) {
		case "title":
			d.Title, err = p.content()
		case "reference":
			if id := p.s.Attr("ref_id"); len(id) > 0 {
				d.References = with(d.References, &p.names, Reference{Source: p.word("source"), ID: p.texts.keep(id)})
			}
			err = p.s.Skip()
		case "advisory", "debian", "dates":
			err = p.metadata(d)
		case "severity":
			d.Severity, err = p.content()
		case "cve":
			var id string
			if id, err = p.content(); strings.HasPrefix(id, "CVE-") {
				d.References = with(d.References, &p.names, Reference{Source: "CVE", ID: id})
			}
		case "issued":
			d.Issued, err = p.date()
		case "updated":
			d.Updated, err = p.date()
		default:
			err = p.s.Skip()
		}
		if err != nil {
			return err
		}
	}
}

// date reads an element that states a date. One that is none is zero: nothing
// rests on it.
func (p *parser) date() (time.Time, error) {
	t, _ := time.Parse(time.DateOnly, string(p.s.Attr("date")))
	return t, p.s.Skip()
}

const maxCriteria = 64 // levels

func (p *parser) criteria(depth int, d *Definition) (node, error) {
	list := node{negate: p.isTrue("negate")}
	switch op := p.s.Attr("operator"); string(op) {
	case "", "AND":
	case "OR":
		list.op = or
	case "ONE":
		list.op = one
	case "XOR":
		list.op = xor
	default:
		d.fail(fmt.Errorf("%w: operator %.40q", ErrUnsupported, op))
	}
	if depth == maxCriteria {
		d.fail(fmt.Errorf("%w: criteria nested more than %d deep", ErrTooLarge, maxCriteria))
		return list, p.s.Skip()
	}
	from := len(p.open)
	for {
		more, err := p.s.Child()
		if err != nil {
			return list, err
		}
		if !more {
			break
		}
		switch string(p.s.Name()) {
		case "criteria":
			inner, err := p.criteria(depth+1, d)
			if err != nil {
				return list, err
			}
			p.add(list, inner)
			continue
		case "criterion":
			err = p.leaf(isTest, "test_ref", d)
		case "extend_definition":
			err = p.leaf(isDefinition, "definition_ref", d)
		}
		if err := cmp.Or(err, p.s.Skip()); err != nil {
			return list, err
		}
	}
	if len(p.open) == from {
		d.fail(fmt.Errorf("%w: criteria of nothing", ErrFormat))
	}
	list.of, list.n = uint32(len(p.d.nodes)), uint32(len(p.open)-from)
	p.d.nodes = append(p.d.nodes, p.open[from:]...)
	p.open = p.open[:from]
	return list, nil
}

// leaf adds a test or a definition to the list that is being read.
func (p *parser) leaf(what what, ref string, d *Definition) error {
	leaf, id := node{what: what, negate: p.isTrue("negate")}, p.s.Attr(ref)
	if len(id) == 0 {
		d.fail(fmt.Errorf("%w: %s without a %s", ErrReference, p.s.Name(), ref))
	}
	if what == isTest {
		leaf.of = p.d.tests.number(id, &p.texts)
	} else {
		leaf.of = p.d.definitions.number(id, &p.texts)
	}
	p.open = append(p.open, leaf)
	return p.refer()
}

// add adds an inner list, which was read last. One that says nothing of its own
// is left out, since feeds wrap most criteria in several: a list of one has its
// only member's result, and AND within AND and OR within OR combine as one list
// does.
func (p *parser) add(list, inner node) {
	switch {
	case inner.n == 1:
		only := p.d.nodes[inner.of]
		only.negate = only.negate != inner.negate
		p.open = append(p.open, only)
	case inner.op == list.op && !inner.negate && (list.op == and || list.op == or):
		p.open = append(p.open, p.d.in(inner)...)
	default:
		p.open = append(p.open, inner)
		return
	}
	p.d.nodes = p.d.nodes[:inner.of]
}

// fail keeps the first fault.
func (d *Definition) fail(err error) {
	if d.fault == nil {
		d.fault = err
	}
}

func (p *parser) test() error {
	id := p.s.Attr("id")
	t := p.d.tests.at(p.d.tests.number(id, &p.texts))
	kind, isTest := bytes.CutSuffix(p.s.Name(), []byte("_test"))
	*t = test{there: len(id) > 0, kind: p.shared(kind), fault: once(t.there)}
	if !isTest || !supported(t.kind) {
		t.fault = cmp.Or(t.fault, fmt.Errorf("%w: %s", ErrUnsupported, p.s.Name()))
	}
	var ok bool
	if t.existence, ok = existenceOf(p.s.Attr("check_existence")); !ok {
		t.fault = cmp.Or(t.fault, fmt.Errorf("%w: check_existence %.40q", ErrUnsupported, p.s.Attr("check_existence")))
	}
	check := p.s.Attr("check")
	if t.noneExist = string(check) == "none exist"; t.noneExist {
		t.check = none
	} else if t.check, ok = checkOf(check); !ok {
		t.fault = cmp.Or(t.fault, fmt.Errorf("%w: check %.40q", ErrUnsupported, check))
	}
	if t.stateOp, ok = operatorOf(p.s.Attr("state_operator")); !ok {
		t.fault = cmp.Or(t.fault, fmt.Errorf("%w: state_operator %.40q", ErrUnsupported, p.s.Attr("state_operator")))
	}
	t.states = span{uint32(len(p.d.refs)), uint32(len(p.d.refs))}
	hasObject := false
	for {
		more, err := p.s.Child()
		if !hasObject && !more {
			t.object = p.d.objects.number(nil, &p.texts)
		}
		if err != nil || !more {
			return err
		}
		switch string(p.s.Name()) {
		case "object":
			hasObject = true
			t.object = p.d.objects.number(p.s.Attr("object_ref"), &p.texts)
		case "state":
			err = p.refer()
			p.d.refs = append(p.d.refs, p.d.states.number(p.s.Attr("state_ref"), &p.texts))
			t.states.to++
		}
		if err := cmp.Or(err, p.s.Skip()); err != nil {
			return err
		}
	}
}

// once returns the fault of a part whose id had a part already.
func once(there bool) error {
	if there {
		return ErrDuplicate
	}
	return nil
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
func checkOf(word []byte) (operator, bool) {
	switch string(word) {
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
