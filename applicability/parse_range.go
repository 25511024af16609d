package applicability

import (
	"slices"
	"strings"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/inventory"
)

func patchID(s string) fettle.PatchID { return fettle.PatchID(s) }

// versions reads an optional range: by SCHEME, then intervals between bars.
func (p *parser) versions() Range {
	var r Range
	if p.keyword("by") {
		pos := p.tok.pos
		if err := r.Scheme.UnmarshalText([]byte(p.value("a version order"))); err != nil && p.err == nil {
			p.tok.pos = pos
			p.fail("a version order: deb, rpm, apk, pep440, pe, semver, dotted or text")
		}
	}
	if !p.atInterval() {
		return r
	}
	for {
		r.Intervals = append(r.Intervals, p.interval())
		if len(r.Intervals) > MaxCriteria {
			p.failWith("", ErrTooWide)
		}
		if !p.mark("|") {
			return r
		}
	}
}

func (p *parser) atInterval() bool {
	switch p.tok.kind {
	case tokenMark:
		return slices.Contains([]string{"<", "<=", ">", ">=", "="}, p.tok.text)
	case tokenWord:
		return p.tok.text == "*" && !p.tok.quoted
	default:
		return false
	}
}

// interval reads one of: *, = v, a lower bound, an upper bound, a lower and an
// upper bound.
func (p *parser) interval() Interval {
	const version = "a version"
	var v Interval
	switch {
	case p.keyword("*"):
		return v
	case p.mark("="):
		v.Low = p.value(version)
		v.High, v.HighIncluded = v.Low, true
		return v
	case p.mark(">="):
		v.Low = p.value(version)
	case p.mark(">"):
		v.Low, v.LowExcluded = p.value(version), true
	case p.tok.kind != tokenMark:
		p.fail("<, <=, >, >= or = and a version")
	}
	switch {
	case p.mark("<="):
		v.High, v.HighIncluded = p.value(version), true
	case p.mark("<"):
		v.High = p.value(version)
	case v.Low == "":
		p.fail("<, <=, >, >= or = and a version")
	}
	return v
}

func (p *parser) file(which Quantifier) Criterion {
	c := File{Which: which}
	if p.keyword("in") {
		switch {
		case p.keyword("folder"):
			c.Path.Folder = p.value("the name of a known folder")
		case p.keyword("registry"):
			c.Path.Key = p.place()
		default:
			p.fail(`"folder" or "registry"`)
		}
	}
	c.Path.Path = p.value("a path in double quotes")
	for {
		switch {
		case p.keyword("size"):
			c.Size = p.interval()
		case p.keyword("digest"):
			c.Digest = fettle.Digest(p.value("a digest: sha256:hex"))
		case p.keyword("changed"):
			c.Changed = p.interval()
		case p.keyword("version"):
			c.Version = p.versions()
		case p.keyword("product"):
			c.Product = p.versions()
		default:
			return c
		}
	}
}

func (p *parser) place() RegistryPlace {
	c := RegistryPlace{Key: p.value("a registry key in double quotes")}
	if p.keyword("view") {
		c.View = p.view()
	}
	if p.keyword("value") {
		c.Value = p.value("the name of a registry value")
	}
	c.Default = p.keyword("default")
	return c
}

func (p *parser) view() (v inventory.View) {
	pos := p.tok.pos
	if err := v.UnmarshalText([]byte(p.value("64, 32 or native"))); err != nil && p.err == nil {
		p.tok.pos = pos
		p.fail("64, 32 or native")
	}
	return v
}

func (p *parser) registry(which Quantifier) Criterion {
	c := Registry{Which: which, Place: p.place()}
	if p.keyword("type") {
		pos := p.tok.pos
		if err := c.Type.UnmarshalText([]byte(p.value("a type of registry value"))); err != nil && p.err == nil {
			p.tok.pos = pos
			p.fail("a type of registry value: sz, dword, multi-sz, ...")
		}
	}
	c.Is = p.is()
	c.Range = p.versions()
	return c
}

// isPackageType reports whether typ has the form of a package type: a letter,
// then letters, digits, plus and hyphen, all lower case.
func isPackageType(typ string) bool {
	return typ != "" && typ[0] >= 'a' && typ[0] <= 'z' && strings.Trim(typ, "abcdefghijklmnopqrstuvwxyz0123456789+-") == ""
}

func osAttributes() []string {
	return []string{
		string(OSFamily), string(OSID), string(OSLike), string(OSVersion), string(OSCodename),
		string(OSVariant), string(OSBuild), string(OSArch),
	}
}

func (a OSAttribute) known() bool { return slices.Contains(osAttributes(), string(a)) }

// ranged reports whether a is a version.
func (a OSAttribute) ranged() bool { return a == OSVersion || a == OSBuild }
