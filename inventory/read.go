package inventory

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"reflect"

	"github.com/fettle-dev/fettle/inventory/internal/scan"
)

// ErrNewer is wrapped by what a Reader yields for a record of a larger version
// than RecordVersion: it may mean something that this version would miss.
var ErrNewer = errors.New("inventory: record of a newer version")

// The bounds of a Reader where its options do not say otherwise.
const (
	DefaultMaxRecord = 64 << 20 // bytes of JSON of one record
	DefaultMaxList   = 1 << 20  // entries of one list of one record
)

// ReaderOptions bound a Reader. Zero fields have the defaults named at them.
type ReaderOptions struct {
	MaxRecord int // bytes of JSON of one record; 0: DefaultMaxRecord
	MaxList   int // entries of any list or map of a record; 0: DefaultMaxList
}

// Reader reads records from JSON lines, or from a file with one record over
// several lines. It holds one record at a time. Not safe for concurrent use.
//
// Fields that this version does not know are tolerated, not kept, and counted
// in Report by their path. A field that occurs twice, differs from a known one
// by case only, or is not UTF-8 refuses the record.
type Reader struct {
	file    string
	opt     ReaderOptions
	lines   *scan.Lines
	schema  *schema
	strings scan.Interner
	report  Report
	pending bool // lines stands at a line that is not used yet
}

// NewReader returns a Reader of r, which errors name as file. A nil opt has
// the defaults.
func NewReader(r io.Reader, file string, opt *ReaderOptions) *Reader {
	rd := &Reader{file: file, schema: schemaOf(reflect.TypeFor[Record]())}
	if opt != nil {
		rd.opt = *opt
	}
	if rd.opt.MaxRecord <= 0 {
		rd.opt.MaxRecord = DefaultMaxRecord
	}
	if rd.opt.MaxList <= 0 {
		rd.opt.MaxList = DefaultMaxList
	}
	rd.lines = scan.NewLongLines(r, rd.opt.MaxRecord)
	return rd
}

// All yields the records in the file's order. With each record that cannot be
// used it yields the zero Record and a *RecordError, and goes on with the next;
// an error that is no *RecordError ends it: the file cannot be read on. It may
// be called once.
func (rd *Reader) All() iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		for {
			text, line, err := rd.next()
			if len(text) == 0 && err == nil {
				break
			}
			record, err := rd.use(text, line, err)
			if !yield(record, err) {
				return
			}
		}
		if err := rd.lines.Err(); err != nil {
			yield(Record{}, fmt.Errorf("inventory: %s:%d: %w", rd.file, rd.lines.Number(), err))
		}
	}
}

// Report returns the counts so far.
func (rd *Reader) Report() Report { return rd.report }

// next returns the text of the next record and its first line. A record ends
// where its braces are closed; where a line begins with another brace before
// that, the record was cut short.
func (rd *Reader) next() (text []byte, first int, err error) {
	var depth braces
	for rd.pending || rd.lines.Next() {
		rd.pending = false
		line := rd.lines.Bytes()
		if len(text) == 0 && len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		if len(text) > 0 && len(line) > 0 && line[0] == '{' {
			rd.pending = true
			return text, first, ErrTruncated
		}
		if len(text) == 0 {
			first = rd.lines.Number()
		}
		if rd.lines.Long() || len(text)+len(line) > rd.opt.MaxRecord {
			text, err = line[:min(len(line), 1)], fmt.Errorf("%w: more than %d bytes", ErrTooLarge, rd.opt.MaxRecord)
			rd.skip()
			return text, first, err
		}
		if text = append(text, line...); depth.close(line) {
			return text, first, nil
		}
		text = append(text, '\n')
	}
	if len(text) > 0 {
		err = ErrTruncated
	}
	return text, first, err
}

// skip passes over the rest of a record that is too large.
func (rd *Reader) skip() {
	for rd.lines.Next() {
		if line := rd.lines.Bytes(); len(line) > 0 && line[0] == '{' {
			rd.pending = true
			return
		}
	}
}

// braces follows how deep JSON text is nested.
type braces struct{ depth int }

// close takes one line and reports whether nothing is open at its end. A
// string cannot go over a line's end in JSON.
func (b *braces) close(line []byte) bool {
	quoted := false
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '{' || c == '[':
			b.depth++
		case c == '}' || c == ']':
			b.depth--
		}
	}
	return b.depth <= 0
}

// use decodes one record.
func (rd *Reader) use(text []byte, line int, err error) (Record, error) {
	rd.report.Read++
	var record Record
	if err == nil {
		record, err = rd.decode(text)
	}
	if err == nil {
		rd.report.Used++
		return record, nil
	}
	wrong := &RecordError{File: rd.file, Line: line, Record: headOf(text), Err: err}
	if inner, ok := errors.AsType[*RecordError](err); ok {
		wrong.Field, wrong.Err = inner.Field, inner.Err
	}
	rd.report.Refuse(wrong)
	return Record{}, wrong
}

func (rd *Reader) decode(text []byte) (Record, error) {
	notes := make(map[string]int)
	err := checkJSON(text, rd.schema, rd.opt.MaxList, func(path string) { notes["unknown field "+path]++ })
	var record Record
	if err == nil {
		err = json.Unmarshal(text, &record)
	}
	if (err != nil || record.Version != RecordVersion) && json.Valid(text) {
		if newer := checkVersion(text); newer != nil { // whatever else is wrong may come from that
			return Record{}, newer
		}
	}
	if err != nil {
		return Record{}, typeError(err)
	}
	if err := record.clean(); err != nil {
		return Record{}, err
	}
	rd.report.Merge(Report{Notes: notes})
	record.intern(&rd.strings)
	record.Snapshot.Sort()
	return record, nil
}

func checkVersion(text []byte) error {
	var head struct {
		Version int `json:"version"`
	}
	if err := json.Unmarshal(text, &head); err != nil {
		return typeError(err)
	}
	switch {
	case head.Version > RecordVersion:
		return &RecordError{Field: "version", Err: fmt.Errorf("%w: %d, this program reads up to %d", ErrNewer, head.Version, RecordVersion)}
	case head.Version < 1:
		return &RecordError{Field: "version", Err: fmt.Errorf("%w: want \"version\": %d", ErrFormat, RecordVersion)}
	default:
		return nil
	}
}

// headOf gives the id of the host of a record that cannot be used, where it
// can be read.
func headOf(text []byte) string {
	var head struct {
		Host struct {
			ID string `json:"id"`
		} `json:"host"`
	}
	_ = json.Unmarshal(text, &head) // what cannot be read stays empty
	return clipText(head.Host.ID)
}

// typeError names the field of a decoding error.
func typeError(err error) error {
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		return &RecordError{Field: wrong.Field, Err: fmt.Errorf("%w: %s where %s is wanted", ErrFormat, wrong.Value, wrong.Type.Kind())}
	}
	return err
}
