package inventorytest

import (
	"context"
	"errors"
	"iter"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/inventory"
)

var wanted = inventory.Needs{
	AllPackages: true, Facts: []string{"f"},
	Files:    []inventory.FileNeed{{Path: "/etc/*.conf"}, {Path: `App\x.exe`, Folder: "ProgramFiles"}},
	Registry: []inventory.RegistryNeed{{Key: `HKLM\SOFTWARE\A`}},
}

// fixed is a right Collector, with what a mutant changes in it.
type fixed struct {
	after  func(s *inventory.Snapshot)             // changes the result
	before func(needs inventory.Needs)             // sees the needs
	deaf   bool                                    // does not honour ctx
	shared *inventory.Snapshot                     // is returned each time
	once   func() error                            // is called each time
	ignore func(n inventory.Needs) inventory.Needs // changes what is looked at
}

func (f fixed) Collect(ctx context.Context, needs inventory.Needs) (inventory.Snapshot, error) {
	if err := ctx.Err(); err != nil && !f.deaf {
		return inventory.Snapshot{}, err
	}
	if f.once != nil {
		if err := f.once(); err != nil {
			return inventory.Snapshot{}, err
		}
	}
	if f.before != nil {
		f.before(needs)
	}
	if f.ignore != nil {
		needs = f.ignore(needs)
	}
	if f.shared != nil && len(needs.Files) > 0 {
		return *f.shared, nil
	}
	s := inventory.Snapshot{
		Taken: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), OS: inventory.OS{Family: "linux"},
		Packages: []inventory.Package{{Type: "deb", Name: "a", Version: "1"}, {Type: "deb", Name: "b", Version: "1"}},
	}
	if len(needs.Files) > 0 {
		s.Files = []inventory.File{{Path: "/etc/a.conf"}, {Path: "/opt/App/x.exe"}}
		s.Scope.Files = []string{"/etc/*.conf"}
		s.Registry = []inventory.RegistryKey{{Key: `HKLM\SOFTWARE\A`}}
		s.Facts = map[string]string{"f": "1"}
	}
	if f.after != nil {
		f.after(&s)
	}
	return s, nil
}

func TestCollectorMutants(t *testing.T) {
	t.Parallel()
	var mu sync.Mutex // the detector of races has no say in what a mutant breaks
	right, err := fixed{}.Collect(t.Context(), wanted)
	if err != nil {
		t.Fatal(err)
	}
	for name, mutant := range map[string]fixed{
		"":       {},
		"Taken":  {after: func(s *inventory.Snapshot) { s.Taken = time.Time{} }},
		"Sorted": {after: func(s *inventory.Snapshot) { slices.Reverse(s.Packages) }},
		"Record": {after: func(s *inventory.Snapshot) { s.Packages[0].Version = "" }},
		"OnlyNeeds": {after: func(s *inventory.Snapshot) {
			if len(s.Files) > 0 {
				s.Scope.Files = []string{"/etc/*.conf", "/etc/shadow"}
			}
		}},
		"NoNeeds": {ignore: func(inventory.Needs) inventory.Needs { return wanted }},
		"KeepsNeeds": {before: func(n inventory.Needs) {
			mu.Lock()
			defer mu.Unlock()
			if len(n.Facts) > 0 {
				n.Facts[0] += "x"
			}
		}},
		"Cancelled":  {deaf: true},
		"Owned":      {shared: &right},
		"Concurrent": {once: oneAtATime()},
	} {
		synctest.Test(t, func(t *testing.T) {
			var broken []string
			for _, rule := range collectorRules {
				needs := wanted
				needs.Facts = slices.Clone(wanted.Facts)
				if rule.check(t.Context(), mutant, needs) != nil {
					broken = append(broken, rule.name)
				}
			}
			expect(t, name, broken)
		})
	}
}

// oneAtATime returns a function that fails while another call of it runs.
func oneAtATime() func() error {
	var running atomic.Int32
	return func() error {
		defer running.Add(-1)
		if running.Add(1) > 1 {
			return errors.New("called while another call runs")
		}
		time.Sleep(time.Millisecond) // of the bubble: until all others have come
		return nil
	}
}

func expect(t *testing.T, mutant string, broken []string) {
	t.Helper()
	var want []string
	switch mutant {
	case "":
	case "PutGet": // who loses something loses it everywhere
		want = []string{"PutGet", "Replace", "Copies"}
	default:
		want = []string{mutant}
	}
	if !slices.Equal(broken, want) {
		t.Errorf("mutant %q: the rules that fail are %q, want %q", mutant, broken, want)
	}
}

// memory is a right Store, with what a mutant breaks in it.
type memory struct {
	mu     sync.Mutex
	hosts  map[fettle.HostID]inventory.Record
	mutant string
	alone  func() error
}

func newMemory(mutant string) *memory {
	return &memory{hosts: make(map[fettle.HostID]inventory.Record), mutant: mutant, alone: oneAtATime()}
}

func (m *memory) copyOf(r inventory.Record) inventory.Record {
	if m.mutant == "Copies" {
		return r
	}
	r.Host.Labels = maps.Clone(r.Host.Labels)
	r.Snapshot.Packages = slices.Clone(r.Snapshot.Packages)
	r.Snapshot.Facts = maps.Clone(r.Snapshot.Facts)
	return r
}

func (m *memory) ended(ctx context.Context) error {
	if m.mutant == "Cancelled" {
		return nil
	}
	return ctx.Err()
}

func (m *memory) Put(ctx context.Context, r inventory.Record) error {
	if err := m.ended(ctx); err != nil {
		return err
	}
	if m.mutant == "Concurrent" {
		if err := m.alone(); err != nil {
			return err
		}
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	r = m.copyOf(r)
	if old, known := m.hosts[r.Host.ID]; known && m.mutant == "Replace" {
		maps.Copy(r.Snapshot.Facts, old.Snapshot.Facts)
	}
	if m.mutant == "PutGet" {
		r.Host.Labels = nil
	}
	m.hosts[r.Host.ID] = r
	return nil
}

func (m *memory) Get(ctx context.Context, id fettle.HostID) (inventory.Record, error) {
	if err := m.ended(ctx); err != nil {
		return inventory.Record{}, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	r, ok := m.hosts[id]
	if !ok && m.mutant != "NoHost" {
		return inventory.Record{}, inventory.ErrNoHost
	}
	return m.copyOf(r), nil
}

func (m *memory) All(ctx context.Context) iter.Seq2[inventory.Record, error] {
	return func(yield func(inventory.Record, error) bool) {
		m.mu.Lock()
		ids := slices.Sorted(maps.Keys(m.hosts))
		m.mu.Unlock()
		if m.mutant == "All" {
			slices.Reverse(ids)
		}
		for _, id := range ids {
			r, err := m.Get(ctx, id)
			if !yield(r, err) && m.mutant != "Stop" {
				return
			}
		}
	}
}

func TestStoreMutants(t *testing.T) {
	t.Parallel()
	for _, mutant := range []string{"", "PutGet", "Replace", "NoHost", "All", "Stop", "Copies", "Cancelled", "Concurrent"} {
		synctest.Test(t, func(t *testing.T) {
			var broken []string
			for _, rule := range storeRules {
				if failed(func() error {
					return rule.check(t.Context(), newMemory(mutant))
				}) {
					broken = append(broken, rule.name)
				}
			}
			expect(t, mutant, broken)
		})
	}
}

// failed reports whether a rule fails, be it by a panic: a range loop that goes
// on after it was left panics.
func failed(check func() error) (failed bool) {
	defer func() {
		if recover() != nil {
			failed = true
		}
	}()
	return check() != nil
}

// TestRunOnTheRightOnes is not parallel: neither are the sub-tests of a kit.
func TestRunOnTheRightOnes(t *testing.T) {
	RunCollector(t, func(*testing.T) inventory.Collector { return fixed{} }, wanted)
	RunStore(t, func(*testing.T) inventory.Store { return newMemory("") })
}
