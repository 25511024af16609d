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
	tests       map[*test]Result
	definitions map[*Definition]Result
}

// Evaluate starts the evaluation of the document on a host, whose snapshot has
// to be sorted. opt may be nil.
func (d *Document) Evaluate(r *inventory.Record, opt *EvaluateOptions) *Evaluation {
	e := &Evaluation{d: d, r: r, found: map[*object]itemSet{}, tests: map[*test]Result{}, definitions: map[*Definition]Result{}}
	if opt != nil {
		e.opt = *opt
	}
	return e
}

// Definition returns the result of a definition: NotEvaluated for one that the
// document does not have, or that has no criteria or rests on what is not
// supported.
func (e *Evaluation) Definition(id string) Result {
	def := e.d.byID[id]
	if def == nil || def.fault != nil {
		return NotEvaluated
	}
	return e.definition(def)
}

// Test returns the result of a test: NotEvaluated for one that the document
// does not have or that is not supported.
func (e *Evaluation) Test(id string) Result {
	t := e.d.tests[id]
	if t == nil || t.fault != nil {
		return NotEvaluated
	}
	return e.test(t)
}

func (e *Evaluation) definition(def *Definition) Result {
	r, there := e.definitions[def]
	if there {
		return r
	}
	if def.criteria != nil {
		r = e.criteria(def.criteria)
	}
	e.definitions[def] = r
	return r
}

func (e *Evaluation) criteria(c *criteria) Result {
	var r Result
	switch {
	case c.test != "":
		r = e.test(e.d.tests[c.test])
	case c.definition != "":
		r = e.definition(e.d.byID[c.definition])
	default:
		var t tally
		for _, inner := range c.of {
			t.add(e.criteria(inner))
		}
		r = c.op.of(t)
	}
	if c.negate {
		return r.negated()
	}
	return r
}

func (e *Evaluation) test(t *test) Result {
	r, there := e.tests[t]
	if !there {
		r = e.evaluate(t)
		e.tests[t] = r
	}
	return r
}

// evaluate decides a test: first whether its object finds as many items as it
// is to, then whether these are in its states.
func (e *Evaluation) evaluate(t *test) Result {
	if t.kind == "unknown" {
		return Unknown
	}
	found := e.items(e.d.objects[t.object])
	n := len(found.items)
	if t.noneExist {
		if len(t.states) == 0 {
			return noneExist.of(n, found.complete)
		}
	} else if r := t.existence.of(n, found.complete); r != True || len(t.states) == 0 {
		return r
	}
	if n == 0 && found.complete {
		return True // nothing had to exist
	}
	var results tally
	for i := range found.items {
		var states tally
		for _, id := range t.states {
			states.add(e.state(&found.items[i], e.d.states[id]))
		}
		results.add(t.stateOp.of(states))
	}
	if !found.complete {
		results.add(Unknown) // the items that nobody saw
	}
	return t.check.of(results)
}

func (e *Evaluation) state(it *item, s *state) Result {
	if len(s.entities) == 0 {
		return True
	}
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
	values, known := it.values(want.name)
	switch {
	case !known:
		return Unknown
	case len(values) == 0:
		return False
	case len(values) == 1:
		return want.matches(values[0])
	}
	var t tally
	for _, v := range values {
		t.add(want.matches(v))
	}
	return want.each.of(t)
}
