package applicability

import (
	"strconv"
	"strings"
)

// ParseFootprint reads the text form of a footprint; package documentation
// describes it. The error is a *ParseError, which knows the character. An empty
// text is an error: a footprint that holds everywhere is written always.
func ParseFootprint(text string) (Footprint, error) {
	p := &parser{text: text}
	p.advance()
	f := p.any(1)
	if p.err == nil && p.tok.kind != tokenEnd {
		p.fail(`"and", "or" or the end`)
	}
	if p.err != nil {
		return Footprint{}, p.err
	}
	return f, nil
}

// MustParse is ParseFootprint for texts in a program's source; it panics where
// ParseFootprint returns an error, so it is not for data.
func MustParse(text string) Footprint {
	f, err := ParseFootprint(text)
	if err != nil {
		panic(err)
	}
	return f
}

// parser is a recursive descent over tokens. The first failure is kept; the
// methods return at once after it, because tok is then the end.
type parser struct {
	text  string
	tok   token
	end   int // of tok
	nodes int
	err   *ParseError
}

func (p *parser) advance() {
	p.tok, p.end = nextToken(p.text, p.end)
	if p.tok.kind == tokenBad {
		p.fail(p.tok.want)
	}
}

func (p *parser) fail(want string) { p.failWith(want, nil) }

func (p *parser) failWith(want string, err error) {
	if p.err == nil {
		p.err = &ParseError{Text: p.text, Pos: p.tok.pos, Want: want, Err: err}
	}
	p.tok, p.end = token{pos: len(p.text)}, len(p.text)
}

// keyword reports whether the token is the bare word w, and passes it if so.
func (p *parser) keyword(w string) bool {
	if p.tok.kind != tokenWord || p.tok.quoted || p.tok.text != w {
		return false
	}
	p.advance()
	return true
}

func (p *parser) mark(m string) bool {
	if p.tok.kind != tokenMark || p.tok.text != m {
		return false
	}
	p.advance()
	return true
}

func (p *parser) expect(m string) {
	if !p.mark(m) {
		p.fail(strconv.Quote(m))
	}
}

// value reads a word or a quoted text that is what says.
func (p *parser) value(what string) string {
	if p.tok.kind != tokenString && (p.tok.kind != tokenWord || !p.tok.quoted && joins(p.tok.text)) {
		p.fail(what)
		return ""
	}
	text := p.tok.text
	p.advance()
	return text
}

func (p *parser) any(depth int) Footprint {
	of := []Footprint{p.all(depth)}
	for p.keyword("or") {
		of = append(of, p.all(depth))
	}
	if len(of) == 1 {
		return of[0]
	}
	return Footprint{Any{of}}
}

func (p *parser) all(depth int) Footprint {
	of := []Footprint{p.unary(depth)}
	for p.keyword("and") {
		of = append(of, p.unary(depth))
	}
	if len(of) == 1 {
		return of[0]
	}
	return Footprint{All{of}}
}

func (p *parser) unary(depth int) Footprint {
	p.nodes++
	switch {
	case depth > MaxDepth:
		p.failWith("", ErrTooDeep)
		return Footprint{}
	case p.nodes > MaxCriteria:
		p.failWith("", ErrTooWide)
		return Footprint{}
	case p.keyword("not"):
		return Footprint{Not{p.unary(depth + 1)}}
	case p.mark("("):
		f := p.any(depth + 1)
		p.expect(")")
		return f
	case p.keyword("always"):
		return Footprint{Always{}}
	case p.keyword("all"):
		return Footprint{All{p.call(depth)}}
	case p.keyword("any"):
		return Footprint{Any{p.call(depth)}}
	case p.keyword("at-least"):
		return p.atLeast(depth)
	default:
		return Footprint{p.leaf()}
	}
}

func (p *parser) call(depth int) []Footprint {
	p.expect("(")
	of := []Footprint{}
	if p.mark(")") {
		return of
	}
	for {
		of = append(of, p.any(depth+1))
		if !p.mark(",") {
			p.expect(")")
			return of
		}
	}
}

func (p *parser) atLeast(depth int) Footprint {
	pos := p.tok.pos
	n, err := strconv.Atoi(p.value("a number"))
	if err != nil && p.err == nil {
		p.tok.pos = pos
		p.fail("a number")
	}
	if !p.keyword("of") {
		p.fail(`"of" and a list in parentheses`)
	}
	return Footprint{AtLeast{N: n, Of: p.call(depth)}}
}

// leaf reads one criterion. Words that start one are known by their first word
// or, for facts, labels and packages, by what stands before a dot or colon.
func (p *parser) leaf() Criterion {
	which := p.quantifier()
	switch {
	case p.keyword("file"):
		return p.file(which)
	case p.keyword("registry"):
		return p.registry(which)
	case p.keyword("source"):
		c := p.pkg(which)
		c.Source = true
		return c
	case which != ByUse:
		return p.pkg(which)
	case p.keyword("kernel"):
		return Kernel{p.versions()}
	case p.keyword("site"):
		return Host{HostSite, p.equals()}
	case p.keyword("service"):
		return p.service()
	case p.keyword("patch"):
		return PatchInstalled{patchID(p.value("a patch id"))}
	case p.keyword("product"):
		return Product{p.value("a product code"), p.versions()}
	case p.keyword("product-patch"):
		c := ProductPatch{Code: p.value("a patch code")}
		if p.keyword("of") {
			c.Product = p.value("a product code")
		}
		return c
	case p.keyword("hotfix"):
		return Hotfix{p.value("the name of a Windows update")}
	case p.keyword("opaque"):
		return Opaque{p.value("a kind"), p.value("JSON in double quotes")}
	}
	return p.dotted()
}

// dotted reads os.ATTRIBUTE, host.ATTRIBUTE, fact.NAME and label.NAME; anything
// else must be a package.
func (p *parser) dotted() Criterion {
	if p.tok.kind == tokenWord {
		head, tail, ok := strings.Cut(p.tok.text, ".")
		if !ok {
			return p.pkg(ByUse)
		}
		switch head {
		case "os":
			return p.os(OSAttribute(tail))
		case "host":
			p.advance()
			return Host{HostAttribute(tail), p.equals()}
		case "label":
			p.advance()
			return Label{tail, p.is()}
		case "fact":
			p.advance()
			return Fact{Name: tail, Is: p.is(), Range: p.versions()}
		}
	}
	return p.pkg(ByUse)
}

func (p *parser) os(attribute OSAttribute) Criterion {
	if !attribute.known() {
		p.fail("os." + strings.Join(osAttributes(), ", os."))
		return OS{}
	}
	p.advance()
	return OS{Attribute: attribute, Is: p.is(), Range: p.versions()}
}

func (p *parser) quantifier() Quantifier {
	switch {
	case p.keyword("some"):
		return Some
	case p.keyword("every"):
		return Every
	case p.keyword("newest"):
		return Newest
	default:
		return ByUse
	}
}

// equals reads "= value"; is does so where one stands.
func (p *parser) equals() string {
	p.expect("=")
	return p.value("a value")
}

func (p *parser) is() string {
	if p.tok.kind != tokenMark || p.tok.text != "=" {
		return ""
	}
	return p.equals()
}

const wantCriterion = "a criterion, such as deb:openssl < 3.0.11 or os.id = debian"

func (p *parser) pkg(which Quantifier) Package {
	typ, name, ok := strings.Cut(p.tok.text, ":")
	if p.tok.kind != tokenWord || !ok || !isPackageType(typ) {
		p.fail(wantCriterion)
		return Package{}
	}
	if name == "" {
		p.tok.pos += len(typ) + 1
		p.fail("the name of a package")
		return Package{}
	}
	p.advance()
	c := Package{Type: typ, Name: name, Which: which}
	if p.mark("[") {
		p.attributes(&c)
	}
	c.Range = p.versions()
	return c
}

func (p *parser) attributes(c *Package) {
	for {
		switch {
		case p.keyword("arch"):
			c.Arch = p.equals()
		case p.keyword("module"):
			c.Module = p.equals()
		default:
			p.fail("arch= or module=")
		}
		if !p.mark(",") {
			p.expect("]")
			return
		}
	}
}

func (p *parser) service() Criterion {
	c := Service{Name: p.value("the name of a service")}
	if p.keyword("state") {
		c.State = p.value("a state")
	}
	if p.keyword("start") {
		c.Start = p.value("a start mode")
	}
	return c
}
