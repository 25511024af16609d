package rollout

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/applicability"
)

// Validate returns every problem of the template, its own and those that each
// spec of it would have.
func (t *Template) Validate(c *Config) Problems {
	sample := PatchCount{
		Patch: applicability.Patch{
			ID: "sample", State: t.StateFrom, Class: fettle.ClassSecurity, Severity: max(t.SeverityFrom, fettle.SeverityHigh),
			Payloads: []applicability.Payload{{Name: "sample", Digest: fettle.DigestOf(nil)}},
		},
		Needed: max(t.NeededBy, 1), Urgency: t.UrgencyFrom,
		Backout: &PatchRef{ID: "sample-out", Payloads: []fettle.Digest{fettle.DigestOf([]byte("out"))}},
	}
	m := maker{t: t}
	s := m.spec([]PatchCount{sample}, CatalogRef{Revision: 1, Digest: fettle.DigestOf(nil)}, &MakeOptions{})
	s.NotAfter = time.Time{} // of no week
	found := t.problems()
	for _, p := range s.Validate(c) {
		if p.Path == "id" {
			continue // it is made of the name
		}
		at := *p
		if at.Path != "target" && !hasPrefix(at.Path, "backout") {
			at.Path = "spec." + at.Path
		}
		found = append(found, &at)
	}
	return found
}

func hasPrefix(path, first string) bool {
	return path == first || len(path) > len(first) && path[:len(first)] == first && (path[len(first)] == '.' || path[len(first)] == '[')
}

// problems are those of the template's own fields.
func (t *Template) problems() Problems {
	f := &finder{}
	f.word("name", t.Name)
	if len(t.Name) > 96 {
		f.refuse("name", t.Name, "want at most 96 bytes: the week and a digest are added")
	}
	f.optional("title", t.Title)
	seen := map[fettle.Class]bool{}
	for i, class := range t.Classes {
		if at := fmt.Sprintf("classes[%d]", i); class == fettle.ClassUnknown {
			f.refuse(at, class.String(), "what is not known is never taken: want a class")
		} else if seen[class] {
			f.refuse(at, class.String(), "it is there twice")
		}
		seen[class] = true
	}
	if t.StateFrom >= applicability.Withdrawn {
		f.refuse("stateFrom", t.StateFrom.String(), "want obtained, tested or approved: what is withdrawn is never rolled out")
	}
	f.within("maxAge", t.MaxAge, 0)
	f.within("minAge", t.MinAge, 0)
	if t.MaxAge != 0 && t.MinAge >= t.MaxAge {
		f.refuse("minAge", t.MinAge.String(), "want less than maxAge (%v): no patch can be both", t.MaxAge)
	}
	f.count("neededBy", t.NeededBy, 0, maxHosts)
	for _, name := range slices.Sorted(maps.Keys(t.Open)) {
		f.within("open."+shorten(name), t.Open[name], 0)
		if !slices.ContainsFunc(t.Spec.Rings, func(r Ring) bool { return r.Name == name }) {
			f.refuse("open."+shorten(name), "", "no ring of spec.rings has this name")
		}
	}
	f.within("ends", t.Ends, 0)
	return f.found
}
