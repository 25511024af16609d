package rollout

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/applicability"
)

// maker applies a template once.
type maker struct {
	t    *Template
	now  time.Time // UTC
	left []LeftOut
}

func (m *maker) leave(p fettle.PatchID, code string, until time.Time, args ...string) {
	r := fettle.Reason{Code: code, Until: until}
	for i := 0; i+1 < len(args); i += 2 {
		if r.Args == nil {
			r.Args = map[string]string{}
		}
		r.Args[args[i]] = args[i+1]
	}
	m.left = append(m.left, LeftOut{Patch: p, Reason: r})
}

func (m *maker) sorted() []LeftOut {
	slices.SortStableFunc(m.left, func(a, b LeftOut) int { return strings.Compare(string(a.Patch), string(b.Patch)) })
	return m.left
}

// choose returns the patches to take, by ID.
func (m *maker) choose(counts []PatchCount) []PatchCount {
	var taken []PatchCount
	seen := map[fettle.PatchID]bool{}
	for _, c := range counts {
		if seen[c.Patch.ID] {
			continue
		}
		seen[c.Patch.ID] = true
		if m.fits(&c) && m.wanted(&c) && m.pinned(&c) {
			taken = append(taken, c)
		}
	}
	taken = m.newest(taken)
	if len(taken) > MaxPatches {
		slices.SortFunc(taken, func(a, b PatchCount) int {
			return cmp.Or(cmp.Compare(b.Patch.Severity, a.Patch.Severity), cmp.Compare(b.Urgency, a.Urgency),
				cmp.Compare(b.Needed, a.Needed), cmp.Compare(a.Patch.ID, b.Patch.ID))
		})
		for _, c := range taken[MaxPatches:] {
			m.leave(c.Patch.ID, LeftOver, time.Time{}, "want", strconv.Itoa(MaxPatches))
		}
		taken = taken[:MaxPatches]
	}
	slices.SortFunc(taken, func(a, b PatchCount) int { return cmp.Compare(a.Patch.ID, b.Patch.ID) })
	return taken
}

// fits asks the filters on what the patch is.
func (m *maker) fits(c *PatchCount) bool {
	p, t, never := &c.Patch, m.t, time.Time{}
	switch {
	case p.State == applicability.Withdrawn:
		m.leave(p.ID, LeftWithdrawn, never)
	case p.State < t.StateFrom:
		m.leave(p.ID, LeftState, never, "state", p.State.String(), "want", t.StateFrom.String())
	case len(t.Classes) > 0 && (p.Class == fettle.ClassUnknown || !slices.Contains(t.Classes, p.Class)):
		m.leave(p.ID, LeftClass, never, "class", p.Class.String())
	case p.Severity < t.SeverityFrom:
		m.leave(p.ID, LeftSeverity, never, "severity", p.Severity.String(), "want", t.SeverityFrom.String())
	case c.Urgency < t.UrgencyFrom:
		m.leave(p.ID, LeftUrgency, never, "urgency", c.Urgency.String(), "want", t.UrgencyFrom.String())
	default:
		return true
	}
	return false
}

// wanted asks the filters on age and on the hosts.
func (m *maker) wanted(c *PatchCount) bool {
	p, t, never := &c.Patch, m.t, time.Time{}
	since, before := m.now.Add(-time.Duration(t.MaxAge)), m.now.Add(-time.Duration(t.MinAge))
	show := func(at time.Time) string { return at.UTC().Format(time.RFC3339) }
	least := max(t.NeededBy, 1)
	switch {
	case p.Released.IsZero() && (t.MaxAge != 0 || t.MinAge != 0):
		m.leave(p.ID, LeftUndated, never)
	case t.MaxAge != 0 && p.Released.Before(since):
		m.leave(p.ID, LeftOld, never, "released", show(p.Released), "since", show(since))
	case t.MinAge != 0 && p.Released.After(before):
		m.leave(p.ID, LeftNew, p.Released.Add(time.Duration(t.MinAge)).UTC(), "released", show(p.Released), "before", show(before))
	case c.Needed < least:
		m.leave(p.ID, LeftUnneeded, never, "hosts", strconv.Itoa(c.Needed), "want", strconv.Itoa(least))
	default:
		return true
	}
	return false
}

// pinned asks whether the patch can be named so that nothing else can be put in
// its place, and taken out again if it has to be.
func (m *maker) pinned(c *PatchCount) bool {
	for _, payload := range c.Patch.Payloads {
		if payload.Digest.Check() != nil {
			m.leave(c.Patch.ID, LeftUnpinned, time.Time{}, "payload", payload.Name)
			return false
		}
	}
	if m.t.Backout != nil && m.t.Backout.Required && c.Backout == nil {
		m.leave(c.Patch.ID, LeftWithoutReturn, time.Time{})
		return false
	}
	return true
}

// newest leaves out what another of the patches supersedes.
func (m *maker) newest(taken []PatchCount) []PatchCount {
	by := map[fettle.PatchID]fettle.PatchID{}
	for _, c := range taken {
		for _, old := range c.Patch.Supersedes {
			if old != c.Patch.ID && (by[old] == "" || c.Patch.ID < by[old]) {
				by[old] = c.Patch.ID
			}
		}
	}
	return slices.DeleteFunc(taken, func(c PatchCount) bool {
		newer := by[c.Patch.ID]
		if newer == "" || by[newer] == c.Patch.ID { // two that supersede each other both stay: nobody knows which is newer
			return false
		}
		m.leave(c.Patch.ID, LeftSuperseded, time.Time{}, "by", string(newer))
		return true
	})
}

func (m *maker) spec(taken []PatchCount, catalog CatalogRef, opt *MakeOptions) *Spec {
	t, k := m.t, &m.t.Spec
	year, week := m.now.ISOWeek()
	s := &Spec{
		Catalog: catalog, Target: t.Target, Rings: m.rings(), Budgets: slices.Clone(k.Budgets), Approval: k.Approval, Lane: k.Lane, Mode: k.Mode,
		Silence: k.Silence, Grant: k.Grant, Run: k.Run, Growth: k.Growth, Coverage: slices.Clone(k.Coverage), Strata: slices.Clone(k.Strata),
		Retry: k.Retry, Replaces: slices.Clone(opt.Replaces),
	}
	s.Retry.Attempts = maps.Clone(k.Retry.Attempts)
	name := sha256.New()
	fmt.Fprintf(name, "%s\n%d-%02d\n", t.Name, year, week)
	for _, c := range taken {
		ref := refOf(&c.Patch)
		fmt.Fprintf(name, "%q %q\n", ref.ID, ref.Payloads)
		s.Patches = append(s.Patches, ref)
	}
	sum := name.Sum(nil)
	s.ID = ID(fmt.Sprintf("%s-%d-w%02d-%s", t.Name, year, week, hex.EncodeToString(sum[:4])))
	s.Salt = hex.EncodeToString(sum[4:12])
	s.Title = m.title(taken, year, week)
	if t.Ends != 0 {
		s.NotAfter = m.now.Add(time.Duration(t.Ends)).Truncate(time.Second)
	}
	if t.Backout != nil {
		s.Backout = m.backout(taken)
	}
	return s
}

// refOf names a patch with all of its payloads, in the order of the catalogue.
func refOf(p *applicability.Patch) PatchRef {
	ref := PatchRef{ID: p.ID}
	for _, payload := range p.Payloads {
		if !slices.Contains(ref.Payloads, payload.Digest) {
			ref.Payloads = append(ref.Payloads, payload.Digest)
		}
	}
	return ref
}

// rings are the skeleton's, with their earliest instants in the week of now.
func (m *maker) rings() []Ring {
	midnight := m.now.Truncate(24 * time.Hour)
	monday := midnight.AddDate(0, 0, -(int(midnight.Weekday())+6)%7)
	rings := slices.Clone(m.t.Spec.Rings)
	for i := range rings {
		if after, ok := m.t.Open[rings[i].Name]; ok {
			rings[i].NotBefore = monday.Add(time.Duration(after))
		}
	}
	return rings
}

func (m *maker) backout(taken []PatchCount) *Backout {
	rule := m.t.Backout
	b := &Backout{Required: rule.Required, Auto: rule.Auto, Hit: rule.Hit, Gates: slices.Clone(rule.Gates)}
	for _, c := range taken {
		if c.Backout == nil {
			continue
		}
		i := slices.IndexFunc(b.Patches, func(p BackoutPatch) bool { return p.ID == c.Backout.ID })
		if i < 0 {
			i = len(b.Patches)
			b.Patches = append(b.Patches, BackoutPatch{PatchRef: *c.Backout})
		}
		b.Patches[i].Undoes = append(b.Patches[i].Undoes, c.Patch.ID)
	}
	if len(b.Patches) == 0 {
		return nil // nothing takes any of them out, and nobody requires it
	}
	return b
}

// title names the week and the first of the patches.
func (m *maker) title(taken []PatchCount, year, week int) string {
	const shown = 3
	names := make([]string, 0, shown)
	for _, c := range taken[:min(shown, len(taken))] {
		names = append(names, string(c.Patch.ID))
	}
	list := strings.Join(names, ", ")
	if more := len(taken) - shown; more > 0 {
		list += fmt.Sprintf(" and %d more", more)
	}
	text := fmt.Sprintf("%s, week %d of %d: %s", cmp.Or(m.t.Title, m.t.Name), week, year, list)
	if len(text) > maxText {
		text = strings.ToValidUTF8(text[:maxText-3], "") + "..."
	}
	return text
}
