package rollout

import (
	"context"
	"fmt"
)

// Replay folds into s the entries of a journal that follow its head, up to the
// journal's end, and proves the hash chain on the way. s is a new State for a
// journal that is read from its start, or what Restore made of its checkpoint.
//
// Errors wrap ErrNewer for an entry of a newer version; ErrEntry, and for a
// broken chain a *ChainError, for one that does not follow: damaged, out of
// order, or another region's; else they are those of the journal. s then holds
// what came before and is not to be used for deciding.
func Replay(ctx context.Context, j JournalReader, s *State) error {
	for record, err := range Records(ctx, j, s.head.Position) {
		if err != nil {
			return fmt.Errorf("rollout: replaying after entry %d: %w", s.head.Position, err)
		}
		entry, err := ParseEntry(record.Position, record.Data)
		if err == nil {
			err = s.Apply(entry)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
