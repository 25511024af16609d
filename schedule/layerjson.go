package schedule

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/fettle-dev/fettle/internal/spelling"
)

// LayerVersion is the version of the layer's file form that this package
// writes. A file of a newer version is refused, never half understood.
const LayerVersion = 1

// Bounds on one layer file. A file past them is refused.
const (
	maxLayerBytes   = 1 << 20
	maxLayerEntries = 20_000 // statements
	maxFieldErrors  = 100    // reported for one file
)

// ParseLayer reads a layer from its JSON form. file is a name for messages.
//
// The form is an object with version (1), level, name, and optionally priority,
// hosts, where, note, locks and the sections that Fields lists, each an object
// of named objects:
//
//	{"version": 1, "level": "site", "name": "london",
//	 "hosts": ["site=london"],
//	 "windows": {"night": "weekdays 22:00 for 8h Europe/London"},
//	 "rules": {"security": {"hard": "7d", "windows": ["night"]}},
//	 "locks": {"rules.security.hard": "may-tighten"}}
//
// In windows, cycles and assess a text in place of the inner object states its
// first field. A field that is not in the schema, a name twice in one object, null, and
// anything after the object are errors: a policy that is half understood is
// worse than none. Every error found is returned, joined, each a *FieldError;
// then the layer is nil. The file may have up to one MiB.
func ParseLayer(file string, data []byte) (*Layer, error) {
	r := &layerReader{file: file, layer: &Layer{File: file}}
	if len(data) > maxLayerBytes {
		r.fail("", "", fmt.Sprintf("want at most %d bytes, found %d", maxLayerBytes, len(data)), ErrInvalid)
		return nil, errors.Join(r.errs...)
	}
	r.read(data)
	if len(r.errs) > 0 {
		return nil, errors.Join(r.errs...)
	}
	return r.layer, nil
}

type layerReader struct {
	file  string
	layer *Layer
	count int
	errs  []error
}

func (r *layerReader) fail(field, value, rule string, err error) {
	if len(r.errs) < maxFieldErrors {
		r.errs = append(r.errs, &FieldError{File: r.file, Field: field, Value: shorten(unquoted(value)), Rule: rule, Err: err})
	}
}

// unquoted is JSON as messages show it: text without its quotes.
func unquoted(value string) string {
	var text string
	if json.Unmarshal([]byte(value), &text) == nil {
		return text
	}
	return value
}

// member is one name and value of a JSON object.
type member struct {
	name string
	raw  json.RawMessage
}

// object returns the members of a JSON object in their order. Failures are
// recorded.
func (r *layerReader) object(path string, raw []byte) []member {
	dec := json.NewDecoder(bytes.NewReader(raw))
	start, err := dec.Token()
	if err != nil || start != json.Delim('{') {
		r.fail(path, string(raw), "want a JSON object", ErrInvalid)
		return nil
	}
	var all []member
	seen := map[string]bool{}
	for dec.More() {
		name, err := dec.Token()
		var m member
		if err == nil {
			m.name, _ = name.(string)
			err = dec.Decode(&m.raw)
		}
		if err != nil {
			r.fail(path, "", "not JSON: "+err.Error(), ErrInvalid)
			return nil
		}
		if seen[m.name] {
			r.fail(join(path, m.name), string(m.raw), "stated twice in one object", ErrInvalid)
		}
		seen[m.name] = true
		if r.count++; r.count > maxLayerEntries {
			r.fail(path, "", fmt.Sprintf("want at most %d statements in a file", maxLayerEntries), ErrInvalid)
			return nil
		}
		all = append(all, m)
	}
	if _, err := dec.Token(); err != nil {
		r.fail(path, "", "not JSON: "+err.Error(), ErrInvalid)
		return nil
	}
	if rest := bytes.TrimSpace(raw[dec.InputOffset():]); len(rest) > 0 {
		r.fail(path, string(rest), "want nothing after the object", ErrInvalid)
	}
	return all
}

func join(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

func (r *layerReader) read(data []byte) {
	members := r.object("", data)
	if len(r.errs) > 0 {
		return
	}
	// The version is judged first: what a newer one means is not guessed at.
	version := 0
	for _, m := range members {
		if m.name == "version" {
			_ = json.Unmarshal(m.raw, &version)
		}
	}
	if version != LayerVersion {
		r.fail("version", strconv.Itoa(version), fmt.Sprintf("want %d", LayerVersion), ErrInvalid)
		return
	}
	sections := r.layer.sections()
	for _, m := range members {
		if m.name == "version" {
			continue
		}
		i := slices.IndexFunc(sections, func(s section) bool { return s.name == m.name })
		if i >= 0 {
			r.section(sections[i], m.raw)
			continue
		}
		r.header(m)
	}
	if r.layer.Level == LevelUnknown {
		r.fail("level", "", "required: global, organisation, site, group or host", ErrMissing)
	}
	if r.layer.Name == "" {
		r.fail("name", "", "required", ErrMissing)
	}
	r.locks()
}

func (r *layerReader) header(m member) {
	l := r.layer
	var into any
	var want string
	switch m.name {
	case "level":
		into, want = &l.Level, "want global, organisation, site, group or host"
	case "name":
		into, want = &l.Name, "want text"
	case "priority":
		into, want = &l.Priority, "want a whole number"
	case "hosts":
		into, want = &l.Hosts, "want a list of selectors: "+strings.TrimPrefix(errSelector.Error(), "want ")
	case "where":
		into, want = &l.Where, "want text"
	case "note":
		into, want = &l.Note, "want text"
	case "locks":
		into, want = &l.Locks, "want an object of field paths with free, may-tighten or locked"
	default:
		r.fail(m.name, string(m.raw), "no such field; "+r.nearest("", m.name), ErrUnknownField)
		return
	}
	if err := json.Unmarshal(m.raw, into); err != nil || string(m.raw) == "null" {
		r.fail(m.name, string(m.raw), want, ErrInvalid)
	}
}

func (r *layerReader) section(s section, raw []byte) {
	for _, thing := range r.object(s.name, raw) {
		if rule := checkName(thing.name); rule != "" {
			r.fail(s.name, thing.name, rule, ErrInvalid)
			continue
		}
		path := s.name + "." + thing.name
		fields := s.entries(thing.name, true)
		members := []member{{name: fields[0].path[len(path)+1:], raw: thing.raw}}
		if !s.short || thing.raw[0] != '"' {
			members = r.object(path, thing.raw)
		}
		for _, m := range members {
			i := slices.IndexFunc(fields, func(e entry) bool { return e.path == path+"."+m.name })
			if i < 0 {
				r.fail(path+"."+m.name, string(m.raw), "no such field; "+r.nearest(s.name, m.name), ErrUnknownField)
				continue
			}
			if err := fields[i].leaf.decode(m.raw); err != nil {
				r.failed(fields[i].path, string(m.raw), err)
			}
		}
	}
}

// failed records err, keeping what a value's own reader found.
func (r *layerReader) failed(path, value string, err error) {
	if inner, ok := errors.AsType[*FieldError](err); ok {
		rule := inner.Rule
		if inner.Field != "" {
			path = join(path, inner.Field)
		}
		r.fail(path, value, rule, errors.Join(ErrInvalid, err))
		return
	}
	r.fail(path, value, strings.TrimPrefix(err.Error(), "schedule: "), ErrInvalid)
}

// checkName returns the rule that a key of a section breaks, or "".
func checkName(name string) string {
	if name == "" || len(name) > 64 || strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
		return "want a name of lower-case letters, digits, - and _, at most 64"
	}
	return ""
}

// nearest names the known fields of a place, the likeliest first where one is
// a slip of the pen away.
func (r *layerReader) nearest(section, name string) string {
	var known []string
	if section == "" {
		known = []string{"version", "level", "name", "priority", "hosts", "where", "note", "locks"}
		for _, s := range r.layer.sections() {
			known = append(known, s.name)
		}
	} else {
		for _, f := range Fields() {
			if rest, ok := strings.CutPrefix(f.Path, section+".*."); ok {
				known = append(known, rest)
			}
		}
	}
	return spelling.Hint(known, name)
}

// locks checks the paths of locks against the schema.
func (r *layerReader) locks() {
	for _, path := range slices.Sorted(maps.Keys(r.layer.Locks)) {
		if !lockable(path) {
			r.fail("locks", path, "want the path of a field, such as rules.security.hard, or the part of one before a dot",
				ErrUnknownField)
		}
	}
}

func lockable(path string) bool {
	parts := strings.Split(path, ".")
	pattern := parts[0]
	if len(parts) > 1 {
		if checkName(parts[1]) != "" {
			return false
		}
		pattern += ".*"
	}
	if len(parts) > 2 {
		pattern += "." + strings.Join(parts[2:], ".")
	}
	return slices.ContainsFunc(Fields(), func(f FieldInfo) bool {
		return f.Path == pattern || strings.HasPrefix(f.Path, pattern+".")
	})
}

// MarshalJSON returns the form that ParseLayer reads, fields in the order of
// the schema.
func (l *Layer) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	fmt.Fprintf(&b, `{"version":%d`, LayerVersion)
	for _, h := range []struct {
		name  string
		value any
		skip  bool
	}{
		{"level", l.Level, false},
		{"name", l.Name, false},
		{"priority", l.Priority, l.Priority == 0},
		{"hosts", l.Hosts, len(l.Hosts) == 0},
		{"where", l.Where, l.Where == ""},
		{"note", l.Note, l.Note == ""},
		{"locks", l.Locks, len(l.Locks) == 0},
	} {
		if h.skip {
			continue
		}
		text, err := json.Marshal(h.value)
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(&b, `,%q:%s`, h.name, text)
	}
	for _, s := range l.sections() {
		if err := writeSection(&b, s); err != nil {
			return nil, err
		}
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}

func writeSection(b *bytes.Buffer, s section) error {
	names := s.names()
	if len(names) == 0 {
		return nil
	}
	fmt.Fprintf(b, `,%q:{`, s.name)
	for i, name := range names {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(b, `%q:{`, name)
		first := true
		for _, e := range s.entries(name, false) {
			if e.leaf.presence() == notStated {
				continue
			}
			text, err := e.leaf.encode()
			if err != nil {
				return err
			}
			if !first {
				b.WriteByte(',')
			}
			first = false
			fmt.Fprintf(b, `%q:%s`, e.path[len(s.name)+len(name)+2:], text)
		}
		b.WriteByte('}')
	}
	b.WriteByte('}')
	return nil
}
