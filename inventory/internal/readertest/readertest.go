// Package readertest checks what every reader of a package database keeps to,
// whatever it read.
package readertest

import (
	"testing"

	"github.com/fettle-dev/fettle/inventory"
)

// Check fails t unless l, where the reader returned no error, counts every
// record once and can be written as a host record.
func Check(t testing.TB, l inventory.Listing, err error) {
	t.Helper()
	if err != nil {
		return
	}
	if r := l.Report; r.Read != r.Used+r.Refused+r.Passed || r.Used != len(l.Packages) {
		t.Fatalf("%s for %d packages", &r, len(l.Packages))
	}
	var s inventory.Snapshot
	s.Add(l)
	if _, err := (&inventory.Record{Host: inventory.Host{ID: "h"}, Snapshot: s}).Line(); err != nil {
		t.Fatalf("what was read cannot be written: %v", err)
	}
}
