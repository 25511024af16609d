package applicability_test

import (
	"slices"
	"strings"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/applicability"
	"github.com/fettle-dev/fettle/inventory"
)

// twin is the slow second opinion: it reads the footprint tree and the snapshot
// anew for every question, knows no ranks, indices or marks, and follows the
// words of the design one after the other. It covers what the random tests
// make: packages, os, facts, labels and what joins them.
type twin struct {
	patches []applicability.Patch
	allowed func(i int) bool
	r       *inventory.Record
}

type twinFinding struct {
	Target, Installed, Active, Exposed fettle.Truth
	Verdict                            applicability.Verdict
	Held, Broken                       bool
	By                                 int
}

func (w *twin) eval(f applicability.Footprint, target bool) fettle.Truth {
	switch c := f.Criterion().(type) {
	case applicability.Always:
		return fettle.Yes
	case applicability.All:
		t := fettle.Yes
		for _, kid := range c.Of {
			t = t.And(w.eval(kid, target))
		}
		return t
	case applicability.Any:
		t := fettle.No
		for _, kid := range c.Of {
			t = t.Or(w.eval(kid, target))
		}
		return t
	case applicability.AtLeast:
		low, high := 0, 0
		for _, kid := range c.Of {
			switch w.eval(kid, target) {
			case fettle.Yes:
				low, high = low+1, high+1
			case fettle.Unknown:
				high++
			case fettle.No:
			}
		}
		return certain(low >= c.N, high >= c.N)
	case applicability.Not:
		return w.eval(c.Of, target).Not()
	case applicability.OS:
		if w.r.Snapshot.OS.Codename == "" {
			return fettle.Unknown
		}
		return fettle.TruthOf(w.r.Snapshot.OS.Codename == c.Is)
	case applicability.Fact:
		v, ok := w.r.Snapshot.Facts[c.Name]
		if !ok {
			return certain(false, !w.r.Snapshot.Scope.HasFact(c.Name))
		}
		return fettle.TruthOf(v == c.Is)
	case applicability.PatchInstalled:
		for i := range w.patches {
			if w.patches[i].ID == c.Patch {
				return w.eval(w.patches[i].Installed, false)
			}
		}
		return fettle.Unknown
	case applicability.Package:
		return w.pkg(c, target)
	default:
		return fettle.Unknown
	}
}

// certain is Yes if so for sure, No if not even perhaps.
func certain(surely, perhaps bool) fettle.Truth {
	switch {
	case surely:
		return fettle.Yes
	case perhaps:
		return fettle.Unknown
	default:
		return fettle.No
	}
}

type twinInstance struct {
	p       inventory.Package
	version string
}

func (w *twin) instances(c applicability.Package) (list []twinInstance, all bool) {
	scope := w.r.Snapshot.Scope.Type(c.Type)
	all = scope.HasName(c.Name)
	if c.Source {
		all = scope.HasSource(c.Name)
	}
	for _, p := range w.r.Snapshot.Packages {
		if p.Type != c.Type || p.State == inventory.ConfigFiles {
			continue
		}
		name, version := p.Name, p.Version
		if c.Source {
			if p.Source == "" {
				all = false
			} else {
				name, version = p.Source, p.SourceVersion
				if c.Name == "linux" && strings.HasPrefix(p.Source, "linux-signed-") {
					name, version = "linux", p.Version
				}
			}
		}
		if name != c.Name || c.Arch != "" && c.Arch != p.Arch {
			continue
		}
		switch {
		case c.Module == "" || strings.HasPrefix(p.Module, c.Module+":"):
			list = append(list, twinInstance{p, version})
		case p.Module == "" && strings.Contains(p.Version, "-1.module"):
			all = false // it may be of that stream
		}
	}
	return list, all
}

// within says whether a version is in the range, by trying every interval.
func within(r applicability.Range, version string) fettle.Truth {
	if len(r.Intervals) == 0 {
		return fettle.Yes
	}
	if applicability.SchemeDeb.Check(version) != nil {
		return fettle.Unknown
	}
	in := false
	for _, v := range r.Intervals {
		low, high := true, true
		if v.Low != "" {
			c, _ := applicability.SchemeDeb.Compare(version, v.Low)
			low = c > 0 || c == 0 && !v.LowExcluded
		}
		if v.High != "" {
			c, _ := applicability.SchemeDeb.Compare(version, v.High)
			high = c < 0 || c == 0 && v.HighIncluded
		}
		in = in || low && high
	}
	return fettle.TruthOf(in)
}

func isImage(name string) bool { return strings.HasPrefix(name, "linux-image-6") }

// which resolves a quantifier as Package's comment says.
func which(c applicability.Package, target bool) applicability.Quantifier {
	switch {
	case len(c.Range.Intervals) == 0:
		return applicability.Some
	case c.Which != applicability.ByUse:
		return c.Which
	case target:
		return applicability.Some
	case c.Name == "linux" || isImage(c.Name):
		return applicability.Newest
	default:
		return applicability.Every
	}
}

// asked returns the instances that a criterion's answer is about.
func asked(list []twinInstance, q applicability.Quantifier, ranged bool) []twinInstance {
	if q != applicability.Newest {
		return list
	}
	if slices.ContainsFunc(list, func(i twinInstance) bool { return isImage(i.p.Name) }) {
		list = slices.DeleteFunc(slices.Clone(list), func(i twinInstance) bool { return !isImage(i.p.Name) })
	}
	if !ranged {
		return list
	}
	return slices.DeleteFunc(slices.Clone(list), func(i twinInstance) bool {
		return slices.ContainsFunc(list, func(j twinInstance) bool {
			c, _ := applicability.SchemeDeb.Compare(j.version, i.version)
			return c > 0
		})
	})
}

func (w *twin) pkg(c applicability.Package, target bool) fettle.Truth {
	list, all := w.instances(c)
	q := which(c, target)
	ranged := len(c.Range.Intervals) > 0
	if len(list) == 0 {
		return certain(false, !all)
	}
	if !ranged {
		return fettle.Yes
	}
	if q == applicability.Newest {
		candidates := asked(list, q, false)
		for _, i := range candidates {
			if applicability.SchemeDeb.Check(i.version) != nil {
				return fettle.Unknown
			}
		}
		if !all {
			return fettle.Unknown
		}
		return within(c.Range, asked(candidates, q, true)[0].version)
	}
	some, every := fettle.No, fettle.Yes
	for _, i := range list {
		t := within(c.Range, i.version)
		some, every = some.Or(t), every.And(t)
	}
	if !all {
		some, every = some.Or(fettle.Unknown), every.And(fettle.Unknown)
	}
	if q == applicability.Every {
		return every
	}
	return some
}

// twinLeaf is a package criterion of an Installed footprint; under a negation
// its range holds what is at fault.
type twinLeaf struct {
	applicability.Package
	not bool
}

// leaves returns the package criteria of an Installed footprint that matter on
// this host: not those in a conjunction with something other than packages that
// does not hold.
func (w *twin) leaves(f applicability.Footprint, not bool) (out []twinLeaf) {
	each := func(of []applicability.Footprint) {
		for _, kid := range of {
			out = append(out, w.leaves(kid, not)...)
		}
	}
	switch c := f.Criterion().(type) {
	case applicability.Package:
		return []twinLeaf{{c, not}}
	case applicability.Not:
		return w.leaves(c.Of, !not)
	case applicability.Any:
		each(c.Of)
	case applicability.AtLeast:
		each(c.Of)
	case applicability.All:
		gated := fettle.Yes
		for _, kid := range w.flat(c.Of) {
			if !readsPackages(w, kid) {
				gated = gated.And(w.eval(kid, false))
			}
		}
		if gated != fettle.No {
			each(c.Of)
		}
	case applicability.PatchInstalled:
		if n := w.index(c.Patch); n >= 0 {
			return w.leaves(w.patches[n].Installed, not)
		}
	}
	return out
}

// flat returns the members of nested conjunctions, those of a conjunction that
// stands elsewhere (another patch, a list of one) among them.
func (w *twin) flat(of []applicability.Footprint) (out []applicability.Footprint) {
	for _, f := range of {
		f = w.bare(f)
		if c, ok := f.Criterion().(applicability.All); ok {
			out = append(out, w.flat(c.Of)...)
		} else {
			out = append(out, f)
		}
	}
	return out
}

func (w *twin) bare(f applicability.Footprint) applicability.Footprint {
	switch c := f.Criterion().(type) {
	case applicability.All:
		if len(c.Of) == 1 {
			return w.bare(c.Of[0])
		}
	case applicability.Any:
		if len(c.Of) == 1 {
			return w.bare(c.Of[0])
		}
	case applicability.PatchInstalled:
		if n := w.index(c.Patch); n >= 0 {
			return w.bare(w.patches[n].Installed)
		}
	}
	return f
}

func readsPackages(w *twin, f applicability.Footprint) bool {
	switch c := f.Criterion().(type) {
	case applicability.Package:
		return true
	case applicability.Not:
		return readsPackages(w, c.Of)
	case applicability.All:
		return slices.ContainsFunc(c.Of, func(k applicability.Footprint) bool { return readsPackages(w, k) })
	case applicability.Any:
		return slices.ContainsFunc(c.Of, func(k applicability.Footprint) bool { return readsPackages(w, k) })
	case applicability.AtLeast:
		return slices.ContainsFunc(c.Of, func(k applicability.Footprint) bool { return readsPackages(w, k) })
	case applicability.PatchInstalled:
		for i := range w.patches {
			if w.patches[i].ID == c.Patch {
				return readsPackages(w, w.patches[i].Installed)
			}
		}
	}
	return false
}
