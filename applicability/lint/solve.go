package lint

import "slices"

// answer is what a query came to.
type answer uint8

const (
	gaveUp answer = iota // the bounds were passed
	impossible
	possible // as far as the reasoning goes; the host shown proves it
)

// maxSteps bounds one query, in literals and choices looked at.
const maxSteps = 100_000

// query looks for a host on which a formula holds. The subjects are taken as
// independent of one another, and every gap between two values as inhabited:
// what is impossible is so for certain, what is possible has to be shown.
type query struct {
	groups map[subjectID]*group
	order  []*group
	sets   map[*literal][]bool // the candidates that pass a literal's tests
	steps  int
	free   bool // the way found rests on something that cannot be reasoned about
}

// ask runs a query on a formula.
func ask(f *formula) (*query, answer) {
	q := &query{groups: map[subjectID]*group{}, sets: map[*literal][]bool{}}
	if !q.learn(f) {
		return q, gaveUp
	}
	for _, g := range q.order {
		if !g.settle() {
			return q, gaveUp
		}
	}
	held := q.solve(&task{f: f})
	switch {
	case q.steps > maxSteps:
		return q, gaveUp
	case held:
		return q, possible
	default:
		return q, impossible
	}
}

// learn collects the subjects of f; false where there are too many literals.
func (q *query) learn(f *formula) bool {
	if q.steps++; q.steps > maxSteps {
		return false
	}
	for _, kid := range f.kids {
		if !q.learn(kid) {
			return false
		}
	}
	if f.op == opLit {
		id := f.lit.subject.id()
		g := q.groups[id]
		if g == nil {
			g = &group{subject: f.lit.subject}
			q.groups[id] = g
			q.order = append(q.order, g)
		}
		for i := range f.lit.tests {
			g.learn(&f.lit.tests[i])
		}
	}
	return true
}

// task is what has still to hold, as a list that branches share.
type task struct {
	f    *formula
	next *task
}

// solve makes everything of todo hold, choices last, and reports whether that
// can be done; if it can, the groups are left as they were found.
func (q *query) solve(todo *task) bool {
	var choices []*formula
	var undo []func()
	defer func() {
		for _, back := range slices.Backward(undo) {
			back()
		}
	}()
	for ; todo != nil; todo = todo.next {
		if !q.assert(todo.f, &choices, &undo) {
			return false
		}
	}
	if len(choices) == 0 {
		undo = nil
		return true
	}
	at := q.hardest(choices)
	pick, rest := choices[at], (*task)(nil)
	for i, c := range slices.Backward(choices) {
		if i != at {
			rest = &task{c, rest}
		}
	}
	for _, kid := range pick.kids {
		if q.solve(&task{kid, rest}) {
			undo = nil
			return true
		}
		if q.steps > maxSteps {
			return false
		}
	}
	return false
}

// hardest returns the choice with the fewest ways left: none ends the search at
// once, one is no choice.
func (q *query) hardest(choices []*formula) int {
	if len(choices) == 1 {
		return 0
	}
	at, fewest := 0, -1
	for i, c := range choices {
		ways := 0
		for _, kid := range c.kids {
			if q.open(kid) {
				ways++
			}
			if q.steps > maxSteps || fewest >= 0 && ways >= fewest {
				break
			}
		}
		if fewest < 0 || ways < fewest {
			at, fewest = i, ways
		}
		if fewest <= 1 || q.steps > maxSteps {
			break
		}
	}
	return at
}

// open reports whether f can hold as things are, its choices left aside.
func (q *query) open(f *formula) bool {
	var choices []*formula
	var undo []func()
	ok := q.assert(f, &choices, &undo)
	for _, back := range slices.Backward(undo) {
		back()
	}
	return ok
}

// assert makes f hold, but for its choices, which it collects.
func (q *query) assert(f *formula, choices *[]*formula, undo *[]func()) bool {
	if q.steps++; q.steps > maxSteps {
		return false
	}
	switch f.op {
	case opAnd:
		for _, kid := range f.kids {
			if !q.assert(kid, choices, undo) {
				return false
			}
		}
	case opOr:
		switch len(f.kids) {
		case 0:
			return false
		case 1:
			return q.assert(f.kids[0], choices, undo)
		}
		*choices = append(*choices, f)
	case opLit:
		return q.literal(&f.lit, undo)
	case opFree:
		was := q.free
		q.free = true
		*undo = append(*undo, func() { q.free = was })
	}
	return true
}

func (q *query) literal(l *literal, undo *[]func()) bool {
	g := q.groups[l.subject.id()]
	set, made := q.sets[l]
	if !made {
		set = g.set(l.tests)
		q.sets[l] = set
		q.steps += len(set) / 16
	}
	if l.forbid {
		was := g.forbid
		g.forbid = slices.Clone(was)
		for c, in := range set {
			g.forbid[c] = g.forbid[c] || in
		}
		*undo = append(*undo, func() { g.forbid = was })
		return g.feasible()
	}
	was := g.asked
	g.asked = append(slices.Clip(was), demand{set, l.newest})
	*undo = append(*undo, func() { g.asked = was })
	return g.feasible()
}
