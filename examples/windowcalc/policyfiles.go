package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"iter"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/fettle-dev/fettle/inventory"
	"github.com/fettle-dev/fettle/schedule"
)

// fileList is a flag that may be repeated and may hold several files, separated
// by commas.
type fileList []string

func (l *fileList) String() string { return "" }

func (l *fileList) Set(text string) error {
	for name := range strings.SplitSeq(text, ",") {
		if name == "" {
			return errors.New("want the name of a file or a folder")
		}
		*l = append(*l, name)
	}
	return nil
}

// spread lets -policy take several files: "-policy a b" becomes "-policy a
// -policy b".
func spread(args []string) []string {
	var out []string
	listing := false
	for _, a := range args {
		switch {
		case strings.HasPrefix(a, "-"):
			listing = a == "-policy" || a == "--policy"
			if !listing {
				out = append(out, a)
			}
		case listing:
			out = append(out, "-policy", a)
		default:
			out = append(out, a)
		}
	}
	if listing && (len(out) == 0 || out[len(out)-1] == "-policy" || args[len(args)-1] == "-policy") {
		out = append(out, "-policy") // the flag package says what is missing
	}
	return out
}

// policyFlags are the flags of every command that reads policies.
type policyFlags struct {
	files fileList
}

func (p *policyFlags) add(f *flag.FlagSet) {
	f.Var(&p.files, "policy", "a policy layer as a JSON `FILE`, or a folder of them; several may follow, and the flag may be repeated")
}

// layers reads the files and their conditions; every fault of every file is in
// the error.
func (p *policyFlags) layers() ([]*schedule.Layer, *conditions, error) {
	if len(p.files) == 0 {
		return nil, nil, errors.New("-policy is missing")
	}
	layers, err := readLayers(p.files)
	c, wrong := readConditions(layers)
	return layers, c, errors.Join(err, wrong)
}

func readLayers(names []string) ([]*schedule.Layer, error) {
	var layers []*schedule.Layer
	var errs []error
	for _, name := range names {
		files := []string{name}
		if info, err := os.Stat(name); err == nil && info.IsDir() {
			if files, err = filepath.Glob(filepath.Join(name, "*.json")); err != nil || len(files) == 0 {
				errs = append(errs, fmt.Errorf("%s: no *.json in this folder", name))
			}
		}
		for _, file := range files {
			data, err := os.ReadFile(file)
			if err != nil {
				errs = append(errs, err)
				continue
			}
			l, err := schedule.ParseLayer(file, data)
			if err != nil {
				errs = append(errs, err)
				continue
			}
			layers = append(layers, l)
		}
	}
	return layers, errors.Join(errs...)
}

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
		return nil, fmt.Errorf("%s: no host in it", name)
	}
	return found[0], nil
}

// fleet yields the hosts of a file, each after its conditions are answered; the
// first failure ends it and is kept.
func fleet(name string, where *conditions, failed *error) iter.Seq[schedule.Host] {
	return func(yield func(schedule.Host) bool) {
		for h, err := range readHosts(name) {
			if err == nil {
				err = where.see(name, h)
			}
			if err != nil {
				*failed = err
				return
			}
			if !yield(h.attributes()) {
				return
			}
		}
	}
}

// complainAll prints every fault that an error joins, a line each.
func complainAll(errs io.Writer, err error) int {
	list := []error{err}
	for i := 0; i < len(list); {
		if joined, ok := list[i].(interface{ Unwrap() []error }); ok && isJoin(list[i]) {
			list = slices.Replace(list, i, i+1, joined.Unwrap()...)
			continue
		}
		i++
	}
	for _, e := range list {
		complain(errs, e)
	}
	return exitUsage
}

// isJoin reports whether an error says nothing but what it joins.
func isJoin(err error) bool {
	var fe *schedule.FieldError
	return !errors.As(err, &fe) || fe.Error() != err.Error()
}

// when reads an instant flag; empty means def.
func when(name, text string, def time.Time) (time.Time, error) {
	if text == "" {
		return def, nil
	}
	return instant("-"+name, text)
}
