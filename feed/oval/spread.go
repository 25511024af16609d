package oval

import "slices"

const (
	pieceSize = 1 << 17 // bytes
	pieces    = 8       // that are read at once
)

// runner reads pieces of a text side by side.
type runner struct {
	run  func(n int, do func(i int)) // as Options.Run; nil: the text is read in one go
	size int                         // of a piece
	free []*piece                    // that were merged
}

// spread reads the parts of a section by pieces of the text, side by side, as
// far as it can be cut: behind marks, which end a part where it is no comment.
// What is left, and what turns out to be cut wrong or faulty, is there for the
// caller to read in one go.
//
// While some pieces are read, those before them are merged and the next are cut.
func (p *parser) spread(marks []string, read func(*parser) error) error {
	if p.run == nil {
		return nil
	}
	var before []*piece
	var failed error
	for next := p.cut(marks); len(next) > 0; {
		now := next
		p.run(len(now)+2, func(i int) {
			switch i {
			case 0:
				failed = p.mergeAll(before)
			case 1:
				next = p.cut(marks)
			default:
				now[i-2].read(read)
			}
		})
		if failed != nil {
			return failed
		}
		p.free = append(p.free, before...)
		before = now
		if i := slices.IndexFunc(now, func(q *piece) bool { return !q.whole }); i >= 0 {
			p.takeBack(append(now[i:], next...))
			before, next = now[:i], nil
		}
	}
	return p.mergeAll(before)
}

// takeBack gives the scanner the text of pieces back.
func (p *parser) takeBack(all []*piece) {
	var text []byte
	for _, q := range all {
		text = append(text, q.text...)
	}
	p.s.Back(text, all[0].line)
}

// piece is a part of the text that is read by itself.
type piece struct {
	parser

	text  []byte
	line  int  // at which it begins
	whole bool // it was read from the beginning to the end
}

// cut returns the next pieces. An error of the reader is met again where the
// rest is read.
func (p *parser) cut(marks []string) []*piece {
	var all []*piece
	for range pieces {
		line := p.s.Line()
		if len(p.free) == 0 {
			p.free = append(p.free, &piece{text: make([]byte, 0, 2*p.size), parser: parser{words: map[string]string{}, d: newDocument()}})
		}
		q := p.free[len(p.free)-1]
		text, err := p.s.Cut(q.text, p.size, marks...)
		if text == nil || err != nil {
			break
		}
		p.free = p.free[:len(p.free)-1]
		q.s, q.text, q.line = p.s.Inside(text, line), text, line
		all = append(all, q)
	}
	return all
}

func (q *piece) read(read func(*parser) error) {
	q.reset()
	depth := q.s.Depth()
	err := q.s.Children(func() error { return read(&q.parser) })
	q.whole = err == nil && q.s.Depth() == depth
}

// reset takes out what was merged. What the merged parts hold side by side stays
// with them, and the rest of the room is used for the next.
func (q *piece) reset() {
	q.parts, q.references, q.open = 0, 0, q.open[:0]
	d := q.d
	d.definitions.reset()
	d.tests.reset()
	d.objects.reset()
	d.states.reset()
	d.variables.reset()
	d.Definitions, d.nodes, d.refs = d.Definitions[:0], d.nodes[:0], d.refs[:0]
}

func (p *parser) mergeAll(all []*piece) error {
	for _, q := range all {
		if err := p.merge(&q.parser); err != nil {
			return err
		}
	}
	return nil
}

// merge adds what a piece holds: the document is the same as if it had been read
// here.
func (p *parser) merge(q *parser) error {
	d := p.d
	definitions, tests := d.definitions.absorb(&q.d.definitions), d.tests.absorb(&q.d.tests)
	objects, states := d.objects.absorb(&q.d.objects), d.states.absorb(&q.d.states)
	d.Definitions = append(d.Definitions, q.d.Definitions...)
	base := uint32(len(d.nodes))
	moved := func(n node) node {
		switch n.what {
		case isTest:
			n.of = tests[n.of]
		case isDefinition:
			n.of = definitions[n.of]
		default:
			n.of += base
		}
		return n
	}
	for _, n := range q.d.nodes {
		d.nodes = append(d.nodes, moved(n))
	}
	for _, def := range q.d.Definitions {
		def.root = moved(def.root)
	}
	for n, to := range definitions {
		switch def, first := *q.d.definitions.at(uint32(n)), d.definitions.at(to); {
		case def == nil:
		case *first == nil:
			*first = def
		default:
			def.duplicate, (*first).duplicate = true, true
		}
	}
	from := uint32(len(d.refs))
	for _, state := range q.d.refs {
		d.refs = append(d.refs, states[state])
	}
	for n, to := range tests {
		if t := q.d.tests.at(uint32(n)); t.there {
			t.object, t.states = objects[t.object], span{t.states.from + from, t.states.to + from}
			if first := d.tests.at(to); first.there {
				t.fault = ErrDuplicate
			}
			*d.tests.at(to) = *t
		}
	}
	for n, to := range states {
		if s := q.d.states.at(uint32(n)); s.there {
			if d.states.at(to).there {
				s.fault = ErrDuplicate
			}
			*d.states.at(to) = *s
		}
	}
	return p.count(q.parts, q.references)
}
