package oval

import (
	"regexp"
	"regexp/syntax"
	"strings"
)

// pattern is a Perl-compatible regular expression as OVAL uses them. What Go's
// package regexp does not have (looking ahead or behind, references back) does
// not compile. What both have, and understand in two ways, is evened out: a
// text that ends in a line feed has two ends for "$" and none but the first for
// "^", white space has the vertical tab (pcrepattern(3), PCRE 8.34).
type pattern struct {
	re *regexp.Regexp
	// lined is the same for texts that end in a line feed, nil where that makes
	// no difference. Its groups called lineFeed are what "$" stands before.
	lined *regexp.Regexp
	leads bool // it has to begin where a line does, and may be empty there
}

const lineFeed = "ovalLineFeed"

// compile reads a pattern. flags are those of regexp/syntax, like "(?m)".
func compile(flags, text string) (*pattern, error) {
	plain, lined := perl(text, strings.Contains(flags, "m"))
	re, err := regexp.Compile(flags + plain)
	if err != nil {
		return nil, err
	}
	p := &pattern{re: re}
	if parsed, err := syntax.Parse(flags+plain, syntax.Perl); err == nil {
		p.leads = leads(parsed)
	}
	if lined != plain {
		if p.lined, err = regexp.Compile(flags + lined); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// leads reports whether a pattern can match nothing but where a line begins.
func leads(re *syntax.Regexp) bool {
	switch re.Op {
	case syntax.OpBeginLine:
		return true
	case syntax.OpCapture, syntax.OpConcat, syntax.OpPlus:
		return len(re.Sub) > 0 && leads(re.Sub[0])
	case syntax.OpAlternate:
		for _, sub := range re.Sub {
			if !leads(sub) {
				return false
			}
		}
		return true
	default:
		return false
	}
}

// perl rewrites what Perl understands in another way than package regexp:
// plain for texts that end in no line feed, lined for those that do. multi says
// that "$" ends each line.
func perl(text string, multi bool) (plain, lined string) {
	const end = `(?:(?P<` + lineFeed + `>\n?)\z)`
	var a, b strings.Builder
	both := func(s string) { a.WriteString(s); b.WriteString(s) }
	multi = multi || setsMulti(text)
	class := -1 // where a class of characters begins
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\\' && i+1 < len(text):
			i++
			if text[i] == 'Q' {
				quoted := strings.Index(text[i:], `\E`) + 2
				if quoted < 2 {
					quoted = len(text) - i
				}
				both(`\` + text[i:i+quoted])
				i += quoted - 1
				continue
			}
			if text[i] == 'Z' && class < 0 {
				a.WriteString(`\z`)
				b.WriteString(end)
				continue
			}
			both(escaped(text[i], class >= 0))
		case class >= 0:
			if c == ']' && i > class {
				class = -1
			}
			if c == '[' && i+1 < len(text) && text[i+1] == ':' {
				if n := strings.Index(text[i:], ":]"); n >= 0 {
					both(text[i : i+n+2])
					i += n + 1
					continue
				}
			}
			both(text[i : i+1])
		case c == '[':
			both("[")
			class = i + 1
			if class < len(text) && text[class] == '^' {
				class++
			}
		case c == '$' && !multi:
			a.WriteByte('$')
			b.WriteString(end)
		default:
			both(text[i : i+1])
		}
	}
	return a.String(), b.String()
}

// setsMulti reports whether a pattern itself says that "$" ends each line,
// somewhere.
func setsMulti(text string) bool {
	for {
		_, rest, found := strings.Cut(text, "(?")
		if !found {
			return false
		}
		if end := strings.IndexAny(rest, ":)"); end > 0 && strings.Trim(rest[:end], "imsU-") == "" && strings.Contains(rest[:end], "m") {
			return true
		}
		text = rest
	}
}

// escaped returns what stands for a letter behind a backslash.
func escaped(letter byte, inClass bool) string {
	const across, down = `\t \x{A0}\x{1680}\x{180E}\x{2000}-\x{200A}\x{202F}\x{205F}\x{3000}`, `\n\v\f\r\x{85}\x{2028}\x{2029}`
	if inClass {
		switch letter {
		case 's':
			return `\s\v`
		case 'h':
			return across
		case 'v':
			return down
		}
	}
	switch letter {
	case 's':
		return `[\s\v]`
	case 'S':
		if !inClass {
			return `[^\s\v]`
		}
	case 'h':
		return `[` + across + `]`
	case 'H':
		return `[^` + across + `]`
	case 'v':
		return `[` + down + `]`
	case 'V':
		return `[^` + down + `]`
	case 'N':
		return `[^\n]`
	case 'R':
		return `(?:\r\n|[` + down + `])`
	case 'e':
		return `\x1b`
	}
	return `\` + string(letter)
}

// on returns what matches a text.
func (p *pattern) on(text string) *regexp.Regexp {
	if p.lined != nil && strings.HasSuffix(text, "\n") {
		return p.lined
	}
	return p.re
}

func (p *pattern) matches(text string) bool {
	re := p.on(text)
	if p.leads && strings.HasSuffix(text, "\n") {
		all, _ := p.find(text, 1)
		return len(all) > 0
	}
	return re.MatchString(text)
}

// found is a match: its text, and the groups that took part in it.
type found struct {
	text   string
	groups []string
}

// find returns the first matches in a text, and whether these are all.
func (p *pattern) find(text string, most int) (all []found, complete bool) {
	re := p.on(text)
	names := re.SubexpNames()
	ended := strings.HasSuffix(text, "\n")
	for _, at := range re.FindAllStringSubmatchIndex(text, most+1) {
		if ended && p.leads && at[0] == len(text) {
			continue
		}
		if len(all) == most {
			return all, false
		}
		m := found{text: text[at[0]:at[1]]}
		for g := 1; g < len(names); g++ {
			switch from, to := at[2*g], at[2*g+1]; {
			case from < 0:
			case names[g] != lineFeed:
				m.groups = append(m.groups, text[from:to])
			case to == at[1]:
				m.text = text[at[0]:from]
			}
		}
		all = append(all, m)
	}
	return all, true
}
