package inventory

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"

	"github.com/fettle-dev/fettle/internal/civil"
	"github.com/fettle-dev/fettle/inventory/internal/scan"
)

// ErrNoHost is returned by Store.Get for a host that the store does not hold.
var ErrNoHost = errors.New("inventory: no such host")

// RecordVersion is the version of the JSON form of Record that this package
// writes. A reader refuses a larger one with ErrNewer; within one version fields
// are only added.
const RecordVersion = 1

// Record is a host with what was observed on it: the one form in which hosts
// are written, one JSON object each, and one a line where there are many.
type Record struct {
	Version  int      `json:"version"` // RecordVersion
	Host     Host     `json:"host"`
	Snapshot Snapshot `json:"snapshot"`
}

// Line returns the record as one line of JSON with its line feed. It sorts r's
// lists, puts its instants into UTC and its registry keys into the form of
// CleanKey first, so that equal records give equal lines. It returns an error for a record that a Reader would refuse.
func (r *Record) Line() ([]byte, error) {
	r.Version = RecordVersion
	if err := r.clean(); err != nil {
		return nil, fmt.Errorf("inventory: host %q: %w", r.Host.ID, err)
	}
	r.Snapshot.Sort()
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(r); err != nil {
		return nil, fmt.Errorf("inventory: host %q: %w", r.Host.ID, err)
	}
	return out.Bytes(), nil
}

// clean puts registry keys and instants into their form and returns an error
// that names the first field that cannot be right.
func (r *Record) clean() error {
	wrong := func(field string, err error) error { return &RecordError{Field: field, Err: err} }
	if err := checkText(string(r.Host.ID)); err != nil {
		return wrong("host.id", err)
	}
	s := &r.Snapshot
	for i, p := range s.Packages {
		at := func(field string) string { return fmt.Sprintf("snapshot.packages[%d].%s", i, field) }
		for _, c := range []struct{ field, value string }{{"type", p.Type}, {"name", p.Name}} {
			if err := scan.CheckWord(c.value); err != nil {
				return wrong(at(c.field), err)
			}
		}
		if p.Version == "" && p.State != ConfigFiles {
			return wrong(at("version"), errors.New("it is empty"))
		}
	}
	for i, f := range s.Files {
		if err := CheckPath(f.Path); err != nil {
			return wrong(fmt.Sprintf("snapshot.files[%d].path", i), err)
		}
	}
	for i, path := range s.Scope.Files {
		if err := CheckPath(path); err != nil {
			return wrong(fmt.Sprintf("snapshot.scope.files[%d]", i), err)
		}
	}
	for i, k := range s.Registry {
		clean, err := CleanKey(k.Key)
		if err != nil {
			return wrong(fmt.Sprintf("snapshot.registry[%d].key", i), err)
		}
		s.Registry[i].Key = clean
	}
	for i, k := range s.Scope.Registry {
		clean, err := CleanKey(k.Key)
		if err != nil {
			return wrong(fmt.Sprintf("snapshot.scope.registry[%d].key", i), err)
		}
		s.Scope.Registry[i].Key = clean
	}
	if err := s.utc(); err != nil {
		return err
	}
	return s.checkTwice()
}

// checkTwice refuses what a host can have once only: look-ups would find one
// of the two by chance.
func (s *Snapshot) checkTwice() error {
	fold := s.folds()
	seen := make(map[string]bool)
	once := func(list string, i int, key string) error {
		if key = list + "\x00" + key; seen[key] {
			return &RecordError{Field: fmt.Sprintf("snapshot.%s[%d]", list, i), Err: errors.New("it occurs twice")}
		}
		seen[key] = true
		return nil
	}
	for i, f := range s.Files {
		path := f.Path
		if fold {
			path = strings.Map(foldRune, path)
		}
		if err := once("files", i, path); err != nil {
			return err
		}
	}
	for i, k := range s.Registry {
		if err := once("registry", i, strings.ToLower(k.Key)+k.View.String()); err != nil {
			return err
		}
	}
	for i, p := range s.Scope.Packages {
		if err := once("scope.packages", i, p.Type); err != nil {
			return err
		}
	}
	return nil
}

// checkText returns an error unless s can identify something: not empty, at
// most 1,024 bytes, without control characters.
func checkText(s string) error {
	const most = 1024
	switch {
	case s == "":
		return errors.New("it is empty")
	case len(s) > most:
		return fmt.Errorf("%w: %d bytes, want at most %d", ErrTooLarge, len(s), most)
	case strings.IndexFunc(s, unicode.IsControl) >= 0:
		return fmt.Errorf("%q holds a control character", clipText(s))
	default:
		return nil
	}
}

// utc puts every instant into UTC, without a monotonic reading.
func (s *Snapshot) utc() error {
	var first error
	in := func(t *time.Time, field string, i int) {
		at, err := civil.UTC(*t)
		if err != nil && first == nil {
			if i >= 0 {
				field = fmt.Sprintf(field, i)
			}
			first = &RecordError{Field: "snapshot." + field, Err: err}
		}
		*t = at
	}
	in(&s.Taken, "taken", -1)
	in(&s.BootTime, "bootTime", -1)
	for i := range s.Packages {
		in(&s.Packages[i].InstalledAt, "packages[%d].installedAt", i)
	}
	for i := range s.Files {
		in(&s.Files[i].Modified, "files[%d].modified", i)
	}
	for i := range s.Hotfixes {
		in(&s.Hotfixes[i].InstalledOn, "hotfixes[%d].installedOn", i)
	}
	return first
}

// intern lets equal strings share their memory, also between records.
func (r *Record) intern(in *scan.Interner) {
	s := &r.Snapshot
	for i := range s.Packages {
		p := &s.Packages[i]
		for _, text := range []*string{&p.Type, &p.Name, &p.Version, &p.Arch, &p.Source, &p.SourceVersion, &p.Module, &p.Vendor} {
			*text = in.String(*text)
		}
	}
	for i := range s.Registry {
		s.Registry[i].Key = in.String(s.Registry[i].Key)
	}
	for _, text := range []*string{
		&r.Host.Site, &r.Host.Zone, &s.OS.Family, &s.OS.ID, &s.OS.Version, &s.OS.Codename, &s.OS.Variant,
		&s.OS.Build, &s.OS.CPE, &s.OS.Arch, &s.OS.Name, &s.Kernel.Release, &s.Kernel.Version, &s.Kernel.Machine,
	} {
		*text = in.String(*text)
	}
}
