package schedule

import (
	"fmt"
	"slices"
)

// mayAdd are the sections in which a narrowing layer may name new things. What
// it adds there either forbids something (a freeze) or has no effect before
// something that may be tightened names it (a condition, in a rule). A new rule
// or network would take the place of the one that held, and an override loosens.
func mayAdd(section string) bool {
	return slices.Contains([]string{"calendars", "windows", "cycles", "conditions", "freezes", "hostFreezes"}, section)
}

// narrow lets a layer tighten what the others came to.
func (f *folding) narrow(l *Layer) {
	target := f.merged.sections()
	for i, s := range l.sections() {
		for _, name := range s.names() {
			path := s.name + "." + name
			there := slices.Contains(target[i].names(), name)
			if !there && !mayAdd(s.name) {
				f.errs = append(f.errs, &FieldError{
					File: l.File, Field: path, Rule: "a layer that may only narrow cannot add this; there is none of this name", Err: ErrContradiction,
				})
				continue
			}
			mine := s.entries(name, false)
			for j, t := range target[i].entries(name, true) {
				if mine[j].leaf.presence() == stated {
					f.tighten(l, mine[j], t, there)
				}
			}
			f.setBy[path] = l
		}
	}
}

// tighten lets a narrowing layer make one statement.
func (f *folding) tighten(l *Layer, from, to entry, there bool) {
	fail := func(format string, args ...any) {
		f.errs = append(f.errs, &FieldError{
			File: l.File, Field: from.path, Value: shorten(unquoted(from.text())), Rule: fmt.Sprintf(format, args...), Err: ErrContradiction,
		})
	}
	held := lockOn(f.locks, from.path)
	switch {
	case to.text() == from.text():
	case held.lock == LockLocked:
		fail("%s has locked it at %s", held.by.title(), shorten(to.value()))
		return
	case !from.mayReplace(to, there):
		fail("a layer that may only narrow can only tighten it from %s (%s)", shorten(to.value()), from.dir)
		return
	}
	to.leaf.take(from.leaf)
	f.setBy[from.path] = l
}

// Selects reports whether every selector of the list holds for a host. The
// error, for a selector that is none, wraps ErrInvalid.
func Selects(list []Selector, host Host) (bool, error) {
	compiled, err := compileSelectors(list)
	if err != nil {
		return false, &FieldError{Field: "hosts", Value: shorten(fmt.Sprint(list)), Rule: err.Error(), Err: ErrInvalid}
	}
	return compiled.match(&host), nil
}
