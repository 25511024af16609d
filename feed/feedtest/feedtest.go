// Package feedtest is the kit for implementations of feed.Source: each thing
// that the contract says a source must do is one sub-test.
package feedtest

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"testing"

	"github.com/fettle-dev/fettle/applicability"
	"github.com/fettle-dev/fettle/feed"
)

// Run tests a source against the contract. open returns a source over content
// that is in order, holds at least one patch and does not change while the test
// runs; every sub-test opens its own, and they run
// in parallel. Content that gives several batches tests
// more.
func Run(t *testing.T, open func(t *testing.T) feed.Source) {
	t.Helper()
	for _, r := range rules() {
		t.Run(r.name, func(t *testing.T) {
			t.Parallel()
			if err := r.check(open(t)); err != nil {
				t.Errorf("a source must: %s\n%v", r.must, err)
			}
		})
	}
}

// RunRefused tests how a source refuses content that must not be believed:
// expired, cut, badly signed. open returns a source over such content.
func RunRefused(t *testing.T, open func(t *testing.T) feed.Source) {
	t.Helper()
	if err := refuses(open(t)); err != nil {
		t.Errorf("a source must: yield one error and end where the feed must not be believed\n%v", err)
	}
}

// Bench measures reading everything from the source that open returns.
func Bench(b *testing.B, open func(b *testing.B) feed.Source) {
	b.Helper()
	s := open(b)
	b.ReportAllocs()
	for b.Loop() {
		c, err := feed.Collect(b.Context(), s, "")
		if err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(float64(c.Tally.Read), "records")
	}
}

// rule is one MUST of the contract.
type rule struct {
	name, must string
	check      func(feed.Source) error
}

func rules() []rule {
	return []rule{
		{"Patches", "yield patches that state ID, Target and Installed", patchesAreStated},
		{"IDs", "yield each ID once a call", idsAreUnique},
		{"Numbers", "give numbers that add up: read = used + refused + skipped", numbersAddUp},
		{"Refused", "name file and cause of each refused record", refusedAreNamed},
		{"BatchSize", "put at most MaxBatch patches in a batch", batchesAreSmall},
		{"Full", "say the same of Full in all batches of a call", fullAgrees},
		{"Repeat", "yield the same twice over unchanged content", callsRepeat},
		{"NothingNew", "yield no patch behind its last Next while nothing is new, or all of them with Full", nothingNew},
		{"UnknownCursor", "refuse a cursor that it did not make, with ErrCursor", unknownCursor},
		{"Cancelled", "end with the context's cause once it is done", cancelled},
		{"CancelledBetween", "end with the context's cause when it is done between two batches", cancelledBetween},
		{"Stopped", "let the receiver stop at any batch", stopped},
		{"Owned", "leave what it yielded to the receiver", owned},
		{"Interleaved", "let several calls run at once", interleaved},
		{"Goroutines", "let several goroutines call it", goroutines},
	}
}

// errBroken is wrapped where a call does not even end as the contract says.
var errBroken = errors.New("the call itself is broken")

// all reads a source to its end and checks what holds of every call: an error
// comes alone and last.
func all(ctx context.Context, s feed.Source, after feed.Cursor) ([]feed.Batch, error) {
	var batches []feed.Batch
	var failure error
	for b, err := range s.Fetch(ctx, after) {
		if failure != nil {
			return nil, fmt.Errorf("%w: yielded more behind the error: %v", errBroken, failure) //nolint:errorlint // its kind must not show
		}
		if err != nil && !reflect.DeepEqual(b, feed.Batch{}) {
			return nil, fmt.Errorf("%w: yielded a batch that is not empty beside the error: %v", errBroken, err) //nolint:errorlint // its kind must not show
		}
		failure = err
		if err == nil {
			batches = append(batches, b)
		}
	}
	return batches, failure
}

// everything is all from the beginning, of content that is in order.
func everything(s feed.Source) ([]feed.Batch, error) {
	batches, err := all(context.Background(), s, "")
	if err != nil {
		return nil, fmt.Errorf("fetching everything: %w", err)
	}
	if len(patches(batches)) == 0 {
		return nil, errors.New("the content that the test opened holds no patch: the kit needs one")
	}
	return batches, nil
}

func patches(batches []feed.Batch) []applicability.Patch {
	var ps []applicability.Patch
	for _, b := range batches {
		ps = append(ps, b.Patches...)
	}
	return ps
}

// same reports whether two calls yielded the same.
func same(a, b []feed.Batch) error {
	if len(a) != len(b) {
		return fmt.Errorf("%d batches, then %d", len(a), len(b))
	}
	for i := range a {
		for j := range min(len(a[i].Patches), len(b[i].Patches)) {
			if !reflect.DeepEqual(a[i].Patches[j], b[i].Patches[j]) {
				return fmt.Errorf("batch %d, patch %d: %+v, then %+v", i, j, a[i].Patches[j], b[i].Patches[j])
			}
		}
		x, y := a[i], b[i]
		if len(x.Refused) != len(y.Refused) || len(x.Patches) != len(y.Patches) || x.Read != y.Read || x.Used != y.Used || x.Full != y.Full || x.Next != y.Next {
			return fmt.Errorf("batch %d: %d patches, %d refused, read %d, used %d, full %t, next %q; then %d, %d, %d, %d, %t, %q", i,
				len(x.Patches), len(x.Refused), x.Read, x.Used, x.Full, x.Next, len(y.Patches), len(y.Refused), y.Read, y.Used, y.Full, y.Next)
		}
	}
	return nil
}
