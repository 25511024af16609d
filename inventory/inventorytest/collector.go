package inventorytest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/fettle-dev/fettle/inventory"
)

// OpenCollector returns a fresh Collector.
type OpenCollector func(t *testing.T) inventory.Collector

// RunCollector checks a Collector against the rules of the contract. needs is
// what it is asked for; the more of it the collector can give, the more is
// checked. The files and registry keys of needs are to exist, or not, before.
func RunCollector(t *testing.T, open OpenCollector, needs inventory.Needs) {
	t.Helper()
	for _, rule := range collectorRules {
		t.Run(rule.name, func(t *testing.T) {
			if err := rule.check(t.Context(), open(t), needs); err != nil {
				t.Errorf("inventory.Collector: %s: %v", rule.text, err)
			}
		})
	}
}

// collectorRule is one MUST of the contract.
type collectorRule struct {
	name, text string
	check      func(ctx context.Context, c inventory.Collector, needs inventory.Needs) error
}

var collectorRules = []collectorRule{
	{"Taken", "Taken is set, in UTC", checkTaken},
	{"Sorted", "the snapshot is sorted", checkSorted},
	{"Record", "the snapshot can be written and read as a record", checkRecord},
	{"OnlyNeeds", "no file and no registry key is looked at that needs does not name", checkOnlyNeeds},
	{"NoNeeds", "with zero needs no file, registry key or service is looked at", checkNoNeeds},
	{"KeepsNeeds", "needs are not changed", checkKeepsNeeds},
	{"Cancelled", "a context that has ended is an error that wraps its cause", checkCancelled},
	{"Owned", "a snapshot belongs to the caller", checkOwned},
	{"Concurrent", "several calls may run at once", checkConcurrent},
}

func checkTaken(ctx context.Context, c inventory.Collector, needs inventory.Needs) error {
	s, err := c.Collect(ctx, needs)
	switch {
	case err != nil:
		return err
	case s.Taken.IsZero():
		return errors.New("the field is zero")
	case s.Taken.Location() != s.Taken.UTC().Location():
		return fmt.Errorf("the field is in %s", s.Taken.Location())
	}
	return nil
}

func checkSorted(ctx context.Context, c inventory.Collector, needs inventory.Needs) error {
	s, err := c.Collect(ctx, needs)
	if err != nil {
		return err
	}
	before, err := json.Marshal(s)
	if err != nil {
		return err
	}
	s.Sort()
	after, err := json.Marshal(s)
	if err != nil {
		return err
	}
	if !bytes.Equal(before, after) {
		return errors.New("sorting changes it")
	}
	return nil
}

func checkRecord(ctx context.Context, c inventory.Collector, needs inventory.Needs) error {
	s, err := c.Collect(ctx, needs)
	if err != nil {
		return err
	}
	record := inventory.Record{Host: inventory.Host{ID: "host"}, Snapshot: s}
	line, err := record.Line()
	if err != nil {
		return err
	}
	for back, err := range inventory.NewReader(bytes.NewReader(line), "record", nil).All() {
		if err != nil {
			return err
		}
		if !reflect.DeepEqual(back, record) {
			return errors.New("it comes back as something else")
		}
	}
	return nil
}

func checkOnlyNeeds(ctx context.Context, c inventory.Collector, needs inventory.Needs) error {
	s, err := c.Collect(ctx, needs)
	if err != nil {
		return err
	}
	fold := s.OS.Family == "windows"
	for _, path := range append(filesOf(s), s.Scope.Files...) {
		if !slices.ContainsFunc(needs.Files, func(n inventory.FileNeed) bool { return names(n, path, fold) }) {
			return fmt.Errorf("file %s", path)
		}
	}
	for _, key := range append(keysOf(s), scopedKeys(s)...) {
		if !slices.ContainsFunc(allKeys(needs), func(n string) bool {
			return inventory.MatchPath(strings.ReplaceAll(n, "/", "_"), strings.ReplaceAll(key, "/", "_"), true)
		}) {
			return fmt.Errorf("registry key %s", key)
		}
	}
	return nil
}

// names reports whether a need is about path. Of a need below a folder of the
// host only the end is known.
func names(n inventory.FileNeed, path string, fold bool) bool {
	if n.Folder == "" && n.From == nil {
		return n.Path == path || inventory.MatchPath(n.Path, path, fold)
	}
	depth := strings.Count(n.Path, `\`) + strings.Count(n.Path, "/") + 1
	elements := strings.FieldsFunc(path, func(r rune) bool { return r == '/' || r == '\\' })
	if len(elements) < depth {
		return false
	}
	return inventory.MatchPath(n.Path, strings.Join(elements[len(elements)-depth:], `\`), true)
}

func filesOf(s inventory.Snapshot) []string {
	var paths []string
	for _, f := range s.Files {
		paths = append(paths, f.Path)
	}
	return paths
}

func keysOf(s inventory.Snapshot) []string {
	var keys []string
	for _, k := range s.Registry {
		keys = append(keys, k.Key)
	}
	return keys
}

func scopedKeys(s inventory.Snapshot) []string {
	var keys []string
	for _, k := range s.Scope.Registry {
		keys = append(keys, k.Key)
	}
	return keys
}

// allKeys lists the keys that needs names, also as the folders of files.
func allKeys(needs inventory.Needs) []string {
	var keys []string
	for _, n := range needs.Registry {
		keys = append(keys, n.Key)
	}
	for _, n := range needs.Files {
		if n.From != nil {
			keys = append(keys, n.From.Key)
		}
	}
	return keys
}

func checkNoNeeds(ctx context.Context, c inventory.Collector, _ inventory.Needs) error {
	s, err := c.Collect(ctx, inventory.Needs{})
	if err != nil {
		return err
	}
	if n := len(s.Files) + len(s.Registry) + len(s.Services) + len(s.Scope.Files) + len(s.Scope.Registry) + len(s.Scope.Services); n > 0 {
		return fmt.Errorf("%d observations", n)
	}
	return nil
}

func checkKeepsNeeds(ctx context.Context, c inventory.Collector, needs inventory.Needs) error {
	before, err := json.Marshal(needs)
	if err != nil {
		return err
	}
	if _, err := c.Collect(ctx, needs); err != nil {
		return err
	}
	after, err := json.Marshal(needs)
	if err != nil {
		return err
	}
	if !bytes.Equal(before, after) {
		return fmt.Errorf("%s became %s", before, after)
	}
	return nil
}

func checkCancelled(ctx context.Context, c inventory.Collector, needs inventory.Needs) error {
	ctx, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := c.Collect(ctx, needs); !errors.Is(err, context.Canceled) {
		return fmt.Errorf("the error is %w", err)
	}
	return nil
}

func checkOwned(ctx context.Context, c inventory.Collector, needs inventory.Needs) error {
	first, err := c.Collect(ctx, needs)
	if err != nil {
		return err
	}
	second, err := c.Collect(ctx, needs)
	if err != nil {
		return err
	}
	before, err := json.Marshal(second)
	if err != nil {
		return err
	}
	for i := range first.Packages {
		first.Packages[i].Name = "changed"
	}
	for i := range first.Files {
		first.Files[i].Path = "/changed"
	}
	for name := range first.Facts {
		first.Facts[name] = "changed"
	}
	after, err := json.Marshal(second)
	if err != nil {
		return err
	}
	if !bytes.Equal(before, after) {
		return errors.New("changing one snapshot changes another")
	}
	return nil
}

func checkConcurrent(ctx context.Context, c inventory.Collector, needs inventory.Needs) error {
	var wg sync.WaitGroup
	errs := make([]error, 4)
	for i := range errs {
		wg.Go(func() { _, errs[i] = c.Collect(ctx, needs) })
	}
	wg.Wait()
	return errors.Join(errs...)
}
