package fleet

import (
	"reflect"
	"slices"
	"time"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/applicability"
)

// Selection are the hosts that a footprint speaks of, each list in the index's
// own order; see Hosts.
type Selection struct {
	Yes     []fettle.HostID // it holds
	Unknown []fettle.HostID // facts are missing that would decide
}

// Select evaluates any footprint on all hosts, as the target of a patch is: the
// language of ring members and policy scopes. What the footprint asks for need
// not occur in the catalogue; another patch's installed plane (PatchInstalled) is
// Unknown here. The error is that of Footprint.Check.
func (f *Fleet) Select(footprint applicability.Footprint) (Selection, error) {
	if err := footprint.Check(); err != nil {
		return Selection{}, err
	}
	c, problems := applicability.Compile([]applicability.Patch{{
		ID: "selection", Target: footprint,
		Installed: applicability.That(applicability.Not{Of: applicability.That(applicability.Always{})}),
	}}, nil)
	for _, p := range problems {
		if p.Fatal {
			return Selection{}, p
		}
	}
	f.rlock()
	defer f.mu.RUnlock()
	e := newEvaluator(f, newLexicon(f, c, f.byNumber()), time.Time{})
	var s Selection
	list := func(truth fettle.Truth) (ids []fettle.HostID) {
		e.hosts(0, func(c *applicability.Finding) bool { return c.Exposed == truth }).each(func(at uint32) {
			ids = append(ids, f.ids[at])
		})
		return ids
	}
	s.Yes, s.Unknown = list(fettle.Yes), list(fettle.Unknown)
	return s, nil
}

// sameFootprint reports whether two footprints are equal and refer to no patch.
func sameFootprint(a, b applicability.Footprint) bool {
	return reflect.DeepEqual(a, b) && !refers(a)
}

func refers(f applicability.Footprint) bool {
	var of []applicability.Footprint
	switch c := f.Criterion().(type) {
	case applicability.PatchInstalled:
		return true
	case applicability.All:
		of = c.Of
	case applicability.Any:
		of = c.Of
	case applicability.AtLeast:
		of = c.Of
	case applicability.Not:
		return refers(c.Of)
	}
	return slices.ContainsFunc(of, refers)
}
