package rollout

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"strconv"

	"github.com/fettle-dev/fettle/applicability"
	"github.com/fettle-dev/fettle/rollout/internal/strictjson"
)

// ErrInvalid is wrapped by every Problem that is not a warning. Mend what it
// names.
var ErrInvalid = errors.New("rollout: invalid")

// Problem is one thing about a spec, a configuration, a template or a message
// that has to be mended or, if it is a warning, that its author should know.
//
//nolint:errname // what Validate reports; an error so that it prints and unwraps as one
type Problem struct {
	File string `json:"file,omitempty"` // as the caller named it; "" where there is none
	// Path is the place: rings[1].gates[0].rate.limit. "" is the whole.
	Path  string `json:"path"`
	Value string `json:"value,omitempty"` // what stands there; "" if nothing does
	Rule  string `json:"rule"`            // what was broken, in words
	// Warning: the thing can be used as it is.
	Warning bool `json:"warning,omitempty"`
}

// Error names file, path, value and rule.
func (p *Problem) Error() string {
	text := p.Rule
	if p.Value != "" {
		text = fmt.Sprintf("%q: %s", p.Value, p.Rule)
	}
	if p.Path != "" {
		text = p.Path + ": " + text
	}
	if p.File != "" {
		text = p.File + ": " + text
	}
	if p.Warning {
		text = "warning: " + text
	}
	return text
}

// Unwrap returns ErrInvalid, or nil for a warning.
func (p *Problem) Unwrap() error {
	if p.Warning {
		return nil
	}
	return ErrInvalid
}

// Problems are everything that was found, in the order of the fields.
type Problems []*Problem

// Err returns nil if there are only warnings, else an error that joins the
// Problems that are none.
func (p Problems) Err() error {
	var errs []error
	for _, one := range p {
		if !one.Warning {
			errs = append(errs, one)
		}
	}
	return errors.Join(errs...)
}

// Warnings returns those that do not keep the thing from being used.
func (p Problems) Warnings() Problems {
	var all Problems
	for _, one := range p {
		if one.Warning {
			all = append(all, one)
		}
	}
	return all
}

// In returns the problems with the name of the file that they are about.
func (p Problems) In(file string) Problems {
	all := make(Problems, 0, len(p))
	for _, one := range p {
		named := *one
		named.File = file
		all = append(all, &named)
	}
	return all
}

// finder collects problems.
type finder struct{ found Problems }

func (f *finder) refuse(path, value, rule string, args ...any) {
	f.found = append(f.found, &Problem{Path: path, Value: shorten(value), Rule: fmt.Sprintf(rule, args...)})
}

func (f *finder) warn(path, value, rule string, args ...any) {
	f.refuse(path, value, rule, args...)
	f.found[len(f.found)-1].Warning = true
}

// shorten keeps a value short enough for a message.
func shorten(text string) string {
	const most = 80
	if len(text) <= most {
		return text
	}
	return text[:most] + "..."
}

// parse reads the JSON of a T strictly. The error joins a *Problem for each
// fault.
func parse[T any](file string, data []byte, limits strictjson.Limits) (*T, error) {
	v := new(T)
	faults := strictjson.Read(data, v, limits, map[reflect.Type]strictjson.Hook{
		reflect.TypeFor[applicability.Footprint](): readFootprint,
	})
	var found Problems
	for _, f := range faults {
		found = append(found, &Problem{File: file, Path: f.Path, Value: f.Value, Rule: f.Rule})
	}
	if err := found.Err(); err != nil {
		return nil, err
	}
	return v, nil
}

// readFootprint reads a footprint in its JSON form, or in its text form as a
// JSON string, which is how people write it.
func readFootprint(raw []byte) (any, error) {
	var f applicability.Footprint
	if raw[0] != '"' {
		return f, f.UnmarshalJSON(raw)
	}
	text, err := jsonText(raw)
	if err != nil {
		return nil, err
	}
	return applicability.ParseFootprint(text)
}

func jsonText(raw []byte) (string, error) {
	var text string
	err := json.Unmarshal(raw, &text)
	return text, err
}

// parseMessage reads a message that is not sealed.
func parseMessage[T any](kind string, data []byte, size int) (*T, error) {
	return parse[T](kind, data, strictjson.Limits{Bytes: size, Values: size / 4})
}

// hostsOf counts hosts for people.
func hostsOf(n int) string {
	if n == 1 {
		return "1 host"
	}
	return strconv.Itoa(n) + " hosts"
}
