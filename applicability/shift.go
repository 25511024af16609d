package applicability

import (
	"time"

	"github.com/fettle-dev/fettle"
	"github.com/fettle-dev/fettle/internal/enum"
	"github.com/fettle-dev/fettle/inventory"
)

// Past is one host as it was judged at one time.
type Past struct {
	Catalog    *Catalog
	Record     *inventory.Record
	Assessment *Assessment // of Record, by Catalog
}

// Judge assesses a record and returns it as Compare takes it.
func (c *Catalog) Judge(r *inventory.Record, now time.Time) Past {
	return Past{Catalog: c, Record: r, Assessment: c.Assess(r, now)}
}

// ShiftKind says what happened to one patch on a host between two assessments.
type ShiftKind uint8

// The kinds, in the order in which they ask for attention.
const (
	// Regressed: it was on disk, or what superseded it was, and is not any more.
	Regressed ShiftKind = iota
	// NewlyNeeded: the host is exposed without it and was not, or nobody could
	// tell.
	NewlyNeeded
	// InstalledWithoutGrant: it came to be on disk and nobody had granted that:
	// another updater, or an administrator's hand. The patch has a shift Staged
	// or Fixed besides.
	InstalledWithoutGrant
	// LostSight: what was known about it is unknown now.
	LostSight
	// Staged: it, or what supersedes it, is on disk and waits for a restart, and
	// did not wait before.
	Staged
	// Fixed: the host was exposed, and is not any more, by this patch or what
	// supersedes it.
	Fixed
	// Gone: the host was exposed without it, and it does not apply any more.
	Gone
)

var shiftWords = enum.Words{Kind: "applicability: kind of shift", Words: []string{
	"regressed", "newly-needed", "installed-without-grant", "lost-sight", "staged", "fixed", "gone",
}}

// String returns the lower-case word: regressed, newly-needed,
// installed-without-grant, lost-sight, staged, fixed or gone.
func (k ShiftKind) String() string { return shiftWords.Word(uint8(k)) }

// MarshalText returns the word that String returns.
func (k ShiftKind) MarshalText() ([]byte, error) { return shiftWords.Marshal(uint8(k)) }

// UnmarshalText accepts exactly the words that String returns.
func (k *ShiftKind) UnmarshalText(text []byte) error {
	return shiftWords.Unmarshal(text, (*uint8)(k))
}

// Shift is what happened to one patch between two assessments of one host.
type Shift struct {
	Kind   ShiftKind      `json:"kind"`
	Patch  fettle.PatchID `json:"patch"`
	Before Verdict        `json:"before"` // NotApplicable where the earlier catalogue had no such patch
	After  Verdict        `json:"after"`  // NotApplicable where the later catalogue has no such patch
	// Packages and Facts are the observations that differ and that the patch's
	// footprints, or those of the superseder that was on disk, read.
	Packages []inventory.PackageChange `json:"packages,omitempty"`
	Facts    []inventory.FactChange    `json:"facts,omitempty"`
	// Why are the likely causes, the strongest first; ShiftText renders them.
	//
	//	rolled-back          counters fell: counters
	//	snapshots-reversed   the later snapshot is the older one
	//	overwritten          a package wrote an older file: name, from, to, package
	//	downgraded           a package, product or file went down: name, from, to
	//	upgraded             it went up: name, from, to
	//	removed, added       a package, product, file or update went or came: name
	//	altered              another observation differs: name, from, to
	//	unseen               the later snapshot did not look: name
	//	superseder-gone      what superseded it is not on disk any more: by
	//	by                   what is on disk in its place now: by
	//	patch-new, patch-gone, patch-changed   the catalogues differ in it
	//	restarted            the host restarted
	Why []fettle.Reason `json:"why,omitempty"`
}

// Comparison is what happened on one host between two assessments.
type Comparison struct {
	// Shifts are by kind, then by the order of the later catalogue; patches that
	// only the earlier one has come last.
	Shifts []Shift `json:"shifts"`
	// Fallen are the counters that only ever grow on one host and are lower now.
	// Where there are any, the host went back to an older state of itself, or is
	// another machine.
	Fallen   []inventory.Fallen `json:"fallen,omitempty"`
	Rebooted fettle.Truth       `json:"rebooted"`
	// Reversed: the later snapshot was taken before the earlier one.
	Reversed bool `json:"reversed,omitempty"`
}

// RolledBack reports whether the host went back to an older state of itself.
func (c *Comparison) RolledBack() bool { return len(c.Fallen) > 0 }

// Of returns the shifts of one kind.
func (c *Comparison) Of(kind ShiftKind) []Shift {
	var list []Shift
	for i := range c.Shifts {
		if c.Shifts[i].Kind == kind {
			list = append(list, c.Shifts[i])
		}
	}
	return list
}

// ShiftText renders a reason of a Shift for people.
func ShiftText(r fettle.Reason) string {
	a := r.Args
	fromTo := a["name"] + " " + a["from"] + " to " + a["to"]
	switch r.Code {
	case "rolled-back":
		return "the host went back to an older state of itself: " + a["counters"]
	case "snapshots-reversed":
		return "the later snapshot is the older one"
	case "overwritten":
		return a["package"] + " wrote an older " + a["name"] + ": " + a["from"] + " to " + a["to"]
	case "downgraded":
		return "went down: " + fromTo
	case "upgraded":
		return "went up: " + fromTo
	case "removed":
		return "removed: " + a["name"]
	case "added":
		return "added: " + a["name"]
	case "altered":
		return "changed: " + fromTo
	case "unseen":
		return "not looked at any more: " + a["name"]
	case "superseder-gone":
		return a["by"] + ", which superseded it, is not on disk any more"
	case "by":
		return a["by"] + " is on disk in its place"
	case "patch-new":
		return "the patch is new in the catalogue"
	case "patch-gone":
		return "the patch is not in the catalogue any more"
	case "patch-changed":
		return "the patch's record changed in the catalogue"
	case "restarted":
		return "the host restarted"
	default:
		return r.Code
	}
}
