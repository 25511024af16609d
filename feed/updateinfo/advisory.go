package updateinfo

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/fettle-dev/fettle/feed"
	"github.com/fettle-dev/fettle/internal/civil"
	"github.com/fettle-dev/fettle/internal/xmlscan"
)

// Advisory is one update element.
type Advisory struct {
	ID        string
	Type      string // security, bugfix, enhancement, newpackage, recommended, ...
	Status    string // final, stable, testing, retracted, ...
	Version   string
	Title     string
	Severity  string
	Issued    time.Time // zero: not stated
	Updated   time.Time // zero: not stated
	CVEs      []string
	Packages  []Package
	Reboot    bool // the host is to be restarted
	Restart   bool // the package manager or services are to be restarted
	Relogin   bool // users are to log in again
	Line      int  // at which it begins
	malformed error
}

// Package is a package of an advisory in the version that has the fix.
type Package struct {
	Name   string
	EVR    string // [epoch:]version-release, epoch 0 not written
	Arch   string
	Module string // name:stream; empty: of no module
}

// maxPackages bounds one advisory; the largest seen have some 2,000.
const maxPackages = 20_000

// Parse reads an updateinfo document and calls each for every advisory, in
// order. It streams: beside what each keeps it needs memory for one advisory.
// An advisory that cannot be used is given to refused. The error says that the
// document as a whole is no good; it wraps ErrXML, ErrCut, ErrFormat or the
// reader's error.
func Parse(r io.Reader, each func(Advisory) error, refused func(*feed.RecordError) error) error {
	p := parser{s: xmlscan.New(r)}
	kind, err := p.s.Next()
	if err != nil {
		return inXML(err)
	}
	if kind != xmlscan.Start || string(p.s.Name()) != "updates" {
		return fmt.Errorf("%w: the root element is %.40q, want updates", ErrFormat, p.s.Name())
	}
	for {
		kind, err := p.s.Next()
		if err != nil {
			return inXML(err)
		}
		switch kind {
		case xmlscan.EOF:
			return nil
		case xmlscan.Start:
			if string(p.s.Name()) != "update" {
				if err := p.s.Skip(); err != nil {
					return inXML(err)
				}
				continue
			}
			a, err := p.advisory()
			if err != nil {
				return inXML(err)
			}
			if err := hand(a, each, refused); err != nil {
				return err
			}
		case xmlscan.End, xmlscan.Text:
		}
	}
}

func hand(a Advisory, each func(Advisory) error, refused func(*feed.RecordError) error) error {
	if a.ID == "" && a.malformed == nil {
		a.malformed = fmt.Errorf("%w: no id", ErrFormat)
	}
	if a.malformed != nil {
		return refused(&feed.RecordError{Line: a.Line, Record: a.ID, Err: a.malformed})
	}
	return each(a)
}

// inXML wraps a fault of the document.
func inXML(err error) error {
	switch {
	case errors.Is(err, xmlscan.ErrTruncated), errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("%w: %w", ErrCut, err)
	case errors.As(err, new(*xmlscan.Error)):
		return fmt.Errorf("%w: %w", ErrXML, err)
	default:
		return err
	}
}

type parser struct{ s *xmlscan.Scanner }

// children calls each for every child of the element that has just started.
// each reads the child to its end.
func (p *parser) children(each func(name string) error) error {
	return p.s.Children(func() error { return each(string(p.s.Name())) })
}

func (p *parser) advisory() (Advisory, error) {
	a := Advisory{
		Type: string(p.s.Attr("type")), Status: string(p.s.Attr("status")), Version: string(p.s.Attr("version")), Line: p.s.Line(),
	}
	err := p.children(func(name string) error {
		switch name {
		case "id":
			return p.text(&a.ID)
		case "title":
			return p.text(&a.Title)
		case "severity":
			return p.text(&a.Severity)
		case "issued", "issue": // dnf's own test data writes issue
			return p.date(&a.Issued)
		case "updated":
			return p.date(&a.Updated)
		case "references":
			return p.references(&a)
		case "pkglist":
			return p.children(func(name string) error {
				if name != "collection" {
					return p.s.Skip()
				}
				return p.collection(&a)
			})
		default:
			return p.suggestion(name, &a)
		}
	})
	return a, err
}

func (p *parser) text(to *string) error {
	content, err := p.s.Content()
	*to = string(content)
	return err
}

// date reads the attribute date, a civil time that is taken as UTC, or seconds
// since 1970. What is no date stays zero: no verdict rests on it.
func (p *parser) date(to *time.Time) error {
	text := string(p.s.Attr("date"))
	for _, layout := range []string{time.DateTime, time.DateOnly, time.RFC3339, "2006-01-02 15:04", "2006-01-02 15:04:05 MST"} {
		if at, err := time.Parse(layout, text); err == nil {
			*to, _ = civil.UTC(at)
		}
	}
	if seconds, err := strconv.ParseInt(text, 10, 64); err == nil && seconds > 0 {
		*to, _ = civil.UTC(time.Unix(seconds, 0))
	}
	return p.s.Skip()
}

func (p *parser) references(a *Advisory) error {
	return p.children(func(name string) error {
		if name == "reference" && strings.EqualFold(string(p.s.Attr("type")), "cve") {
			for _, attr := range []string{"id", "title"} {
				if id := string(p.s.Attr(attr)); strings.HasPrefix(id, "CVE-") && !strings.ContainsAny(id, " ,") {
					a.CVEs = append(a.CVEs, id)
					break
				}
			}
		}
		return p.s.Skip()
	})
}

func (p *parser) collection(a *Advisory) error {
	module := ""
	first := len(a.Packages)
	return p.children(func(name string) error {
		switch name {
		case "module":
			module = string(p.s.Attr("name")) + ":" + string(p.s.Attr("stream"))
			if p.s.Attr("name") == nil || p.s.Attr("stream") == nil {
				a.fail("module without a name or stream")
			}
			for i := first; i < len(a.Packages); i++ {
				a.Packages[i].Module = module
			}
			return p.s.Skip()
		case "package":
			pkg, err := packageOf(p.s)
			pkg.Module = module
			switch {
			case err != nil:
				a.fail(err.Error())
			case len(a.Packages) == maxPackages:
				a.malformed = fmt.Errorf("%w: more than %d packages", ErrTooLarge, maxPackages)
			case pkg.Arch != "src" && pkg.Arch != "nosrc": // nobody has a source package installed
				a.Packages = append(a.Packages, pkg)
			}
			return p.children(func(name string) error { return p.suggestion(name, a) })
		default:
			return p.s.Skip()
		}
	})
}

// fail keeps the first fault of an advisory.
func (a *Advisory) fail(what string) {
	if a.malformed == nil {
		a.malformed = fmt.Errorf("%w: %s", ErrPackage, what)
	}
}

// suggestion reads what is to be done after the installation. Repositories
// write it as an empty element, or with true, 1 or false in it.
func (p *parser) suggestion(name string, a *Advisory) error {
	var to *bool
	switch name {
	case "reboot_suggested":
		to = &a.Reboot
	case "restart_suggested":
		to = &a.Restart
	case "relogin_suggested":
		to = &a.Relogin
	default:
		return p.s.Skip()
	}
	content, err := p.s.Content()
	switch strings.ToLower(string(content)) {
	case "false", "0", "no":
	default:
		*to = true
	}
	return err
}
