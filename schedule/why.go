package schedule

import (
	"fmt"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/internal/spelling"
)

// Outcome is what became of a layer's statement about a field.
type Outcome uint8

// The outcomes.
const (
	Won       Outcome = iota // its value is the policy's
	Lost                     // a later layer states something else
	Confirmed                // it states the value that won, too
	Inherits                 // it states "inherit"
)

// String returns won, lost, confirmed or inherits.
func (o Outcome) String() string {
	return [...]string{"won", "lost", "confirmed", "inherits"}[min(o, Inherits)]
}

// Statement is what one layer says about a field.
type Statement struct {
	File    string
	Layer   string // its name; empty: the default of the schema
	Level   Level
	Value   string // JSON
	Outcome Outcome
	Lock    Lock // that the layer puts on the field, itself or by a prefix
}

// Why is the whole story of one field.
type Why struct {
	Field      string
	Value      string // JSON of the value that the policy has; empty: none
	Direction  string // in which locks let it be tightened
	Statements []Statement
}

// Why tells how the policy came by a field: every layer that speaks of it or
// locks it, in order of effect, the values that lost included. field is the
// path of one field (rules.security.hard) or the beginning of several at a dot
// (rules.security, or empty for all). The error, a *FieldError wrapping
// ErrUnknownField, names what there is.
func (p *Policy) Why(field string) ([]Why, error) {
	var out []Why
	for _, e := range p.merged.entries() {
		if field == "" || e.path == field || strings.HasPrefix(e.path, field+".") {
			out = append(out, p.why(e))
		}
	}
	if len(out) > 0 {
		return out, nil
	}
	rule := "no such field in this policy"
	if lockable(field) {
		rule = "no layer of this host speaks of it"
	}
	known := p.beside(field)
	if hint := spelling.Hint(known, field); hint != "" {
		rule += "; " + hint
	}
	return nil, &FieldError{Field: "field", Value: field, Rule: rule, Err: ErrUnknownField}
}

// beside returns what could stand in place of the last part of a path that
// exists.
func (p *Policy) beside(field string) []string {
	parts := strings.Split(field, ".")
	for len(parts) > 0 {
		parts = parts[:len(parts)-1]
		prefix := strings.Join(parts, ".")
		if prefix != "" {
			prefix += "."
		}
		var known []string
		for _, e := range p.merged.entries() {
			if rest, ok := strings.CutPrefix(e.path, prefix); ok {
				next, _, _ := strings.Cut(rest, ".")
				known = append(known, prefix+next)
			}
		}
		if len(known) > 0 {
			return slices.Compact(known)
		}
	}
	return nil
}

func (p *Policy) why(merged entry) Why {
	w := Why{Field: merged.path, Value: merged.text(), Direction: merged.dir.String()}
	if merged.def != "" {
		w.Statements = append(w.Statements, Statement{Value: merged.def, Outcome: Lost})
	}
	for _, l := range p.layers {
		s := Statement{File: l.File, Layer: l.Name, Level: l.Level, Outcome: Inherits}
		e, _ := l.entry(merged.path, false)
		for path, lock := range l.Locks {
			if path == merged.path || strings.HasPrefix(merged.path, path+".") {
				s.Lock = max(s.Lock, lock)
			}
		}
		if e.leaf.presence() == notStated && s.Lock == LockFree {
			continue
		}
		s.Value = e.text()
		if e.leaf.presence() == stated {
			s.Outcome = Lost
		}
		w.Statements = append(w.Statements, s)
	}
	crown(w.Statements, w.Value)
	return w
}

// crown marks the last statement of the value that holds as the winner, and
// the earlier ones of the same value as confirmed.
func crown(statements []Statement, value string) {
	won := false
	for i := len(statements) - 1; i >= 0; i-- {
		s := &statements[i]
		if s.Outcome != Lost || s.Value != value {
			continue
		}
		s.Outcome = Confirmed
		if !won {
			s.Outcome, won = Won, true
		}
	}
}

// String tells the story in lines: the value, then each statement.
func (w Why) String() string {
	var b strings.Builder
	value := w.Value
	if value == "" {
		value = "not stated"
	}
	fmt.Fprintf(&b, "%s = %s\n", w.Field, value)
	for _, s := range w.Statements {
		who := "default"
		if s.Layer != "" {
			who = fmt.Sprintf("%s %s", s.Level, s.Layer)
			if s.File != "" {
				who += " (" + s.File + ")"
			}
		}
		said := s.Value
		if said == "" {
			said = "nothing"
		}
		fmt.Fprintf(&b, "  %-9s %s: %s", s.Outcome, who, said)
		if s.Lock != LockFree {
			fmt.Fprintf(&b, ", %s", s.Lock)
			if s.Lock == LockMayTighten {
				fmt.Fprintf(&b, " (%s)", w.Direction)
			}
		}
		b.WriteByte('\n')
	}
	return b.String()
}
