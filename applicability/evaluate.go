package applicability

import (
	"fmt"
	"strings"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/internal/program"
	"github.com/fettle-dev/fettle/inventory"
)

// evaluate judges a footprint straight from the record and, where proof is not
// nil, writes down why. refer judges another patch's Installed footprint.
func (h *host) evaluate(f Footprint, u use, proof *Proof) fettle.Truth {
	truth := fettle.Unknown
	switch c := f.criterion.(type) {
	case nil:
	case Always:
		truth = fettle.Yes
	case All:
		truth = fettle.Yes
		for _, kid := range h.members(c.Of, u, proof) {
			truth = truth.And(kid)
		}
	case Any:
		truth = fettle.No
		for _, kid := range h.members(c.Of, u, proof) {
			truth = truth.Or(kid)
		}
	case AtLeast:
		yes, unknown := 0, 0
		for _, kid := range h.members(c.Of, u, proof) {
			switch kid {
			case fettle.Yes:
				yes++
			case fettle.Unknown:
				unknown++
			case fettle.No:
			}
		}
		truth = program.Threshold(c.N, yes, unknown)
	case Not:
		truth = h.members([]Footprint{c.Of}, u, proof)[0].Not()
	case Package:
		truth = h.judgePackage(c, u, proof.note())
	case PatchInstalled:
		truth = h.judgeReference(c, proof)
	case File:
		c.Which = resolveFile(c.Which, u)
		truth = h.judge(c, proof.note())
	case Registry:
		c.Which = resolveFile(c.Which, u)
		truth = h.judge(c, proof.note())
	default:
		truth = h.judge(c, proof.note())
	}
	if proof != nil {
		proof.Truth = truth
	}
	return truth
}

func (h *host) members(of []Footprint, u use, proof *Proof) []fettle.Truth {
	truths := make([]fettle.Truth, len(of))
	if proof != nil {
		proof.Of = make([]Proof, len(of))
	}
	if h.catalog != nil && h.catalog.saved != nil {
		if h.steps += len(of); h.steps > maxSavedWeight {
			proof.note().add(fettle.Unknown, "catalogue", "its record says more than was compiled")
			return truths // Compile and its limits did not see this record
		}
	}
	for i, f := range of {
		var kid *Proof
		if proof != nil {
			kid = &proof.Of[i]
			kid.footprint, kid.use = f, u
		}
		truths[i] = h.evaluate(f, u, kid)
	}
	return truths
}

func (h *host) judgeReference(c PatchInstalled, proof *Proof) fettle.Truth {
	if h.catalog == nil {
		return proof.note().add(fettle.Unknown, "catalogue", "patch %s: no catalogue to look it up in", c.Patch)
	}
	i, ok := h.catalog.Find(c.Patch)
	if !ok || h.catalog.bad[i] {
		return proof.note().add(fettle.Unknown, "catalogue", "patch %s: not in the catalogue, or not to be compiled", c.Patch)
	}
	return h.members([]Footprint{h.catalog.Patch(i).Installed}, useInstalled, proof)[0]
}

// seenPackage is one instance that a package criterion speaks of.
type seenPackage struct {
	pkg     *inventory.Package
	version string
	in      fettle.Truth
	err     error
}

// judgePackage judges a package criterion straight from the package list.
func (h *host) judgePackage(c Package, u use, n note) fettle.Truth {
	list, untold, complete := h.instances(c)
	which := c.Which.resolve(u, c)
	if which == Newest {
		list = newestOf(list, c)
	}
	truths := make([]fettle.Truth, len(list))
	for i, s := range list {
		truths[i] = s.in
		n.add(s.in, s.pkg.Type+" package list", "%s", s.describe())
	}
	for _, s := range untold {
		n.add(fettle.Unknown, s.pkg.Type+" package list", "%s, whose module stream is not told", s.describe())
	}
	if len(list)+len(untold) == 0 {
		n.add(lookedTruth(complete), c.Type+" package list", "%s", absence(lookedTruth(complete)))
	}
	complete = complete && len(untold) == 0
	anyVersion := len(c.Range.Intervals) == 0
	switch {
	case len(list) > 0 && anyVersion:
		return fettle.Yes
	case which == Newest && len(list) > 0 && !complete:
		return fettle.Unknown // a newer one may be there
	case which == Newest:
		return combine(Every, truths, complete)
	default:
		return combine(which, truths, complete)
	}
}

// instances returns the present instances that the criterion speaks of, each
// judged, those that it may speak of because nobody knows their module stream,
// and whether the package list has all there are.
func (h *host) instances(c Package) (list, untold []seenPackage, complete bool) {
	s := &h.record.Snapshot
	scope := s.Scope.Type(c.Type)
	if c.Source {
		complete = scope.HasSource(c.Name) && sourcesKnown(s, c.Type)
	} else {
		complete = scope.HasName(c.Name)
	}
	for i := range s.Packages {
		p := &s.Packages[i]
		if p.Type != c.Type || !p.Present() || c.Arch != "" && p.Arch != c.Arch {
			continue
		}
		for _, version := range c.versionsOf(p) {
			seen := seenPackage{pkg: p, version: version}
			switch {
			case c.Module == "" || moduleStream(p.Module) == c.Module:
				seen.in, seen.err = c.Range.holds(version, SchemeFor(c.Type))
				list = append(list, seen)
			case streamUntold(p):
				untold = append(untold, seen)
			}
		}
	}
	return list, untold, complete
}

// versionsOf returns the versions that an instance has under the criterion's
// name: none where it is another package.
func (c Package) versionsOf(p *inventory.Package) []string {
	if !c.Source {
		if p.Name == c.Name {
			return []string{p.Version}
		}
		return nil
	}
	source, version := sourceOf(p)
	switch {
	case source == c.Name:
		return []string{version}
	case c.Name == "linux" && signedKernel(p):
		return []string{p.Version}
	default:
		return nil
	}
}

// newestOf keeps the instances of the newest version, of kernels alone where
// there is one.
func newestOf(list []seenPackage, c Package) []seenPackage {
	var images []seenPackage
	for _, s := range list {
		if kernelImage(s.pkg.Type, s.pkg.Name) {
			images = append(images, s)
		}
	}
	if len(images) > 0 {
		list = images
	}
	scheme := c.Range.Scheme
	if scheme == SchemeUnknown {
		scheme = SchemeFor(c.Type)
	}
	var best []seenPackage
	for _, s := range list {
		if s.err != nil {
			return []seenPackage{s} // which is newest cannot be told
		}
		order := 1
		if len(best) > 0 {
			order, _ = scheme.Compare(s.version, best[0].version)
		}
		if order > 0 {
			best = best[:0]
		}
		if order >= 0 {
			best = append(best, s)
		}
	}
	return best
}

func (s *seenPackage) describe() string {
	parts := []string{s.pkg.Name}
	if s.pkg.Arch != "" {
		parts[0] += "[" + s.pkg.Arch + "]"
	}
	parts = append(parts, s.version)
	if s.pkg.Broken() {
		parts = append(parts, "("+s.pkg.State.String()+")")
	}
	if s.pkg.Hold {
		parts = append(parts, "(held)")
	}
	if s.err != nil {
		parts = append(parts, fmt.Sprintf("(%v)", s.err))
	}
	return strings.Join(parts, " ")
}
