package oval

import (
	"cmp"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/applicability"
	"github.com/fettle-dev/fettle/internal/rating"
	"github.com/fettle-dev/fettle/inventory"
)

// skip returns why a definition is no patch, "" if it is one: those of class
// inventory and miscellaneous state what is, those of class compliance what is
// as it should be.
func (d *Definition) skip() string {
	switch {
	case d.Class != "patch" && d.Class != "vulnerability":
		return "class " + cmp.Or(d.Class, "not stated")
	case !d.hasCriteria:
		return "no criteria"
	default:
		return ""
	}
}

// patch makes a patch of a definition that is in order.
func (t *translator) patch(d *Definition) applicability.Patch {
	is, needs := t.criteria(d.root)
	p := applicability.Patch{
		ID: fettle.PatchID(d.ID), Title: d.Title, Class: fettle.ClassSecurity, Released: d.Issued,
		Severity: severityOf(d), Target: needs, Installed: not(is),
	}
	if needs.IsZero() {
		p.Target = that(applicability.Always{})
	}
	if d.Deprecated {
		p.State = applicability.Withdrawn
	}
	if at := cmp.Or(d.Updated, d.Issued); !at.IsZero() {
		p.Revision = uint64(max(0, at.Unix()))
	}
	add := func(id string) {
		if !slices.Contains(p.Fixes, id) {
			p.Fixes = append(p.Fixes, id)
		}
	}
	for _, r := range d.References {
		switch id := cveIn(r.ID); {
		case id != "":
			add(id)
		case d.Class == "patch" && r.ID != d.ID && !slices.Contains(p.Aliases, fettle.PatchID(r.ID)):
			p.Aliases = append(p.Aliases, fettle.PatchID(r.ID))
		}
	}
	if d.Class == "vulnerability" {
		if id := cveIn(d.Title); id != "" {
			add(id)
		}
	}
	return p
}

// cveIn returns the first CVE identifier in a text: CVE, a year and a number.
func cveIn(text string) string {
	const year, number = len("CVE-"), len("CVE-2006-")
	for {
		at := strings.Index(text, "CVE-")
		if at < 0 {
			return ""
		}
		text = text[at:]
		end := year
		for end < len(text) && (text[end] >= '0' && text[end] <= '9' || end == number-1 && text[end] == '-') {
			end++
		}
		if end > number && text[number-1] == '-' {
			return text[:end]
		}
		text = text[year:]
	}
}

// severityOf reads the severity element, else the word in brackets or before
// the colon in the title.
func severityOf(d *Definition) fettle.Severity {
	if s := rating.Word(d.Severity); s != fettle.SeverityUnknown {
		return s
	}
	if open := strings.LastIndexByte(d.Title, '('); open >= 0 {
		word, _, _ := strings.Cut(d.Title[open+1:], ")")
		if s := rating.Word(word); s != fettle.SeverityUnknown {
			return s
		}
	}
	return rating.Headline(d.Title)
}

// Observe evaluates on the host the tests that the document's patches speak of
// as facts, and enters what it finds in the snapshot: true or false under
// FactOf the test. What it cannot tell is unknown, also where the snapshot had
// it. Needs says what a collector has to look at before. opt may be nil.
func (d *Document) Observe(r *inventory.Record, opt *EvaluateOptions) {
	t := translator{d: d}
	e := d.Evaluate(r, opt)
	s, undecided := &r.Snapshot, map[string]bool{}
	for n := range uint32(d.tests.len()) {
		test := d.tests.at(n)
		if !test.there || test.fault != nil {
			continue
		}
		if _, err := t.stated(test); err == nil {
			continue
		}
		name, result := FactOf(d.tests.id(n)), e.test(n)
		if result != True && result != False {
			delete(s.Facts, name)
			undecided[name] = true
			continue
		}
		if s.Facts == nil {
			s.Facts = map[string]string{}
		}
		s.Facts[name] = result.String()
		s.Scope.Facts = append(s.Scope.Facts, name)
	}
	s.Scope.Facts = slices.DeleteFunc(s.Scope.Facts, func(name string) bool { return undecided[name] })
	slices.Sort(s.Scope.Facts)
	s.Scope.Facts = slices.Compact(s.Scope.Facts)
}
