package apt

import (
	"cmp"
	"fmt"
	"iter"
	"maps"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/applicability"
)

// PatchOptions shape the patches. A nil *PatchOptions and zero fields ask for
// the defaults.
type PatchOptions struct {
	// AnySystem leaves the criteria on the host's system out. Ask for it where
	// the lists are the host's own, which settles what they are for, also on a
	// host whose os-release names another suite, as in Debian unstable.
	AnySystem bool
	// Only keeps the patches that have a binary package for which it returns
	// true, such as one that is installed on the one host in question. An
	// archive has some ten thousand patches, a host packages of a few hundred.
	// Nil: all.
	Only func(name string) bool
	// Payloads states every binary package as a payload: name, size, digest,
	// location below the archive, and when it is the variant to take. It takes
	// about three times the memory.
	Payloads bool
}

// group is one source version of one suite, as it becomes a patch: the binary
// packages that the lists offer of it.
type group struct {
	id       fettle.PatchID
	release  *Release
	source   string
	version  string   // of the source package
	offers   []binary // one for each binary package and architecture
	records  int      // used stanzas
	previous fettle.PatchID
}

// Patches makes patches of lists: one for each suite, source package and source
// version, in the order of their IDs. What the lists offer together is weighed
// as apt does with all its priorities left alone: a suite that is NotAutomatic
// gives no patches; one that is also ButAutomaticUpgrades gives patches for
// those packages alone whose installed version is newer than all automatic
// suites offer. So the lists of a host belong into one call.
//
// A patch is for hosts that have one of its packages, in any version. It is
// Installed where no instance of them is older than what the lists offer of
// that instance's architecture: each binary package counts with its own
// version, which need not be that of its source. As in apt, a package that is
// "all" on one side and of the host's own architecture on the other is one.
//
// Of the patches of one source package for one release of one distribution,
// across its pockets (bookworm, bookworm-security, bookworm-updates), each
// supersedes the next older; of two with the same version that of a security
// suite supersedes the other.
func Patches(lists []*List, o *PatchOptions) []applicability.Patch {
	var patches []applicability.Patch
	for p := range weigh(lists, o).patches() {
		patches = append(patches, p)
	}
	return patches
}

// weighed are the lists together.
type weighed struct {
	groups  []*group       // in the order of their IDs
	skipped map[string]int // stanzas that are in order and in no group, by reason
	floors  floors
	archs   []string // of the lists, so of the hosts
	options PatchOptions
}

func weigh(lists []*List, o *PatchOptions) *weighed {
	w := &weighed{skipped: map[string]int{}, floors: floorsOf(lists), archs: architectures(lists)}
	if o != nil {
		w.options = *o
	}
	groups := make(map[fettle.PatchID]*group)
	for _, l := range lists {
		prefix := l.Release.Name() + "/"
		for _, b := range l.binaries {
			if reason := w.skips(l.Release, b); reason != "" {
				w.skipped[reason]++
				continue
			}
			id := fettle.PatchID(prefix + b.source + "@" + b.sourceVersion)
			g := groups[id]
			if g == nil {
				g = &group{id: id, release: l.Release, source: b.source, version: b.sourceVersion}
				groups[id] = g
			}
			g.records++
			g.offers = append(g.offers, b)
		}
	}
	for _, g := range groups {
		g.merge()
		w.groups = append(w.groups, g)
	}
	slices.SortFunc(w.groups, func(a, b *group) int { return cmp.Compare(a.id, b.id) })
	supersede(w.groups)
	w.groups = slices.DeleteFunc(w.groups, func(g *group) bool {
		if w.options.Only == nil || slices.ContainsFunc(g.offers, func(b binary) bool { return w.options.Only(b.name) }) {
			return false
		}
		w.skipped["of no package that was asked for"] += g.records
		return true
	})
	return w
}

// patches yields the patches and from how many stanzas each is made.
func (w *weighed) patches() iter.Seq2[applicability.Patch, int] {
	return func(yield func(applicability.Patch, int) bool) {
		for _, g := range w.groups {
			if !yield(w.patch(g), g.records) {
				return
			}
		}
	}
}

// skips returns why apt would never upgrade to b by itself, "" where it would.
func (w *weighed) skips(r *Release, b binary) string {
	switch {
	case r.NotAutomatic && !r.ButAutomaticUpgrades:
		return "of a suite that is not automatic"
	case r.NotAutomatic && w.floors.of(r, b) != "" && compare(w.floors.of(r, b), b.version) >= 0:
		return "not newer than what the automatic suites offer"
	default:
		return ""
	}
}

// architectures returns those that the lists have packages of, sorted.
func architectures(lists []*List) []string {
	found := make(map[string]bool)
	for _, l := range lists {
		found[l.Arch] = true
		for _, b := range l.binaries {
			if l.Arch == "" {
				found[b.arch] = true
			}
		}
	}
	delete(found, "")
	delete(found, "all")
	return slices.Sorted(maps.Keys(found))
}

// merge leaves one offer of each binary package and architecture, in their
// order: the highest version.
func (g *group) merge() {
	slices.SortStableFunc(g.offers, func(a, b binary) int {
		return cmp.Or(cmp.Compare(a.name, b.name), cmp.Compare(a.arch, b.arch), compare(a.version, b.version))
	})
	kept := g.offers[:0]
	for _, o := range g.offers {
		if n := len(kept); n > 0 && kept[n-1].name == o.name && kept[n-1].arch == o.arch {
			kept[n-1] = o
			continue
		}
		kept = append(kept, o)
	}
	g.offers = slices.Clip(kept)
}

// compare compares versions that were checked when they were read.
func compare(a, b string) int {
	c, err := applicability.SchemeDeb.Compare(a, b)
	if err != nil {
		return cmp.Compare(a, b)
	}
	return c
}

// supersede lets each group follow the next older one of the same source.
func supersede(groups []*group) {
	chains := make(map[[4]string][]*group)
	for _, g := range groups {
		id, _ := g.release.system()
		origin := g.release.Origin
		if id != "" {
			origin = "" // all archives of one distribution
		}
		key := [4]string{id, origin, g.release.base(), g.source}
		chains[key] = append(chains[key], g)
	}
	for _, chain := range chains {
		slices.SortFunc(chain, func(a, b *group) int {
			return cmp.Or(compare(a.version, b.version), cmp.Compare(a.release.rank(), b.release.rank()), cmp.Compare(a.id, b.id))
		})
		for i, g := range chain[1:] {
			g.previous = chain[i].id
		}
	}
}

func (w *weighed) patch(g *group) applicability.Patch {
	p := applicability.Patch{
		ID:      g.id,
		Title:   fmt.Sprintf("%s %s in %s", g.source, g.version, g.release.Name()),
		Class:   g.release.class(),
		Restart: g.restart(),
	}
	if g.previous != "" {
		p.Supersedes = []fettle.PatchID{g.previous}
	}
	p.Target, p.Installed = w.footprints(g)
	if w.options.Payloads {
		p.Payloads = w.payloads(g)
	}
	return p
}

// restart says what is known: a kernel is in force once the host has restarted
// into it, and processor microcode is loaded at boot. What else must restart
// (services, a desktop, everything that has a library open) an archive does not
// tell.
func (g *group) restart() fettle.Restart {
	kernel := false
	for _, o := range g.offers {
		switch {
		case strings.HasPrefix(o.name, "linux-image-"), o.name == "intel-microcode", o.name == "amd64-microcode":
			kernel = true
		case !strings.HasPrefix(o.name, "linux-headers-") && !strings.HasPrefix(o.name, "linux-modules-"):
			return fettle.RestartUnknown
		}
	}
	if kernel {
		return fettle.RestartHost
	}
	return fettle.RestartUnknown
}
