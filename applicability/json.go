package applicability

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
)

// The kinds of criteria in JSON: the name of the one member of each
// criterion's object.
const (
	kindAlways         = "always"
	kindAll            = "all"
	kindAny            = "any"
	kindAtLeast        = "atLeast"
	kindNot            = "not"
	kindPackage        = "package"
	kindOS             = "os"
	kindKernel         = "kernel"
	kindFact           = "fact"
	kindHost           = "host"
	kindLabel          = "label"
	kindService        = "service"
	kindPatchInstalled = "patchInstalled"
	kindFile           = "file"
	kindRegistry       = "registry"
	kindProduct        = "product"
	kindProductPatch   = "productPatch"
	kindHotfix         = "hotfix"
)

// MarshalJSON writes the footprint as an object of one member, whose name is
// the kind of the criterion: {"package":{"type":"deb","name":"openssl"}}. A
// zero footprint is null. The schema is published in the folder schema.
func (f Footprint) MarshalJSON() ([]byte, error) {
	var out bytes.Buffer
	if err := writeFootprint(&out, f, 0); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// UnmarshalJSON reads what MarshalJSON writes. A criterion of an unknown kind,
// or a known one with an unknown member or word, becomes Opaque, kept byte for
// byte but for white space between its tokens; what is of the wrong JSON type,
// too deep or too wide is an error.
func (f *Footprint) UnmarshalJSON(data []byte) error {
	if string(bytes.TrimSpace(data)) == "null" {
		*f = Footprint{}
		return nil
	}
	budget := MaxCriteria
	got, err := readFootprint(data, 1, &budget)
	if err != nil {
		return fmt.Errorf("applicability: footprint: %w", err)
	}
	*f = got
	return nil
}

func writeFootprint(out *bytes.Buffer, f Footprint, depth int) error {
	if depth > MaxDepth {
		return ErrTooDeep
	}
	switch c := f.criterion.(type) {
	case nil:
		out.WriteString("null")
		return nil
	case Always:
		out.WriteString(`{"always":{}}`)
		return nil
	case All:
		return writeList(out, `{"all":`, c.Of, `}`, depth)
	case Any:
		return writeList(out, `{"any":`, c.Of, `}`, depth)
	case AtLeast:
		return writeList(out, fmt.Sprintf(`{"atLeast":{"n":%d,"of":`, c.N), c.Of, `}}`, depth)
	case Not:
		out.WriteString(`{"not":`)
		err := writeFootprint(out, c.Of, depth+1)
		out.WriteByte('}')
		return err
	case Opaque:
		return writeOpaque(out, c)
	default:
		return writeLeaf(out, kindOf(c), c)
	}
}

func writeList(out *bytes.Buffer, open string, of []Footprint, end string, depth int) error {
	out.WriteString(open)
	out.WriteByte('[')
	for i, f := range of {
		if i > 0 {
			out.WriteByte(',')
		}
		if err := writeFootprint(out, f, depth+1); err != nil {
			return err
		}
	}
	out.WriteByte(']')
	out.WriteString(end)
	return nil
}

func writeOpaque(out *bytes.Buffer, c Opaque) error {
	if !json.Valid([]byte(c.JSON)) {
		return fmt.Errorf("applicability: opaque criterion %q: its JSON is not valid", c.Kind)
	}
	out.WriteByte('{')
	if err := writeValue(out, c.Kind); err != nil {
		return err
	}
	out.WriteByte(':')
	out.WriteString(c.JSON)
	out.WriteByte('}')
	return nil
}

func writeLeaf(out *bytes.Buffer, kind string, c Criterion) error {
	fmt.Fprintf(out, `{"%s":`, kind)
	err := writeValue(out, c)
	out.WriteByte('}')
	return err
}

// writeValue writes v without escaping <, > and &, of which ranges are full.
func writeValue(out *bytes.Buffer, v any) error {
	enc := json.NewEncoder(out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return err
	}
	out.Truncate(out.Len() - 1) // Encode ends with a newline
	return nil
}

func kindOf(c Criterion) string {
	switch c := c.(type) {
	case Always:
		return kindAlways
	case All:
		return kindAll
	case Any:
		return kindAny
	case AtLeast:
		return kindAtLeast
	case Not:
		return kindNot
	case Package:
		return kindPackage
	case OS:
		return kindOS
	case Kernel:
		return kindKernel
	case Fact:
		return kindFact
	case Host:
		return kindHost
	case Label:
		return kindLabel
	case Service:
		return kindService
	case PatchInstalled:
		return kindPatchInstalled
	case File:
		return kindFile
	case Registry:
		return kindRegistry
	case Product:
		return kindProduct
	case ProductPatch:
		return kindProductPatch
	case Hotfix:
		return kindHotfix
	case Opaque:
		return c.Kind
	default:
		return ""
	}
}

func readFootprint(data []byte, depth int, budget *int) (Footprint, error) {
	if depth > MaxDepth {
		return Footprint{}, ErrTooDeep
	}
	if *budget--; *budget < 0 {
		return Footprint{}, ErrTooWide
	}
	list, err := members(data)
	if err != nil {
		return Footprint{}, fmt.Errorf("criterion %.80s: %w", data, err)
	}
	if len(list) != 1 {
		return Footprint{}, fmt.Errorf("criterion %.80s: want one member, the kind; got %d", data, len(list))
	}
	kind, body := list[0].name, list[0].value
	f, err := readCriterion(kind, body, depth, budget)
	if err != nil {
		return Footprint{}, within(kind, err)
	}
	return f, nil
}

// within prefixes err with the member it arose in, so that a nested error
// reads as a path: all[3].package.name.
func within(step string, err error) error {
	if errors.Is(err, ErrTooDeep) || errors.Is(err, ErrTooWide) {
		return err
	}
	return fmt.Errorf("%s: %w", step, err)
}

func readCriterion(kind string, body []byte, depth int, budget *int) (Footprint, error) {
	switch kind {
	case kindAll:
		of, err := readList(body, depth, budget)
		return Footprint{All{of}}, err
	case kindAny:
		of, err := readList(body, depth, budget)
		return Footprint{Any{of}}, err
	case kindNot:
		of, err := readFootprint(body, depth+1, budget)
		return Footprint{Not{of}}, err
	case kindAtLeast:
		return readAtLeast(body, depth, budget)
	case kindAlways:
		return readLeaf[Always](kind, body)
	case kindPackage:
		c, err := readPackage(body)
		return leafOrOpaque(c, kind, body, err)
	case kindOS:
		c, err := readOS(body)
		return leafOrOpaque(c, kind, body, err)
	case kindKernel:
		return readLeaf[Kernel](kind, body)
	case kindFact:
		return readLeaf[Fact](kind, body)
	case kindHost:
		return readLeaf[Host](kind, body)
	case kindLabel:
		return readLeaf[Label](kind, body)
	case kindService:
		return readLeaf[Service](kind, body)
	case kindPatchInstalled:
		return readLeaf[PatchInstalled](kind, body)
	case kindFile:
		return readLeaf[File](kind, body)
	case kindRegistry:
		return readLeaf[Registry](kind, body)
	case kindProduct:
		return readLeaf[Product](kind, body)
	case kindProductPatch:
		return readLeaf[ProductPatch](kind, body)
	case kindHotfix:
		return readLeaf[Hotfix](kind, body)
	default:
		return opaque(kind, body)
	}
}

func readList(body []byte, depth int, budget *int) ([]Footprint, error) {
	rest := skip(body, 0)
	if len(rest) == 0 || rest[0] != '[' {
		return nil, fmt.Errorf("%.80s: want a list", body)
	}
	of := []Footprint{}
	for rest = rest[1:]; ; {
		rest = skip(rest, ',')
		if len(rest) == 0 || rest[0] == ']' {
			return of, nil
		}
		end := valueEnd(rest)
		f, err := readFootprint(rest[:end], depth+1, budget)
		if err != nil {
			return nil, within(fmt.Sprintf("[%d]", len(of)), err)
		}
		of = append(of, f)
		rest = rest[end:]
	}
}

func readAtLeast(body []byte, depth int, budget *int) (Footprint, error) {
	list, err := members(body)
	if err != nil {
		return Footprint{}, err
	}
	var c AtLeast
	for _, m := range list {
		switch m.name {
		case "n":
			err = json.Unmarshal(m.value, &c.N)
		case "of":
			c.Of, err = readList(m.value, depth, budget)
		default:
			return opaque(kindAtLeast, body)
		}
		if err != nil {
			return Footprint{}, within(m.name, err)
		}
	}
	return Footprint{c}, nil
}

// readLeaf reads a criterion without members of its own kind. What a newer
// version may have added, an unknown member or word, makes it Opaque.
func readLeaf[C Criterion](kind string, body []byte) (Footprint, error) {
	if _, err := members(body); err != nil {
		return Footprint{}, err
	}
	var c C
	dec := json.NewDecoder(bytes.NewReader(body))
	dec.DisallowUnknownFields()
	err := dec.Decode(&c)
	if _, wrong := errors.AsType[*json.UnmarshalTypeError](err); err != nil && !wrong {
		err = errForeign // what is left: an unknown member or word
	}
	return leafOrOpaque(c, kind, body, err)
}

func leafOrOpaque(c Criterion, kind string, body []byte, err error) (Footprint, error) {
	switch {
	case errors.Is(err, errForeign):
		return opaque(kind, body)
	case err != nil:
		return Footprint{}, err
	default:
		return Footprint{c}, nil
	}
}

func opaque(kind string, body []byte) (Footprint, error) {
	var compact bytes.Buffer
	if err := json.Compact(&compact, body); err != nil {
		return Footprint{}, err
	}
	return Footprint{Opaque{Kind: kind, JSON: compact.String()}}, nil
}
