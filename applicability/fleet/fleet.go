package fleet

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/applicability"
	"github.com/fettle-dev/fettle/inventory"
)

// The errors of this package.
var (
	// ErrNoID is returned by Put and Intern for a record whose host has no id.
	ErrNoID = errors.New("fleet: host has no id")
	// ErrForeign is returned by PutFacts for facts that another Fleet interned.
	ErrForeign = errors.New("fleet: facts of another fleet")
	// ErrCorrupt is returned by Load for what is no saved index, or a damaged one.
	ErrCorrupt = errors.New("fleet: corrupt index")
	// ErrNewer is returned by Load for an index of a newer version.
	ErrNewer = errors.New("fleet: index of a newer version")
)

// Fleet is an index over many hosts: it answers about each patch which hosts
// need it, without looking at one host after the other. The zero value is not
// usable; New and Load make one.
//
// A Fleet is safe for concurrent use. Any number of calls that ask run side by
// side; Put, PutFacts, Intern, Remove and SetCatalog wait for those that are
// under way and are then alone. Each call sees the hosts as they are at one
// moment between two changes.
type Fleet struct {
	mu sync.RWMutex

	columns   []column
	numbers   columnNumbers
	text      []byte // scratch: of a column
	templates []template
	unused    []int32 // templates that are gone
	sketches  map[uint32][]int32
	spare     []span

	hosts    []hostEntry     // by position
	ids      []fettle.HostID // by position, apart from the rest: most answers are ids
	live     plane           // positions that hold a host
	byID     hostNumbers
	profiles profileTable

	lexicon *lexicon
	changes uint64 // counts changes; see lexicon.changed

	pending []exception // of new hosts, not entered yet; see rlock
	late    []int32     // templates that are late, and some that were
	sorting []exception // scratch

	askers sync.Pool // evaluators that are not in use; see ask

	votes []uint16 // scratch of nearest
	diff  difference
	was   difference
	list  []uint32
}

type hostEntry struct {
	name     string
	delta    string // from the template, packed
	seconds  int64  // of the snapshot's instant, Unix time; see taken
	nanos    int32
	profile  uint32
	template int32 // -1: the position is free
}

// New returns an empty index that answers from the catalogue.
func New(c *applicability.Catalog) *Fleet {
	f := empty()
	f.setCatalog(c, nil)
	return f
}

// empty returns an index without a catalogue.
func empty() *Fleet {
	return &Fleet{
		numbers: newColumnNumbers(), sketches: map[uint32][]int32{},
		byID: newHostNumbers(), profiles: profileTable{byText: map[string]uint32{}},
	}
}

// Len returns the count of hosts.
func (f *Fleet) Len() int {
	f.mu.RLock()
	defer f.mu.RUnlock()
	return f.byID.table.Len()
}

// Catalog returns the catalogue that the index answers from.
func (f *Fleet) Catalog() *applicability.Catalog {
	f.mu.RLock()
	defer f.mu.RUnlock()
	return f.lexicon.catalog
}

// Facts is one host's record as one Fleet sees it, whatever its catalogue. It is
// immutable, shares no memory with the record and can be put many times.
type Facts struct {
	fleet   *Fleet
	id      fettle.HostID
	name    string
	taken   time.Time
	columns []uint32
	profile *profile
}

// Intern reads a record for PutFacts. The record must not change meanwhile and
// is not kept. The error wraps ErrNoID.
func (f *Fleet) Intern(r *inventory.Record) (*Facts, error) {
	if r.Host.ID == "" {
		return nil, ErrNoID
	}
	p, err := newProfile(r)
	if err != nil {
		return nil, fmt.Errorf("fleet: host %q: %w", r.Host.ID, err)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.intern(r, p), nil
}

func (f *Fleet) intern(r *inventory.Record, p *profile) *Facts {
	if n, ok := f.profiles.byText[p.text]; ok {
		p = f.profiles.list[n]
	}
	return &Facts{
		fleet: f, id: r.Host.ID, name: r.Host.Name, taken: r.Snapshot.Taken,
		columns: f.columnsOf(r), profile: p,
	}
}

// Put makes the record the last word about its host: new, or in place of what
// was known before. The record must not change meanwhile and is not kept. The
// error wraps ErrNoID; nothing has changed then.
func (f *Fleet) Put(r *inventory.Record) error {
	if r.Host.ID == "" {
		return ErrNoID
	}
	p, err := newProfile(r)
	if err != nil {
		return fmt.Errorf("fleet: host %q: %w", r.Host.ID, err)
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.put(f.intern(r, p))
	return nil
}

// PutFacts is Put from facts that this Fleet interned. The error is ErrForeign.
func (f *Fleet) PutFacts(facts *Facts) error {
	if facts.fleet != f {
		return ErrForeign
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.put(facts)
	return nil
}

// Remove forgets a host and reports whether it was known.
func (f *Fleet) Remove(id fettle.HostID) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	at, hash, ok := f.byID.find(f.ids, id)
	if !ok {
		return false
	}
	f.changes++
	f.leave(at)
	f.byID.table.Delete(hash, at)
	return true
}

// SetCatalog makes the index answer from another catalogue, or from another view
// of the same. What was counted for patches that did not change, and depend on
// no other, stays.
func (f *Fleet) SetCatalog(c *applicability.Catalog) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.setCatalog(c, nil)
}

func (e *hostEntry) taken() time.Time { return time.Unix(e.seconds, int64(e.nanos)).UTC() }
