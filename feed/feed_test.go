package feed_test

import (
	"context"
	"errors"
	"iter"
	"strconv"
	"strings"
	"testing"

	"github.com/fettle-dev/fettle/applicability"
	"github.com/fettle-dev/fettle/feed"
)

var errCause = errors.New("cause")

func TestErrorsNameTheirPlace(t *testing.T) {
	t.Parallel()
	for want, err := range map[string]error{
		"f: cause":                        &feed.RecordError{File: "f", Err: errCause},
		"f:7: cause":                      &feed.RecordError{File: "f", Line: 7, Offset: 99, Err: errCause},
		"f@99: P-1: version: cause":       &feed.RecordError{File: "f", Offset: 99, Record: "P-1", Field: "version", Err: errCause},
		"l: cause":                        &feed.ListError{File: "l", Err: errCause},
		`l:3: Date "x": want UTC: cause`:  &feed.ListError{File: "l", Line: 3, Field: "Date", Value: "x", Rule: "want UTC", Err: errCause},
		"l: want one stanza":              &feed.ListError{File: "l", Rule: "want one stanza"},
		`l: "` + long[:200] + `...": no`:  &feed.ListError{File: "l", Value: long, Rule: "no"},
		"f: " + long[:200] + "...: cause": &feed.RecordError{File: "f", Record: long, Err: errCause},
	} {
		if got := err.Error(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	if !errors.Is(&feed.RecordError{Err: errCause}, errCause) || !errors.Is(&feed.ListError{Err: errCause}, errCause) {
		t.Error("the cause is lost")
	}
}

var long = strings.Repeat("x", 300)

// twice yields two batches and then, where it is set, an error.
type twice struct{ err error }

func (s twice) Fetch(context.Context, feed.Cursor) iter.Seq2[feed.Batch, error] {
	return func(yield func(feed.Batch, error) bool) {
		for i := range 2 {
			b := feed.Batch{
				Patches: []applicability.Patch{{ID: "P"}}, Read: 3, Used: 1, Full: true, Next: feed.Cursor(strconv.Itoa(i)),
				Refused: []*feed.RecordError{{File: "f", Err: errCause}}, Skipped: map[string]int{"withdrawn": 1}, Notes: map[string]int{"odd": 2},
			}
			if !yield(b, nil) {
				return
			}
		}
		if s.err != nil {
			yield(feed.Batch{}, s.err)
		}
	}
}

func TestCollect(t *testing.T) {
	t.Parallel()
	c, err := feed.Collect(t.Context(), twice{}, "")
	if err != nil || len(c.Patches) != 2 || !c.Full || c.Next != "1" || c.Tally.Notes["odd"] != 4 {
		t.Errorf("%+v, %v", c, err)
	}
	if got, want := c.Tally.String(), "read 6, used 2 in 2 patches, refused 2, skipped 2 (withdrawn 2)"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	c, err = feed.Collect(t.Context(), twice{errCause}, "")
	if !errors.Is(err, errCause) || len(c.Patches) != 0 || c.Tally.Read != 0 {
		t.Errorf("behind an error something is kept: %+v, %v", c, err)
	}
}
