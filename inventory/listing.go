package inventory

import (
	"errors"
	"fmt"
	"maps"
	"slices"
)

// The conditions under which a reader refuses a whole file. They are wrapped
// in a RecordError that names file and line.
var (
	// ErrEmpty: the file holds no record. An empty list would make a host look
	// as if it had nothing to patch.
	ErrEmpty = errors.New("inventory: the file holds no record")
	// ErrTooLarge: a bound on size or count was passed.
	ErrTooLarge = errors.New("inventory: too large")
	// ErrFormat: the file is not of the format that it was read as.
	ErrFormat = errors.New("inventory: not of this format")
	// ErrTruncated: the file ends in the middle of a record.
	ErrTruncated = errors.New("inventory: the file ends in the middle of a record")
)

// Listing is what a reader found in one package database.
type Listing struct {
	Packages []Package // sorted
	Scope    PackageScope
	Report   Report
}

// Add puts a listing's packages and scope into s and sorts them. A type that s
// has a scope for already keeps the wider claim only where both make it: s then
// speaks for all packages of the type only if both listings did.
func (s *Snapshot) Add(l Listing) {
	s.Packages = sortUnique(append(s.Packages, l.Packages...), Package.Compare, func(a, b Package) bool { return a == b })
	i := slices.IndexFunc(s.Scope.Packages, func(p PackageScope) bool { return p.Type == l.Scope.Type })
	if i < 0 {
		s.Scope.Packages = append(s.Scope.Packages, l.Scope)
	} else {
		p := &s.Scope.Packages[i]
		p.All = p.All && l.Scope.All
		p.Names = append(p.Names, l.Scope.Names...)
		p.Sources = append(p.Sources, l.Scope.Sources...)
		p.Unread = append(p.Unread, l.Scope.Unread...)
	}
	s.Scope.sort(s.folds())
}

// Report counts what a reader met in one file: Read = Used + Refused + Passed.
type Report struct {
	Read    int `json:"read"`    // records
	Used    int `json:"used"`    // they are in the result
	Refused int `json:"refused"` // they could not be used
	Passed  int `json:"passed"`  // they say nothing of what is installed; Notes counts why
	// Problems are the first MaxProblems of what was refused, in the file's
	// order, and of what is wrong with the file as a whole.
	Problems []*RecordError `json:"-"`
	// Notes counts oddities that cost no record, and why records were passed
	// over, by a short text.
	Notes map[string]int `json:"notes,omitempty"`
}

// MaxProblems bounds Report.Problems; Report.Refused counts on.
const MaxProblems = 100

// maxNotes bounds the distinct notes of a report; what goes beyond is counted
// under one note.
const maxNotes = 200

// Refuse counts a record that could not be used.
func (r *Report) Refuse(e *RecordError) {
	r.Refused++
	r.Problem(e)
}

// Problem notes what is wrong with the file without counting a record.
func (r *Report) Problem(e *RecordError) {
	if len(r.Problems) < MaxProblems {
		r.Problems = append(r.Problems, e)
	}
}

// Note counts one occurrence of an oddity.
func (r *Report) Note(what string) {
	if r.Notes == nil {
		r.Notes = make(map[string]int)
	}
	if _, known := r.Notes[what]; !known && len(r.Notes) >= maxNotes {
		what = "further oddities"
	}
	r.Notes[what]++
}

// Merge adds the counts, problems and notes of q.
func (r *Report) Merge(q Report) {
	r.Read += q.Read
	r.Used += q.Used
	r.Refused += q.Refused
	r.Passed += q.Passed
	for _, e := range q.Problems {
		r.Problem(e)
	}
	for _, what := range slices.Sorted(maps.Keys(q.Notes)) {
		r.Note(what)
		r.Notes[what] += q.Notes[what] - 1
	}
}

// String returns the counts in one line: read 316, used 315, refused 1.
func (r *Report) String() string {
	s := fmt.Sprintf("read %d, used %d, refused %d", r.Read, r.Used, r.Refused)
	if r.Passed > 0 {
		s += fmt.Sprintf(", passed over %d", r.Passed)
	}
	return s
}

// RecordError says why one record of a file, or the file, cannot be used.
type RecordError struct {
	File   string // as the caller named it
	Line   int    // from 1; 0: the file as a whole
	Record string // the record's own name, as far as it could be read
	Field  string // the field at fault, if one is
	Err    error
}

// Error names file, line, record, field and cause, as far as they are known.
func (e *RecordError) Error() string {
	s := e.File
	if e.Line > 0 {
		s += fmt.Sprintf(":%d", e.Line)
	}
	if e.Record != "" {
		s += ": " + e.Record
	}
	if e.Field != "" {
		s += ": " + e.Field
	}
	if s != "" {
		s += ": "
	}
	return s + e.Err.Error()
}

// Unwrap returns the cause.
func (e *RecordError) Unwrap() error { return e.Err }
