package inventory

import (
	"context"
	"iter"

	"github.com/fettle-dev/fettle"
)

// Collector observes one host.
//
// Collect returns what it saw of what needs names. It MUST sort the snapshot
// (Snapshot.Sort), set Taken, and enter in Scope only what it looked at
// completely; it MUST NOT look at files or registry keys that needs does not
// name. What it could not read for want of permission, or because a record is
// damaged, stays out of Scope and is no error: the answers that need it become
// unknown. It returns an error only where nothing useful could be observed, or
// where ctx ended; it MUST return soon after that, with an error that wraps
// ctx.Err. It keeps nothing of needs, and the snapshot belongs to the caller.
// It may be called from several goroutines.
//
// Package inventorytest proves an implementation.
type Collector interface {
	Collect(ctx context.Context, needs Needs) (Snapshot, error)
}

// Store keeps the last record of each host.
//
// Put replaces what was stored under record.Host.ID; when it returns nil, a
// later Get or All of any caller sees it. Get returns ErrNoHost for a host that
// was never put. All yields every host once, by ID as bytes; hosts that are put
// or changed meanwhile may or may not be seen. The store copies what it is
// given, and the caller may change what it gets. Every method honours ctx. A
// Store is safe for concurrent use.
//
// Package inventorytest proves an implementation.
type Store interface {
	Put(ctx context.Context, record Record) error
	Get(ctx context.Context, id fettle.HostID) (Record, error)
	All(ctx context.Context) iter.Seq2[Record, error]
}
