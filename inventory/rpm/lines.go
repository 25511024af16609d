package rpm

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"unicode/utf8"

	"github.com/fettle-dev/fettle/inventory"
	"github.com/fettle-dev/fettle/inventory/internal/scan"
)

// ParseLines reads JSON lines, an object a package:
//
//	{"name":"bash","epoch":"0","version":"4.4.18","release":"1.ph3","arch":"x86_64"}
//
// name, version and release are required; arch, epoch, sourcerpm,
// modularitylabel, installtime and vendor are read where they are there.
// Numbers may be written as text, and null or "(none)" stands for nothing. Other
// fields are counted in the report's notes. What Parse says of lines that cannot
// be used holds here too.
func ParseLines(r io.Reader, file string) (inventory.Listing, error) {
	c := newCollector(file)
	lines := scan.NewLines(r)
	for lines.Next() {
		line := bytes.TrimSpace(lines.Bytes())
		if len(line) == 0 {
			continue
		}
		t, field, err := decode(line, c.listing.Report.Note)
		if err == nil {
			if err := c.add(lines.Number(), t); err != nil {
				return inventory.Listing{}, err
			}
			continue
		}
		if lines.Open() && !json.Valid(line) {
			err = fmt.Errorf("%w: %w", inventory.ErrTruncated, err)
		}
		c.listing.Report.Read++
		c.refuse(lines.Number(), t, field, err)
	}
	if err := lines.Err(); err != nil {
		return inventory.Listing{}, &inventory.RecordError{File: file, Line: lines.Number(), Err: err}
	}
	if c.listing.Report.Read > 0 && c.listing.Report.Refused == c.listing.Report.Read {
		first := c.listing.Report.Problems[0]
		return inventory.Listing{}, &inventory.RecordError{File: file, Line: first.Line, Field: first.Field, Err: fmt.Errorf("%w: %w", inventory.ErrFormat, first.Err)}
	}
	return c.finish()
}

// decode reads one object. The tags come back also with an error, as far as
// they could be read.
func decode(line []byte, note func(string)) (t tags, field string, err error) {
	if len(line) > maxColumns {
		return t, "", fmt.Errorf("%w: a line of more than %d bytes", inventory.ErrTooLarge, maxColumns)
	}
	if !utf8.Valid(line) {
		return t, "", errors.New("the line is not UTF-8")
	}
	var object map[string]json.RawMessage
	if err := json.Unmarshal(line, &object); err != nil {
		return t, "", err
	}
	for _, f := range []struct {
		name string
		into *string
	}{
		{"name", &t.name},
		{"epoch", &t.epoch},
		{"version", &t.version},
		{"release", &t.release},
		{"arch", &t.arch},
		{"sourcerpm", &t.source},
		{"modularitylabel", &t.module},
		{"installtime", &t.installed},
		{"vendor", &t.vendor},
	} {
		value, wrong := text(object[f.name])
		if *f.into = value; wrong != nil && err == nil {
			field, err = f.name, wrong
		}
		delete(object, f.name)
	}
	names := make([]string, 0, len(object))
	for name := range object {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		note("unknown field " + strconv.Quote(clip(name)))
	}
	return t, field, err
}

// text gives a JSON string or number as text.
func text(raw json.RawMessage) (string, error) {
	switch {
	case len(raw) == 0 || string(raw) == "null":
		return "", nil
	case raw[0] == '"':
		var s string
		err := json.Unmarshal(raw, &s)
		if s == "(none)" {
			s = ""
		}
		return s, err
	case raw[0] == '-' || raw[0] >= '0' && raw[0] <= '9':
		return string(raw), nil
	default:
		return "", fmt.Errorf("%.40s: want text or a number", raw)
	}
}
