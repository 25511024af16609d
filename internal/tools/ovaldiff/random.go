//go:build linux

package main

import (
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"strings"
)

const documentHead = `<oval_definitions xmlns="http://oval.mitre.org/XMLSchema/oval-definitions-5" xmlns:oval="http://oval.mitre.org/XMLSchema/oval-common-5"` +
	` xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" xmlns:i="http://oval.mitre.org/XMLSchema/oval-definitions-5#independent"` +
	` xmlns:l="http://oval.mitre.org/XMLSchema/oval-definitions-5#linux" xmlns:u="http://oval.mitre.org/XMLSchema/oval-definitions-5#unix">
<generator><oval:product_name>made up</oval:product_name><oval:schema_version>5.11.1</oval:schema_version><oval:timestamp>2026-01-01T00:00:00</oval:timestamp></generator>
`

// How many parts of each kind and family a document has.
const perFamily = 6

// writer makes up one document about the files of a folder and the packages of
// the made-up host.
type writer struct {
	*rand.Rand

	folder string

	definitions, tests, objects, states, variables strings.Builder
	names                                          []string            // ids of variables, but for the boolean ones
	of                                             map[string][]string // by datatype
	next                                           int
}

func pick[T any](w *writer, from ...T) T { return from[w.IntN(len(from))] }

func (w *writer) attr(name string, words ...string) string {
	word := pick(w, append(words, "")...)
	if word == "" {
		return ""
	}
	return fmt.Sprintf(` %s="%s"`, name, escape(word))
}

func (w *writer) id(kind string) string {
	w.next++
	return fmt.Sprintf("oval:org.example:%s:%d", kind, w.next)
}

// document makes up a document.
func document(rng *rand.Rand, folder string, hasRPM bool) string {
	w := &writer{Rand: rng, folder: folder, of: map[string][]string{}}
	w.writeVariables()
	var tests []string
	families := []family{
		packages(), texts(textPatterns...), numbers(), files(), folders(), machine(), systems(), constants(w.names), ordered("version", w.of["version"], versions),
		ordered("evr_string", w.of["evr_string"], evrs), ordered("debian_evr_string", w.of["debian_evr_string"], debianEVRs), flags(w.of["boolean"]),
	}
	if hasRPM {
		families = append(families, rpmPackages())
	}
	for _, f := range families {
		tests = append(tests, w.family(f)...)
	}
	w.writeDefinitions(tests)
	return documentHead + "<definitions>\n" + w.definitions.String() + "</definitions>\n<tests>\n" + w.tests.String() + "</tests>\n<objects>\n" + w.objects.String() +
		"</objects>\n<states>\n" + w.states.String() + "</states>\n<variables>\n" + w.variables.String() + "</variables></oval_definitions>\n"
}

// family is a kind of test with its objects and states.
type family struct {
	prefix, kind string
	object       func(w *writer) string
	entities     []field
	// filters are the entities of the states of filters and sets, nil: there are
	// none. oscap 1.3.7 compares less there than in tests: no versions of texts,
	// and what an item does not have has no say.
	filters []field
}

// field is an entity of states: its datatype, and values to compare with.
type field struct {
	name, datatype string
	values         []string
}

// family makes up tests of one kind and returns their ids.
func (w *writer) family(f family) []string {
	var objects, tests []string
	tag := f.prefix + ":" + f.kind
	states := w.writeStates(f, f.entities)
	filters := w.writeStates(f, f.filters)
	for i := range perFamily {
		id := w.id("obj")
		inner := f.object(w)
		if f.filters != nil && i > 1 && w.IntN(3) == 0 {
			inner = w.set(objects, filters)
		} else if f.filters != nil && w.IntN(3) == 0 {
			inner += w.filter(filters)
		}
		fmt.Fprintf(&w.objects, "<%s_object id=\"%s\" version=\"1\">%s</%s_object>\n", tag, id, inner, tag)
		objects = append(objects, id)
	}
	for range 2 * perFamily {
		id := w.id("tst")
		var refs strings.Builder
		for range w.IntN(4) {
			fmt.Fprintf(&refs, `<%s:state state_ref="%s"/>`, f.prefix, pick(w, states...))
		}
		fmt.Fprintf(&w.tests, "<%s_test id=\"%s\" version=\"1\" comment=\"c\" check=\"%s\"%s%s><%s:object object_ref=\"%s\"/>%s</%s_test>\n", tag, id,
			pick(w, "all", "at least one", "only one", "none satisfy"),
			w.attr("check_existence", "at_least_one_exists", "any_exist", "none_exist", "only_one_exists", "all_exist"),
			w.attr("state_operator", "AND", "OR", "ONE", "XOR"), f.prefix, pick(w, objects...), refs.String(), tag)
		tests = append(tests, id)
	}
	return tests
}

// set makes up a set of objects, some of which are sets themselves. It holds no
// set within: to oscap 1.3.7 the union of an empty one and another is empty.
func (w *writer) set(objects, states []string) string {
	var b strings.Builder
	members := 1 + w.IntN(2)
	operator := w.attr("set_operator", "UNION", "INTERSECTION")
	if members == 2 {
		operator = w.attr("set_operator", "UNION", "INTERSECTION", "COMPLEMENT")
	}
	fmt.Fprintf(&b, `<set%s>`, operator)
	for range members {
		fmt.Fprintf(&b, "<object_reference>%s</object_reference>", pick(w, objects...))
	}
	if w.IntN(2) == 0 {
		b.WriteString(w.filter(states))
	}
	b.WriteString("</set>")
	return b.String()
}

func (w *writer) filter(states []string) string {
	return fmt.Sprintf(`<filter%s>%s</filter>`, w.attr("action", "include", "exclude"), pick(w, states...))
}

var checks = []string{"all", "at least one", "only one", "none satisfy"}

// writeStates makes up states of some entities and returns their ids.
func (w *writer) writeStates(f family, entities []field) []string {
	if entities == nil {
		return nil
	}
	var ids []string
	for range perFamily {
		id := w.id("ste")
		fmt.Fprintf(&w.states, "<%[1]s:%[2]s_state id=\"%[3]s\" version=\"1\"%[4]s>%[5]s</%[1]s:%[2]s_state>\n",
			f.prefix, f.kind, id, w.attr("operator", "AND", "OR", "ONE", "XOR"), w.stateEntities(f.prefix, entities))
		ids = append(ids, id)
	}
	return ids
}

// stateEntities makes up the entities of a state.
func (w *writer) stateEntities(prefix string, entities []field) string {
	var b strings.Builder
	only := w.IntN(len(entities)) // without entities oscap has several opinions
	for i, e := range entities {
		if i != only && w.IntN(len(entities)) > 0 {
			continue
		}
		fmt.Fprint(&b, w.entity(prefix, e, w.attr("entity_check", checks...)+w.attr("mask", "true")))
	}
	return b.String()
}

// entity makes up one entity: an operation that its datatype has, with a value or
// a variable.
func (w *writer) entity(prefix string, e field, more string) string {
	operations := []string{"equals", "not equal"}
	switch e.datatype {
	case "string":
		operations = append(operations, "case insensitive equals", "case insensitive not equal", "pattern match")
	case "int":
		operations = append(operations, "greater than", "greater than or equal", "less than", "less than or equal", "bitwise and", "bitwise or")
	case "boolean", "binary":
	default:
		operations = append(operations, "greater than", "greater than or equal", "less than", "less than or equal")
	}
	op, values := pick(w, operations...), e.values
	if op == "pattern match" {
		values = valuePatterns
	}
	tag := prefix + ":" + e.name
	attrs := w.datatype(e.datatype) + more
	if op != "equals" || w.IntN(3) == 0 {
		attrs += fmt.Sprintf(` operation="%s"`, op)
	}
	if w.IntN(4) == 0 {
		return fmt.Sprintf(`<%s%s var_ref="%s"%s/>`, tag, attrs, w.variable(e.datatype, values), w.attr("var_check", checks...))
	}
	return fmt.Sprintf("<%s%s>%s</%s>", tag, attrs, escape(pick(w, values...)), tag)
}

func (w *writer) datatype(of string) string {
	if of == "string" && w.IntN(2) == 0 {
		return ""
	}
	return fmt.Sprintf(` datatype="%s"`, of)
}

// variable makes up a constant variable of some values.
func (w *writer) variable(datatype string, values []string) string {
	id := w.id("var")
	fmt.Fprintf(&w.variables, `<constant_variable id="%s" version="1" datatype="%s" comment="c">`, id, datatype)
	for range 1 + w.IntN(3) {
		fmt.Fprintf(&w.variables, "<value>%s</value>", escape(pick(w, values...)))
	}
	w.variables.WriteString("</constant_variable>\n")
	return id
}

func (w *writer) writeVariables() {
	for _, v := range []struct {
		datatype string
		values   []string
	}{
		{"string", names},
		{"int", []string{"0", "1", "7", "-3", "10"}},
		{"float", floats},
		{"boolean", []string{"true", "false", "1", "0"}},
		{"version", versions},
		{"evr_string", evrs},
		{"debian_evr_string", debianEVRs},
	} {
		for range 2 {
			id := w.variable(v.datatype, v.values)
			w.of[v.datatype] = append(w.of[v.datatype], id)
			if v.datatype != "boolean" {
				w.names = append(w.names, id)
			}
		}
	}
}

// writeDefinitions makes up definitions over the tests.
func (w *writer) writeDefinitions(tests []string) {
	var ids []string
	for range 4 * perFamily {
		id := w.id("def")
		body := w.criteria(tests, ids, 3)
		fmt.Fprintf(&w.definitions, "<definition id=\"%s\" version=\"1\" class=\"miscellaneous\"><metadata><title>t</title><description>d</description></metadata>%s</definition>\n", id, body)
		ids = append(ids, id)
	}
}

func (w *writer) criteria(tests, definitions []string, depth int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "<criteria%s%s>", w.attr("operator", "AND", "OR", "ONE", "XOR"), w.negate())
	for range 1 + w.IntN(4) {
		switch n := w.IntN(6); {
		case n == 0 && depth > 0:
			b.WriteString(w.criteria(tests, definitions, depth-1))
		case n == 1 && len(definitions) > 0:
			fmt.Fprintf(&b, `<extend_definition definition_ref="%s"%s/>`, pick(w, definitions...), w.negate())
		default:
			fmt.Fprintf(&b, `<criterion test_ref="%s"%s/>`, pick(w, tests...), w.negate())
		}
	}
	b.WriteString("</criteria>")
	return b.String()
}

func (w *writer) negate() string { return w.attr("negate", "true", "false", "") }

// name makes up an entity of an object that names.
func (w *writer) name(tag string, values []string) string {
	if w.IntN(4) == 0 {
		return fmt.Sprintf(`<%s var_ref="%s" var_check="at least one"/>`, tag, w.variable("string", values))
	}
	return fmt.Sprintf("<%s>%s</%s>", tag, escape(pick(w, values...)), tag)
}

// path makes up an entity of an object that names or matches a path or a name.
func (w *writer) path(tag string, values, patterns []string, under bool) string {
	full := func(v string) string {
		if under {
			return filepath.Join(w.folder, v)
		}
		return v
	}
	switch w.IntN(5) {
	case 0:
		p := pick(w, patterns...)
		if under {
			p = "^" + w.folder + "/" + p
		}
		return fmt.Sprintf(`<%s operation="pattern match">%s</%s>`, tag, escape(p), tag)
	case 1:
		all := make([]string, len(values))
		for i, v := range values {
			all[i] = full(v)
		}
		return fmt.Sprintf(`<%s var_ref="%s" var_check="at least one"/>`, tag, w.variable("string", all))
	default:
		return fmt.Sprintf("<%s>%s</%s>", tag, escape(full(pick(w, values...))), tag)
	}
}

var escaper = strings.NewReplacer("&", "&amp;", "<", "&lt;", `"`, "&quot;", "\n", "&#10;", "\r", "&#13;")

func escape(s string) string { return escaper.Replace(s) }
