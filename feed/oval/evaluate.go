package oval

import (
	"github.com/fettle-dev/fettle/inventory"
)

// EvaluateOptions are what an evaluation may be told. The zero value, and nil,
// mean the defaults.
type EvaluateOptions struct {
	// AssumeSigned takes every package to be signed with the key that a test
	// asks for. Inventories do not hold signatures, so that without it such
	// tests are Unknown.
	AssumeSigned bool
	// AllFiles says that the inventory holds every file that the document's
	// objects can find, so that what a pattern does not match is not there.
	// Without it only paths that are named one by one can be known to be absent.
	AllFiles bool
}

// Evaluation is a document on one host. Results are found when they are asked
// for and kept. It is used by one goroutine; the record is not to be changed
// meanwhile.
type Evaluation struct {
	d           *Document
	r           *inventory.Record
	opt         EvaluateOptions
	found       map[*object]itemSet
	named       []instances // by the numbers of objects
	tests       []kept      // by their numbers
	definitions []kept
	items       []item // of the packages that a test looks at
}

// kept is a result plus one; 0: not found yet.
type kept uint8

// instances are the packages that an object names.
type instances struct {
	seen, complete bool
	packages       []inventory.Package
}

// Evaluate starts the evaluation of the document on a host, whose snapshot has
// to be sorted. opt may be nil.
func (d *Document) Evaluate(r *inventory.Record, opt *EvaluateOptions) *Evaluation {
	e := &Evaluation{
		d: d, r: r, found: map[*object]itemSet{}, named: make([]instances, d.objects.len()),
		tests: make([]kept, d.tests.len()), definitions: make([]kept, d.definitions.len()),
	}
	if opt != nil {
		e.opt = *opt
	}
	return e
}

// Definition returns the result of a definition: NotEvaluated for one that the
// document does not have, or that has no criteria or rests on what is not
// supported.
func (e *Evaluation) Definition(id string) Result {
	n, known := e.d.definitions.ids.of(id)
	if !known {
		return NotEvaluated
	}
	if def := *e.d.definitions.at(n); def == nil || def.fault != nil {
		return NotEvaluated
	}
	return e.definition(n)
}

// Test returns the result of a test: NotEvaluated for one that the document
// does not have or that is not supported.
func (e *Evaluation) Test(id string) Result {
	n, known := e.d.tests.ids.of(id)
	if !known {
		return NotEvaluated
	}
	if t := e.d.tests.at(n); !t.there || t.fault != nil {
		return NotEvaluated
	}
	return e.test(n)
}

func (e *Evaluation) definition(n uint32) Result {
	if known := e.definitions[n]; known > 0 {
		return Result(known - 1)
	}
	r := NotEvaluated
	if def := *e.d.definitions.at(n); def.hasCriteria {
		r = e.criteria(def.root)
	}
	e.definitions[n] = kept(r) + 1
	return r
}

func (e *Evaluation) criteria(c node) Result {
	var r Result
	switch c.what {
	case isTest:
		r = e.test(c.of)
	case isDefinition:
		r = e.definition(c.of)
	default:
		var t tally
		for _, inner := range e.d.in(c) {
			t.add(e.criteria(inner))
		}
		r = c.op.of(t)
	}
	if c.negate {
		return r.negated()
	}
	return r
}

func (e *Evaluation) test(n uint32) Result {
	if known := e.tests[n]; known > 0 {
		return Result(known - 1)
	}
	r := e.evaluate(e.d.tests.at(n))
	e.tests[n] = kept(r) + 1
	return r
}

// evaluate decides a test: first whether its object finds as many items as it
// is to, then whether these are in its states.
func (e *Evaluation) evaluate(t *test) Result {
	if t.kind == "unknown" {
		return Unknown
	}
	found := e.find(t.object, &e.items)
	states := e.d.statesOf(t)
	n := len(found.items)
	if t.noneExist {
		if len(states) == 0 {
			return noneExist.of(n, found.complete)
		}
	} else if r := t.existence.of(n, found.complete); r != True || len(states) == 0 {
		return r
	}
	if n == 0 && found.complete {
		return True // nothing had to exist
	}
	var results tally
	for i := range found.items {
		var within tally
		for _, s := range states {
			within.add(e.state(&found.items[i], e.d.states.at(s)))
		}
		results.add(t.stateOp.of(within))
	}
	if !found.complete {
		results.add(Unknown) // the items that nobody saw
	}
	return t.check.of(results)
}

func (e *Evaluation) state(it *item, s *state) Result {
	var t tally
	for i := range s.entities {
		t.add(e.entity(it, &s.entities[i]))
	}
	return s.op.of(t)
}

// meets says whether an item has what an object's entities ask for.
func (e *Evaluation) meets(it *item, all []entity) Result {
	var t tally
	for i := range all {
		t.add(e.entity(it, &all[i]))
	}
	return and.of(t)
}

func (e *Evaluation) entity(it *item, want *entity) Result {
	if want.name == "signature_keyid" && e.opt.AssumeSigned {
		return True
	}
	var t tally
	if it.fields == nil {
		value, known := it.field(want.name)
		if !known {
			return Unknown
		}
		if want.each != none {
			return want.matches(value)
		}
		t.add(want.matches(value))
		return want.each.of(t)
	}
	values, known := it.fields[want.name]
	if !known {
		return Unknown
	}
	for _, v := range values {
		t.add(want.matches(v))
	}
	return want.each.of(t)
}
