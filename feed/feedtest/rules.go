package feedtest

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"sync"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/feed"
)

func patchesAreStated(s feed.Source) error {
	batches, err := everything(s)
	for _, p := range patches(batches) {
		if p.ID == "" || p.Target.IsZero() || p.Installed.IsZero() {
			return fmt.Errorf("patch %q: Target stated %t, Installed stated %t", p.ID, !p.Target.IsZero(), !p.Installed.IsZero())
		}
	}
	return err
}

func idsAreUnique(s feed.Source) error {
	batches, err := everything(s)
	seen := map[fettle.PatchID]bool{}
	for _, p := range patches(batches) {
		if seen[p.ID] {
			return fmt.Errorf("patch %q comes twice", p.ID)
		}
		seen[p.ID] = true
	}
	return err
}

func numbersAddUp(s feed.Source) error {
	batches, err := everything(s)
	used := 0
	for i, b := range batches {
		sum := b.Used + len(b.Refused)
		for reason, n := range b.Skipped {
			if n <= 0 {
				return fmt.Errorf("batch %d: skipped %q %d", i, reason, n)
			}
			sum += n
		}
		if b.Read != sum || b.Used < 0 {
			return fmt.Errorf("batch %d: read %d; used %d, refused %d, skipped %v", i, b.Read, b.Used, len(b.Refused), b.Skipped)
		}
		used += b.Used
	}
	if err == nil && used == 0 {
		return fmt.Errorf("%d patches of no used record", len(patches(batches)))
	}
	return err
}

func refusedAreNamed(s feed.Source) error {
	batches, err := everything(s)
	for i, b := range batches {
		for _, r := range b.Refused {
			if r == nil || r.File == "" || r.Err == nil {
				return fmt.Errorf("batch %d: refused %+v", i, r) //nolint:errorlint // it is shown, not wrapped
			}
		}
	}
	return err
}

func batchesAreSmall(s feed.Source) error {
	batches, err := everything(s)
	for i, b := range batches {
		if len(b.Patches) > feed.MaxBatch {
			return fmt.Errorf("batch %d: %d patches, at most %d", i, len(b.Patches), feed.MaxBatch)
		}
	}
	return err
}

func fullAgrees(s feed.Source) error {
	batches, err := everything(s)
	for i, b := range batches {
		if b.Full != batches[0].Full {
			return fmt.Errorf("batch 0: %t, batch %d: %t", batches[0].Full, i, b.Full)
		}
	}
	return err
}

func callsRepeat(s feed.Source) error {
	first, err := everything(s)
	if err != nil {
		return err
	}
	second, err := everything(s)
	if err != nil {
		return err
	}
	return same(first, second)
}

func nothingNew(s feed.Source) error {
	batches, err := everything(s)
	if err != nil {
		return err
	}
	next := batches[len(batches)-1].Next
	if next == "" {
		return errors.New("the last Next is empty, which asks for everything")
	}
	again, err := all(context.Background(), s, next)
	if err != nil {
		return fmt.Errorf("behind its own cursor %q: %w", next, err)
	}
	got, want := patches(again), patches(batches)
	if len(got) == 0 || again[0].Full && len(got) == len(want) {
		return nil
	}
	return fmt.Errorf("%d patches of %d come again behind the cursor %q", len(got), len(want), next)
}

func unknownCursor(s feed.Source) error {
	for _, c := range []feed.Cursor{"feedtest: no such cursor", "\x00\xff"} {
		batches, err := all(context.Background(), s, c)
		if !errors.Is(err, feed.ErrCursor) || len(batches) > 0 {
			return fmt.Errorf("cursor %q: %d batches, error %v", c, len(batches), err) //nolint:errorlint // may be nil
		}
	}
	return nil
}

var errDone = errors.New("feedtest: the context's cause")

func cancelled(s feed.Source) error {
	ctx, cancel := context.WithCancelCause(context.Background())
	cancel(errDone)
	batches, err := all(ctx, s, "")
	if !errors.Is(err, errDone) || len(batches) > 0 {
		return fmt.Errorf("done before the call: %d batches, error %v", len(batches), err) //nolint:errorlint // may be nil
	}
	return nil
}

func cancelledBetween(s feed.Source) error {
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	n := 0
	for _, err := range s.Fetch(ctx, "") {
		n++
		switch {
		case n == 1 && err != nil:
			return err
		case n == 1:
			cancel(errDone)
		case !errors.Is(err, errDone):
			return fmt.Errorf("done behind the first batch: a second one, error %v", err) //nolint:errorlint // may be nil
		}
	}
	return nil
}

func stopped(s feed.Source) error {
	want, err := everything(s)
	if err != nil {
		return err
	}
	for i := range want {
		n := 0
		for _, err := range s.Fetch(context.Background(), "") {
			if err != nil {
				return err
			}
			if n++; n > i {
				break
			}
		}
	}
	again, err := everything(s)
	if err != nil {
		return fmt.Errorf("after a call that was stopped: %w", err)
	}
	return same(want, again)
}

func owned(s feed.Source) error {
	before, err := everything(s)
	if err != nil {
		return err
	}
	want := fmt.Sprintf("%+v", patches(before)) // a text shares nothing with the source
	for b, err := range s.Fetch(context.Background(), "") {
		if err != nil {
			return err
		}
		spoil(b)
	}
	again, err := everything(s)
	if err != nil {
		return fmt.Errorf("after the receiver changed what it was given: %w", err)
	}
	if got := fmt.Sprintf("%+v", patches(again)); got != want {
		return fmt.Errorf("what the receiver changed is changed in the source: %.500s, before %.500s", got, want)
	}
	return nil
}

// spoil changes all that a receiver may.
func spoil(b feed.Batch) {
	for i := range b.Patches {
		p := &b.Patches[i]
		for j := range p.Fixes {
			p.Fixes[j] = "spoilt"
		}
		for _, ids := range [][]fettle.PatchID{p.Aliases, p.Supersedes, p.Conflicts, p.Bundle} {
			for j := range ids {
				ids[j] = "spoilt"
			}
		}
		for _, ids := range p.Requires {
			clear(ids)
		}
		for j := range p.Payloads {
			p.Payloads[j].Name = "spoilt"
		}
		p.ID = "spoilt"
	}
	clear(b.Refused)
	clear(b.Skipped)
	clear(b.Notes)
}

func interleaved(s feed.Source) error {
	want, err := everything(s)
	if err != nil {
		return err
	}
	next, stop := iter.Pull2(s.Fetch(context.Background(), ""))
	defer stop()
	b, err, ok := next()
	if err != nil || !ok {
		return fmt.Errorf("the outer call: %t, %v", ok, err) //nolint:errorlint // may be nil
	}
	outer := []feed.Batch{b}
	inner, err := everything(s)
	if err != nil {
		return fmt.Errorf("the inner call: %w", err)
	}
	for b, err, ok = next(); ok; b, err, ok = next() {
		if err != nil {
			return fmt.Errorf("the outer call: %w", err)
		}
		outer = append(outer, b)
	}
	return errors.Join(same(want, inner), same(want, outer))
}

func goroutines(s feed.Source) error {
	want, err := everything(s)
	if err != nil {
		return err
	}
	var wait sync.WaitGroup
	errs := make([]error, 4)
	for i := range errs {
		wait.Go(func() {
			got, err := everything(s)
			if err == nil {
				err = same(want, got)
			}
			errs[i] = err
		})
	}
	wait.Wait()
	return errors.Join(errs...)
}

func refuses(s feed.Source) error {
	_, err := all(context.Background(), s, "")
	if err == nil || errors.Is(err, errBroken) {
		return fmt.Errorf("want one error, alone and last: %v", err) //nolint:errorlint // may be nil
	}
	if _, again := all(context.Background(), s, ""); again == nil {
		return fmt.Errorf("the second call goes through, the first said %w", err)
	}
	return nil
}
