package osv

import (
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/applicability"
)

// Meaning is what an advisory says to hosts.
type Meaning struct {
	// Patch is the advisory as a patch. It is zero where Skip says why the
	// advisory concerns no host.
	Patch applicability.Patch
	Skip  string
	Notes map[string]int // oddities that cost nothing, by kind
}

// Meaning says which hosts the advisory is for and what shows that they have
// the fix. An error wraps ErrEcosystem where no package of it is of a known
// ecosystem. It is pure.
func (r *Record) Meaning() (Meaning, error) {
	b := builder{record: r}
	return b.meaning()
}

// builder makes a patch of a record.
type builder struct {
	record *Record
	groups []*group
	places map[string]place // what ecosystems mean, kept from record to record; may be nil
	notes  map[string]int
	skips  map[string]int
	kernel bool
}

// maxPlaces bounds what is kept; there are some 200 ecosystems and releases.
const maxPlaces = 4096

// group is the part of an advisory that speaks of one kind of packages on one
// release of a system.
type group struct {
	ecosystem string // the first of those that mean it
	place     place
	members   []member
	index     map[memberKey]int
}

// member is a package and all that the advisory says about its versions.
type member struct {
	subject  subject
	versions affectedVersions
}

type memberKey struct {
	name, arch, module string
	source             bool
}

func (b *builder) note(kind string) {
	if b.notes == nil {
		b.notes = map[string]int{}
	}
	b.notes[kind]++
}

func (b *builder) meaning() (Meaning, error) {
	r := b.record
	unknown := ""
	for i := range r.Affected {
		a := &r.Affected[i]
		if a.Package.Name == "" || a.Package.Ecosystem == "" {
			b.skip("names no package")
			continue
		}
		g := b.group(a.Package.Ecosystem)
		switch {
		case g == nil:
			b.note("unknown ecosystem " + clip(a.Package.Ecosystem))
			unknown = a.Package.Ecosystem
		case g.place.kind == elsewhere:
			b.skip("ecosystem " + clip(a.Package.Ecosystem))
		default:
			b.entry(g, a)
		}
	}
	b.groups = slices.DeleteFunc(b.groups, func(g *group) bool { return len(g.members) == 0 })
	if len(b.groups) > 0 {
		return Meaning{Patch: b.patch(), Notes: b.notes}, nil
	}
	if unknown != "" {
		return Meaning{Notes: b.notes}, fmt.Errorf("%w %.80q", ErrEcosystem, unknown)
	}
	if len(r.Affected) == 0 {
		b.skip("names no package")
	}
	return Meaning{Skip: b.mainSkip(), Notes: b.notes}, nil
}

func (b *builder) skip(why string) {
	if b.skips == nil {
		b.skips = map[string]int{}
	}
	b.skips[why]++
}

// mainSkip is the reason that most entries have, the first in the alphabet of
// equal ones.
func (b *builder) mainSkip() string {
	most := ""
	for why, n := range b.skips {
		if most == "" || n > b.skips[most] || n == b.skips[most] && why < most {
			most = why
		}
	}
	return most
}

// group returns the group of an ecosystem, nil where that is not known. Several
// ecosystems can mean one: the channels of one release.
func (b *builder) group(ecosystem string) *group {
	for _, g := range b.groups {
		if g.ecosystem == ecosystem {
			return g
		}
	}
	p, known := b.places[ecosystem]
	if !known {
		if p, known = resolve(ecosystem); !known {
			return nil
		}
		if b.places != nil && len(b.places) < maxPlaces {
			b.places[ecosystem] = p
		}
	}
	for _, g := range b.groups {
		if reflect.DeepEqual(g.place, p) {
			return g
		}
	}
	if p.release != "" {
		b.note("release not understood: " + clip(ecosystem))
	}
	g := &group{ecosystem: ecosystem, place: p}
	b.groups = append(b.groups, g)
	return g
}

// entry adds one entry of affected to its group.
func (b *builder) entry(g *group, a *Affected) {
	v := versionsOf(g.place.scheme, a, b.note)
	if !v.stated {
		if slices.ContainsFunc(a.Ranges, func(r Range) bool { return r.Type == "GIT" }) {
			b.skip("GIT ranges only")
		} else {
			b.skip("states no versions")
		}
		return
	}
	for _, because := range v.because {
		b.note("undecided range: " + cause(because))
	}
	subjects := b.subjects(g, a)
	if subjects[0].pkg.Module == "" && slices.ContainsFunc(v.ordered, func(i applicability.Interval) bool { return strings.Contains(i.High, ".module") }) {
		b.note("module stream not stated")
	}
	for _, s := range subjects {
		one := v
		if s.fixed != "" && g.place.scheme.Check(s.fixed) == nil {
			one.ordered = []applicability.Interval{{High: s.fixed}}
		}
		g.add(s, one)
	}
}

// add takes in what one entry says about a package; what several say holds
// together.
func (g *group) add(s subject, v affectedVersions) {
	if s.respell != nil {
		v.ordered = slices.Clone(v.ordered)
		for i := range v.ordered {
			v.ordered[i].Low, v.ordered[i].High = s.respell(v.ordered[i].Low), s.respell(v.ordered[i].High)
		}
	}
	key := memberKey{s.pkg.Name, s.pkg.Arch, s.pkg.Module, s.pkg.Source}
	if i, there := g.index[key]; there {
		g.members[i].versions.add(v)
		return
	}
	if g.index == nil {
		g.index = map[memberKey]int{}
	}
	g.index[key] = len(g.members)
	g.members = append(g.members, member{s, v})
}

// criteria returns what holds where the package is there in an affected
// version, and in one that no fix is known for.
func (m *member) criteria(g *group) (affected, open []applicability.Footprint) {
	with := func(r applicability.Range) applicability.Footprint {
		p := m.subject.pkg
		p.Range, p.Which = r, m.subject.which
		return applicability.That(p)
	}
	add := func(scheme applicability.Scheme, intervals []applicability.Interval) {
		if len(intervals) == 0 {
			return
		}
		intervals = union(scheme, intervals)
		affected = append(affected, with(rangeOf(scheme, intervals)))
		if last := intervals[len(intervals)-1]; last.High == "" {
			open = append(open, with(rangeOf(scheme, []applicability.Interval{last})))
		}
	}
	add(g.place.scheme, m.versions.ordered)
	add(applicability.SchemeSemver, m.versions.semver)
	if len(m.versions.listed) > 0 {
		r := applicability.Exactly(m.versions.listed...)
		r.Scheme = applicability.SchemeText
		affected = append(affected, with(r))
	}
	for _, r := range m.versions.undecided {
		affected = append(affected, all(applicability.That(m.subject.pkg), opaque("osv-range", r.JSON(g.ecosystem))))
	}
	return affected, open
}

// rangeOf makes a range of intervals; one that leaves nothing out is the range
// of every version, also of one that the order does not know.
func rangeOf(scheme applicability.Scheme, all []applicability.Interval) applicability.Range {
	if slices.Contains(all, applicability.Interval{}) {
		return applicability.Range{}
	}
	return applicability.Range{Scheme: scheme, Intervals: all}
}

// cause is the kind of an undecided range, for counting.
func cause(err error) string {
	for _, known := range []error{errNoOrder, errEvent, errRangeType, applicability.ErrVersion} {
		if errors.Is(err, known) {
			_, text, _ := strings.Cut(known.Error(), ": ")
			return text
		}
	}
	return err.Error()
}

func opaque(kind, data string) applicability.Footprint {
	return applicability.That(applicability.Opaque{Kind: kind, JSON: data})
}

// JSON returns the range as the schema writes it, with its ecosystem.
func (r Range) JSON(ecosystem string) string {
	events := make([]map[string]string, 0, len(r.Events))
	for _, e := range r.Events {
		name := map[EventKind]string{Introduced: "introduced", Fixed: "fixed", LastAffected: "last_affected", Limit: "limit"}[e.Kind]
		if name != "" {
			events = append(events, map[string]string{name: e.Version})
		}
	}
	text, err := json.Marshal(map[string]any{"ecosystem": ecosystem, "type": r.Type, "events": events})
	if err != nil {
		return "null"
	}
	return string(text)
}

// patch puts the groups together.
func (b *builder) patch() applicability.Patch {
	r := b.record
	p := applicability.Patch{
		ID:       fettle.PatchID(r.ID),
		Revision: uint64(max(0, r.Modified.Unix())),
		Title:    r.Summary,
		Class:    classOf(r.ID),
		Severity: r.severity(b.note),
		Released: r.Published,
	}
	if p.Released.IsZero() {
		p.Released = r.Modified
	}
	if !r.Withdrawn.IsZero() {
		p.State = applicability.Withdrawn
	}
	if b.kernel {
		p.Restart = fettle.RestartHost
	}
	p.Aliases, p.Fixes = r.names()
	var target, affected, open []applicability.Footprint
	for _, g := range b.groups {
		present := make([]applicability.Footprint, len(g.members))
		for i := range g.members {
			present[i] = applicability.That(g.members[i].subject.pkg)
		}
		target = append(target, all(append(g.system(), anyOf(present))...))
		for i := range g.members {
			bad, unfixed := g.members[i].criteria(g)
			if len(b.groups) > 1 { // of one group only, Target says which system
				bad, unfixed = g.each(bad), g.each(unfixed)
			}
			affected, open = append(affected, bad...), append(open, unfixed...)
		}
	}
	p.Target = anyOf(target)
	clean := make([]applicability.Footprint, len(affected))
	for i, f := range affected {
		clean[i] = applicability.That(applicability.Not{Of: f})
	}
	p.Installed = all(clean...)
	if len(clean) == 0 {
		p.Installed = applicability.That(applicability.Always{}) // no version is affected
	}
	if len(open) > 0 {
		b.note("no fix stated")
		p.Unfixed = anyOf(open)
	}
	return p
}

// each narrows footprints to the group's system.
func (g *group) each(of []applicability.Footprint) []applicability.Footprint {
	for i := range of {
		of[i] = all(append(g.system(), of[i])...)
	}
	return of
}

// system returns what has to hold for the host itself, in a slice of its own.
func (g *group) system() []applicability.Footprint {
	of := slices.Clone(g.place.system)
	if g.place.release != "" {
		text, err := json.Marshal(g.ecosystem)
		if err != nil {
			text = []byte("null")
		}
		of = append(of, opaque("osv-release", string(text)))
	}
	return of
}

func all(of ...applicability.Footprint) applicability.Footprint {
	if len(of) == 1 {
		return of[0]
	}
	return applicability.That(applicability.All{Of: of})
}

func anyOf(of []applicability.Footprint) applicability.Footprint {
	if len(of) == 1 {
		return of[0]
	}
	return applicability.That(applicability.Any{Of: slices.Clone(of)})
}

// names sorts the names of an advisory: other names of the same advisory, which
// may be merged with it, and vulnerabilities, which many advisories close.
func (r *Record) names() (aliases []fettle.PatchID, fixes []string) {
	isCVE := func(s string) bool { return strings.HasPrefix(s, "CVE-") }
	fix := func(s string) {
		if s != "" && !slices.Contains(fixes, s) {
			fixes = append(fixes, s)
		}
	}
	if isCVE(r.ID) {
		fix(r.ID)
	}
	for _, s := range r.Aliases {
		switch id := fettle.PatchID(s); {
		case isCVE(s):
			fix(s)
		case s != "" && s != r.ID && !slices.Contains(aliases, id):
			aliases = append(aliases, id)
		}
	}
	for _, s := range r.Upstream {
		fix(s)
	}
	for _, s := range r.Related {
		if isCVE(s) {
			fix(s)
		}
	}
	return aliases, fixes
}

// classOf reads the class off an advisory's id. Most databases hold security
// advisories only; those of distributions say what else there is in the letters
// before the number: RHBA, ALEA, SUSE-RU.
func classOf(id string) fettle.Class {
	prefix := id
	if i := strings.IndexAny(id, "0123456789"); i > 0 {
		prefix = strings.TrimRight(id[:i], "-_:")
	}
	switch prefix {
	case "ALBA", "RHBA", "RLBA", "ELBA", "SUSE-RU", "openSUSE-RU", "MGAA":
		return fettle.ClassBugfix
	case "ALEA", "RHEA", "RLEA", "ELEA", "SUSE-OU", "openSUSE-OU":
		return fettle.ClassEnhancement
	case "SUSE-FU", "openSUSE-FU":
		return fettle.ClassFeature
	default:
		return fettle.ClassSecurity
	}
}
