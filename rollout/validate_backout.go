package rollout

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle"
)

// backout checks the means to take the patches out again.
func (f *finder) backout(s *Spec, c *Config) {
	b := s.Backout
	demanded := c != nil && c.RequireBackout && s.Mode == Act
	if b == nil {
		if demanded {
			f.refuse("backout", "", "it is missing, and the region requires one")
		}
		return
	}
	if len(b.Patches) == 0 {
		f.refuse("backout.patches", "", "nothing is named that takes a patch out")
	}
	f.count("backout.patches", len(b.Patches), 0, MaxPatches)
	out := make([]PatchRef, len(b.Patches))
	undone := map[fettle.PatchID]bool{}
	for i, p := range b.Patches {
		out[i] = p.PatchRef
		at := fmt.Sprintf("backout.patches[%d]", i)
		if len(p.Undoes) == 0 {
			f.refuse(at+".undoes", string(p.ID), "want the patches of the rollout that it takes out")
		}
		once(f, at+".undoes", p.Undoes, func(path, value string) {
			undone[fettle.PatchID(value)] = true
			if !slices.ContainsFunc(s.Patches, func(r PatchRef) bool { return string(r.ID) == value }) {
				f.refuse(path, value, "the rollout has no such patch")
			}
		})
		if slices.ContainsFunc(s.Patches, func(r PatchRef) bool { return r.ID == p.ID }) {
			f.refuse(at+".id", string(p.ID), "the rollout puts this patch on: it cannot take one out, too")
		}
	}
	f.patches("backout.patches", out)
	f.lasting(s, undone, demanded || b.Required)
	f.count("backout.hit", b.Hit, 0, maxHosts)
	f.gates("backout.gates", b.Gates, gateRules{approvers: max(1, emergencyNeed(s, c)), last: true, mode: s.Mode})
}

// lasting names the patches that nothing takes out.
func (f *finder) lasting(s *Spec, undone map[fettle.PatchID]bool, required bool) {
	var left []string
	for _, p := range s.Patches {
		if !undone[p.ID] {
			left = append(left, string(p.ID))
		}
	}
	switch {
	case len(left) == 0:
	case required:
		f.refuse("backout.patches", strings.Join(left, ", "), "a back-out is required, and nothing takes these out")
	default:
		f.warn("backout.patches", strings.Join(left, ", "), "nothing takes these out")
	}
}
