// Package cmdline reads what all programs' command lines have in common, so that
// a slip of the finger is named and never silently something else.
package cmdline

import (
	"errors"
	"flag"
	"fmt"
	"strings"
	"time"
)

// Once defines a flag for a text that is given once and is not empty: a script
// whose variable is not set must not get another answer than it asked for.
func Once(fs *flag.FlagSet, into *string, name, usage string) {
	given := false
	fs.Func(name, usage, func(s string) error {
		switch {
		case given:
			return fmt.Errorf("is there twice, %q before", *into)
		case s == "":
			return errors.New("is empty")
		case isFlag(fs, s):
			return fmt.Errorf("its value is missing: what follows is the flag %s (for a file of this name: ./%s)", s, s)
		}
		*into, given = s, true
		return nil
	})
}

// Instant defines a flag for an instant in RFC 3339; a date is its first instant
// in UTC.
func Instant(fs *flag.FlagSet, into *time.Time, name, usage string) {
	fs.Func(name, usage, func(s string) (err error) {
		*into, err = ParseInstant(s)
		return err
	})
}

// ParseInstant reads an instant in RFC 3339, or a date as its first instant in
// UTC.
func ParseInstant(s string) (time.Time, error) {
	for _, layout := range []string{time.RFC3339, time.DateOnly} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, errors.New("want an instant such as 2026-01-31T00:00:00Z, or a date")
}

// Explain says for people what fs did not like about a command line. Of a flag
// that there is not it names the nearest that there is.
func Explain(fs *flag.FlagSet, err error) error {
	const unknown = "flag provided but not defined: -"
	if err == nil || errors.Is(err, flag.ErrHelp) {
		return err
	}
	name, ok := strings.CutPrefix(err.Error(), unknown)
	if !ok {
		return err
	}
	if near := nearest(fs, name); len(near) > 0 {
		return fmt.Errorf("there is no flag -%s; there is %s", name, strings.Join(near, " and "))
	}
	return fmt.Errorf("there is no flag -%s", name)
}

// isFlag reports whether s is how a flag of fs is written.
func isFlag(fs *flag.FlagSet, s string) bool {
	name := strings.TrimLeft(s, "-")
	dashes := len(s) - len(name)
	return (dashes == 1 || dashes == 2) && fs.Lookup(name) != nil
}

// nearest returns the flags that name was probably meant to be: those that it is
// the beginning of, or with at most two letters wrong, and not all of them.
func nearest(fs *flag.FlagSet, name string) (best []string) {
	fewest := 3
	fs.VisitAll(func(f *flag.Flag) {
		d := distance(name, f.Name)
		if len(name) > 1 && strings.HasPrefix(f.Name, name) || len(f.Name) > 2 && strings.HasPrefix(name, f.Name) {
			d = min(d, 1)
		}
		if d < fewest && d < len(f.Name) {
			best, fewest = nil, d
		}
		if d == fewest && d < min(3, len(f.Name)) {
			best = append(best, "-"+f.Name)
		}
	})
	return best
}

// distance counts the letters to put in, take out or replace to make b of a.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		before := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := before
			if a[i] != b[j] {
				cost++
			}
			before, row[j+1] = row[j+1], min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
