package strictjson

import (
	"cmp"
	"encoding"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/internal/jsonscan"
	"github.com/fettle-dev/fettle/internal/spelling"
)

// field is a member that a struct knows.
type field struct {
	name     string
	index    []int
	required bool
}

// fields returns the members of a struct, those of embedded structs included.
func fields(t reflect.Type) []field {
	var all []field
	for f := range t.Fields() {
		if f.Anonymous && f.Tag.Get("json") == "" {
			for _, inner := range fields(f.Type) {
				inner.index = append(slices.Clone(f.Index), inner.index...)
				all = append(all, inner)
			}
			continue
		}
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name != "" && name != "-" {
			all = append(all, field{name, f.Index, !strings.Contains(options, "omit")})
		}
	}
	return all
}

// Names returns the members that a struct type has in JSON, and those of them
// that have to be there, in the order of the type: what a schema says, too.
func Names(t reflect.Type) (all, required []string) {
	for _, f := range fields(t) {
		all = append(all, f.name)
		if f.required {
			required = append(required, f.name)
		}
	}
	return all, required
}

func (r *reader) object(path string, v reflect.Value) error {
	if r.s.Kind() != jsonscan.Object {
		return r.refuse(path, "want an object")
	}
	known := fields(v.Type())
	seen := make([]bool, len(known))
	err := r.s.Object(func(name []byte) error {
		i := slices.IndexFunc(known, func(f field) bool { return f.name == string(name) })
		if i < 0 {
			var names []string
			for _, f := range known {
				names = append(names, f.name)
			}
			hint := cmp.Or(spelling.Hint(names, string(name)), "there are none here")
			return r.refuse(join(path, string(name)), "no such member; "+hint)
		}
		seen[i] = true
		return r.value(join(path, known[i].name), v.FieldByIndex(known[i].index))
	})
	if err != nil {
		return err
	}
	for i, f := range known {
		if f.required && !seen[i] {
			r.fail(join(path, f.name), "", "it is missing")
		}
	}
	return nil
}

func (r *reader) table(path string, v reflect.Value) error {
	if r.s.Kind() != jsonscan.Object {
		return r.refuse(path, "want an object")
	}
	t := v.Type()
	v.Set(reflect.MakeMap(t))
	return r.s.Object(func(name []byte) error {
		at := join(path, string(name))
		key, value := reflect.New(t.Key()).Elem(), reflect.New(t.Elem()).Elem()
		if reader, ok := reflect.TypeAssert[encoding.TextUnmarshaler](key.Addr()); ok {
			if err := reader.UnmarshalText(name); err != nil {
				return r.refuse(at, rule(err))
			}
		} else {
			key.SetString(string(name))
		}
		err := r.value(at, value)
		v.SetMapIndex(key, value)
		return err
	})
}

func (r *reader) list(path string, v reflect.Value) error {
	if r.s.Kind() != jsonscan.Array {
		return r.refuse(path, "want a list")
	}
	v.Set(reflect.MakeSlice(v.Type(), 0, 0))
	return r.s.Array(func(i int) error {
		item := reflect.New(v.Type().Elem()).Elem()
		err := r.value(fmt.Sprintf("%s[%d]", path, i), item)
		v.Set(reflect.Append(v, item))
		return err
	})
}

func join(path, name string) string {
	if len(name) > 64 {
		name = strings.ToValidUTF8(name[:64], "") + "..."
	}
	if path == "" {
		return name
	}
	return path + "." + name
}
