package filejournal

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"

	"github.com/fettle-dev/fettle/rollout"
)

// A checkpoint file: magic, position, released position, size of the state,
// four bytes of zero, CRC of all that and the state, then the state.
const checkpointHead = 40

// keptCheckpoint is what is known of the checkpoint file; the zero value if
// there is none.
type keptCheckpoint struct {
	exists      bool
	at, release rollout.Position
}

func checkpointHeader(at, release rollout.Position, state []byte) []byte {
	head := append(make([]byte, 0, checkpointHead), checkpointMagic...)
	head = binary.LittleEndian.AppendUint64(head, uint64(at))
	head = binary.LittleEndian.AppendUint64(head, uint64(release))
	head = binary.LittleEndian.AppendUint64(head, uint64(len(state)))
	head = append(head, 0, 0, 0, 0)
	return binary.LittleEndian.AppendUint32(head, crc(head, state))
}

// readCheckpoint reads and checks the checkpoint at a position.
func readCheckpoint(fs fileSystem, at rollout.Position) (keptCheckpoint, []byte, error) {
	name, kept := checkpointName(at), keptCheckpoint{exists: true, at: at}
	f, err := fs.view(name)
	if err != nil {
		return kept, nil, err
	}
	defer f.Close()
	size, err := f.size()
	if err != nil {
		return kept, nil, err
	}
	if size < checkpointHead {
		return kept, nil, damaged(name, size, "the file ends within its header")
	}
	all := make([]byte, size)
	if n, err := f.ReadAt(all, 0); err != nil && (!errors.Is(err, io.EOF) || int64(n) < size) {
		return kept, nil, err
	}
	state := all[checkpointHead:]
	kept.release = rollout.Position(binary.LittleEndian.Uint64(all[16:]))
	if string(all[:checkpointHead]) != string(checkpointHeader(at, kept.release, state)) {
		return kept, nil, damaged(name, 0, "the header does not match the name and the state behind it")
	}
	if kept.release > at {
		return kept, nil, damaged(name, 16, "it releases entries up to %d", kept.release)
	}
	return kept, slices.Clip(state), nil
}

// newestCheckpoint reads the last of the checkpoints and removes those before
// it, which a crash kept Save from doing. Their names are on disk.
func newestCheckpoint(fs fileSystem, at []rollout.Position) (keptCheckpoint, error) {
	if len(at) == 0 {
		return keptCheckpoint{}, nil
	}
	newest := len(at) - 1
	kept, _, err := readCheckpoint(fs, at[newest])
	if err != nil {
		return kept, err
	}
	for _, old := range at[:newest] {
		_ = fs.remove(checkpointName(old)) // a reader may have it open; it does no harm
	}
	return kept, nil
}

// Save implements rollout.Checkpointer. Released entries are forgotten in whole
// segments: when Save returns, or at the next Open where a reader on a system
// that does not allow it holds one open.
func (j *Journal) Save(ctx context.Context, c rollout.Checkpoint, release rollout.Position) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	j.saving.Lock()
	defer j.saving.Unlock()
	j.mu.Lock()
	kept, end, err := j.checkpoint, j.durable, j.err
	j.mu.Unlock()
	switch {
	case err != nil:
		return err
	case release > c.At:
		return fmt.Errorf("filejournal: checkpoint at %d cannot release up to %d", c.At, release)
	case c.At > end:
		return fmt.Errorf("filejournal: checkpoint at %d, the journal ends at %d: %w", c.At, end, rollout.ErrBeyond)
	case c.At < kept.at:
		return fmt.Errorf("filejournal: checkpoint at %d, kept is %d: %w", c.At, kept.at, rollout.ErrConflict)
	}
	next := keptCheckpoint{exists: true, at: c.At, release: max(release, kept.release)}
	if err := writeFile(j.fs, checkpointName(c.At), checkpointHeader(c.At, next.release, c.State), c.State); err != nil {
		return j.fail(err)
	}
	j.mu.Lock()
	j.checkpoint = next
	j.mu.Unlock()
	if kept.exists && kept.at != c.At {
		_ = j.fs.remove(checkpointName(kept.at)) // else the next Open does
	}
	j.forget(next.release)
	return nil
}

// forget removes segments that hold released entries only. A file that cannot
// be removed is left to the next Open.
func (j *Journal) forget(release rollout.Position) {
	j.mu.Lock()
	n := 0
	for n+1 < len(j.segments) && j.segments[n+1].first <= release+1 {
		n++
	}
	gone := j.segments[:n]
	j.segments = append([]*segment(nil), j.segments[n:]...)
	j.mu.Unlock()
	j.reading.Lock() // until nobody reads in what is gone
	defer j.reading.Unlock()
	for _, s := range gone {
		_ = s.file.Close()
		_ = j.fs.remove(s.name)
	}
}

// Load implements rollout.Checkpointer.
func (j *Journal) Load(ctx context.Context) (rollout.Checkpoint, error) {
	if err := ctx.Err(); err != nil {
		return rollout.Checkpoint{}, err
	}
	j.saving.Lock() // until the file is not replaced
	defer j.saving.Unlock()
	j.mu.Lock()
	kept, err := j.checkpoint, j.err
	j.mu.Unlock()
	if err != nil || !kept.exists {
		return rollout.Checkpoint{}, err
	}
	_, state, err := readCheckpoint(j.fs, kept.at)
	if err != nil {
		return rollout.Checkpoint{}, err
	}
	return rollout.Checkpoint{At: kept.at, State: state}, nil
}
