package feed

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle/applicability"
)

// Tally adds up what became of a feed's records.
type Tally struct {
	Read    int // records
	Used    int // records that are in patches
	Patches int
	Refused []*RecordError
	Skipped map[string]int // by reason
	Notes   map[string]int // by kind
}

// Add counts a batch.
func (t *Tally) Add(b Batch) {
	t.Read += b.Read
	t.Used += b.Used
	t.Patches += len(b.Patches)
	t.Refused = append(t.Refused, b.Refused...)
	t.Skipped = sum(t.Skipped, b.Skipped)
	t.Notes = sum(t.Notes, b.Notes)
}

func sum(into, from map[string]int) map[string]int {
	if into == nil && len(from) > 0 {
		into = make(map[string]int, len(from))
	}
	for k, n := range from {
		into[k] += n
	}
	return into
}

// String says it in one line for people: "read 7, used 4 in 3 patches, refused
// 1, skipped 2 (withdrawn 2)". Why records were refused is in Refused.
func (t *Tally) String() string {
	patches := "patches"
	if t.Patches == 1 {
		patches = "patch"
	}
	s := fmt.Sprintf("read %d, used %d in %d %s, refused %d", t.Read, t.Used, t.Patches, patches, len(t.Refused))
	total, reasons := 0, []string(nil)
	for _, reason := range slices.Sorted(maps.Keys(t.Skipped)) {
		total += t.Skipped[reason]
		reasons = append(reasons, fmt.Sprintf("%s %d", reason, t.Skipped[reason]))
	}
	if total > 0 {
		s += fmt.Sprintf(", skipped %d (%s)", total, strings.Join(reasons, ", "))
	}
	return s
}

// Collected is what one call of Fetch gave.
type Collected struct {
	Patches []applicability.Patch
	Tally   Tally
	Full    bool   // Patches are the whole feed
	Next    Cursor // for the next call
}

// Collect reads source to its end and keeps all patches. Where the source
// yields an error nothing is kept and the error is returned as it is.
func Collect(ctx context.Context, source Source, after Cursor) (Collected, error) {
	c := Collected{Next: after}
	var patches [][]applicability.Patch // joined once: there may be many
	for batch, err := range source.Fetch(ctx, after) {
		if err != nil {
			return Collected{}, err
		}
		patches = append(patches, batch.Patches)
		c.Tally.Add(batch)
		c.Full, c.Next = batch.Full, batch.Next
	}
	c.Patches = slices.Concat(patches...)
	return c, nil
}
