package fleet

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/inventory"
)

// profile is what is known about a host apart from its packages, its identity
// and the time: operating system, site, labels, facts, files, what was looked
// at. Hosts with equal profiles share one.
type profile struct {
	text   string // the record as JSON: equal text, equal profile
	record inventory.Record
}

// profileRecord returns the part of a record that a profile holds.
func profileRecord(r *inventory.Record) inventory.Record {
	s := &r.Snapshot
	out := inventory.Record{Version: inventory.RecordVersion, Host: r.Host}
	out.Host.ID, out.Host.Name, out.Host.Zone = "", "", ""
	t := &out.Snapshot
	t.OS, t.Kernel.Release = s.OS, s.Kernel.Release
	t.Files, t.Registry, t.Products = s.Files, s.Registry, s.Products
	t.Services, t.Hotfixes, t.Folders, t.Facts = s.Services, s.Hotfixes, s.Folders, s.Facts
	t.Restart.Renames, t.Restart.Components = s.Restart.Renames, s.Restart.Components
	// Names of packages are in the columns; that the flag names none is not.
	t.Restart.Required = s.Restart.Required && len(s.Restart.Packages) == 0
	t.Scope = s.Scope
	t.Packages = sourceless(s)
	return out
}

// sourceless returns a stand-in for each package type of which some package
// does not tell its source. Public keys, which rpm lists as packages, have none.
func sourceless(s *inventory.Snapshot) []inventory.Package {
	var out []inventory.Package
	for i := range s.Packages {
		p := &s.Packages[i]
		if p.Source != "" || p.Name == "gpg-pubkey" || !p.Present() {
			continue
		}
		if !slices.ContainsFunc(out, func(q inventory.Package) bool { return q.Type == p.Type }) {
			out = append(out, inventory.Package{Type: strings.Clone(p.Type), Name: standIn, Version: "0"})
		}
	}
	slices.SortFunc(out, inventory.Package.Compare)
	return out
}

// standIn is a name that no package has.
const standIn = "\x00"

// newProfile makes the profile of a record; it shares no memory with it.
func newProfile(r *inventory.Record) (*profile, error) {
	text, err := json.Marshal(profileRecord(r))
	if err != nil {
		return nil, err
	}
	return profileOf(string(text))
}

func profileOf(text string) (*profile, error) {
	p := &profile{text: text}
	if err := json.Unmarshal([]byte(text), &p.record); err != nil {
		return nil, err
	}
	return p, nil
}

// profileTable holds the profiles that hosts have, each once. Numbers of those
// that no host has any more are used again.
type profileTable struct {
	list   []*profile // nil: free
	refs   []int
	byText map[string]uint32
	free   []uint32
}

func (t *profileTable) take(p *profile) (number uint32, isNew bool) {
	n, ok := t.byText[p.text]
	if ok {
		t.refs[n]++
		return n, false
	}
	if last := len(t.free) - 1; last >= 0 {
		n, t.free = t.free[last], t.free[:last]
		t.list[n], t.refs[n] = p, 1
	} else {
		n = uint32(len(t.list))
		t.list, t.refs = append(t.list, p), append(t.refs, 1)
	}
	t.byText[p.text] = n
	return n, true
}

func (t *profileTable) release(n uint32) {
	if t.refs[n]--; t.refs[n] > 0 {
		return
	}
	delete(t.byText, t.list[n].text)
	t.list[n] = nil
	t.free = append(t.free, n)
}

// judgement is what a catalogue makes of a profile: everything that an answer
// takes from a host apart from its packages.
type judgement struct {
	scalars  []fettle.Truth
	waiting  []bool
	unsure   []int32 // keys of which there may be unseen instances, sorted
	restarts bool    // restart evidence is complete
}

// text tells judgements apart.
func (j *judgement) text() string {
	b := make([]byte, 0, len(j.scalars)+4*len(j.unsure)+1)
	for i, t := range j.scalars {
		c := byte(t)
		if j.waiting[i] {
			c |= 4
		}
		b = append(b, c)
	}
	for _, k := range j.unsure {
		b = append(b, byte(k), byte(k>>8), byte(k>>16), byte(k>>24))
	}
	if j.restarts {
		b = append(b, 1)
	}
	return string(b)
}
