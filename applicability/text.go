package applicability

import (
	"strconv"
	"strings"
)

// String returns the footprint in the text form that ParseFootprint reads:
//
//	deb:openssl < 3.0.11-1~deb12u2 and os.id = debian
//
// Reading the text of a footprint that Check accepts gives an equal one. A zero
// footprint is the empty string.
func (f Footprint) String() string {
	var w textWriter
	w.footprint(f, 0)
	return w.String()
}

// String returns the range as a footprint writes it after its subject:
// ">= 1.0 < 1.2 | >= 2.0 < 2.1".
func (r Range) String() string {
	var w textWriter
	w.versions(r, false)
	return strings.TrimPrefix(w.String(), " ")
}

type textWriter struct{ strings.Builder }

func (w *textWriter) footprint(f Footprint, depth int) {
	if depth > MaxDepth {
		w.WriteString("...")
		return
	}
	switch c := f.criterion.(type) {
	case nil:
	case Always:
		w.WriteString("always")
	case All:
		w.list("all", " and ", c.Of, depth)
	case Any:
		w.list("any", " or ", c.Of, depth)
	case AtLeast:
		w.WriteString("at-least " + strconv.Itoa(c.N) + " of ")
		w.call(c.Of, depth)
	case Not:
		w.WriteString("not ")
		w.operand(c.Of, depth, false)
	default:
		w.leaf(c)
	}
}

// list writes two members or more with the word between them, fewer as a call:
// all(), any(always).
func (w *textWriter) list(word, between string, of []Footprint, depth int) {
	if len(of) < 2 {
		w.WriteString(word)
		w.call(of, depth)
		return
	}
	for i, f := range of {
		if i > 0 {
			w.WriteString(between)
		}
		w.operand(f, depth, word == "any")
	}
}

func (w *textWriter) call(of []Footprint, depth int) {
	w.WriteByte('(')
	for i, f := range of {
		if i > 0 {
			w.WriteString(", ")
		}
		w.footprint(f, depth+1)
	}
	w.WriteByte(')')
}

// operand writes a member of a list or a not, in parentheses where it is a list
// itself, so that nesting is kept. Within "or", "and" binds tighter.
func (w *textWriter) operand(f Footprint, depth int, inAny bool) {
	paren := false
	switch c := f.criterion.(type) {
	case All:
		paren = len(c.Of) > 1 && !inAny
	case Any:
		paren = len(c.Of) > 1
	}
	if paren {
		w.WriteByte('(')
	}
	w.footprint(f, depth+1)
	if paren {
		w.WriteByte(')')
	}
}

func (w *textWriter) leaf(c Criterion) {
	switch c := c.(type) {
	case Package:
		w.pkg(c)
	case OS:
		w.WriteString("os.")
		w.word(string(c.Attribute))
		w.is(c.Is)
		w.versions(c.Range, true)
	case Kernel:
		w.WriteString("kernel")
		w.versions(c.Range, false)
	case Fact:
		w.WriteString("fact.")
		w.word(c.Name)
		w.is(c.Is)
		w.versions(c.Range, true)
	case Host:
		if c.Attribute == HostSite {
			w.WriteString("site")
		} else {
			w.WriteString("host.")
			w.word(string(c.Attribute))
		}
		w.WriteString(" = ")
		w.word(c.Is)
	case Label:
		w.WriteString("label.")
		w.word(c.Name)
		w.is(c.Is)
	case Service:
		w.WriteString("service ")
		w.word(c.Name)
		w.option("state", c.State)
		w.option("start", c.Start)
	case PatchInstalled:
		w.WriteString("patch ")
		w.word(string(c.Patch))
	case File:
		w.file(c)
	case Registry:
		w.registry(c)
	case Product:
		w.WriteString("product ")
		w.word(c.Code)
		w.versions(c.Range, false)
	case ProductPatch:
		w.WriteString("product-patch ")
		w.word(c.Code)
		w.option("of", c.Product)
	case Hotfix:
		w.WriteString("hotfix ")
		w.word(c.ID)
	case Opaque:
		w.WriteString("opaque ")
		w.word(c.Kind)
		w.WriteString(" " + strconv.Quote(c.JSON))
	}
}

func (w *textWriter) pkg(c Package) {
	w.quantifier(c.Which)
	if c.Source {
		w.WriteString("source ")
	}
	w.WriteString(c.Type + ":")
	w.word(c.Name)
	if c.Arch != "" || c.Module != "" {
		w.WriteByte('[')
		if c.Arch != "" {
			w.WriteString("arch=")
			w.word(c.Arch)
		}
		if c.Arch != "" && c.Module != "" {
			w.WriteByte(',')
		}
		if c.Module != "" {
			w.WriteString("module=")
			w.word(c.Module)
		}
		w.WriteByte(']')
	}
	w.versions(c.Range, false)
}

func (w *textWriter) quantifier(q Quantifier) {
	if q != ByUse {
		w.WriteString(q.String() + " ")
	}
}

func (w *textWriter) file(c File) {
	w.quantifier(c.Which)
	w.WriteString("file ")
	if c.Path.Folder != "" {
		w.WriteString("in folder ")
		w.word(c.Path.Folder)
		w.WriteByte(' ')
	}
	if !c.Path.Key.IsZero() {
		w.WriteString("in registry ")
		w.place(c.Path.Key)
		w.WriteByte(' ')
	}
	w.WriteString(strconv.Quote(c.Path.Path))
	if c.Size != (Interval{}) {
		w.WriteString(" size")
		w.interval(c.Size, false)
	}
	w.option("digest", string(c.Digest))
	if c.Changed != (Interval{}) {
		w.WriteString(" changed")
		w.interval(c.Changed, false)
	}
	if !c.Version.IsZero() {
		w.WriteString(" version")
		w.versions(c.Version, false)
	}
	if !c.Product.IsZero() {
		w.WriteString(" product")
		w.versions(c.Product, false)
	}
}

func (w *textWriter) place(p RegistryPlace) {
	w.WriteString(strconv.Quote(p.Key))
	if p.View != 0 {
		w.WriteString(" view " + p.View.String())
	}
	if p.Value != "" {
		w.WriteString(" value " + strconv.Quote(p.Value))
	}
	if p.Default {
		w.WriteString(" default")
	}
}

func (w *textWriter) registry(c Registry) {
	w.quantifier(c.Which)
	w.WriteString("registry ")
	w.place(c.Place)
	if c.Type != 0 {
		w.WriteString(" type " + c.Type.String())
	}
	w.is(c.Is)
	w.versions(c.Range, true)
}

func (w *textWriter) option(name, value string) {
	if value != "" {
		w.WriteString(" " + name + " ")
		w.word(value)
	}
}

func (w *textWriter) is(value string) {
	if value != "" {
		w.WriteString(" = ")
		w.word(value)
	}
}

// versions writes a range after its subject. beside says that "= value" means a
// comparison of bytes there, so an exact version is written as a pair of bounds.
func (w *textWriter) versions(r Range, beside bool) {
	if r.Scheme != SchemeUnknown {
		w.WriteString(" by " + r.Scheme.String())
	}
	for i, v := range r.Intervals {
		if i > 0 {
			w.WriteString(" |")
		}
		w.interval(v, beside)
	}
}

func (w *textWriter) interval(v Interval, beside bool) {
	switch {
	case v == Interval{}:
		w.WriteString(" *")
	case v.Low == v.High && v.HighIncluded && !v.LowExcluded && !beside:
		w.bound(" = ", v.Low)
	default:
		if v.Low != "" {
			w.bound(pick(v.LowExcluded, " > ", " >= "), v.Low)
		}
		if v.High != "" {
			w.bound(pick(v.HighIncluded, " <= ", " < "), v.High)
		}
	}
}

func (w *textWriter) bound(op, version string) {
	w.WriteString(op)
	w.word(version)
}

func pick(cond bool, yes, no string) string {
	if cond {
		return yes
	}
	return no
}

// word writes a value bare where the parser reads it back as one word, else
// quoted.
func (w *textWriter) word(s string) {
	bare := s != "" && s != "*" && !joins(s)
	for i := 0; i < len(s) && bare; i++ {
		bare = wordByte(s[i])
	}
	if bare {
		w.WriteString(s)
	} else {
		w.WriteString(strconv.Quote(s))
	}
}

// joins reports whether a bare word joins criteria, so that it can be no value:
// whoever writes "deb:openssl < and" forgot the version.
func joins(word string) bool { return word == "and" || word == "or" || word == "not" }

// wordByte reports whether c may stand in a bare word.
func wordByte(c byte) bool {
	return c > ' ' && c < 0x7f && !strings.ContainsRune(`()[],<>=|"`, rune(c))
}
