package updateinfo

import (
	"context"
	"fmt"
	"io"

	"github.com/fettle-dev/fettle/feed"
)

// collection is what one call of Fetch gathers. Parts of an advisory may be
// anywhere in the files, so nothing is yielded before all were read.
type collection struct {
	ctx      context.Context //nolint:containedctx // lives for one call of Fetch
	patches  []*patch
	byID     map[string]*patch
	total    feed.Batch // all but the patches
	packages int
}

func (c *collection) note(kind string) {
	if kind == "" {
		return
	}
	if c.total.Notes == nil {
		c.total.Notes = map[string]int{}
	}
	c.total.Notes[kind]++
}

// verify compares content with a checksum, if one is stated.
func (c *collection) verify(sum Checksum, content []byte) error {
	if sum.Value == "" {
		return nil
	}
	note, err := sum.verify(content)
	c.note(note)
	return err
}

// document reads one updateinfo document.
func (c *collection) document(file string, content io.Reader) error {
	var canceled error
	err := Parse(content, func(a Advisory) error {
		if canceled = context.Cause(c.ctx); canceled != nil {
			return canceled
		}
		return c.add(&a)
	}, func(e *feed.RecordError) error {
		e.File = file
		c.total.Read++
		c.total.Refused = append(c.total.Refused, e)
		return nil
	})
	if canceled != nil {
		return fmt.Errorf("updateinfo: %s: %w", file, canceled)
	}
	if err != nil {
		return &feed.ListError{File: file, Err: err}
	}
	return nil
}

// maxTotal bounds the packages of all advisories, which are held in memory
// together; the largest repositories have some 2 million.
const maxTotal = 20_000_000

func (c *collection) add(a *Advisory) error {
	c.total.Read++
	if c.packages += 1 + len(a.Packages); c.packages > maxTotal {
		return fmt.Errorf("%w: more than %d packages in all advisories", ErrTooLarge, maxTotal)
	}
	if len(a.Packages) == 0 {
		if c.total.Skipped == nil {
			c.total.Skipped = map[string]int{}
		}
		c.total.Skipped["names no package"]++
		return nil
	}
	c.total.Used++
	p, there := c.byID[a.ID]
	if !there {
		p = newPatch(a)
		c.byID[a.ID] = p
		c.patches = append(c.patches, p)
		return nil
	}
	c.note("advisory in several parts")
	if !p.join(a) {
		c.note("parts of an advisory disagree")
	}
	return nil
}

// yield hands over everything, the numbers with the first batch.
func (c *collection) yield(yield func(feed.Batch, error) bool) error {
	const many = 1024
	batch := c.total
	for {
		if err := context.Cause(c.ctx); err != nil {
			return fmt.Errorf("updateinfo: %w", err)
		}
		n := min(many, len(c.patches))
		for _, p := range c.patches[:n] {
			batch.Patches = append(batch.Patches, p.finish())
		}
		c.patches = c.patches[n:]
		batch.Full, batch.Next = true, whole
		if !yield(batch, nil) {
			return errStopped
		}
		if batch = (feed.Batch{}); len(c.patches) == 0 {
			return nil
		}
	}
}
