package strictjson

import (
	"encoding"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/fettle-dev/fettle/internal/jsonscan"
)

// Fault is one thing that is wrong with a text.
type Fault struct {
	Path  string // "" is the whole text
	Value string // what stands there, cut short
	Rule  string
}

// Limits bound a reading. What lies past one of them is a fault.
type Limits struct {
	Bytes  int // of the text
	Values int // members and items in all
}

// maxFaults bounds what one reading reports.
const maxFaults = 100

// Hook reads a value of one type in a form of its own. raw is valid JSON.
type Hook func(raw []byte) (any, error)

// Read reads data into the struct that into points to. It follows the json
// tags: a field without omitempty or omitzero has to be there. Hooks, by type,
// go before a type's own methods. Types with UnmarshalJSON see their part of
// the text and are trusted to refuse what they do not know.
//
// It returns every fault, in the order of the text; into holds what could be
// read.
func Read(data []byte, into any, limits Limits, hooks map[reflect.Type]Hook) []Fault {
	r := &reader{data: data, left: limits.Values, hooks: hooks}
	if len(data) > limits.Bytes {
		r.fail("", "", fmt.Sprintf("want at most %d bytes, found %d", limits.Bytes, len(data)))
		return r.faults
	}
	s, err := jsonscan.New(data)
	if err == nil {
		r.s = s
		err = r.value("", reflect.ValueOf(into).Elem())
	}
	if err == nil {
		err = s.Close()
	}
	if err != nil && !errors.Is(err, errTooMany) {
		r.fail("", "", "not JSON: "+strings.ReplaceAll(err.Error(), "jsonscan: ", ""))
	}
	return r.faults
}

var errTooMany = errors.New("too many values")

type reader struct {
	data   []byte
	s      *jsonscan.Scanner
	left   int
	hooks  map[reflect.Type]Hook
	faults []Fault
}

func (r *reader) fail(path, value, rule string) {
	if len(r.faults) < maxFaults {
		r.faults = append(r.faults, Fault{Path: path, Value: shown(value), Rule: rule})
	}
}

// shown is JSON as messages show it: short, and text without its quotes.
func shown(value string) string {
	var text string
	if json.Unmarshal([]byte(value), &text) == nil {
		value = text
	}
	const most = 80
	if len(value) > most {
		value = strings.ToValidUTF8(value[:most], "") + "..."
	}
	return value
}

// raw skips the next value and returns its text.
func (r *reader) raw() ([]byte, error) {
	r.s.Kind() // skips white space
	start := r.s.Offset()
	if err := r.s.Skip(); err != nil {
		return nil, err
	}
	return r.data[start:r.s.Offset()], nil
}

// refuse records a fault about the next value and skips it.
func (r *reader) refuse(path, rule string) error {
	raw, err := r.raw()
	if err == nil {
		r.fail(path, string(raw), rule)
	}
	return err
}

func textType() reflect.Type { return reflect.TypeFor[encoding.TextUnmarshaler]() }
func jsonType() reflect.Type { return reflect.TypeFor[json.Unmarshaler]() }

// value reads the next value into v. Its error is one of the text as JSON,
// after which nothing more can be read.
func (r *reader) value(path string, v reflect.Value) error {
	if r.left--; r.left < 0 {
		r.fail(path, "", "too many values in one text")
		return errTooMany
	}
	t := v.Type()
	hook := r.hooks[t]
	kind := r.s.Kind()
	switch {
	case kind == jsonscan.Null:
		return r.refuse(path, "null states nothing: leave the member out")
	case hook != nil:
		return r.leaf(path, v, func(raw []byte) (any, error) { return hook(raw) })
	case t == reflect.TypeFor[time.Time]():
		return r.instant(path, v)
	case t == reflect.TypeFor[json.RawMessage]():
		return r.leaf(path, v, func(raw []byte) (any, error) { return json.RawMessage(slices.Clone(raw)), nil })
	case t.Kind() == reflect.Pointer:
		v.Set(reflect.New(t.Elem()))
		return r.value(path, v.Elem())
	case reflect.PointerTo(t).Implements(jsonType()):
		return r.leaf(path, v, func(raw []byte) (any, error) {
			return nil, v.Addr().Interface().(json.Unmarshaler).UnmarshalJSON(raw)
		})
	case reflect.PointerTo(t).Implements(textType()):
		return r.text(path, func(text []byte) error {
			return v.Addr().Interface().(encoding.TextUnmarshaler).UnmarshalText(text)
		})
	}
	return r.plain(path, v)
}

func (r *reader) plain(path string, v reflect.Value) error {
	switch v.Kind() {
	case reflect.Struct:
		return r.object(path, v)
	case reflect.Map:
		return r.table(path, v)
	case reflect.Slice:
		if v.Type().Elem() == reflect.TypeFor[byte]() {
			return r.text(path, func(text []byte) error {
				b, err := base64.StdEncoding.Strict().DecodeString(string(text))
				if err != nil {
					return errors.New("want bytes in base64")
				}
				v.SetBytes(b)
				return nil
			})
		}
		return r.list(path, v)
	case reflect.String:
		return r.text(path, func(text []byte) error { v.SetString(string(text)); return nil })
	case reflect.Bool:
		return r.leaf(path, v, func(raw []byte) (any, error) {
			if string(raw) != "true" && string(raw) != "false" {
				return nil, errors.New("want true or false")
			}
			v.SetBool(string(raw) == "true")
			return nil, nil
		})
	default:
		return r.leaf(path, v, func(raw []byte) (any, error) { return nil, number(raw, v) })
	}
}

func number(raw []byte, v reflect.Value) error {
	switch {
	case v.CanInt():
		n, err := strconv.ParseInt(string(raw), 10, v.Type().Bits())
		if err != nil {
			return errors.New("want a whole number")
		}
		v.SetInt(n)
	case v.CanUint():
		n, err := strconv.ParseUint(string(raw), 10, v.Type().Bits())
		if err != nil {
			return errors.New("want a whole number, not below 0")
		}
		v.SetUint(n)
	default:
		return fmt.Errorf("no value of type %v can be read", v.Type())
	}
	return nil
}

// leaf reads a value whose text is judged as a whole. What read returns, if it
// is not nil, is put into v.
func (r *reader) leaf(path string, v reflect.Value, read func(raw []byte) (any, error)) error {
	raw, err := r.raw()
	if err != nil {
		return err
	}
	got, err := read(raw)
	if err != nil {
		r.fail(path, string(raw), rule(err))
	} else if got != nil {
		v.Set(reflect.ValueOf(got))
	}
	return nil
}

// instant reads an instant as RFC 3339 has it, and keeps it in UTC.
func (r *reader) instant(path string, v reflect.Value) error {
	return r.text(path, func(text []byte) error {
		at, err := time.Parse(time.RFC3339Nano, string(text))
		if err != nil || at.IsZero() {
			return errors.New("want an instant as in RFC 3339, such as 2026-03-02T09:00:00Z")
		}
		v.Set(reflect.ValueOf(at.UTC()))
		return nil
	})
}

func (r *reader) text(path string, read func(text []byte) error) error {
	if r.s.Kind() != jsonscan.String {
		return r.refuse(path, "want text")
	}
	text, err := r.s.Bytes()
	if err != nil {
		return err
	}
	if err := read(text); err != nil {
		r.fail(path, string(text), rule(err))
	}
	return nil
}

// rule is an error in the words of a rule, without the names of packages and
// without the value, which is told apart.
func rule(err error) string {
	text := err.Error()
	if i := strings.Index(text, "want "); i >= 0 {
		return text[i:]
	}
	for _, pkg := range []string{"rollout: ", "applicability: ", "schedule: ", "fettle: "} {
		text = strings.TrimPrefix(text, pkg)
	}
	return text
}
