package lint

import (
	"cmp"
	"strings"

	"github.com/fettle-dev/fettle/applicability"
	"github.com/fettle-dev/fettle/inventory"
)

// describe takes a criterion apart: what it speaks of, which instances, what it
// asks of them. A subject without a kind is one that nothing is known about.
func describe(c applicability.Criterion) (s subject, filter, conditions []test, which applicability.Quantifier) {
	switch c := c.(type) {
	case applicability.Package:
		s = subject{kind: kindPackage, typ: c.Type, name: c.Name, source: c.Source}
		filter = join(equal("arch", c.Arch), equal("module", c.Module)...)
		return s, filter, within("version", c.Range, applicability.SchemeFor(c.Type)), c.Which
	case applicability.OS:
		s = subject{kind: kindOS, name: string(c.Attribute), single: c.Attribute != applicability.OSLike}
		return s, equal("value", c.Is), within("value", c.Range, applicability.SchemeDotted), applicability.Some
	case applicability.Kernel:
		s = subject{kind: kindKernel, single: true}
		return s, nil, within("value", c.Range, applicability.SchemeRPM), applicability.Some
	case applicability.Fact:
		s = subject{kind: kindFact, name: c.Name, single: true}
		return s, equal("value", c.Is), within("value", c.Range, 0), applicability.Some
	case applicability.Host:
		s = subject{kind: kindHost, name: string(c.Attribute), single: true}
		return s, equal("value", c.Is), nil, applicability.Some
	case applicability.Label:
		s = subject{kind: kindLabel, name: c.Name, single: true}
		return s, equal("value", c.Is), nil, applicability.Some
	case applicability.Service:
		s = subject{kind: kindService, name: c.Name, single: true}
		return s, join(equal("state", c.State), equal("start", c.Start)...), nil, applicability.Some
	case applicability.Hotfix:
		return subject{kind: kindHotfix, name: strings.ToUpper(c.ID), single: true}, nil, nil, applicability.Some
	case applicability.Product:
		s = subject{kind: kindProduct, name: strings.ToUpper(c.Code), single: true}
		return s, nil, within("version", c.Range, applicability.SchemePE), applicability.Some
	case applicability.ProductPatch:
		s = subject{kind: kindProductPatch, name: strings.ToUpper(c.Code)}
		return s, equal("product", strings.ToUpper(c.Product)), nil, applicability.Some
	case applicability.File:
		return describeFile(c)
	case applicability.Registry:
		return describeRegistry(c)
	default:
		return subject{}, nil, nil, 0
	}
}

func describeFile(c applicability.File) (s subject, filter, conditions []test, which applicability.Quantifier) {
	name := c.Path.Path
	if windowsPath(c.Path) {
		name = strings.ToLower(strings.ReplaceAll(name, "/", `\`))
	}
	p := c.Path.Key
	name = strings.ToLower(c.Path.Folder) + "|" + strings.ToLower(p.Key+"|"+p.Value) + "|" + name
	s = subject{kind: kindFile, name: name, single: !c.Path.IsPattern(), path: c.Path}
	conditions = equal("digest", string(c.Digest))
	conditions = join(conditions, span("size", c.Size, orderSize)...)
	conditions = join(conditions, span("changed", c.Changed, orderInstant)...)
	conditions = join(conditions, within("version", c.Version, applicability.SchemePE)...)
	conditions = join(conditions, within("product", c.Product, applicability.SchemePE)...)
	return s, nil, conditions, c.Which
}

func describeRegistry(c applicability.Registry) (s subject, filter, conditions []test, which applicability.Quantifier) {
	p := c.Place
	name := strings.ToLower(p.Key + "|" + p.Value)
	if p.Value != "" || p.Default {
		name += "|value"
	}
	s = subject{kind: kindRegistry, name: name + "|" + p.View.String(), single: !inventory.IsPattern(p.Key), place: p}
	if c.Type != inventory.RegNone {
		conditions = equal("type", c.Type.String())
	}
	if c.Type == inventory.RegMulti && c.Is != "" {
		return subject{}, nil, nil, 0 // one of several elements: not reasoned about
	}
	conditions = join(conditions, equal("value", c.Is)...)
	return s, nil, join(conditions, within("value", c.Range, 0)...), c.Which
}

// equal is the test for a value; none where nothing is asked.
func equal(detail, is string) []test {
	if is == "" {
		return nil
	}
	return []test{{detail: detail, is: is}}
}

// within is the test for versions; none where any will do.
func within(detail string, r applicability.Range, fallback applicability.Scheme) []test {
	if len(r.Intervals) == 0 {
		return nil
	}
	scheme := cmp.Or(r.Scheme, fallback)
	return []test{{detail: detail, order: order{scheme: scheme}, ranges: r.Intervals}}
}

func span(detail string, v applicability.Interval, o order) []test {
	if v == (applicability.Interval{}) {
		return nil
	}
	return []test{{detail: detail, order: o, ranges: []applicability.Interval{v}}}
}

// windowsPath reports whether a path can only be one of Windows, so that its
// case does not count.
func windowsPath(p applicability.Path) bool {
	drive := len(p.Path) > 1 && p.Path[1] == ':'
	return p.Folder != "" || !p.Key.IsZero() || drive || strings.Contains(p.Path, `\`)
}
