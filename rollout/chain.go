package rollout

import (
	"context"
	"fmt"

	"github.com/fettle-dev/fettle"
)

// Link is a place in the hash chain: an entry's position and the SHA-256 digest
// of its bytes. The zero Link is the place before the first entry.
type Link struct {
	Position Position
	Digest   fettle.Digest
}

// Next returns the link of the entry that follows l.
func (l Link) Next(entry []byte) Link {
	return Link{Position: l.Position + 1, Digest: fettle.DigestOf(entry)}
}

// ChainError says where a hash chain breaks.
type ChainError struct {
	Position Position      // of the entry whose link to the one before it is broken
	Want     fettle.Digest // of the entry before, as it is in the journal
	Got      fettle.Digest // what the entry says that one's digest is
	Err      error         // why the entry's own words cannot be read; nil if they can
}

// Error names the position, and both digests or the cause.
func (e *ChainError) Error() string {
	if e.Err != nil {
		return fmt.Sprintf("rollout: chain breaks at entry %d: %v", e.Position, e.Err)
	}
	return fmt.Sprintf("rollout: chain breaks at entry %d: it follows %s, but the entry before it is %s",
		e.Position, quoted(e.Got), quoted(e.Want))
}

// Unwrap returns the cause, nil if both digests could be read.
func (e *ChainError) Unwrap() error { return e.Err }

func quoted(d fettle.Digest) string {
	if d == "" {
		return "nothing"
	}
	return string(d)
}

// VerifyChain walks the journal from a link that the caller trusts (the zero
// Link, or that of a checkpoint) to its end and returns the last link: whoever
// keeps that elsewhere can later prove that nothing before it was rewritten.
// previous reads out of an entry the digest of the entry before it; the first
// entry of a journal follows the empty digest.
//
// A broken chain is a *ChainError that names the first entry that does not
// follow; the link returned with it is the last good one. Other errors are the
// journal's: ErrCompacted if the walk would start before what is kept.
func VerifyChain(ctx context.Context, j JournalReader, from Link,
	previous func(entry []byte) (fettle.Digest, error),
) (Link, error) {
	last := from
	for record, err := range Records(ctx, j, from.Position) {
		if err != nil {
			return last, fmt.Errorf("rollout: reading the chain after entry %d: %w", last.Position, err)
		}
		got, err := previous(record.Data)
		if err != nil || got != last.Digest {
			return last, &ChainError{Position: record.Position, Want: last.Digest, Got: got, Err: err}
		}
		last = last.Next(record.Data)
	}
	return last, nil
}
