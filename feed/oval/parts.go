package oval

import (
	"bytes"
	"cmp"
	"fmt"
	"strconv"

	"github.com/fettle-dev/fettle/inventory"
)

func (p *parser) object() error {
	id := p.s.Attr("id")
	o := p.d.objects.at(p.d.objects.number(id, &p.texts))
	*o = object{there: len(id) > 0, kind: p.shared(bytes.TrimSuffix(p.s.Name(), []byte("_object"))), fault: once(o.there)}
	for {
		more, err := p.s.Child()
		if err != nil || !more {
			return err
		}
		switch string(p.s.Name()) {
		case "set":
			o.set, err = p.set(0)
		case "filter":
			err = p.filter(&o.filters)
		case "behaviors":
			if wrong := p.behaviors(&o.behaviors); wrong != nil {
				o.fault = cmp.Or(o.fault, wrong)
			}
			err = p.s.Skip()
		case "notes":
			err = p.s.Skip()
		default:
			err = p.entity(&o.entities, true)
		}
		if err != nil {
			return err
		}
	}
}

// behaviors reads how an object looks for files and matches patterns. The
// defaults are those of the schema: no recursion, and where there is one, one
// without end.
func (p *parser) behaviors(b *behaviors) error {
	b.depth = -1
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
			b.up = value == "up"
		case "ignore_case":
			b.ignoreCase = value == "true" || value == "1"
		case "singleline":
			b.singleLine = value == "true" || value == "1"
		case "multiline":
			b.oneLine = value == "false" || value == "0"
		case "windows_view":
			switch value {
			case "32_bit":
				b.view = inventory.View32
			case "64_bit":
				b.view = inventory.View64
			default:
				return fmt.Errorf("%w: windows_view %.40q", ErrUnsupported, value)
			}
		case "recurse", "recurse_file_system", "filepaths", "nolinkto", "nomd5", "nosize", "nouser", "nogroup", "nomtime", "nomode", "nordev", "noconfigfiles", "noghostfiles":
		default:
			return fmt.Errorf("%w: behaviour %.40q", ErrUnsupported, name)
		}
	}
	if p.s.Attr("recurse_direction") == nil || string(p.s.Attr("recurse_direction")) == "none" {
		b.depth = 0
	}
	return nil
}

func (p *parser) filter(to *[]filter) error {
	f := filter{include: string(p.s.Attr("action")) == "include"}
	id, err := p.s.Content()
	f.state = p.d.states.number(id, &p.texts)
	*to = append(*to, f)
	return err
}

func (p *parser) set(depth int) (*set, error) {
	s := &set{op: p.word("set_operator")}
	if depth == maxCriteria {
		return s, p.s.Skip()
	}
	for {
		more, err := p.s.Child()
		if err != nil || !more {
			return s, err
		}
		switch string(p.s.Name()) {
		case "set":
			var inner *set
			inner, err = p.set(depth + 1)
			s.sets = append(s.sets, inner)
		case "object_reference":
			var id []byte
			id, err = p.s.Content()
			s.objects = append(s.objects, p.d.objects.number(id, &p.texts))
		case "filter":
			err = p.filter(&s.filters)
		default:
			err = p.s.Skip()
		}
		if err != nil {
			return s, err
		}
	}
}

func (p *parser) state() error {
	id := p.s.Attr("id")
	s := p.d.states.at(p.d.states.number(id, &p.texts))
	*s = state{there: len(id) > 0, kind: p.shared(bytes.TrimSuffix(p.s.Name(), []byte("_state"))), fault: once(s.there)}
	var ok bool
	if s.op, ok = operatorOf(p.s.Attr("operator")); !ok {
		s.fault = cmp.Or(s.fault, fmt.Errorf("%w: operator %.40q", ErrUnsupported, p.s.Attr("operator")))
	}
	for {
		more, err := p.s.Child()
		if err != nil || !more {
			return err
		}
		if string(p.s.Name()) == "notes" {
			err = p.s.Skip()
		} else {
			err = p.entity(&s.entities, false)
		}
		if err != nil {
			return err
		}
	}
}

func (p *parser) variable() error {
	id := p.s.Attr("id")
	v := p.d.variables.at(p.d.variables.number(id, &p.texts))
	*v = variable{there: len(id) > 0, datatype: cmp.Or(p.word("datatype"), "string"), fault: once(v.there)}
	if name := p.s.Name(); string(name) != "constant_variable" {
		v.fault = cmp.Or(v.fault, fmt.Errorf("%w: %s", ErrUnsupported, name))
		return p.s.Skip()
	}
	for {
		more, err := p.s.Child()
		if err != nil || !more {
			return err
		}
		if string(p.s.Name()) != "value" {
			err = p.s.Skip()
		} else {
			var value string
			value, err = p.content()
			v.values = append(v.values, value)
		}
		if err != nil {
			return err
		}
	}
}
