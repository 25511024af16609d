package osv

import (
	"strings"
	"time"

	"github.com/fettle-dev/fettle/internal/civil"
	"github.com/fettle-dev/fettle/internal/jsonscan"
)

// text reads a string; a null is the empty string.
func (d *decoder) text(to *string) error {
	if d.s.Kind() == jsonscan.Null {
		return d.s.Skip()
	}
	b, err := d.s.Bytes()
	if err == nil {
		*to = d.share(b)
	}
	return err
}

// share returns b as a string, the same one for equal short texts: names,
// versions and types come again and again.
func (d *decoder) share(b []byte) string {
	const longest, most = 64, 1 << 18
	if len(b) > longest {
		return string(b)
	}
	if s, ok := d.shared[string(b)]; ok {
		return s
	}
	s := string(b)
	if d.shared == nil || len(d.shared) >= most {
		d.shared = map[string]string{}
	}
	d.shared[s] = s
	return s
}

func (d *decoder) texts(to *[]string) error {
	return d.s.Array(func(int) error {
		var s string
		err := d.text(&s)
		*to = append(*to, s)
		return err
	})
}

// date reads an instant. One that cannot be read is noted and left zero: no
// verdict rests on it.
func (d *decoder) date(to *time.Time, field string) error {
	if d.s.Kind() != jsonscan.String {
		return d.s.Skip()
	}
	b, err := d.s.Bytes()
	if err != nil {
		return err
	}
	if *to, err = instant(string(b)); err != nil {
		d.note("malformed date in " + field)
	}
	return nil
}

// withdrawn reads the instant that takes an advisory back. One that cannot be
// read is an error: whether the advisory stands would be a guess.
func (d *decoder) withdrawn(to *time.Time) error {
	var s string
	if err := d.text(&s); err != nil || s == "" {
		return err
	}
	var err error
	*to, err = instant(s)
	return err
}

// instant reads an RFC 3339 instant, which it returns in UTC.
func instant(s string) (time.Time, error) {
	at, err := time.Parse(time.RFC3339, s)
	if err != nil {
		return time.Time{}, err
	}
	return civil.UTC(at)
}

// details reads the prose only as far as it stands in for a missing summary.
func (d *decoder) details(r *Record) error {
	if r.Summary != "" || d.s.Kind() != jsonscan.String {
		return d.s.Skip()
	}
	b, err := d.s.Head(200)
	if err != nil {
		return in(err, "details")
	}
	line, _, _ := strings.Cut(strings.TrimSpace(string(b)), "\n")
	r.Summary = clip(strings.TrimSpace(line))
	return nil
}

// rating reads an object of vendor's fields for the severity word and, where
// binaries is given, the binary packages with the fix.
func (d *decoder) rating(word *string, binaries *[]Binary) error {
	if d.s.Kind() != jsonscan.Object {
		return d.s.Skip()
	}
	return d.s.Object(func(name []byte) error {
		switch {
		case (string(name) == "severity" || string(name) == "urgency") && d.s.Kind() == jsonscan.String:
			return d.text(word)
		case string(name) == "binaries" && binaries != nil && d.s.Kind() == jsonscan.Array:
			return d.s.Array(func(int) error { return d.binaries(binaries) })
		default:
			return d.s.Skip()
		}
	})
}

// binaries reads one object of binary packages in either of the two forms in
// use: {"NAME": "VERSION", ...} and {"binary_name": NAME, "binary_version":
// VERSION}.
func (d *decoder) binaries(to *[]Binary) error {
	if d.s.Kind() != jsonscan.Object {
		return d.s.Skip()
	}
	var named Binary
	return d.s.Object(func(name []byte) error {
		if d.s.Kind() != jsonscan.String {
			return d.s.Skip()
		}
		key := d.share(name)
		var value string
		if err := d.text(&value); err != nil {
			return err
		}
		switch key {
		case "binary_name":
			named.Name = value
		case "binary_version":
			named.Version = value
		default:
			*to = append(*to, Binary{Name: key, Version: value})
		}
		if named.Name != "" && named.Version != "" {
			*to = append(*to, named)
			named = Binary{}
		}
		return nil
	})
}
