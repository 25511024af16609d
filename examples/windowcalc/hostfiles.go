package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"maps"
	"os"
	"slices"

	"github.com/fettle-dev/fettle/inventory"
	"github.com/fettle-dev/fettle/schedule"
)

// hostFile is one host as these commands read it: an inventory record with the
// host's situation beside it. Only the where of a layer looks at its snapshot.
// Fields of the record that this program does not know are ignored, as the
// record's own reader does; inside schedule they are refused, for a mistyped
// grant or condition would go unseen.
type hostFile struct {
	Version   int             `json:"version"`
	Host      inventory.Host  `json:"host"`
	Snapshot  json.RawMessage `json:"snapshot"`
	Schedule  json.RawMessage `json:"schedule"`
	situation schedule.Situation
}

// readSituation reads the schedule object.
func (h *hostFile) readSituation() error {
	if len(h.Schedule) == 0 {
		return nil
	}
	var parts struct {
		State  json.RawMessage   `json:"state"`
		Items  []json.RawMessage `json:"items"`
		Ledger json.RawMessage   `json:"ledger"`
	}
	if err := decodeStrict("schedule", h.Schedule, &parts); err != nil {
		return err
	}
	s := &h.situation
	if err := decodeStrict("schedule.state", parts.State, &s.State); err != nil {
		return err
	}
	s.Items = make([]schedule.Item, len(parts.Items))
	for i, item := range parts.Items {
		if err := decodeStrict(fmt.Sprintf("schedule.items[%d]", i), item, &s.Items[i]); err != nil {
			return err
		}
	}
	return decodeStrict("schedule.ledger", parts.Ledger, &s.Ledger)
}

// decodeStrict decodes an object that has to be known in every field; nothing is
// an object without fields. The error names the field below path and its value.
func decodeStrict[T any](path string, text json.RawMessage, into *T) error {
	if len(text) == 0 {
		return nil
	}
	strict := func(text []byte, into *T) error {
		dec := json.NewDecoder(bytes.NewReader(text))
		dec.DisallowUnknownFields()
		return dec.Decode(into)
	}
	err := strict(text, into)
	if err == nil {
		return nil
	}
	var fields map[string]json.RawMessage
	if json.Unmarshal(text, &fields) != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		alone := encode(map[string]json.RawMessage{name: fields[name]})
		if err := strict(alone, new(T)); err != nil {
			return fmt.Errorf("%s.%s: %.80s: %w", path, name, fields[name], err)
		}
	}
	return fmt.Errorf("%s: %w", path, err)
}

func (h *hostFile) attributes() schedule.Host {
	return schedule.Host{ID: h.Host.ID, Site: h.Host.Site, Labels: h.Host.Labels, Zone: h.Host.Zone}
}

// maxRecord bounds one record of a host file.
const maxRecord = 64 << 20

// readHosts yields the hosts of a file: records one after the other, a line
// each or spread over lines.
func readHosts(name string) iter.Seq2[*hostFile, error] {
	return func(yield func(*hostFile, error) bool) {
		f, err := os.Open(name)
		if err != nil {
			yield(nil, err)
			return
		}
		defer f.Close()
		dec := json.NewDecoder(f)
		for n := 1; ; n++ {
			before := dec.InputOffset()
			h := new(hostFile)
			err := dec.Decode(h)
			switch {
			case errors.Is(err, io.EOF):
				return
			case err != nil:
			case dec.InputOffset()-before > maxRecord:
				err = fmt.Errorf("longer than %d bytes", maxRecord)
			case h.Version > inventory.RecordVersion:
				err = fmt.Errorf("version %d: this program reads up to %d", h.Version, inventory.RecordVersion)
			case h.Host.ID == "":
				err = errors.New("host.id is missing; want an inventory record")
			default:
				err = h.readSituation()
			}
			if err != nil {
				yield(nil, fmt.Errorf("%s: record %d: %w", name, n, err))
				return
			}
			if !yield(h, nil) {
				return
			}
		}
	}
}

// oneHost reads a file that holds one host.
func oneHost(name string) (*hostFile, error) {
	if name == "" {
		return nil, errors.New("-host is missing")
	}
	var found []*hostFile
	for h, err := range readHosts(name) {
		if err != nil {
			return nil, err
		}
		found = append(found, h)
		if len(found) > 1 {
			return nil, fmt.Errorf("%s: more than one host; want one", name)
		}
	}
	if len(found) == 0 {
		return nil, noHost(name)
	}
	return found[0], nil
}

func noHost(file string) error { return fmt.Errorf("%s: no host in it", file) }

// fleet yields the hosts of a file, each after its conditions are answered; the
// first failure ends it and is kept. A file without a host is one.
func fleet(name string, where *conditions, failed *error) iter.Seq[schedule.Host] {
	return func(yield func(schedule.Host) bool) {
		empty := true
		for h, err := range readHosts(name) {
			if err == nil {
				err = where.see(name, h)
			}
			if err != nil {
				*failed = err
				return
			}
			empty = false
			if !yield(h.attributes()) {
				return
			}
		}
		if empty {
			*failed = noHost(name)
		}
	}
}
