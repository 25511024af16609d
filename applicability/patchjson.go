package applicability

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/fettle-dev/fettle"
)

// patchFields is Patch without its methods.
type patchFields Patch

type patchJSON struct {
	*patchFields
	Estimate string `json:"estimate,omitempty"`
}

// MarshalJSON writes the patch with its estimate as a duration in text ("90s",
// "1h30m0s") and the members of Extra after its own, by name.
func (p Patch) MarshalJSON() ([]byte, error) {
	var out bytes.Buffer
	if err := p.writeJSON(&out); err != nil {
		return nil, fmt.Errorf("applicability: patch %q: %w", p.ID, err)
	}
	return out.Bytes(), nil
}

func (p Patch) writeJSON(out *bytes.Buffer) error {
	form := patchJSON{patchFields: (*patchFields)(&p)}
	if p.Estimate != 0 {
		form.Estimate = p.Estimate.String()
	}
	if err := p.writeKnown(out, form); err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(p.Extra)) {
		out.Truncate(out.Len() - 1)
		out.WriteByte(',')
		if err := writeValue(out, name); err != nil {
			return err
		}
		out.WriteByte(':')
		if err := json.Compact(out, p.Extra[name]); err != nil {
			return fmt.Errorf("member %q: %w", name, err)
		}
		out.WriteByte('}')
	}
	return nil
}

// writeKnown writes the members of this version, without those that Extra
// holds in words of a newer one.
func (p Patch) writeKnown(out *bytes.Buffer, form patchJSON) error {
	start := out.Len()
	if err := writeValue(out, form); err != nil || len(p.Extra) == 0 {
		return err
	}
	list, err := members(slices.Clone(out.Bytes()[start:]))
	if err != nil {
		return err
	}
	out.Truncate(start)
	sep := byte('{')
	for _, m := range list {
		if _, newer := p.Extra[m.name]; !newer {
			fmt.Fprintf(out, "%c%q:%s", sep, m.name, m.value)
			sep = ','
		}
	}
	out.WriteByte('}')
	return nil
}

// UnmarshalJSON reads what MarshalJSON writes. Unknown members, and unknown
// words for class, severity, state and restart, are kept in Extra, so that a
// tool of this version hands on what a newer one wrote; the field is then
// unknown, or for State Obtained. A member that occurs twice is an error.
func (p *Patch) UnmarshalJSON(data []byte) error {
	list, err := members(data)
	if err != nil {
		return fmt.Errorf("applicability: patch: %w", err)
	}
	var got Patch
	form := patchJSON{patchFields: (*patchFields)(&got)}
	for _, m := range list {
		err := readField(&form, m)
		if err != nil {
			return fmt.Errorf("applicability: patch %q: %s: %w", got.ID, m.name, err)
		}
	}
	if form.Estimate != "" {
		if got.Estimate, err = time.ParseDuration(form.Estimate); err != nil || got.Estimate < 0 {
			return fmt.Errorf("applicability: patch %q: estimate %q: want a duration such as 90s", got.ID, form.Estimate)
		}
	}
	*p = got
	return nil
}

// readField reads one member; one that is not known goes into Extra.
func readField(form *patchJSON, m member) error {
	p := form.patchFields
	switch m.name {
	case "id":
		return readString(m.value, (*string)(&p.ID))
	case "target":
		return p.Target.UnmarshalJSON(m.value)
	case "installed":
		return p.Installed.UnmarshalJSON(m.value)
	case "active":
		return p.Active.UnmarshalJSON(m.value)
	case "unfixed":
		return p.Unfixed.UnmarshalJSON(m.value)
	case "title":
		return readString(m.value, &p.Title)
	case "estimate":
		return readString(m.value, &form.Estimate)
	case "class":
		return p.keepForeign(m, readWord(m.value, &p.Class))
	case "severity":
		return p.keepForeign(m, readWord(m.value, &p.Severity))
	case "state":
		return p.keepForeign(m, readWord(m.value, &p.State))
	case "restart":
		return p.keepForeign(m, readWord(m.value, &p.Restart))
	case "revision":
		return json.Unmarshal(m.value, &p.Revision)
	case "aliases":
		return json.Unmarshal(m.value, &p.Aliases)
	case "fixes":
		return json.Unmarshal(m.value, &p.Fixes)
	case "released":
		return json.Unmarshal(m.value, &p.Released)
	case "supersedes":
		return json.Unmarshal(m.value, &p.Supersedes)
	case "conflicts":
		return json.Unmarshal(m.value, &p.Conflicts)
	case "requires":
		return json.Unmarshal(m.value, &p.Requires)
	case "bundle":
		return json.Unmarshal(m.value, &p.Bundle)
	case "exclusive":
		return json.Unmarshal(m.value, &p.Exclusive)
	case "payloads":
		return json.Unmarshal(m.value, &p.Payloads)
	default:
		return p.keepForeign(m, errForeign)
	}
}

// keepForeign files what this version does not know.
func (p *patchFields) keepForeign(m member, err error) error {
	if !errors.Is(err, errForeign) {
		return err
	}
	if p.Extra == nil {
		p.Extra = map[string]json.RawMessage{}
	}
	p.Extra[m.name] = slices.Clone(m.value)
	return nil
}

// CheckPatch returns the faults that keep p from being compiled, in the order
// of its fields; none where it can be.
func CheckPatch(p *Patch) []*Problem {
	var found []*Problem
	report := func(field string, err error) {
		found = append(found, &Problem{Patch: p.ID, Field: field, Fatal: true, Err: err})
	}
	if p.ID == "" {
		report("id", impossible("it is empty"))
	}
	check := func(field string, f Footprint, stated bool) {
		if f.IsZero() && !stated {
			return
		}
		if place, err := f.fault(); err != nil {
			report(join(field, place), err)
		}
	}
	check("target", p.Target, true)
	check("installed", p.Installed, true)
	check("active", p.Active, false)
	check("unfixed", p.Unfixed, false)
	for i := range p.Payloads {
		check(fmt.Sprintf("payloads[%d].when", i), p.Payloads[i].When, false)
		if p.Payloads[i].Size < 0 {
			report(fmt.Sprintf("payloads[%d].size", i), impossible("%d bytes", p.Payloads[i].Size))
		}
	}
	for i, any := range p.Requires {
		if len(any) == 0 {
			report(fmt.Sprintf("requires[%d]", i), impossible("none of nothing can be had"))
		}
	}
	for _, list := range [][]fettle.PatchID{p.Supersedes, p.Conflicts, p.Bundle} {
		if slices.Contains(list, p.ID) {
			report("id", fmt.Errorf("%w: it refers to itself", ErrCycle))
		}
	}
	return found
}
