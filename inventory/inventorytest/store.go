package inventorytest

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"testing"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/inventory"
)

// OpenStore returns a fresh and empty Store.
type OpenStore func(t *testing.T) inventory.Store

// RunStore checks a Store against the rules of the contract.
func RunStore(t *testing.T, open OpenStore) {
	t.Helper()
	for _, rule := range storeRules {
		t.Run(rule.name, func(t *testing.T) {
			if err := rule.check(t.Context(), open(t)); err != nil {
				t.Errorf("inventory.Store: %s: %v", rule.text, err)
			}
		})
	}
}

// storeRule is one MUST of the contract.
type storeRule struct {
	name, text string
	check      func(ctx context.Context, s inventory.Store) error
}

var storeRules = []storeRule{
	{"PutGet", "Get returns what Put stored", checkPutGet},
	{"Replace", "Put replaces what was stored for the host", checkReplace},
	{"NoHost", "Get of a host that was never put is ErrNoHost", checkNoHost},
	{"All", "All yields every host once, by ID as bytes", checkAll},
	{"Stop", "All can be left early", checkStop},
	{"Copies", "the store copies what it is given, and the caller may change what it gets", checkCopies},
	{"Cancelled", "every method honours a context that has ended", checkStoreCancelled},
	{"Concurrent", "the store is safe for concurrent use", checkStoreConcurrent},
}

// recordOf returns a record of a host with one package of that version.
func recordOf(id fettle.HostID, version string) inventory.Record {
	return inventory.Record{
		Version: inventory.RecordVersion, Host: inventory.Host{ID: id, Labels: map[string]string{"role": "web"}},
		Snapshot: inventory.Snapshot{
			Packages: []inventory.Package{{Type: "deb", Name: "openssl", Version: version}},
			Facts:    map[string]string{"a": "1"},
		},
	}
}

func putAll(ctx context.Context, s inventory.Store, records ...inventory.Record) error {
	for _, r := range records {
		if err := s.Put(ctx, r); err != nil {
			return fmt.Errorf("Put(%s): %w", r.Host.ID, err)
		}
	}
	return nil
}

func checkPutGet(ctx context.Context, s inventory.Store) error {
	want := recordOf("a", "1")
	if err := putAll(ctx, s, want, recordOf("b", "2")); err != nil {
		return err
	}
	got, err := s.Get(ctx, "a")
	if err != nil {
		return err
	}
	if !reflect.DeepEqual(got, want) {
		return fmt.Errorf("got %+v, want %+v", got, want)
	}
	return nil
}

func checkReplace(ctx context.Context, s inventory.Store) error {
	old := recordOf("a", "1")
	old.Snapshot.Facts["b"] = "stays?"
	if err := putAll(ctx, s, old, recordOf("a", "2")); err != nil {
		return err
	}
	got, err := s.Get(ctx, "a")
	if err != nil {
		return err
	}
	if !reflect.DeepEqual(got, recordOf("a", "2")) {
		return fmt.Errorf("got %+v", got)
	}
	return nil
}

func checkNoHost(ctx context.Context, s inventory.Store) error {
	if _, err := s.Get(ctx, "absent"); !errors.Is(err, inventory.ErrNoHost) {
		return fmt.Errorf("the error is %w", err)
	}
	return nil
}

func checkAll(ctx context.Context, s inventory.Store) error {
	if err := putAll(ctx, s, recordOf("b", "1"), recordOf("B", "1"), recordOf("a10", "1"), recordOf("a9", "1"), recordOf("b", "2")); err != nil {
		return err
	}
	var got []fettle.HostID
	for r, err := range s.All(ctx) {
		if err != nil {
			return err
		}
		got = append(got, r.Host.ID)
	}
	if want := []fettle.HostID{"B", "a10", "a9", "b"}; !slices.Equal(got, want) {
		return fmt.Errorf("got %q, want %q", got, want)
	}
	return nil
}

func checkStop(ctx context.Context, s inventory.Store) error {
	if err := putAll(ctx, s, recordOf("a", "1"), recordOf("b", "1")); err != nil {
		return err
	}
	for _, err := range s.All(ctx) {
		if err != nil {
			return err
		}
		break
	}
	return putAll(ctx, s, recordOf("c", "1")) // nothing is left locked
}

func checkCopies(ctx context.Context, s inventory.Store) error {
	given := recordOf("a", "1")
	if err := s.Put(ctx, given); err != nil {
		return err
	}
	spoil(given)
	for range 2 {
		got, err := s.Get(ctx, "a")
		if err != nil {
			return err
		}
		if !reflect.DeepEqual(got, recordOf("a", "1")) {
			return fmt.Errorf("what was stored changed to %+v", got)
		}
		spoil(got)
	}
	return nil
}

func spoil(r inventory.Record) {
	r.Host.Labels["role"] = "changed"
	r.Snapshot.Packages[0].Version = "changed"
	r.Snapshot.Facts["a"] = "changed"
}

func checkStoreCancelled(ctx context.Context, s inventory.Store) error {
	if err := putAll(ctx, s, recordOf("a", "1")); err != nil {
		return err
	}
	ended, cancel := context.WithCancel(ctx)
	cancel()
	if err := s.Put(ended, recordOf("b", "1")); !errors.Is(err, context.Canceled) {
		return fmt.Errorf("Put: the error is %w", err)
	}
	if _, err := s.Get(ended, "a"); !errors.Is(err, context.Canceled) {
		return fmt.Errorf("Get: the error is %w", err)
	}
	var last error
	for _, err := range s.All(ended) {
		last = err
	}
	if !errors.Is(last, context.Canceled) {
		return fmt.Errorf("All: the last error is %w", last)
	}
	return nil
}

func checkStoreConcurrent(ctx context.Context, s inventory.Store) error {
	var wg sync.WaitGroup
	errs := make([]error, 8)
	for i := range errs {
		wg.Go(func() {
			id := fettle.HostID(fmt.Sprint("host", i%4))
			errs[i] = putAll(ctx, s, recordOf(id, "1"), recordOf(id, "2"))
			if errs[i] == nil {
				_, errs[i] = s.Get(ctx, id)
			}
			for _, err := range s.All(ctx) {
				errs[i] = errors.Join(errs[i], err)
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}
