package oval

import (
	"errors"
	"fmt"

	"github.com/fettle-dev/fettle/inventory"
)

// supported reports whether tests of a kind are evaluated.
func supported(kind string) bool {
	switch kind {
	case "family", "uname", "dpkginfo", "rpminfo", "textfilecontent54", "file", "registry", "variable", "unknown":
		return true
	default:
		return false
	}
}

// hasField reports whether a kind's objects and states may use the entity name.
func hasField(kind, name string) bool {
	switch kind {
	case "family":
		return name == "family"
	case "uname":
		switch name {
		case "machine_class", "node_name", "os_name", "os_release", "os_version", "processor_type":
			return true
		}
	case "dpkginfo", "rpminfo":
		switch name {
		case "name", "arch", "epoch", "release", "version", "evr":
			return true
		case "signature_keyid", "extended_name":
			return kind == "rpminfo"
		}
	case "textfilecontent54":
		switch name {
		case "filepath", "path", "filename", "pattern", "instance", "text", "subexpression":
			return true
		}
	case "file":
		switch name {
		case "filepath", "path", "filename", "size", "type", "m_time", "group_id", "user_id", "a_time", "c_time", "suid", "sgid", "sticky",
			"uread", "uwrite", "uexec", "gread", "gwrite", "gexec", "oread", "owrite", "oexec", "has_extended_acl", "owner", "version", "ms_checksum":
			return true
		}
	case "registry":
		switch name {
		case "hive", "key", "name", "type", "value", "last_write_time":
			return true
		}
	case "variable":
		return name == "var_ref" || name == "value"
	}
	return false
}

// link resolves references, compiles patterns, and finds the fault of each
// definition that has one.
func (d *Document) link() {
	l := linker{d: d, done: map[any]error{}, patterns: map[string]*pattern{}}
	for o := range d.objects.all() {
		for i := range o.entities {
			l.prepare(&o.entities[i], o.behaviors)
		}
	}
	for s := range d.states.all() {
		for i := range s.entities {
			l.prepare(&s.entities[i], behaviors{oneLine: true})
		}
	}
	for n := range d.tests.len() {
		id, t := d.tests.id(uint32(n)), d.tests.at(uint32(n))
		switch {
		case !t.there:
		case t.fault == nil:
			t.fault = l.test(id, t)
		case errors.Is(t.fault, ErrDuplicate):
			t.fault = fmt.Errorf("test %.100q: %w", id, t.fault)
		}
	}
	for _, def := range d.Definitions {
		switch {
		case def.duplicate:
			def.fault = ErrDuplicate
		case def.ID == "":
			def.fail(fmt.Errorf("%w: a definition without an id", ErrFormat))
		case def.fault == nil && def.hasCriteria:
			if err := l.criteria(def.root); err != nil {
				def.fail(err)
			}
		}
	}
}

// variable returns the variable of an id, nil where there is none.
func (d *Document) variable(id string) *variable {
	n, known := d.variables.ids.of(id)
	if !known || !d.variables.at(n).there {
		return nil
	}
	return d.variables.at(n)
}

// linker finds faults. done holds the definitions and sets that others refer to;
// one that is met again while it is being looked at rests on itself.
type linker struct {
	d        *Document
	done     map[any]error
	patterns map[string]*pattern
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

func (l *linker) test(id string, t *test) error {
	if t.kind == "unknown" {
		return nil
	}
	o := l.d.objects.at(t.object)
	if !o.there {
		return fmt.Errorf("test %.100q: %w: object %.100q", id, ErrReference, l.d.objects.id(t.object))
	}
	if o.kind != t.kind {
		return fmt.Errorf("test %.100q: %w: object %.100q is a %.40s_object", id, ErrReference, l.d.objects.id(t.object), o.kind)
	}
	if err := l.object(t.object); err != nil {
		return fmt.Errorf("test %.100q: %w", id, err)
	}
	for _, n := range l.d.statesOf(t) {
		if err := l.state(n, t.kind); err != nil {
			return fmt.Errorf("test %.100q: %w", id, err)
		}
	}
	return nil
}

func (l *linker) state(n uint32, kind string) error {
	s, id := l.d.states.at(n), l.d.states.id(n)
	if !s.there {
		return fmt.Errorf("%w: state %.100q", ErrReference, id)
	}
	if s.kind != kind {
		return fmt.Errorf("%w: state %.100q is a %.40s_state", ErrReference, id, s.kind)
	}
	if s.fault != nil {
		return fmt.Errorf("state %.100q: %w", id, s.fault)
	}
	return l.entities(s.entities, kind, "state", id)
}

func (l *linker) entities(all []entity, kind, what, id string) error {
	for i := range all {
		e := &all[i]
		if !hasField(kind, e.name) {
			return fmt.Errorf("%s %.100q: %w: entity %.40q", what, id, ErrUnsupported, e.name)
		}
		if fault := e.unusual().fault; fault != nil {
			return fmt.Errorf("%s %.100q: %s: %w", what, id, e.name, fault)
		}
	}
	return nil
}

// object finds the fault of an object: that of one without a set once for all
// the tests that look at it.
func (l *linker) object(n uint32) error {
	o := l.d.objects.at(n)
	if o.linked {
		return o.wrong
	}
	id := l.d.objects.id(n)
	err := l.alone(o, id)
	if o.set == nil {
		o.linked, o.wrong = true, err
	}
	if err != nil || o.set == nil {
		return err
	}
	return l.once(o, func() error { return l.set(o.set, o.kind) })
}

// alone finds the fault of an object apart from its set.
func (l *linker) alone(o *object, id string) error {
	if o.fault != nil {
		return fmt.Errorf("object %.100q: %w", id, o.fault)
	}
	if err := l.entities(o.entities, o.kind, "object", id); err != nil {
		return err
	}
	if err := o.check(); err != nil {
		return fmt.Errorf("object %.100q: %w", id, err)
	}
	return l.filters(o.filters, o.kind)
}

// check finds what is missing in an object, or used in a way that is not
// evaluated here.
func (o *object) check() error {
	if o.set != nil {
		return nil
	}
	for i := range o.entities {
		e := &o.entities[i]
		if e.isNil && e.name != "filename" && (o.kind != "registry" || e.name == "hive") {
			return fmt.Errorf("%w: nil entity %s", ErrUnsupported, e.name)
		}
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
		if v := o.entity("var_ref"); v == nil || v.unusual().varRef == "" {
			return fmt.Errorf("%w: no variable", ErrReference)
		}
		return nil
	case "registry":
		if err := want("hive", "key"); err != nil {
			return err
		}
		return o.checkRegistry()
	case "textfilecontent54":
		if err := want("pattern", "instance"); err != nil {
			return err
		}
		if op := o.entity("pattern").op; op != "pattern match" {
			return fmt.Errorf("%w: operation %.40q on pattern", ErrUnsupported, op)
		}
		if name := o.entity("filename"); o.entity("filepath") == nil && (name == nil || name.isNil) {
			return fmt.Errorf("%w: no entity filename", ErrReference)
		}
		return o.checkFile()
	case "file":
		return o.checkFile()
	default:
		return nil
	}
}

func (o *object) checkFile() error {
	folder := o.entity("path")
	switch {
	case o.behaviors.view == inventory.View32:
		return fmt.Errorf("%w: windows_view of files", ErrUnsupported)
	case o.entity("filepath") != nil:
		return nil
	case folder == nil:
		return fmt.Errorf("%w: no entity path", ErrReference)
	case o.behaviors.up && !folder.isLiteral():
		return fmt.Errorf("%w: recursion up from a pattern", ErrUnsupported)
	default:
		return nil
	}
}

func (o *object) checkRegistry() error {
	for i := range o.entities {
		e := &o.entities[i]
		if !e.isLiteral() {
			return fmt.Errorf("%w: operation %.40q on %s", ErrUnsupported, e.op, e.name)
		}
	}
	for _, h := range o.entity("hive").values {
		for _, k := range o.entity("key").values {
			if _, err := inventory.CleanKey(h + `\` + k); err != nil || inventory.IsPattern(k) {
				return fmt.Errorf("%w: registry key %.100q of %.40q", ErrUnsupported, k, h)
			}
		}
	}
	return nil
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
	for _, n := range s.objects {
		o := l.d.objects.at(n)
		if !o.there || o.kind != kind {
			return fmt.Errorf("%w: object %.100q in a set of %s", ErrReference, l.d.objects.id(n), kind)
		}
		if err := l.object(n); err != nil {
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
		if !def.hasCriteria {
			return nil // it says nothing: not evaluated
		}
		return l.criteria(def.root)
	})
}

func (l *linker) criteria(c node) error {
	switch c.what {
	case isTest:
		t := l.d.tests.at(c.of)
		if !t.there {
			return fmt.Errorf("%w: test %.100q", ErrReference, l.d.tests.id(c.of))
		}
		return t.fault
	case isDefinition:
		def := *l.d.definitions.at(c.of)
		if def == nil {
			return fmt.Errorf("%w: definition %.100q", ErrReference, l.d.definitions.id(c.of))
		}
		if err := l.definition(def); err != nil {
			return fmt.Errorf("definition %.100q: %w", def.ID, err)
		}
		return nil
	default:
		for _, inner := range l.d.in(c) {
			if err := l.criteria(inner); err != nil {
				return err
			}
		}
		return nil
	}
}
