package applicability

import (
	"cmp"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/internal/program"
	"github.com/fettle-dev/fettle/inventory"
)

// PackageState is one installed package that a finding is about.
type PackageState struct {
	Name      string `json:"name"`
	Arch      string `json:"arch,omitempty"`
	Installed string `json:"installed"`       // the version that was compared: of a source package where the footprint names one
	Fixed     string `json:"fixed,omitempty"` // the version from which on it is mended; empty: none is stated
	Held      bool   `json:"held,omitempty"`
	Broken    bool   `json:"broken,omitempty"`

	typ       string
	criterion string // the name by which the footprint speaks of it
}

// isOf reports whether the text of a package criterion speaks of p:
// "some deb:apt[arch=amd64] < 2.6.2" of apt, and of nothing else of that source.
func (p *PackageState) isOf(criterion string) bool {
	_, rest, found := strings.Cut(" "+criterion, " "+p.criterion)
	if !found || rest != "" && rest[0] != ' ' && rest[0] != '[' {
		return false
	}
	arch, stated := strings.CutPrefix(rest, "[arch=")
	return !stated || p.Arch == arch[:strings.IndexAny(arch+"]", ",]")]
}

func (p *PackageState) label() string {
	if p.Arch == "" {
		return p.Name
	}
	return p.Name + "[" + p.Arch + "]"
}

// Packages returns the packages that a finding of these facts is about, by name
// and architecture: those that keep the patch from being installed or, where it
// is, all that its Installed footprint read. A package that stands under
// several criteria is listed once, with the highest fixed version. A finding
// about a host that the patch is not for is about no package.
func (c *Catalog) Packages(f *Facts, finding Finding) []PackageState {
	if finding.Target == fettle.No {
		return nil
	}
	p := &c.program
	q := &p.Patches[finding.Patch]
	onDisk := finding.Installed == fettle.Yes
	var list []PackageState
	for _, ref := range p.Refs[q.LeavesFrom:q.LeavesTo] {
		if !p.Matters(&f.Facts, ref) {
			continue
		}
		l := &p.Leaves[ref.Index]
		criterion := c.criterion(ref.Index)
		p.Asked(&f.Facts, l, func(at int32) bool {
			in := &f.Instances[at]
			fails := p.Fails(ref, in)
			if onDisk || fails || in.Flags&program.Broken != 0 {
				pkg := &f.record.Snapshot.Packages[in.Package]
				list = append(list, criterion.state(pkg, in.Flags, !ref.Not))
			}
			return true
		})
	}
	return mergeStates(list)
}

func (c Package) state(pkg *inventory.Package, flags program.Flags, wanted bool) PackageState {
	version := pkg.Version
	if versions := c.versionsOf(pkg); len(versions) > 0 {
		version = versions[0]
	}
	return PackageState{
		Name: pkg.Name, Arch: pkg.Arch, Installed: version, typ: pkg.Type, criterion: c.Type + ":" + c.Name,
		Fixed: c.fixed(version, wanted),
		Held:  flags&program.Held != 0, Broken: flags&program.Broken != 0,
	}
}

// fixed returns the bound from which on version is mended, or, where it is,
// from which on it has been; empty: none is stated. wanted says that the range
// holds the mended versions rather than the vulnerable ones.
func (c Package) fixed(version string, wanted bool) string {
	scheme := cmp.Or(c.Range.Scheme, SchemeFor(c.Type))
	if wanted {
		return c.Range.enter(version, scheme)
	}
	return c.Range.leave(version, scheme)
}

// enter returns the lower bound of the interval that holds version, else the
// lowest one above it.
func (r Range) enter(version string, scheme Scheme) (best string) {
	for _, v := range r.Intervals {
		if in, err := v.holds(version, scheme); err == nil && in {
			return v.Low
		}
		if v.Low == "" || !scheme.before(version, v.Low) {
			continue
		}
		if best == "" || scheme.before(v.Low, best) {
			best = v.Low
		}
	}
	return best
}

// leave returns the upper bound of the intervals that hold version, one leading
// into the next, else the highest one below it. The last vulnerable version is no
// bound: which one mends it is not stated.
func (r Range) leave(version string, scheme Scheme) (best string) {
	at, inside := version, false
	for range r.Intervals { // each interval is left at most once
		i := slices.IndexFunc(r.Intervals, func(v Interval) bool {
			in, err := v.holds(at, scheme)
			return err == nil && in
		})
		if i < 0 {
			break
		}
		v := r.Intervals[i]
		if v.High == "" || v.HighIncluded {
			return ""
		}
		at, inside = v.High, true
	}
	if inside {
		return at
	}
	for _, v := range r.Intervals {
		if v.High != "" && !v.HighIncluded && !scheme.before(version, v.High) && (best == "" || scheme.before(best, v.High)) {
			best = v.High
		}
	}
	return best
}

// before reports whether a is the older of two versions; of invalid ones it is
// not known, so not.
func (s Scheme) before(a, b string) bool {
	order, err := s.Compare(a, b)
	return err == nil && order < 0
}

func mergeStates(list []PackageState) []PackageState {
	slices.SortStableFunc(list, func(a, b PackageState) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Arch, b.Arch), cmp.Compare(a.Installed, b.Installed))
	})
	var out []PackageState
	for _, s := range list {
		last := len(out) - 1
		if last < 0 || out[last].Name != s.Name || out[last].Arch != s.Arch || out[last].Installed != s.Installed {
			out = append(out, s)
			continue
		}
		if order, err := SchemeFor(s.typ).Compare(s.Fixed, out[last].Fixed); s.Fixed != "" && (out[last].Fixed == "" || err == nil && order > 0) {
			out[last] = s
		}
	}
	return out
}

// Reasons returns why a finding of these facts is what it is: its code with
// names in place of indices, then what its flags say. A finding without either
// explains itself.
func (c *Catalog) Reasons(f *Facts, finding Finding) []fettle.Reason {
	var list []fettle.Reason
	add := func(code string, args ...string) {
		r := fettle.Reason{Code: code}
		for i := 0; i+1 < len(args); i += 2 {
			if args[i+1] == "" {
				continue
			}
			if r.Args == nil {
				r.Args = map[string]string{}
			}
			r.Args[args[i]] = args[i+1]
		}
		list = append(list, r)
	}
	by := ""
	if finding.By != nobody {
		by = string(c.ids[finding.By])
	}
	switch finding.Code {
	case CodeNone:
	case CodeFactsMissing:
		add(finding.Code.String(), "facts", strings.Join(c.missing(f, finding), "; "))
	default:
		add(finding.Code.String(), "by", by)
	}
	if finding.Flags&(Held|Broken) != 0 {
		packages := c.Packages(f, finding)
		if finding.Has(Held) {
			add("held", "packages", labels(packages, func(p *PackageState) bool { return p.Held }))
		}
		if finding.Has(Broken) {
			add("broken", "packages", labels(packages, func(p *PackageState) bool { return p.Broken }), "do", "repair")
		}
	}
	if finding.Verdict == Installed && finding.Active == fettle.Unknown {
		add("in-force-unknown")
	}
	if finding.Has(StaleData) && finding.Code != CodeStaleCatalog && finding.Code != CodeStaleSnapshot {
		add("stale")
	}
	if finding.Has(Unapproved) && finding.Verdict != Installed && finding.Verdict != PendingRestart {
		add("unapproved")
	}
	return list
}

func labels(packages []PackageState, which func(p *PackageState) bool) string {
	var names []string
	for i := range packages {
		if which(&packages[i]) {
			names = append(names, packages[i].label())
		}
	}
	return strings.Join(names, " ")
}

// missing names the criteria whose facts are not known.
func (c *Catalog) missing(f *Facts, finding Finding) []string {
	if f.catalog != c.compiled {
		return nil
	}
	p, err := c.readPatch(finding.Patch)
	if err != nil {
		return []string{err.Error()}
	}
	h := f.prover(c)
	unknown := h.prove(p.Target, useTarget).unknowns(nil)
	if finding.Target == fettle.Yes {
		unknown = h.prove(p.Installed, useInstalled).unknowns(nil)
	}
	var names []string
	for _, proof := range unknown {
		if !slices.Contains(names, proof.Criterion) {
			names = append(names, proof.Criterion)
		}
	}
	return names
}

// ReasonText renders a reason of this package for people.
func ReasonText(r fettle.Reason) string {
	by := r.Args["by"]
	switch r.Code {
	case "facts-missing":
		return "facts are missing that would decide: " + r.Args["facts"]
	case "uncompiled":
		return "the patch's own record cannot be used"
	case "stale-catalog":
		return "the catalogue is too old to say that all is well"
	case "stale-snapshot":
		return "the snapshot is too old to say that all is well"
	case "stale":
		return "the data is old; the answer stands all the same"
	case "after":
		return by + " has to be installed first"
	case "superseded":
		return by + " takes its place"
	case "requires":
		return "it requires " + by + ", which cannot be had here"
	case "requires-unknown":
		return "it requires " + by + ", of which nothing can be said here"
	case "requires-unapproved":
		return "it requires " + by + ", which is not approved"
	case "conflict":
		return by + " is installed and conflicts with it"
	case "no-fix":
		return "the vendor offers no fix yet"
	case "restart":
		return "what is on disk waits for a restart"
	case "withdrawn":
		return "the patch was taken back"
	case "held":
		return "held: " + r.Args["packages"]
	case "broken":
		return "broken: repair " + r.Args["packages"]
	case "in-force-unknown":
		return "it is on disk; whether it is in force is not known"
	case "unapproved":
		return "it is not approved"
	default:
		return r.Code
	}
}
