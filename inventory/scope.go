package inventory

import (
	"slices"

	"github.com/fettle-dev/fettle"
)

// Scope says what was looked at completely, so that what is not in a Snapshot
// is known to be absent. The zero Scope looked at nothing: what is present is
// present, all else is unknown.
//
// Whoever collects enters here only what was read to its end. What could not
// be read (no permission, a damaged record) is left out, or named as unread.
type Scope struct {
	Packages []PackageScope `json:"packages,omitempty"` // one for a type, by type
	// Files are absolute paths and patterns (see MatchPath) all of whose matches
	// are in Snapshot.Files.
	Files []string `json:"files,omitempty"`
	// Registry are keys and patterns of keys all of whose matches are in
	// Snapshot.Registry.
	Registry []KeyScope `json:"registry,omitempty"`
	Products bool       `json:"products,omitempty"` // every product and its patches
	Hotfixes bool       `json:"hotfixes,omitempty"` // every installed Windows update
	// Services are names of services; "*" is every service.
	Services []string   `json:"services,omitempty"`
	Folders  []string   `json:"folders,omitempty"` // names of known folders
	Facts    []string   `json:"facts,omitempty"`   // names of facts
	Evidence []Evidence `json:"evidence,omitempty"`
}

// PackageScope says which packages of one type were looked at.
type PackageScope struct {
	Type string `json:"type"`
	// All: every package of the type, but for those in Unread.
	All bool `json:"all,omitempty"`
	// Names and Sources are binary and source packages all of whose instances
	// were looked at, where All is not set.
	Names   []string `json:"names,omitempty"`
	Sources []string `json:"sources,omitempty"`
	// Unread are packages whose records are there and could not be used: nothing
	// is known about them.
	Unread []UnreadPackage `json:"unread,omitempty"`
}

// UnreadPackage names a package whose record could not be used.
type UnreadPackage struct {
	Name   string `json:"name"`
	Source string `json:"source,omitempty"` // empty: not known, so it could be any
}

// KeyScope is a registry key, or a pattern of keys, that was looked at.
type KeyScope struct {
	Key  string `json:"key"` // as CleanKey writes it; * within an element matches any run of characters
	View View   `json:"view,omitzero"`
	// Values are the names of the values that were looked at; none: all values.
	Values []string `json:"values,omitempty"`
}

// Type returns what is said about packages of type typ; nothing is said about
// a type that is not listed.
func (s *Scope) Type(typ string) PackageScope {
	for _, p := range s.Packages {
		if p.Type == typ {
			return p
		}
	}
	return PackageScope{Type: typ}
}

// HasName reports whether all instances of the binary package name were looked
// at.
func (p PackageScope) HasName(name string) bool {
	for _, u := range p.Unread {
		if u.Name == name {
			return false
		}
	}
	return p.All || slices.Contains(p.Names, name)
}

// HasSource reports whether all instances of packages built from source were
// looked at.
func (p PackageScope) HasSource(source string) bool {
	for _, u := range p.Unread {
		if u.Source == source || u.Source == "" {
			return false
		}
	}
	return p.All || slices.Contains(p.Sources, source)
}

// HasEvidence reports whether restart evidence of kind e was looked at
// completely.
func (s *Scope) HasEvidence(e Evidence) bool { return slices.Contains(s.Evidence, e) }

// HasFact reports whether the fact name was looked at.
func (s *Scope) HasFact(name string) bool { return slices.Contains(s.Facts, name) }

// HasService reports whether the service name was looked at.
func (s *Scope) HasService(name string) bool {
	return slices.Contains(s.Services, "*") || slices.Contains(s.Services, name)
}

// presence is Yes for what was found, else No where the place was looked at
// completely, else Unknown.
func presence(found, looked bool) fettle.Truth {
	switch {
	case found:
		return fettle.Yes
	case looked:
		return fettle.No
	default:
		return fettle.Unknown
	}
}
