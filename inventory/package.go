package inventory

import (
	"cmp"
	"time"

	"github.com/fettle-dev/fettle/internal/enum"
)

// The package types that the readers of this module give. Other types are
// named as package URLs name them: pypi, npm, golang.
const (
	TypeDeb = "deb"
	TypeRPM = "rpm"
	TypeAPK = "apk"
)

// Package is one instance of a package, as its own package database tells it.
// Several instances with one name are normal: two architectures, three
// kernels, several Python environments.
type Package struct {
	Type    string `json:"type"`           // deb, rpm, apk, or another package URL type
	Name    string `json:"name"`           // of the binary package
	Version string `json:"version"`        // in full, as the ecosystem writes it; rpm: [epoch:]version-release, epoch 0 not written
	Arch    string `json:"arch,omitempty"` // as the package system writes it: amd64, x86_64, all, noarch
	// Source and SourceVersion name the source package it was built from. They
	// are empty where the database does not tell; where Source is told and
	// SourceVersion is the same as Version, both are stated all the same.
	Source        string `json:"source,omitempty"`
	SourceVersion string `json:"sourceVersion,omitempty"`
	State         State  `json:"state,omitzero"` // how far it is installed; zero: wholly
	Want          Want   `json:"want,omitzero"`  // what the administrator selected; zero: to have it
	Hold          bool   `json:"hold,omitempty"` // to be left at this version
	// Reinstall is dpkg's flag reinstreq: the package is damaged and has to be
	// installed again, whatever State says.
	Reinstall bool `json:"reinstall,omitempty"`
	// Module is the label of the rpm module stream it came from,
	// name:stream:version:context; empty where it is of none.
	Module      string    `json:"module,omitempty"`
	Vendor      string    `json:"vendor,omitempty"`     // who built it, where the database tells
	Path        string    `json:"path,omitempty"`       // where it lies, for ecosystems that install in many places
	InstalledAt time.Time `json:"installedAt,omitzero"` // UTC; zero: not known
}

// Present reports whether files of the package are on disk: in every state but
// ConfigFiles.
func (p Package) Present() bool { return p.State != ConfigFiles }

// Broken reports whether the package system itself calls the package
// incomplete: unpacked, half-installed, half-configured or to be reinstalled.
func (p Package) Broken() bool {
	switch p.State {
	case Unpacked, HalfInstalled, HalfConfigured:
		return true
	default:
		return p.Reinstall
	}
}

// Compare orders packages by type, name, architecture, version as bytes, path,
// and then whatever else tells two apart, so that equal snapshots are written
// alike. It says nothing about which version is newer.
func (p Package) Compare(q Package) int {
	return cmp.Or(
		cmp.Compare(p.Type, q.Type), cmp.Compare(p.Name, q.Name), cmp.Compare(p.Arch, q.Arch),
		cmp.Compare(p.Version, q.Version), cmp.Compare(p.Path, q.Path), cmp.Compare(p.Module, q.Module),
		cmp.Compare(p.State, q.State), cmp.Compare(p.Source, q.Source), cmp.Compare(p.SourceVersion, q.SourceVersion),
		p.InstalledAt.Compare(q.InstalledAt), cmp.Compare(p.Vendor, q.Vendor), cmp.Compare(p.Want, q.Want),
	)
}

// State is how far a package is installed, in the words of dpkg(1).
type State uint8

// The package states. The zero value is Installed, the only state of package
// systems that know no other.
const (
	Installed       State = iota // unpacked and configured
	ConfigFiles                  // removed; only its configuration files are left
	HalfInstalled                // its installation began and did not end
	Unpacked                     // on disk, not configured
	HalfConfigured               // its configuration began and did not end
	TriggersAwaited              // waits for another package to act on its triggers
	TriggersPending              // has triggers to act on
)

var stateWords = enum.Words{Kind: "inventory: package state", Words: []string{
	"installed", "config-files", "half-installed", "unpacked", "half-configured", "triggers-awaited", "triggers-pending",
}}

// String returns the word of dpkg(1): installed, config-files, half-installed,
// unpacked, half-configured, triggers-awaited or triggers-pending.
func (s State) String() string { return stateWords.Word(uint8(s)) }

// MarshalText returns the word that String returns.
func (s State) MarshalText() ([]byte, error) { return stateWords.Marshal(uint8(s)) }

// UnmarshalText accepts exactly the words that String returns.
func (s *State) UnmarshalText(text []byte) error { return stateWords.Unmarshal(text, (*uint8)(s)) }

// Want is what the administrator selected for a package, in the words of
// dpkg(1), where the selection "hold" is Package.Hold.
type Want uint8

// The selections. The zero value is WantInstall.
const (
	WantInstall   Want = iota // to be installed, or kept
	WantDeinstall             // to be removed, configuration files kept
	WantPurge                 // to be removed with its configuration files
	WantUnknown               // the administrator said nothing
)

var wantWords = enum.Words{Kind: "inventory: package selection", Words: []string{
	"install", "deinstall", "purge", "unknown",
}}

// String returns the word: install, deinstall, purge or unknown.
func (w Want) String() string { return wantWords.Word(uint8(w)) }

// MarshalText returns the word that String returns.
func (w Want) MarshalText() ([]byte, error) { return wantWords.Marshal(uint8(w)) }

// UnmarshalText accepts exactly the words that String returns.
func (w *Want) UnmarshalText(text []byte) error { return wantWords.Unmarshal(text, (*uint8)(w)) }
