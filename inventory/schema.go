package inventory

import (
	"bytes"
	"encoding"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"unicode/utf8"
)

// maxDepth bounds the nesting of a record's JSON. A record has six levels.
const maxDepth = 32

// schema is the shape of a type's JSON form, as far as it takes to tell its
// fields from others.
type schema struct {
	fields  map[string]member // of an object with named fields
	element *schema           // of an array's elements or a map's values
}

// member is one named field of an object.
type member struct {
	number int // from 0, within its object
	inner  *schema
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
		s := &schema{fields: make(map[string]member)}
		for field := range t.Fields() {
			name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
			s.fields[name] = member{len(s.fields), schemaOf(field.Type)}
		}
		return s
	default:
		return nil
	}
}

// walk goes over valid JSON and refuses what encoding/json lets pass: text that
// is not UTF-8, a field that occurs twice, a field in another case, nesting
// beyond maxDepth, lists that would take far more memory than their text.
// Fields that the schema does not know are given to unknown by their path.
type walk struct {
	text    []byte
	at      int
	path    []string
	most    int // elements of a list or fields of an object
	unknown func(path string)
}

func checkJSON(text []byte, s *schema, most int, unknown func(path string)) error {
	if !utf8.Valid(text) {
		return errors.New("it is not UTF-8")
	}
	w := walk{text: text, most: most, unknown: unknown}
	if err := w.value(s); err != nil {
		if len(w.path) > 0 {
			return &RecordError{Field: w.name(), Err: err}
		}
		return err
	}
	return nil
}

func (w *walk) name() string { return strings.Join(w.path, ".") }

func (w *walk) space() {
	for w.at < len(w.text) && strings.IndexByte(" \t\r\n", w.text[w.at]) >= 0 {
		w.at++
	}
}

// value walks over one value, which is valid JSON.
func (w *walk) value(s *schema) error {
	if w.space(); w.at >= len(w.text) {
		return ErrTruncated
	}
	switch w.text[w.at] {
	case '{':
		return w.object(s)
	case '[':
		return w.array(s)
	case '"':
		w.quoted()
	default:
		for w.at < len(w.text) && strings.IndexByte(",]} \t\r\n", w.text[w.at]) < 0 {
			w.at++
		}
	}
	return nil
}

func (w *walk) quoted() []byte {
	from := w.at
	for w.at++; w.at < len(w.text) && w.text[w.at] != '"'; w.at++ {
		if w.text[w.at] == '\\' {
			w.at++
		}
	}
	w.at = min(w.at+1, len(w.text))
	return w.text[from:w.at]
}

func (w *walk) object(s *schema) error {
	if len(w.path) >= maxDepth {
		return fmt.Errorf("%w: nested more than %d deep", ErrTooLarge, maxDepth)
	}
	var seen seenFields
	for w.at++; ; w.at++ { // past { and ,
		if w.space(); w.at >= len(w.text) {
			return ErrTruncated
		}
		if w.text[w.at] == '}' {
			w.at++
			return nil
		}
		inner, err := w.field(s, &seen)
		if err != nil {
			return err
		}
		w.space()
		w.at++ // :
		if err := w.value(inner); err != nil {
			return err
		}
		w.path = w.path[:len(w.path)-1]
		if w.space(); w.at < len(w.text) && w.text[w.at] == '}' {
			w.at++
			return nil
		}
	}
}

// seenFields are the fields that an object had so far: those that its schema
// knows by number, others by name.
type seenFields struct {
	known  uint64
	others map[string]bool
}

// add reports whether the field is new to the object.
func (s *seenFields) add(known *member, name string) bool {
	if known != nil && known.number < 64 {
		before := s.known
		s.known |= 1 << known.number
		return s.known != before
	}
	if s.others == nil {
		s.others = make(map[string]bool)
	}
	before := len(s.others)
	s.others[name] = true
	return len(s.others) > before
}

// field reads the name of a field, enters it into the path, and returns the
// schema of its value; it reports a field that s does not know.
func (w *walk) field(s *schema, seen *seenFields) (*schema, error) {
	name, err := fieldName(w.quoted())
	if err != nil {
		return nil, err
	}
	w.path = append(w.path, clipText(name))
	var known *member
	if s != nil {
		if m, ok := s.fields[name]; ok {
			known = &m
		}
	}
	switch fresh := seen.add(known, name); {
	case !fresh:
		return nil, errors.New("the field occurs twice")
	case len(seen.others) > w.most:
		return nil, fmt.Errorf("%w: more than %d fields", ErrTooLarge, w.most)
	case known != nil:
		return known.inner, nil
	case s == nil:
		return nil, nil
	case s.fields == nil: // a map
		return s.element, nil
	}
	for have := range s.fields {
		if strings.EqualFold(have, name) {
			return nil, fmt.Errorf("want %q: the case of field names counts", have)
		}
	}
	w.unknown(w.name())
	return nil, nil
}

func (w *walk) array(s *schema) error {
	if len(w.path) >= maxDepth {
		return fmt.Errorf("%w: nested more than %d deep", ErrTooLarge, maxDepth)
	}
	var inner *schema
	if s != nil {
		inner = s.element
	}
	w.path = append(w.path, "[]")
	count := 0
	for w.at++; ; w.at++ { // past [ and ,
		if w.space(); w.at >= len(w.text) {
			return ErrTruncated
		}
		if count++; count > w.most {
			return fmt.Errorf("%w: more than %d entries", ErrTooLarge, w.most)
		}
		if w.text[w.at] != ']' {
			if err := w.value(inner); err != nil {
				return err
			}
			w.space()
		}
		if w.at < len(w.text) && w.text[w.at] == ']' {
			w.at++
			w.path = w.path[:len(w.path)-1]
			return nil
		}
	}
}

// fieldName gives the text of a quoted field name.
func fieldName(quoted []byte) (string, error) {
	if len(quoted) >= 2 && bytes.IndexByte(quoted, '\\') < 0 {
		return string(quoted[1 : len(quoted)-1]), nil
	}
	var name string
	err := json.Unmarshal(quoted, &name)
	return name, err
}

func clipText(s string) string {
	const most = 80
	if len(s) > most {
		return s[:most] + "…"
	}
	return s
}
