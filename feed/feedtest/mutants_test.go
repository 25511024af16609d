package feedtest

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/applicability"
	"github.com/fettle-dev/fettle/feed"
)

// fake is a right source of six patches in three batches. A mutant changes one
// of its steps.
type fake struct {
	batch     func(b *feed.Batch, i int) // changes the batch with this number
	nothing   func(yield func(feed.Batch, error) bool)
	anyCursor bool
	heedless  int // batches, from the first, before which the context is ignored
	deaf      bool
	begin     func() error
	end       func()
	stubborn  bool // yields on when the receiver has stopped
	trailing  bool // yields a batch behind an error
}

const newest feed.Cursor = "3"

func (f *fake) Fetch(ctx context.Context, after feed.Cursor) iter.Seq2[feed.Batch, error] {
	return func(yield func(feed.Batch, error) bool) {
		if after != "" && after != newest && !f.anyCursor {
			if yield(feed.Batch{}, fmt.Errorf("fake: %w", feed.ErrCursor)) && f.trailing {
				yield(feed.Batch{}, nil)
			}
			return
		}
		if f.begin != nil {
			if err := f.begin(); err != nil {
				yield(feed.Batch{}, err)
				return
			}
			defer f.end()
		}
		if after == newest {
			if f.nothing != nil {
				f.nothing(yield)
			}
			return
		}
		for i := range 3 {
			if ctx.Err() != nil && i >= f.heedless && (!f.deaf || i == 0) {
				yield(feed.Batch{}, context.Cause(ctx))
				return
			}
			b := right(i)
			if f.batch != nil {
				f.batch(&b, i)
			}
			if !yield(b, nil) && !f.stubborn {
				return
			}
		}
	}
}

func right(i int) feed.Batch {
	p := func(n int) applicability.Patch {
		f := applicability.That(applicability.Always{})
		return applicability.Patch{ID: fettle.PatchID(fmt.Sprintf("P-%d-%d", i, n)), Fixes: []string{"CVE-2026-1"}, Target: f, Installed: f}
	}
	b := feed.Batch{Patches: []applicability.Patch{p(0), p(1)}, Read: 4, Used: 2, Skipped: map[string]int{"withdrawn": 1}, Next: newest}
	b.Refused = []*feed.RecordError{{File: "f", Err: errors.New("rubbish")}}
	return b
}

func TestRightSource(t *testing.T) {
	t.Parallel()
	Run(t, func(*testing.T) feed.Source { return &fake{} })
}

// TestMutants holds that each broken source fails the rule meant for it, and no
// other.
func TestMutants(t *testing.T) {
	t.Parallel()
	last := func(change func(b *feed.Batch)) func(*feed.Batch, int) {
		return func(b *feed.Batch, i int) {
			if i == 2 {
				change(b)
			}
		}
	}
	var calls, busy atomic.Int32
	kept := right(0)
	mutants := map[string][]*fake{
		"Patches": {
			{batch: last(func(b *feed.Batch) { b.Patches[1].Target = applicability.Footprint{} })},
			{batch: last(func(b *feed.Batch) { b.Patches[1].Installed = applicability.Footprint{} })},
			{batch: last(func(b *feed.Batch) { b.Patches[1].ID = "" })},
		},
		"IDs": {{batch: last(func(b *feed.Batch) { b.Patches[1].ID = "P-0-0" })}},
		"Numbers": {
			{batch: last(func(b *feed.Batch) { b.Read++ })},
			{batch: last(func(b *feed.Batch) { b.Skipped["other"] = 0 })},
			{batch: func(b *feed.Batch, _ int) { b.Read, b.Used = b.Read-b.Used, 0 }},
		},
		"Refused": {
			{batch: last(func(b *feed.Batch) { b.Refused[0] = nil })},
			{batch: last(func(b *feed.Batch) { b.Refused[0].File = "" })},
			{batch: last(func(b *feed.Batch) { b.Refused[0].Err = nil })},
		},
		"BatchSize": {{batch: last(func(b *feed.Batch) {
			for n := range feed.MaxBatch {
				p := b.Patches[0]
				p.ID = fettle.PatchID(fmt.Sprintf("Q-%d", n))
				p.Fixes = slices.Clone(p.Fixes)
				b.Patches = append(b.Patches, p)
			}
		})}},
		"Full":   {{batch: last(func(b *feed.Batch) { b.Full = true })}},
		"Repeat": {{batch: last(func(b *feed.Batch) { b.Patches[0].Revision = uint64(calls.Add(1)) })}},
		"NothingNew": {
			{nothing: func(yield func(feed.Batch, error) bool) { yield(right(0), nil) }},
			{nothing: func(yield func(feed.Batch, error) bool) { yield(feed.Batch{}, errors.New("no")) }},
			{batch: last(func(b *feed.Batch) { b.Next = "" })},
		},
		"UnknownCursor":    {{anyCursor: true}, {trailing: true}},
		"Cancelled":        {{heedless: 1}},
		"CancelledBetween": {{deaf: true}},
		"Stopped":          {{stubborn: true}},
		"Owned": {{batch: func(b *feed.Batch, i int) {
			if i == 0 {
				b.Patches[0].Fixes = kept.Patches[0].Fixes
			}
		}}},
		"Interleaved": {{begin: func() error {
			if busy.Add(1) > 1 {
				busy.Add(-1)
				return errors.New("busy")
			}
			return nil
		}, end: func() { busy.Add(-1) }}},
	}
	// These break others' rules too: what repeats differently fails all that
	// compare two calls, and what cannot run twice fails both of the last.
	also := map[string][]string{
		"Repeat":      {"Stopped", "Owned", "Interleaved", "Goroutines"},
		"Interleaved": {"Goroutines"},
	}
	for meant, broken := range mutants {
		for n, m := range broken {
			t.Run(fmt.Sprintf("%s/%d", meant, n), func(t *testing.T) {
				t.Parallel()
				for _, r := range rules() {
					err := check(r, m)
					switch {
					case r.name == meant && err == nil:
						t.Errorf("the mutant passes %s", r.name)
					case r.name != meant && err != nil && !slices.Contains(also[meant], r.name):
						t.Errorf("the mutant fails %s as well: %v", r.name, err)
					}
				}
			})
		}
	}
}

// check turns the panic of a range over a stubborn source into a failure.
func check(r rule, s feed.Source) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic: %v", p)
		}
	}()
	return r.check(s)
}

func TestRefusedMutants(t *testing.T) {
	t.Parallel()
	bad := errors.New("bad")
	once := 0
	for name, c := range map[string]struct {
		s    feed.Source
		want bool
	}{
		"refuses":         {source(func(yield func(feed.Batch, error) bool) { yield(feed.Batch{}, bad) }), true},
		"goes through":    {&fake{}, false},
		"a batch with it": {source(func(yield func(feed.Batch, error) bool) { yield(right(0), bad) }), false},
		"only once": {source(func(yield func(feed.Batch, error) bool) {
			if once++; once == 1 {
				yield(feed.Batch{}, bad)
			}
		}), false},
	} {
		if err := refuses(c.s); (err == nil) != c.want {
			t.Errorf("%s: %v", name, err)
		}
	}
}

type source func(yield func(feed.Batch, error) bool)

func (s source) Fetch(context.Context, feed.Cursor) iter.Seq2[feed.Batch, error] {
	return iter.Seq2[feed.Batch, error](s)
}
