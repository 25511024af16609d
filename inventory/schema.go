package inventory

import (
	"encoding"
	"errors"
	"fmt"
	"reflect"
	"strings"

	"github.com/fettle-dev/fettle/internal/jsonscan"
)

// schema is the shape of a type's JSON form, as far as it takes to tell its
// fields from others.
type schema struct {
	fields  map[string]*schema // of an object with named fields
	element *schema            // of an array's elements or a map's values
}

func schemaOf(t reflect.Type) *schema {
	if reflect.PointerTo(t).Implements(reflect.TypeFor[encoding.TextUnmarshaler]()) { // a word, an instant
		return nil
	}
	switch t.Kind() {
	case reflect.Pointer:
		return schemaOf(t.Elem())
	case reflect.Slice, reflect.Map:
		return &schema{element: schemaOf(t.Elem())}
	case reflect.Struct:
		s := &schema{fields: make(map[string]*schema)}
		for field := range t.Fields() {
			name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
			s.fields[name] = schemaOf(field.Type)
		}
		return s
	default:
		return nil
	}
}

// walk goes over a record's JSON before it is decoded and refuses what
// encoding/json lets pass: text that is not UTF-8, a field that occurs twice or
// in another case, lists that would take far more memory than their text. Fields
// that the schema does not know are given to unknown by their path.
type walk struct {
	scan    *jsonscan.Scanner
	path    []string
	most    int // entries of a list or a map
	unknown func(path string)
}

// checkJSON walks over text; an error is a RecordError that names the field.
func checkJSON(text []byte, s *schema, most int, unknown func(path string)) error {
	scan, err := jsonscan.New(text)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrFormat, err)
	}
	w := walk{scan: scan, most: most, unknown: unknown}
	if err = w.value(s); err == nil {
		err = scan.Close()
	}
	switch {
	case err == nil:
		return nil
	case errors.Is(err, ErrTooLarge):
		return &RecordError{Field: w.name(), Err: err}
	default:
		return &RecordError{Field: w.name(), Err: fmt.Errorf("%w: %w", ErrFormat, err)}
	}
}

func (w *walk) name() string { return strings.Join(w.path, ".") }

func (w *walk) value(s *schema) error {
	if s == nil {
		return w.scan.Skip()
	}
	switch w.scan.Kind() {
	case jsonscan.Object:
		count := 0
		return w.scan.Object(func(name []byte) error {
			if count++; count > w.most {
				return fmt.Errorf("%w: more than %d fields", ErrTooLarge, w.most)
			}
			return w.field(s, name)
		})
	case jsonscan.Array:
		return w.array(s)
	default:
		return w.scan.Skip()
	}
}

func (w *walk) array(s *schema) error {
	w.path = append(w.path, "[]")
	err := w.scan.Array(func(i int) error {
		if i >= w.most {
			return fmt.Errorf("%w: more than %d entries", ErrTooLarge, w.most)
		}
		return w.value(s.element)
	})
	if err == nil {
		w.path = w.path[:len(w.path)-1]
	}
	return err
}

// field goes over one field; the path stays where an error is.
func (w *walk) field(s *schema, name []byte) error {
	inner, known := s.fields[string(name)]
	if s.fields == nil { // a map
		inner, known = s.element, true
	}
	w.path = append(w.path, clipText(string(name)))
	if !known {
		for have := range s.fields {
			if strings.EqualFold(have, string(name)) {
				return fmt.Errorf("want %q: the case of field names counts", have)
			}
		}
		w.unknown(w.name())
	}
	err := w.value(inner)
	if err == nil {
		w.path = w.path[:len(w.path)-1]
	}
	return err
}

func clipText(s string) string {
	const most = 80
	if len(s) > most {
		return s[:most] + "…"
	}
	return s
}
