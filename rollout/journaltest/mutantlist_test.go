package journaltest

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/fettle-dev/fettle/rollout"
)

type mutation struct {
	name  string
	hooks hooks
	fails []string // every rule that notices
}

// mutants breaks each rule at least once.
func mutants() []mutation {
	return slices.Concat(appendMutants(), restartMutants(), readMutants(), raceMutants(), checkpointMutants(), followerMutants())
}

func appendMutants() []mutation {
	type appendFunc = func(m *mutant, ctx context.Context, after rollout.Position, batch [][]byte) error
	on := func(f appendFunc) hooks { return hooks{onAppend: f} }
	return []mutation{
		{"drops empty entries", on(func(m *mutant, ctx context.Context, after rollout.Position, batch [][]byte) error {
			batch = slices.DeleteFunc(slices.Clone(batch), func(entry []byte) bool { return len(entry) == 0 })
			return m.sound.Append(ctx, after, batch)
		}), []string{"Append"}},
		{"takes an append that is ahead", on(func(m *mutant, ctx context.Context, after rollout.Position, batch [][]byte) error {
			if after == 1<<40 {
				after = rollout.Position(len(m.all()))
			}
			return m.sound.Append(ctx, after, batch)
		}), []string{"Conflict"}},
		{"does not compare an empty batch", on(func(m *mutant, ctx context.Context, after rollout.Position, batch [][]byte) error {
			if len(batch) == 0 {
				return nil
			}
			return m.sound.Append(ctx, after, batch)
		}), []string{"EmptyBatch"}},
		{"writes what fits of a batch that is too large", on(func(m *mutant, ctx context.Context, after rollout.Position, batch [][]byte) error {
			err := m.sound.Append(ctx, after, batch)
			if errors.Is(err, rollout.ErrTooLarge) {
				_ = m.sound.Append(ctx, after, batch[:1])
			}
			return err
		}), []string{"TooLarge"}},
		{"refuses a megabyte", on(func(m *mutant, ctx context.Context, after rollout.Position, batch [][]byte) error {
			err := rollout.CheckBatch(batch)
			if err == nil && slices.ContainsFunc(batch, func(entry []byte) bool { return len(entry) > 1<<20 }) {
				return errLost
			}
			return m.sound.Append(ctx, after, batch)
		}), []string{"LargeBatch"}},
		{"ignores the context of an append", on(func(m *mutant, _ context.Context, after rollout.Position, batch [][]byte) error {
			return m.sound.Append(context.Background(), after, batch)
		}), []string{"CancelledAppend"}},
		{"leaves half of a batch when it is cancelled", on(func(m *mutant, ctx context.Context, after rollout.Position, batch [][]byte) error {
			if len(batch) == 5 {
				time.Sleep(time.Millisecond)
				if ctx.Err() != nil {
					_ = m.sound.Append(context.Background(), after, batch[:2])
				}
			}
			return m.sound.Append(ctx, after, batch)
		}), []string{"CancelledMidway"}},
		{"keeps the caller's slices", hooks{
			onAppend: func(m *mutant, ctx context.Context, after rollout.Position, batch [][]byte) error {
				m.mu.Lock()
				defer m.mu.Unlock()
				err := m.sound.Append(ctx, after, batch)
				if err == nil && m.count == 0 {
					m.kept, m.count = slices.Clone(batch), 1
				}
				return err
			},
			onRead: func(m *mutant, ctx context.Context, after rollout.Position, limit int) ([][]byte, error) {
				m.mu.Lock()
				defer m.mu.Unlock()
				page, err := m.sound.Read(ctx, after, limit)
				for i := range page {
					if at := int(after) + i; at < len(m.kept) {
						page[i] = bytes.Clone(m.kept[at])
					}
				}
				return page, err
			},
		}, []string{"Ownership"}},
		{"hands out its own slices", hooks{onRead: func(m *mutant, ctx context.Context, after rollout.Position, limit int) ([][]byte, error) {
			m.mu.Lock()
			defer m.mu.Unlock()
			page, err := m.sound.Read(ctx, after, limit)
			if after == 0 && limit == 10 {
				m.kept = page
			}
			if after == 0 && m.kept != nil && len(page) == len(m.kept) {
				page = slices.Clone(m.kept)
			}
			return page, err
		}}, []string{"Ownership"}},
	}
}

func restartMutants() []mutation {
	return []mutation{
		{"forgets the last entry at a restart", hooks{onOpen: func(m *mutant) {
			if all := m.all(); len(all) == 104 {
				m.restart(all[:103])
			}
		}}, []string{"Durability"}},
		{"loses the order of writers at a restart", hooks{onOpen: func(m *mutant) {
			if all := m.all(); len(all) == writers*perWriter*batchSize {
				slices.Reverse(all)
				m.restart(all)
			}
		}}, []string{"ManyWriters"}},
	}
}

func readMutants() []mutation {
	type readFunc = func(page [][]byte, err error, after rollout.Position, limit int) ([][]byte, error)
	on := func(f readFunc) hooks {
		return hooks{onRead: func(m *mutant, ctx context.Context, after rollout.Position, limit int) ([][]byte, error) {
			page, err := m.sound.Read(ctx, after, limit)
			return f(page, err, after, limit)
		}}
	}
	return []mutation{
		{"returns one more than the limit", hooks{onRead: func(m *mutant, ctx context.Context, after rollout.Position, limit int) ([][]byte, error) {
			if limit == 7 {
				limit = 8
			}
			return m.sound.Read(ctx, after, limit)
		}}, []string{"Paging"}},
		{"returns an empty page before the end", on(func(page [][]byte, err error, after rollout.Position, limit int) ([][]byte, error) {
			if limit == 128 && after >= 256 {
				return nil, nil
			}
			return page, err
		}), []string{"Paging"}},
		{"returns a page backwards after a seek", on(func(page [][]byte, err error, after rollout.Position, _ int) ([][]byte, error) {
			if after == 99 {
				slices.Reverse(page)
			}
			return page, err
		}), []string{"Order"}},
		{"returns nothing past the end", on(func(page [][]byte, err error, _ rollout.Position, _ int) ([][]byte, error) {
			if errors.Is(err, rollout.ErrBeyond) {
				return nil, nil
			}
			return page, err
		}), []string{"End"}},
		{"takes a limit of zero for no limit", hooks{onRead: func(m *mutant, ctx context.Context, after rollout.Position, limit int) ([][]byte, error) {
			if limit == 0 {
				limit = 1000
			}
			return m.sound.Read(ctx, after, limit)
		}}, []string{"Limit"}},
		{"ignores the context of a read", hooks{onRead: func(m *mutant, _ context.Context, after rollout.Position, limit int) ([][]byte, error) {
			return m.sound.Read(context.Background(), after, limit)
		}}, []string{"CancelledRead"}},
		{"loses an entry between pages", on(func(page [][]byte, err error, after rollout.Position, _ int) ([][]byte, error) {
			if after == 1034 {
				page = page[1:]
			}
			return page, err
		}), []string{"Records"}},
	}
}

// contended reports whether batch is one of the racing writers'.
func contended(batch [][]byte) bool { return len(batch) == batchSize && len(batch[0]) == 12 }

func raceMutants() []mutation {
	return []mutation{
		{"acknowledges a batch that it drops", hooks{onAppend: func(m *mutant, ctx context.Context, after rollout.Position, batch [][]byte) error {
			if contended(batch) && slices.Equal(batch[0], mark(1, perWriter-1, 0)) {
				return nil
			}
			return m.sound.Append(ctx, after, batch)
		}}, []string{"ManyWriters"}},
		{"shows half of a batch for a while", hooks{onAppend: func(m *mutant, ctx context.Context, after rollout.Position, batch [][]byte) error {
			m.mu.Lock()
			defer m.mu.Unlock()
			if !contended(batch) {
				return m.sound.Append(ctx, after, batch)
			}
			if err := m.sound.Append(ctx, after, batch[:1]); err != nil {
				return err
			}
			if m.count++; m.count < 20 {
				time.Sleep(time.Millisecond)
			}
			return m.sound.Append(ctx, after+1, batch[1:])
		}}, []string{"ReadersBesideWriters"}},
		{"tells of a conflict before the entry can be read", hooks{
			onAppend: func(m *mutant, ctx context.Context, after rollout.Position, batch [][]byte) error {
				err := m.sound.Append(ctx, after, batch)
				if err == nil && contended(batch) {
					time.Sleep(100 * time.Microsecond)
				}
				m.mu.Lock()
				defer m.mu.Unlock()
				if err == nil {
					m.count = max(m.count, int(after)+len(batch)) // how much can be read
				}
				return err
			},
			onRead: func(m *mutant, ctx context.Context, after rollout.Position, limit int) ([][]byte, error) {
				m.mu.Lock()
				readable := rollout.Position(m.count)
				m.mu.Unlock()
				page, err := m.sound.Read(ctx, after, limit)
				if after <= readable {
					page = page[:min(len(page), int(readable-after))]
				}
				return page, err
			},
		}, []string{"ConflictIsVisible"}},
	}
}

func checkpointMutants() []mutation {
	type saveFunc = func(m *mutant, ctx context.Context, c rollout.Checkpoint, release rollout.Position) error
	on := func(f saveFunc) hooks { return hooks{onSave: f} }
	return []mutation{
		{"forgets the checkpoint at a restart", hooks{
			onOpen: func(m *mutant) { m.count++ },
			onLoad: func(m *mutant, ctx context.Context) (rollout.Checkpoint, error) {
				if m.count > 1 {
					return rollout.Checkpoint{}, nil
				}
				return m.sound.Load(ctx)
			},
		}, []string{"Checkpointer/Load"}},
		{"releases one entry too many", on(func(m *mutant, ctx context.Context, c rollout.Checkpoint, release rollout.Position) error {
			if release == 120 {
				release++
			}
			return m.sound.Save(ctx, c, release)
		}), []string{"Checkpointer/Release"}},
		{"lets an older checkpoint pass", on(func(m *mutant, ctx context.Context, c rollout.Checkpoint, release rollout.Position) error {
			if err := m.sound.Save(ctx, c, release); !errors.Is(err, rollout.ErrConflict) {
				return err
			}
			return nil
		}), []string{"Checkpointer/Refuse"}},
		{"ignores the context of a save", on(func(m *mutant, _ context.Context, c rollout.Checkpoint, release rollout.Position) error {
			return m.sound.Save(context.Background(), c, release)
		}), []string{"Checkpointer/Cancelled"}},
	}
}

func followerMutants() []mutation {
	type awaitFunc = func(m *mutant, ctx context.Context, after rollout.Position) error
	on := func(f awaitFunc) hooks { return hooks{onAwait: f} }
	return []mutation{
		{"does not see what is there", on(func(m *mutant, ctx context.Context, after rollout.Position) error {
			if len(m.all()) > int(after)+1 {
				return errLost
			}
			return m.sound.Await(ctx, after)
		}), []string{"Follower/There"}},
		{"wakes for nothing", on(func(m *mutant, ctx context.Context, after rollout.Position) error {
			if after == 2 {
				return nil
			}
			return m.sound.Await(ctx, after)
		}), []string{"Follower/Wakes"}},
		{"hides why it stopped waiting", on(func(m *mutant, ctx context.Context, after rollout.Position) error {
			if err := m.sound.Await(ctx, after); err != nil {
				return errLost
			}
			return nil
		}), []string{"Follower/Cancelled"}},
	}
}
