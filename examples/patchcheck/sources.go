package main

import (
	"context"
	"iter"

	"github.com/fettle-dev/fettle/feed"
)

// sources is one feed out of several, read one after the other and always in
// full.
type sources []feed.Source

func (all sources) Fetch(ctx context.Context, _ feed.Cursor) iter.Seq2[feed.Batch, error] {
	return func(yield func(feed.Batch, error) bool) {
		for _, s := range all {
			for batch, err := range s.Fetch(ctx, "") {
				if !yield(batch, err) || err != nil {
					return
				}
			}
		}
	}
}
