package updateinfo

import (
	"cmp"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/applicability"
	"github.com/fettle-dev/fettle/internal/rating"
)

// patch is an advisory, put together from its parts, on its way to becoming a
// Patch.
type patch struct {
	applicability.Patch
	versions map[key]string // the highest EVR that the advisory states
	order    []key          // in the order of the document
	ranks    map[key]int    // where each EVR stands among those of all advisories
}

// key names what an EVR of an advisory is for.
type key struct{ name, arch, module string }

func newPatch(a *Advisory) *patch {
	p := &patch{versions: map[key]string{}}
	p.ID = fettle.PatchID(a.ID)
	p.Title = a.Title
	p.Released = a.Issued
	p.Restart = fettle.RestartUnknown
	p.join(a)
	return p
}

// join adds a part of the advisory and reports whether it agrees with what
// there is. Where parts differ the more urgent statement holds.
func (p *patch) join(a *Advisory) (agrees bool) {
	class, severity := classOf(a.Type), severityOf(a)
	agrees = len(p.order) == 0 || class == p.Class && severity == p.Severity
	if p.Class == fettle.ClassUnknown || class != fettle.ClassUnknown && class < p.Class {
		p.Class = class
	}
	p.Severity = max(p.Severity, severity)
	p.Restart = max(p.Restart, restartOf(a))
	p.Revision = max(p.Revision, uint64(max(0, cmp.Or(a.Updated, a.Issued).Unix())))
	if strings.EqualFold(a.Status, "retracted") {
		p.State = applicability.Withdrawn
	}
	for _, cve := range a.CVEs {
		if !slices.Contains(p.Fixes, cve) {
			p.Fixes = append(p.Fixes, cve)
		}
	}
	for _, pkg := range a.Packages {
		k := key{pkg.Name, pkg.Arch, pkg.Module}
		have, there := p.versions[k]
		if !there {
			p.order = append(p.order, k)
		}
		if !there || older(have, pkg.EVR) {
			p.versions[k] = pkg.EVR
		}
	}
	return agrees
}

// older compares valid EVRs.
func older(a, b string) bool {
	c, _ := applicability.SchemeRPM.Compare(a, b) // both were checked
	return c < 0
}

// classOf maps the types of Red Hat, Fedora and SUSE.
func classOf(typ string) fettle.Class {
	switch strings.ToLower(typ) {
	case "security":
		return fettle.ClassSecurity
	case "bugfix", "recommended":
		return fettle.ClassBugfix
	case "enhancement", "newpackage", "optional":
		return fettle.ClassEnhancement
	case "feature":
		return fettle.ClassFeature
	default:
		return fettle.ClassUnknown
	}
}

func severityOf(a *Advisory) fettle.Severity {
	return cmp.Or(rating.Word(a.Severity), rating.Headline(a.Title))
}

// restartOf is what the advisory says has to restart. That it says nothing does
// not mean that nothing has to: many repositories never say.
func restartOf(a *Advisory) fettle.Restart {
	kernel := slices.ContainsFunc(a.Packages, func(p Package) bool { return isKernel(p.Name) })
	switch {
	case a.Reboot || kernel:
		return fettle.RestartHost
	case a.Restart || a.Relogin:
		return fettle.RestartService
	default:
		return fettle.RestartUnknown
	}
}

// finish states the footprints.
func (p *patch) finish() applicability.Patch {
	present := make([]applicability.Footprint, len(p.order))
	fixed := make([]applicability.Footprint, len(p.order))
	for i, k := range p.order {
		one := applicability.Package{Type: "rpm", Name: k.name, Arch: k.arch, Module: k.module}
		present[i] = applicability.That(one)
		one.Range = applicability.Before(p.versions[k])
		one.Range.Scheme = applicability.SchemeRPM
		if one.Which = applicability.Some; isKernel(k.name) {
			one.Which = applicability.Newest
		}
		fixed[i] = applicability.That(applicability.Not{Of: applicability.That(one)})
	}
	p.Target = applicability.That(applicability.Any{Of: present})
	p.Installed = applicability.That(applicability.All{Of: fixed})
	return p.Patch
}

// supersede enters in each advisory which older ones it makes needless: those
// of which it has every package in a version that is not lower, and one that is
// higher. Only the nearest such advisory is entered; through it the others
// follow.
func supersede(all []*patch) {
	byKey := map[key][]*patch{}
	for _, p := range all {
		p.ranks = make(map[key]int, len(p.order))
		for _, k := range p.order {
			byKey[k] = append(byKey[k], p)
		}
	}
	for k, users := range byKey {
		slices.SortStableFunc(users, func(a, b *patch) int {
			c, _ := applicability.SchemeRPM.Compare(a.versions[k], b.versions[k]) // both were checked
			return c
		})
		for i := 1; i < len(users); i++ {
			users[i].ranks[k] = users[i-1].ranks[k]
			if older(users[i-1].versions[k], users[i].versions[k]) {
				users[i].ranks[k] = i
			}
		}
	}
	for _, p := range all {
		if p.State == applicability.Withdrawn {
			continue
		}
		k := p.order[0]
		// The rank is the index of the first user with that version.
		for _, newer := range byKey[k][p.ranks[k]:] {
			if newer.State != applicability.Withdrawn && newer.covers(p) {
				newer.Supersedes = append(newer.Supersedes, p.ID)
				break
			}
		}
	}
}

// covers reports whether p has all packages of q, none lower and one higher.
func (p *patch) covers(q *patch) bool {
	if p == q || len(p.order) < len(q.order) {
		return false
	}
	higher := false
	for _, k := range q.order {
		_, there := p.versions[k]
		if !there || p.ranks[k] < q.ranks[k] {
			return false
		}
		higher = higher || p.ranks[k] > q.ranks[k]
	}
	return higher
}
