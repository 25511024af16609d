package rollout

import (
	"context"
	"errors"
	"iter"
)

// Record is an entry of a journal with its place.
type Record struct {
	Position Position
	Data     []byte
}

// pageSize is how many entries Records asks for at once.
const pageSize = 1024

// Records yields the entries that follow position after until the end of the
// journal as it is when it gets there. It yields one error and ends if a page
// cannot be read. The receiver owns the data.
func Records(ctx context.Context, j JournalReader, after Position) iter.Seq2[Record, error] {
	return func(yield func(Record, error) bool) {
		for {
			page, err := j.Read(ctx, after, pageSize)
			if err != nil {
				yield(Record{}, err)
				return
			}
			if len(page) == 0 {
				return
			}
			for _, data := range page {
				after++
				if !yield(Record{Position: after, Data: data}, nil) {
					return
				}
			}
		}
	}
}

// SaveCheckpoint saves c if the journal is a Checkpointer. If it is not,
// nothing is kept and nothing is released, which costs the next start time and
// is no error.
func SaveCheckpoint(ctx context.Context, j JournalReader, c Checkpoint, release Position) error {
	if keeper, ok := j.(Checkpointer); ok {
		return keeper.Save(ctx, c, release)
	}
	return nil
}

// LoadCheckpoint returns the checkpoint that the journal keeps; the zero
// Checkpoint if it keeps none or is no Checkpointer.
func LoadCheckpoint(ctx context.Context, j JournalReader) (Checkpoint, error) {
	if keeper, ok := j.(Checkpointer); ok {
		return keeper.Load(ctx)
	}
	return Checkpoint{}, nil
}

// Await returns nil once the journal has an entry after position after. For a
// journal that is no Follower it looks once and, if there is no such entry yet,
// returns errors.ErrUnsupported; the caller then looks again at its own pace.
func Await(ctx context.Context, j JournalReader, after Position) error {
	if follower, ok := j.(Follower); ok {
		return follower.Await(ctx, after)
	}
	page, err := j.Read(ctx, after, 1)
	if err == nil && len(page) == 0 {
		return errors.ErrUnsupported
	}
	return err
}
