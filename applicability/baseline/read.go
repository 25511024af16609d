package baseline

import (
	"encoding/json"
	"fmt"
	"io"
	"time"

	"github.com/fettle-dev/fettle/applicability"
	"github.com/fettle-dev/fettle/internal/civil"
	"github.com/fettle-dev/fettle/internal/jsonscan"
)

// MaxSize bounds one baseline in JSON, in bytes.
const MaxSize = 16 << 20

// Read reads one baseline, which errors name as file, and validates it. A field
// that the form does not have, one that stands twice or is null, an unknown
// word: each refuses the baseline, because a misspelt expiry or scope would
// widen an exception. Only a criterion of an unknown kind is kept; it evaluates
// to Unknown. A footprint stands in its JSON form, or as a string in the text
// form. The error joins *Fault.
func Read(r io.Reader, file string) (*Baseline, error) {
	data, err := io.ReadAll(io.LimitReader(r, MaxSize+1))
	if err != nil {
		return nil, fmt.Errorf("baseline: %s: %w", file, err)
	}
	if len(data) > MaxSize {
		return nil, &Fault{File: file, Err: fmt.Errorf("%w: more than %d bytes", ErrTooLarge, MaxSize)}
	}
	b := new(Baseline)
	if err := b.read(data, file); err != nil {
		return nil, err
	}
	return b, nil
}

// UnmarshalJSON reads as Read does.
func (b *Baseline) UnmarshalJSON(data []byte) error {
	var got Baseline
	if err := got.read(data, "baseline"); err != nil {
		return err
	}
	*b = got
	return nil
}

func (b *Baseline) read(data []byte, file string) error {
	s, err := jsonscan.New(data)
	if err == nil {
		err = s.Skip()
	}
	if err == nil {
		err = s.Close()
	}
	if err != nil {
		return &Fault{File: file, Err: fmt.Errorf("%w: %w", ErrFormat, err)}
	}
	d := decoder{file: file}
	var version int
	d.peekVersion(data, &version)
	if version > Version {
		return &Fault{File: file, Field: "version", Err: fmt.Errorf("%w: %d, this program reads %d", ErrNewer, version, Version)}
	}
	d.baseline(data, b)
	if d.err == nil && b.Version < 1 {
		d.fail("version", fmt.Errorf("%w: want \"version\": %d", ErrMissing, Version))
	}
	if d.err != nil {
		return d.err
	}
	return b.validate(file)
}

// decoder reads values that are known to be valid JSON. It keeps the first
// fault.
type decoder struct {
	file string
	id   string
	err  error
}

func (d *decoder) fail(path string, err error) {
	if d.err == nil {
		d.err = &Fault{File: d.file, Field: path, ID: d.id, Err: err}
	}
}

// peekVersion finds the version, because all else may be wrong on its account.
func (d *decoder) peekVersion(data []byte, version *int) {
	var head struct {
		Version int `json:"version"`
	}
	if json.Unmarshal(data, &head) == nil { // what is wrong is said when it is read
		*version = head.Version
	}
}

// fields are the members that an object may have.
type fields map[string]func(path string, raw []byte)

// object reads an object. Its id, where it has one, is read first and named in
// errors.
func (d *decoder) object(path string, raw []byte, known fields) {
	list, err := members(raw)
	if err != nil {
		d.fail(path, fmt.Errorf("%w: %w", ErrFormat, err))
		return
	}
	for _, m := range list {
		if m.name == "id" {
			_ = json.Unmarshal(m.value, &d.id) // said when it is read
		}
	}
	for _, m := range list {
		at := m.name
		if path != "" {
			at = path + "." + m.name
		}
		read := known[m.name]
		switch {
		case read == nil:
			d.fail(at, ErrField)
		case string(m.value) == "null":
			d.fail(at, fmt.Errorf("%w: null", ErrValue))
		default:
			read(at, m.value)
		}
		if d.err != nil {
			return
		}
	}
}

// array reads the items of an array.
func (d *decoder) array(path string, raw []byte, item func(path string, raw []byte)) {
	s, err := jsonscan.New(raw)
	if err == nil {
		err = s.Array(func(i int) error {
			s.Kind() // passes white space
			start := s.Offset()
			if err := s.Skip(); err != nil {
				return err
			}
			if d.err == nil {
				item(fmt.Sprintf("%s[%d]", path, i), raw[start:s.Offset()])
			}
			return nil
		})
	}
	if err != nil {
		d.fail(path, fmt.Errorf("%w: %w", ErrFormat, err))
	}
}

type member struct {
	name  string
	value []byte
}

func members(raw []byte) (list []member, err error) {
	s, err := jsonscan.New(raw)
	if err != nil {
		return nil, err
	}
	if kind := s.Kind(); kind != jsonscan.Object {
		return nil, fmt.Errorf("%v where an object should be", kind)
	}
	err = s.Object(func(name []byte) error {
		m := member{name: string(name)}
		s.Kind() // passes white space
		start := s.Offset()
		if err := s.Skip(); err != nil {
			return err
		}
		m.value = raw[start:s.Offset()]
		list = append(list, m)
		return nil
	})
	return list, err
}

// value returns the reader of a value of one of JSON's own types, or of words.
func (d *decoder) value(into any) func(path string, raw []byte) {
	return func(path string, raw []byte) {
		if err := json.Unmarshal(raw, into); err != nil {
			d.fail(path, fmt.Errorf("%w: %w", ErrValue, err))
		}
	}
}

// instant returns the reader of an RFC 3339 instant, kept in UTC.
func (d *decoder) instant(into *time.Time) func(path string, raw []byte) {
	return func(path string, raw []byte) {
		d.value(into)(path, raw)
		at, err := civil.UTC(*into)
		if err != nil {
			d.fail(path, fmt.Errorf("%w: %w", ErrValue, err))
		}
		*into = at
	}
}

// duration returns the reader of a duration in text.
func (d *decoder) duration(into *time.Duration) func(path string, raw []byte) {
	return func(path string, raw []byte) {
		var text string
		d.value(&text)(path, raw)
		got, err := time.ParseDuration(text)
		if err != nil || got < 0 {
			d.fail(path, fmt.Errorf("%w: %q, want a duration such as 90s", ErrValue, text))
		}
		*into = got
	}
}

// footprint returns the reader of a footprint in either form.
func (d *decoder) footprint(into *applicability.Footprint) func(path string, raw []byte) {
	return func(path string, raw []byte) {
		if raw[0] != '"' {
			if err := into.UnmarshalJSON(raw); err != nil {
				d.fail(path, err)
			}
			return
		}
		var text string
		d.value(&text)(path, raw)
		var err error
		if *into, err = applicability.ParseFootprint(text); err != nil {
			d.fail(path, err)
		}
	}
}
