package applicability

import (
	"encoding/json"
	"errors"
)

// errForeign is what a newer version may have added: an unknown member or
// word. The criterion it stands in is kept as Opaque.
var errForeign = errors.New("applicability: not known to this version")

// The criteria that catalogues are full of are read by hand: encoding/json
// takes several times as long and cannot tell an unknown member deep inside
// from a wrong type.

func readPackage(body []byte) (Package, error) {
	var c Package
	err := eachMember(body, func(name string, value []byte) error {
		switch name {
		case "type":
			return readString(value, &c.Type)
		case "name":
			return readString(value, &c.Name)
		case "source":
			return json.Unmarshal(value, &c.Source)
		case "arch":
			return readString(value, &c.Arch)
		case "module":
			return readString(value, &c.Module)
		case "range":
			return readRange(value, &c.Range)
		case "which":
			return readWord(value, &c.Which)
		default:
			return errForeign
		}
	})
	return c, err
}

func readOS(body []byte) (OS, error) {
	var c OS
	err := eachMember(body, func(name string, value []byte) error {
		switch name {
		case "attribute":
			return readString(value, (*string)(&c.Attribute))
		case "is":
			return readString(value, &c.Is)
		case "range":
			return readRange(value, &c.Range)
		default:
			return errForeign
		}
	})
	return c, err
}

func readRange(body []byte, r *Range) error {
	return eachMember(body, func(name string, value []byte) error {
		switch name {
		case "scheme":
			return readWord(value, &r.Scheme)
		case "intervals":
			return readIntervals(value, &r.Intervals)
		default:
			return errForeign
		}
	})
}

func readIntervals(body []byte, list *[]Interval) error {
	rest := skip(body, 0)
	if len(rest) == 0 || rest[0] != '[' {
		return json.Unmarshal(body, list) // null, or the error for a wrong type
	}
	for rest = rest[1:]; ; {
		rest = skip(rest, ',')
		if len(rest) == 0 || rest[0] == ']' {
			return nil
		}
		end := valueEnd(rest)
		var v Interval
		if err := readInterval(rest[:end], &v); err != nil {
			return err
		}
		*list = append(*list, v)
		rest = rest[end:]
	}
}

func readInterval(body []byte, v *Interval) error {
	return eachMember(body, func(name string, value []byte) error {
		switch name {
		case "low":
			return readString(value, &v.Low)
		case "lowExcluded":
			return json.Unmarshal(value, &v.LowExcluded)
		case "high":
			return readString(value, &v.High)
		case "highIncluded":
			return json.Unmarshal(value, &v.HighIncluded)
		default:
			return errForeign
		}
	})
}

// eachMember calls read for every member and says in which one it failed.
func eachMember(body []byte, read func(name string, value []byte) error) error {
	list, err := members(body)
	if err != nil {
		return err
	}
	foreign := false
	for _, m := range list {
		err := read(m.name, m.value)
		if errors.Is(err, errForeign) {
			foreign = true // the rest is still checked for wrong types
			continue
		}
		if err != nil {
			return within(m.name, err)
		}
	}
	if foreign {
		return errForeign
	}
	return nil
}

// readString reads a JSON string; most hold nothing that is escaped.
func readString(value []byte, s *string) error {
	if n := len(value); n >= 2 && value[0] == '"' && plainText(value[1:n-1]) {
		*s = string(value[1 : n-1])
		return nil
	}
	return json.Unmarshal(value, s)
}

// plainText reports whether text stands for itself in a JSON string.
func plainText(text []byte) bool {
	for _, c := range text {
		if c == '\\' || c == '"' || c < ' ' || c > '~' {
			return false
		}
	}
	return true
}

// readWord reads an enumeration; a word that it has not is foreign.
func readWord(value []byte, to interface{ UnmarshalText(text []byte) error }) error {
	var word string
	if err := readString(value, &word); err != nil {
		return err
	}
	if to.UnmarshalText([]byte(word)) != nil {
		return errForeign
	}
	return nil
}
