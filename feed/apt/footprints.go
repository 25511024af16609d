package apt

import (
	"path"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/applicability"
)

// footprints returns which hosts the patch is for and where it is installed.
func (g *group) footprints(floors floors, anySystem bool) (target, installed applicability.Footprint) {
	var present, current []applicability.Footprint
	for _, o := range g.offers {
		above := applicability.Range{}
		if floor := floors.of(g.release, o.binary); floor != "" {
			above.Intervals = []applicability.Interval{{Low: floor, LowExcluded: true}}
		}
		below := applicability.Before(o.version)
		for _, arch := range o.instances() {
			present = append(present, arch.having(o.name, above))
			current = append(current, applicability.That(applicability.Not{Of: arch.having(o.name, below)}))
		}
	}
	target = anyOf(present)
	if criteria := g.release.criteria(); len(criteria) > 0 && !anySystem {
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

// instances returns what an offer replaces. A package of the host's own
// architecture and one of "all" replace each other; on a host of another
// architecture they are strangers.
func (o offer) instances() []instance {
	same := instance{arch: o.arch}
	if o.arch != "all" {
		return []instance{same, {arch: "all", native: o.arch}}
	}
	all := []instance{same}
	for _, native := range o.native {
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
	host := applicability.That(applicability.OS{Attribute: applicability.OSArch, Is: i.native})
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
func (g *group) payloads() []applicability.Payload {
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
		for _, i := range o.instances() {
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
