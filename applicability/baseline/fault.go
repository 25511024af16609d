package baseline

import (
	"errors"
	"fmt"
	"strings"
	"unicode"

	"github.com/fettle-dev/fettle/applicability"
)

// What is wrong with a baseline. A Fault wraps one of these, or what another
// package says of a footprint.
var (
	// ErrFormat: it is not JSON of this form.
	ErrFormat = errors.New("baseline: not of the form of a baseline")
	// ErrNewer: it is of a newer version than this package reads.
	ErrNewer = errors.New("baseline: of a newer version")
	// ErrTooLarge: it is larger than MaxSize.
	ErrTooLarge = errors.New("baseline: too large")
	// ErrField: a field that the form does not have.
	ErrField = errors.New("baseline: no such field")
	// ErrMissing: a field that has to be stated is not.
	ErrMissing = errors.New("baseline: not stated")
	// ErrValue: a field has a value that it cannot have.
	ErrValue = errors.New("baseline: impossible value")
	// ErrDuplicate: one id names two checks or two exceptions.
	ErrDuplicate = errors.New("baseline: one id for two")
	// ErrNotCompiled: a check is not in the catalogue that New was given.
	ErrNotCompiled = errors.New("baseline: check is not in the catalogue")
)

// Fault is one thing that is wrong with a baseline, and where.
//
//nolint:errname // one fault of several in a joined error, as applicability.Problem
type Fault struct {
	File  string // or the baseline's name, where it was not read from a file
	Field string // checks[2].expect
	ID    string // of the check or exception, where it has one
	Err   error
}

// Error names file, field, id and rule.
func (f *Fault) Error() string {
	var out strings.Builder
	out.WriteString(f.File)
	if f.Field != "" {
		out.WriteString(": " + f.Field)
	}
	if f.ID != "" {
		fmt.Fprintf(&out, " (%s)", f.ID)
	}
	return out.String() + ": " + f.Err.Error()
}

// Unwrap returns the cause.
func (f *Fault) Unwrap() error { return f.Err }

// Validate returns everything that is wrong with b, as *Fault joined in the
// order of the fields, or nil. Read and New call it.
func (b *Baseline) Validate() error { return b.validate("baseline " + b.Name) }

func (b *Baseline) validate(file string) error {
	v := validator{file: file}
	if b.Version < 0 || b.Version > Version {
		v.fault("version", fmt.Errorf("%w: %d, this program reads %d", ErrNewer, b.Version, Version))
	}
	v.name("name", b.Name, true)
	if len(b.Checks)+len(b.Exceptions) == 0 {
		v.fault("checks", fmt.Errorf("%w: neither a check nor an exception", ErrMissing))
	}
	ids := map[string]bool{}
	for i := range b.Checks {
		c := &b.Checks[i]
		v.id, v.path = c.ID, fmt.Sprintf("checks[%d].", i)
		v.name("id", c.ID, false)
		v.once(ids, c.ID)
		v.check(c)
	}
	clear(ids)
	for i := range b.Exceptions {
		e := &b.Exceptions[i]
		v.id, v.path = e.ID, fmt.Sprintf("exceptions[%d].", i)
		v.text("id", e.ID)
		v.once(ids, e.ID)
		v.exception(e)
	}
	return errors.Join(v.faults...)
}

// validator collects faults of one baseline. path and id are of what is looked
// at.
type validator struct {
	file, path, id string
	faults         []error
}

func (v *validator) fault(field string, err error) {
	v.faults = append(v.faults, &Fault{File: v.file, Field: v.path + field, ID: v.id, Err: err})
}

func (v *validator) name(field, name string, alone bool) {
	switch {
	case name == "":
		v.fault(field, ErrMissing)
	case strings.ContainsFunc(name, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }):
		v.fault(field, fmt.Errorf("%w: %q holds white space", ErrValue, name))
	case alone && strings.Contains(name, "/"):
		v.fault(field, fmt.Errorf("%w: %q holds a slash, which parts it from its checks", ErrValue, name))
	}
}

func (v *validator) text(field, text string) {
	if strings.TrimSpace(text) == "" {
		v.fault(field, ErrMissing)
	}
}

func (v *validator) once(ids map[string]bool, id string) {
	if id != "" && ids[id] {
		v.fault("id", fmt.Errorf("%w: %q", ErrDuplicate, id))
	}
	ids[id] = true
}

func (v *validator) footprint(field string, f applicability.Footprint, stated bool) {
	if f.IsZero() {
		if stated {
			v.fault(field, fmt.Errorf("%w; what holds everywhere says always", ErrMissing))
		}
		return
	}
	if err := f.Check(); err != nil {
		v.fault(field, err)
	}
}

func (v *validator) check(c *Check) {
	v.footprint("applies", c.Applies, true)
	v.footprint("expect", c.Expect, true)
	v.footprint("inForce", c.InForce, false)
	if c.Remedy == nil {
		return
	}
	if len(c.Remedy.Payloads) == 0 {
		v.fault("remedy.payloads", fmt.Errorf("%w: a remedy without one puts nothing right", ErrMissing))
	}
	for i := range c.Remedy.Payloads {
		p, field := &c.Remedy.Payloads[i], fmt.Sprintf("remedy.payloads[%d].", i)
		v.text(field+"name", p.Name)
		v.footprint(field+"when", p.When, false)
		if p.Size < 0 {
			v.fault(field+"size", fmt.Errorf("%w: %d bytes", ErrValue, p.Size))
		}
		if p.Digest != "" {
			if err := p.Digest.Check(); err != nil {
				v.fault(field+"digest", err)
			}
		}
	}
	for i, any := range c.Remedy.Requires {
		if len(any) == 0 {
			v.fault(fmt.Sprintf("remedy.requires[%d]", i), fmt.Errorf("%w: none of nothing can be had", ErrValue))
		}
	}
}

func (v *validator) exception(e *Exception) {
	if e.Kind != Waiver && e.Kind != Mitigation {
		v.fault("kind", fmt.Errorf("%w: want waiver or mitigation", ErrMissing))
	}
	if len(e.Patches) == 0 {
		v.fault("patches", ErrMissing)
	}
	for i, id := range e.Patches {
		v.text(fmt.Sprintf("patches[%d]", i), string(id))
	}
	v.footprint("where", e.Where, true)
	v.footprint("holds", e.Holds, e.Kind == Mitigation)
	if e.Kind == Waiver && !e.Holds.IsZero() {
		v.fault("holds", fmt.Errorf("%w: a waiver rests on nothing; what has to hold makes a mitigation", ErrValue))
	}
	v.text("owner", e.Owner)
	v.text("reason", e.Reason)
	switch {
	case e.Expires.IsZero():
		v.fault("expires", fmt.Errorf("%w: every exception ends", ErrMissing))
	case !e.From.Before(e.Expires):
		v.fault("expires", fmt.Errorf("%w: it ends before it begins", ErrValue))
	}
}
