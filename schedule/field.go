package schedule

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/fettle-dev/fettle/internal/enum"
)

// Field is one statement that a layer may make. The zero value is a statement
// not made. "inherit" is a statement that the layers above decide; it has no
// effect but to say so.
type Field[T any] struct {
	value T
	state fieldState
}

type fieldState uint8

const (
	notStated fieldState = iota
	inherited
	stated
)

// Stated returns the statement of v.
func Stated[T any](v T) Field[T] { return Field[T]{value: v, state: stated} }

// Inherit returns the statement that the layers above decide.
func Inherit[T any]() Field[T] { return Field[T]{state: inherited} }

// Value returns the stated value and true, or the zero value and false where
// nothing, or "inherit", is stated.
func (f Field[T]) Value() (T, bool) { return f.value, f.state == stated }

// leaf is what merging, reading and writing see of a Field of any type.
type leaf interface {
	presence() fieldState
	decode(raw []byte) error
	encode() ([]byte, error)
	take(from leaf)
	rank() any // what directions compare
}

func (f *Field[T]) presence() fieldState { return f.state }

func (f *Field[T]) decode(raw []byte) error {
	if string(raw) == `"inherit"` {
		*f = Inherit[T]()
		return nil
	}
	if string(raw) == "null" {
		return errors.New(`null states nothing; leave the field out or write "inherit"`)
	}
	var v T
	dec := json.NewDecoder(bytes.NewReader(raw))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&v); err != nil {
		return plainer[T](err)
	}
	*f = Stated(v)
	return nil
}

// plainer turns a decoder's complaint about a type into words of the policy.
func plainer[T any](err error) error {
	var wrongType *json.UnmarshalTypeError
	if !errors.As(err, &wrongType) {
		return err
	}
	var v T
	switch any(v).(type) {
	case bool:
		return errors.New("want true or false")
	case int:
		return errors.New("want a whole number")
	case time.Time:
		return errors.New("want an instant as in RFC 3339, such as 2026-03-01T00:00:00Z")
	case []string:
		return errors.New("want a list of names")
	case string, Limit:
		return errors.New("want text")
	default:
		return fmt.Errorf("want something else than a JSON %s", wrongType.Value)
	}
}

func (f *Field[T]) encode() ([]byte, error) {
	if f.state == inherited {
		return []byte(`"inherit"`), nil
	}
	if w, ok := any(f.value).(Window); ok {
		return json.Marshal(w.String()) // as people write it
	}
	return json.Marshal(f.value)
}

func (f *Field[T]) take(from leaf) {
	if g, ok := from.(*Field[T]); ok {
		*f = *g
	}
}

func (f *Field[T]) rank() any { return f.value }

// direction says which of two values of a field is the tighter one, for locks
// that let lower layers only tighten.
type direction uint8

const (
	fixed  direction = iota // no value is tighter than another: may-tighten acts as locked
	less                    // the smaller number or the earlier instant
	more                    // the larger number or the later instant
	fewer                   // a subset of the names; no name is the tightest
	some                    // a subset of the names, but not none of some: none has another meaning
	among                   // a subset of the names; none stands for every name
	longer                  // a superset of the names
	off                     // false
	on                      // true
)

var directionWords = enum.Words{Kind: "schedule: direction", Words: []string{
	"no direction", "less is tighter", "more is tighter", "a subset is tighter",
	"a subset is tighter, but for the empty one", "a subset is tighter, none being every name",
	"a superset is tighter", "false is tighter", "true is tighter",
}}

func (d direction) String() string { return directionWords.Word(uint8(d)) }

// tightens reports whether lower is at least as tight as upper. Both come from
// fields of the same type.
func (d direction) tightens(upper, lower any) bool {
	switch u := upper.(type) {
	case Limit:
		return d.admits(lower.(Limit).compare(u))
	case Count:
		return d.admits(lower.(Count).compare(u))
	case time.Time:
		return d.admits(lower.(time.Time).Compare(u))
	case []string:
		return d.narrows(u, lower.([]string))
	case bool:
		return d == off && (u || !lower.(bool)) || d == on && (!u || lower.(bool))
	case RestartMode:
		return d.admits(int(lower.(RestartMode)) - int(u))
	case Term:
		return d.admits(int(lower.(Term)) - int(u))
	default:
		return false
	}
}

// narrows is tightens for lists of names.
func (d direction) narrows(upper, lower []string) bool {
	switch d {
	case fewer:
		return within(lower, upper)
	case some:
		return within(lower, upper) && (len(lower) > 0 || len(upper) == 0)
	case among:
		return len(upper) == 0 || len(lower) > 0 && within(lower, upper)
	case longer:
		return within(upper, lower)
	default:
		return false
	}
}

func (d direction) admits(order int) bool {
	return d == less && order <= 0 || d == more && order >= 0
}

func within(part, whole []string) bool {
	return !slices.ContainsFunc(part, func(name string) bool { return !slices.Contains(whole, name) })
}
