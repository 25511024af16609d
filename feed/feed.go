// Package feed brings vendors' records of patches into the shape that
// applicability judges. A Source yields batches of patches; the readers in the
// folders below it know one vendor format each. Reading is pure; fetching is
// thin and lives beside it.
package feed

import (
	"context"
	"fmt"
	"iter"

	"github.com/fettle-dev/fettle/applicability"
)

// Cursor is how far a source was read. It is opaque to everyone but the source
// that made it; the empty cursor asks for everything.
type Cursor string

// Batch is a run of records of one feed, in the feed's order.
type Batch struct {
	// Patches are the records that can be used. The receiver owns them.
	Patches []applicability.Patch
	// Refused names the records that cannot, each with its place and why.
	Refused []*RecordError
	// Notes are counted oddities that cost no record: unknown fields, say.
	Notes map[string]int
	// Read is how many records the batch covers: used and refused together
	// with those that are not for hosts at all, which Notes count.
	Read int
	// Next is where to go on after this batch.
	Next Cursor
}

// Source is a feed of patches.
//
// Fetch yields batches until the feed is exhausted or yields one error and
// ends: the feed as a whole could not be read or must not be believed, and
// what was yielded before it in this call is to be discarded. A record that
// cannot be used is no error; it is in Batch.Refused. Batches hold at most
// some thousand patches, so a receiver needs no more memory than it keeps.
// Fetch honours ctx and may be called again, also from several goroutines.
type Source interface {
	Fetch(ctx context.Context, after Cursor) iter.Seq2[Batch, error]
}

// RecordError says why one record of a feed cannot be used.
type RecordError struct {
	File   string // as the caller named it; for an archive, archive!member
	Line   int    // from 1; 0 where the format has no lines
	Offset int64  // bytes from the start of the file; -1 where unknown
	Record string // the record's own id, as far as it could be read
	Field  string // the field at fault, if one is
	Err    error
}

// Error names file, place, record, field and cause, as far as they are known.
func (e *RecordError) Error() string {
	s := e.File
	switch {
	case e.Line > 0:
		s += fmt.Sprintf(":%d", e.Line)
	case e.Offset > 0:
		s += fmt.Sprintf("@%d", e.Offset)
	}
	if e.Record != "" {
		s += ": " + e.Record
	}
	if e.Field != "" {
		s += ": " + e.Field
	}
	return s + ": " + e.Err.Error()
}

// Unwrap returns the cause.
func (e *RecordError) Unwrap() error { return e.Err }
