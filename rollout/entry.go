package rollout

import (
	"errors"
	"time"

	"github.com/fettle-dev/fettle"
)

// Version is the form of entries that this code writes.
const Version = 1

// MaxRows is the most hosts in one event.
const MaxRows = 100

var (
	// ErrNewer is returned for an entry of a kind, with a field, or of a version
	// that this code does not know. The journal was written by a newer fettle; the
	// caller stops and is updated. Nothing is ever skipped.
	ErrNewer = errors.New("rollout: entry was written by a newer version")
	// ErrEntry is returned for an entry that does not follow from the state it is
	// applied to: another region's, damaged, or out of order.
	ErrEntry = errors.New("rollout: entry does not follow")
)

// Entry is an event in its place in the journal. Its JSON is
//
//	{"v":1,"kind":"ring-opened","at":"2026-03-02T09:00:00.000Z","prev":"sha256:…","data":{…}}
//
// where prev is the digest of the bytes of the entry before.
type Entry struct {
	Position Position
	At       time.Time
	Prev     fettle.Digest
	Event    Event
	// Data are the entry's bytes, as they are in the journal.
	Data []byte
}
