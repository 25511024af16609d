package applicability

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/inventory"
)

// note is told what was seen while a criterion was judged: the value, or why
// there is none, and where it came from. A nil note is not called.
type note func(seen, from string, truth fettle.Truth)

func (n note) add(truth fettle.Truth, from, format string, args ...any) fettle.Truth {
	if n != nil {
		n(fmt.Sprintf(format, args...), from, truth)
	}
	return truth
}

// judge evaluates a criterion that reads no package and refers to no other
// footprint.
func (h *host) judge(c Criterion, n note) fettle.Truth {
	switch c := c.(type) {
	case OS:
		return h.judgeOS(c, n)
	case Kernel:
		return judgeValue(h.record.Snapshot.Kernel.Release, "", c.Range, kernelScheme, "uname -r", n)
	case Fact:
		value, present := h.record.Snapshot.Fact(c.Name)
		if present != fettle.Yes {
			return n.add(present, "facts", "%s", absence(present))
		}
		return judgeValue(value, c.Is, c.Range, SchemeUnknown, "facts", n)
	case Host:
		return h.judgeHost(c, n)
	case Label:
		value, ok := h.record.Host.Labels[c.Name]
		if !ok {
			return n.add(fettle.No, "host labels", "no such label")
		}
		return n.add(fettle.TruthOf(c.Is == "" || c.Is == value), "host labels", "%s", value)
	case Service:
		return h.judgeService(c, n)
	case File:
		return h.judgeFile(c, n)
	case Registry:
		return h.judgeRegistry(c, n)
	case Product:
		p, present := h.record.Snapshot.Product(c.Code)
		if present != fettle.Yes {
			return n.add(present, "Windows Installer", "%s", absence(present))
		}
		return judgeValue(p.Version, "", c.Range, SchemePE, "Windows Installer", n)
	case ProductPatch:
		return h.judgeProductPatch(c, n)
	case Hotfix:
		if h.hotfixes[strings.ToUpper(c.ID)] {
			return n.add(fettle.Yes, "installed updates", "present")
		}
		truth := fettle.Unknown
		if h.record.Snapshot.Scope.Hotfixes {
			truth = fettle.No
		}
		return n.add(truth, "installed updates", "%s", absence(truth))
	default:
		return n.add(fettle.Unknown, "", "a criterion of a kind that this version does not know")
	}
}

// absence is how a value that is not there is spoken of.
func absence(present fettle.Truth) string {
	if present == fettle.No {
		return "absent"
	}
	return "nobody looked"
}

func (h *host) judgeOS(c OS, n note) fettle.Truth {
	os := &h.record.Snapshot.OS
	var value string
	switch c.Attribute {
	case OSFamily:
		value = os.Family
	case OSID:
		value = os.ID
	case OSLike:
		if os.ID == "" {
			break
		}
		like := append([]string{os.ID}, os.IDLike...)
		return n.add(fettle.TruthOf(slices.Contains(like, c.Is)), "operating system", "%s", strings.Join(like, " "))
	case OSVersion:
		value = os.Version
	case OSCodename:
		value = os.Codename
	case OSVariant:
		value = os.Variant
	case OSBuild:
		value = os.Build
	case OSArch:
		value = os.Arch
	}
	return judgeValue(value, c.Is, c.Range, SchemeDotted, "operating system", n)
}

// judgeValue judges a single value; an empty one is not known.
func judgeValue(value, is string, r Range, scheme Scheme, from string, n note) fettle.Truth {
	switch {
	case value == "":
		return n.add(fettle.Unknown, from, "not known")
	case is != "":
		return n.add(fettle.TruthOf(value == is), from, "%s", value)
	}
	truth, err := r.holds(value, scheme)
	if err != nil {
		return n.add(fettle.Unknown, from, "%s (%v)", value, err)
	}
	return n.add(truth, from, "%s", value)
}

// holds reports whether version lies in r, whose order is fallback where it
// states none. The error is that of an invalid version; then it is Unknown.
func (r Range) holds(version string, fallback Scheme) (fettle.Truth, error) {
	if len(r.Intervals) == 0 {
		return fettle.Yes, nil
	}
	scheme := r.Scheme
	if scheme == SchemeUnknown {
		scheme = fallback
	}
	for _, v := range r.Intervals {
		in, err := v.holds(version, scheme)
		if err != nil {
			return fettle.Unknown, err
		}
		if in {
			return fettle.Yes, nil
		}
	}
	return fettle.No, nil
}

func (v Interval) holds(version string, scheme Scheme) (bool, error) {
	if v == (Interval{}) {
		return true, scheme.Check(version)
	}
	if v.Low != "" {
		order, err := scheme.Compare(version, v.Low)
		if err != nil || order < 0 || order == 0 && v.LowExcluded {
			return false, err
		}
	}
	if v.High != "" {
		order, err := scheme.Compare(version, v.High)
		if err != nil || order > 0 || order == 0 && !v.HighIncluded {
			return false, err
		}
	}
	return true, nil
}

func (h *host) judgeHost(c Host, n note) fettle.Truth {
	var value string
	switch c.Attribute {
	case HostID:
		value = string(h.record.Host.ID)
	case HostName:
		value = h.record.Host.Name
	case HostSite:
		value = h.record.Host.Site
	}
	return judgeValue(value, c.Is, Range{}, SchemeUnknown, "host", n)
}

func (h *host) judgeService(c Service, n note) fettle.Truth {
	v, present := h.record.Snapshot.Service(c.Name)
	if present != fettle.Yes {
		return n.add(present, "services", "%s", absence(present))
	}
	truth := matches(c.State, v.State).And(matches(c.Start, v.Start))
	return n.add(truth, "services", "state %s, start %s", orUnknown(v.State), orUnknown(v.Start))
}

// matches compares a value with what is wanted of it; nothing wanted is met.
func matches(want, have string) fettle.Truth {
	switch {
	case want == "":
		return fettle.Yes
	case have == "":
		return fettle.Unknown
	default:
		return fettle.TruthOf(want == have)
	}
}

func orUnknown(s string) string {
	if s == "" {
		return "not known"
	}
	return s
}

func (h *host) judgeProductPatch(c ProductPatch, n note) fettle.Truth {
	s := &h.record.Snapshot
	for i := range s.Products {
		p := &s.Products[i]
		if c.Product != "" && !strings.EqualFold(p.Code, c.Product) {
			continue
		}
		for _, patch := range p.Patches {
			if strings.EqualFold(patch.Code, c.Code) {
				truth := fettle.TruthOf(patch.State == "applied" || patch.State == "superseded" || patch.State == "obsoleted")
				if patch.State == "" {
					truth = fettle.Unknown
				}
				return n.add(truth, "Windows Installer", "%s: %s", p.Code, orUnknown(patch.State))
			}
		}
	}
	truth := fettle.Unknown
	if s.Scope.Products {
		truth = fettle.No
	}
	return n.add(truth, "Windows Installer", "%s", absence(truth))
}

// combine folds the truths of several matches of a pattern. complete says
// whether these are known to be all.
func combine(which Quantifier, truths []fettle.Truth, complete bool) fettle.Truth {
	some, every := fettle.No, fettle.Yes
	for _, t := range truths {
		some, every = some.Or(t), every.And(t)
	}
	if !complete {
		some, every = some.Or(fettle.Unknown), every.And(fettle.Unknown)
	}
	switch {
	case which != Every:
		return some
	case len(truths) == 0 && complete:
		return fettle.No
	default:
		return every
	}
}

func (h *host) judgeRegistry(c Registry, n note) fettle.Truth {
	s := &h.record.Snapshot
	from := "registry"
	if !inventory.IsPattern(c.Place.Key) && c.Place.namesValue() {
		v, present := s.RegistryValue(c.Place.Key, c.Place.View, c.Place.Value)
		if present != fettle.Yes {
			return n.add(present, from, "%s", absence(present))
		}
		return n.add(c.meets(&v), from, "%s %s", v.Type, strings.Join(v.Data, " | "))
	}
	keys, complete := s.RegistryKeys(c.Place.Key, c.Place.View)
	truths := make([]fettle.Truth, 0, len(keys))
	for i := range keys {
		truth := fettle.Yes
		if c.Place.namesValue() {
			truth = h.judgeKeyValue(&c, keys[i].Key, n)
		} else {
			n.add(truth, from, "%s: exists", keys[i].Key)
		}
		truths = append(truths, truth)
	}
	if len(keys) == 0 {
		n.add(lookedTruth(complete), from, "%s", absence(lookedTruth(complete)))
	}
	return combine(c.Which, truths, complete)
}

func (h *host) judgeKeyValue(c *Registry, key string, n note) fettle.Truth {
	v, present := h.record.Snapshot.RegistryValue(key, c.Place.View, c.Place.Value)
	if present != fettle.Yes {
		return n.add(present, "registry", "%s: %s", key, absence(present))
	}
	return n.add(c.meets(&v), "registry", "%s: %s %s", key, v.Type, strings.Join(v.Data, " | "))
}

// meets judges the stated conditions on one value that exists.
func (c Registry) meets(v *inventory.RegistryValue) fettle.Truth {
	if c.Type != inventory.RegNone && c.Type != v.Type {
		return fettle.No
	}
	if c.Is != "" {
		return fettle.TruthOf(slices.Contains(v.Data, c.Is))
	}
	if c.Range.IsZero() {
		return fettle.Yes
	}
	if len(v.Data) != 1 {
		return fettle.Unknown
	}
	truth, err := c.Range.holds(v.Data[0], SchemeUnknown)
	if err != nil {
		return fettle.Unknown
	}
	return truth
}
