package oval

import (
	"fmt"
	"slices"
)

// supported reports whether tests of a kind are evaluated.
func supported(kind string) bool { return fieldsOf(kind) != nil }

// fieldsOf returns the names of the entities that a kind's objects and states
// may use.
func fieldsOf(kind string) []string {
	switch kind {
	case "family":
		return []string{"family"}
	case "uname":
		return []string{"machine_class", "node_name", "os_name", "os_release", "os_version", "processor_type"}
	case "dpkginfo":
		return []string{"name", "arch", "epoch", "release", "version", "evr"}
	case "rpminfo":
		return []string{"name", "arch", "epoch", "release", "version", "evr", "signature_keyid", "extended_name"}
	case "textfilecontent54":
		return []string{"filepath", "path", "filename", "pattern", "instance", "text", "subexpression"}
	case "file":
		return []string{
			"filepath", "path", "filename", "size", "type", "m_time", "group_id", "user_id", "a_time", "c_time", "suid", "sgid", "sticky",
			"uread", "uwrite", "uexec", "gread", "gwrite", "gexec", "oread", "owrite", "oexec", "has_extended_acl", "owner", "version", "ms_checksum",
		}
	case "registry":
		return []string{"hive", "key", "name", "type", "value", "last_write_time"}
	case "variable":
		return []string{"var_ref", "value"}
	case "unknown":
		return []string{}
	default:
		return nil
	}
}

// link resolves references, compiles patterns, and finds the fault of each
// definition that has one.
func (d *Document) link() {
	for _, o := range d.objects {
		for i := range o.entities {
			o.entities[i].prepare(d, o.behaviors)
		}
	}
	for _, s := range d.states {
		for i := range s.entities {
			s.entities[i].prepare(d, behaviors{oneLine: true})
		}
	}
	l := linker{d: d, done: map[any]error{}}
	for _, t := range d.tests {
		if t.fault == nil {
			t.fault = l.test(t)
		}
	}
	for _, def := range d.Definitions {
		switch {
		case def.duplicate:
			def.fault = ErrDuplicate
		case def.ID == "":
			def.fail(fmt.Errorf("%w: a definition without an id", ErrFormat))
		case def.fault == nil && def.criteria != nil:
			def.fail(l.criteria(def.criteria))
		}
	}
}

// linker finds faults. done holds the definitions and sets that others refer to;
// one that is met again while it is being looked at rests on itself.
type linker struct {
	d    *Document
	done map[any]error
}

// once calls find for what, unless it was called for it before.
func (l *linker) once(what any, find func() error) error {
	if err, there := l.done[what]; there {
		return err
	}
	l.done[what] = fmt.Errorf("%w: it rests on itself", ErrReference)
	err := find()
	l.done[what] = err
	return err
}

func (l *linker) test(t *test) error {
	if t.kind == "unknown" {
		return nil
	}
	o := l.d.objects[t.object]
	if o == nil {
		return fmt.Errorf("test %.100q: %w: object %.100q", t.id, ErrReference, t.object)
	}
	if o.kind != t.kind {
		return fmt.Errorf("test %.100q: %w: object %.100q is a %.40s_object", t.id, ErrReference, t.object, o.kind)
	}
	if err := l.object(o); err != nil {
		return fmt.Errorf("test %.100q: %w", t.id, err)
	}
	for _, id := range t.states {
		if err := l.state(id, t.kind); err != nil {
			return fmt.Errorf("test %.100q: %w", t.id, err)
		}
	}
	return nil
}

func (l *linker) state(id, kind string) error {
	s := l.d.states[id]
	if s == nil {
		return fmt.Errorf("%w: state %.100q", ErrReference, id)
	}
	if s.fault != nil {
		return fmt.Errorf("state %.100q: %w", id, s.fault)
	}
	return l.entities(s.entities, kind, "state", id)
}

func (l *linker) entities(all []entity, kind, what, id string) error {
	for i := range all {
		e := &all[i]
		if !slices.Contains(fieldsOf(kind), e.name) {
			return fmt.Errorf("%s %.100q: %w: entity %.40q", what, id, ErrUnsupported, e.name)
		}
		if e.fault != nil {
			return fmt.Errorf("%s %.100q: %s: %w", what, id, e.name, e.fault)
		}
	}
	return nil
}

func (l *linker) object(o *object) error {
	if o.fault != nil {
		return fmt.Errorf("object %.100q: %w", o.id, o.fault)
	}
	if err := l.entities(o.entities, o.kind, "object", o.id); err != nil {
		return err
	}
	if err := o.check(); err != nil {
		return fmt.Errorf("object %.100q: %w", o.id, err)
	}
	if err := l.filters(o.filters, o.kind); err != nil {
		return err
	}
	if o.set == nil {
		return nil
	}
	return l.once(o, func() error { return l.set(o.set, o.kind) })
}

// check finds what is missing in an object, or used in a way that is not
// evaluated here.
func (o *object) check() error {
	if o.set != nil {
		return nil
	}
	want := func(names ...string) error {
		for _, name := range names {
			if o.entity(name) == nil {
				return fmt.Errorf("%w: no entity %s", ErrReference, name)
			}
		}
		return nil
	}
	switch o.kind {
	case "dpkginfo", "rpminfo":
		return want("name")
	case "variable":
		return want("var_ref")
	case "registry":
		for _, e := range o.entities {
			if e.op != "equals" {
				return fmt.Errorf("%w: operation %.40q on %s", ErrUnsupported, e.op, e.name)
			}
		}
		return want("hive", "key")
	case "textfilecontent54", "file":
		if o.kind == "textfilecontent54" {
			if err := want("pattern", "instance"); err != nil {
				return err
			}
		}
		if o.entity("filepath") != nil {
			return nil
		}
		if o.behaviors.up && o.entity("path") != nil && o.entity("path").op != "equals" {
			return fmt.Errorf("%w: recursion up from a pattern", ErrUnsupported)
		}
		return want("path")
	default:
		return nil
	}
}

func (o *object) entity(name string) *entity {
	for i := range o.entities {
		if o.entities[i].name == name {
			return &o.entities[i]
		}
	}
	return nil
}

func (l *linker) filters(all []filter, kind string) error {
	for _, f := range all {
		if err := l.state(f.state, kind); err != nil {
			return err
		}
	}
	return nil
}

func (l *linker) set(s *set, kind string) error {
	if s.op != "" && s.op != "UNION" && s.op != "INTERSECTION" && s.op != "COMPLEMENT" {
		return fmt.Errorf("%w: set_operator %.40q", ErrUnsupported, s.op)
	}
	if n := len(s.objects) + len(s.sets); n == 0 || n > 2 || s.op == "COMPLEMENT" && n != 2 {
		return fmt.Errorf("%w: a set of %d", ErrReference, n)
	}
	for _, id := range s.objects {
		o := l.d.objects[id]
		if o == nil || o.kind != kind {
			return fmt.Errorf("%w: object %.100q in a set of %s", ErrReference, id, kind)
		}
		if err := l.object(o); err != nil {
			return err
		}
	}
	for _, inner := range s.sets {
		if err := l.set(inner, kind); err != nil {
			return err
		}
	}
	return l.filters(s.filters, kind)
}

func (l *linker) definition(def *Definition) error {
	return l.once(def, func() error {
		if def.fault != nil {
			return def.fault
		}
		if def.criteria == nil {
			return nil // it says nothing: not evaluated
		}
		return l.criteria(def.criteria)
	})
}

func (l *linker) criteria(c *criteria) error {
	switch {
	case c.test != "":
		t := l.d.tests[c.test]
		if t == nil {
			return fmt.Errorf("%w: test %.100q", ErrReference, c.test)
		}
		return t.fault
	case c.definition != "":
		def := l.d.byID[c.definition]
		if def == nil {
			return fmt.Errorf("%w: definition %.100q", ErrReference, c.definition)
		}
		if err := l.definition(def); err != nil {
			return fmt.Errorf("definition %.100q: %w", c.definition, err)
		}
	}
	for _, inner := range c.of {
		if err := l.criteria(inner); err != nil {
			return err
		}
	}
	return nil
}
