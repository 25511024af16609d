package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"iter"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/applicability"
	"github.com/fettle-dev/fettle/inventory"
	"github.com/fettle-dev/fettle/schedule"
)

// conditions answers the where of layers: footprints, held against the
// inventory records of the hosts that were seen.
type conditions struct {
	texts      []string // each once
	footprints []applicability.Footprint
	answers    map[fettle.HostID][]fettle.Truth // in the order of texts
}

// readConditions reads the where of every layer, also of those that turn out to
// concern no host; every fault is in the error.
func readConditions(layers ...[]*schedule.Layer) (*conditions, error) {
	c := &conditions{answers: map[fettle.HostID][]fettle.Truth{}}
	var errs []error
	for _, set := range layers {
		for _, l := range set {
			if l.Where == "" || c.index(l.Where) >= 0 {
				continue
			}
			f, err := applicability.ParseFootprint(l.Where)
			if err != nil {
				errs = append(errs, &schedule.FieldError{File: l.File, Field: "where", Value: l.Where, Rule: err.Error(), Err: err})
				continue
			}
			c.texts, c.footprints = append(c.texts, l.Where), append(c.footprints, f)
		}
	}
	return c, errors.Join(errs...)
}

// index returns the place of a text, -1 for none.
func (c *conditions) index(text string) int {
	for i, t := range c.texts {
		if t == text {
			return i
		}
	}
	return -1
}

// see answers every condition for a host of a file. Without conditions it looks
// at nothing.
func (c *conditions) see(file string, h *hostFile) error {
	if len(c.footprints) == 0 {
		return nil
	}
	record, err := h.record(file)
	if err != nil {
		return err
	}
	answers := make([]fettle.Truth, len(c.footprints))
	for i, f := range c.footprints {
		answers[i] = f.Holds(&record)
	}
	c.answers[h.Host.ID] = answers
	return nil
}

// options returns how layers are merged for hosts that were seen. What is asked
// of another host is unknown.
func (c *conditions) options() *schedule.MergeOptions {
	return &schedule.MergeOptions{Where: func(text string, h schedule.Host) (fettle.Truth, error) {
		answers, i := c.answers[h.ID], c.index(text)
		if answers == nil || i < 0 {
			return fettle.Unknown, nil
		}
		return answers[i], nil
	}}
}

// madeUp returns how layers are merged for made-up hosts, of which every
// condition holds: they are there to try the layers.
func madeUp() *schedule.MergeOptions {
	return &schedule.MergeOptions{Where: func(string, schedule.Host) (fettle.Truth, error) { return fettle.Yes, nil }}
}

// record returns the inventory record of a host of a file, under the rules of
// its reader.
func (h *hostFile) record(file string) (inventory.Record, error) {
	line, err := json.Marshal(struct {
		Version  int             `json:"version"`
		Host     inventory.Host  `json:"host"`
		Snapshot json.RawMessage `json:"snapshot,omitempty"`
	}{h.Version, h.Host, h.Snapshot})
	if err != nil {
		return inventory.Record{}, err
	}
	next, stop := iter.Pull2(inventory.NewReader(bytes.NewReader(line), file, nil).All())
	defer stop()
	record, err, _ := next()
	if wrong, ok := errors.AsType[*inventory.RecordError](err); ok {
		wrong.Line = 0 // that of the line above, not of the file
	}
	return record, err
}
