package apt

import (
	"cmp"
	"fmt"
	"iter"
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
	version  string // of the source package
	offers   []offer
	records  int // used stanzas
	previous fettle.PatchID
}

// offer is one binary package in one architecture, in the version offered.
type offer struct {
	binary

	native []string // architectures of hosts to which an "all" package belongs
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
	for p := range eachPatch(lists, o) {
		patches = append(patches, p)
	}
	return patches
}

// eachPatch yields the patches and from how many stanzas each is made.
func eachPatch(lists []*List, o *PatchOptions) iter.Seq2[applicability.Patch, int] {
	if o == nil {
		o = &PatchOptions{}
	}
	return func(yield func(applicability.Patch, int) bool) {
		groups := grouped(lists)
		supersede(groups)
		floors := floorsOf(lists)
		for _, g := range groups {
			if !yield(g.patch(floors, o), g.records) {
				return
			}
		}
	}
}

// grouped collects the binary packages by patch, in the order of the IDs.
func grouped(lists []*List) []*group {
	groups := make(map[fettle.PatchID]*group)
	archs := architectures(lists)
	for _, l := range lists {
		if !l.Release.offers() {
			continue
		}
		prefix := l.Release.Name() + "/"
		for _, b := range l.binaries {
			id := fettle.PatchID(prefix + b.source + "@" + b.sourceVersion)
			g := groups[id]
			if g == nil {
				g = &group{id: id, release: l.Release, source: b.source, version: b.sourceVersion}
				groups[id] = g
			}
			g.records++
			g.offers = append(g.offers, offer{binary: b, native: l.natives(archs)})
		}
	}
	sorted := make([]*group, 0, len(groups))
	for _, g := range groups {
		g.merge()
		sorted = append(sorted, g)
	}
	slices.SortFunc(sorted, func(a, b *group) int { return cmp.Compare(a.id, b.id) })
	return sorted
}

// offers reports whether apt takes anything from the suite by itself.
func (r *Release) offers() bool { return !r.NotAutomatic || r.ButAutomaticUpgrades }

// architectures returns those that the lists are of, sorted.
func architectures(lists []*List) []string {
	var archs []string
	for _, l := range lists {
		if l.Arch != "" && l.Arch != "all" {
			archs = append(archs, l.Arch)
		}
	}
	slices.Sort(archs)
	return slices.Compact(archs)
}

// natives returns the architectures of the hosts that read l's "all" packages.
func (l *List) natives(archs []string) []string {
	if i := slices.Index(archs, l.Arch); i >= 0 {
		return archs[i : i+1]
	}
	return archs
}

// merge leaves one offer of each binary package and architecture, in their
// order: the highest version, for the hosts of all lists that have it.
func (g *group) merge() {
	slices.SortStableFunc(g.offers, func(a, b offer) int {
		return cmp.Or(cmp.Compare(a.name, b.name), cmp.Compare(a.arch, b.arch), compare(a.version, b.version))
	})
	kept := g.offers[:0]
	for _, o := range g.offers {
		if n := len(kept); n > 0 && kept[n-1].name == o.name && kept[n-1].arch == o.arch {
			o.native = union(kept[n-1].native, o.native)
			kept[n-1] = o
			continue
		}
		kept = append(kept, o)
	}
	g.offers = slices.Clip(kept)
}

func union(a, b []string) []string {
	if slices.Equal(a, b) {
		return a
	}
	all := slices.Concat(a, b)
	slices.Sort(all)
	return slices.Compact(all)
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

func (g *group) patch(floors floors, o *PatchOptions) applicability.Patch {
	p := applicability.Patch{
		ID:      g.id,
		Title:   fmt.Sprintf("%s %s in %s", g.source, g.version, g.release.Name()),
		Class:   g.release.class(),
		Restart: g.restart(),
	}
	if g.previous != "" {
		p.Supersedes = []fettle.PatchID{g.previous}
	}
	p.Target, p.Installed = g.footprints(floors, o.AnySystem)
	if o.Payloads {
		p.Payloads = g.payloads()
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
