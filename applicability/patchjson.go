package applicability

import (
	"bytes"
	"encoding/json"
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

// patchMembers are the names of a patch's members in JSON. All others are
// kept in Extra.
func patchMembers() []string {
	return []string{
		"id", "revision", "aliases", "fixes", "title", "class", "severity", "released", "state",
		"target", "installed", "active", "unfixed", "supersedes", "conflicts", "requires", "bundle",
		"exclusive", "restart", "estimate", "payloads",
	}
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
	if err := writeValue(out, form); err != nil {
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

// UnmarshalJSON reads what MarshalJSON writes. Unknown members are kept in
// Extra, so that a tool of this version hands on what a newer one wrote;
// a member that occurs twice, and an unknown word, are errors.
func (p *Patch) UnmarshalJSON(data []byte) error {
	list, err := members(data)
	if err != nil {
		return fmt.Errorf("applicability: patch: %w", err)
	}
	var got Patch
	form := patchJSON{patchFields: (*patchFields)(&got)}
	if err := json.Unmarshal(data, &form); err != nil {
		return fmt.Errorf("applicability: patch %q: %w", got.ID, err)
	}
	if form.Estimate != "" {
		if got.Estimate, err = time.ParseDuration(form.Estimate); err != nil || got.Estimate < 0 {
			return fmt.Errorf("applicability: patch %q: estimate %q: want a duration such as 90s", got.ID, form.Estimate)
		}
	}
	known := patchMembers()
	for _, m := range list {
		if slices.Contains(known, m.name) {
			continue
		}
		if got.Extra == nil {
			got.Extra = map[string]json.RawMessage{}
		}
		got.Extra[m.name] = slices.Clone(m.value)
	}
	*p = got
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
		budget := MaxCriteria
		if place, err := checkFootprint(f, 1, &budget); err != nil {
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
