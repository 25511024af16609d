package apt

import (
	"path"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/applicability"
	"github.com/fettle-dev/fettle/inventory"
)

// footprints returns which hosts the patch is for and where it is installed.
func (w *weighed) footprints(g *group) (target, installed applicability.Footprint) {
	var present, current []applicability.Footprint
	for _, b := range g.offers {
		all, older := applicability.Range{}, applicability.Before(b.version)
		if floor := w.floors.of(g.release, b); floor != "" {
			all.Intervals = []applicability.Interval{{Low: floor, LowExcluded: true}}
			older.Intervals = []applicability.Interval{{Low: floor, LowExcluded: true, High: b.version}}
		}
		for _, i := range b.instances(w.archs) {
			present = append(present, i.having(b.name, all))
			current = append(current, applicability.That(applicability.Not{Of: i.having(b.name, older)}))
		}
	}
	target = anyOf(present)
	if criteria := g.release.criteria(); len(criteria) > 0 && !w.options.AnySystem {
		target = applicability.That(applicability.All{Of: append(criteria, target)})
	}
	return target, allOf(current)
}

// instance is a set of installed instances that an offer replaces: those of
// one architecture, on hosts of one architecture or of all.
type instance struct {
	arch   string // of the installed package
	native string // of the host; empty: any
}

// instances returns what an offered package replaces on hosts of the given
// architectures. To apt a package of "all" is one of the host's own
// architecture, so these two replace each other; one of a foreign architecture
// is another package.
func (b binary) instances(archs []string) []instance {
	same := instance{arch: b.arch}
	if b.arch != "all" {
		return []instance{same, {arch: "all", native: b.arch}}
	}
	all := []instance{same}
	for _, native := range archs {
		all = append(all, instance{arch: native, native: native})
	}
	return all
}

// having holds where such an instance is installed in the range.
func (i instance) having(name string, in applicability.Range) applicability.Footprint {
	p := applicability.That(applicability.Package{Type: "deb", Name: name, Arch: i.arch, Range: in, Which: applicability.Some})
	if i.native == "" {
		return p
	}
	native, _ := inventory.ArchOf(i.native)
	host := applicability.That(applicability.OS{Attribute: applicability.OSArch, Is: native})
	return applicability.That(applicability.All{Of: []applicability.Footprint{host, p}})
}

func anyOf(of []applicability.Footprint) applicability.Footprint {
	if len(of) == 1 {
		return of[0]
	}
	return applicability.That(applicability.Any{Of: of})
}

func allOf(of []applicability.Footprint) applicability.Footprint {
	if len(of) == 1 {
		return of[0]
	}
	return applicability.That(applicability.All{Of: of})
}

// payloads returns the files that install the patch: a host takes those of the
// packages that it has.
func (w *weighed) payloads(g *group) []applicability.Payload {
	var all []applicability.Payload
	for _, o := range g.offers {
		if o.file == "" {
			continue
		}
		p := applicability.Payload{Name: path.Base(o.file), Size: o.size, Locations: []string{o.file}}
		if digest := fettle.Digest("sha256:" + o.sha256); digest.Check() == nil {
			p.Digest = digest
		}
		var when []applicability.Footprint
		for _, i := range o.instances(w.archs) {
			when = append(when, i.having(o.name, applicability.Range{}))
		}
		p.When = anyOf(when)
		all = append(all, p)
	}
	return all
}

// floors are, for suites that only upgrade what was once installed from them,
// the highest versions that the automatic suites of the same system offer.
type floors map[floorKey]string

type floorKey struct{ id, codename, name string }

// floorsOf is empty where no list needs it.
func floorsOf(lists []*List) floors {
	f := make(floors)
	needed := false
	for _, l := range lists {
		needed = needed || l.Release.NotAutomatic
	}
	if !needed {
		return f
	}
	for _, l := range lists {
		if l.Release.NotAutomatic {
			continue
		}
		for _, b := range l.binaries {
			key := f.key(l.Release, b)
			if old, ok := f[key]; !ok || compare(old, b.version) < 0 {
				f[key] = b.version
			}
		}
	}
	return f
}

func (f floors) key(r *Release, b binary) floorKey {
	id, codename := r.system()
	return floorKey{id, codename, b.name}
}

// of returns the version that an installed package must pass for r to upgrade
// it, "" where there is none.
func (f floors) of(r *Release, b binary) string {
	if !r.NotAutomatic {
		return ""
	}
	return f[f.key(r, b)]
}
