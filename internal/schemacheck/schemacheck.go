// Package schemacheck judges JSON by the part of JSON Schema (draft 2020-12)
// that the published schemas use. Tests hold schemas, types and readers
// together with it; it is no validator for anybody else.
package schemacheck

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
)

// Checker judges values by a set of schemas.
type Checker struct {
	files map[string]map[string]any
}

// New reads schemas, each under the name by which others refer to it: its $id,
// and the last part of it.
func New(schemas ...[]byte) (*Checker, error) {
	c := &Checker{files: map[string]map[string]any{}}
	for _, text := range schemas {
		var schema map[string]any
		if err := json.Unmarshal(text, &schema); err != nil {
			return nil, fmt.Errorf("schemacheck: %w", err)
		}
		id, _ := schema["$id"].(string)
		c.files[id] = schema
		c.files[id[strings.LastIndexByte(id, '/')+1:]] = schema
	}
	return c, nil
}

// Schema returns the schema of a name, or the definition def in it.
func (c *Checker) Schema(name, def string) map[string]any {
	s := c.files[name]
	if def == "" {
		return s
	}
	defs, _ := s["$defs"].(map[string]any)
	inner, _ := defs[def].(map[string]any)
	return inner
}

// Properties returns the names of the members that a schema knows, and those
// that it demands, sorted.
func Properties(schema map[string]any) (all, required []string) {
	properties, _ := schema["properties"].(map[string]any)
	list, _ := schema["required"].([]any)
	for _, name := range list {
		required = append(required, fmt.Sprint(name))
	}
	slices.Sort(required)
	return slices.Sorted(maps.Keys(properties)), required
}

// Generic returns v as encoding/json reads what it writes of it.
func Generic(v any) (any, error) {
	text, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	var out any
	return out, json.Unmarshal(text, &out)
}

// Check returns what is wrong with a value by the schema of a name, "" where
// nothing is. A keyword that it does not know is wrong, too, so that none is
// silently ignored.
func (c *Checker) Check(name string, value any) string {
	return c.node(name, c.files[name], value)
}

// CheckDef is Check for the definition def in the schema of a name.
func (c *Checker) CheckDef(name, def string, value any) string {
	return c.node(name, c.Schema(name, def), value)
}

func (c *Checker) node(file string, s map[string]any, value any) string {
	if s == nil {
		return file + " is no schema"
	}
	for _, keyword := range slices.Sorted(maps.Keys(s)) {
		if bad := c.keyword(file, s, keyword, value); bad != "" {
			return bad
		}
	}
	return ""
}

func (c *Checker) keyword(file string, s map[string]any, keyword string, value any) string {
	arg := s[keyword]
	switch keyword {
	case "$schema", "$id", "$defs", "title", "description", "format":
		return ""
	case "$ref":
		return c.follow(file, arg.(string), value)
	case "type":
		if got := typeOf(value); got != arg && (arg != "number" || got != "integer") {
			return fmt.Sprintf("%v is %s, want %v", value, got, arg)
		}
	case "enum":
		if !slices.Contains(arg.([]any), value) {
			return fmt.Sprintf("%v: want one of %v", value, arg)
		}
	case "pattern":
		if text, ok := value.(string); ok && !regexp.MustCompile(arg.(string)).MatchString(text) {
			return fmt.Sprintf("%q does not match %s", text, arg)
		}
	case "minLength", "minimum", "maximum", "minItems", "minProperties", "maxProperties":
		return measure(keyword, arg.(float64), value)
	default:
		return c.compound(file, s, keyword, value)
	}
	return ""
}

// measure judges the size of a value, if the keyword is about its type.
func measure(keyword string, want float64, value any) string {
	var size float64
	switch v := value.(type) {
	case string:
		if keyword != "minLength" {
			return ""
		}
		size = float64(len(v))
	case float64:
		if keyword != "minimum" && keyword != "maximum" {
			return ""
		}
		size = v
	case []any:
		if keyword != "minItems" {
			return ""
		}
		size = float64(len(v))
	case map[string]any:
		if !strings.HasSuffix(keyword, "Properties") {
			return ""
		}
		size = float64(len(v))
	default:
		return ""
	}
	if most := strings.HasPrefix(keyword, "max"); most && size > want || !most && size < want {
		return fmt.Sprintf("%s %v, found %v", keyword, want, size)
	}
	return ""
}

func (c *Checker) compound(file string, s map[string]any, keyword string, value any) string {
	arg := s[keyword]
	object, _ := value.(map[string]any)
	switch keyword {
	case "propertyNames":
		banned := arg.(map[string]any)["not"].(map[string]any)["enum"].([]any)
		for name := range object {
			if slices.Contains(banned, any(name)) {
				return name + " is a known kind"
			}
		}
	case "required":
		for _, name := range arg.([]any) {
			if _, ok := object[name.(string)]; !ok {
				return fmt.Sprintf("%v is missing", name)
			}
		}
	case "properties":
		for name, sub := range arg.(map[string]any) {
			if member, ok := object[name]; ok {
				if bad := c.node(file, sub.(map[string]any), member); bad != "" {
					return name + ": " + bad
				}
			}
		}
	case "additionalProperties":
		return c.additional(file, s, object)
	case "items":
		list, _ := value.([]any)
		for i, item := range list {
			if bad := c.node(file, arg.(map[string]any), item); bad != "" {
				return fmt.Sprintf("[%d]: %s", i, bad)
			}
		}
	case "oneOf":
		var bad []string
		for _, sub := range arg.([]any) {
			if b := c.node(file, sub.(map[string]any), value); b != "" {
				bad = append(bad, b)
			}
		}
		if len(bad) != len(arg.([]any))-1 {
			return fmt.Sprintf("%d of the kinds fit: %v", len(arg.([]any))-len(bad), bad)
		}
	default:
		return "the checker knows no keyword " + keyword
	}
	return ""
}

// additional judges the members that a schema does not name: there may be
// none, or they follow a schema of their own.
func (c *Checker) additional(file string, s, object map[string]any) string {
	properties, _ := s["properties"].(map[string]any)
	for _, name := range slices.Sorted(maps.Keys(object)) {
		if properties[name] != nil {
			continue
		}
		sub, ok := s["additionalProperties"].(map[string]any)
		if !ok {
			return "no member " + name
		}
		if bad := c.node(file, sub, object[name]); bad != "" {
			return name + ": " + bad
		}
	}
	return ""
}

func (c *Checker) follow(file, ref string, value any) string {
	path, fragment, _ := strings.Cut(ref, "#")
	if path != "" {
		file = path
	}
	name, _ := strings.CutPrefix(fragment, "/$defs/")
	s := c.Schema(file, name)
	if s == nil {
		return ref + " leads nowhere"
	}
	return c.node(file, s, value)
}

func typeOf(value any) string {
	switch n := value.(type) {
	case map[string]any:
		return "object"
	case []any:
		return "array"
	case string:
		return "string"
	case bool:
		return "boolean"
	case float64:
		if n == float64(int64(n)) {
			return "integer"
		}
		return "number"
	default:
		return "null"
	}
}
