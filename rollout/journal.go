package rollout

import (
	"context"
	"errors"
	"fmt"
)

// Position counts the entries of a journal. The first entry is at position 1;
// position 0 is the place before it. Positions have no holes.
type Position uint64

// Limits of what a journal is given. Every implementation takes a batch that
// CheckBatch accepts.
const (
	// MaxEntry is the size of the largest entry, in bytes, inclusive.
	MaxEntry = 16 << 20
	// MaxBatch is the size of the largest batch, in bytes, inclusive. Every
	// entry counts its own bytes and EntryOverhead.
	MaxBatch = 64 << 20
	// EntryOverhead is what an entry counts in a batch beside its own bytes, so
	// that the number of entries is bounded too.
	EntryOverhead = 16
)

var (
	// ErrConflict is returned by Append when the journal does not end at the
	// position that the caller named, and by Save when a later checkpoint is
	// kept: somebody else wrote. Nothing was written. The caller reads what it
	// has not seen, decides again and tries again, or steps down.
	ErrConflict = errors.New("rollout: journal conflict")
	// ErrCompacted is returned by Read when entries that were asked for have been
	// released. The caller starts from the checkpoint instead.
	ErrCompacted = errors.New("rollout: journal entries are compacted")
	// ErrBeyond is returned for a position past the journal's end. Whoever holds
	// such a position has seen entries that this journal does not have: it is
	// another journal, or an older copy.
	ErrBeyond = errors.New("rollout: position is beyond the journal's end")
	// ErrTooLarge is returned by Append for a batch over the limits. Nothing was
	// written; the caller splits the batch or refuses the command.
	ErrTooLarge = errors.New("rollout: journal batch is too large")
)

// JournalReader reads a journal.
//
// Read returns the entries that follow position after, in order: the first one
// is at after+1. It returns at most limit entries and may return fewer, but at
// least one unless after is the end, where it returns none and no error. The
// bytes are those that were appended, an empty entry included; the caller owns
// them. Read never shows an entry that could still be lost, nor part of a batch
// whose other entries are lost.
//
// A limit below 1 is an error. The other errors are ErrCompacted, ErrBeyond,
// that of ctx, and those of the implementation. Safe for concurrent use.
type JournalReader interface {
	Read(ctx context.Context, after Position, limit int) ([][]byte, error)
}

// Journal keeps the entries of one region, in order, for good.
//
// An entry is opaque bytes. An entry is acknowledged when the Append that holds
// it has returned nil; from then on it survives whatever the implementation
// promises to survive (a process that is killed, a machine that loses power).
//
// Append adds the batch directly after position after, all of it or nothing, in
// its order and with nothing in between. When it returns nil, the entries are
// durable, and every Read that starts later shows them. If the journal does not
// end at after, it returns ErrConflict and writes nothing; a Read that starts
// after that shows the entries that were in the way. An empty batch writes
// nothing and still compares. A batch that CheckBatch refuses is refused with
// that error. The batch belongs to the caller again when Append returns.
//
// A context that is done before the call writes nothing. One that is done later
// may end the wait; as with every other error, it is then unknown whether the
// batch is in the journal: all of it, or nothing. The caller reads to find out.
//
// Append and Read are safe for concurrent use. Of several writers that name the
// same position, one wins. A journal is not a queue and not a database: it has
// no keys and forgets only what a Checkpointer was told to release.
//
// Package journaltest proves an implementation.
type Journal interface {
	JournalReader
	Append(ctx context.Context, after Position, batch [][]byte) error
}

// Checkpoint is a folded state and the position up to which it was folded.
type Checkpoint struct {
	At    Position // the last entry that State has seen
	State []byte   // opaque
}

// Checkpointer is an optional ability of a Journal: it keeps one checkpoint, so
// that a start need not read everything, and may then forget entries. Without
// it a start folds the whole journal and nothing is ever forgotten.
//
// Save keeps c, durable when it returns nil, in place of the one before; the
// journal may then forget entries up to and including position release, and
// forgets no other. It returns ErrBeyond if c.At is past the end, ErrConflict if
// a checkpoint with a later At is kept, and an error if release is later than
// c.At. On any error the checkpoint that was kept remains.
//
// Load returns the checkpoint that is kept; the zero Checkpoint if there is
// none. Both copy what they keep, are safe for concurrent use and honour ctx as
// Append does.
type Checkpointer interface {
	Save(ctx context.Context, c Checkpoint, release Position) error
	Load(ctx context.Context) (Checkpoint, error)
}

// Follower is an optional ability of a JournalReader: waiting for entries.
//
// Await returns nil once there is an entry after position after, and the error
// of ctx if that is done first. It may return ErrBeyond. Without the ability a
// caller reads again at its own pace.
type Follower interface {
	Await(ctx context.Context, after Position) error
}

// CheckBatch returns nil if every journal takes the batch, else an error that
// wraps ErrTooLarge and says which entry is over which limit.
func CheckBatch(batch [][]byte) error {
	size := 0
	for i, entry := range batch {
		if len(entry) > MaxEntry {
			return fmt.Errorf("%w: entry %d of %d has %d bytes, the most is %d",
				ErrTooLarge, i+1, len(batch), len(entry), MaxEntry)
		}
		size += len(entry) + EntryOverhead
		if size > MaxBatch {
			return fmt.Errorf("%w: its first %d of %d entries count %d bytes, the most is %d",
				ErrTooLarge, i+1, len(batch), size, MaxBatch)
		}
	}
	return nil
}
