// Package feed brings vendors' records of patches into the shape that
// applicability judges. A Source yields batches of patches; the readers in the
// folders below it know one vendor format each. Reading is pure; fetching is
// thin and lives beside it.
//
// What cannot be used is never lost silently. A record at fault is a
// RecordError in its batch; a feed that must not be believed as a whole, be it
// expired, cut or badly signed, is a ListError and gives no patch at all. Tally
// adds up what became of the records: read N, used M, refused K, and why.
package feed

import (
	"context"
	"iter"

	"github.com/fettle-dev/fettle/applicability"
)

// Cursor is how far a source was read. It is opaque to everyone but the source
// that made it; the empty cursor asks for everything.
type Cursor string

// Batch is a run of records of one feed, in the feed's order. A record is what
// the format counts: an advisory, a stanza, a definition. One patch may come
// from several records, and one record may give several patches.
//
// Read is the sum of Used, the refused and the skipped, so that the numbers of
// a feed add up.
type Batch struct {
	// Patches are made of the used records. The receiver owns them.
	Patches []applicability.Patch
	// Read is how many records the batch covers.
	Read int
	// Used is how many of them are in Patches.
	Used int
	// Refused names the records that cannot be used, each with its place and
	// why.
	Refused []*RecordError
	// Skipped counts, by reason, the records that are in order and yet no patch
	// for a host: withdrawn, say, or of another kind.
	Skipped map[string]int
	// Notes counts oddities that cost no record, by kind: unknown fields, say.
	Notes map[string]int
	// Full says that this call of Fetch yields the whole feed: a patch that an
	// earlier call yielded and this one does not is gone. All batches of a call
	// agree.
	Full bool
	// Next is where to go on after this batch. The last batch's Next is the
	// cursor of the next call.
	Next Cursor
}

// Source is a feed of patches.
//
// Fetch yields the batches behind after until the feed is exhausted. It either
// goes through or yields one error, with an empty batch, and ends: the feed as
// a whole could not be read or must not be believed, and what this call
// yielded before is to be discarded. A record that cannot be used is no error;
// it is in Batch.Refused.
//
//   - A patch states ID, Target and Installed, and its ID is not empty and is
//     yielded once a call.
//   - The numbers of each batch add up, as Batch says.
//   - A batch holds at most MaxBatch patches, so a receiver needs no more
//     memory than it keeps.
//   - The Next of a call's last batch, given as after, yields what came since:
//     no patches where nothing did. A source that cannot tell yields everything
//     again with Full set. A cursor that the source cannot make sense of is an
//     error that wraps ErrCursor.
//   - Two calls with one cursor over unchanged content yield the same.
//   - Fetch honours ctx: once it is done, the next thing yielded is an error
//     that wraps its cause.
//   - The receiver may stop at any batch, may change what it was given, and may
//     call Fetch again, also from several goroutines.
//
// The kit is feedtest.
type Source interface {
	Fetch(ctx context.Context, after Cursor) iter.Seq2[Batch, error]
}

// MaxBatch is the largest number of patches in one batch.
const MaxBatch = 4096
