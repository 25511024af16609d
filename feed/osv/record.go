package osv

import (
	"bytes"
	"fmt"
	"strings"
	"time"

	"github.com/fettle-dev/fettle/internal/jsonscan"
)

// Record is one advisory, as far as this package uses it. The fields are those
// of the schema.
type Record struct {
	ID        string
	Modified  time.Time // zero: not stated, or not a date
	Published time.Time // zero: not stated, or not a date
	Withdrawn time.Time // zero: stands
	Aliases   []string  // other names of this same advisory
	Related   []string
	Upstream  []string // what it was derived from: the vulnerabilities that it closes
	Summary   string   // one line; the first line of the details where there is none
	Severity  []Severity
	Affected  []Affected
	// Rating is the vendor's own word for the severity (database_specific.severity).
	Rating string
}

// Severity is a rating in one of the notations of the schema.
type Severity struct {
	Type  string // CVSS_V2, CVSS_V3, CVSS_V4, Ubuntu
	Score string // a CVSS vector; for Ubuntu a word
}

// Affected is one package and the versions of it that are affected: those that
// are listed and those that lie in a range.
type Affected struct {
	Package  Package
	Ranges   []Range
	Versions []string
	Severity []Severity
	// Rating is the vendor's own word (ecosystem_specific.severity, .urgency).
	Rating string
	// Binaries are the binary packages that carry the fix, where the vendor
	// lists them (ecosystem_specific.binaries).
	Binaries []Binary
}

// Package names a package.
type Package struct {
	Ecosystem string // Debian:12, PyPI
	Name      string
	PURL      string // package URL without version; empty: not stated
}

// Binary is a binary package and the version of it that has the fix.
type Binary struct{ Name, Version string }

// Range is a set of versions, given by events along a line of versions.
type Range struct {
	Type   string // SEMVER, ECOSYSTEM, GIT
	Events []Event
}

// Event is a point on the line of versions at which something changes. Version
// "0" is before every version, "*" after.
type Event struct {
	Kind    EventKind
	Version string
}

// EventKind is what changes at an Event.
type EventKind uint8

// The kinds of events. Unrecognised is the zero value: what such an event
// means for its range is not known.
const (
	Unrecognised EventKind = iota
	Introduced             // affected from here on
	Fixed                  // not affected from here on
	LastAffected           // not affected after here
	Limit                  // the range says nothing from here on
)

func eventKind(name []byte) EventKind {
	switch string(name) {
	case "introduced":
		return Introduced
	case "fixed":
		return Fixed
	case "last_affected":
		return LastAffected
	case "limit":
		return Limit
	default:
		return Unrecognised
	}
}

// FieldError says which field of an advisory is at fault.
type FieldError struct {
	Field string // affected[2].ranges[0].type
	Err   error
}

// Error names field and cause.
func (e *FieldError) Error() string { return e.Field + ": " + e.Err.Error() }

// Unwrap returns the cause.
func (e *FieldError) Unwrap() error { return e.Err }

// in says that err, if any, happened inside the field name.
func in(err error, name string) error {
	if err == nil {
		return nil
	}
	//nolint:errorlint // only the error that the level below made itself
	if inner, ok := err.(*FieldError); ok {
		sep := "."
		if strings.HasPrefix(inner.Field, "[") {
			sep = ""
		}
		return &FieldError{Field: name + sep + inner.Field, Err: inner.Err}
	}
	return &FieldError{Field: name, Err: err}
}

// inItem says that err, if any, happened in item i of a list.
func inItem(err error, i int) error {
	if err == nil {
		return nil
	}
	return in(err, fmt.Sprintf("[%d]", i))
}

// Parse decodes the one advisory that data holds and counts, by kind, what is
// odd about it and costs nothing: unknown fields, say. An error is a
// *FieldError where a field is at fault, else a fault of the JSON text.
//
// An object that names a member twice is refused; a null stands for an empty
// value. Parse is pure and safe for concurrent use; the result shares no
// memory with data.
func Parse(data []byte) (Record, map[string]int, error) {
	d := decoder{}
	r, err := d.decode(data)
	return r, d.notes, err
}

// decoder decodes advisories and shares the strings that they have in common.
type decoder struct {
	s      *jsonscan.Scanner
	shared map[string]string
	notes  map[string]int
}

// maxNotes bounds how many kinds of notes are told apart, since a hostile feed
// can invent field names.
const maxNotes = 200

func (d *decoder) note(kind string) {
	if d.notes == nil {
		d.notes = map[string]int{}
	}
	if _, known := d.notes[kind]; !known && len(d.notes) >= maxNotes {
		kind = "others"
	}
	d.notes[kind]++
}

// unknown counts and skips a member that the schema does not have.
func (d *decoder) unknown(parent string, name []byte) error {
	d.note("unknown field " + parent + clip(string(name)))
	return d.s.Skip()
}

func clip(s string) string {
	const longest = 100
	if len(s) <= longest {
		return s
	}
	return strings.ToValidUTF8(s[:longest], "") + "..."
}

func (d *decoder) decode(data []byte) (r Record, err error) {
	if len(bytes.TrimSpace(data)) == 0 {
		return r, ErrEmpty
	}
	if d.s, err = jsonscan.New(data); err != nil {
		return r, err
	}
	if d.s.Kind() == jsonscan.Null {
		return r, d.s.Fail("null where object should be")
	}
	if err = d.record(&r); err == nil {
		err = d.s.Close()
	}
	if err == nil && r.ID == "" {
		err = &FieldError{Field: "id", Err: ErrNoID}
	}
	return r, err
}

func (d *decoder) record(r *Record) error {
	return d.s.Object(func(name []byte) error {
		var err error
		switch string(name) {
		case "id":
			err = d.text(&r.ID)
		case "modified":
			err = d.date(&r.Modified, "modified")
		case "published":
			err = d.date(&r.Published, "published")
		case "withdrawn":
			err = d.withdrawn(&r.Withdrawn)
		case "aliases":
			err = d.texts(&r.Aliases)
		case "related":
			err = d.texts(&r.Related)
		case "upstream":
			err = d.texts(&r.Upstream)
		case "summary":
			err = d.text(&r.Summary)
		case "details":
			return d.details(r)
		case "severity":
			err = d.severities(&r.Severity)
		case "affected":
			err = d.s.Array(func(i int) error {
				var a Affected
				if err := d.affected(&a); err != nil {
					return inItem(err, i)
				}
				r.Affected = append(r.Affected, a)
				return nil
			})
		case "database_specific":
			return d.rating(&r.Rating, nil)
		case "schema_version", "references", "credits":
			return d.s.Skip()
		default:
			return d.unknown("", name)
		}
		return in(err, string(name))
	})
}

func (d *decoder) affected(a *Affected) error {
	return d.s.Object(func(name []byte) error {
		var err error
		switch string(name) {
		case "package":
			err = d.pkg(&a.Package)
		case "ranges":
			err = d.s.Array(func(i int) error {
				var r Range
				if err := d.rangeOf(&r); err != nil {
					return inItem(err, i)
				}
				a.Ranges = append(a.Ranges, r)
				return nil
			})
		case "versions":
			err = d.texts(&a.Versions)
		case "severity":
			err = d.severities(&a.Severity)
		case "ecosystem_specific":
			return d.rating(&a.Rating, &a.Binaries)
		case "database_specific":
			return d.s.Skip()
		default:
			return d.unknown("affected[].", name)
		}
		return in(err, string(name))
	})
}

func (d *decoder) pkg(p *Package) error {
	return d.s.Object(func(name []byte) error {
		var err error
		switch string(name) {
		case "ecosystem":
			err = d.text(&p.Ecosystem)
		case "name":
			err = d.text(&p.Name)
		case "purl":
			err = d.text(&p.PURL)
		default:
			return d.unknown("affected[].package.", name)
		}
		return in(err, string(name))
	})
}

func (d *decoder) rangeOf(r *Range) error {
	return d.s.Object(func(name []byte) error {
		var err error
		switch string(name) {
		case "type":
			err = d.text(&r.Type)
		case "events":
			err = d.s.Array(func(i int) error { return inItem(d.event(r), i) })
		case "repo", "database_specific":
			return d.s.Skip()
		default:
			return d.unknown("affected[].ranges[].", name)
		}
		return in(err, string(name))
	})
}

// event reads one object of events. The schema wants one member in each; of
// several, which older feeds have, each is an event.
func (d *decoder) event(r *Range) error {
	n := 0
	err := d.s.Object(func(name []byte) error {
		e := Event{Kind: eventKind(name)}
		if n++; n == 2 {
			d.note("several events in one object")
		}
		if e.Kind == Unrecognised {
			r.Events = append(r.Events, e)
			return d.unknown("affected[].ranges[].events[].", name)
		}
		err := d.text(&e.Version)
		r.Events = append(r.Events, e)
		return in(err, string(name))
	})
	if err == nil && n == 0 {
		d.note("empty event")
	}
	return err
}

func (d *decoder) severities(to *[]Severity) error {
	return d.s.Array(func(i int) error {
		var v Severity
		err := d.s.Object(func(name []byte) error {
			switch string(name) {
			case "type":
				return in(d.text(&v.Type), "type")
			case "score":
				return in(d.text(&v.Score), "score")
			default:
				return d.unknown("severity[].", name)
			}
		})
		*to = append(*to, v)
		return inItem(err, i)
	})
}
