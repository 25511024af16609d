package journalbench

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"

	bolt "go.etcd.io/bbolt"

	"github.com/fettle-dev/fettle/rollout"
)

// boltJournal is a rollout.Journal in one bucket of bbolt: position to entry.
type boltJournal struct{ db *bolt.DB }

var _ rollout.Journal = boltJournal{}

func bucketName() []byte { return []byte("journal") }

func openBolt(path string) (boltJournal, error) {
	db, err := bolt.Open(path, 0o600, nil)
	if err != nil {
		return boltJournal{}, err
	}
	return boltJournal{db}, db.Update(func(tx *bolt.Tx) error {
		_, err := tx.CreateBucketIfNotExists(bucketName())
		return err
	})
}

func key(at rollout.Position) []byte { return binary.BigEndian.AppendUint64(nil, uint64(at)) }

func end(tx *bolt.Tx) rollout.Position {
	last, _ := tx.Bucket(bucketName()).Cursor().Last()
	if last == nil {
		return 0
	}
	return rollout.Position(binary.BigEndian.Uint64(last))
}

// Append implements rollout.Journal.
func (j boltJournal) Append(ctx context.Context, after rollout.Position, batch [][]byte) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	if err := rollout.CheckBatch(batch); err != nil {
		return err
	}
	return j.db.Update(func(tx *bolt.Tx) error {
		if at := end(tx); at != after {
			return fmt.Errorf("append after %d, the journal ends at %d: %w", after, at, rollout.ErrConflict)
		}
		return put(tx, after, batch)
	})
}

func put(tx *bolt.Tx, after rollout.Position, batch [][]byte) error {
	bucket := tx.Bucket(bucketName())
	bucket.FillPercent = 1 // keys only grow
	for _, entry := range batch {
		after++
		if err := bucket.Put(key(after), entry); err != nil {
			return err
		}
	}
	return nil
}

// Read implements rollout.JournalReader.
func (j boltJournal) Read(ctx context.Context, after rollout.Position, limit int) ([][]byte, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if limit < 1 {
		return nil, fmt.Errorf("read limit %d: want at least 1", limit)
	}
	var page [][]byte
	err := j.db.View(func(tx *bolt.Tx) error {
		if at := end(tx); after > at {
			return fmt.Errorf("read after %d, the journal ends at %d: %w", after, at, rollout.ErrBeyond)
		}
		cursor := tx.Bucket(bucketName()).Cursor()
		for k, v := cursor.Seek(key(after + 1)); k != nil && len(page) < limit; k, v = cursor.Next() {
			page = append(page, bytes.Clone(v))
		}
		return nil
	})
	return page, err
}
